//! A typed pool that is watched.
//!
//! To give a slot back is a push with no compare in it, so nothing can be sealed there. But a box knows the list that its
//! slot goes back to: those of a watched pool know another one, which the pool reads when it is next asked.

use super::{List, Pool, Slot};
use crate::debug::{Fault, FaultKind, Freed, Grade, Heard, Place, Site, SlotBooks};
use core::{
    alloc::Layout,
    cell::Cell,
    ptr::{NonNull, null_mut},
};

/// What a pool has that was watched.
pub(super) struct Sealed<T> {
    /// What watched boxes gave back and the pool has not heard of.
    ended: List<T>,
    /// Free slots, kept from the fast path.
    free: List<T>,
    /// Whether the pool is sealed.
    on: Cell<bool>,
}

impl<T> Sealed<T> {
    fn new() -> Self {
        Self { ended: List::new(), free: List::new(), on: Cell::new(false) }
    }

    /// What is to be added to the number of values that the pool has handed out.
    pub(super) fn live(&self) -> usize {
        self.ended.live.get()
    }

    pub(super) fn clear(&self) {
        self.ended.head.set(null_mut());
        self.ended.live.set(0);
        self.free.head.set(null_mut());
    }
}

impl<T> Pool<T> {
    /// Follows the grade.
    pub(super) fn look(&self) {
        if let Some(seal) = self.watch.look("a pool", self.chunks.holdings.node()) {
            if let Some(sealed) = self.sealed.open(Sealed::new) {
                sealed.on.set(seal);
            }
            if let Some(books) = self.watch.books().filter(|_| self.watch.grade() < Grade::Guard) {
                // Nothing of it lies in a slot.
                while let Some(released) = books.release(0, Site::UNKNOWN) {
                    if let Some(fault) = released.fault {
                        fault.report();
                    }
                }
            }
        }
        let Some(sealed) = self.sealed.get() else { return };
        if sealed.on.get() {
            sealed.free.take_all(&self.list);
        } else {
            self.list.take_all(&sealed.free);
        }
    }

    pub(super) fn pop_sealed(&self) -> Option<NonNull<Slot<T>>> {
        let slot = self.sealed.get()?.free.pop()?;
        self.list.live.set(self.list.live.get().wrapping_add(1));
        Some(slot)
    }

    /// Enters a slot in the books. What the program gets, and the list that it goes back to; `None`: the pool is not
    /// sealed.
    pub(super) fn note(&self, slot: NonNull<Slot<T>>, place: Place) -> Option<(NonNull<Slot<T>>, &List<T>)> {
        let sealed = self.sealed.get().filter(|sealed| sealed.on.get())?;
        let books = self.watch.books()?;
        // SAFETY: the slot was just taken.
        let object = unsafe { books.enter(slot.cast(), Layout::new::<Slot<T>>(), place.site(), true) };
        Some((object.cast(), &sealed.ended))
    }

    /// Hears of the watched boxes that were dropped.
    pub(super) fn hear(&self) -> Heard {
        let mut heard = Heard::new();
        let (Some(sealed), Some(books)) = (self.sealed.get(), self.watch.books()) else { return heard };
        let mut next = sealed.ended.head.replace(null_mut());
        let to = if sealed.on.get() { &sealed.free } else { &self.list };
        // Kept in the order in which they would be handed out again.
        let mut chain: Option<(NonNull<Slot<T>>, NonNull<Slot<T>>)> = None;
        let (mut last, mut left) = (None, self.slots.get());
        while let Some(ended) = NonNull::new(next) {
            let address = ended.addr().get();
            let known =
                books.is_live(address) == Some(true) || (self.is_slot(address) && books.object_of(address).is_none());
            if !known || left == 0 {
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
            chain = Some(match chain {
                None => (slot, slot),
                Some((first, tail)) => {
                    // SAFETY: free slots of the pool's.
                    unsafe { (*tail.as_ptr()).next = slot.as_ptr() };
                    (first, slot)
                }
            });
        }
        if let Some((first, tail)) = chain {
            // SAFETY: free slots, linked above.
            unsafe { to.prepend(first.as_ptr(), tail) };
        }
        while let Some(released) = books.release(SlotBooks::HOLD, Site::UNKNOWN) {
            heard.add(released.fault);
        }
        heard
    }

    /// The fault that a broken chain speaks for.
    fn broken(&self, books: &SlotBooks, last: Option<usize>, address: usize) -> Option<Fault> {
        if books.is_live(address) == Some(false) {
            books.mend(address, size_of::<*mut Slot<T>>());
            let twice = books.known(address)?;
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
