//! The process's C heap as a source.

use super::Source;
use crate::sync::{AtomicU64, Ordering};
use core::{alloc::Layout, ptr::NonNull};
use std::alloc::{GlobalAlloc, System as Heap};

static CALLS: AtomicU64 = AtomicU64::new(0);

/// How many blocks this library has taken from the C heap and given back to it so far, each one call: blocks of arenas,
/// pools and their like, not what debugging notes. A steady frame takes and gives none.
#[must_use]
pub fn heap_calls() -> u64 {
    CALLS.load(Ordering::Relaxed)
}

/// Relaxed: a figure.
fn count_call() {
    CALLS.fetch_add(1, Ordering::Relaxed);
}

/// Whether the C heap has some memory. Asked before a thread-local with a `Drop` is used first on a thread: the C library
/// notes that in memory of its own, and ends the process when there is none.
pub(crate) fn has_small_change() -> bool {
    // More than what glibc keeps for each thread: that goes to requests of the same size only.
    const PURSE: Layout = match Layout::from_size_align(4096, 16) {
        Ok(layout) => layout,
        Err(_) => unreachable!(),
    };
    // SAFETY: a layout that is not empty; given back at once.
    unsafe {
        let memory = core::hint::black_box(Heap.alloc(PURSE));
        if !memory.is_null() {
            Heap.dealloc(memory, PURSE);
        }
        !memory.is_null()
    }
}

/// The C heap of the process (`malloc` and its kin), which the program's `#[global_allocator]` does not replace: blocks of
/// an arena never come from an allocator that may itself route to an arena.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

// SAFETY: `std::alloc::System` keeps the contract of `GlobalAlloc`, which is this one; user addresses of every supported
// 64-bit system lie below 2^57.
unsafe impl Source for System {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        debug_assert!(layout.size() > 0);
        count_call();
        // SAFETY: the trait promises a size above 0.
        NonNull::new(unsafe { Heap.alloc(layout) })
    }

    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
        count_call();
        // SAFETY: the caller passes what `take` returned for this layout.
        unsafe { Heap.dealloc(block.as_ptr(), layout) }
    }
}
