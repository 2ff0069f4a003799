//! What the C library asks where a thread has all that it needs: no lock, no border, and nothing that could be refused.

use super::Heap;
use crate::{
    heap::{
        class::{self, GRAIN},
        segment::SEGMENT,
        table::{CODE, OFFSET, at, is_plain},
    },
    sync::{AtomicU8, Ordering},
};
use core::{alloc::Layout, ptr::NonNull};

#[doc(hidden)]
impl Heap {
    /// The usable size of a block of the calling thread's own, when the heap is not watched. `None` says nothing.
    #[inline(always)]
    #[must_use]
    pub fn size_at_hand(&self, block: NonNull<u8>) -> Option<usize> {
        let (shard, address) = (self.home().shard()?, block.addr().get());
        // SAFETY: as in `free_at_hand`: this thread's shard, whose tables are only accessed as atomics.
        let plain = unsafe {
            let grain = shard.holds(address)?;
            (*at::<AtomicU8>((address & !(SEGMENT - 1)) + OFFSET + grain)).load(Ordering::Relaxed)
        };
        if !is_plain(plain) {
            return None;
        }
        // SAFETY: the byte of a live block of a class.
        Some(unsafe { class::size_of(plain & CODE) })
    }

    /// As [`try_realloc`](Self::try_realloc), for a block of the calling thread's own that stays, or moves to one that the
    /// thread has. `None`: nothing has changed.
    ///
    /// # Safety
    /// As [`try_realloc`](Self::try_realloc), for any address.
    #[inline]
    #[must_use]
    pub unsafe fn realloc_at_hand(&self, block: NonNull<u8>, layout: Layout) -> Option<NonNull<u8>> {
        let old = self.size_at_hand(block)?;
        let wasteful = layout.size() < old / 2 && old > 4 * GRAIN;
        if layout.align() > GRAIN {
            return None;
        }
        // The whole of the block, of which the caller's pointer may know but a part.
        // SAFETY: the address of a block is not 0.
        let whole = unsafe { NonNull::new_unchecked(at::<u8>(block.addr().get())) };
        if layout.size() <= old && !wasteful {
            return Some(whole);
        }
        let moved = self.alloc_at_hand(layout)?;
        // SAFETY: a live block of this thread's, of `old` bytes, and a new one of `layout`; the caller's promise.
        unsafe {
            moved.copy_from_nonoverlapping(whole, old.min(layout.size()));
            let freed = self.free_at_hand(block.addr().get());
            debug_assert!(freed, "it was at hand a moment ago");
        }
        Some(moved)
    }
}
