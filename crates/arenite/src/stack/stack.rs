//! The stack.

use super::{
    StackBlock, StackError, StackStats,
    list::{ENTRY, Entry},
    watched::{StackWatch, Wanted},
};
use crate::{
    bump::{MAX_ALIGN, bump_aligned, round_down},
    debug::{Metadata, Place, Watch, check_if_due},
    error::{AllocError, ErrorKind},
    node::Node,
    range::{MemoryRange, RangeOptions},
};
use allocator_api2::boxed::Box;
use core::{alloc::Layout, fmt, mem, slice};

/// A LIFO allocator: blocks are popped in the reverse order of their pushes, and the order is checked.
///
/// It stands on one range: blocks grow up from its start, the list of blocks (32 bytes each on 64-bit targets) grows
/// down from its end, so that a block written past its end cannot harm the list. Pushing, popping and resizing the top are
/// O(1) and make no system call once the range is committed.
///
/// What is pushed dies when it is popped, at [`reset`](Self::reset), or with the stack. Values that need `Drop` are
/// refused by the compiler. A push answers with a [`StackBlock`], which the stack checks at each use: there is no
/// reference that could outlive its block.
///
/// # Grades
/// A stack that is watched ([`debug`](crate::debug)) counts, from `sites` on notes where each block was pushed and popped,
/// and reports with these places what it refuses: a pop out of order names the newer block's, a pop of what is gone that
/// of the first pop; [`get`](Self::get) of what is gone is reported, too. What is still on it when it is dropped is
/// reported as leaked. From `guard` on it fills: 0xCD what is pushed unwritten, 0xDE what is popped, 0xDD what a reset
/// leaves, 0xFD the bytes between blocks that alignment leaves and 16 behind the top. These are looked at when they are
/// used again, and by [`check`](Self::check). Blocks lie side by side and are to be where they are, so that there is room
/// for no other fences, nothing can be held back, and `quarantine` and `page` do what `guard` does. A change of the grade
/// is seen when a block has no room in what is committed, at [`reset`](Self::reset) and `check`, and when something is
/// refused; blocks from before are unchecked.
///
/// ```
/// use arenite::{RangeOptions, Stack, StackError};
/// let mut stack = Stack::new(RangeOptions::reserve(1 << 20).name("paths"));
/// let open = stack.push_slice(&[3u32, 1, 2]);
/// let best = stack.push(0.5f32);
/// stack.get_mut(open).unwrap().sort();
/// assert_eq!(stack.get(open), Some(&[1, 2, 3][..]));
///
/// assert!(matches!(stack.try_pop(open), Err(StackError::NotTop { .. })), "`best` is above it");
/// stack.pop(best);
/// stack.resize(open, 5, 9);
/// assert_eq!(stack.get(open), Some(&[1, 2, 3, 9, 9][..]));
/// stack.pop(open);
/// assert_eq!(stack.get(open), None);
/// ```
pub struct Stack<'b> {
    /// Address after the top block.
    pub(super) cursor: usize,
    /// Address after what is committed for blocks; 0 while sealed, so that nothing has room.
    pub(super) limit: usize,
    /// Address of the top block's entry. The entries lie from here to `table_end`, that of the bottom block last.
    pub(super) table: usize,
    /// Address from which on entries may be written.
    floor: usize,
    pub(super) table_end: usize,
    /// The same; 0 while sealed, so that there is no top.
    pub(super) top_end: usize,
    /// That of the last block pushed.
    pub(super) serial: u64,
    pub(super) high_water: usize,
    pub(super) resets: u64,
    pub(super) watch: Watch,
    /// Once it was watched.
    pub(super) watched: Option<Box<StackWatch, Metadata>>,
    pub(super) range: MemoryRange<'b>,
}

impl<'b> Stack<'b> {
    /// A stack on a range.
    ///
    /// # Panics
    /// As [`try_new`](Self::try_new) refuses.
    #[must_use]
    #[track_caller]
    pub fn new(range: RangeOptions<'b>) -> Self {
        granted(Self::try_new(range))
    }

