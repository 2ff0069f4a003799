//! Faults of the level maker, planted on purpose: what a debug grade has to find, and name with this file and its lines.
//!
//! Two are the journal's, as its programs had them: a double free through a header that still holds the address of what
//! was freed, and a table of pointers into an array that then grew. Its four leaks are one plant, beside strings that are
//! meant to stay. Four more show the other detectors. What is planted works on a heap, an arena and a stack of its own, so
//! that levels and their hashes stay as they are.

mod array;

use std::{alloc::Layout, fmt, ptr::NonNull, str::FromStr, thread};

use arenite::debug::{FaultKind, Grade, this_allocation_is_not_a_leak};
use arenite::{Arena, ArenaOptions, Heap, HeapOptions, RangeOptions, Stack};

use super::level::Level;
use super::resource::kinds::TerrainId;
use super::{Point, TerrainEntry};
use crate::memory::Alloc;
use array::Array;

/// A fault that can be planted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plant {
    /// The journal's first bug: the array of rooms is freed with the level, and again where the next one begins.
    DoubleFree,
    /// The journal's second bug: a table of pointers into the array of terrains, filled while the array grows.
    StaleTable,
    /// The title is copied with its terminator into room for the title.
    Overrun,
    /// The boss of the last level is hit after that level is gone.
    UseAfterLevel,
    /// The journal's four leaks: generator state, stairs, tokens of the parser, keys of the registry.
    Leak,
    /// The list of rooms is popped from under the list of doors.
    WrongOrder,
    /// A worker thread takes notes in the arena of the main thread.
    WrongThread,
}

impl Plant {
    /// Every plant.
    pub const ALL: [Self; 7] = [
        Self::DoubleFree,
        Self::StaleTable,
        Self::Overrun,
        Self::UseAfterLevel,
        Self::Leak,
        Self::WrongOrder,
        Self::WrongThread,
    ];

    /// Its name on a command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DoubleFree => "double-free",
            Self::StaleTable => "stale-table",
            Self::Overrun => "overrun",
            Self::UseAfterLevel => "use-after-level",
            Self::Leak => "leak",
            Self::WrongOrder => "wrong-order",
            Self::WrongThread => "wrong-thread",
        }
    }

    /// What it is found as.
    pub const fn kind(self) -> FaultKind {
        match self {
            Self::DoubleFree => FaultKind::DoubleFree,
            Self::StaleTable => FaultKind::WriteAfterFree,
            Self::Overrun => FaultKind::Overrun,
            Self::UseAfterLevel => FaultKind::UseAfterReset,
            Self::Leak => FaultKind::Leak,
            Self::WrongOrder => FaultKind::OutOfOrder,
            Self::WrongThread => FaultKind::WrongThread,
        }
    }

    /// The lowest grade that promises to find it.
    pub const fn grade(self) -> Grade {
        match self {
            Self::DoubleFree | Self::Leak | Self::WrongOrder | Self::WrongThread => Grade::Sites,
            Self::Overrun => Grade::Guard,
            Self::StaleTable | Self::UseAfterLevel => Grade::Quarantine,
        }
    }
}

impl fmt::Display for Plant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No [`Plant`] has this name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownPlant;

