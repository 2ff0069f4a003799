//! What is known of a chunk.

use super::tally::Tally;
use crate::sync::AtomicU32;
use core::{cell::Cell, ptr::null};

/// An entry of the region's table, apart from the chunk's memory: in the chunks themselves, each at the same place of a
/// page, entries would share a few sets of the cache, and lie next to whatever overruns. All zeros in a fresh one.
#[repr(C, align(64))]
pub(in super::super) struct Chunk {
    pub(super) tally: Tally,
    /// Of the free list, or of a thread's own.
    pub(super) link: AtomicU32,
    /// It is as large as 2 to this chunks, whose first one's entry this is: one large block, or none. Fixed when it was first
    /// used. Relaxed: who has the chunk was given it after that.
    pub(super) order: AtomicU32,
    /// Where a parked chunk goes on. The owner's, as the rest.
    pub(super) resume: Cell<usize>,
    /// The list of closed chunks of an open scope: the next one, and the pointer that leads to this one.
    pub(super) next: Cell<*const Chunk>,
    pub(super) back: Cell<*const Cell<*const Chunk>>,
}

#[cfg(not(arenite_shuttle))] // Its atomics are larger.
const _: () = assert!(size_of::<Chunk>() == 64);

impl Chunk {
    /// Enters this chunk at the front of a list, which stays where it is while chunks are in it.
    pub(super) fn enter(&self, list: &Cell<*const Chunk>) {
        let next = list.replace(self);
        self.next.set(next);
        self.back.set(list);
        // SAFETY: entries are never freed, and those of a scope's list are its thread's.
        if let Some(next) = unsafe { next.as_ref() } {
            next.back.set(&raw const self.next);
        }
    }

    /// Takes this chunk out of the list that it is in.
    pub(super) fn leave_list(&self) {
        let (next, back) = (self.next.replace(null()), self.back.replace(null()));
        // SAFETY: `back` was set by `enter`, or below, to a link that stays as long as this chunk is in its list: the list
        // itself or a link in an entry of the same list. The rest as in `enter`.
        unsafe {
            (*back).set(next);
            if let Some(next) = next.as_ref() {
                next.back.set(back);
            }
        }
    }
}
