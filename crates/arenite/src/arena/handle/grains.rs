//! The entry of the C library: blocks at multiples of 16, of whole grains.

use super::Handle;
use crate::{bump::bump_aligned, debug::Place, error::AllocError};
use core::ptr::NonNull;

/// What sizes are rounded up to, and where blocks start.
pub(in crate::arena) const GRAIN: usize = 16;

/// Only for an arena made with `ArenaOptions::grains`: its cursor is a multiple of 16 as long as nothing else allocates.
impl Handle {
    /// `size` bytes rounded up to whole grains, when the open window has them. `None` for size 0 too.
    ///
    /// Three tests: the sum may wrap for any size that C can pass.
    #[doc(hidden)]
    #[inline(always)]
    #[must_use]
    pub fn take_grains(&self, size: usize) -> Option<NonNull<u8>> {
        let cursor = self.cursor.get();
        let whole = size.wrapping_add(GRAIN - 1) & !(GRAIN - 1);
        if whole == 0 {
            return None;
        }
        let end = cursor.addr().checked_add(whole)?;
        if end > self.limit.get() {
            return None;
        }
        Some(self.advance(cursor, cursor.addr(), end))
    }

    /// As [`try_alloc_aligned`](Self::try_alloc_aligned) at a multiple of 16 at least, and of whole grains.
    ///
    /// # Errors
    /// As that.
    #[doc(hidden)]
    #[track_caller]
    pub fn try_alloc_grains(&self, size: usize, align: usize) -> Result<NonNull<u8>, AllocError> {
        if align <= GRAIN {
            if let Some(memory) = self.take_grains(size) {
                return Ok(memory);
            }
        } else if align.is_power_of_two() && align <= crate::bump::MAX_ALIGN && size <= isize::MAX as usize / 2 {
            let whole = size.wrapping_add(GRAIN - 1) & !(GRAIN - 1);
            let cursor = self.cursor.get();
            if let Some((start, end)) = bump_aligned(cursor.addr(), whole, align, self.limit.get()) {
                return Ok(self.advance(cursor, start, end));
            }
        }
        // What is no alignment at all is refused there.
        self.cold(size, if align.is_power_of_two() { align.max(GRAIN) } else { align }, Place::here())
    }
}
