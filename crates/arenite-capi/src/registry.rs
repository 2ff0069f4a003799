//! Tables of everything but arenas that C holds by handles. A kind is one line:
//!
//! ```text
//! crate::registry::held!(Arc<Ring>, Ring);
//! ```
//!
//! makes `Arc<Ring>` something of [`Kind::Ring`](crate::kind::Kind) that [`insert`] puts into a table of its own, [`find`]
//! finds by its handle and [`remove`] takes out, each with the right refusal. Any thread may call them. What is in the table
//! is lent by reference: as with every handle, it is the caller's matter that nobody destroys what somebody else is inside.
//!
//! As the arenas' table, each is a static of zeros: unused places cost address space only. Keep what is held small (an
//! `Arc`, a `Box`), since a table has 65,536 places (4,096 on 32 bits).

use crate::{
    error::{Code, Noted, note},
    handle::{Handle, LAST_GENERATION},
    kind::Kind,
    slot::key_of,
    slots::refuse_kind,
    thread,
    worn::Worn,
};
use std::{
    cell::UnsafeCell,
    mem::MaybeUninit,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
};

/// How many of one kind there may be at once.
pub(crate) const CAPACITY: usize = if cfg!(target_pointer_width = "64") { 1 << 16 } else { 1 << 12 };

/// What C can hold by a handle: see [`held!`].
pub(crate) trait Held: Send + Sync + Sized + 'static {
    const KIND: Kind;
    fn table() -> &'static Table<Self>;
}

/// Gives a type a table.
macro_rules! held {
    ($type:ty, $kind:ident) => {
        impl crate::registry::Held for $type {
            const KIND: crate::kind::Kind = crate::kind::Kind::$kind;

            fn table() -> &'static crate::registry::Table<Self> {
                static TABLE: crate::registry::Table<$type> = crate::registry::Table::EMPTY;
                &TABLE
            }
        }
    };
}
pub(crate) use held;

// A power of two for what is small: a handle's bits, moved, are the offset of its place.
#[repr(align(32))]
struct Place<T> {
    /// The handle that is good now; 0: none.
    handle: AtomicUsize,
    /// That handle and the thread that put the value in, as one number ([`key_of`]), for fast paths; 0: no handle is good.
    own: AtomicU64,
    /// That of the last handle issued.
    generation: AtomicU32,
    /// In the list of free places: the next one's number and 1. Under its lock.
    next: AtomicU32,
    /// Alive while there is a good handle.
    value: UnsafeCell<MaybeUninit<T>>,
}

struct Free {
    /// The place that was freed last: its number and 1.
    head: u32,
    /// Places from here on were never used.
    fresh: u32,
    /// Those whose last generation is over: used when no other is left, as in the arenas' table.
    worn: Worn,
}

/// The places of one kind.
pub(crate) struct Table<T> {
    free: Mutex<Free>,
    places: [Place<T>; CAPACITY],
}

// SAFETY: what is in a place is lent to any thread by shared reference, for which it is `Sync`, and taken out by any, for
// which it is `Send`; both are asked for by `Held`, and only one thread wins the exchange that takes it out.
unsafe impl<T: Send + Sync> Sync for Table<T> {}

impl<T: Held> Table<T> {
    // Each use is a static of its own.
    #[allow(clippy::declare_interior_mutable_const)]
    pub(crate) const EMPTY: Self = Self {
        free: Mutex::new(Free { head: 0, fresh: 0, worn: Worn::NONE }),
        // SAFETY: zeros are a place: atomics, and a value that may be anything.
        places: unsafe { MaybeUninit::zeroed().assume_init() },
    };

    fn free_list(&self) -> MutexGuard<'_, Free> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline(always)]
    fn get(&self, handle: Handle) -> Option<&T> {
        if handle.bits() == 0 {
            return None;
        }
        // What no place has the number of is no place's handle either.
        let place = &self.places[handle.place() % CAPACITY];
        // Acquire pairs with the release in `insert`.
        if place.handle.load(Ordering::Acquire) != handle.bits() {
            return None;
        }
        // SAFETY: alive while the handle is good.
        Some(unsafe { (*place.value.get()).assume_init_ref() })
    }

    /// As [`get`](Self::get), for the thread that put the value in: one compare.
    #[inline(always)]
    fn get_own(&self, handle: Handle) -> Option<&T> {
        let place = &self.places[handle.place() % CAPACITY];
        // Relaxed: only this thread wrote a number with this thread in it, or one that had its pointer before, which has told
        // somebody the handle since.
        if place.own.load(Ordering::Relaxed) != key_of(handle, thread::pointer()) {
            return None;
        }
        // SAFETY: alive while the handle is good.
        Some(unsafe { (*place.value.get()).assume_init_ref() })
    }

    #[cold]
    fn refuse(&self, handle: Handle) -> Noted {
        if let Some(noted) = refuse_kind(handle, T::KIND) {
            return noted;
        }
        let (bits, name) = (handle.bits(), T::KIND.name());
        let last = self.places.get(handle.place()).map_or(0, |place| place.generation.load(Ordering::Relaxed));
        if handle.generation() > last {
            return note(
                Code::Foreign,
                format_args!("{bits:#x} is no handle: pass what the create function of {name} returned"),
            );
        }
        note(
            Code::Destroyed,
            format_args!("{bits:#x} was {name} and is destroyed; its handle is good for nothing any more"),
        )
    }
}

/// Makes the value C's. A refused one is dropped.
pub(crate) fn insert<T: Held>(value: T) -> Result<Handle, Noted> {
    insert_or_back(value).map_err(|(_, noted)| noted)
}

