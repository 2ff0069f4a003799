//! Whose a block of the current allocator is, so that what is freed finds its way, and whatever else is passed has an answer
//! without a look at memory that may not be there.
//!
//! - An arena's block has a header in front, which is read when the table of arenas' memory (`ranges`) has named the arena,
//!   and that one says that it has memory there.
//! - A heap knows its blocks by their addresses (`heaps`).
//! - Blocks of everything else, of arenas that note what they hand out, and those at multiples of more than 16 stand in a
//!   table here.
//!
//! An allocator that is reset leaves the entries of its blocks: the next block at the address replaces one, and those whose
//! allocator is destroyed go when their part of the table would grow.

use super::{
    current::{self, Direct},
    heaps, ranges,
};
use crate::{
    allocator::{self, Named, layout},
    error::{Code, Noted, note},
    given::no_memory,
    handle::Handle,
    heap, registry, slots,
};
use arenite_lib::{Arena, DynAllocator as _, Headed, Heap};
use std::{
    alloc::Layout,
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    ptr::NonNull,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Parts with a lock each; a power of two.
const PARTS: usize = 64;
/// How many freed addresses a part remembers.
const REMEMBERED: usize = 16;

/// Whether a block was ever entered: until then none is looked for. Relaxed: who has such a block was given it after that.
static ANY: AtomicBool = AtomicBool::new(false);
static TABLE: [Mutex<Part>; PARTS] = [const { Mutex::new(Part::EMPTY) }; PARTS];

/// Addresses are spread by one multiplication.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_usize(usize::from(byte)));
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = spread(self.0 ^ address as u64);
    }
}