    /// A stack on a range.
    ///
    /// # Errors
    /// The range cannot be had, a budget refuses it, or it is too small for one entry of the list (48 bytes).
    pub fn try_new(range: RangeOptions<'b>) -> Result<Self, AllocError> {
        const { assert!(align_of::<Entry>() <= 8) };
        let range = range.build(0, ENTRY + 16)?;
        let table_end = round_down(range.end(), 8);
        let mut stack = Self {
            cursor: range.start(),
            limit: range.low_end(),
            table: table_end,
            floor: floor_of(&range, table_end),
            table_end,
            top_end: table_end,
            serial: 0,
            high_water: 0,
            resets: 0,
            watch: Watch::new(),
            watched: None,
            range,
        };
        stack.look();
        Ok(stack)
    }

    /// Pushes a value. About 35 instructions when the range is committed (callgrind, x86-64, a `u64`).
    ///
    /// # Panics
    /// As [`try_push`](Self::try_push) refuses.
    #[track_caller]
    pub fn push<T>(&mut self, value: T) -> StackBlock<T> {
        granted(self.try_push(value))
    }

    /// Pushes a value.
    ///
    /// # Errors
    /// The range is full, the system has no memory to commit, or a budget refuses it.
    #[inline]
    #[track_caller]
    pub fn try_push<T>(&mut self, value: T) -> Result<StackBlock<T>, AllocError> {
        // SAFETY: one value is written.
        unsafe { self.push_by(1, |place: *mut T| place.write(value)) }
    }

    /// Pushes a copy of a slice.
    ///
    /// # Panics
    /// As [`try_push_slice`](Self::try_push_slice) refuses.
    #[track_caller]
    pub fn push_slice<T: Copy>(&mut self, values: &[T]) -> StackBlock<T> {
        granted(self.try_push_slice(values))
    }

    /// Pushes a copy of a slice. O(n).
    ///
    /// # Errors
    /// As [`try_push`](Self::try_push).
    #[track_caller]
    pub fn try_push_slice<T: Copy>(&mut self, values: &[T]) -> Result<StackBlock<T>, AllocError> {
        // SAFETY: as many are written as there are; the place is free memory of the stack's, which `values` is not.
        unsafe {
            self.push_by(values.len(), |place: *mut T| place.copy_from_nonoverlapping(values.as_ptr(), values.len()))
        }
    }

    /// Pushes `len` values, that at `i` made by `make(i)`.
    ///
    /// # Panics
    /// As [`try_push_with`](Self::try_push_with) refuses, and when `make` does.
    #[track_caller]
    pub fn push_with<T>(&mut self, len: usize, make: impl FnMut(usize) -> T) -> StackBlock<T> {
        granted(self.try_push_with(len, make))
    }

    /// Pushes `len` values, that at `i` made by `make(i)`. O(n).
    ///
    /// # Errors
    /// As [`try_push`](Self::try_push), and when the size of `len` values overflows.
    ///
    /// # Panics
    /// When `make` does: nothing is pushed then.
    #[inline]
    #[track_caller]
    pub fn try_push_with<T>(
        &mut self,
        len: usize,
        mut make: impl FnMut(usize) -> T,
    ) -> Result<StackBlock<T>, AllocError> {
        // SAFETY: all are written, or `make` panics.
        unsafe {
            self.push_by(len, |place: *mut T| {
                for i in 0..len {
                    place.add(i).write(make(i));
                }
            })
        }
    }

    /// Pushes `len` values, which `write` writes at the place that it is given.
    ///
    /// # Safety
    /// `write` returns only when it has written all of them, and writes nothing else.
    #[inline(always)]
    #[track_caller]
    unsafe fn push_by<T>(&mut self, len: usize, write: impl FnOnce(*mut T)) -> Result<StackBlock<T>, AllocError> {
        const { assert!(!mem::needs_drop::<T>(), "a value that needs Drop: a stack drops nothing") };
        let layout = Layout::array::<T>(len).map_err(|_| self.overflow(align_of::<T>()))?;
        let (start, end) = self.room(self.cursor, layout, ENTRY, Place::here())?;
        // `start..end` is usable, above every block and below the list, aligned, and has room for `len`.
        write(self.range.at(start).cast());
        let index = self.depth();
        Ok(StackBlock::new(self.range.id(), self.enter(start, end, len), index))
    }

