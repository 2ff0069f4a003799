//! The table of all arenas that C holds.
//!
//! It is one static of zeros that the loader maps and nobody unmaps: a slot that was never used costs address space and no
//! memory, and any number that C passes for a handle names some slot, whose key says whether it is good. Freed slots are
//! used again first, in a new generation; one whose last generation is over waits until no other is left, and begins anew then:
//! a handle from so long ago may be taken for a new one.

use crate::{
    error::{Code, Noted, note},
    given::small_change,
    handle::{Handle, LAST_GENERATION, PLACE_BITS},
    kind::Kind,
    slot::{Slot, State},
    thread,
    worn::Worn,
};
use arenite_lib::Arena;
use std::{
    cell::Cell,
    mem::MaybeUninit,
    sync::{Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

/// A handle's place is its slot's offset, in units of 16 bytes.
const STEP: u32 = 2;
/// How many arenas C can have at once: 262,144 on 64 bits (16 MiB of address space), 16,384 on 32 bits.
pub(crate) const CAPACITY: usize = 1 << (PLACE_BITS - STEP);
/// The bits of a handle that are its slot's offset in the table.
const OFFSET: usize = (CAPACITY - 1) << 6;

// SAFETY: zeros are a slot: atomics and an arena that may be anything.
static TABLE: [Slot; CAPACITY] = unsafe { MaybeUninit::zeroed().assume_init() };

struct Free {
    /// The last slot that was freed: its number and 1.
    head: u32,
    /// Slots from here on were never used.
    fresh: usize,
    /// Those whose last generation is over.
    worn: Worn,
}

static FREE: Mutex<Free> = Mutex::new(Free { head: 0, fresh: 0, worn: Worn::NONE });

fn free_list() -> MutexGuard<'static, Free> {
    FREE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[inline(always)]
fn slot_of(handle: Handle) -> &'static Slot {
    // SAFETY: an offset of a slot in the table, whatever the handle.
    unsafe { &*(&raw const TABLE).cast::<Slot>().byte_add(handle.bits() & OFFSET) }
}

/// The arena, when the handle is good and the calling thread's: one compare tells.
#[inline(always)]
pub(crate) fn mine(handle: Handle) -> Option<&'static Arena> {
    slot_of(handle).mine(handle)
}

/// As [`mine`], and says why not.
pub(crate) fn find(handle: Handle) -> Result<&'static Arena, Noted> {
    mine(handle).ok_or_else(|| refuse(handle))
}

/// Whether the handle's arena is there, whoever may use it.
pub(crate) fn is_live(handle: Handle) -> bool {
    handle.kind() == Some(Kind::Arena) && slot_of(handle).live_generation() == Some(handle.generation())
}

/// Says why a handle is none that the calling thread may use.
#[cold]
pub(crate) fn refuse(handle: Handle) -> Noted {
    if let Some(noted) = refuse_kind(handle, Kind::Arena) {
        return noted;
    }
    match slot_of(handle).state(handle) {
        State::NeverIssued => note(
            Code::Foreign,
            format_args!("{:#x} is no handle: pass what arenite_arena_create returned", handle.bits()),
        ),
        State::Destroyed => note(
            Code::Destroyed,
            format_args!("the arena {:#x} is destroyed; its handle is good for nothing any more", handle.bits()),
        ),
        State::Released => note(
            Code::WrongThread,
            format_args!(
                "the arena {:#x} belongs to no thread: it was released, or its thread ended; call arenite_arena_adopt first",
                handle.bits()
            ),
        ),
        State::Others | State::Mine => note(
            Code::WrongThread,
            format_args!(
                "the arena {:#x} belongs to another thread; that one calls arenite_arena_release, and this one \
                 arenite_arena_adopt",
                handle.bits()
            ),
        ),
    }
}

