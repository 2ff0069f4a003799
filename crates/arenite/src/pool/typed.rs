//! A pool of values that their owners drop.
//!
//! A free slot holds the address of the next free one, a taken slot its value and nothing else: no tag, no index, no
//! header. The head of that list and the number of live slots are the whole state of the fast path. Slots that were never
//! used are not in the list; they are handed out only when it is empty, which touches no memory early and makes the
//! high-water mark exact at no cost.

use super::{PoolBox, PoolError, PoolErrorKind, PoolOptions, PoolStats, chunk::Chunks};
use crate::{
    bump::round_up,
    debug::{Aside, Counts, Place, Site, SlotBooks, SlotWatch, check_if_due},
};
use core::{
    alloc::Layout,
    cell::Cell,
    fmt,
    mem::{ManuallyDrop, offset_of},
    ptr::{NonNull, null_mut},
};

mod sealed;

use sealed::Sealed;

/// A free slot's link, or a taken slot's value.
pub(super) union Slot<T> {
    next: *mut Slot<T>,
    value: ManuallyDrop<T>,
}

/// The header at the start of a chunk.
struct Chunk {
    next: Cell<Option<NonNull<Chunk>>>,
    layout: Layout,
    slots: usize,
}

/// A pool of `T`s with stable addresses: each dies when the [`PoolBox`] that owns it is dropped, and its slot is the next
/// to be handed out.
///
/// Taking and giving back is O(1): a pop and a push of a list, and a count. Memory is taken in chunks, each as large as
/// all before it, and goes back when the pool is dropped. A slot has `T`'s size and alignment, and at least a pointer's
/// (values of no size take one, too).
///
/// A box that is forgotten ([`mem::forget`](core::mem::forget), [`PoolBox::leak`]) keeps its slot until the pool is
/// cleared or dropped, and its value is never dropped: the pool does not know which slots hold values, and does not look.
///
/// ```
/// use arenite::pool::Pool;
/// let pool = Pool::new();
/// let name = pool.alloc(String::from("orc"));
/// let other = pool.alloc(String::from("elf"));
/// assert_eq!(pool.len(), 2);
/// drop(name); // drops the String; its slot is free
/// assert_eq!((pool.len(), other.as_str()), (1, "elf"));
/// ```
///
/// A pool can be neither dropped nor cleared under its boxes:
/// ```compile_fail,E0505
/// let pool = arenite::pool::Pool::new();
/// let value = pool.alloc(1);
/// drop(pool);
/// drop(value);
/// ```
/// ```compile_fail,E0502
/// let mut pool = arenite::pool::Pool::new();
/// let value = pool.alloc(1);
/// pool.clear();
/// drop(value);
/// ```
///
/// # Grades
/// A pool that is watched ([`debug`](crate::debug)) notes where each value was allocated, counts, and reports by place what
/// was never dropped when it ends; from `guard` on a value lies in an object of its own, with fences, which is filled when
/// the value is gone, held back (up to 1 MiB) and checked for writes, and under `page` on pages of its own. A drop has no place, so reports name none; and the pool hears of it
/// when it is next asked: at [`alloc`](Self::alloc), [`check`](Self::check) or [`clear`](Self::clear). It sees a change of
/// its grade when it has no free slot, and at `check` and `clear`; values from before are unchecked. What grades need is
/// not charged.
pub struct Pool<T> {
    head: Cell<*mut Slot<T>>,
    /// Addresses below it are no slots to the fast path: 1, and `usize::MAX` while the pool is sealed. Never 0.
    floor: Cell<usize>,
    /// Slots handed out and given back since the pool was made or cleared, around the type's range. Two counts where one would
    /// do: a pair waits for each once, and would wait for the one twice.
    taken: Cell<usize>,
    given: Cell<usize>,
    /// Slots of the current chunk that were never handed out, from `fresh` to `fresh_end`.
    fresh: Cell<*mut Slot<T>>,
    fresh_end: Cell<*mut Slot<T>>,
    first: Cell<Option<NonNull<Chunk>>>,
    current: Cell<Option<NonNull<Chunk>>>,
    slots: Cell<usize>,
    high_water: Cell<usize>,
    first_slots: usize,
    limit: usize,
    chunks: Chunks,
    watch: SlotWatch,
    sealed: Aside<Sealed<T>>,
}

