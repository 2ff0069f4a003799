//! How a heap obeys the debug grades.
//!
//! A heap that nobody watches has a null pointer for it, and what it did last. Its blocks are not in any books, and its
//! fast paths know nothing of all this: the thread's key (`thread.rs`) is what lets them run. When a setting changes, each
//! thread's next request comes here. Under a grade its shard is not remembered by the new key, so that every request does;
//! without one it is, and what is left here are the frees of blocks that the books still have. Those come by in any case:
//! fences and pages make that the address is not the start of a block of the heap's, and of other blocks the byte is
//! changed to that of a watch.

use super::{
    home::{Home, Live},
    table::{HELD, is_plain},
};
use crate::{
    AllocError, FreeError,
    debug::{self, Counts, Grade, Keeper, Metadata, Owner, Place, Raw, Refused, Site, Unchanged, grade_for},
    node::Node,
    sync::{AtomicPtr, AtomicUsize, Ordering},
};
use allocator_api2::boxed::Box;
use core::{
    alloc::Layout,
    ptr::{NonNull, null_mut},
};

/// What a heap knows of its grade.
pub(super) struct Watching {
    /// The epoch that was seen last, times 4, with the bits below. Written under the heap's lock. It orders nothing but
    /// itself: whoever has a block that is in the books had it passed on after this was written.
    seen: AtomicUsize,
    /// Made when a grade is first in force, and gone with the heap. Written under the heap's lock; release pairs with the
    /// acquire in `keeper`.
    keeper: AtomicPtr<Keeper>,
    /// Bytes to hold back, the heap's own grade and one, or 0, and whether leaks are to be told: one word to write when a
    /// heap is made. Relaxed: it orders nothing, the epoch is changed after it.
    wishes: AtomicUsize,
}

/// The parts of [`Watching::wishes`].
const REPORT_LEAKS: usize = 1;
const OWN: usize = 1;
const OWN_MASK: usize = 7;
const HOLD: usize = 4;

/// There is a keeper: blocks may be in its books.
const KEPT: usize = 1;
/// A grade is in force.
const SEALED: usize = 2;

impl Watching {
    /// Of a heap that is looked at when it first comes this way.
    pub(super) const fn new() -> Self {
        Self {
            seen: AtomicUsize::new(0),
            keeper: AtomicPtr::new(null_mut()),
            wishes: AtomicUsize::new(Keeper::HOLD << HOLD),
        }
    }

    /// How many bytes are to be held back, and whether leaks are to be told.
    pub(super) fn wish(&mut self, hold: usize, report_leaks: bool) {
        *self.wishes.get_mut() = hold.min(usize::MAX >> HOLD) << HOLD | usize::from(report_leaks);
    }

    fn own(&self) -> Option<Grade> {
        let own = self.wishes.load(Ordering::Relaxed) >> OWN & OWN_MASK;
        own.checked_sub(1).and_then(|grade| Grade::ALL.get(grade).copied())
    }

    fn set_own(&self, grade: Option<Grade>) {
        let own = grade.map_or(0, |grade| grade as usize + 1) << OWN;
        // Of two who set it the later one wins.
        let _ = self
            .wishes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |wishes| Some(wishes & !(OWN_MASK << OWN) | own));
    }

    fn keeper(&self) -> Option<&Keeper> {
        // SAFETY: null, or a keeper that lives as long as the heap.
        unsafe { self.keeper.load(Ordering::Acquire).as_ref() }
    }

    /// The epoch, when no grade was in force in it.
    pub(super) fn unsealed(&self) -> Option<usize> {
        let seen = self.seen.load(Ordering::Relaxed);
        (debug::ENABLED && seen & SEALED == 0 && seen >> 2 == debug::epoch()).then_some(seen >> 2).or(NOT_ENABLED)
    }
}

/// Without the feature `debug` no grade is ever in force.
const NOT_ENABLED: Option<usize> = if debug::ENABLED { None } else { Some(0) };

impl Home {
    /// Whether there may be more to do about a request than the heap's own work: a grade is in force, or blocks are in the
    /// books. Two loads, unless a setting has changed.
    #[inline]
    pub(super) fn is_watched(&self) -> bool {
        debug::ENABLED && self.watching.seen.load(Ordering::Relaxed) != debug::epoch() << 2 && self.look()
    }

