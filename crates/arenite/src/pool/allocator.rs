//! Pools of raw blocks as allocators: of whatever fits in a block.

use super::{BlockPool, ChunkedBlockPool, PoolError, PoolErrorKind, watched::WatchedBlocks};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, ErrorKind, FreeError, ResetError, ResetMode, debug::Place,
};
use allocator_api2::alloc::Allocator;
use core::{alloc::Layout, ptr::NonNull};

const PROMISES: Capabilities = Capabilities::FREE
    .with(Capabilities::FREE_LAST)
    .with(Capabilities::LIFO)
    .with(Capabilities::RESIZE)
    .with(Capabilities::RESET)
    .with(Capabilities::FINDS_DOUBLE_FREE)
    .with(Capabilities::FINDS_FOREIGN_FREE)
    .with(Capabilities::COUNTS)
    .with(Capabilities::ONE_SIZE);

fn refusal(refused: PoolError, layout: Layout) -> AllocError {
    let kind = match refused.kind() {
        PoolErrorKind::BudgetExceeded { node, budget, used } => ErrorKind::BudgetExceeded { node, budget, used },
        PoolErrorKind::Full { capacity } => {
            ErrorKind::ReservationFull { reserved: capacity.saturating_mul(refused.block_size()) }
        }
        _ => ErrorKind::OutOfMemory,
    };
    AllocError::new(kind, layout.size(), layout.align(), refused.node())
}

fn aligned(layout: Layout) -> NonNull<[u8]> {
    let nowhere = core::ptr::without_provenance_mut(layout.align());
    // SAFETY: an alignment is not 0.
    NonNull::slice_from_raw_parts(unsafe { NonNull::new_unchecked(nowhere) }, 0)
}

macro_rules! by_blocks {
    ($pool:ty, $promises:expr) => {
        // SAFETY: a block is the caller's until it is freed, or the pool is cleared or dropped, which this reference
        // prevents; it has the pool's size and alignment, and requests beyond those are refused.
        unsafe impl Allocator for &$pool {
            #[inline]
            #[track_caller]
            fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                Ok(self.try_allocate(layout)?)
            }

            #[inline]
            #[track_caller]
            unsafe fn deallocate(&self, memory: NonNull<u8>, layout: Layout) {
                if layout.size() > 0 {
                    // SAFETY: the caller's promise.
                    unsafe { self.free(memory) }
                }
            }

            #[track_caller]
            unsafe fn grow(
                &self,
                memory: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                // A block is as large as another.
                if old.size() == 0 || new.size() > self.block_size() || memory.addr().get() & (new.align() - 1) != 0 {
                    let grown = self.try_allocate(new)?;
                    // SAFETY: both have `old.size()` bytes; the old block is live and given up then.
                    unsafe {
                        grown.cast::<u8>().copy_from_nonoverlapping(memory, old.size());
                        self.deallocate(memory, old);
                    }
                    return Ok(grown);
                }
                Ok(NonNull::slice_from_raw_parts(memory, new.size()))
            }
        }

        // SAFETY: as above; the whole block may be used.
        unsafe impl DynAllocator for &$pool {
            #[inline]
            #[track_caller]
            fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
                if layout.size() == 0 {
                    return Ok(aligned(layout));
                }
                let misfit = if layout.size() > self.block_size() {
                    Some(ErrorKind::RequestTooLarge { max: self.block_size() })
                } else if layout.align() > self.block_align() {
                    Some(ErrorKind::BadAlignment)
                } else {
                    None
                };
                if let Some(kind) = misfit {
                    return Err(AllocError::new(kind, layout.size(), layout.align(), self.node_id()));
                }
                let block = self.try_alloc().map_err(|refused| refusal(refused, layout))?;
                Ok(NonNull::slice_from_raw_parts(block, layout.size()))
            }

            #[track_caller]
            unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
                if layout.size() > self.block_size() {
                    return Err(self.refuse_size(memory.addr().get(), layout.size(), Place::here()));
                }
                // SAFETY: the caller's promise.
                if layout.size() > 0 { unsafe { self.try_free(memory) } } else { Ok(()) }
            }

            #[inline]
            unsafe fn resize(&self, _: NonNull<u8>, old: Layout, new_size: usize) -> bool {
                old.size() > 0 && new_size <= self.block_size()
            }

            unsafe fn usable_size(&self, _: NonNull<u8>, layout: Layout) -> usize {
                if layout.size() == 0 { 0 } else { self.block_size() }
            }

            fn owns(&self, address: *const u8) -> bool {
                NonNull::new(address.cast_mut()).is_some_and(|address| (**self).owns(address))
            }

            /// Less, while a grade holds blocks back: the last one freed is not the next then.
            fn capabilities(&self) -> Capabilities {
                if self.holds_back() { $promises.without(Capabilities::LIFO) } else { $promises }
            }

            #[track_caller]
            unsafe fn reset(&self, _: ResetMode) -> Result<(), ResetError> {
                // SAFETY: the caller's promise.
                unsafe { self.clear_shared(Place::here()) };
                Ok(())
            }

            fn stats(&self) -> AllocatorStats {
                let stats = <$pool>::stats(self);
                AllocatorStats {
                    used: Some(stats.live * stats.block_size),
                    held: Some(stats.allocated),
                    live: Some(stats.live),
                    blocks_taken: Some(stats.chunks_taken),
                    blocks_returned: Some(stats.chunks_returned),
                }
            }
        }
    };
}

by_blocks!(BlockPool<'_>, PROMISES.with(Capabilities::BOUNDED).with(Capabilities::OWNS));
by_blocks!(ChunkedBlockPool, PROMISES.with(Capabilities::OWNS));
