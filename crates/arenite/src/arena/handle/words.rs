//! Blocks of whole words of 8 bytes, of any size that C can pass.

use super::Handle;
use crate::{bump::MIN_ALIGN, debug::Place, error::AllocError};
use core::ptr::NonNull;

#[doc(hidden)]
impl Handle {
    /// `size` bytes rounded up to whole words, at a multiple of 8, when the open window has them. `None` for size 0 too.
    ///
    /// Three tests: the sum may wrap for any size that C can pass.
    #[inline(always)]
    #[must_use]
    pub fn take_words(&self, size: usize) -> Option<NonNull<u8>> {
        let cursor = self.cursor.get();
        let whole = size.wrapping_add(MIN_ALIGN - 1) & !(MIN_ALIGN - 1);
        if whole == 0 {
            return None;
        }
        let end = cursor.addr().checked_add(whole)?;
        if end > self.limit.get() {
            return None;
        }
        Some(self.advance(cursor, cursor.addr(), end))
    }

    /// The same, by whatever path.
    ///
    /// # Errors
    /// As [`try_alloc_aligned`](Self::try_alloc_aligned).
    #[track_caller]
    pub fn try_alloc_words(&self, size: usize) -> Result<NonNull<u8>, AllocError> {
        match self.take_words(size) {
            Some(memory) => Ok(memory),
            None => self.cold(size, MIN_ALIGN, Place::here()),
        }
    }
}