// SAFETY: a pool can move only while no box borrows it; then all it holds is memory of its own, a `Send` source and a
// `Send` node. Values of forgotten boxes are never touched again, and `T: Send` all the same.
unsafe impl<T: Send> Send for Pool<T> {}

#[cfg(feature = "std")]
impl<T> Pool<T> {
    /// A pool with chunks from the system heap. The first is taken with the first value.
    #[must_use]
    pub fn new() -> Self {
        PoolOptions::new().build()
    }
}

impl<T> Pool<T> {
    const SLOT: usize = size_of::<Slot<T>>();
    const ALIGN: usize =
        if align_of::<Slot<T>>() > align_of::<Chunk>() { align_of::<Slot<T>>() } else { align_of::<Chunk>() };
    /// Where the slots of a chunk begin.
    const HEADER: usize = round_up(size_of::<Chunk>(), Self::ALIGN);

    pub(super) fn with_options(options: PoolOptions) -> Result<Self, PoolError> {
        let node = options.node.as_ref().map_or(crate::NodeId::ANONYMOUS, crate::Node::id);
        let chunks = Chunks::new(&options).map_err(|kind| PoolError::new(kind, Self::SLOT, node))?;
        let pool = Self {
            head: Cell::new(null_mut()),
            floor: Cell::new(1),
            taken: Cell::new(0),
            given: Cell::new(0),
            fresh: Cell::new(null_mut()),
            fresh_end: Cell::new(null_mut()),
            first: Cell::new(None),
            current: Cell::new(None),
            slots: Cell::new(0),
            high_water: Cell::new(0),
            first_slots: options.first.unwrap_or((4096 - Self::HEADER.min(4000)) / Self::SLOT).max(1),
            limit: options.capacity.unwrap_or(usize::MAX),
            chunks,
            watch: SlotWatch::new(),
            sealed: Aside::new(),
        };
        pool.look();
        Ok(pool)
    }

