//! A pool of raw blocks that finds double and foreign frees.

use super::{LiveBlocks, PoolError, PoolStats, holdings::Holdings, region::RegionRef, watched::WatchedBlocks};
use crate::{
    FreeError, FreeErrorKind,
    debug::{Counts, Place, Site, SlotBooks, SlotWatch},
    node::NodeId,
};
use core::{alloc::Layout, fmt, marker::PhantomData, mem::MaybeUninit, ptr::NonNull};

/// Blocks of one size, freed one by one, in memory of fixed extent: a reserved range, the caller's memory, or one block of
/// a source. Made by [`BlockPoolOptions`](super::BlockPoolOptions).
///
/// Every free is checked, in every build: what is not the address of a live block of this pool is refused with the
/// reason, and nothing happens. The check reads a table beside the blocks, four bytes for each, and never a block itself.
/// Alloc and free are O(1), 20 instructions for both; the last block freed is the next to be handed out. Contents are
/// neither cleared nor changed; a block of a reserved range that was never handed out before is zero.
///
/// # Grades
/// A pool that is watched ([`debug`](crate::debug)) counts, and from `sites` on notes where each block was allocated and
/// freed: wrong frees are reported with these places, and live blocks when the pool is dropped. From `guard` on a block is
/// filled with 0xCD when it is handed out (also one that would be zero) and with 0xDE when it is freed; from `quarantine`
/// on it is held back then, up to 1 MiB or half of the blocks, and checked for writes before it is handed out again, which
/// it is before a request is refused; so the high-water mark counts what is held. Blocks lie at multiples of their size
/// and every byte of one may be used: there is no room for fences, and `page` does what `quarantine` does. A change of the
/// grade is seen when no free block is on the list, when a free is refused, and by [`check`](Self::check) and
/// [`clear`](Self::clear); blocks from before are unchecked.
///
/// ```
/// use arenite::{FreeErrorKind, pool::BlockPoolOptions};
/// let pool = BlockPoolOptions::new(256).reserve(1 << 20).build();
/// let block = pool.alloc();
/// // SAFETY: ours, 256 bytes; given up after that.
/// unsafe {
///     block.write_bytes(7, 256);
///     pool.free(block);
///     assert_eq!(pool.try_free(block).unwrap_err().kind(), FreeErrorKind::DoubleFree);
/// }
/// assert_eq!(pool.stats().high_water, 1);
/// ```
pub struct BlockPool<'b> {
    /// Not in a cell, nor is anything else: so its address stays in a register from call to call.
    region: RegionRef,
    memory: PhantomData<&'b mut [MaybeUninit<u8>]>,
}

// SAFETY: the pool owns its region, or borrows its memory exclusively, and nothing in it belongs to a thread: source and
// node are `Send`. Blocks are raw: whoever has them answers for them.
unsafe impl Send for BlockPool<'_> {}

