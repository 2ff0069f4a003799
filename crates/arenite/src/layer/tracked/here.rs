//! A tracked allocator, and who speaks to it.

use super::{Tracked, ledger::Site};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, FreeError, ResetError, ResetMode, Tag,
    layer::relay::{Change, Layer, by_layer},
};
use allocator_api2::alloc::Allocator;
use core::{alloc::Layout, fmt, ptr::NonNull};

/// A [`Tracked`] allocator on behalf of one place, and of one tag. Made by [`Tracked::here`]; freely copied.
pub struct Here<'t, A, M: Allocator> {
    tracked: &'t Tracked<A, M>,
    site: Site,
}

impl<'t, A, M: Allocator> Here<'t, A, M> {
    pub(super) const fn new(tracked: &'t Tracked<A, M>, site: Site) -> Self {
        Self { tracked, site }
    }

    /// The same for a tag.
    #[must_use]
    pub const fn tag(mut self, tag: Tag) -> Self {
        self.site.tag = Some(tag);
        self
    }
}

impl<A, M: Allocator> Clone for Here<'_, A, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, M: Allocator> Copy for Here<'_, A, M> {}

impl<A, M: Allocator> fmt::Debug for Here<'_, A, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Here").field(&self.site.place).field(&self.site.tag).finish()
    }
}

impl<A: DynAllocator, M: Allocator + Clone> Layer for Here<'_, A, M> {
    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        self.tracked.take_for(self.site, layout, zeroed)
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.tracked.give_for(self.site, memory, layout) }
    }

    unsafe fn change(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        // SAFETY: the caller's promise.
        unsafe { self.tracked.change_for(self.site, memory, [old, new], change) }
    }
}

by_layer!([A: DynAllocator, M: Allocator + Clone] Here<'_, A, M>);

// SAFETY: all answers are those of the tracked allocator.
unsafe impl<A: DynAllocator, M: Allocator + Clone> DynAllocator for Here<'_, A, M> {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.take(layout, false)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give(memory, layout) }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.tracked.resize_for(self.site, memory, old, new_size) }
    }

    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        // SAFETY: the caller's promise.
        unsafe { self.tracked.usable_size(memory, layout) }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.tracked.owns(address)
    }

    fn capabilities(&self) -> Capabilities {
        self.tracked.capabilities()
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        unsafe { self.tracked.reset(mode) }
    }

    fn stats(&self) -> AllocatorStats {
        self.tracked.stats()
    }
}