    #[cold]
    #[inline(never)]
    fn look(&self) -> bool {
        let epoch = debug::epoch();
        let seen = self.watching.seen.load(Ordering::Relaxed);
        if seen >> 2 == epoch {
            return seen & KEPT != 0;
        }
        let (tag, name) = (self.node.as_ref().and_then(Node::tag), self.node.as_ref().map(Node::name));
        let on = self.watching.own().unwrap_or_else(|| grade_for(tag, name)) > Grade::Off;
        let _lock = self.state.lock();
        let mut kept = self.watching.keeper().is_some();
        if on && !kept {
            // Without memory for a keeper nothing is watched.
            if let Ok(keeper) =
                Box::try_new_in(Keeper::new(self.watching.wishes.load(Ordering::Relaxed) >> HOLD), Metadata)
            {
                let keeper = Box::into_raw_with_allocator(keeper).0;
                #[cfg(feature = "debug")]
                debug::tools::held(keeper.expose_provenance());
                self.watching.keeper.store(keeper, Ordering::Release);
                kept = true;
            }
        }
        let bits = if kept { KEPT } else { 0 } | if on && kept { SEALED } else { 0 };
        self.watching.seen.store(epoch << 2 | bits, Ordering::Relaxed);
        kept
    }

    fn keeper(&self) -> Option<&Keeper> {
        if debug::ENABLED { self.watching.keeper() } else { None }
    }

    /// Sets the grade of this heap alone, and makes it known as any change of a setting.
    pub(super) fn set_grade(&self, grade: Option<Grade>) {
        if debug::ENABLED {
            self.watching.set_own(grade);
            debug::changed();
        }
    }

    /// The grade in force.
    pub(super) fn grade(&self) -> Grade {
        if self.is_watched() { self.keeper().map_or(Grade::Off, |keeper| keeper.grade(self)) } else { Grade::Off }
    }

    /// A block by the grade.
    #[cold]
    #[inline(never)]
    pub(super) fn place_watched(&self, layout: Layout, zeroed: bool, place: Place) -> Result<NonNull<u8>, AllocError> {
        let Some(keeper) = self.keeper() else { return self.place_raw(layout, zeroed) };
        Ok(keeper.take(self, place.site(), entered(layout), zeroed)?.cast())
    }

    /// Frees a block by the grade that it was made under.
    ///
    /// # Safety
    /// If a live block of this heap starts there, nobody uses it any more.
    #[cold]
    #[inline(never)]
    pub(super) unsafe fn release_watched(
        &self,
        block: NonNull<u8>,
        layout: Option<Layout>,
        place: Place,
    ) -> Result<(), Refused> {
        // SAFETY: the caller's promise.
        unsafe {
            match self.keeper() {
                Some(keeper) => keeper.give(self, place.site(), block, layout.map(entered)),
                None => self.give(block, layout).map_err(Refused::Below),
            }
        }
    }

    /// A block of another size with the contents of this one, by the grade; `change` does it without.
    ///
    /// # Safety
    /// As [`release_watched`](Self::release_watched); the old block is not used any more, unless it is the result.
    #[cold]
    pub(super) unsafe fn change_watched(
        &self,
        block: NonNull<u8>,
        layouts: (Option<Layout>, Layout),
        place: Place,
        change: impl FnOnce() -> Result<NonNull<u8>, AllocError>,
    ) -> Result<NonNull<u8>, Unchanged<AllocError>> {
        let (old, new) = (layouts.0.map(entered), entered(layouts.1));
        let change = || change().map(|block| NonNull::slice_from_raw_parts(block, new.size()));
        match self.keeper() {
            // SAFETY: the caller's promise.
            Some(keeper) => unsafe { keeper.change(self, place.site(), block, (old, new), false, change) },
            None => change().map_err(Unchanged::Refused),
        }
        .map(NonNull::cast)
    }

    /// Changes the size of a block in place, by the grade; `resize` does it without.
    ///
    /// # Safety
    /// If a live block of this heap starts there, it is the caller's.
    #[cold]
    pub(super) unsafe fn resize_watched(
        &self,
        block: NonNull<u8>,
        size: usize,
        place: Place,
        resize: impl FnOnce() -> bool,
    ) -> bool {
        match self.keeper() {
            // SAFETY: the caller's promise.
            Some(keeper) => unsafe { keeper.resize(self, place.site(), block, None, size.max(1), resize) },
            None => resize(),
        }
    }

    /// The size of a block that is none of the heap's own, but stands in the place of one.
    pub(super) fn covered_size(&self, block: NonNull<u8>) -> Option<usize> {
        self.keeper()?.covered_size(block)
    }