impl BlockPool<'_> {
    /// # Safety
    /// The region is this pool's alone, has holdings, and its memory is valid for `'b`.
    pub(super) unsafe fn over(region: RegionRef) -> Self {
        let pool = Self { region, memory: PhantomData };
        pool.look();
        // Now that the pool would give the region back if a callback panics.
        if let Some(holdings) = &region.holdings {
            holdings.report();
        }
        pool
    }

    /// A block. It is the caller's until it is freed or the pool cleared or dropped. O(1), and at times a commit.
    ///
    /// # Panics
    /// With the text of [`PoolError`] when the pool is full, its budget used up, or memory out.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn alloc(&self) -> NonNull<u8> {
        // Not by way of `try_alloc`, whose result would be written to the stack.
        match self.region.pop() {
            Some(block) => block,
            None => self.alloc_cold(Place::here()).unwrap_or_else(|refused| refused.panic()),
        }
    }

    /// As [`alloc`](Self::alloc).
    ///
    /// # Errors
    /// The pool is full, its budget used up, or memory out. Nothing changes.
    #[inline]
    #[track_caller]
    pub fn try_alloc(&self) -> Result<NonNull<u8>, PoolError> {
        match self.region.pop() {
            Some(block) => Ok(block),
            None => self.alloc_cold(Place::here()),
        }
    }

    /// A block that was freed before, where one is listed: the fast path, which never unwinds.
    #[doc(hidden)]
    #[inline(always)]
    #[must_use]
    pub fn alloc_at_hand(&self) -> Option<NonNull<u8>> {
        self.region.pop()
    }

    /// Takes a block back, where that takes no more than listing it; `false`: ask [`try_free`](Self::try_free).
    ///
    /// # Safety
    /// As that.
    #[doc(hidden)]
    #[inline(always)]
    #[must_use]
    pub unsafe fn free_at_hand(&self, block: NonNull<u8>) -> bool {
        self.region.push(block.addr().get())
    }

    /// Takes a block back. O(1).
    ///
    /// # Safety
    /// If a live block of this pool starts at `block`, the caller owns it and gives it up. Any other pointer is harmless.
    ///
    /// # Panics
    /// With the text of [`FreeError`] when no live block of this pool starts there.
    #[inline]
    #[track_caller]
    pub unsafe fn free(&self, block: NonNull<u8>) {
        // SAFETY: the same condition.
        if let Err(refused) = unsafe { self.try_free(block) } {
            refused.panic()
        }
    }

    /// As [`free`](Self::free).
    ///
    /// # Safety
    /// As there: any pointer may be passed, but not a live block that is somebody else's.
    ///
    /// # Errors
    /// No live block of this pool starts there: the reason. Nothing changes.
    #[inline]
    #[track_caller]
    pub unsafe fn try_free(&self, block: NonNull<u8>) -> Result<(), FreeError> {
        if self.region.push(block.addr().get()) {
            return Ok(());
        }
        // SAFETY: the caller's promise.
        unsafe { self.free_cold(block.addr().get(), Place::here()) }
    }

    /// Whether a live block of this pool starts at `block`. Any pointer may be asked about. O(1).
    #[must_use]
    pub fn is_live(&self, block: NonNull<u8>) -> bool {
        self.region.holds(block.addr().get()) && !self.is_held(block.addr().get())
    }

    /// Whether `pointer` points into a block that was handed out since the pool was made or cleared. O(1).
    #[must_use]
    pub fn owns(&self, pointer: NonNull<u8>) -> bool {
        self.region.covers(pointer.addr().get())
    }

    /// Usable bytes of every block: the size asked for, rounded up to the alignment.
    #[must_use]
    pub fn block_size(&self) -> usize {
        self.region.stride()
    }

    /// The alignment of every block, in bytes.
    #[must_use]
    pub fn block_align(&self) -> usize {
        1 << (self.base().addr().get() | self.block_size()).trailing_zeros()
    }

    /// Where the first block lies: blocks are at multiples of [`block_size`](Self::block_size) from here.
    #[must_use]
    pub fn base(&self) -> NonNull<u8> {
        self.region.base()
    }

    /// The live blocks, in the order of addresses. O(high water). The pool may be used meanwhile: blocks that become live
    /// or free ahead of the iterator are seen as they are then.
    #[must_use]
    pub fn live_blocks(&self) -> LiveBlocks<'_> {
        LiveBlocks::new(Some(self.region), self.region.watch.books())
    }

    /// The number of live blocks. O(high water): nothing is counted on the fast path.
    #[must_use]
    pub fn len(&self) -> usize {
        self.region.live() - self.region.watch.books().map_or(0, SlotBooks::held_slots)
    }

    /// Whether no block is live. O(high water) at the worst.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live_blocks().next().is_none()
    }

    /// The number of blocks that there will ever be.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.region.blocks
    }

    /// The pool's figures. O(high water), for `live`; the others are O(1).
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        let holdings = self.region.holdings.as_ref();
        PoolStats {
            live: self.len(),
            high_water: self.region.high_water(),
            capacity: self.region.blocks,
            block_size: self.region.stride(),
            allocated: holdings.map_or(0, Holdings::bytes),
            retired: 0,
            chunks_taken: holdings.map_or(0, Holdings::taken),
            chunks_returned: holdings.map_or(0, Holdings::returned),
        }
    }

    /// Checks the blocks that are held back, under grade `quarantine` and above, for writes after their free, and reports
    /// each fault; how many. Follows a grade that was changed. O(blocks and bytes held).
    ///
    /// # Panics
    /// By [`Policy::Panic`](crate::debug::Policy::Panic), with the first report.
    #[track_caller]
    pub fn check(&self) -> usize {
        self.look();
        let site = Site::here();
        self.region.watch.books().map_or(0, |books| books.check(site))
    }

    /// Allocations and frees since the pool is watched (grade `count` and above). O(1).
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.region.watch.books().map_or_else(Counts::default, SlotBooks::counts)
    }

    /// Takes every block back and hands them out from the first again. What is committed stays so. O(1), where the pool is
    /// not watched.
    #[track_caller]
    pub fn clear(&mut self) {
        // SAFETY: `&mut self`; blocks are not used any more once they are taken back.
        unsafe { self.clear_shared(Place::here()) };
    }

    /// # Safety
    /// No block is used any more.
    pub(super) unsafe fn clear_shared(&self, place: Place) {
        self.look();
        // SAFETY: the caller's promise.
        let ending = self.region.watch.books().map(|books| unsafe { books.clear(place.site()) });
        self.region.clear();
        self.publish();
        if let Some(ending) = ending {
            ending.report();
        }
    }

    fn publish(&self) {
        if let Some(holdings) = &self.region.holdings {
            holdings.publish(self.region.carved() * self.region.stride());
        }
    }

    pub(super) fn node_id(&self) -> NodeId {
        self.region.holdings.as_ref().map_or(NodeId::ANONYMOUS, Holdings::node_id)
    }

    /// A block that was never handed out; apart so that the list stays alone in the fast path.
    #[inline(never)]
    fn alloc_cold(&self, place: Place) -> Result<NonNull<u8>, PoolError> {
        self.look();
        self.take_block(place)
    }

    #[cold]
    #[inline(never)]
    unsafe fn free_cold(&self, address: usize, place: Place) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give_block(address, place) }
    }
}