/// What is wrong with a handle before any table is asked.
pub(crate) fn refuse_kind(handle: Handle, wanted: Kind) -> Option<Noted> {
    let bits = handle.bits();
    if bits == 0 {
        return Some(note(
            Code::Null,
            format_args!("NULL was passed for {}; was its creation refused?", wanted.name()),
        ));
    }
    match handle.kind() {
        None => Some(note(
            Code::Foreign,
            format_args!("{bits:#x} is no handle of {}: pass what its create function returned", wanted.name()),
        )),
        Some(kind) if kind != wanted => Some(note(
            Code::Foreign,
            format_args!("{bits:#x} is the handle of {}, not of {}", kind.name(), wanted.name()),
        )),
        Some(_) => None,
    }
}

/// Makes the arena C's, for the calling thread. A refused one is dropped.
pub(crate) fn insert(arena: Arena) -> Result<Handle, Noted> {
    try_insert(arena, 0).map_err(|(noted, _)| noted)
}

/// As [`insert`], with a number that is kept beside the arena; a refused one comes back.
pub(crate) fn try_insert(arena: Arena, mark: u32) -> Result<Handle, (Noted, Arena)> {
    if let Err(noted) = know_thread() {
        return Err((noted, arena));
    }
    let mut free = free_list();
    let number = if free.head != 0 {
        let number = free.head as usize - 1;
        free.head = TABLE[number].next.load(Ordering::Relaxed);
        number
    } else if free.fresh < CAPACITY {
        free.fresh += 1;
        free.fresh - 1
    } else if let Some(number) = free.worn.take_oldest(|number| &TABLE[number].next) {
        TABLE[number].begin_anew();
        number
    } else {
        drop(free);
        let noted = note(
            Code::TableFull,
            format_args!("a process has {CAPACITY} arenas at the most; destroy some that are done"),
        );
        return Err((noted, arena));
    };
    let slot = &TABLE[number];
    slot.next.store(mark, Ordering::Relaxed);
    let handle = Handle::new(Kind::Arena, number << STEP, slot.next_generation());
    // SAFETY: taken from the free ones, under the lock; in its next generation.
    unsafe { slot.fill(handle, arena) };
    drop(free);
    OWNED.with_count(|count| count + 1);
    Ok(handle)
}

/// The number beside the arena of a good handle.
pub(crate) fn mark_of(handle: Handle) -> u32 {
    slot_of(handle).next.load(Ordering::Relaxed)
}

/// Changes a setting of an arena, if it is the calling thread's.
pub(crate) fn with_mut<T>(handle: Handle, change: impl FnOnce(&mut Arena) -> Result<T, Noted>) -> Result<T, Noted> {
    find(handle)?;
    // SAFETY: the calling thread's. What sets something calls nobody back, so this borrow is the only one that is used while
    // it lives; those of calls further out, which a callback came from, see nothing but cells.
    change(unsafe { slot_of(handle).mine_mut() })
}

/// Takes the arena out of the table, for the caller to drop.
pub(crate) fn remove(handle: Handle) -> Result<Arena, Noted> {
    find(handle)?;
    let slot = slot_of(handle);
    // SAFETY: the calling thread's, just now; what it handed out is C's matter.
    let arena = unsafe { slot.take() };
    OWNED.with_count(|count| count.saturating_sub(1));
    let (number, mut free) = (handle.place() >> STEP, free_list());
    if handle.generation() < LAST_GENERATION {
        slot.next.store(free.head, Ordering::Relaxed);
        free.head = number as u32 + 1;
    } else {
        free.worn.add(number, |number| &TABLE[number].next);
    }
    Ok(arena)
}

/// An arena that waits in its slot for the next handle; by the last one. Of the thread that made it wait.
pub(crate) struct Waiting(Handle, std::marker::PhantomData<*const ()>);

/// Ends a handle of the calling thread's, and leaves its arena in the slot. `None`: there is no such handle, or it is the last
/// one of its slot, and nothing has changed.
#[inline(always)]
pub(crate) fn rest(handle: Handle) -> Option<Waiting> {
    mine(handle).filter(|_| handle.generation() < LAST_GENERATION)?;
    // SAFETY: the calling thread's, just now; what it handed out is C's matter.
    unsafe { slot_of(handle).rest() };
    Some(Waiting(handle, std::marker::PhantomData))
}

