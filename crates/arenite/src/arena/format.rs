//! Text written into an arena's tail.

use super::{
    copy::{SHORT, copy_short},
    handle::Handle,
    refill::Window,
};
use crate::{
    bump::{FIRST_ADDRESS, MIN_ALIGN},
    debug::Place,
    error::AllocError,
};
use core::{fmt, ptr::NonNull, slice, str};

/// Takes all that is left of the window, is written piece by piece with one test each, and gives back what it does not
/// need at the end. Something else may allocate meanwhile (a `Display` that uses the same arena): it finds the window
/// used up and takes the next, and then the rest of this one is lost until the arena goes back.
pub(super) struct Tail<'a> {
    handle: &'a Handle,
    start: NonNull<u8>,
    /// Where the next piece goes.
    end: NonNull<u8>,
    /// What is left behind that.
    room: usize,
    refused: Option<AllocError>,
}

impl<'a> Tail<'a> {
    #[inline(always)]
    pub(super) fn new(handle: &'a Handle) -> Self {
        let Window { cursor, limit } = handle.window();
        let nowhere = NonNull::dangling();
        let mut tail = Self { handle, start: nowhere, end: nowhere, room: 0, refused: None };
        // A limit that is a state lies below every cursor.
        if limit > cursor.addr() {
            // SAFETY: no cursor is null.
            tail.start = unsafe { NonNull::new_unchecked(cursor) };
            tail.end = tail.start;
            // Both are multiples of the smallest alignment, and so is what lies between.
            tail.room = limit - cursor.addr();
            handle.set_cursor(cursor.wrapping_add(tail.room));
        }
        tail
    }

    #[inline(always)]
    fn len(&self) -> usize {
        self.end.addr().get() - self.start.addr().get()
    }

    /// Keeps what was written, and gives back the rest. The tail must be forgotten then: dropped, it gives all of it up.
    #[inline(always)]
    #[track_caller]
    pub(super) fn finish(&mut self) -> &'a mut str {
        let len = self.len();
        let capacity = len + self.room;
        if capacity > 0 {
            // SAFETY: taken from this handle with this capacity. A refusal to shrink means that something was allocated
            // behind: the rest stays taken.
            unsafe { self.handle.resize_last(self.start, capacity, len) };
            self.handle.finished(self.start, capacity, len, Place::here());
        }
        // SAFETY: `len` bytes were written, each piece a whole `str`.
        unsafe { str::from_utf8_unchecked_mut(slice::from_raw_parts_mut(self.start.as_ptr(), len)) }
    }

    pub(super) fn refused(&self) -> Option<AllocError> {
        self.refused
    }

    /// Room for `more` bytes: behind what there is, or elsewhere with what there is copied.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, more: usize) -> Result<(), AllocError> {
        let len = self.len();
        let mut capacity = len + self.room;
        let needed = len.checked_add(more).ok_or_else(|| self.handle.overflow(1))?;
        let wanted = needed.saturating_add(needed / 2).max(64).min(isize::MAX as usize & !(MIN_ALIGN - 1));
        for size in [wanted, needed] {
            // SAFETY: taken from this handle with this capacity.
            if capacity > 0 && unsafe { self.handle.resize_last(self.start, capacity, size) } {
                self.room = size - len;
                return Ok(());
            }
        }
        if capacity > 0 {
            // SAFETY: as above. What is written stays; the rest of this tail goes back if it is still the last.
            unsafe { self.handle.resize_last(self.start, capacity, len) };
            self.handle.recount(capacity, len);
            capacity = len;
            self.room = 0;
        }
        let (start, size) = match self.handle.try_slots::<u8>(wanted, Place::NOWHERE) {
            Ok(start) => (start, wanted),
            Err(_) => (self.handle.try_slots::<u8>(needed, Place::NOWHERE)?, needed),
        };
        // SAFETY: `len` bytes are written at the old start, and the new room is larger and apart from it.
        self.end = unsafe {
            start.copy_from_nonoverlapping(self.start, len);
            start.add(len)
        };
        // SAFETY: what was written has moved.
        unsafe { self.handle.leave_behind(self.start, capacity, Place::NOWHERE) };
        self.handle.recount(capacity, 0);
        self.start = start;
        self.room = size - len;
        Ok(())
    }
}

impl Tail<'_> {
    /// A piece that is long, or for which there is no room yet.
    #[inline(never)]
    fn write_long(&mut self, piece: &str) -> fmt::Result {
        if piece.len() > self.room {
            if let Err(refused) = self.grow(piece.len()) {
                self.refused = Some(refused);
                return Err(fmt::Error);
            }
        }
        self.copy(piece);
        Ok(())
    }

    /// Copies a piece for which there is room.
    #[inline(always)]
    fn copy(&mut self, piece: &str) {
        debug_assert!(piece.len() <= self.room);
        // SAFETY: there is room for the piece behind what is written; the piece lies elsewhere.
        unsafe {
            copy_short(piece.as_ptr(), self.end.as_ptr(), piece.len());
            self.end = self.end.add(piece.len());
        }
        self.room -= piece.len();
    }
}

impl fmt::Write for Tail<'_> {
    #[inline]
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        // Without a call on this path, there is nothing to save on the stack.
        if piece.len() <= SHORT && piece.len() <= self.room {
            self.copy(piece);
            return Ok(());
        }
        self.write_long(piece)
    }
}

impl Drop for Tail<'_> {
    fn drop(&mut self) {
        let capacity = self.len() + self.room;
        if capacity > 0 {
            // SAFETY: taken from this handle with this capacity; nothing refers to it.
            unsafe { self.handle.give_up(self.start, capacity) };
            self.handle.recount(capacity, 0);
        }
    }
}

impl Handle {
    /// A text is done: corrects the count of requested bytes, and notes whose it is, where the arena is sealed.
    #[inline(always)]
    fn finished(&self, start: NonNull<u8>, capacity: usize, len: usize, place: Place) {
        #[cold]
        #[inline(never)]
        fn finished(handle: &Handle, start: NonNull<u8>, capacity: usize, len: usize, place: Place) {
            handle.recount(capacity, len);
            handle.shrink_noted(start, len, len, place);
        }
        if self.window().limit < FIRST_ADDRESS {
            finished(self, start, capacity, len, place);
        }
    }

    /// Corrects the count of requested bytes where the arena counts.
    #[inline(always)]
    fn recount(&self, counted: usize, asked: usize) {
        if self.window().limit < FIRST_ADDRESS {
            if let Some(core) = self.core().filter(|core| core.counts()) {
                core.requested.set(core.requested.get().wrapping_sub(counted).wrapping_add(asked));
            }
        }
    }
}
