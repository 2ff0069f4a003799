//! A part of a block that one thread bumps through.

use crate::bump::{MIN_ALIGN, bump_aligned, bump_rounding, round_up};
use core::{
    alloc::Layout,
    cell::Cell,
    ptr::{self, NonNull},
};

/// Free memory from `cursor` to `limit`, both multiples of 8; its owner's alone.
pub(super) struct Window {
    cursor: Cell<*mut u8>,
    limit: Cell<usize>,
    /// Where the cursor was when its use was last told.
    told: Cell<usize>,
}

impl Window {
    /// A window that nothing fits in.
    pub(super) const fn empty() -> Self {
        Self { cursor: Cell::new(ptr::null_mut()), limit: Cell::new(0), told: Cell::new(0) }
    }

    pub(super) fn new(start: NonNull<u8>, end: usize) -> Self {
        Self { cursor: Cell::new(start.as_ptr()), limit: Cell::new(end), told: Cell::new(start.addr().get()) }
    }

    /// Memory for `size` bytes, which are not 0, when they fit.
    #[inline(always)]
    pub(super) fn take(&self, size: usize, align: usize) -> Option<NonNull<u8>> {
        let (cursor, limit) = (self.cursor.get(), self.limit.get());
        let (start, end) = if align <= MIN_ALIGN {
            (cursor.addr(), bump_rounding(cursor.addr(), size, limit)?)
        } else {
            bump_aligned(cursor.addr(), round_up(size, MIN_ALIGN), align, limit)?
        };
        self.cursor.set(cursor.with_addr(end));
        // SAFETY: not null: below a limit, which that of an empty window, 0, admits nothing to.
        Some(unsafe { NonNull::new_unchecked(cursor.with_addr(start)) })
    }

    /// Whether a block of `size` bytes at `memory` was taken last.
    #[inline(always)]
    fn is_last(&self, memory: NonNull<u8>, size: usize) -> bool {
        memory.addr().get() + round_up(size, MIN_ALIGN) == self.cursor.get().addr()
    }

    /// Takes a block back, if it was taken last.
    ///
    /// # Safety
    /// A live block of `size` bytes, which is given up.
    #[inline(always)]
    pub(super) unsafe fn free(&self, memory: NonNull<u8>, size: usize) {
        if self.is_last(memory, size) {
            self.cursor.set(self.cursor.get().with_addr(memory.addr().get()));
        }
    }

    /// Resizes a block where it is, if it can.
    ///
    /// # Safety
    /// A live block of this layout.
    #[inline]
    pub(super) unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        let start = memory.addr().get();
        if old.size() == 0 || !self.is_last(memory, old.size()) {
            return new_size <= old.size();
        }
        match bump_rounding(start, new_size, self.limit.get()) {
            Some(end) => {
                self.cursor.set(self.cursor.get().with_addr(end));
                true
            }
            None => false,
        }
    }

    /// Bytes taken since this was last asked; wraps when more was freed.
    pub(super) fn tell(&self) -> usize {
        let cursor = self.cursor.get().addr();
        cursor.wrapping_sub(self.told.replace(cursor))
    }

    /// Puts another in its place, and answers with what it was.
    pub(super) fn replace(&self, by: Self) -> Self {
        Self {
            cursor: Cell::new(self.cursor.replace(by.cursor.get())),
            limit: Cell::new(self.limit.replace(by.limit.get())),
            told: Cell::new(self.told.replace(by.told.get())),
        }
    }

    /// What is left: the start and how long it is.
    pub(super) fn rest(&self) -> Option<(NonNull<u8>, usize)> {
        let cursor = NonNull::new(self.cursor.get())?;
        Some((cursor, self.limit.get() - cursor.addr().get()))
    }
}
