//! First-class heaps: made, used and destroyed with all that is in them; and the process's heaps, for which destroying is
//! freeing each block.

use super::{Heap, heap::Glibc};
use std::{
    alloc::{GlobalAlloc, Layout},
    marker::PhantomData,
    ptr::NonNull,
};

/// A heap of one's own.
pub(crate) trait OwnHeap: Sync + 'static {
    /// The contender's name in the table.
    const NAME: &'static str;
    /// Whether its blocks go when it is dropped; if not, they have to be freed one by one.
    const DESTROYS: bool;
    /// Makes one, at its best settings.
    fn new() -> Self;
    /// A block of at most 16 bytes' alignment.
    fn alloc(&self, layout: Layout) -> *mut u8;
    /// Frees a block, with what the heap wants to know about it.
    ///
    /// # Safety
    /// A live block of this heap, made with this layout.
    unsafe fn free(&self, block: *mut u8, layout: Layout);
}

/// [`arenite::Heap`].
pub(crate) struct AreniteHeap(arenite::Heap);

impl OwnHeap for AreniteHeap {
    const NAME: &'static str = "arenite Heap";
    const DESTROYS: bool = true;

    #[inline(always)]
    fn new() -> Self {
        Self(arenite::Heap::new())
    }

    #[inline(always)]
    fn alloc(&self, layout: Layout) -> *mut u8 {
        self.0.alloc(layout).as_ptr()
    }

    #[inline(always)]
    unsafe fn free(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: the caller's promise; blocks are not null.
        unsafe { self.0.free(NonNull::new_unchecked(block)) }
    }
}

/// A heap of the process.
pub(crate) struct Process<H>(PhantomData<fn() -> H>);

impl<H: Heap> OwnHeap for Process<H> {
    const NAME: &'static str = H::NAME;
    const DESTROYS: bool = false;

    #[inline(always)]
    fn new() -> Self {
        Self(PhantomData)
    }

    #[inline(always)]
    fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the kernels ask for no empty blocks.
        unsafe { H::HEAP.alloc(layout) }
    }

    #[inline(always)]
    unsafe fn free(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { H::HEAP.dealloc(block, layout) }
    }
}

/// glibc's.
pub(crate) type GlibcHeap = Process<Glibc>;

#[cfg(feature = "native")]
pub(crate) use native::{JemallocArena, MimallocHeap};
#[cfg(mimalloc_v3)]
pub(crate) use v3::{Mimalloc3, Mimalloc3Heap};

#[cfg(feature = "native")]
mod native {
    use super::{Layout, OwnHeap};
    use libmimalloc_sys as mi;
    use std::{ffi::CStr, mem, ptr};
    use tikv_jemalloc_sys as je;

    /// A heap of mimalloc v2: for the thread that made it alone.
    pub(crate) struct MimallocHeap(*mut mi::mi_heap_t);

    // SAFETY: the bench uses each on the thread that made it; the bound is for those that are shared.
    unsafe impl Sync for MimallocHeap {}

    impl OwnHeap for MimallocHeap {
        const NAME: &'static str = "mimalloc heap";
        const DESTROYS: bool = true;

        #[inline(always)]
        fn new() -> Self {
            // SAFETY: always sound.
            Self(unsafe { mi::mi_heap_new() })
        }

        #[inline(always)]
        fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: a live heap of this thread's.
            unsafe { mi::mi_heap_malloc(self.0, layout.size()).cast() }
        }

