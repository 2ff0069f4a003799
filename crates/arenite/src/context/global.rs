//! The program's allocator: a heap, and ways around it.

use super::{
    hooks::{self, Call},
    hot::{self, Hot},
    program_heap::ProgramHeap,
};
use core::alloc::{GlobalAlloc, Layout};

/// The program's allocator, over the heap `H`: what closures like [`with_arena`](crate::with_arena) redirect.
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: arenite::Global = arenite::Global::new();
///
/// assert_eq!(vec![1, 2, 3].len(), 3); // as ever
/// ```
/// It lies over the C heap; over mimalloc 2 with the cargo feature `mimalloc`; over any other heap by
/// [`over`](Self::over). Where nothing redirects a thread's requests, one costs a load and a test more than without it,
/// and a free two tests.
///
/// Blocks of arenas, heaps, pools and of everything else in this library come from their
/// [sources](crate::source), never from here: a scope inside of a scope works, whatever each of them is made of.
///
/// It needs thread-locals that the compiler knows, which all targets of tier 1 have: with those that are emulated the
/// first request of a thread would be made while it is served.
#[derive(Clone, Copy, Debug, Default)]
pub struct Global<H = ProgramHeap> {
    heap: H,
}

impl Global {
    /// Over [`ProgramHeap`].
    #[must_use]
    pub const fn new() -> Self {
        Self { heap: ProgramHeap }
    }
}

impl<H> Global<H> {
    /// Over another heap: a value, or a `&'static` one.
    ///
    /// ```
    /// use arenite::Global;
    /// use std::alloc::System;
    ///
    /// #[global_allocator]
    /// static ALLOCATOR: Global<System> = Global::over(System);
    /// assert_eq!(String::from("sand").len(), 4);
    /// ```
    #[must_use]
    pub const fn over(heap: H) -> Self {
        Self { heap }
    }

    /// What lies below.
    #[must_use]
    pub const fn heap(&self) -> &H {
        &self.heap
    }
}

// SAFETY: every request reaches the heap below as it is, and every free and reallocation the heap that the block came from.
// Nothing here unwinds.
unsafe impl<H: GlobalAlloc> GlobalAlloc for Global<H> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        hot::with(|hot| {
            if hot.route.get() == 0 {
                // SAFETY: the caller's promise.
                return unsafe { self.heap.alloc(layout) };
            }
            // SAFETY: the caller's promise.
            unsafe { self.alloc_cold(hot, layout, false) }
        })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        hot::with(|hot| {
            if hot.route.get() == 0 {
                // SAFETY: the caller's promise.
                return unsafe { self.heap.alloc_zeroed(layout) };
            }
            // SAFETY: the caller's promise.
            unsafe { self.alloc_cold(hot, layout, true) }
        })
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        hot::with(|hot| {
            if hot.flags.get() == 0 && !hooks::frees_matter() {
                // SAFETY: the caller's promise.
                return unsafe { self.heap.dealloc(block, layout) };
            }
            // SAFETY: the caller's promise.
            unsafe { self.dealloc_cold(hot, block, layout) }
        });
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        hot::with(|hot| {
            if hot.flags.get() == 0 && !hooks::frees_matter() {
                // SAFETY: the caller's promise.
                return unsafe { self.heap.realloc(block, layout, new_size) };
            }
            // SAFETY: the caller's promise.
            unsafe { self.realloc_cold(hot, block, layout, new_size) }
        })
    }
}

impl<H: GlobalAlloc> Global<H> {
    /// # Safety
    /// As `GlobalAlloc::alloc`.
    #[cold]
    #[inline(never)]
    unsafe fn alloc_cold(&self, hot: &Hot, layout: Layout, zeroed: bool) -> *mut u8 {
        let flags = hot.flags.get();
        let _plain = hot.plain();
        // SAFETY: the caller's promise.
        let block = unsafe { if zeroed { self.heap.alloc_zeroed(layout) } else { self.heap.alloc(layout) } };
        if flags != 0 {
            hooks::tell(flags, Call::Alloc { block, layout }, None);
        }
        block
    }

    /// # Safety
    /// As `GlobalAlloc::dealloc`.
    #[cold]
    #[inline(never)]
    unsafe fn dealloc_cold(&self, hot: &Hot, block: *mut u8, layout: Layout) {
        let flags = hot.flags.get();
        let _plain = hot.plain();
        hooks::tell(flags, Call::Free { block, layout }, None);
        // SAFETY: the caller's promise.
        unsafe { self.heap.dealloc(block, layout) }
    }

    /// # Safety
    /// As `GlobalAlloc::realloc`.
    #[cold]
    #[inline(never)]
    unsafe fn realloc_cold(&self, hot: &Hot, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let flags = hot.flags.get();
        let _plain = hot.plain();
        let charge = hooks::before_realloc(old);
        // SAFETY: the caller's promise.
        let block = unsafe { self.heap.realloc(old, layout, size) };
        hooks::tell(flags, Call::Realloc { old, layout, block, size }, charge);
        block
    }
}
