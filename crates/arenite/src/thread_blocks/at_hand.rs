//! What the C library asks where a thread has all that it needs: nothing that could be refused, and no borrow.

use super::{LiveCount, ThreadBlocks, class::Class};
use core::{alloc::Layout, ptr::NonNull};

#[doc(hidden)]
impl ThreadBlocks {
    /// A block, when the lists that the thread used last have one.
    #[inline(always)]
    #[must_use]
    pub fn alloc_at_hand(&self, layout: Layout) -> Option<NonNull<u8>> {
        let class = Class::of(layout)?;
        self.recent()?.pop(class)
    }

    /// Takes a block back when the thread's lists are at hand; `false`: nothing was done.
    ///
    /// # Safety
    /// As [`free`](Self::free).
    #[inline(always)]
    #[must_use]
    pub unsafe fn free_at_hand(&self, block: NonNull<u8>, layout: Layout) -> bool {
        match (Class::of(layout), self.recent()) {
            (Some(class), Some(shard)) => {
                // SAFETY: the caller's promise.
                unsafe { shard.free(block, class) };
                true
            }
            _ => false,
        }
    }

    /// Whether the block can have that size where it is.
    ///
    /// # Safety
    /// A live block with this layout.
    #[must_use]
    pub unsafe fn fits(&self, block: NonNull<u8>, old: Layout, size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.core.resize(block, old, size) }
    }

    /// As [`live`](Self::live), for an owner that knows by other means that no thread is in it.
    ///
    /// # Safety
    /// That.
    #[must_use]
    pub unsafe fn live_unborrowed(&self) -> LiveCount {
        // SAFETY: the caller's promise.
        unsafe { self.core.live() }
    }
}
