//! Two allocators, by the size of the request.

use super::relay::{Change, Layer, by_layer, moved, resized, take};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, FreeError, ResetError, ResetMode, bump::MIN_ALIGN,
};
use core::{alloc::Layout, ptr::NonNull};

/// Small requests go to one allocator, large ones to another: a pool for what fits in its blocks, say, and a heap for the
/// rest. Segregated allocators stack to more sizes. What is aligned to more than 8 counts as large, unless
/// [`with_align`](Self::with_align) says otherwise.
///
/// A block's layout says whose it is, so nothing has to be looked up; a block that grows or shrinks past the threshold
/// moves. Two compares for each call.
///
/// ```
/// use arenite::{Arena, DynAllocator, layer::{Owned, Segregated}, pool::BlockPoolOptions};
/// let pool = BlockPoolOptions::new(64).build();
/// let memory = Segregated::new(64, &pool, Owned::new(Arena::new()));
/// let of = |bytes| std::alloc::Layout::array::<u8>(bytes).unwrap();
/// let (small, large) = (memory.try_allocate(of(64)).unwrap(), memory.try_allocate(of(65)).unwrap());
/// assert!(pool.is_live(small.cast()) && !pool.is_live(large.cast()));
/// ```
#[derive(Debug)]
pub struct Segregated<S, L> {
    threshold: usize,
    align: usize,
    small: S,
    large: L,
}

impl<S, L> Segregated<S, L> {
    /// Requests of up to `threshold` bytes go to `small`, which must be able to serve them, all others to `large`.
    pub const fn new(threshold: usize, small: S, large: L) -> Self {
        Self::with_align(threshold, MIN_ALIGN, small, large)
    }

    /// As [`new`](Self::new), and requests aligned to up to `align` bytes can be small.
    pub const fn with_align(threshold: usize, align: usize, small: S, large: L) -> Self {
        Self { threshold, align, small, large }
    }

    /// The largest size that counts as small, in bytes.
    #[must_use]
    pub const fn threshold(&self) -> usize {
        self.threshold
    }

    const fn is_small(&self, layout: Layout) -> bool {
        layout.size() <= self.threshold && layout.align() <= self.align
    }
}

impl<S: DynAllocator, L: DynAllocator> Layer for Segregated<S, L> {
    #[inline]
    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        if self.is_small(layout) { take(&self.small, layout, zeroed) } else { take(&self.large, layout, zeroed) }
    }

    #[inline]
    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise; the layout says whose block it is.
        unsafe {
            if self.is_small(layout) {
                self.small.try_deallocate(memory, layout)
            } else {
                self.large.try_deallocate(memory, layout)
            }
        }
    }

    unsafe fn change(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        // SAFETY: the caller's promise; the layout says whose block it is.
        unsafe {
            match (self.is_small(old), self.is_small(new)) {
                (true, true) => change.ask(&self.small, memory, old, new),
                (false, false) => change.ask(&self.large, memory, old, new),
                (true, false) => Ok(moved(&self.small, &self.large, memory, [old, new], change.zeroed())?),
                (false, true) => Ok(moved(&self.large, &self.small, memory, [old, new], change.zeroed())?),
            }
        }
    }
}

by_layer!([S: DynAllocator, L: DynAllocator] Segregated<S, L>);

// SAFETY: all answers are those of the allocator whose block it is.
unsafe impl<S: DynAllocator, L: DynAllocator> DynAllocator for Segregated<S, L> {
    #[inline]
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.take(layout, false)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give(memory, layout) }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise; the layout says whose block it is.
        unsafe {
            match (self.is_small(old), self.is_small(resized(old, new_size))) {
                (true, true) => self.small.resize(memory, old, new_size),
                (false, false) => self.large.resize(memory, old, new_size),
                _ => false,
            }
        }
    }

    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        // SAFETY: the caller's promise; the layout says whose block it is.
        unsafe {
            if self.is_small(layout) {
                self.small.usable_size(memory, layout)
            } else {
                self.large.usable_size(memory, layout)
            }
        }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.small.owns(address) || self.large.owns(address)
    }

    /// What both promise; bounded when one of them is, of one size when the larger is. A wrong size may lead a free to
    /// the wrong one, which must find it foreign.
    fn capabilities(&self) -> Capabilities {
        let (small, large) = (self.small.capabilities(), self.large.capabilities());
        let mut both = (small & large).without(Capabilities::ONE_SIZE);
        if !both.contains(Capabilities::FINDS_FOREIGN_FREE) {
            both = both.without(Capabilities::FINDS_WRONG_SIZE);
        }
        both | ((small | large) & (Capabilities::RESIZE | Capabilities::BOUNDED)) | (large & Capabilities::ONE_SIZE)
    }

    /// Resets both, the large one first. When the small one refuses after that, the large one is empty all the same.
    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        if !self.capabilities().contains(Capabilities::RESET) {
            return Err(ResetError::Unsupported);
        }
        // SAFETY: the caller's promise.
        unsafe {
            self.large.reset(mode)?;
            self.small.reset(mode)
        }
    }

    fn stats(&self) -> AllocatorStats {
        self.small.stats().plus(self.large.stats())
    }
}