        #[inline(always)]
        unsafe fn free(&self, block: *mut u8, _layout: Layout) {
            // SAFETY: the caller's promise.
            unsafe { mi::mi_free(block.cast()) }
        }
    }

    impl Drop for MimallocHeap {
        #[inline(always)]
        fn drop(&mut self) {
            // SAFETY: a live heap that nobody uses any more.
            unsafe { mi::mi_heap_destroy(self.0) }
        }
    }

    /// An arena of jemalloc's with a thread cache for it, as its manual advises for arenas of one's own.
    pub(crate) struct JemallocArena {
        arena: u32,
        cache: u32,
        flags: i32,
    }

    /// Reads a number from jemalloc.
    fn read(name: &CStr) -> u32 {
        let (mut value, mut size) = (0u32, mem::size_of::<u32>());
        // SAFETY: both names that are read give an unsigned.
        let refused = unsafe { je::mallctl(name.as_ptr(), (&raw mut value).cast(), &mut size, ptr::null_mut(), 0) };
        assert_eq!(refused, 0, "jemalloc: {name:?}");
        value
    }

    impl OwnHeap for JemallocArena {
        const NAME: &'static str = "jemalloc arena";
        const DESTROYS: bool = true;

        fn new() -> Self {
            let (arena, cache) = (read(c"arenas.create"), read(c"tcache.create"));
            Self { arena, cache, flags: je::MALLOCX_ARENA(arena as usize) | je::MALLOCX_TCACHE(cache as usize) }
        }

        #[inline(always)]
        fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: a size above 0, and flags of a live arena and cache.
            unsafe { je::mallocx(layout.size(), self.flags).cast() }
        }

        #[inline(always)]
        unsafe fn free(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's promise.
            unsafe { je::sdallocx(block.cast(), layout.size(), self.flags) }
        }
    }

    impl Drop for JemallocArena {
        fn drop(&mut self) {
            let destroy = std::ffi::CString::new(format!("arena.{}.destroy", self.arena)).expect("no zero in it");
            // SAFETY: a cache and an arena of our own, that nobody uses any more. The cache first: it holds blocks.
            unsafe {
                let cache = (&raw mut self.cache).cast();
                je::mallctl(c"tcache.destroy".as_ptr(), ptr::null_mut(), ptr::null_mut(), cache, mem::size_of::<u32>());
                je::mallctl(destroy.as_ptr(), ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), 0);
            }
        }
    }
}

#[cfg(mimalloc_v3)]
mod v3 {
    use super::{Heap, Layout, OwnHeap};
    use std::{alloc::GlobalAlloc, ffi::c_void};

    #[link(name = "mimalloc3", kind = "static")]
    unsafe extern "C" {
        fn mi3_malloc(size: usize) -> *mut c_void;
        fn mi3_free(block: *mut c_void);
        fn mi3_heap_new() -> *mut c_void;
        fn mi3_heap_malloc(heap: *mut c_void, size: usize) -> *mut c_void;
        fn mi3_heap_destroy(heap: *mut c_void);
    }

    /// mimalloc 3.3.2, as a heap of the process; for sizes and alignments of up to 16.
    pub(crate) struct Mimalloc3;

    impl Heap for Mimalloc3 {
        const NAME: &'static str = "mimalloc 3.3.2";
        type Allocator = Self;
        const HEAP: Self = Self;
    }

    // SAFETY: mimalloc's functions do what these methods promise, for the alignments that the kernels ask for.
    unsafe impl GlobalAlloc for Mimalloc3 {
        #[inline(always)]
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            debug_assert!(layout.align() <= 16);
            // SAFETY: mimalloc takes any size.
            unsafe { mi3_malloc(layout.size()).cast() }
        }

        #[inline(always)]
        unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
            // SAFETY: the caller's promise.
            unsafe { mi3_free(block.cast()) }
        }
    }

    /// A heap of mimalloc 3.3.2: any thread may use it.
    pub(crate) struct Mimalloc3Heap(*mut c_void);

    // SAFETY: as mimalloc documents it for v3.
    unsafe impl Sync for Mimalloc3Heap {}

    impl OwnHeap for Mimalloc3Heap {
        const NAME: &'static str = "mimalloc 3.3.2 heap";
        const DESTROYS: bool = true;

        #[inline(always)]
        fn new() -> Self {
            // SAFETY: always sound.
            Self(unsafe { mi3_heap_new() })
        }

        #[inline(always)]
        fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: a live heap.
            unsafe { mi3_heap_malloc(self.0, layout.size()).cast() }
        }

        #[inline(always)]
        unsafe fn free(&self, block: *mut u8, _layout: Layout) {
            // SAFETY: the caller's promise.
            unsafe { mi3_free(block.cast()) }
        }
    }

    impl Drop for Mimalloc3Heap {
        #[inline(always)]
        fn drop(&mut self) {
            // SAFETY: a live heap that nobody uses any more.
            unsafe { mi3_heap_destroy(self.0) }
        }
    }
}

