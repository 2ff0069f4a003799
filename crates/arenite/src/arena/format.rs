//! Text written into an arena's tail.

use super::{copy::copy_short, handle::Handle};
use crate::{
    bump::{FIRST_ADDRESS, MIN_ALIGN, round_down},
    error::AllocError,
};
use core::{fmt, mem, ptr::NonNull, slice, str};

/// Takes all that is left of the window, is written piece by piece with one test each, and gives back what it does not
/// need at the end. Something else may allocate meanwhile (a `Display` that uses the same arena): it finds the window
/// used up and takes the next, and then the rest of this one is lost until the arena goes back.
pub(super) struct Tail<'a> {
    handle: &'a Handle,
    start: NonNull<u8>,
    len: usize,
    capacity: usize,
    refused: Option<AllocError>,
}

impl<'a> Tail<'a> {
    #[inline(always)]
    pub(super) fn new(handle: &'a Handle) -> Self {
        let window = handle.window();
        let mut tail = Self { handle, start: NonNull::dangling(), len: 0, capacity: 0, refused: None };
        if window.limit >= FIRST_ADDRESS && window.limit > window.cursor.addr() {
            let room = round_down(window.limit - window.cursor.addr(), MIN_ALIGN);
            if let (true, Some(start)) = (room > 0, NonNull::new(window.cursor)) {
                tail.start = start;
                tail.capacity = room;
                handle.take_window(room);
            }
        }
        tail
    }

    #[inline(always)]
    pub(super) fn finish(self) -> &'a mut str {
        if self.capacity > 0 {
            // SAFETY: taken from this handle with this capacity. A refusal to shrink means that something was allocated
            // behind: the rest stays taken.
            unsafe { self.handle.resize_last(self.start, self.capacity, self.len) };
            self.handle.recount(self.capacity, self.len);
        }
        let (start, len) = (self.start, self.len);
        mem::forget(self);
        // SAFETY: `len` bytes were written, each piece a whole `str`.
        unsafe { str::from_utf8_unchecked_mut(slice::from_raw_parts_mut(start.as_ptr(), len)) }
    }

    pub(super) fn refused(&self) -> Option<AllocError> {
        self.refused
    }

    /// Room for `more` bytes: behind what there is, or elsewhere with what there is copied.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, more: usize) -> Result<(), AllocError> {
        let needed = self.len.checked_add(more).ok_or_else(|| self.handle.overflow(1))?;
        let wanted = needed.saturating_add(needed / 2).max(64).min(isize::MAX as usize & !(MIN_ALIGN - 1));
        for size in [wanted, needed] {
            // SAFETY: taken from this handle with this capacity.
            if self.capacity > 0 && unsafe { self.handle.resize_last(self.start, self.capacity, size) } {
                self.capacity = size;
                return Ok(());
            }
        }
        if self.capacity > 0 {
            // SAFETY: as above. What is written stays; the rest of this tail goes back if it is still the last.
            unsafe { self.handle.resize_last(self.start, self.capacity, self.len) };
            self.handle.recount(self.capacity, self.len);
            self.capacity = self.len;
        }
        let (room, capacity) = match self.handle.try_slots::<u8>(wanted) {
            Ok(room) => (room, wanted),
            Err(_) => (self.handle.try_slots::<u8>(needed)?, needed),
        };
        // SAFETY: `len` bytes are written at the old start, and the new room is larger and apart from it.
        unsafe { room.copy_from_nonoverlapping(self.start, self.len) };
        self.handle.recount(self.capacity, 0);
        self.start = room;
        self.capacity = capacity;
        Ok(())
    }
}

impl fmt::Write for Tail<'_> {
    #[inline]
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if piece.len() > self.capacity - self.len {
            if let Err(refused) = self.grow(piece.len()) {
                self.refused = Some(refused);
                return Err(fmt::Error);
            }
        }
        // SAFETY: there is room for the piece behind what is written; the piece lies elsewhere.
        unsafe { copy_short(piece.as_ptr(), self.start.as_ptr().add(self.len), piece.len()) };
        self.len += piece.len();
        Ok(())
    }
}

impl Drop for Tail<'_> {
    fn drop(&mut self) {
        if self.capacity > 0 {
            // SAFETY: taken from this handle with this capacity; nothing refers to it.
            unsafe { self.handle.give_up(self.start, self.capacity) };
            self.handle.recount(self.capacity, 0);
        }
    }
}

impl Handle {
    /// Moves the cursor over `room` bytes that the window has.
    #[inline(always)]
    fn take_window(&self, room: usize) {
        let mut window = self.window();
        window.cursor = window.cursor.wrapping_add(room);
        self.set_window(window);
    }

    /// Corrects the count of requested bytes where the arena counts.
    #[inline(always)]
    fn recount(&self, counted: usize, asked: usize) {
        if self.window().limit < FIRST_ADDRESS {
            if let Some(core) = self.core().filter(|core| core.counting.get()) {
                core.requested.set(core.requested.get().wrapping_sub(counted).wrapping_add(asked));
            }
        }
    }
}
