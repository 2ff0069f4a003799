//! The entry of the C library: blocks at multiples of 16, of whole grains.

use super::Handle;
use crate::{
    bump::{FIRST_ADDRESS, MAX_ALIGN, bump_aligned},
    debug::Place,
    error::AllocError,
};
use core::ptr::NonNull;

/// What sizes are rounded up to, and where blocks start.
pub(in crate::arena) const GRAIN: usize = 16;

/// Whole grains; wraps to 0 for the last sizes that there are.
#[inline(always)]
const fn whole(size: usize) -> usize {
    size.wrapping_add(GRAIN - 1) & !(GRAIN - 1)
}

/// Only for an arena made with `ArenaOptions::grains`: its cursor is a multiple of 16 as long as nothing else allocates.
#[doc(hidden)]
impl Handle {
    /// `size` bytes rounded up to whole grains, when the open window has them. `None` for size 0 too.
    ///
    /// Three tests: the sum may wrap for any size that C can pass.
    #[inline(always)]
    #[must_use]
    pub fn take_grains(&self, size: usize) -> Option<NonNull<u8>> {
        let cursor = self.cursor.get();
        let whole = whole(size);
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
    #[track_caller]
    pub fn try_alloc_grains(&self, size: usize, align: usize) -> Result<NonNull<u8>, AllocError> {
        if (1..=GRAIN).contains(&align) && align.is_power_of_two() {
            if let Some(memory) = self.take_grains(size) {
                return Ok(memory);
            }
            return self.cold(size, GRAIN, Place::here());
        }
        if align.is_power_of_two() && align <= MAX_ALIGN && size <= isize::MAX as usize {
            let cursor = self.cursor.get();
            if let Some((start, end)) = bump_aligned(cursor.addr(), whole(size), align, self.limit.get()) {
                return Ok(self.advance(cursor, start, end));
            }
        }
        // What is no alignment at all is refused there.
        self.cold(size, align, Place::here())
    }

    /// The same at a multiple of 16, filled with zeros.
    ///
    /// # Errors
    /// As [`try_alloc_aligned`](Self::try_alloc_aligned).
    #[track_caller]
    pub fn try_alloc_grains_zeroed(&self, size: usize) -> Result<NonNull<u8>, AllocError> {
        let untouched = self.untouched();
        let memory = self.try_alloc_grains(size, GRAIN)?;
        self.zero(memory, size, untouched);
        Ok(memory)
    }

    /// Makes the last block larger or smaller where it is. `false`: it is not the last, or there is no room, and nothing has
    /// changed. (A smaller block that is not the last stays as it is: `true`.)
    ///
    /// # Safety
    /// `memory` came from this handle with `old` bytes, not 0; `new` is not 0 either.
    pub unsafe fn resize_grains(&self, memory: NonNull<u8>, old: usize, new: usize) -> bool {
        if new > isize::MAX as usize {
            return false;
        }
        if self.notes_blocks() {
            // SAFETY: the caller's promise. Books know the sizes that were asked for.
            return unsafe { self.resize_last(memory, old, new) } || new <= old;
        }
        // SAFETY: the caller's promise; the rest of the last grain is the block's.
        let resized = unsafe { self.resize_last(memory, whole(old), whole(new)) };
        if let Some(core) = self.core().filter(|core| resized && new > old && core.counts()) {
            // Counted in grains so far.
            let grains = if whole(new) > whole(old) { whole(new) - whole(old) } else { 0 };
            core.requested.set((core.requested.get() + (new - old)).saturating_sub(grains));
        }
        resized || new <= old
    }

    /// Takes a block back where it is the last; `false`: it is not, and stays until the arena goes back.
    ///
    /// # Safety
    /// `memory` came from this handle with `size` bytes, not 0; nobody uses it any more.
    #[track_caller]
    pub unsafe fn free_grains(&self, memory: NonNull<u8>, size: usize) -> bool {
        // Books know the sizes that were asked for.
        let size = if self.notes_blocks() { size } else { whole(size) };
        // SAFETY: the caller's promise; the rest of the last grain is the block's.
        unsafe { self.free_last(memory, size, Place::here()) }
    }

    /// Notes that a block was left behind for a larger one, where blocks are noted.
    ///
    /// # Safety
    /// As [`resize_grains`](Self::resize_grains); nobody uses the block any more.
    #[track_caller]
    pub unsafe fn leave_grains(&self, memory: NonNull<u8>, size: usize) {
        if self.window().limit < FIRST_ADDRESS {
            // SAFETY: the caller's promise.
            unsafe { self.leave_behind(memory, size, Place::here()) };
        }
    }
}
