//! rpmalloc 1.4: the process's heap, and heaps of one's own. Either belongs to the thread that made it.

use super::own_heap::OwnHeap;
use std::{alloc::Layout, ffi::c_void};

#[link(name = "rpmalloc", kind = "static")]
unsafe extern "C" {
    fn rpmalloc_initialize() -> i32;
    fn rpmalloc(size: usize) -> *mut c_void;
    fn rpfree(block: *mut c_void);
    fn rpmalloc_heap_acquire() -> *mut c_void;
    fn rpmalloc_heap_alloc(heap: *mut c_void, size: usize) -> *mut c_void;
    fn rpmalloc_heap_free(heap: *mut c_void, block: *mut c_void);
    fn rpmalloc_heap_free_all(heap: *mut c_void);
    fn rpmalloc_heap_release(heap: *mut c_void);
}

/// The heap of the calling thread.
pub(crate) struct Rpmalloc(());

impl OwnHeap for Rpmalloc {
    const NAME: &'static str = "rpmalloc";
    const DESTROYS: bool = false;

    #[inline(always)]
    fn new() -> Self {
        // SAFETY: always sound, and does nothing the second time.
        assert_eq!(unsafe { rpmalloc_initialize() }, 0, "rpmalloc begins");
        Self(())
    }

    #[inline(always)]
    fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: begun on this thread.
        unsafe { rpmalloc(layout.size()).cast() }
    }

    #[inline(always)]
    unsafe fn free(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { rpfree(block.cast()) }
    }
}

/// A heap of one's own.
pub(crate) struct RpmallocHeap(*mut c_void);

// SAFETY: the bench uses each on the thread that made it; the bound is for those that are shared.
unsafe impl Sync for RpmallocHeap {}

impl OwnHeap for RpmallocHeap {
    const NAME: &'static str = "rpmalloc heap";
    const DESTROYS: bool = true;

    #[inline(always)]
    fn new() -> Self {
        let Rpmalloc(()) = Rpmalloc::new();
        // SAFETY: rpmalloc has begun.
        Self(unsafe { rpmalloc_heap_acquire() })
    }

    #[inline(always)]
    fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: a live heap of this thread's.
        unsafe { rpmalloc_heap_alloc(self.0, layout.size()).cast() }
    }

    #[inline(always)]
    unsafe fn free(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { rpmalloc_heap_free(self.0, block.cast()) }
    }
}

impl Drop for RpmallocHeap {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: a live heap that nobody uses any more.
        unsafe {
            rpmalloc_heap_free_all(self.0);
            rpmalloc_heap_release(self.0);
        }
    }
}
