//! Chunks that nobody has, for every thread to take.
//!
//! A stack by compare and exchange. Chunks are numbered, and the links between them lie in memory that is never given
//! back, so that a link may be read of a chunk that another thread has just taken. The head carries a number that grows
//! with each chunk taken: a head that comes back after others were taken meanwhile is not mistaken for the old one (until
//! 2^32 were taken between two instructions of one thread).

use crate::sync::{AtomicU32, AtomicU64, Ordering};

/// See the module. Chunk 0 is none.
pub(crate) struct FreeList {
    /// The number of takes, and below it the first chunk.
    head: AtomicU64,
}

impl FreeList {
    pub(crate) const fn new() -> Self {
        Self { head: AtomicU64::new(0) }
    }

    /// Adds a chunk that the caller has alone; `link` is its link.
    pub(crate) fn push(&self, chunk: u32, link: &AtomicU32) {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            link.store(head as u32, Ordering::Relaxed);
            let new = head >> 32 << 32 | u64::from(chunk);
            // Release pairs with the acquire in `pop`: the link, and whatever was done to the chunk, come first.
            match self.head.compare_exchange_weak(head, new, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(found) => head = found,
            }
        }
    }

    /// A chunk, from now on the caller's alone.
    pub(crate) fn pop<'l>(&self, link: impl Fn(u32) -> &'l AtomicU32) -> Option<u32> {
        let mut head = self.head.load(Ordering::Acquire);
        while head as u32 != 0 {
            let next = link(head as u32).load(Ordering::Relaxed);
            let new = ((head >> 32).wrapping_add(1)) << 32 | u64::from(next);
            // Acquire pairs with the release in `push`.
            match self.head.compare_exchange_weak(head, new, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => return Some(head as u32),
                Err(found) => head = found,
            }
        }
        None
    }
}
