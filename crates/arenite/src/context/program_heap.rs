//! The heap that everything goes to that nothing redirects.

use core::alloc::{GlobalAlloc, Layout};

/// The heap below [`Global`](super::Global) unless another is named: the C heap of the process ([`System`]), or mimalloc
/// 2 with the cargo feature `mimalloc`.
///
/// [`System`]: std::alloc::System
#[derive(Clone, Copy, Debug, Default)]
pub struct ProgramHeap;

#[cfg(not(feature = "mimalloc"))]
// SAFETY: `std::alloc::System` keeps the contract of `GlobalAlloc`; every call is passed on to it as it is.
unsafe impl GlobalAlloc for ProgramHeap {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { std::alloc::System.alloc(layout) }
    }

    #[inline(always)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { std::alloc::System.alloc_zeroed(layout) }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { std::alloc::System.dealloc(block, layout) }
    }

    #[inline(always)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { std::alloc::System.realloc(block, layout, new_size) }
    }
}

/// mimalloc aligns every block to a word, and one of a size to the largest power of two in the size, up to 16; its calls
/// with an alignment are slower.
#[cfg(feature = "mimalloc")]
#[inline(always)]
const fn by_itself(size: usize, align: usize) -> bool {
    align <= size_of::<usize>() || (align <= 16 && align <= size)
}

#[cfg(feature = "mimalloc")]
// SAFETY: mimalloc's functions hand out blocks of at least the size, at the alignment, that are nobody else's until freed,
// from any thread; a refused reallocation leaves the old block as it is.
unsafe impl GlobalAlloc for ProgramHeap {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: plain calls of the C heap; any size and power of two will do.
        unsafe {
            if by_itself(layout.size(), layout.align()) {
                libmimalloc_sys::mi_malloc(layout.size()).cast()
            } else {
                libmimalloc_sys::mi_malloc_aligned(layout.size(), layout.align()).cast()
            }
        }
    }

    #[inline(always)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe {
            if by_itself(layout.size(), layout.align()) {
                libmimalloc_sys::mi_zalloc(layout.size()).cast()
            } else {
                libmimalloc_sys::mi_zalloc_aligned(layout.size(), layout.align()).cast()
            }
        }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: the caller passes a live block of this heap.
        unsafe { libmimalloc_sys::mi_free(block.cast()) }
    }

    #[inline(always)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller passes a live block of this heap.
        unsafe {
            if by_itself(new_size, layout.align()) {
                libmimalloc_sys::mi_realloc(block.cast(), new_size).cast()
            } else {
                libmimalloc_sys::mi_realloc_aligned(block.cast(), new_size, layout.align()).cast()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks, reason = "blocks of this heap, freed once")]

    use super::*;

    #[test]
    fn blocks_are_aligned_as_asked_keep_their_contents_and_come_zeroed() {
        for align in [1, 2, 8, 16, 32, 64, 4096] {
            for size in [1, 7, 8, 15, 16, 24, 40, 100, 5000] {
                let layout = Layout::from_size_align(size, align).unwrap();
                unsafe {
                    let block = ProgramHeap.alloc_zeroed(layout);
                    assert!(!block.is_null() && block.addr() % align == 0);
                    assert!((0..size).all(|at| block.add(at).read() == 0));
                    block.write_bytes(0x5A, size);
                    let larger = ProgramHeap.realloc(block, layout, size * 3);
                    assert!(!larger.is_null() && larger.addr() % align == 0);
                    assert!((0..size).all(|at| larger.add(at).read() == 0x5A));
                    ProgramHeap.dealloc(larger, Layout::from_size_align(size * 3, align).unwrap());
                }
            }
        }
    }
}