/// Kernels of mimalloc v3, default heap and heap of one's own, from one that is generic over [`OwnHeap`]; absent where
/// v3 could not be built in.
#[cfg(mimalloc_v3)]
#[macro_export]
macro_rules! mimalloc_v3 {
    ($start:ident) => {{
        use $crate::contender::own_heap::{Mimalloc3, Mimalloc3Heap, OwnHeap, Process};
        [
            $crate::kernel::Kernel::opponent(Process::<Mimalloc3>::NAME, $start::<Process<Mimalloc3>>),
            $crate::kernel::Kernel::opponent(Mimalloc3Heap::NAME, $start::<Mimalloc3Heap>),
        ]
    }};
}

/// Kernels of mimalloc v3, default heap and heap of one's own, from one that is generic over [`OwnHeap`]; absent where
/// v3 could not be built in.
#[cfg(not(mimalloc_v3))]
#[macro_export]
macro_rules! mimalloc_v3 {
    ($start:ident) => {
        [$crate::kernel::Kernel::absent("mimalloc 3.3.2"), $crate::kernel::Kernel::absent("mimalloc 3.3.2 heap")]
    };
}

/// Kernels of the heaps of one's own that only the thread which made them uses (mimalloc v2, jemalloc).
#[cfg(feature = "native")]
#[macro_export]
macro_rules! native_heaps {
    ($start:ident) => {{
        use $crate::contender::own_heap::{JemallocArena, MimallocHeap, OwnHeap};
        [
            $crate::kernel::Kernel::opponent(MimallocHeap::NAME, $start::<MimallocHeap>),
            $crate::kernel::Kernel::opponent(JemallocArena::NAME, $start::<JemallocArena>),
        ]
    }};
}

/// Kernels of the heaps of one's own that only the thread which made them uses (mimalloc v2, jemalloc).
#[cfg(not(feature = "native"))]
#[macro_export]
macro_rules! native_heaps {
    ($start:ident) => {
        [$crate::kernel::Kernel::absent("mimalloc heap"), $crate::kernel::Kernel::absent("jemalloc arena")]
    };
}

/// Kernels of the process's heaps, from one that is generic over [`OwnHeap`].
#[cfg(feature = "native")]
#[macro_export]
macro_rules! process_heaps {
    ($start:ident) => {{
        use $crate::contender::{
            heap::{Jemalloc, Mimalloc, Snmalloc},
            own_heap::{GlibcHeap, OwnHeap, Process},
        };
        [
            $crate::kernel::Kernel::opponent(GlibcHeap::NAME, $start::<GlibcHeap>),
            $crate::kernel::Kernel::opponent(Process::<Mimalloc>::NAME, $start::<Process<Mimalloc>>),
            $crate::kernel::Kernel::opponent(Process::<Jemalloc>::NAME, $start::<Process<Jemalloc>>),
            $crate::kernel::Kernel::opponent(Process::<Snmalloc>::NAME, $start::<Process<Snmalloc>>).without_valgrind(),
        ]
    }};
}

/// Kernels of the process's heaps, from one that is generic over [`OwnHeap`].
#[cfg(not(feature = "native"))]
#[macro_export]
macro_rules! process_heaps {
    ($start:ident) => {{
        use $crate::contender::own_heap::{GlibcHeap, OwnHeap};
        [
            $crate::kernel::Kernel::opponent(GlibcHeap::NAME, $start::<GlibcHeap>),
            $crate::kernel::Kernel::absent("mimalloc"),
            $crate::kernel::Kernel::absent("jemalloc"),
            $crate::kernel::Kernel::absent("snmalloc"),
        ]
    }};
}

/// Kernels of rpmalloc's, of its thread and of a heap of one's own, from one that is generic over [`OwnHeap`].
#[cfg(rpmalloc)]
#[macro_export]
macro_rules! rpmalloc {
    ($start:ident) => {{
        use $crate::contender::{
            own_heap::OwnHeap,
            rpmalloc::{Rpmalloc, RpmallocHeap},
        };
        [
            $crate::kernel::Kernel::opponent(Rpmalloc::NAME, $start::<Rpmalloc>),
            $crate::kernel::Kernel::opponent(RpmallocHeap::NAME, $start::<RpmallocHeap>),
        ]
    }};
}

/// Kernels of rpmalloc's, of its thread and of a heap of one's own, from one that is generic over [`OwnHeap`].
#[cfg(not(rpmalloc))]
#[macro_export]
macro_rules! rpmalloc {
    ($start:ident) => {
        [$crate::kernel::Kernel::absent("rpmalloc"), $crate::kernel::Kernel::absent("rpmalloc heap")]
    };
}