/// As [`insert`]; a refused one comes back.
pub(crate) fn insert_or_back<T: Held>(value: T) -> Result<Handle, (T, Noted)> {
    let table = T::table();
    let mut free = table.free_list();
    let number = if free.head != 0 {
        let number = free.head as usize - 1;
        free.head = table.places[number].next.load(Ordering::Relaxed);
        number
    } else if (free.fresh as usize) < CAPACITY {
        free.fresh += 1;
        free.fresh as usize - 1
    } else if let Some(number) = free.worn.take_oldest(|number| &table.places[number].next) {
        table.places[number].generation.store(0, Ordering::Relaxed);
        number
    } else {
        drop(free);
        let name = T::KIND.name();
        let noted = note(
            Code::TableFull,
            format_args!("a process may have {CAPACITY} handles of {name} at the most; destroy some that are done"),
        );
        return Err((value, noted));
    };
    let place = &table.places[number];
    let generation = place.generation.load(Ordering::Relaxed) + 1;
    let handle = Handle::new(T::KIND, number, generation);
    // SAFETY: a free place, under the lock of the free ones: nobody else looks at its value.
    unsafe { (*place.value.get()).write(value) };
    place.generation.store(generation, Ordering::Relaxed);
    place.handle.store(handle.bits(), Ordering::Release);
    place.own.store(key_of(handle, thread::pointer()), Ordering::Release);
    Ok(handle)
}

/// What the handle stands for.
#[inline(always)]
pub(crate) fn find<T: Held>(handle: Handle) -> Result<&'static T, Noted> {
    let table = T::table();
    table.get(handle).ok_or_else(|| table.refuse(handle))
}

/// As [`find`], without a word of why not: for a fast path that has a cold one behind it.
#[inline(always)]
pub(crate) fn peek<T: Held>(handle: Handle) -> Option<&'static T> {
    T::table().get(handle)
}

/// As [`peek`], when it was this thread that made it, or one that has ended since.
#[inline(always)]
pub(crate) fn peek_own<T: Held>(handle: Handle) -> Option<&'static T> {
    T::table().get_own(handle)
}

/// Takes it out of the table, when `may` has nothing against it. The handle is dead from then on.
pub(crate) fn remove<T: Held>(handle: Handle, may: impl FnOnce(&T) -> Result<(), Noted>) -> Result<T, Noted> {
    let table = T::table();
    may(find::<T>(handle)?)?;
    let place = &table.places[handle.place()];
    // Acquire pairs with the release in `insert`; of two who remove it one wins.
    if place.handle.compare_exchange(handle.bits(), 0, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        return Err(table.refuse(handle));
    }
    place.own.store(0, Ordering::Release);
    // SAFETY: alive until the exchange, which this thread won; nobody assumes it alive after that.
    let value = unsafe { (*place.value.get()).assume_init_read() };
    let mut free = table.free_list();
    if handle.generation() < LAST_GENERATION {
        place.next.store(free.head, Ordering::Relaxed);
        free.head = handle.place() as u32 + 1;
    } else {
        free.worn.add(handle.place(), |number| &table.places[number].next);
    }
    drop(free);
    Ok(value)
}

/// The handles that are good now, one after the other. What comes and goes meanwhile is among them or not.
pub(crate) fn handles<T: Held>() -> impl Iterator<Item = Handle> {
    let table = T::table();
    let used = table.free_list().fresh as usize;
    table.places[..used].iter().filter_map(|place| match place.handle.load(Ordering::Acquire) {
        0 => None,
        bits => Some(Handle::from_c(std::ptr::without_provenance_mut(bits))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::arenite_last_error;

    /// Of the kind of nodes, in a table of its own.
    struct Few(usize);
    held!(Few, Node);

    struct Aging;
    held!(Aging, Node);

    #[test]
    fn a_full_table_refuses_gives_the_value_back_and_takes_one_when_another_has_gone() {
        let handles: Vec<_> = (0..CAPACITY).map(|number| insert(Few(number)).unwrap()).collect();
        let (back, noted) = insert_or_back(Few(7)).err().unwrap();
        let _ = noted;
        assert_eq!((back.0, arenite_last_error()), (7, Code::TableFull as i32));
        assert_eq!(find::<Few>(handles[CAPACITY - 1]).unwrap().0, CAPACITY - 1, "nothing has changed");
        remove::<Few>(handles[3], |_| Ok(())).unwrap();
        let next = insert(Few(8)).unwrap();
        assert_eq!((next.place(), next.generation()), (handles[3].place(), 2));
        assert!(find::<Few>(handles[3]).is_err() && find::<Few>(next).unwrap().0 == 8);
        assert!(insert(Few(9)).is_err(), "full again");
    }

    #[test]
    fn a_place_whose_last_generation_is_over_is_used_again_when_no_other_is_left() {
        let first = insert(Aging).unwrap();
        remove::<Aging>(first, |_| Ok(())).unwrap();
        for generation in 2..=LAST_GENERATION {
            let handle = insert(Aging).unwrap();
            assert_eq!((handle.place(), handle.generation()), (first.place(), generation));
            remove::<Aging>(handle, |_| Ok(())).unwrap();
            if generation == LAST_GENERATION {
                assert!(find::<Aging>(handle).is_err() && arenite_last_error() == Code::Destroyed as i32);
            }
        }
        for _ in 1..CAPACITY {
            assert_ne!(insert(Aging).unwrap().place(), first.place());
        }
        assert!(find::<Aging>(first).is_err());
        assert_eq!(insert(Aging).unwrap(), first, "so long after, its handle is good again");
        assert!(find::<Aging>(first).is_ok() && insert(Aging).is_err());
    }
}
