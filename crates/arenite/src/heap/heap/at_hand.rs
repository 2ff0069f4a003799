//! What the C library asks where a thread has all that it needs: no lock, no border, and nothing that could be refused.

use super::Heap;
use crate::heap::{
    OwnPart,
    class::{GRAIN, LOOKUP},
    table::at,
};
use core::{alloc::Layout, ptr::NonNull};

#[doc(hidden)]
impl Heap {
    /// What the calling thread has of the heap, if it made it.
    #[must_use]
    pub fn own_part(&self) -> OwnPart {
        OwnPart::of(self.home())
    }

    /// As [`alloc_at_hand`](Self::alloc_at_hand), which serves up to 1 KiB, for up to 32 KiB.
    #[inline]
    #[must_use]
    pub fn alloc_any_at_hand(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() <= LOOKUP {
            return self.alloc_at_hand(layout);
        }
        // SAFETY: addresses of blocks are not 0.
        self.home().place_at_hand(layout).map(|(block, _)| unsafe { NonNull::new_unchecked(at(block)) })
    }

    /// The usable size of a block of the calling thread's own, when the heap is not watched. `None` says nothing.
    #[inline(always)]
    #[must_use]
    pub fn size_at_hand(&self, block: NonNull<u8>) -> Option<usize> {
        // SAFETY: this thread's shard.
        unsafe { self.home().shard()?.size(block.addr().get()) }
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