    /// Whether `address` lies in a segment, in a live block, or in one that the books remember.
    pub(super) fn holds_address(&self, address: usize) -> bool {
        self.find(address).is_some() || self.owns(address) || self.keeper().is_some_and(|keeper| keeper.knows(address))
    }

    /// Whether `address` lies in a live block.
    pub(super) fn owns(&self, address: usize) -> bool {
        let around = self.around(address);
        self.keeper().map_or(around.is_some(), |keeper| keeper.owns(address, around))
    }

    /// What the program has in the place of a live block of the heap's own.
    pub(super) fn seen_as(&self, block: (usize, usize)) -> Option<(usize, usize)> {
        self.keeper().map_or(Some(block), |keeper| keeper.seen_as(block))
    }

    /// Blocks that are held back, bytes of the heap's own blocks that stand for others, and bytes of these.
    pub(super) fn covered(&self) -> [usize; 3] {
        self.keeper().map_or([0; 3], |keeper| keeper.covered(self))
    }

    pub(super) fn counts(&self) -> Counts {
        self.keeper().map(Keeper::counts).unwrap_or_default()
    }

    /// Checks all blocks in the books, and reports each fault; how many.
    pub(super) fn check(&self, place: Place) -> usize {
        self.keeper().map_or(0, |keeper| keeper.check(self, place.site()))
    }

    /// Whether there is more to do at the heap's end than to give its memory back.
    #[inline(always)]
    pub(super) fn has_keeper(&self) -> bool {
        debug::ENABLED && self.watching.keeper().is_some()
    }

    /// The heap is about to go: what is held back is checked, and leaks are told where that is wanted.
    pub(super) fn end_watching(&self) {
        let Some(keeper) = NonNull::new(self.watching.keeper.swap(null_mut(), Ordering::Acquire)) else { return };
        // SAFETY: from a box of `look` with this allocator, taken out once. At the heap's end nobody else uses it.
        let keeper = unsafe { Box::from_raw_in(keeper.as_ptr(), Metadata) };
        keeper.end(self, Site::UNKNOWN);
        if self.watching.wishes.load(Ordering::Relaxed) & REPORT_LEAKS != 0 {
            keeper.report_leaks(self.owner());
        }
    }

    /// A block of the heap's own, watched or not.
    pub(super) fn place_raw(&self, layout: Layout, zeroed: bool) -> Result<NonNull<u8>, AllocError> {
        self.finish(self.place(layout), layout, zeroed)
    }
}

/// A block of no bytes is one of a byte in the books.
fn entered(layout: Layout) -> Layout {
    Layout::from_size_align(layout.size().max(1), layout.align()).unwrap_or(layout)
}

/// The heap without its keeper.
impl Raw for Home {
    const ALIGN: usize = super::class::GRAIN;

    fn owner(&self) -> Owner {
        Owner::new("a heap", self.node.as_ref())
    }

    fn own_grade(&self) -> Option<Grade> {
        self.watching.own()
    }

    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        Ok(NonNull::slice_from_raw_parts(self.place_raw(layout, zeroed)?, layout.size()))
    }

    unsafe fn give(&self, memory: NonNull<u8>, _: Option<Layout>) -> Result<(), FreeError> {
        let address = memory.addr().get();
        // SAFETY: the caller's promise.
        unsafe { self.release(address) }.map_err(|kind| self.refuse_free(kind, address))
    }

    fn holds(&self, memory: NonNull<u8>) -> Option<bool> {
        Some(self.live(memory.addr().get()).is_some())
    }

    fn size(&self, memory: NonNull<u8>, layout: Option<Layout>) -> usize {
        let known = self.live(memory.addr().get()).map(Live::size);
        known.unwrap_or(layout.map_or(0, |layout| layout.size()))
    }

    /// Takes the block's byte out of those that the fast path frees.
    fn note(&self, memory: NonNull<u8>) {
        let address = memory.addr().get();
        let Some((segment, _)) = self.find(address) else { return };
        // SAFETY: the address of a live block in a live segment; the byte of a block that nobody frees changes only from
        // this one to that other, which its owner does when it begins to watch it. Relaxed: as in `Table`.
        unsafe {
            let byte = segment.table.load(address);
            if is_plain(byte) {
                let bytes = segment.table.byte(address);
                let _ = bytes.compare_exchange(byte, byte & !HELD, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
    }
}
