//! A typed pool that is watched.
//!
//! To give a slot back is a push with no compare in it, so a pool cannot be sealed there. But sealed it takes nothing from
//! its list before it has heard of what was pushed.

use super::{Pool, Slot};
use crate::debug::{Fault, FaultKind, Freed, Grade, Heard, Place, Site, SlotBooks};
use core::{
    alloc::Layout,
    cell::Cell,
    ptr::{NonNull, null_mut},
};

/// What a pool has that was watched.
pub(super) struct Sealed<T> {
    /// Free slots that the pool has heard of, linked.
    free: Cell<*mut Slot<T>>,
}

impl<T> Sealed<T> {
    fn new() -> Self {
        Self { free: Cell::new(null_mut()) }
    }

    pub(super) fn clear(&self) {
        self.free.set(null_mut());
    }
}

impl<T> Pool<T> {
    fn is_sealed(&self) -> bool {
        self.floor.get() > 1
    }

    /// Follows the grade.
    pub(super) fn look(&self) {
        let Some(seal) = self.watch.look("a pool", self.chunks.holdings.node()) else { return };
        // Without memory for this a pool works on unwatched.
        if let Some(sealed) = self.sealed.open(Sealed::new).filter(|_| seal && !self.is_sealed()) {
            sealed.free.set(self.head.replace(null_mut()));
            self.floor.set(usize::MAX);
        }
        let mut heard = self.hear();
        if self.watch.grade() < Grade::Guard {
            // Nothing of it lies in a slot.
            while let Some(released) = self.watch.books().and_then(|books| books.release(0, Site::UNKNOWN)) {
                heard.add(released.fault);
            }
        }
        heard.report();
    }

    /// A free slot that the pool has heard of, when it is sealed.
    pub(super) fn pop_sealed(&self) -> Option<NonNull<Slot<T>>> {
        let free = &self.sealed.get().filter(|_| self.is_sealed())?.free;
        let slot = NonNull::new(free.get())?;
        // SAFETY: free slots of this pool, linked by `hear`.
        free.set(unsafe { (*slot.as_ptr()).next });
        self.count_taken();
        Some(slot)
    }

    /// Enters a slot in the books, when the pool is sealed: what the program gets.
    pub(super) fn note(&self, slot: NonNull<Slot<T>>, place: Place) -> NonNull<Slot<T>> {
        match self.watch.books().filter(|_| self.is_sealed()) {
            // SAFETY: the slot was just taken.
            Some(books) => unsafe { books.enter(slot.cast(), Layout::new::<Slot<T>>(), place.site(), true).cast() },
            None => slot,
        }
    }

    /// Hears of the boxes that were dropped, and ends the seal when the pool is watched no longer: but not before the last
    /// object is gone, which the fast path would take for a slot.
    pub(super) fn hear(&self) -> Heard {
        let mut heard = Heard::new();
        let (Some(sealed), Some(books)) = (self.sealed.get(), self.watch.books()) else { return heard };
        if !self.is_sealed() {
            return heard;
        }
        // What was heard of before comes after it.
        let known = sealed.free.replace(null_mut());
        let mut next = self.head.replace(null_mut());
        // Kept in the order in which they would be handed out.
        let (mut first, mut tail): (_, Option<NonNull<Slot<T>>>) = (known, None);
        let (mut last, mut left) = (None, self.slots.get());
        while let Some(ended) = NonNull::new(next) {
            let address = ended.addr().get();
            let good = match books.known(address) {
                Some(record) => record.is_live(),
                None => self.is_slot(address) && books.object_of(address).is_none(),
            };
            if !good || left == 0 {
                // The link of the one before is none: it was written, or its slot was given back twice.
                heard.add(self.broken(books, last, address));
                break;
            }
            left -= 1;
            // SAFETY: an object that is live in the books, or a slot: a box gave it back, and wrote its link.
            next = unsafe { (*ended.as_ptr()).next };
            // SAFETY: given back.
            let slot = match unsafe { books.free(address, Site::UNKNOWN, false) } {
                Freed::Slot(slot, fault) => {
                    heard.add(fault);
                    // SAFETY: the address of a slot that the books were given.
                    unsafe { NonNull::new_unchecked(core::ptr::with_exposed_provenance_mut::<Slot<T>>(slot)) }
                }
                Freed::Unknown => {
                    books.count_free(Self::SLOT);
                    ended
                }
                Freed::Wrong(_, fault) => {
                    heard.add(Some(fault));
                    break;
                }
                Freed::Held => break,
            };
            last = Some(address);
            match tail.replace(slot) {
                None => first = slot.as_ptr(),
                // SAFETY: free slots of the pool's.
                Some(tail) => unsafe { (*tail.as_ptr()).next = slot.as_ptr() },
            }
        }
        if let Some(tail) = tail {
            // SAFETY: as above.
            unsafe { (*tail.as_ptr()).next = known };
        }
        if self.watch.grade() == Grade::Off && !books.has_objects() {
            self.floor.set(1);
        }
        if self.is_sealed() {
            sealed.free.set(first);
        } else {
            self.head.set(first);
        }
        while let Some(released) = books.release(SlotBooks::HOLD, Site::UNKNOWN) {
            heard.add(released.fault);
        }
        heard
    }

    /// The fault that a broken chain speaks for.
    fn broken(&self, books: &SlotBooks, last: Option<usize>, address: usize) -> Option<Fault> {
        if let Some(twice) = books.known(address).filter(|record| !record.is_live()) {
            books.mend(address, size_of::<*mut Slot<T>>());
            self.count_taken();
            return Some(Fault::new(FaultKind::DoubleFree, books.owner()).with_block(&twice));
        }
        let written = books.known(last?)?;
        Some(Fault::new(FaultKind::WriteAfterFree, books.owner()).with_block(&written))
    }

    /// Whether a slot of the pool's starts there. O(log n).
    fn is_slot(&self, address: usize) -> bool {
        let mut next = self.first.get();
        while let Some(chunk) = next {
            // SAFETY: chunks in the list live as long as the pool.
            let (following, slots) = unsafe { (chunk.as_ref().next.get(), chunk.as_ref().slots) };
            let offset = address.wrapping_sub(chunk.addr().get() + Self::HEADER);
            if offset < slots * Self::SLOT {
                return offset % Self::SLOT == 0;
            }
            next = following;
        }
        false
    }
}
