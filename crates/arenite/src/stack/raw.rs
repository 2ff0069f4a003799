//! The stack by pointers, for C and for containers.

use super::{
    Stack, StackError,
    list::{ENTRY, Entry},
    stack::granted,
    watched::Wanted,
};
use crate::{debug::Place, error::AllocError};
use core::{alloc::Layout, ptr::NonNull};

impl Stack<'_> {
    /// Pushes uninitialised memory. The pointer is good until the block is popped, the stack is reset or dropped.
    ///
    /// ```
    /// use core::alloc::Layout;
    /// use arenite::{RangeOptions, Stack};
    /// let mut stack = Stack::new(RangeOptions::reserve(1 << 20));
    /// let layout = Layout::from_size_align(100, 64)?;
    /// let memory = stack.push_layout(layout);
    /// assert_eq!(memory.addr().get() % 64, 0);
    /// // SAFETY: nobody uses `memory` any more.
    /// unsafe { stack.try_pop_raw(memory, layout)? };
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// As [`try_push_layout`](Self::try_push_layout) refuses.
    #[track_caller]
    pub fn push_layout(&mut self, layout: Layout) -> NonNull<u8> {
        granted(self.try_push_layout(layout))
    }

    /// Pushes uninitialised memory.
    ///
    /// # Errors
    /// As [`try_push`](Self::try_push), and an alignment above 2 MiB.
    #[inline]
    #[track_caller]
    pub fn try_push_layout(&mut self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        let (start, end) = self.room(self.cursor, layout, ENTRY, Place::here())?;
        self.enter(start, end, layout.size());
        // SAFETY: an address in the range, which does not begin at null.
        Ok(unsafe { NonNull::new_unchecked(self.range.at(start)) })
    }

    /// Pops the block at `block`, which must be the top.
    ///
    /// # Safety
    /// Nobody uses the block's memory any more.
    ///
    /// # Panics
    /// As [`try_pop_raw`](Self::try_pop_raw) refuses.
    #[track_caller]
    pub unsafe fn pop_raw(&mut self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        granted(unsafe { self.try_pop_raw(block, layout) });
    }

    /// Pops the block at `block`, which must be the top. The pointer is looked at, never followed. (Blocks of no bytes
    /// may share an address: the topmost of them is meant.)
    ///
    /// # Safety
    /// Nobody uses the block's memory any more.
    ///
    /// # Errors
    /// `block` is not the top (the error names both), starts no block, or has another size than `layout`.
    #[inline]
    #[track_caller]
    pub unsafe fn try_pop_raw(&mut self, block: NonNull<u8>, layout: Layout) -> Result<(), StackError> {
        match self.top_at(block, layout) {
            Some(top) => self.drop_top(top),
            None => self.pop_cold(Wanted::Raw { address: block.addr().get(), size: layout.size() }, Place::here())?,
        }
        Ok(())
    }

    /// Makes the top block `size` bytes long, in place; what is new is uninitialised. The block's layout is from now on the
    /// one with that size, and a [`StackBlock`](super::StackBlock) that named it names nothing any more.
    ///
    /// # Safety
    /// Nobody uses what is cut off.
    ///
    /// # Errors
    /// As [`try_pop_raw`](Self::try_pop_raw) for the block, as [`try_push`](Self::try_push) for the room.
    #[track_caller]
    pub unsafe fn try_resize_raw(&mut self, block: NonNull<u8>, layout: Layout, size: usize) -> Result<(), StackError> {
        let place = Place::here();
        let top = match self.top_at(block, layout) {
            Some(top) => top,
            None => self.top_cold(Wanted::Raw { address: block.addr().get(), size: layout.size() }, place)?,
        };
        // The block's address is aligned as it was asked for, so it stays where it is.
        let wanted = Layout::from_size_align(size, 1).map_err(|_| self.overflow(layout.align()))?;
        let (start, end) = self.room(top.start, wanted, 0, place)?;
        debug_assert_eq!(start, top.start);
        // A new number: whoever named the block by its type must not see bytes that are none of its values.
        let serial = self.next_serial();
        self.end_top_at(Entry { serial, len: size, ..top }, end);
        Ok(())
    }

    /// As [`try_push_layout`](Self::try_push_layout), where the committed range has room: the fast path, which never
    /// unwinds.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn push_at_hand(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        let (start, end) = self.room_at_hand(self.cursor, layout, ENTRY)?;
        self.enter(start, end, layout.size());
        NonNull::new(self.range.at(start))
    }

    /// As [`try_pop_at`](Self::try_pop_at), where the block is the top; `false`: ask that.
    ///
    /// # Safety
    /// As that.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub unsafe fn pop_at_hand(&mut self, block: NonNull<u8>) -> bool {
        let top = self.top().filter(|top| top.start == block.addr().get());
        top.inspect(|&top| self.drop_top(top)).is_some()
    }

    /// Whether the top block starts there.
    #[must_use]
    pub fn is_top(&self, block: NonNull<u8>) -> bool {
        self.top().is_some_and(|top| top.start == block.addr().get())
    }

    /// As [`try_pop_raw`](Self::try_pop_raw), for whoever does not know the size of what was pushed.
    ///
    /// # Safety
    /// Nobody uses the block's memory any more.
    ///
    /// # Errors
    /// `block` is not the top (the error names both), or starts no block.
    #[doc(hidden)]
    #[inline]
    #[track_caller]
    pub unsafe fn try_pop_at(&mut self, block: NonNull<u8>) -> Result<(), StackError> {
        match self.top().filter(|top| top.start == block.addr().get()) {
            Some(top) => self.drop_top(top),
            None => self.pop_cold(Wanted::Raw { address: block.addr().get(), size: self.top_size() }, Place::here())?,
        }
        Ok(())
    }

    /// As [`try_resize_raw`](Self::try_resize_raw), likewise.
    ///
    /// # Safety
    /// Nobody uses what is cut off.
    ///
    /// # Errors
    /// As [`try_pop_at`](Self::try_pop_at) for the block, as [`try_push`](Self::try_push) for the room.
    #[doc(hidden)]
    #[track_caller]
    pub unsafe fn try_resize_at(&mut self, block: NonNull<u8>, size: usize) -> Result<(), StackError> {
        let layout = Layout::from_size_align(self.top_size(), 1).map_err(|_| self.overflow(1))?;
        // SAFETY: the caller's promise.
        unsafe { self.try_resize_raw(block, layout, size) }
    }

    /// Bytes of the top block; 0 when there is none.
    fn top_size(&self) -> usize {
        self.depth().checked_sub(1).map_or(0, |top| self.place(top).size)
    }

    #[inline(always)]
    fn top_at(&self, block: NonNull<u8>, layout: Layout) -> Option<Entry> {
        self.top().filter(|top| top.start == block.addr().get() && self.cursor - top.start == layout.size())
    }
}
