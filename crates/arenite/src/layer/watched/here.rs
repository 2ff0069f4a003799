//! A watched allocator, and who speaks to it.

use super::Watched;
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, FreeError, ResetError, ResetMode,
    debug::Site,
    layer::relay::{Change, Layer, by_layer},
};
use core::{alloc::Layout, fmt, ptr::NonNull};

/// A [`Watched`] allocator on behalf of one place. Made by [`Watched::here`]; freely copied.
pub struct WatchedHere<'w, A: DynAllocator> {
    watched: &'w Watched<A>,
    site: Site,
}

impl<'w, A: DynAllocator> WatchedHere<'w, A> {
    pub(super) const fn new(watched: &'w Watched<A>, site: Site) -> Self {
        Self { watched, site }
    }
}

impl<A: DynAllocator> Clone for WatchedHere<'_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: DynAllocator> Copy for WatchedHere<'_, A> {}

impl<A: DynAllocator> fmt::Debug for WatchedHere<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WatchedHere").field(&self.site).finish()
    }
}

impl<A: DynAllocator> Layer for WatchedHere<'_, A> {
    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        self.watched.take_for(self.site, layout, zeroed)
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.watched.give_for(self.site, memory, layout) }.or_else(|refused| refused.unless_told())
    }

    unsafe fn change(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        // SAFETY: the caller's promise.
        unsafe { self.watched.change_for(self.site, memory, [old, new], change) }
    }
}

by_layer!([A: DynAllocator] WatchedHere<'_, A>);

// SAFETY: all answers are those of the watched allocator.
unsafe impl<A: DynAllocator> DynAllocator for WatchedHere<'_, A> {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.take(layout, false)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.watched.give_for(self.site, memory, layout) }.map_err(|refused| refused.error())
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.watched.resize_for(self.site, memory, old, new_size) }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.watched.owns(address)
    }

    fn capabilities(&self) -> Capabilities {
        self.watched.capabilities()
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        unsafe { self.watched.reset_for(self.site, mode) }
    }

    fn stats(&self) -> AllocatorStats {
        self.watched.stats()
    }
}
