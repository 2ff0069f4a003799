//! The arena, and what its two ends share.

use super::{End, HighEnd, LowEnd, TwoEndedError, TwoEndedStats};
use crate::{
    bump::{MAX_ALIGN, MIN_ALIGN, bump_aligned, round_down, round_up},
    error::{AllocError, ErrorKind},
    lent::Lent,
    node::Node,
    range::{MemoryRange, RangeOptions},
};
use core::{
    alloc::Layout,
    cell::{Cell, RefCell},
    fmt, mem,
    ptr::NonNull,
};

/// An arena with two cursors on one range: [`ends`](Self::ends) lends both, to be used at the same time.
///
/// Each end has scopes and marks of its own, and is taken back apart from the other; what an end hands out borrows it.
/// Allocating is O(1) and makes no system call once the range is committed.
///
/// ```
/// use arenite::{RangeOptions, TwoEnded};
/// let mut arena = TwoEnded::new(RangeOptions::reserve(1 << 20).name("level"));
/// let (level, mut temporary) = arena.ends();
/// let mut rooms = Vec::new();
/// for n in 1..4 {
///     let scope = temporary.scope();
///     let plan = scope.alloc_slice_fill_with(100, |i| i * n);
///     rooms.push(level.alloc(plan[99])); // stays when the plan is gone
/// }
/// assert_eq!(rooms.iter().map(|room| **room).collect::<Vec<_>>(), [99, 198, 297]);
/// assert_eq!(temporary.used(), 0);
/// ```
/// Nothing is taken back under what was handed out:
/// ```compile_fail,E0502
/// # use arenite::{RangeOptions, TwoEnded};
/// let mut arena = TwoEnded::new(RangeOptions::reserve(1 << 20));
/// let (mut low, high) = arena.ends();
/// let n = low.alloc(1);
/// low.reset();
/// *n += 1;
/// ```
/// ```compile_fail,E0499
/// # use arenite::{RangeOptions, TwoEnded};
/// let mut arena = TwoEnded::new(RangeOptions::reserve(1 << 20));
/// let (low, _) = arena.ends();
/// let n = low.alloc(1);
/// let again = arena.ends();
/// *n += 1;
/// ```
/// ```compile_fail,E0597
/// # use arenite::{RangeOptions, TwoEnded};
/// let arena;
/// let mut memory = [core::mem::MaybeUninit::uninit(); 4096];
/// arena = TwoEnded::new(RangeOptions::buffer(&mut memory)); // is dropped before its buffer
/// ```
pub struct TwoEnded<'b> {
    core: Core,
    _memory: Lent<'b>,
}

/// What both ends work on. Cursors and limits are addresses in the range: `low <= high`.
pub(super) struct Core {
    /// After what the low end has handed out.
    pub(super) low: Cell<usize>,
    /// Where the high end's last block starts: a multiple of 8.
    pub(super) high: Cell<usize>,
    /// After what the low end may use: the end, when all of the range is usable.
    low_limit: Cell<usize>,
    /// From where on the high end may use the range.
    high_limit: Cell<usize>,
    /// The number that the next mark gets, from 1.
    pub(super) next_mark: Cell<u64>,
    /// For each end: marks from the first number up to, without, the second were made in what was taken back last.
    pub(super) undone: [Cell<(u64, u64)>; 2],
    /// For each end: marks below this number were made before a reset.
    pub(super) since_reset: [Cell<u64>; 2],
    high_water: Cell<usize>,
    /// First and last address, and the range's own provenance.
    start: *mut u8,
    end: usize,
    id: u64,
    /// Borrowed for a commit only. The `'static` stands for the lifetime of `TwoEnded`, which outlives this.
    range: RefCell<MemoryRange<'static>>,
}

// SAFETY: the ends that could use the arena borrow it, so none is left when it moves to another thread; the range is
// `Send`.
unsafe impl Send for TwoEnded<'_> {}

impl<'b> TwoEnded<'b> {
    /// An arena on a range.
    ///
    /// # Panics
    /// As [`try_new`](Self::try_new) refuses.
    #[must_use]
    #[track_caller]
    pub fn new(range: RangeOptions<'b>) -> Self {
        match Self::try_new(range) {
            Ok(arena) => arena,
            Err(refused) => refused.panic(),
        }
    }