    /// The values of a block; `None` when it was popped, the stack was reset, or it belongs to another stack. O(1).
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn get<T>(&self, block: StackBlock<T>) -> Option<&[T]> {
        let Some(entry) = self.find(block) else { return self.missed(block, Place::here()) };
        // SAFETY: the block is on this stack (`find`), and was pushed as `len` values of exactly this type (`StackBlock` is
        // invariant); none of it is borrowed mutably, as that would borrow the stack.
        Some(unsafe { slice::from_raw_parts(self.range.at(entry.start).cast(), entry.len) })
    }

    /// As [`get`](Self::get), to change them.
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn get_mut<T>(&mut self, block: StackBlock<T>) -> Option<&mut [T]> {
        let Some(entry) = self.find(block) else { return self.missed(block, Place::here()) };
        // SAFETY: as in `get`, and the stack is borrowed mutably.
        Some(unsafe { slice::from_raw_parts_mut(self.range.at(entry.start).cast(), entry.len) })
    }

    /// Pops the top block.
    ///
    /// # Panics
    /// As [`try_pop`](Self::try_pop) refuses.
    #[track_caller]
    #[inline]
    pub fn pop<T>(&mut self, block: StackBlock<T>) {
        granted(self.try_pop(block));
    }

    /// Pops the top block.
    ///
    /// # Errors
    /// `block` is not the top, is gone, or belongs to another stack: the error names both blocks.
    #[inline]
    #[track_caller]
    pub fn try_pop<T>(&mut self, block: StackBlock<T>) -> Result<(), StackError> {
        match self.top_if(block) {
            Some(top) => self.drop_top(top),
            None => self.pop_cold(Wanted::of(block), Place::here())?,
        }
        Ok(())
    }

    /// Makes the top block `len` values long, in place: what is new is `fill`.
    ///
    /// # Panics
    /// As [`try_resize`](Self::try_resize) refuses.
    #[track_caller]
    pub fn resize<T: Copy>(&mut self, block: StackBlock<T>, len: usize, fill: T) {
        granted(self.try_resize(block, len, fill));
    }

    /// Makes the top block `len` values long, in place: what is new is `fill`. O(what is new).
    ///
    /// # Errors
    /// As [`try_pop`](Self::try_pop) for the block, as [`try_push_with`](Self::try_push_with) for the room.
    #[track_caller]
    pub fn try_resize<T: Copy>(&mut self, block: StackBlock<T>, len: usize, fill: T) -> Result<(), StackError> {
        let place = Place::here();
        let top = match self.top_if(block) {
            Some(top) => top,
            None => self.top_cold(Wanted::of(block), place)?,
        };
        let layout = Layout::array::<T>(len).map_err(|_| self.overflow(align_of::<T>()))?;
        let (start, end) = self.room(top.start, layout, 0, place)?;
        debug_assert_eq!(start, top.start);
        let values = self.range.at(start).cast::<T>();
        for i in top.len..len {
            // SAFETY: `start..end` is the top block and free memory behind it, usable, with room for `len`.
            unsafe { values.add(i).write(fill) };
        }
        self.end_top_at(Entry { len, ..top }, end);
        Ok(())
    }

    /// Pops every block. O(1), where the stack is not watched. What is committed stays so.
    #[track_caller]
    pub fn reset(&mut self) {
        self.look();
        let heard = self.end_all(Place::here().site());
        self.note_use();
        self.cursor = self.range.start();
        self.table = self.table_end;
        self.resets += 1;
        self.range.publish(0);
        heard.report();
    }

    /// The number of blocks.
    #[must_use]
    #[inline]
    pub fn depth(&self) -> usize {
        (self.table_end - self.table) / ENTRY
    }

