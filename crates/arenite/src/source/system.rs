//! The process's C heap as a source.

use super::Source;
use core::{alloc::Layout, ptr::NonNull};
use std::alloc::{GlobalAlloc, System as Heap};

/// The C heap of the process (`malloc` and its kin), which the program's `#[global_allocator]` does not replace: blocks of
/// an arena never come from an allocator that may itself route to an arena.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

// SAFETY: `std::alloc::System` keeps the contract of `GlobalAlloc`, which is this one; user addresses of every supported
// 64-bit system lie below 2^57.
unsafe impl Source for System {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        debug_assert!(layout.size() > 0);
        // SAFETY: the trait promises a size above 0.
        NonNull::new(unsafe { Heap.alloc(layout) })
    }

    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller passes what `take` returned for this layout.
        unsafe { Heap.dealloc(block.as_ptr(), layout) }
    }
}