    /// An arena on a range.
    ///
    /// # Errors
    /// The range cannot be had, or a budget refuses it.
    pub fn try_new(range: RangeOptions<'b>) -> Result<Self, AllocError> {
        let range = range.build(0, 1)?;
        // SAFETY: the two types differ in a lifetime only, which `TwoEnded` carries: the range is dropped with it, and
        // nothing gets out of the core that lives longer.
        let range: MemoryRange<'static> = unsafe { mem::transmute::<MemoryRange<'b>, MemoryRange<'static>>(range) };
        let end = round_down(range.end(), MIN_ALIGN).max(range.start());
        let (low_limit, high_limit) = limits(&range);
        let core = Core {
            low: Cell::new(range.start()),
            high: Cell::new(end),
            low_limit: Cell::new(low_limit),
            high_limit: Cell::new(high_limit),
            next_mark: Cell::new(1),
            undone: [const { Cell::new((0, 0)) }; 2],
            since_reset: [const { Cell::new(0) }; 2],
            high_water: Cell::new(0),
            start: range.at(range.start()),
            end,
            id: range.id(),
            range: RefCell::new(range),
        };
        Ok(Self { core, _memory: Lent::new() })
    }

    /// Both ends. What was handed out before stays in use, though nothing refers to it any more, until that end is reset.
    pub fn ends(&mut self) -> (LowEnd<'_>, HighEnd<'_>) {
        (End::of(&self.core), End::of(&self.core))
    }

    /// Takes back everything at both ends. O(1). What is committed stays so.
    pub fn reset(&mut self) {
        let (mut low, mut high) = self.ends();
        low.reset();
        high.reset();
    }

    /// The figures, as of now. Each end has them too.
    #[must_use]
    pub fn stats(&self) -> TwoEndedStats {
        self.core.stats()
    }

    /// The arena's node in the lifetime tree.
    #[must_use]
    pub fn node(&self) -> Option<Node> {
        self.core.node()
    }
}

impl Core {
    /// Room for `layout`, whose size is not 0, at one end.
    #[inline(always)]
    pub(super) fn take<const HIGH: bool>(&self, layout: Layout) -> Result<NonNull<u8>, TwoEndedError> {
        match self.place::<HIGH>(layout, self.low_limit.get(), self.high_limit.get()) {
            Some(start) if layout.align() <= MAX_ALIGN => Ok(self.hand_out::<HIGH>(start, layout.size())),
            _ => self.take_cold::<HIGH>(layout),
        }
    }

    /// Where a block would start, below `low_limit` or from `high_limit` on, and not beyond the other end.
    #[inline(always)]
    fn place<const HIGH: bool>(&self, layout: Layout, low_limit: usize, high_limit: usize) -> Option<usize> {
        if HIGH {
            // The size too is rounded: then the cursor goes back to where it was when the block is freed.
            let align = layout.align().max(MIN_ALIGN);
            let start = round_down(self.high.get(), align).checked_sub(round_up(layout.size(), align))?;
            (start >= high_limit.max(self.low.get())).then_some(start)
        } else {
            let limit = low_limit.min(self.high.get());
            bump_aligned(self.low.get(), layout.size(), layout.align(), limit).map(|(start, _)| start)
        }
    }

    #[inline(always)]
    fn hand_out<const HIGH: bool>(&self, start: usize, size: usize) -> NonNull<u8> {
        if HIGH {
            self.high.set(start)
        } else {
            self.low.set(start + size)
        }
        // SAFETY: an address in the range, which is not null.
        unsafe { NonNull::new_unchecked(self.at(start)) }
    }

    /// Room that may have to be committed first.
    #[cold]
    #[inline(never)]
    fn take_cold<const HIGH: bool>(&self, layout: Layout) -> Result<NonNull<u8>, TwoEndedError> {
        if layout.align() > MAX_ALIGN {
            return Err(self.refused(ErrorKind::BadAlignment, layout));
        }
        let whole = |core: &Self| core.place::<HIGH>(layout, core.end, core.start.addr());
        let start = whole(self).ok_or_else(|| self.met(HIGH, layout))?;
        let (low, high) = if HIGH { (self.low.get(), start) } else { (start + layout.size(), self.high.get()) };
        self.commit(low, high).map_err(|kind| self.refused(kind, layout))?;
        // A budget's callback may have allocated here meanwhile.
        let start = self.place::<HIGH>(layout, self.low_limit.get(), self.high_limit.get());
        let start = start.ok_or_else(|| self.met(HIGH, layout))?;
        let memory = self.hand_out::<HIGH>(start, layout.size());
        self.publish();
        Ok(memory)
    }

