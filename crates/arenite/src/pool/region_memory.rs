//! The three kinds of memory that a region can lie in.

#[cfg(feature = "std")]
use super::region::TABLE;
use super::{
    block_pool_options::BlockPoolOptions,
    error::PoolErrorKind,
    holdings::Holdings,
    index::Stride,
    region::{HEADER_ALIGN, Region, RegionRef, fit, plan},
};
#[cfg(feature = "std")]
use crate::source::{Extent, Reservation, ReservationOptions};
use crate::{bump::round_up, source::SourceRef};
#[cfg(feature = "std")]
use core::cell::Cell;
use core::{alloc::Layout, ptr::NonNull};

/// What a region lies in.
pub(super) enum RegionMemory {
    /// Memory of the caller's.
    Borrowed,
    /// One block of a source.
    Taken { source: SourceRef, layout: Layout },
    /// A reserved range: committed from its start up to `table`, and from `data` up to `end`.
    #[cfg(feature = "std")]
    Reserved { range: Extent, table: Cell<usize>, data: usize, end: Cell<usize> },
}

/// The unit in which a range is committed.
#[cfg(feature = "std")]
pub(super) const GRANULE: usize = 64 << 10;
/// The most that is committed ahead of need.
#[cfg(feature = "std")]
const COMMIT_AHEAD: usize = 4 << 20;

impl Region {
    /// Writes a region to the start of its memory.
    ///
    /// # Safety
    /// `at` is a multiple of 16, with `size` bytes behind it that are the region's alone: the first `TABLE` and those of
    /// `ready` links and blocks usable, the blocks `data` bytes from the start.
    unsafe fn place(at: NonNull<u8>, data: usize, make: impl FnOnce(NonNull<u8>) -> Self) -> RegionRef {
        // SAFETY: the caller's promise.
        unsafe {
            let header = at.cast::<Self>();
            header.write(make(at.add(data)));
            RegionRef::new(header)
        }
    }

    /// A region in memory of the caller's.
    ///
    /// # Safety
    /// `size` bytes at `at` are valid and the region's alone until it is [ended](Self::end).
    pub(super) unsafe fn borrowed(
        at: NonNull<u8>,
        size: usize,
        options: &BlockPoolOptions,
    ) -> Result<RegionRef, PoolErrorKind> {
        let (stride, align) = options.shape()?;
        let align = align.max(HEADER_ALIGN);
        let skip = round_up(at.addr().get(), align) - at.addr().get();
        let room = size.saturating_sub(skip);
        let blocks = fit(stride, align, room).min(options.capacity_limit());
        let too_small = PoolErrorKind::TooSmall { given: size };
        let (data, _) = plan(stride, align, blocks).filter(|_| blocks > 0).ok_or(too_small)?;
        let holdings = Holdings::new(options.node.clone());
        // SAFETY: the plan fits behind the skipped bytes, and those make the start a multiple of 16.
        Ok(unsafe {
            Self::place(at.add(skip), data, |base| {
                Self::new(base, Stride::new(stride), blocks, blocks, RegionMemory::Borrowed, Some(holdings))
            })
        })
    }

    /// A region of `blocks` blocks in one block of a source, entered in the address map and charged to `holdings`.
    pub(super) fn taken(
        source: &SourceRef,
        options: &BlockPoolOptions,
        blocks: usize,
        holdings: &Holdings,
    ) -> Result<RegionRef, PoolErrorKind> {
        let (stride, align) = options.shape()?;
        let align = align.max(HEADER_ALIGN);
        let (data, size) = plan(stride, align, blocks).ok_or(PoolErrorKind::CapacityOverflow)?;
        let layout = size
            .checked_next_multiple_of(source.get().granule().max(1))
            .and_then(|size| Layout::from_size_align(size, align).ok())
            .ok_or(PoolErrorKind::CapacityOverflow)?;
        let at = holdings.take(layout.size(), || source.get().take(layout))?;
        holdings.enter(at.addr().get(), layout.size());
        let memory = RegionMemory::Taken { source: source.clone(), layout };
        // SAFETY: fresh memory for this plan.
        Ok(unsafe { Self::place(at, data, |base| Self::new(base, Stride::new(stride), blocks, blocks, memory, None)) })
    }

    /// A region in a reserved range, with nothing but its header committed.
    #[cfg(feature = "std")]
    pub(super) fn reserved(
        reserve: ReservationOptions,
        options: &BlockPoolOptions,
    ) -> Result<RegionRef, PoolErrorKind> {
        let (stride, align) = options.shape()?;
        let wanted = (reserve.size() / stride).min(options.capacity_limit());
        if wanted == 0 {
            return Err(PoolErrorKind::TooSmall { given: reserve.size() });
        }
        // A range starts at a granule; larger alignments may have to skip up to one alignment.
        let slack = if align > GRANULE { align } else { 0 };
        let (front, _) = plan(stride, GRANULE, wanted).ok_or(PoolErrorKind::CapacityOverflow)?;
        let range = Reservation::new(reserve.with_front(front + slack))
            .map_err(|refused| PoolErrorKind::ReserveRefused { code: refused.code })?;
        Self::in_extent(Extent::Own(range), wanted, options)
    }

