//! Heaps behind the object-safe interface.

use super::{BufferHeap, Heap};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, FreeError, ResetError, ResetMode, debug::Grade,
    in_place::nothing,
};
use allocator_api2::alloc::Allocator;
use core::{alloc::Layout, ptr::NonNull};

const OF_HEAPS: Capabilities = Capabilities::FREE
    .with(Capabilities::FREE_LAST)
    .with(Capabilities::RESIZE)
    .with(Capabilities::OWNS)
    .with(Capabilities::FINDS_DOUBLE_FREE)
    .with(Capabilities::FINDS_FOREIGN_FREE)
    .with(Capabilities::THREADS)
    .with(Capabilities::COUNTS);

// SAFETY: `resize` and `usable_size` are the heap's own, which knows the size of every block.
unsafe impl DynAllocator for &Heap {
    #[inline]
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout.align()));
        }
        Ok(NonNull::slice_from_raw_parts(self.try_alloc(layout)?, layout.size()))
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        if layout.size() == 0 { Ok(()) } else { unsafe { self.try_free_as(memory, Some(layout)) } }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, _: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { Heap::resize(self, memory, new_size) }
    }

    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        Heap::usable_size(self, memory).unwrap_or(layout.size())
    }

    fn owns(&self, address: *const u8) -> bool {
        Heap::owns(self, address)
    }

    fn capabilities(&self) -> Capabilities {
        // A block of its own, or between fences, has the size that was asked for.
        if self.passes_through() || self.grade() >= Grade::Guard {
            OF_HEAPS.without(Capabilities::RESIZE)
        } else {
            OF_HEAPS
        }
    }

    /// A heap takes everything back when it is dropped.
    unsafe fn reset(&self, _: ResetMode) -> Result<(), ResetError> {
        Err(ResetError::Unsupported)
    }

    fn stats(&self) -> AllocatorStats {
        let stats = Heap::stats(self);
        AllocatorStats {
            used: Some(stats.live_bytes),
            held: Some(stats.held),
            live: Some(stats.live),
            blocks_taken: Some(stats.blocks_taken),
            blocks_returned: Some(stats.blocks_returned),
        }
    }
}

// SAFETY: the promises of the heap in it, whose blocks lie in the buffer and stay as long as this reference.
unsafe impl Allocator for &BufferHeap<'_> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        (&***self).allocate(layout)
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        (&***self).allocate_zeroed(layout)
    }

    #[inline]
    unsafe fn deallocate(&self, memory: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { (&***self).deallocate(memory, layout) }
    }

    unsafe fn grow(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        // SAFETY: the caller's promise.
        unsafe { (&***self).grow(memory, old, new) }
    }

    unsafe fn grow_zeroed(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        // SAFETY: the caller's promise.
        unsafe { (&***self).grow_zeroed(memory, old, new) }
    }

    unsafe fn shrink(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        // SAFETY: the caller's promise.
        unsafe { (&***self).shrink(memory, old, new) }
    }
}

// SAFETY: as above.
unsafe impl DynAllocator for &BufferHeap<'_> {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        DynAllocator::try_allocate(&&***self, layout)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { DynAllocator::try_deallocate(&&***self, memory, layout) }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { DynAllocator::resize(&&***self, memory, old, new_size) }
    }

    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        // SAFETY: the caller's promise.
        unsafe { DynAllocator::usable_size(&&***self, memory, layout) }
    }

    fn owns(&self, address: *const u8) -> bool {
        DynAllocator::owns(&&***self, address)
    }

    fn capabilities(&self) -> Capabilities {
        DynAllocator::capabilities(&&***self).with(Capabilities::BOUNDED)
    }

    unsafe fn reset(&self, _: ResetMode) -> Result<(), ResetError> {
        Err(ResetError::Unsupported)
    }

    fn stats(&self) -> AllocatorStats {
        AllocatorStats { held: Some(self.size()), ..DynAllocator::stats(&&***self) }
    }
}
