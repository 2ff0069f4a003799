//! Blocks that are given back or change their size by themselves.

use super::Handle;
use crate::{
    arena::core::CLAIMED,
    bump::{FIRST_ADDRESS, MIN_ALIGN, bump, bump_aligned, round_up},
    debug::{Grade, Place},
};
use core::ptr::NonNull;

impl Handle {
    /// Gives `memory` back when it is the last thing allocated, and does nothing otherwise, but that its end is noted where
    /// blocks are. Whether it was the last.
    ///
    /// # Safety
    /// `memory` came from this handle with this size, and is not used any more.
    #[inline(always)]
    pub(in crate::arena) unsafe fn free_last(&self, memory: NonNull<u8>, size: usize, place: Place) -> bool {
        // From the cursor, which may go everywhere in the block; the caller's pointer may be narrowed to what it held.
        let start = self.cursor.get().wrapping_sub(round_up(size, MIN_ALIGN));
        if start == memory.as_ptr() {
            self.cursor.set(start);
            return true;
        }
        // A noted block is never the last one here: something lies behind it.
        size > 0 && self.limit.get() < FIRST_ADDRESS && self.free_noted(memory, size, place)
    }

    /// Whether the block was noted, or is a fault that was told.
    #[cold]
    #[inline(never)]
    fn free_noted(&self, memory: NonNull<u8>, size: usize, place: Place) -> bool {
        let Some(core) = self.core().filter(|core| core.has_books()) else { return false };
        if core.was_left_out(memory.addr().get()) {
            return false;
        }
        let cursor = core.free_noted(self.window(), memory, size, place.site());
        if let Some(cursor) = cursor {
            self.cursor.set(cursor);
        }
        core.tell();
        cursor.is_some()
    }

    /// A block was left behind for a larger one.
    ///
    /// # Safety
    /// As [`free_last`](Self::free_last).
    #[inline(always)]
    pub(in crate::arena) unsafe fn leave_behind(&self, memory: NonNull<u8>, size: usize, place: Place) {
        if self.limit.get() < FIRST_ADDRESS && size > 0 {
            self.free_noted(memory, size, place);
        }
    }

    /// Makes a noted block larger where it is, if it may stay there: see
    /// [`Core::extend_noted`](crate::arena::core::Core::extend_noted).
    ///
    /// # Safety
    /// `memory` came from this handle with `old` bytes, and `new` is no smaller and at most `isize::MAX`.
    #[inline(always)]
    pub(in crate::arena) unsafe fn extend_noted(
        &self,
        memory: NonNull<u8>,
        old: usize,
        new: usize,
        place: Place,
    ) -> bool {
        #[cold]
        #[inline(never)]
        fn extend(handle: &Handle, memory: NonNull<u8>, old: usize, new: usize, place: Place) -> bool {
            let Some(core) = handle.core().filter(|core| core.has_books()) else { return false };
            let extended = core.extend_noted(handle.window(), handle.saved(), memory, old, new, place);
            if let Some(window) = extended {
                handle.set_window(window);
                core.fire();
            }
            extended.is_some()
        }
        self.limit.get() < FIRST_ADDRESS && old > 0 && extend(self, memory, old, new, place)
    }

    /// A block has become smaller where it is, or is to carry this place.
    #[inline(always)]
    pub(in crate::arena) fn shrink_noted(&self, memory: NonNull<u8>, old: usize, new: usize, place: Place) {
        if self.limit.get() < FIRST_ADDRESS && old > 0 {
            #[cold]
            #[inline(never)]
            fn shrink(handle: &Handle, memory: NonNull<u8>, old: usize, new: usize, place: Place) {
                if let Some(core) = handle.core().filter(|core| core.has_books()) {
                    core.shrink_noted(memory, old, new, place);
                }
            }
            shrink(self, memory, old, new, place);
        }
    }

    /// As [`free_last`](Self::free_last), and finds a large request's own block too.
    ///
    /// # Safety
    /// As that.
    #[inline]
    pub(in crate::arena) unsafe fn give_up(&self, memory: NonNull<u8>, size: usize) {
        // SAFETY: the caller's promise.
        if !unsafe { self.free_last(memory, size, Place::NOWHERE) } && size > 0 {
            self.give_up_own(memory);
        }
    }