    /// The figures, as of now.
    #[must_use]
    pub fn stats(&self) -> StackStats {
        StackStats {
            used: self.used(),
            listed: self.table_end - self.table,
            high_water: self.high_water.max(self.used()),
            capacity: self.range.end() - self.range.start(),
            committed: self.range.committed(),
            depth: self.depth(),
            resets: self.resets,
        }
    }

    /// The stack's node in the lifetime tree.
    #[must_use]
    pub fn node(&self) -> Option<&Node> {
        self.range.node()
    }

    /// Whether `pointer` points into memory of the stack's that is in use.
    #[must_use]
    pub fn owns<T: ?Sized>(&self, pointer: *const T) -> bool {
        (self.range.start()..self.cursor).contains(&pointer.addr())
    }

    pub(super) fn used(&self) -> usize {
        self.cursor - self.range.start()
    }

    /// Records the use before it falls.
    pub(super) fn note_use(&mut self) {
        self.high_water = self.high_water.max(self.used());
    }

    pub(super) fn overflow(&self, align: usize) -> AllocError {
        AllocError::new(ErrorKind::CapacityOverflow, usize::MAX, align, self.range.node_id())
    }

    /// Start and end of room for a block at or above `from`, with `entry` bytes more for the list.
    #[inline(always)]
    pub(super) fn room(
        &mut self,
        from: usize,
        layout: Layout,
        entry: usize,
        place: Place,
    ) -> Result<(usize, usize), AllocError> {
        match self.room_at_hand(from, layout, entry) {
            Some(room) => Ok(room),
            None => self.room_cold(from, layout, entry, place),
        }
    }

    /// The same, where it is committed.
    #[inline(always)]
    pub(super) fn room_at_hand(&self, from: usize, layout: Layout, entry: usize) -> Option<(usize, usize)> {
        if self.table - self.floor < entry || layout.align() > MAX_ALIGN {
            return None;
        }
        bump_aligned(from, layout.size(), layout.align(), self.limit.min(self.table - entry))
    }

    #[cold]
    #[inline(never)]
    fn room_cold(
        &mut self,
        from: usize,
        layout: Layout,
        entry: usize,
        place: Place,
    ) -> Result<(usize, usize), AllocError> {
        self.look();
        check_if_due(place.site());
        let room = self.commit_room(from, layout, entry)?;
        self.note_room(from, room, layout, entry, place.site()).report();
        Ok(room)
    }

    /// Room that may have to be committed first.
    fn commit_room(&mut self, from: usize, layout: Layout, entry: usize) -> Result<(usize, usize), AllocError> {
        let refused = |kind| AllocError::new(kind, layout.size(), layout.align(), self.range.node_id());
        if layout.align() > MAX_ALIGN {
            return Err(refused(ErrorKind::BadAlignment));
        }
        let (start, end) = (self.range.start(), self.range.end());
        let full = refused(ErrorKind::ReservationFull { reserved: end - start });
        let table = self.table.checked_sub(entry).filter(|&table| table >= start).ok_or(full)?;
        let place = bump_aligned(from, layout.size(), layout.align(), table).ok_or(full)?;
        let grown = self.range.grow(place.1, table);
        self.limit = if self.is_sealed() { 0 } else { self.range.low_end() };
        self.floor = floor_of(&self.range, self.table_end);
        grown.map_err(|kind| AllocError::new(kind, layout.size(), layout.align(), self.range.node_id()))?;
        let used = self.used();
        self.range.publish(used);
        Ok(place)
    }
}

/// What was asked for, or a panic with the reason.
#[track_caller]
#[inline(always)]
pub(super) fn granted<T, E: Into<StackError>>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => error.into().panic(),
    }
}

/// Where the list may grow down to, never above its end.
fn floor_of(range: &MemoryRange<'_>, table_end: usize) -> usize {
    range.high_start().min(table_end)
}

impl fmt::Debug for Stack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack").field("node", &self.node()).field("stats", &self.stats()).finish_non_exhaustive()
    }
}