impl fmt::Display for UnknownPlant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such plant: write ")?;
        for (i, plant) in Plant::ALL.into_iter().enumerate() {
            write!(f, "{}{plant}", ["", ", ", " or "][usize::from(i > 0) + usize::from(i == Plant::ALL.len() - 1)])?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownPlant {}

impl FromStr for Plant {
    type Err = UnknownPlant;

    fn from_str(name: &str) -> Result<Self, UnknownPlant> {
        Self::ALL.into_iter().find(|plant| plant.name() == name).ok_or(UnknownPlant)
    }
}

/// A part of the game with a fault in it, which is shown one level after the other.
pub struct Planted {
    plant: Plant,
    heap: Heap,
    notes: Arena,
    stack: Stack<'static>,
    rooms: Array<Point>,
    boss: Option<NonNull<u32>>,
    /// What the parser left and the names that it baked, once they are read.
    read: bool,
}

/// For the one plant that hands an arena to a thread that it does not belong to.
struct Smuggled(*const Arena);

// SAFETY: it is not: an arena is not `Sync`. The thread that owns it waits meanwhile, so that nothing else goes wrong.
unsafe impl Send for Smuggled {}

impl Planted {
    /// The part with this fault, on memory of its own. A debug grade is set before: then its places are known.
    ///
    /// # Panics
    /// When the system refuses the memory.
    pub fn new(plant: Plant) -> Self {
        let notes = ArenaOptions::new().name("notes").build();
        notes.bind_to_thread().expect("its first block"); // wrong-thread: bound
        Self {
            plant,
            heap: HeapOptions::new().name("game").build(),
            notes,
            stack: Stack::new(RangeOptions::reserve(1 << 20).name("work")),
            rooms: Array::new(),
            boss: None,
            read: false,
        }
    }

    /// Does with a level what the game does, and the fault.
    pub fn play<A: Alloc, Q: Alloc>(&mut self, level: &Level<A, Q>) {
        match self.plant {
            Plant::DoubleFree => self.free_rooms_twice(level),
            Plant::StaleTable => self.tint_by_table(level),
            Plant::Overrun => self.copy_title(level),
            Plant::UseAfterLevel => self.hit_the_boss(level),
            Plant::Leak => self.forget_to_free(level),
            Plant::WrongOrder => self.pop_rooms_first(level),
            Plant::WrongThread => self.note_from_a_worker(level),
        }
    }

    /// `free` leaves the address in the header, and `reset` frees what a header holds.
    fn free_rooms_twice<A: Alloc, Q: Alloc>(&mut self, level: &Level<A, Q>) {
        self.rooms.reset(&self.heap); // double-free: again
        self.rooms.reserve(&self.heap, level.rooms.len()); // double-free: allocated
        for room in &level.rooms {
            self.rooms.push(&self.heap, room.heart);
        }
        self.rooms.free(&self.heap); // double-free: first
    }

    /// The table is right until the array grows: then the entries before point into its old backing.
    fn tint_by_table<A: Alloc, Q: Alloc>(&mut self, level: &Level<A, Q>) {
        let mut terrains: Array<TerrainEntry> = Array::new();
        let mut table = Vec::new();
        for id in 0.. {
            let Some(&entry) = level.registry.get(TerrainId(id)) else { break };
            table.push(terrains.push(&self.heap, entry)); // stale-table: grows
        }
        for entry in table {
            // SAFETY: none: this is the fault.
            unsafe { (*entry.as_ptr()).hardness = 1 }; // stale-table: writes
        }
        terrains.free(&self.heap);
        terrains.forget();
    }

    /// Room for the text, and the text with its terminator.
    fn copy_title<A: Alloc, Q: Alloc>(&mut self, level: &Level<A, Q>) {
        let title = level.title.as_str();
        let label = self.heap.alloc(Layout::for_value(title)); // overrun: allocated
        // SAFETY: of the copy. The terminator is the fault.
        unsafe {
            label.copy_from_nonoverlapping(NonNull::from(title).cast(), title.len());
            label.add(title.len()).write(0); // overrun: writes
        }
        // SAFETY: taken above, and used no more.
        unsafe { self.heap.free(label) }; // overrun: found
    }

    /// The boss lies in the notes of its level and is hit when they are gone.
    fn hit_the_boss<A: Alloc, Q: Alloc>(&mut self, level: &Level<A, Q>) {
        self.notes.reset(); // use-after-level: reset
        if let Some(boss) = self.boss.take() {
            // SAFETY: none: this is the fault.
            unsafe { boss.write(7) }; // use-after-level: writes
        }
        self.boss = Some(NonNull::from(self.notes.alloc(level.monsters.len() as u32))); // use-after-level: notes
    }

    /// What generating a level takes and nobody gives back.
    fn forget_to_free<A: Alloc, Q: Alloc>(&mut self, level: &Level<A, Q>) {
        if !self.read {
            self.read = true;
            for file in super::resource::FILES {
                let tokens = file.text.split_ascii_whitespace().count();
                let _ = self.heap.alloc(Layout::array::<[usize; 4]>(tokens).expect("small")); // leak: parser and tokens
            }
            for place in 0..level.registry.len() {
                let baked = self.heap.alloc(Layout::array::<u8>(8 + place).expect("small"));
                // Baked strings live as long as the program.
                this_allocation_is_not_a_leak(baked.as_ptr());
            }
        }
        let _ = self.heap.alloc(Layout::new::<[u64; 1024]>()); // leak: generator state
        let mut stairs = Array::new();
        stairs.reserve(&self.heap, level.stairs.len()); // leak: stairs
        for stair in &level.stairs {
            stairs.push(&self.heap, stair.at);
        }
        stairs.forget();
        for place in 0..level.registry.len() {
            let _ = self.heap.alloc(Layout::array::<u8>(4 + place % 12).expect("small")); // leak: registry keys
        }
    }

    /// The doors were pushed last.
    fn pop_rooms_first<A: Alloc, Q: Alloc>(&mut self, level: &Level<A, Q>) {
        let rooms = self.stack.push_with(level.rooms.len(), |room| level.rooms[room].heart); // wrong-order: rooms
        let doors = self.stack.push_with(level.doors.len() + 1, |door| door); // wrong-order: doors
        let popped = self.stack.try_pop(rooms); // wrong-order: popped
        if popped.is_err() {
            self.stack.pop(doors);
            self.stack.pop(rooms);
        }
    }

    /// The arena belongs to the thread that made it.
    fn note_from_a_worker<A: Alloc, Q: Alloc>(&mut self, level: &Level<A, Q>) {
        self.notes.reset();
        let (smuggled, seed) = (Smuggled(&raw const self.notes), level.seed);
        let worker = move || {
            let smuggled = smuggled;
            // SAFETY: none: this is the fault. The owner waits.
            unsafe { &*smuggled.0 }.alloc(seed); // wrong-thread: used
        };
        thread::scope(|scope| scope.spawn(worker).join().expect("it only takes a note"));
    }
}
