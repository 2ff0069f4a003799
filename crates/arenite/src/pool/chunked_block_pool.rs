//! A pool of raw blocks that grows.

mod slots;

use super::{
    BlockPoolOptions, LiveBlocks, PoolError, PoolErrorKind, PoolStats,
    holdings::Holdings,
    region::{Region, RegionRef},
    watched::WatchedBlocks,
};
use crate::{
    FreeError,
    debug::{Counts, Place, Site, SlotBooks, SlotWatch},
    node::NodeId,
    source::SourceRef,
};
use core::{cell::Cell, fmt, ptr::NonNull};

/// Blocks of one size, freed one by one, in chunks of a source: as [`BlockPool`](super::BlockPool), and it grows. Made by
/// [`BlockPoolOptions::build_chunked`].
///
/// Chunks double what there is, so that n blocks lie in O(log n) of them; a smaller one is taken where source or budget
/// want it so. Alloc and free are O(1) in the chunk used last, O(log n) in another. Chunks go back when the pool is
/// dropped.
///
/// # Grades
/// A pool that is watched ([`debug`](crate::debug)) counts, and from `sites` on notes where each block was allocated and
/// freed: wrong frees are reported with these places, and live blocks when the pool is dropped. From `guard` on the
/// program is given an object in the place of a block, with fences, filled with 0xCD, and with 0xDE when it is freed and
/// held back (up to 1 MiB) to be checked for writes; under `page` it lies on pages of its own. The block that it stands
/// for lies idle meanwhile, so that figures, budget and refusals are what they would be. What is from before a switch
/// stays valid and is unchecked. A change of the grade is seen when the chunk used last has no free block, when a free is
/// refused, and by [`check`](Self::check) and [`clear`](Self::clear).
///
/// ```
/// use arenite::pool::BlockPoolOptions;
/// let pool = BlockPoolOptions::new(64).build_chunked();
/// let blocks: Vec<_> = (0..1000).map(|_| pool.alloc()).collect();
/// assert_eq!(pool.len(), 1000);
/// for block in blocks {
///     // SAFETY: ours, and given up.
///     unsafe { pool.free(block) };
/// }
/// assert!(pool.is_empty());
/// ```
pub struct ChunkedBlockPool {
    /// The chunk used last.
    current: Cell<RegionRef>,
    first: RegionRef,
    /// The chunk whose blocks are handed out for the first time: those before it have none left of these, those behind it
    /// have all.
    carving: Cell<RegionRef>,
    /// Whether a chunk other than the current one may have free blocks on its list.
    listed_elsewhere: Cell<bool>,
    blocks: Cell<usize>,
    carved: Cell<usize>,
    high_water: Cell<usize>,
    options: BlockPoolOptions,
    source: SourceRef,
    holdings: Holdings,
    watch: SlotWatch,
}

// SAFETY: the pool owns its regions, and nothing in them belongs to a thread: source and node are `Send`. Blocks are raw:
// whoever has them answers for them.
unsafe impl Send for ChunkedBlockPool {}

impl ChunkedBlockPool {
    pub(super) fn new(options: BlockPoolOptions, source: SourceRef) -> Result<Self, PoolError> {
        let holdings = Holdings::new(options.node.clone());
        let (region, blocks) = chunk(&options, &source, &holdings, 0).map_err(|kind| options.refuse(kind))?;
        let pool = Self {
            current: Cell::new(region),
            first: region,
            carving: Cell::new(region),
            listed_elsewhere: Cell::new(false),
            blocks: Cell::new(blocks),
            carved: Cell::new(0),
            high_water: Cell::new(0),
            options,
            source,
            holdings,
            watch: SlotWatch::new(),
        };
        pool.look();
        // Now that the pool would give the chunk back if a callback panics.
        pool.holdings.report();
        Ok(pool)
    }

