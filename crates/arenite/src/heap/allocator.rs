//! Heaps as allocators of collections, and as sources of other allocators.

use super::{heap::Heap, segment::SEGMENT};
use crate::{in_place::nothing, source::Source};
use allocator_api2::alloc::{AllocError, Allocator};
use core::{alloc::Layout, ptr::NonNull};

// SAFETY: a block stays where it is until it is freed or the heap is dropped, which this reference prevents; any copy of
// the reference names the same heap.
unsafe impl Allocator for &Heap {
    #[inline]
    #[track_caller]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout.align()));
        }
        Ok(NonNull::slice_from_raw_parts(self.try_alloc(layout)?, layout.size()))
    }

    #[inline]
    #[track_caller]
    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout.align()));
        }
        Ok(NonNull::slice_from_raw_parts(self.try_alloc_zeroed(layout)?, layout.size()))
    }

    #[inline]
    #[track_caller]
    unsafe fn deallocate(&self, memory: NonNull<u8>, layout: Layout) {
        if layout.size() > 0 {
            // SAFETY: the caller's promise.
            unsafe { self.free_as(memory, Some(layout)) };
        }
    }

    #[track_caller]
    unsafe fn grow(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if old.size() == 0 {
            return self.allocate(new);
        }
        // SAFETY: the caller's promise.
        Ok(NonNull::slice_from_raw_parts(unsafe { self.try_realloc_as(memory, Some(old), new)? }, new.size()))
    }

    #[track_caller]
    unsafe fn grow_zeroed(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if old.size() == 0 {
            return self.allocate_zeroed(new);
        }
        // SAFETY: the caller's promise; the new block has `new.size() >= old.size()` bytes.
        unsafe {
            let grown = self.try_realloc_as(memory, Some(old), new)?;
            grown.add(old.size()).write_bytes(0, new.size() - old.size());
            Ok(NonNull::slice_from_raw_parts(grown, new.size()))
        }
    }

    #[track_caller]
    unsafe fn shrink(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if new.size() == 0 {
            // SAFETY: the caller's promise.
            unsafe { self.deallocate(memory, old) };
            return Ok(nothing(new.align()));
        }
        // SAFETY: the caller's promise.
        Ok(NonNull::slice_from_raw_parts(unsafe { self.try_realloc_as(memory, Some(old), new)? }, new.size()))
    }
}

// SAFETY: a heap's blocks are nobody else's until they come back. It does not unwind: what `give` is passed is a live
// block, by the caller's promise. Callbacks of budgets wait for the next direct call, so that they do not run in the middle
// of whatever takes the block; nor is a grade asked, whose reports may panic. What is given back was taken in this way.
unsafe impl Source for Heap {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.place_quietly(layout).ok()
    }

    unsafe fn give(&self, block: NonNull<u8>, _: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.free_quietly(block) };
    }

    /// Above the classes blocks take whole segments.
    fn fitting(&self, size: usize) -> usize {
        if size > SEGMENT && !self.passes_through() { size & !(SEGMENT - 1) } else { size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ArenaOptions, HeapOptions};
    use std::sync::Arc;

    #[test]
    fn the_chunks_of_an_arena_over_a_heap_fit_its_segments() {
        let heap = Arc::new(HeapOptions::new().build());
        let arena = ArenaOptions::new().source(Arc::clone(&heap)).build();
        let chunks = |count: usize| {
            while arena.chunk_sizes().count() < count {
                arena.alloc([0u8; 1024]);
            }
        };
        chunks(6);
        let before = heap.stats().held;
        chunks(10);
        assert_eq!(heap.stats().held - before, 4 * SEGMENT);
        assert!(arena.chunk_sizes().all(|size| size < SEGMENT));
        assert!(arena.chunk_sizes().last().is_some_and(|size| size > SEGMENT - 256));
    }

    #[test]
    fn what_was_asked_for_is_taken_as_it_is_and_small_sizes_fit() {
        let heap = Arc::new(HeapOptions::new().build());
        let arena = ArenaOptions::new().source(Arc::clone(&heap)).max(SEGMENT).build();
        arena.alloc_slice_fill(300 << 10, 0u8);
        while arena.chunk_sizes().count() < 8 {
            arena.alloc([0u8; 1024]);
        }
        assert!(arena.chunk_sizes().any(|size| size == SEGMENT));
        assert_eq!((heap.fitting(100), heap.fitting(SEGMENT), heap.fitting(SEGMENT + 1)), (100, SEGMENT, SEGMENT));
        assert_eq!(HeapOptions::new().pass_through(true).build().fitting(SEGMENT + 1), SEGMENT + 1);
    }
}
