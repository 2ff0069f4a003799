//! What other threads hand to a shard.

use super::table::at;
use crate::sync::{AtomicBool, AtomicUsize, Ordering};

/// On its own cache lines, since other threads write it. All zero is one.
#[repr(align(128))]
pub(super) struct Remote {
    /// The block freed last; each holds the address of the next.
    head: AtomicUsize,
    /// Somebody asked for memory to be given back.
    trim: AtomicBool,
}

impl Remote {
    /// Adds a block to the list. From any thread.
    ///
    /// # Safety
    /// A block of the shard whose byte the caller has changed from live to held.
    pub(super) unsafe fn push(&self, block: usize) {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            // SAFETY: since its byte says held, the block is the caller's alone.
            unsafe { at::<usize>(block).write(head) };
            // Release pairs with the acquire in `take`: the owner sees the link, and whatever the program did to the block
            // before.
            match self.head.compare_exchange_weak(head, block, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes the whole list: its first block, or 0.
    pub(super) fn take(&self) -> usize {
        if self.head.load(Ordering::Relaxed) == 0 {
            return 0;
        }
        // Acquire pairs with the release in `push`.
        self.head.swap(0, Ordering::Acquire)
    }

    /// Asks the shard's thread to give memory back when it comes by.
    pub(super) fn ask_for_trim(&self) {
        // Relaxed: a wish, which orders nothing.
        self.trim.store(true, Ordering::Relaxed);
    }

    pub(super) fn asked_for_trim(&self) -> bool {
        self.trim.load(Ordering::Relaxed) && self.trim.swap(false, Ordering::Relaxed)
    }
}