    /// A block. It is the caller's until it is freed or the pool cleared or dropped.
    ///
    /// # Panics
    /// With the text of [`PoolError`] when the pool is full, its budget used up, or memory out.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn alloc(&self) -> NonNull<u8> {
        // Not by way of `try_alloc`, whose result would be written to the stack.
        match self.current.get().pop() {
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
        match self.current.get().pop() {
            Some(block) => Ok(block),
            None => self.alloc_cold(Place::here()),
        }
    }

    /// Takes a block back.
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
        let address = block.addr().get();
        if self.current.get().push(address) {
            return Ok(());
        }
        // SAFETY: the caller's promise.
        unsafe { self.free_cold(address, Place::here()) }
    }

    /// Whether a live block of this pool starts at `block`. Any pointer may be asked about. O(log n).
    #[must_use]
    pub fn is_live(&self, block: NonNull<u8>) -> bool {
        let address = block.addr().get();
        self.regions().any(|region| region.holds(address))
            || self.watch.books().is_some_and(|books| books.slot_of(address).is_some())
    }

    /// Whether `pointer` points into a block that was handed out since the pool was made or cleared. O(log n).
    #[must_use]
    pub fn owns(&self, pointer: NonNull<u8>) -> bool {
        let address = pointer.addr().get();
        self.regions().any(|region| region.covers(address))
            || self.watch.books().is_some_and(|books| books.owns(address))
    }

    /// Usable bytes of every block: the size asked for, rounded up to the alignment.
    #[must_use]
    pub fn block_size(&self) -> usize {
        self.options.shape().map_or(self.options.block_size(), |(stride, _)| stride)
    }

    /// The alignment that every block has at least, in bytes.
    #[must_use]
    pub fn block_align(&self) -> usize {
        self.options.shape().map_or(1, |(_, align)| align)
    }

    /// The live blocks, chunk by chunk, in the order of addresses within each. O(high water). The pool may be used
    /// meanwhile.
    #[must_use]
    pub fn live_blocks(&self) -> LiveBlocks<'_> {
        LiveBlocks::new(Some(self.first), self.watch.books())
    }

    /// The number of live blocks. O(high water): nothing is counted on the fast path.
    #[must_use]
    pub fn len(&self) -> usize {
        self.regions().map(RegionRef::live).sum()
    }

    /// Whether no block is live. O(high water) at the worst.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live_blocks().next().is_none()
    }

    /// The number of blocks in the chunks held now.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.blocks.get()
    }

    /// The pool's figures. O(high water), for `live`; the others are O(1).
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        PoolStats {
            live: self.len(),
            high_water: self.high_water.get(),
            capacity: self.blocks.get(),
            block_size: self.block_size(),
            allocated: self.holdings.bytes(),
            retired: 0,
            chunks_taken: self.holdings.taken(),
            chunks_returned: self.holdings.returned(),
        }
    }

    /// Checks the fences of the blocks that were made under grade `guard` and above, and those held back for writes after
    /// their free, and reports each fault; how many. What was broken is mended, so that it is told once. Follows a grade
    /// that was changed. O(blocks and bytes held).
    ///
    /// # Panics
    /// By [`Policy::Panic`](crate::debug::Policy::Panic), with the first report.
    #[track_caller]
    pub fn check(&self) -> usize {
        self.look();
        let site = Site::here();
        self.watch.books().map_or(0, |books| books.check(site))
    }

    /// Allocations and frees since the pool is watched (grade `count` and above). O(1).
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.watch.books().map_or_else(Counts::default, SlotBooks::counts)
    }

    /// Takes every block back and hands them out from the first again. The chunks stay. O(log n), where the pool is not
    /// watched.
    #[track_caller]
    pub fn clear(&mut self) {
        // SAFETY: `&mut self`; blocks are not used any more once they are taken back.
        unsafe { self.clear_shared(Place::here()) };
    }

    pub(super) fn node_id(&self) -> NodeId {
        self.holdings.node_id()
    }

    /// # Safety
    /// No block is used any more.
    pub(super) unsafe fn clear_shared(&self, place: Place) {
        self.look();
        // SAFETY: the caller's promise.
        let ending = self.watch.books().map(|books| unsafe { books.clear(place.site()) });
        self.regions().for_each(|region| region.clear());
        self.current.set(self.first);
        self.carving.set(self.first);
        self.listed_elsewhere.set(false);
        self.carved.set(0);
        self.holdings.publish(0);
        if let Some(ending) = ending {
            ending.report();
        }
    }

    fn regions(&self) -> impl Iterator<Item = RegionRef> + use<> {
        core::iter::successors(Some(self.first), |region| region.next.get())
    }

    fn refuse(&self, kind: PoolErrorKind) -> PoolError {
        self.options.refuse(kind)
    }

    #[inline(never)]
    fn alloc_cold(&self, place: Place) -> Result<NonNull<u8>, PoolError> {
        self.look();
        self.take_block(place)
    }

    fn carve(&self) -> Option<NonNull<u8>> {
        let mut carving = self.carving.get();
        let block = loop {
            if let Some(block) = carving.carve() {
                break block;
            }
            carving = carving.next.get()?;
            self.carving.set(carving);
        };
        self.current.set(carving);
        self.carved.set(self.carved.get() + 1);
        self.high_water.set(self.high_water.get().max(self.carved.get()));
        Some(block)
    }

    /// Takes a chunk and lists it last.
    fn grow(&self) -> Result<(), PoolErrorKind> {
        let (region, blocks) = chunk(&self.options, &self.source, &self.holdings, self.blocks.get())?;
        region.seal(self.first.is_sealed());
        if let Some(last) = self.regions().last() {
            last.next.set(Some(region));
        }
        self.blocks.set(self.blocks.get() + blocks);
        self.holdings.publish(self.carved.get() * self.block_size());
        Ok(())
    }

    /// Takes back a block of another chunk, which becomes the current one, or says why not.
    #[inline(never)]
    unsafe fn free_cold(&self, address: usize, place: Place) -> Result<(), FreeError> {
        match self.regions().find(|region| region.covers_unsealed(address)) {
            Some(region) if region.push(address) => {
                self.current.set(region);
                self.listed_elsewhere.set(true);
                Ok(())
            }
            // SAFETY: the caller's promise.
            _ => unsafe { self.free_watched(address, place) },
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn free_watched(&self, address: usize, place: Place) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give_block(address, place) }
    }
}

