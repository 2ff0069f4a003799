//! One end.

use super::{EndScope, TwoEndedError, TwoEndedStats, arena::Core};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, ErrorKind, ResetError, ResetMode, RestoreError,
    bump::{MIN_ALIGN, round_up},
    in_place::{InPlace, allocator_in_place, nothing},
};
use core::{alloc::Layout, fmt, mem, ptr::NonNull, slice, str};

/// One end of a [`TwoEnded`](super::TwoEnded) arena: the low one grows up, the high one down. What it hands out borrows
/// it.
///
/// The block that was taken last can be freed; at the low end it can also grow where it is, so that vectors belong there.
/// At the high end sizes are rounded up to the alignment, and to 8 bytes at the least; a block that has shrunk there gives
/// back only what it kept.
pub struct End<'a, const HIGH: bool> {
    core: &'a Core,
}

/// The end that grows up from the start of the range.
pub type LowEnd<'a> = End<'a, false>;

/// The end that grows down from the end of the range.
pub type HighEnd<'a> = End<'a, true>;

/// A position of one end, from [`End::mark`]. Plain data: forgetting one costs nothing, and it can be gone back to any
/// number of times while it is valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndMark {
    arena: u64,
    high: bool,
    cursor: usize,
    number: u64,
}

impl<'a, const HIGH: bool> End<'a, HIGH> {
    pub(super) fn of(core: &'a Core) -> Self {
        Self { core }
    }

    /// Moves `value` here.
    ///
    /// Types that need `Drop` do not compile: nothing is dropped here.
    ///
    /// # Panics
    /// As [`try_alloc`](Self::try_alloc) refuses.
    #[inline(always)]
    #[track_caller]
    pub fn alloc<T>(&self, value: T) -> &mut T {
        granted(self.try_alloc(value))
    }

    /// As [`alloc`](Self::alloc).
    ///
    /// # Errors
    /// The ends have met, the system has no memory to commit, or a budget refuses it.
    #[inline(always)]
    pub fn try_alloc<T>(&self, value: T) -> Result<&mut T, TwoEndedError> {
        const { assert!(!mem::needs_drop::<T>(), "a value that needs Drop: a two-ended arena drops nothing") };
        let place = self.try_alloc_layout(Layout::new::<T>())?.cast::<T>();
        // SAFETY: fresh memory for a T, handed out once, in use while this end is borrowed.
        Ok(unsafe {
            place.write(value);
            &mut *place.as_ptr()
        })
    }

    /// Copies `text` here.
    ///
    /// # Panics
    /// As [`try_alloc_str`](Self::try_alloc_str) refuses.
    #[track_caller]
    pub fn alloc_str(&self, text: &str) -> &mut str {
        granted(self.try_alloc_str(text))
    }

    /// As [`alloc_str`](Self::alloc_str).
    ///
    /// # Errors
    /// As [`try_alloc`](Self::try_alloc).
    pub fn try_alloc_str(&self, text: &str) -> Result<&mut str, TwoEndedError> {
        let copy = self.try_alloc_slice_copy(text.as_bytes())?;
        // SAFETY: the bytes of a text.
        Ok(unsafe { str::from_utf8_unchecked_mut(copy) })
    }

    /// Copies `items` here.
    ///
    /// # Panics
    /// As [`try_alloc_slice_copy`](Self::try_alloc_slice_copy) refuses.
    #[track_caller]
    pub fn alloc_slice_copy<T: Copy>(&self, items: &[T]) -> &mut [T] {
        granted(self.try_alloc_slice_copy(items))
    }

    /// As [`alloc_slice_copy`](Self::alloc_slice_copy).
    ///
    /// # Errors
    /// As [`try_alloc`](Self::try_alloc).
    pub fn try_alloc_slice_copy<T: Copy>(&self, items: &[T]) -> Result<&mut [T], TwoEndedError> {
        let place = self.try_alloc_layout(Layout::for_value(items))?.cast::<T>();
        // SAFETY: fresh memory for as many, apart from `items`; `T` is `Copy`.
        Ok(unsafe {
            place.copy_from_nonoverlapping(NonNull::from(items).cast(), items.len());
            slice::from_raw_parts_mut(place.as_ptr(), items.len())
        })
    }