/// Its upper bits depend on all bits of the address, its lower ones as well.
const fn spread(address: u64) -> u64 {
    let product = (address >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ product >> 32
}

#[derive(Clone, Copy)]
struct Entry {
    handle: usize,
    size: usize,
    align: usize,
}

struct Part {
    live: Option<HashMap<usize, Entry, BuildHasherDefault<Spread>>>,
    /// What was freed last, so that it can be told from what never was a block.
    freed: [usize; REMEMBERED],
    next: usize,
}

impl Part {
    const EMPTY: Self = Self { live: None, freed: [0; REMEMBERED], next: 0 };

    /// Room for one more, or false without memory.
    fn reserve(&mut self) -> bool {
        let live = self.live.get_or_insert_default();
        if live.len() == live.capacity() {
            live.retain(|_, entry| registry::peek::<Arc<Named>>(of_bits(entry.handle)).is_some());
        }
        live.try_reserve(1).is_ok()
    }

    fn enter(&mut self, address: usize, entry: Entry) -> bool {
        if !self.reserve() {
            return false;
        }
        // One that was freed is live again.
        self.freed.iter_mut().filter(|freed| **freed == address).for_each(|freed| *freed = 0);
        self.live.get_or_insert_default().insert(address, entry);
        true
    }
}

fn of_bits(handle: usize) -> Handle {
    Handle::from_c(std::ptr::without_provenance_mut(handle))
}

fn part(address: usize) -> MutexGuard<'static, Part> {
    // Other bits of the product than those that a map looks at first.
    let number = (spread(address as u64) >> 40) as usize % PARTS;
    TABLE[number].lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a block of an allocator, and sees to it that its free finds its way.
pub(super) fn take(named: &Named, size: usize, align: usize) -> Result<NonNull<u8>, Noted> {
    let layout = layout(size, align)?;
    if layout.align() <= 16 {
        match named.direct {
            Some(Direct::Arena(handle)) => {
                let arena = slots::find(handle)?;
                if arena.serves_headed() {
                    return current::take_headed(arena, handle, size);
                }
            }
            Some(Direct::Heap(handle)) => {
                let heap = heap::shared(handle)?;
                return Ok(heap.try_alloc(self::layout(size, 16)?)?);
            }
            None => {}
        }
    }
    let block = allocator::take(&named.memory, layout)?;
    let address = block.addr().get();
    let entry = Entry { handle: named.handle().addr(), size, align: layout.align() };
    ANY.store(true, Ordering::Relaxed);
    let entered = part(address).enter(address, entry);
    if !entered {
        // SAFETY: taken just now, and told to nobody.
        let _ = unsafe { allocator::give(&named.memory, block, layout) };
        return Err(no_memory("a note of whose the block is"));
    }
    Ok(block)
}

/// A live block of the current allocator of some time.
pub(super) struct Found {
    block: NonNull<u8>,
    of: Of,
}

/// Whose it is, and how that is known.
enum Of {
    Table(Entry),
    /// By its header, which says the size.
    Arena(&'static Arena, Handle, usize),
    Heap(Arc<Heap>),
}

/// The block that starts there. `Ok(None)`: none ever did that is remembered.
pub(super) fn find(block: NonNull<u8>) -> Result<Option<Found>, Noted> {
    let address = block.addr().get();
    let handle = ranges::find(address);
    let arena = handle.and_then(slots::mine);
    let headed = arena.zip(handle).map_or(Headed::Nothing, |(arena, handle)| arena.headed(block, handle.bits()));
    let found = |of| Ok(Some(Found { block, of }));
    if let (Some(arena), Some(handle), Headed::Live(size)) = (arena, handle, headed) {
        // While it notes its blocks those in the table are the newer ones.
        if arena.serves_headed() || in_table(address).is_none() {
            return found(Of::Arena(arena, handle, size));
        }
    }
    if let Some(entry) = in_table(address) {
        return found(Of::Table(entry));
    }
    if let Some(heap) = heaps::find(block) {
        return found(Of::Heap(heap));
    }
    if headed == Headed::Freed || part(address).freed.contains(&address) {
        return Err(freed_already(block));
    }
    match handle {
        // It was destroyed, or is another thread's.
        Some(handle) if arena.is_none() => Err(slots::refuse(handle)),
        _ => Ok(None),
    }
}

fn in_table(address: usize) -> Option<Entry> {
    if !ANY.load(Ordering::Relaxed) {
        return None;
    }
    part(address).live.as_ref().and_then(|live| live.get(&address)).copied()
}

#[cold]
fn freed_already(block: NonNull<u8>) -> Noted {
    note(Code::DoubleFree, format_args!("the block at {block:p} is free already"))
}

impl Found {
    pub(super) fn size(&self) -> usize {
        match &self.of {
            Of::Table(entry) => entry.size,
            Of::Arena(_, _, size) => *size,
            Of::Heap(heap) => heap.usable_size(self.block).unwrap_or(0),
        }
    }

    /// # Safety
    /// Nobody uses the block any more.
    pub(super) unsafe fn free(self) -> Result<(), Noted> {
        // SAFETY: live, by what `find` asked; the caller's promise.
        unsafe {
            match self.of {
                Of::Table(entry) => entry.free(self.block),
                Of::Arena(arena, handle, size) => {
                    arena.free_headed(self.block, size, handle.bits());
                    Ok(())
                }
                Of::Heap(heap) => Ok(heap.try_free(self.block)?),
            }
        }
    }

    /// Another size, in place or by moving it.
    ///
    /// # Safety
    /// Nobody uses the old address when it moves.
    pub(super) unsafe fn realloc(self, size: usize) -> Result<NonNull<u8>, Noted> {
        let old = self.size();
        // SAFETY: live, by what `find` asked; the caller's promise.
        let moved = unsafe {
            match &self.of {
                Of::Table(entry) => return entry.realloc(self.block, size),
                Of::Arena(arena, handle, _) => {
                    layout(size, 16)?;
                    if arena.resize_headed(self.block, old, size, handle.bits()) {
                        return Ok(self.block);
                    }
                    current::take_headed(arena, *handle, size)?
                }
                Of::Heap(heap) => {
                    let new = layout(size, 16)?;
                    if size <= old && size >= old / 2 {
                        return Ok(self.block);
                    }
                    heap.try_alloc(new)?
                }
            }
        };
        // SAFETY: two blocks, as large as the smaller of both at least; the caller's promise.
        unsafe {
            moved.copy_from_nonoverlapping(self.block, old.min(size));
            self.free()?;
        }
        Ok(moved)
    }
}

impl Entry {
    fn owner(&self) -> Result<&'static Arc<Named>, Noted> {
        registry::find(of_bits(self.handle))
    }

    fn layout(&self) -> Result<Layout, Noted> {
        layout(self.size, self.align)
    }

    /// # Safety
    /// The entry of the block, which nobody uses any more.
    unsafe fn free(self, block: NonNull<u8>) -> Result<(), Noted> {
        let (owner, layout, address) = (Arc::clone(self.owner()?), self.layout()?, block.addr().get());
        {
            // First, since the owner may serve the address again at once: of two that free it one finds it.
            let mut part = part(address);
            if part.live.as_mut().and_then(|live| live.remove(&address)).is_none() {
                return Err(freed_already(block));
            }
            let next = part.next;
            part.freed[next] = address;
            part.next = (next + 1) % REMEMBERED;
        }
        // SAFETY: it was live, and this call alone has taken it out of the table.
        unsafe { allocator::give(&owner.memory, block, layout) }.inspect_err(|_| {
            // Refused, so it is live still. Without memory to enter it, it stays its allocator's until that is reset.
            part(address).enter(address, self);
        })
    }

    /// # Safety
    /// The entry of the block, whose old address nobody uses when it moves.
    unsafe fn realloc(self, block: NonNull<u8>, size: usize) -> Result<NonNull<u8>, Noted> {
        let owner = Arc::clone(self.owner()?);
        let (old, new) = (self.layout()?, layout(size, self.align)?);
        let address = block.addr().get();
        // SAFETY: a live block of the owner's, with this layout.
        if unsafe { owner.memory.resize(block, old, new.size()) } {
            if let Some(entry) = part(address).live.as_mut().and_then(|live| live.get_mut(&address)) {
                entry.size = size;
            }
            return Ok(block);
        }
        let moved = take(&owner, size, new.align())?;
        // SAFETY: two blocks, as large as the smaller of both at least.
        unsafe { moved.copy_from_nonoverlapping(block, old.size().min(size)) };
        // An owner that takes back only what it served last keeps the old one until it is reset.
        // SAFETY: the caller's promise.
        let _ = unsafe { self.free(block) };
        Ok(moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: Entry = Entry { handle: 0, size: 8, align: 16 };

    #[test]
    fn a_part_forgets_what_was_freed_when_it_is_live_again() {
        let mut part = Part::EMPTY;
        part.freed[3] = 64;
        assert!(part.enter(64, ENTRY));
        assert!(!part.freed.contains(&64) && part.live.as_ref().is_some_and(|live| live.contains_key(&64)));
    }

    #[test]
    fn entries_of_allocators_that_are_gone_do_not_make_the_table_grow() {
        let mut part = Part::EMPTY;
        for address in 1..10_000 {
            assert!(part.enter(address * 16, ENTRY), "there is memory");
        }
        assert!(part.live.is_some_and(|live| live.capacity() < 100), "no handle is 0: all are gone");
    }
}