/// A new chunk beside `have` blocks, and its number of blocks: as many, or fewer where source or budget want it so.
fn chunk(
    options: &BlockPoolOptions,
    source: &SourceRef,
    holdings: &Holdings,
    have: usize,
) -> Result<(RegionRef, usize), PoolErrorKind> {
    let left = options.capacity_limit().saturating_sub(have);
    if left == 0 {
        return Err(PoolErrorKind::Full { capacity: have });
    }
    let first = (4096 / options.shape()?.0).max(8);
    let mut want = if have == 0 { first } else { have }.min(left);
    loop {
        match Region::taken(source, options, want, holdings) {
            Ok(region) => return Ok((region, want)),
            Err(_) if want > 1 => want /= 2,
            Err(refused) => return Err(refused),
        }
    }
}

impl Drop for ChunkedBlockPool {
    fn drop(&mut self) {
        // SAFETY: blocks are not used any more once their pool is gone.
        let ending = self.watch.books().map(|books| unsafe { books.end() });
        let mut next = Some(self.first);
        while let Some(region) = next {
            next = region.next.get();
            // SAFETY: the pool's own region, at its end, as above.
            unsafe { region.end() };
        }
        if let Some(ending) = ending {
            ending.report();
        }
    }
}

impl fmt::Debug for ChunkedBlockPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkedBlockPool").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