    /// `n` values, that at `i` made by `make(i)`. When it panics the room stays in use.
    ///
    /// # Panics
    /// As [`try_alloc_slice_fill_with`](Self::try_alloc_slice_fill_with) refuses, and when `make` does.
    #[track_caller]
    pub fn alloc_slice_fill_with<T>(&self, n: usize, make: impl FnMut(usize) -> T) -> &mut [T] {
        granted(self.try_alloc_slice_fill_with(n, make))
    }

    /// As [`alloc_slice_fill_with`](Self::alloc_slice_fill_with).
    ///
    /// # Errors
    /// As [`try_alloc`](Self::try_alloc), and when the size of `n` values overflows; `make` was not called.
    pub fn try_alloc_slice_fill_with<T>(
        &self,
        n: usize,
        mut make: impl FnMut(usize) -> T,
    ) -> Result<&mut [T], TwoEndedError> {
        const { assert!(!mem::needs_drop::<T>(), "values that need Drop: a two-ended arena drops nothing") };
        let layout = Layout::array::<T>(n).map_err(|_| self.overflow(align_of::<T>()))?;
        let place = self.try_alloc_layout(layout)?.cast::<T>();
        for i in 0..n {
            let value = make(i);
            // SAFETY: `i < n`, and there is room for n.
            unsafe { place.add(i).write(value) };
        }
        // SAFETY: all n were written, in memory that was handed out once.
        Ok(unsafe { slice::from_raw_parts_mut(place.as_ptr(), n) })
    }

    /// Memory for `layout`, uninitialised, at an alignment of up to 2 MiB.
    ///
    /// # Errors
    /// As [`try_alloc`](Self::try_alloc).
    #[inline(always)]
    pub fn try_alloc_layout(&self, layout: Layout) -> Result<NonNull<u8>, TwoEndedError> {
        if layout.size() == 0 {
            return Ok(nothing(layout.align()).cast());
        }
        self.core.take::<HIGH>(layout)
    }

    /// A scope at this end: what it hands out goes back when it is dropped.
    pub fn scope(&mut self) -> EndScope<'_, HIGH> {
        EndScope::enter(End::of(self.core))
    }

    /// The place where this end stands, to come back to with [`restore`](Self::restore).
    #[must_use]
    pub fn mark(&self) -> EndMark {
        let number = self.core.next_mark.get();
        self.core.next_mark.set(number + 1);
        EndMark { arena: self.core.id(), high: HIGH, cursor: self.cursor(), number }
    }

    /// Takes back what was taken at this end since `mark`. O(1). Never moves forward.
    ///
    /// ```
    /// # use arenite::{RangeOptions, RestoreError, TwoEnded};
    /// let mut arena = TwoEnded::new(RangeOptions::reserve(1 << 20));
    /// let (mut low, high) = arena.ends();
    /// let mark = low.mark();
    /// low.alloc(1u64);
    /// let inner = low.mark();
    /// low.restore(mark)?;
    /// assert_eq!((low.used(), low.restore(inner)), (0, Err(RestoreError::OutOfOrder)));
    /// assert_eq!(low.restore(high.mark()), Err(RestoreError::Foreign));
    /// # Ok::<(), RestoreError>(())
    /// ```
    ///
    /// # Errors
    /// The mark is another arena's or the other end's, or older than a reset, or was made in what has been taken back
    /// since. (Of marks made in what was taken back earlier than last, only those above the cursor are found out.)
    pub fn restore(&mut self, mark: EndMark) -> Result<(), RestoreError> {
        if (mark.arena, mark.high) != (self.core.id(), HIGH) {
            return Err(RestoreError::Foreign);
        }
        let side = usize::from(HIGH);
        if mark.number < self.core.since_reset[side].get() {
            return Err(RestoreError::Reset);
        }
        let (from, to) = self.core.undone[side].get();
        let ahead = if HIGH { mark.cursor < self.cursor() } else { mark.cursor > self.cursor() };
        if (from..to).contains(&mark.number) || ahead {
            return Err(RestoreError::OutOfOrder);
        }
        let next = self.core.next_mark.get();
        if mark.number + 1 < next {
            self.core.undone[side].set((mark.number + 1, next));
        }
        self.core.rewind::<HIGH>(mark.cursor);
        Ok(())
    }

    /// Takes back everything at this end, and nothing at the other. O(1).
    pub fn reset(&mut self) {
        self.core.reset::<HIGH>();
    }

    /// Bytes in use at this end, with the gaps that alignment left.
    #[must_use]
    pub fn used(&self) -> usize {
        if HIGH { self.core.high_used() } else { self.core.low_used() }
    }

    /// The figures of the arena, as of now.
    #[must_use]
    pub fn stats(&self) -> TwoEndedStats {
        self.core.stats()
    }

    #[inline(always)]
    pub(super) fn cursor(&self) -> usize {
        if HIGH { self.core.high.get() } else { self.core.low.get() }
    }

    /// The end of a scope.
    #[inline(always)]
    pub(super) fn go_back(&self, cursor: usize) {
        // A reset through the interface, which asks no scope, may have gone back further.
        let forward = if HIGH { cursor < self.cursor() } else { cursor > self.cursor() };
        if !forward {
            self.core.rewind::<HIGH>(cursor);
        }
    }

    fn overflow(&self, align: usize) -> TwoEndedError {
        let TwoEndedError::Refused(refused) = self.core.refused(ErrorKind::CapacityOverflow, Layout::new::<()>())
        else {
            unreachable!("`refused` makes nothing else")
        };
        AllocError::new(refused.kind(), usize::MAX, align, refused.node()).into()
    }

    /// Whether a block was the last one taken at this end.
    #[inline(always)]
    fn is_last(&self, memory: NonNull<u8>, size: usize) -> bool {
        let start = memory.addr().get();
        self.cursor() == if HIGH { start } else { start + size }
    }

    /// # Safety
    /// A live block, which is given up.
    #[inline(always)]
    unsafe fn free(&self, memory: NonNull<u8>, layout: Layout) {
        if self.is_last(memory, layout.size()) {
            let start = memory.addr().get();
            let align = layout.align().max(MIN_ALIGN);
            self.core.rewind::<HIGH>(if HIGH { start + round_up(layout.size(), align) } else { start });
        }
    }
}