    /// Puts `value` in a slot. O(1), and at times a chunk.
    ///
    /// # Panics
    /// With the text of [`PoolError`] when the pool is full, its budget used up, or memory out.
    #[inline]
    #[track_caller]
    pub fn alloc(&self, value: T) -> PoolBox<'_, T> {
        match self.try_alloc(value) {
            Ok(value) => value,
            Err(refused) => refused.panic(),
        }
    }

    /// As [`alloc`](Self::alloc).
    ///
    /// # Errors
    /// The pool is full, its budget used up, or memory out. `value` is dropped, and nothing else changes.
    #[inline]
    #[track_caller]
    pub fn try_alloc(&self, value: T) -> Result<PoolBox<'_, T>, PoolError> {
        let slot = match self.pop() {
            Some(slot) => slot,
            None => self.slot_cold(Place::here())?,
        };
        Ok(self.occupy(slot, value))
    }

    /// Makes a box again of what [`PoolBox::into_raw`] gave away. O(1), and no check: a [`HandlePool`](super::HandlePool) finds what is stale.
    ///
    /// # Safety
    /// `value` came from [`PoolBox::into_raw`] of a box of this pool, which has not been cleared since, it has not been
    /// made a box again before, and no reference to the value is in use.
    #[inline]
    pub unsafe fn from_raw(&self, value: NonNull<T>) -> PoolBox<'_, T> {
        // SAFETY: the caller's promise.
        unsafe { PoolBox::new(value, self) }
    }

    /// Number of live values, those of forgotten boxes included.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.taken.get().wrapping_sub(self.given.get())
    }

    /// Whether no value is live.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of values that fit without another chunk.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slots.get()
    }

    /// The pool's figures. O(1).
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        let holdings = &self.chunks.holdings;
        PoolStats {
            live: self.len(),
            high_water: self.high_water.get(),
            capacity: self.slots.get(),
            block_size: Self::SLOT,
            allocated: holdings.bytes(),
            retired: 0,
            chunks_taken: holdings.taken(),
            chunks_returned: holdings.returned(),
        }
    }

    /// Checks the fences of the values that were made under grade `guard` and above, and what is held back for writes after
    /// its end, and reports each fault; how many. What was broken is mended, so that it is told once. Follows a grade that
    /// was changed. O(values and bytes held).
    ///
    /// # Panics
    /// By [`Policy::Panic`](crate::debug::Policy::Panic), with the first report.
    #[track_caller]
    pub fn check(&self) -> usize {
        self.look();
        let found = self.hear().report();
        let site = Site::here();
        found + self.watch.books().map_or(0, |books| books.check(site))
    }

    /// Values that came and went since the pool is watched (grade `count` and above). O(1).
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.watch.books().map_or_else(Counts::default, SlotBooks::counts)
    }

    /// Takes back the slots of forgotten boxes, whose values are never dropped, and hands all slots out from the start
    /// again. The chunks stay. O(1), where the pool is not watched.
    #[track_caller]
    pub fn clear(&mut self) {
        let site = Site::here();
        self.look();
        let heard = self.hear();
        // SAFETY: `&mut self`: what boxes are left were forgotten.
        let ending = self.watch.books().map(|books| unsafe { books.clear(site) });
        if let Some(sealed) = self.sealed.get() {
            sealed.clear();
        }
        self.head.set(null_mut());
        self.taken.set(0);
        self.given.set(0);
        self.current.set(None);
        self.fresh.set(null_mut());
        self.fresh_end.set(null_mut());
        self.chunks.holdings.publish(0);
        heard.report();
        if let Some(ending) = ending {
            ending.report();
        }
    }

    #[inline(always)]
    fn count_taken(&self) {
        self.taken.set(self.taken.get().wrapping_add(1));
    }

    #[inline(always)]
    fn pop(&self) -> Option<NonNull<Slot<T>>> {
        let slot = self.head.get();
        if slot.addr() < self.floor.get() {
            return None;
        }
        // SAFETY: the floor is above null.
        let slot = unsafe { NonNull::new_unchecked(slot) };
        // SAFETY: a slot in the list is free: `push` wrote its link, and nobody has it.
        self.head.set(unsafe { (*slot.as_ptr()).next });
        self.count_taken();
        Some(slot)
    }

    /// Makes a slot the next to be handed out.
    ///
    /// # Safety
    /// The slot was handed out by this pool, its value is gone, and the caller gives it up.
    #[inline(always)]
    pub(super) unsafe fn push(&self, slot: NonNull<Slot<T>>) {
        // SAFETY: the slot is the caller's until the next line.
        unsafe { (*slot.as_ptr()).next = self.head.get() };
        self.head.set(slot.as_ptr());
        // Below zero for as long as nobody has heard of a box that was dropped twice.
        self.given.set(self.given.get().wrapping_add(1));
    }

    #[inline(always)]
    fn occupy(&self, slot: NonNull<Slot<T>>, value: T) -> PoolBox<'_, T> {
        // Every field of a union lies at its start.
        const { assert!(offset_of!(Slot<T>, value) == 0) };
        let place = slot.cast::<T>();
        // SAFETY: the slot was just taken for this value, and has room for it.
        unsafe {
            place.write(value);
            PoolBox::new(place, self)
        }
    }

    /// A slot that is not in the list; apart so that the list stays alone in the fast path.
    #[cold]
    #[inline(never)]
    fn slot_cold(&self, place: Place) -> Result<NonNull<Slot<T>>, PoolError> {
        self.look();
        self.hear().report();
        check_if_due(place.site());
        let slot = self.slot()?;
        Ok(self.note(slot, place))
    }

    fn slot(&self) -> Result<NonNull<Slot<T>>, PoolError> {
        loop {
            // A callback of the last round may have given a slot back.
            if let Some(slot) = self.pop_sealed().or_else(|| self.pop()) {
                return Ok(slot);
            }
            let fresh = self.fresh.get();
            if let Some(slot) = NonNull::new(fresh).filter(|_| fresh != self.fresh_end.get()) {
                // SAFETY: below the end of the chunk's slots.
                self.fresh.set(unsafe { fresh.add(1) });
                self.count_taken();
                self.high_water.set(self.high_water.get().max(self.len()));
                return Ok(slot);
            }
            self.advance().map_err(|kind| PoolError::new(kind, Self::SLOT, self.chunks.holdings.node_id()))?;
            self.chunks.holdings.report();
        }
    }

    /// Makes the next chunk the current one: one kept by `clear`, or a new one.
    fn advance(&self) -> Result<(), PoolErrorKind> {
        let link = match self.current.get() {
            // SAFETY: chunks in the list live as long as the pool.
            Some(current) => unsafe { &(*current.as_ptr()).next },
            None => &self.first,
        };
        let chunk = match link.get() {
            Some(kept) => kept,
            None => self.grow()?,
        };
        link.set(Some(chunk));
        self.current.set(Some(chunk));
        // SAFETY: a chunk of the list; its slots begin behind the header and all lie in it.
        unsafe {
            let slots = chunk.as_ptr().byte_add(Self::HEADER).cast::<Slot<T>>();
            self.fresh.set(slots);
            self.fresh_end.set(slots.add((*chunk.as_ptr()).slots));
        }
        self.chunks.holdings.publish(self.len() * Self::SLOT);
        Ok(())
    }

    /// Takes a new chunk: as large as all before it, or smaller where source or budget want it so.
    fn grow(&self) -> Result<NonNull<Chunk>, PoolErrorKind> {
        let have = self.slots.get();
        let left = self.limit - have;
        if left == 0 {
            return Err(PoolErrorKind::Full { capacity: have });
        }
        let mut want = if have == 0 { self.first_slots } else { have }.min(left);
        let (chunk, layout) = loop {
            let taken = Self::layout(want)
                .and_then(|layout| self.chunks.rounded(layout))
                .ok_or(PoolErrorKind::CapacityOverflow)
                .and_then(|layout| Ok((self.chunks.take(layout)?, layout)));
            match taken {
                Ok(taken) => break taken,
                Err(_) if want > 1 => want /= 2,
                Err(refused) => return Err(refused),
            }
        };
        let slots = ((layout.size() - Self::HEADER) / Self::SLOT).min(left);
        let chunk = chunk.cast::<Chunk>();
        // SAFETY: fresh memory of the pool's own, large and aligned enough by its layout.
        unsafe { chunk.write(Chunk { next: Cell::new(None), layout, slots }) };
        self.slots.set(have + slots);
        Ok(chunk)
    }

    fn layout(slots: usize) -> Option<Layout> {
        let size = slots.checked_mul(Self::SLOT)?.checked_add(Self::HEADER)?;
        Layout::from_size_align(size, Self::ALIGN).ok()
    }
}

#[cfg(feature = "std")]
impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for Pool<T> {
    fn drop(&mut self) {
        let heard = self.hear();
        // SAFETY: every box is gone or forgotten.
        let ending = self.watch.books().map(|books| unsafe { books.end() });
        let mut next = self.first.get();
        while let Some(chunk) = next {
            // SAFETY: a chunk of the list, taken with the layout in its header; every box is gone, and what was forgotten
            // is nobody's.
            unsafe {
                let Chunk { next: following, layout, .. } = chunk.read();
                next = following.get();
                self.chunks.give(chunk.cast(), layout);
            }
        }
        heard.report();
        if let Some(ending) = ending {
            ending.report();
        }
    }
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