/// The next handle of an arena that waits.
#[inline(always)]
pub(crate) fn wake(Waiting(last, _): Waiting) -> Handle {
    let handle = Handle::new(Kind::Arena, last.place(), last.generation() + 1);
    // SAFETY: by `rest` one waits, for this thread.
    unsafe { slot_of(handle).wake(handle) };
    handle
}

/// Gives an arena of the calling thread's up, for another to adopt.
pub(crate) fn release(handle: Handle) -> Result<(), Noted> {
    find(handle)?;
    slot_of(handle).release(handle, thread::pointer());
    OWNED.with_count(|count| count.saturating_sub(1));
    Ok(())
}

/// Makes an arena that no thread has the calling thread's. `Ok` when it is already.
pub(crate) fn adopt(handle: Handle) -> Result<(), Noted> {
    if mine(handle).is_some() {
        return Ok(());
    }
    know_thread()?;
    if refuse_kind(handle, Kind::Arena).is_none() && slot_of(handle).adopt(handle) {
        OWNED.with_count(|count| count + 1);
        return Ok(());
    }
    Err(refuse(handle))
}

/// That a thread can have arenas: the C library notes its end in memory of its own when it has the first, and ends the
/// process when there is none.
fn know_thread() -> Result<(), Noted> {
    thread_local! {
        static KNOWN: Cell<bool> = const { Cell::new(false) };
    }
    KNOWN.with(|known| {
        if !known.get() {
            small_change()?;
            OWNED.with_count(|count| count);
            known.set(true);
        }
        Ok(())
    })
}

/// How many arenas the thread has: when it ends they belong to nobody.
struct Owned(Cell<usize>);

thread_local! {
    static OWNED: Owned = const { Owned(Cell::new(0)) };
}

trait WithCount {
    fn with_count(&'static self, change: impl FnOnce(usize) -> usize);
}

impl WithCount for std::thread::LocalKey<Owned> {
    /// A thread that is ending keeps its last arenas: there is nobody to release them.
    fn with_count(&'static self, change: impl FnOnce(usize) -> usize) {
        let _ = self.try_with(|owned| owned.0.set(change(owned.0.get())));
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if self.0.get() == 0 {
            return;
        }
        let _inside = crate::fork::enter();
        let used = free_list().fresh;
        for (number, slot) in TABLE[..used].iter().enumerate() {
            if let Some(generation) = slot.live_generation() {
                slot.release(Handle::new(Kind::Arena, number << STEP, generation), thread::pointer());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::arenite_last_error;

    /// One test, since there is one table. An arena without a block costs its slot only.
    #[test]
    fn a_slot_waits_after_its_last_generation_and_a_full_table_gives_the_arena_back() {
        let first = insert(Arena::new()).unwrap();
        remove(first).unwrap();
        for generation in 2..=LAST_GENERATION {
            let handle = insert(Arena::new()).unwrap();
            assert_eq!((handle.place(), handle.generation()), (first.place(), generation));
            remove(handle).unwrap();
        }
        let mut handles: Vec<_> = (1..CAPACITY).map(|_| insert(Arena::new()).unwrap()).collect();
        assert!(handles.iter().all(|handle| handle.place() != first.place()), "it was used before all others");
        let anew = insert(Arena::new()).unwrap();
        assert_eq!(anew, first, "no other was left");
        handles.push(anew);
        let arena = Arena::new();
        arena.alloc(7u64);
        let (noted, arena) = try_insert(arena, 0).err().unwrap();
        let _ = noted;
        assert_eq!((arena.used(), arenite_last_error()), (8, Code::TableFull as i32));
        let one = handles[CAPACITY / 2];
        remove(one).unwrap();
        let next = try_insert(arena, 0).map_err(|(noted, _)| noted).unwrap();
        assert_eq!((next.place(), next.generation()), (one.place(), one.generation() + 1));
        assert!(find(one).is_err() && arenite_last_error() == Code::Destroyed as i32);
        assert!(mine(next).is_some_and(|arena| arena.used() == 8));
        handles.into_iter().filter(|handle| *handle != one).for_each(|handle| drop(remove(handle).unwrap()));
        remove(next).unwrap();
    }
}