impl WatchedBlocks for BlockPool<'_> {
    /// Blocks lie at multiples of their size from [`base`](BlockPool::base).
    const STAND_INS: bool = false;

    fn watch(&self) -> &SlotWatch {
        &self.region.watch
    }

    fn holdings(&self) -> Option<&Holdings> {
        self.region.holdings.as_ref()
    }

    fn seal(&self, sealed: bool) {
        self.region.seal(sealed);
    }

    fn block(&self) -> Layout {
        // SAFETY: a power of two that divides the size, which the region's memory holds.
        unsafe { Layout::from_size_align_unchecked(self.block_size(), self.block_align()) }
    }

    fn most(&self) -> usize {
        self.region.blocks
    }

    fn take_slot(&self) -> Result<NonNull<u8>, PoolError> {
        loop {
            // A callback of the last round may have freed a block.
            if let Some(block) = self.region.take().or_else(|| self.region.carve()) {
                return Ok(block);
            }
            self.region.extend().map_err(|kind| PoolError::new(kind, self.block_size(), self.node_id()))?;
            self.publish();
            if let Some(holdings) = &self.region.holdings {
                holdings.report();
            }
        }
    }

    fn give_slot(&self, address: usize) -> bool {
        self.region.give(address)
    }

    fn set_idle(&self, slot: usize, idle: bool) {
        self.region.set_idle(slot, idle);
    }

    fn why_not(&self, address: usize) -> FreeErrorKind {
        self.region.diagnose(address)
    }
}

impl Drop for BlockPool<'_> {
    fn drop(&mut self) {
        // SAFETY: blocks are not used any more once their pool is gone.
        let ending = self.region.watch.books().map(|books| unsafe { books.end() });
        // SAFETY: the pool's own region, at its end, as above.
        unsafe { self.region.end() };
        if let Some(ending) = ending {
            ending.report();
        }
    }
}

impl fmt::Debug for BlockPool<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockPool").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
