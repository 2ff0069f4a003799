//! Slabs in a row.

use super::slab::Slab;
use core::ptr::{NonNull, null_mut};

/// Slabs, linked in both directions.
pub(super) struct List {
    first: *mut Slab,
    last: *mut Slab,
}

impl List {
    pub(super) const fn new() -> Self {
        Self { first: null_mut(), last: null_mut() }
    }

    pub(super) fn last(&self) -> Option<NonNull<Slab>> {
        NonNull::new(self.last)
    }

    /// The slabs, first to last; each may leave the list once it was given.
    pub(super) fn iter(&self) -> impl Iterator<Item = NonNull<Slab>> + use<> {
        let mut at = self.first;
        core::iter::from_fn(move || {
            let slab = NonNull::new(at)?;
            // SAFETY: slabs of a list are alive.
            at = unsafe { slab.as_ref().next };
            Some(slab)
        })
    }

    /// # Safety
    /// A live slab that is in no list.
    pub(super) unsafe fn push_front(&mut self, slab: NonNull<Slab>) {
        // SAFETY: the caller's slab, and those of the list.
        unsafe {
            (*slab.as_ptr()).previous = null_mut();
            (*slab.as_ptr()).next = self.first;
            match NonNull::new(self.first) {
                Some(second) => (*second.as_ptr()).previous = slab.as_ptr(),
                None => self.last = slab.as_ptr(),
            }
        }
        self.first = slab.as_ptr();
    }

    /// # Safety
    /// A slab of this list.
    pub(super) unsafe fn remove(&mut self, slab: NonNull<Slab>) {
        // SAFETY: the caller's slab and its neighbours are in the list.
        unsafe {
            let (next, previous) = (slab.as_ref().next, slab.as_ref().previous);
            match NonNull::new(next) {
                Some(next) => (*next.as_ptr()).previous = previous,
                None => self.last = previous,
            }
            match NonNull::new(previous) {
                Some(previous) => (*previous.as_ptr()).next = next,
                None => self.first = next,
            }
        }
    }
}
