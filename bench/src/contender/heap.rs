//! General heaps: glibc's (Rust's `System`), and with the feature `native` mimalloc v2, jemalloc and snmalloc.

use allocator_api2::alloc::{AllocError, Allocator};
#[cfg(feature = "native")]
use std::ffi::c_void;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    marker::PhantomData,
    ptr::NonNull,
};

/// A heap to allocate from and free to directly, past the process's global allocator.
pub(crate) trait Heap: 'static {
    /// The contender's name in the table.
    const NAME: &'static str;
    /// The heap as Rust calls it.
    type Allocator: GlobalAlloc;
    /// It.
    const HEAP: Self::Allocator;
}

/// The system's malloc and free.
pub(crate) struct Glibc;

impl Heap for Glibc {
    const NAME: &'static str = "glibc";
    type Allocator = System;
    const HEAP: System = System;
}

/// mimalloc v2.
#[cfg(feature = "native")]
pub(crate) struct Mimalloc;

#[cfg(feature = "native")]
impl Heap for Mimalloc {
    const NAME: &'static str = "mimalloc";
    type Allocator = MimallocV2;
    const HEAP: MimallocV2 = MimallocV2;
}

/// jemalloc 5.3.
#[cfg(feature = "native")]
pub(crate) struct Jemalloc;

#[cfg(feature = "native")]
impl Heap for Jemalloc {
    const NAME: &'static str = "jemalloc";
    type Allocator = tikv_jemallocator::Jemalloc;
    const HEAP: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
}

/// snmalloc 2, compiled by the C++ compiler without cmake.
#[cfg(feature = "native")]
pub(crate) struct Snmalloc;

#[cfg(feature = "native")]
impl Heap for Snmalloc {
    const NAME: &'static str = "snmalloc";
    type Allocator = snmalloc_rs::SnMalloc;
    const HEAP: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;
}

/// A heap as a collection's allocator.
pub(crate) struct Direct<H>(PhantomData<H>);

impl<H> Direct<H> {
    /// It has no state.
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

// SAFETY: blocks are the heap's and stay until freed; there is no state to lose.
unsafe impl<H: Heap> Allocator for Direct<H> {
    #[inline(always)]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(NonNull::slice_from_raw_parts(NonNull::dangling(), 0));
        }
        // SAFETY: the layout is not empty.
        let memory = NonNull::new(unsafe { H::HEAP.alloc(layout) }).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(memory, layout.size()))
    }

    #[inline(always)]
    unsafe fn deallocate(&self, memory: NonNull<u8>, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: the caller's: allocated here with this layout.
            unsafe { H::HEAP.dealloc(memory.as_ptr(), layout) }
        }
    }

    #[inline(always)]
    unsafe fn grow(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if old.size() == 0 {
            return self.allocate(new);
        }
        // SAFETY: the caller's: allocated here with the old layout; collections do not change the alignment.
        let grown = NonNull::new(unsafe { H::HEAP.realloc(memory.as_ptr(), old, new.size()) }).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(grown, new.size()))
    }
}

/// mimalloc by its shortest entries: the crate `mimalloc` always calls the aligned ones, which are slower.
#[cfg(feature = "native")]
#[derive(Clone, Copy)]
pub(crate) struct MimallocV2;

/// Whether mimalloc aligns the block by itself: blocks are as aligned as they are large, up to 16.
#[cfg(feature = "native")]
#[inline(always)]
const fn aligned_anyway(layout: Layout) -> bool {
    layout.align() <= 16 && layout.align() <= layout.size()
}

#[cfg(feature = "native")]
// SAFETY: mimalloc's functions do what these methods promise; aligned and plain blocks are freed alike.
unsafe impl GlobalAlloc for MimallocV2 {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: mimalloc takes any size and a power of two.
        unsafe {
            if aligned_anyway(layout) {
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
            if aligned_anyway(layout) {
                libmimalloc_sys::mi_zalloc(layout.size()).cast()
            } else {
                libmimalloc_sys::mi_zalloc_aligned(layout.size(), layout.align()).cast()
            }
        }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, memory: *mut u8, _layout: Layout) {
        // SAFETY: the caller's: `memory` came from here.
        unsafe { libmimalloc_sys::mi_free(memory.cast::<c_void>()) }
    }

    #[inline(always)]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's: `memory` came from here.
        unsafe {
            if layout.align() <= 16 && layout.align() <= new_size {
                libmimalloc_sys::mi_realloc(memory.cast(), new_size).cast()
            } else {
                libmimalloc_sys::mi_realloc_aligned(memory.cast(), new_size, layout.align()).cast()
            }
        }
    }
}

/// Kernels for all heaps, from one that is generic over [`Heap`] and the types that follow.
#[cfg(feature = "native")]
#[macro_export]
macro_rules! heaps {
    ($start:ident $(, $more:ident)*) => {{
        use $crate::{
            contender::heap::{Glibc, Heap, Jemalloc, Mimalloc, Snmalloc},
            kernel::Kernel,
        };
        [
            Kernel::opponent(Glibc::NAME, $start::<Glibc $(, $more)*>),
            Kernel::opponent(Mimalloc::NAME, $start::<Mimalloc $(, $more)*>),
            Kernel::opponent(Jemalloc::NAME, $start::<Jemalloc $(, $more)*>),
            Kernel::opponent(Snmalloc::NAME, $start::<Snmalloc $(, $more)*>),
        ]
    }};
}

/// Kernels for all heaps, from one that is generic over [`Heap`] and the types that follow.
#[cfg(not(feature = "native"))]
#[macro_export]
macro_rules! heaps {
    ($start:ident $(, $more:ident)*) => {{
        use $crate::{
            contender::heap::{Glibc, Heap},
            kernel::Kernel,
        };
        [Kernel::opponent(Glibc::NAME, $start::<Glibc $(, $more)*>), Kernel::absent("mimalloc"), Kernel::absent("jemalloc"), Kernel::absent("snmalloc")]
    }};
}
