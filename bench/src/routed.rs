//! The heap of this process: glibc's, or the one that the environment names.
//!
//! The programs of the workloads allocate from the process's global allocator. To run them on mimalloc the bench starts
//! itself with [`VARIABLE`] set, and this allocator chooses at the first allocation, once. The test of what was chosen
//! is three instructions a call, on whichever heap. The methods are not inlined, so that callgrind finds the heap's share.

use crate::contender::heap::MimallocV2;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicU8, Ordering},
};

/// `BENCH_HEAP=mimalloc` runs a process on mimalloc.
const VARIABLE: &std::ffi::CStr = c"BENCH_HEAP";

const UNDECIDED: u8 = 0;
const SYSTEM: u8 = 1;
const MIMALLOC: u8 = 2;

/// Goes to the heap that was chosen.
pub(crate) struct Routed {
    // Written once, to what every thread would write; a thread that still reads UNDECIDED decides the same.
    chosen: AtomicU8,
}

impl Routed {
    pub(crate) const fn new() -> Self {
        Self { chosen: AtomicU8::new(UNDECIDED) }
    }

    #[inline(always)]
    fn is_mimalloc(&self) -> bool {
        match self.chosen.load(Ordering::Relaxed) {
            UNDECIDED => self.decide(),
            chosen => chosen == MIMALLOC,
        }
    }

    #[cold]
    #[inline(never)]
    fn decide(&self) -> bool {
        // SAFETY: a terminated name; the value is read before anything in this program could change the environment.
        let named = unsafe {
            let value = libc::getenv(VARIABLE.as_ptr());
            !value.is_null() && std::ffi::CStr::from_ptr(value) == c"mimalloc"
        };
        self.chosen.store(if named { MIMALLOC } else { SYSTEM }, Ordering::Relaxed);
        named
    }
}

// SAFETY: every call of a process goes to the same heap, which keeps the promises.
unsafe impl GlobalAlloc for Routed {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise, to either.
        unsafe { if self.is_mimalloc() { MimallocV2.alloc(layout) } else { System.alloc(layout) } }
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise, to either.
        unsafe { if self.is_mimalloc() { MimallocV2.alloc_zeroed(layout) } else { System.alloc_zeroed(layout) } }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, to the heap that `memory` came from.
        unsafe { if self.is_mimalloc() { MimallocV2.dealloc(memory, layout) } else { System.dealloc(memory, layout) } }
    }

    #[inline(never)]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promise, to the heap that `memory` came from.
        unsafe {
            if self.is_mimalloc() {
                MimallocV2.realloc(memory, layout, new_size)
            } else {
                System.realloc(memory, layout, new_size)
            }
        }
    }
}
