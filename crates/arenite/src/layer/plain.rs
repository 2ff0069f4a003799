//! Anybody's allocator in the interface.

use crate::{AllocatorStats, Capabilities, DynAllocator, ResetError, ResetMode};
use allocator_api2::alloc::{AllocError, Allocator};
use core::{alloc::Layout, ptr::NonNull};

/// Gives an [`Allocator`] the rest of the interface, with the least that it can answer: nothing is resized in place,
/// nothing owned, nothing known.
///
/// ```
/// use std::alloc::System;
/// use arenite::{Capabilities, DynAllocator, layer::{Limited, Plain}};
/// let heap = Plain::new(System).promising(Capabilities::FREE | Capabilities::THREADS);
/// let memory = Limited::new(&heap, 1 << 20);
/// assert!(memory.capabilities().contains(Capabilities::FREE));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain<A> {
    inner: A,
    promises: Capabilities,
}

impl<A> Plain<A> {
    /// Promises that need no answer of the interface's own.
    const POSSIBLE: Capabilities = Capabilities::FREE
        .with(Capabilities::FREE_LAST)
        .with(Capabilities::THREADS)
        .with(Capabilities::BOUNDED)
        .with(Capabilities::ONE_SIZE)
        .with(Capabilities::LIFO);

    /// `inner`, of which nothing is promised.
    pub const fn new(inner: A) -> Self {
        Self { inner, promises: Capabilities::NONE }
    }

    /// Says what is known of it: of `promises` those that are seen by what `Allocator` does - `FREE`, `FREE_LAST`, `LIFO`,
    /// `THREADS`, `BOUNDED`, `ONE_SIZE`.
    #[must_use]
    pub fn promising(self, promises: Capabilities) -> Self {
        Self { promises: promises.both(Self::POSSIBLE), ..self }
    }
}

// SAFETY: relays to the allocator.
unsafe impl<A: Allocator> Allocator for Plain<A> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.inner.allocate(layout)
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.inner.allocate_zeroed(layout)
    }

    #[inline]
    unsafe fn deallocate(&self, memory: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.inner.deallocate(memory, layout) }
    }

    #[inline]
    unsafe fn grow(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise.
        unsafe { self.inner.grow(memory, old, new) }
    }

    #[inline]
    unsafe fn grow_zeroed(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise.
        unsafe { self.inner.grow_zeroed(memory, old, new) }
    }

    #[inline]
    unsafe fn shrink(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise.
        unsafe { self.inner.shrink(memory, old, new) }
    }
}

// SAFETY: nothing is resized, and no block is larger than it was asked to be.
unsafe impl<A: Allocator> DynAllocator for Plain<A> {
    unsafe fn resize(&self, _: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // A smaller layout would no longer fit the block, which the allocator has not heard of.
        new_size == old.size()
    }

    fn owns(&self, _: *const u8) -> bool {
        false
    }

    fn capabilities(&self) -> Capabilities {
        self.promises
    }

    unsafe fn reset(&self, _: ResetMode) -> Result<(), ResetError> {
        Err(ResetError::Unsupported)
    }

    fn stats(&self) -> AllocatorStats {
        AllocatorStats::default()
    }
}