    /// A region of at most `wanted` blocks in an extent, with nothing but its header committed.
    #[cfg(feature = "std")]
    pub(super) fn in_extent(
        range: Extent,
        wanted: usize,
        options: &BlockPoolOptions,
    ) -> Result<RegionRef, PoolErrorKind> {
        let (stride, align) = options.shape()?;
        let slack = if align > GRANULE { align } else { 0 };
        let blocks = wanted.min(fit(stride, GRANULE, range.size().saturating_sub(slack)));
        let too_small = PoolErrorKind::TooSmall { given: range.size() };
        let (data, _) = plan(stride, GRANULE, blocks).filter(|_| blocks > 0).ok_or(too_small)?;
        let at = range.base();
        let data = round_up(at.addr().get() + data, align.max(GRANULE)) - at.addr().get();
        let holdings = Holdings::new(options.node.clone());
        holdings.take(GRANULE, || range.commit(0..GRANULE).ok())?;
        holdings.enter(at.addr().get(), GRANULE);
        let memory = RegionMemory::Reserved { range, table: Cell::new(GRANULE), data, end: Cell::new(data) };
        // SAFETY: the header lies in the committed granule, and no link or block is ready. The range is kept in the
        // region itself, which `end` moves out before it is dropped.
        Ok(unsafe {
            Self::place(at, data, |base| Self::new(base, Stride::new(stride), 0, blocks, memory, Some(holdings)))
        })
    }

    /// Makes more blocks ready, where the memory can be extended.
    #[cfg_attr(not(feature = "std"), allow(clippy::unused_self))]
    pub(super) fn extend(&self) -> Result<(), PoolErrorKind> {
        let full = PoolErrorKind::Full { capacity: self.blocks };
        #[cfg(feature = "std")]
        if let (RegionMemory::Reserved { range, table, data, end }, Some(holdings)) = (&self.memory, &self.holdings) {
            let (stride, ready, base) = (self.stride(), self.ready.get(), range.base().addr().get());
            if ready == self.blocks {
                return Err(full);
            }
            let (have, most) = (end.get() - data, round_up(self.blocks * stride, GRANULE));
            let least = round_up((ready + 1) * stride, GRANULE);
            let ahead = round_up(have + (have / 2).clamp(GRANULE, COMMIT_AHEAD), GRANULE).clamp(least, most);
            let commit = |want: usize| {
                let blocks = (want / stride).min(self.blocks);
                let (links, blocks_end) =
                    (round_up(TABLE + blocks * size_of::<u32>(), GRANULE).max(table.get()), data + want);
                // A commit that is refused behind one that was not leaves memory that the next try commits again.
                holdings.take(links - table.get() + (blocks_end - end.get()), || {
                    range.commit(table.get()..links).ok()?;
                    range.commit(end.get()..blocks_end).ok()
                })?;
                holdings.enter(base + table.get(), links - table.get());
                holdings.enter(base + end.get(), blocks_end - end.get());
                table.set(links);
                end.set(blocks_end);
                self.ready.set(blocks);
                Ok(())
            };
            return commit(ahead).or_else(|refused| if ahead > least { commit(least) } else { Err(refused) });
        }
        Err(full)
    }
}

impl RegionRef {
    /// Lets the region pay through holdings of its own.
    ///
    /// # Safety
    /// This is the only reference to the region.
    pub(super) unsafe fn adopt(self, holdings: Holdings) {
        // SAFETY: no other reference, so nobody reads the field.
        unsafe { (*self.header().as_ptr()).holdings = Some(holdings) };
    }

    /// Gives the region's memory back.
    ///
    /// # Safety
    /// Neither the region nor its blocks are used any more, through any reference.
    pub(super) unsafe fn end(self) {
        let at = self.header();
        // SAFETY: never used again through the pointer.
        let region = unsafe { at.read() };
        match region.memory {
            RegionMemory::Borrowed => {}
            RegionMemory::Taken { source, layout } => {
                Holdings::leave(at.addr().get(), layout.size());
                // SAFETY: taken from this source with this layout; nobody uses it.
                unsafe { source.get().give(at.cast(), layout) };
            }
            #[cfg(feature = "std")]
            RegionMemory::Reserved { range, table, data, end } => {
                Holdings::leave(at.addr().get(), table.get());
                Holdings::leave(at.addr().get() + data, end.get() - data);
                drop(range);
            }
        }
    }
}