    #[cold]
    #[inline(never)]
    fn give_up_own(&self, memory: NonNull<u8>) {
        let cursor = self.cursor.get();
        if let Some(core) = self.core().filter(|core| core.spare_last_own(memory.addr().get(), cursor.addr())) {
            self.cursor.set(cursor.wrapping_sub(core.grain));
        }
    }

    /// Makes the last allocation larger or smaller where it is. `false`: it is not the last, or there is no room.
    ///
    /// # Safety
    /// `memory` came from this handle with `old` bytes.
    #[inline(always)]
    pub(crate) unsafe fn resize_last(&self, memory: NonNull<u8>, old: usize, new: usize) -> bool {
        // From the cursor, as in `free_last`.
        let start = self.cursor.get().wrapping_sub(round_up(old, MIN_ALIGN));
        if start != memory.as_ptr() || old == 0 {
            if new < old {
                self.shrink_noted(memory, old, new, Place::NOWHERE);
            }
            return false;
        }
        if new <= old {
            self.cursor.set(start.wrapping_add(round_up(new, MIN_ALIGN)));
            return true;
        }
        if let Some(end) = bump(start.addr(), round_up(new, MIN_ALIGN), self.limit.get()) {
            self.cursor.set(start.wrapping_add(end - start.addr()));
            return true;
        }
        self.extend_cold(old, new)
    }

    /// Memory, where the open window has it.
    #[inline(always)]
    pub(crate) fn take_in_window(&self, size: usize, align: usize) -> Option<NonNull<u8>> {
        let (cursor, align) = (self.cursor.get(), align.max(MIN_ALIGN));
        let (start, end) = bump_aligned(cursor.addr(), round_up(size, MIN_ALIGN), align, self.limit.get())?;
        Some(self.advance(cursor, start, end))
    }

    /// Makes the last allocation larger where it is, where the open window has the room.
    ///
    /// # Safety
    /// `memory` came from this handle with `old` bytes, at least 1, and `new` is no smaller.
    #[inline(always)]
    pub(in crate::arena) unsafe fn grow_in_window(&self, memory: NonNull<u8>, old: usize, new: usize) -> bool {
        // From the cursor, as in `free_last`.
        let start = self.cursor.get().wrapping_sub(round_up(old, MIN_ALIGN));
        let end = bump(start.addr(), round_up(new, MIN_ALIGN), self.limit.get());
        match end.filter(|_| start == memory.as_ptr()) {
            Some(end) => {
                self.cursor.set(start.wrapping_add(end - start.addr()));
                true
            }
            None => false,
        }
    }

    /// Room for an allocation to grow right up to the cursor and beyond, if the block has it.
    #[cold]
    fn extend_cold(&self, old: usize, new: usize) -> bool {
        let Some(core) = self.core() else { return false };
        let more = new.saturating_sub(round_up(old, MIN_ALIGN));
        if self.limit.get() == CLAIMED || !core.reaches(self.cursor.get().addr(), more) {
            return false;
        }
        // Behind the block, and nowhere else: no block of its own, whatever the grade.
        core.look();
        // What is noted has a gap or a fence behind it. Under `sites` whoever gets here was left out by the sample.
        if core.has_books() && core.grade() > Grade::Sites {
            return false;
        }
        core.seal.extending.set(true);
        let refused = more > 0 && self.try_raw(more, 1, Place::NOWHERE).is_err();
        core.seal.extending.set(false);
        if refused {
            return false;
        }
        if core.counts() {
            // A resize asks for bytes, those of the old rounding too, but is no allocation.
            core.requested.set(core.requested.get() - more + (new - old));
            core.allocations.set(core.allocations.get() - usize::from(more > 0));
        }
        true
    }
}

/// Gives the last allocation back when what was to fill it does not come.
pub(in crate::arena) struct Undo<'a> {
    pub(in crate::arena) handle: &'a Handle,
    pub(in crate::arena) memory: NonNull<u8>,
    pub(in crate::arena) size: usize,
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if self.size > 0 {
            // SAFETY: allocated from this handle with this size; whoever held it is unwinding or has given up.
            unsafe { self.handle.give_up(self.memory, self.size) };
        }
    }
}
