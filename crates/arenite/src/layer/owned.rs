//! The owner of an arena or pool, as an allocator by value.

use super::relay::{Change, Layer, by_layer, take};
use crate::{
    AllocError, AllocatorStats, Arena, BufferArena, Capabilities, DynAllocator, FreeError, ResetError, ResetMode,
};
use core::{alloc::Layout, ptr::NonNull};

/// What may move while blocks of it are live: an arena, a pool.
///
/// # Safety
/// Blocks of the allocator `&Self` stay where they are, and valid, when the value is moved, and until it is dropped,
/// whatever safe code does with shared references to it.
pub unsafe trait Settled {
    /// The allocator that the value is by reference.
    fn allocator(&self) -> impl DynAllocator;
}

macro_rules! settled {
    ($($owner:ty => |$own:ident| $as:expr),* $(,)?) => {$(
        // SAFETY: blocks lie in memory that the value owns or has borrowed, never in the value; what takes them back
        // needs an exclusive reference, or drops only what came after it.
        unsafe impl Settled for $owner {
            #[inline]
            fn allocator(&self) -> impl DynAllocator {
                let $own = self;
                $as
            }
        }
    )*};
}

settled! {
    Arena => |arena| arena,
    BufferArena<'_> => |arena| arena,
}

#[cfg(feature = "pool")]
settled! {
    crate::pool::BlockPool<'_> => |pool| pool,
    crate::pool::ChunkedBlockPool => |pool| pool,
}

#[cfg(feature = "shared")]
settled! {
    crate::SharedArena => |arena| arena,
}

#[cfg(all(feature = "shared", feature = "std"))]
settled! {
    crate::ThreadBlocks => |blocks| blocks,
}

#[cfg(feature = "heap")]
settled! {
    crate::Heap => |heap| heap,
    crate::BufferHeap<'_> => |heap| heap,
}

/// Owns an arena or a pool and is an allocator by value, where those are allocators by reference only.
///
/// By value they cannot be: their `reset(&mut self)` is safe because allocating borrows them. An owner has no safe reset,
/// and its blocks live until it is dropped. So it may move with its blocks, and a layer on top too:
/// [`Shared<Owned<Arena>>`](super::Shared) is an arena for several threads. O(1), nothing added to the calls.
///
/// ```
/// use allocator_api2::vec::Vec;
/// use arenite::{Arena, layer::Owned};
/// fn names() -> Vec<u32, Owned<Arena>> {
///     let mut names = Vec::new_in(Owned::new(Arena::new()));
///     names.extend([1, 2, 3]);
///     names // the arena leaves with the vector
/// }
/// assert_eq!(names(), [1, 2, 3]);
/// ```
#[derive(Debug)]
pub struct Owned<T> {
    inner: T,
}

impl<T: Settled> Owned<T> {
    /// The owner of `inner`.
    pub const fn new(inner: T) -> Self {
        Self { inner }
    }

    /// What it owns, for its figures, or to allocate by its own methods.
    pub const fn get(&self) -> &T {
        &self.inner
    }
}

impl<T: Settled> Layer for Owned<T> {
    #[inline]
    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        take(&self.inner.allocator(), layout, zeroed)
    }

    #[inline]
    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.inner.allocator().try_deallocate(memory, layout) }
    }

    #[inline]
    unsafe fn change(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        // SAFETY: the caller's promise.
        unsafe { change.ask(&self.inner.allocator(), memory, old, new) }
    }
}

by_layer!([T: Settled] Owned<T>);

// SAFETY: all answers are those of what is owned.
unsafe impl<T: Settled> DynAllocator for Owned<T> {
    #[inline]
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.take(layout, false)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give(memory, layout) }
    }

    #[inline]
    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.inner.allocator().resize(memory, old, new_size) }
    }

    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        // SAFETY: the caller's promise.
        unsafe { self.inner.allocator().usable_size(memory, layout) }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.inner.allocator().owns(address)
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.allocator().capabilities()
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        unsafe { self.inner.allocator().reset(mode) }
    }

    fn stats(&self) -> AllocatorStats {
        self.inner.allocator().stats()
    }
}
