//! How a pool of blocks is made.

use super::{
    BlockPool, ChunkedBlockPool, PoolError, PoolErrorKind,
    holdings::Holdings,
    region::{MAX_BLOCK, MOST, Region, RegionRef, stride_of},
};
#[cfg(feature = "std")]
use super::{region::plan, region_memory::GRANULE as EXTENT_STEP};
#[cfg(feature = "std")]
use crate::source::Extent;
use crate::{
    bump::{MAX_ALIGN, MIN_ALIGN},
    node::{Node, NodeId},
    source::SourceRef,
};
use core::{mem::MaybeUninit, ptr::NonNull};

/// Options of a [`BlockPool`] or [`ChunkedBlockPool`]. Sizes are bytes, capacities blocks.
///
/// ```
/// use arenite::pool::BlockPoolOptions;
/// // 32 MiB of 64-byte blocks: reserved, committed as they are used.
/// let small = BlockPoolOptions::new(64).reserve(32 << 20).build();
/// assert_eq!(small.stats().capacity, 524_288);
/// assert!(small.stats().allocated < 1 << 20);
/// ```
#[derive(Clone)]
pub struct BlockPoolOptions {
    block_size: usize,
    align: usize,
    capacity: Option<usize>,
    #[cfg(feature = "std")]
    reserve: Option<crate::source::ReservationOptions>,
    source: Option<SourceRef>,
    pub(super) node: Option<Node>,
}

impl BlockPoolOptions {
    /// The number of blocks of a pool for which neither a capacity nor a range was given.
    pub const CAPACITY: usize = 1024;

    /// Blocks of `block_size` bytes, at multiples of the largest power of two up to 64 that divides the size, and of 8.
    #[must_use]
    pub const fn new(block_size: usize) -> Self {
        let natural = 1 << if block_size.trailing_zeros() < 6 { block_size.trailing_zeros() } else { 6 };
        Self {
            block_size,
            align: if natural > MIN_ALIGN { natural } else { MIN_ALIGN },
            capacity: None,
            #[cfg(feature = "std")]
            reserve: None,
            source: None,
            node: None,
        }
    }

    /// Blocks at multiples of `align`, a power of two up to 2 MiB; less than 8 counts as 8.
    #[must_use]
    pub const fn align(mut self, align: usize) -> Self {
        // 0 stays what it is: refused.
        self.align = if align > 0 && align < MIN_ALIGN && align.is_power_of_two() { MIN_ALIGN } else { align };
        self
    }

    /// The most blocks that the pool will ever have.
    #[must_use]
    pub const fn capacity(mut self, blocks: usize) -> Self {
        self.capacity = Some(blocks);
        self
    }

    /// A reserved range for `bytes` of blocks (the table comes on top), committed as they are used.
    #[cfg(feature = "std")]
    #[must_use]
    pub const fn reserve(mut self, bytes: usize) -> Self {
        self.reserve = Some(crate::source::ReservationOptions::new(bytes));
        self
    }

    /// Lets [`reserve`](Self::reserve) accept less, down to `bytes`, where the system refuses the whole.
    #[cfg(feature = "std")]
    #[must_use]
    pub const fn reserve_at_least(mut self, bytes: usize) -> Self {
        if let Some(reserve) = self.reserve {
            self.reserve = Some(reserve.at_least(bytes));
        }
        self
    }

    /// Where memory comes from, when it is not a reserved range.
    #[must_use]
    pub fn source(mut self, source: impl Into<SourceRef>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Charges memory to `node`. Memory of the caller's is not charged.
    #[must_use]
    pub fn node(mut self, node: &Node) -> Self {
        self.node = Some(node.clone());
        self
    }

    /// Makes a pool that never moves and never grows past its capacity: in a reserved range, or else in one block of the
    /// source that is taken now.
    ///
    /// # Panics
    /// When that is refused.
    #[must_use]
    #[track_caller]
    pub fn build(self) -> BlockPool<'static> {
        self.try_build().unwrap_or_else(|refused| refused.panic())
    }

