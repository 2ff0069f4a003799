//! What a program takes to move a cursor through by itself: all that the open window has left, and back what it did not use.

use super::{super::cold, GRAIN, Handle};
use crate::{bump::FIRST_ADDRESS, debug::Place, error::AllocError};
use core::ptr::NonNull;

/// Only for an arena made with `ArenaOptions::grains` or `words`: a window starts at a multiple of them, and has one.
#[doc(hidden)]
impl Handle {
    /// As [`try_alloc_grains`](Self::try_alloc_grains), in a block of its own, which is not the one that smaller requests go
    /// on in. In a reserved range, and where the arena counts or is watched, it is as any other.
    ///
    /// # Errors
    /// As that.
    #[track_caller]
    pub fn try_alloc_own(&self, size: usize, align: usize) -> Result<NonNull<u8>, AllocError> {
        let (window, link, saved) = (self.window(), self.link.get(), self.saved.get());
        // 0 is no alignment; less than a grain is served at a whole one.
        let align = if align.is_power_of_two() { align.max(GRAIN) } else { align };
        let cold = cold::refill::<true>(window, link, saved, size, align, Place::here())?;
        self.take_over(&cold);
        Ok(cold.memory)
    }

    /// All that is left of the open window, in whole grains or words, and how many bytes that is. `None` where it has nothing left, or
    /// each request is to be seen: the arena counts or is watched.
    #[must_use]
    pub fn take_rest(&self) -> Option<(NonNull<u8>, usize)> {
        let (cursor, limit) = (self.cursor.get(), self.limit.get());
        if limit < FIRST_ADDRESS {
            return None;
        }
        let rest = limit.saturating_sub(cursor.addr()) & !(self.core()?.grain - 1);
        if rest == 0 {
            return None;
        }
        Some((self.advance(cursor, cursor.addr(), cursor.addr() + rest), rest))
    }

    /// Gives back what lies from `used` to the cursor, when the cursor is at `end` and all from `base` on lies in the current
    /// block. `false`: something else was allocated since, or the arena went back; nothing has changed.
    ///
    /// # Safety
    /// What lies from `used` to `end` came from this handle in one piece, and is not used any more.
    pub unsafe fn give_tail(&self, base: *const u8, used: *const u8, end: *const u8) -> bool {
        let (base, used, end) = (base.addr(), used.addr(), end.addr());
        let cursor = self.cursor.get();
        let ordered = FIRST_ADDRESS <= base && base <= used && used <= end && end == cursor.addr();
        let Some(core) = self.core().filter(|core| ordered && core.reaches(base, end - base)) else { return false };
        self.cursor.set(cursor.wrapping_sub((end - used) & !(core.grain - 1)));
        true
    }
}