allocator_in_place!([const HIGH: bool] &End<'_, HIGH>, free);

impl<const HIGH: bool> InPlace for &End<'_, HIGH> {
    #[inline(always)]
    fn pointer(&self, address: usize) -> *mut u8 {
        self.core.at(address)
    }
}

// SAFETY: blocks stay until this end goes back, which needs it exclusively while this reference and its copies borrow it;
// the other end cannot pass this one's cursor.
unsafe impl<const HIGH: bool> DynAllocator for &End<'_, HIGH> {
    #[inline(always)]
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let memory = self.try_alloc_layout(layout)?;
        Ok(NonNull::slice_from_raw_parts(memory, layout.size()))
    }

    #[inline]
    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        if HIGH || old.size() == 0 || !self.is_last(memory, old.size()) {
            return new_size <= old.size();
        }
        if new_size < old.size() {
            self.core.rewind::<HIGH>(memory.addr().get() + new_size);
            return true;
        }
        memory.addr().get().checked_add(new_size).is_some_and(|end| self.core.move_low(end))
    }

    fn owns(&self, address: *const u8) -> bool {
        let bounds = self.core.empty::<false>()..self.core.empty::<true>();
        let used = if HIGH { self.cursor()..bounds.end } else { bounds.start..self.cursor() };
        used.contains(&address.addr())
    }

    fn capabilities(&self) -> Capabilities {
        let both =
            Capabilities::FREE_LAST.with(Capabilities::OWNS).with(Capabilities::RESET).with(Capabilities::BOUNDED);
        if HIGH { both } else { both.with(Capabilities::RESIZE) }
    }

    unsafe fn reset(&self, _: ResetMode) -> Result<(), ResetError> {
        self.core.reset::<HIGH>();
        Ok(())
    }

    fn stats(&self) -> AllocatorStats {
        AllocatorStats { used: Some(self.used()), held: Some(self.core.stats().committed), ..AllocatorStats::default() }
    }
}

/// What was asked for, or a panic with the reason.
#[track_caller]
#[inline(always)]
fn granted<T>(result: Result<T, TwoEndedError>) -> T {
    match result {
        Ok(value) => value,
        Err(refused) => refused.panic(),
    }
}

impl<const HIGH: bool> fmt::Debug for End<'_, HIGH> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(if HIGH { "HighEnd" } else { "LowEnd" }).field("used", &self.used()).finish_non_exhaustive()
    }
}