    /// Makes the range usable up to `low` and from `high` on.
    pub(super) fn commit(&self, low: usize, high: usize) -> Result<(), ErrorKind> {
        // Taken only when the callback of a budget, which a commit calls, asks for more of the same range.
        let mut range = self.range.try_borrow_mut().map_err(|_| ErrorKind::Claimed { by: None })?;
        let grown = range.grow(low, high);
        let (low_limit, high_limit) = limits(&range);
        self.low_limit.set(low_limit);
        self.high_limit.set(high_limit);
        grown
    }

    /// Whether the low end's last block may end at `end`; then it does.
    #[inline]
    pub(super) fn move_low(&self, end: usize) -> bool {
        if end > self.high.get() || (end > self.low_limit.get() && self.commit(end, self.high.get()).is_err()) {
            return false;
        }
        self.low.set(end);
        true
    }

    fn publish(&self) {
        if let Ok(mut range) = self.range.try_borrow_mut() {
            range.publish(self.used());
        }
    }

    /// Takes one end back to a cursor that it had.
    #[inline]
    pub(super) fn rewind<const HIGH: bool>(&self, cursor: usize) {
        self.high_water.set(self.high_water.get().max(self.used()));
        if HIGH { self.high.set(cursor) } else { self.low.set(cursor) }
    }

    pub(super) fn reset<const HIGH: bool>(&self) {
        self.rewind::<HIGH>(self.empty::<HIGH>());
        self.since_reset[usize::from(HIGH)].set(self.next_mark.get());
        self.publish();
    }

    /// Where an end stands when nothing of it is in use.
    pub(super) fn empty<const HIGH: bool>(&self) -> usize {
        if HIGH { self.end } else { self.start.addr() }
    }

    pub(super) fn low_used(&self) -> usize {
        self.low.get() - self.start.addr()
    }

    pub(super) fn high_used(&self) -> usize {
        self.end - self.high.get()
    }

    fn used(&self) -> usize {
        self.low_used() + self.high_used()
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn capacity(&self) -> usize {
        self.end - self.start.addr()
    }

    /// A pointer to an address of the range.
    #[inline(always)]
    pub(super) fn at(&self, address: usize) -> *mut u8 {
        self.start.with_addr(address)
    }

    pub(super) fn node(&self) -> Option<Node> {
        self.range.try_borrow().ok().and_then(|range| range.node().cloned())
    }

    pub(super) fn stats(&self) -> TwoEndedStats {
        TwoEndedStats {
            low_used: self.low_used(),
            high_used: self.high_used(),
            high_water: self.high_water.get().max(self.used()),
            capacity: self.capacity(),
            // All that the limits leave in the middle is not; they have crossed where the whole range is usable.
            committed: self.capacity() - self.high_limit.get().saturating_sub(self.low_limit.get()),
        }
    }

    pub(super) fn refused(&self, kind: ErrorKind, layout: Layout) -> TwoEndedError {
        let node = self.node().map_or(crate::NodeId::ANONYMOUS, |node| node.id());
        AllocError::new(kind, layout.size(), layout.align(), node).into()
    }

    fn met(&self, high: bool, layout: Layout) -> TwoEndedError {
        TwoEndedError::Met {
            node: self.node().map_or(crate::NodeId::ANONYMOUS, |node| node.id()),
            high,
            size: layout.size(),
            align: layout.align(),
            low_used: self.low_used(),
            high_used: self.high_used(),
            capacity: self.capacity(),
        }
    }
}

/// What the ends may use of a range: all of it once the usable parts have met, wherever that was.
fn limits(range: &MemoryRange<'_>) -> (usize, usize) {
    let (low, high) = (range.low_end(), range.high_start());
    (if high == range.start() { range.end() } else { low }, high)
}

impl fmt::Debug for TwoEnded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwoEnded").field("node", &self.node()).field("stats", &self.stats()).finish_non_exhaustive()
    }
}