    /// As [`build`](Self::build).
    ///
    /// # Errors
    /// The reason: layout, system, source or budget.
    pub fn try_build(self) -> Result<BlockPool<'static>, PoolError> {
        let region = self.region().map_err(|kind| self.refuse(kind))?;
        // SAFETY: a region of this pool's alone, which owns its memory and has its holdings.
        Ok(unsafe { BlockPool::over(region) })
    }

    /// What a pool of `bytes` of blocks needs of an extent: its table too. `None` when that is too much, or the layout
    /// none.
    #[cfg(feature = "std")]
    pub(crate) fn extent_size(&self, bytes: usize) -> Option<usize> {
        let (stride, _) = self.shape().ok()?;
        plan(stride, EXTENT_STEP, bytes / stride).map(|(_, size)| size)
    }

    /// Makes a pool of at most `bytes` of blocks in an extent, committed as they are used.
    #[cfg(feature = "std")]
    pub(crate) fn try_build_in_extent(self, extent: Extent, bytes: usize) -> Result<BlockPool<'static>, PoolError> {
        let wanted = self.shape().map(|(stride, _)| (bytes / stride).min(self.capacity_limit()));
        let region = wanted.and_then(|wanted| Region::in_extent(extent, wanted, &self));
        let region = region.map_err(|kind| self.refuse(kind))?;
        // SAFETY: a region of this pool's alone, which owns its memory and has its holdings.
        Ok(unsafe { BlockPool::over(region) })
    }

    /// Makes a pool in memory of the caller's: no system, no heap, no growth. Header and table take their part of it.
    ///
    /// # Errors
    /// The memory is too small, or the layout is none.
    pub fn try_build_in(self, memory: &mut [MaybeUninit<u8>]) -> Result<BlockPool<'_>, PoolError> {
        let at = NonNull::from(&mut *memory).cast();
        // SAFETY: the memory is borrowed exclusively as long as the pool lives, which ends its region.
        unsafe {
            let region = Region::borrowed(at, memory.len(), &self).map_err(|kind| self.refuse(kind))?;
            Ok(BlockPool::over(region))
        }
    }

    /// Makes a pool that grows by chunks of the source, each as large as all before it, and takes the first.
    ///
    /// # Panics
    /// When that is refused.
    #[must_use]
    #[track_caller]
    pub fn build_chunked(self) -> ChunkedBlockPool {
        self.try_build_chunked().unwrap_or_else(|refused| refused.panic())
    }

    /// As [`build_chunked`](Self::build_chunked).
    ///
    /// # Errors
    /// The reason: layout, capacity 0, source or budget.
    pub fn try_build_chunked(self) -> Result<ChunkedBlockPool, PoolError> {
        let source = self.shape().and_then(|_| self.source_or_system()).map_err(|kind| self.refuse(kind))?;
        ChunkedBlockPool::new(self, source)
    }

    fn region(&self) -> Result<RegionRef, PoolErrorKind> {
        #[cfg(feature = "std")]
        if let Some(reserve) = self.reserve {
            return Region::reserved(reserve, self);
        }
        let holdings = Holdings::new(self.node.clone());
        let blocks = self.capacity.unwrap_or(Self::CAPACITY);
        if blocks == 0 {
            return Err(PoolErrorKind::TooSmall { given: 0 });
        }
        let region = Region::taken(&self.source_or_system()?, self, blocks, &holdings)?;
        // SAFETY: just made, and not yet shared.
        unsafe { region.adopt(holdings) };
        Ok(region)
    }

    fn source_or_system(&self) -> Result<SourceRef, PoolErrorKind> {
        self.source.clone().or_else(SourceRef::system).ok_or(PoolErrorKind::NoSource)
    }

    /// Distance and alignment of blocks.
    pub(super) fn shape(&self) -> Result<(usize, usize), PoolErrorKind> {
        let align_is_one = self.align.is_power_of_two() && self.align <= MAX_ALIGN;
        if !align_is_one || self.block_size == 0 || self.block_size > MAX_BLOCK {
            return Err(PoolErrorKind::BadLayout);
        }
        Ok((stride_of(self.block_size, self.align), self.align))
    }

    pub(super) fn capacity_limit(&self) -> usize {
        self.capacity.unwrap_or(usize::MAX).min(MOST)
    }

    pub(super) fn block_size(&self) -> usize {
        self.block_size
    }

    pub(super) fn refuse(&self, kind: PoolErrorKind) -> PoolError {
        PoolError::new(kind, self.block_size, self.node.as_ref().map_or(NodeId::ANONYMOUS, Node::id))
    }
}
