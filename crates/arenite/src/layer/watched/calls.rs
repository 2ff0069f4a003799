//! What a watched allocator does with a request: it asks its keeper.

use super::Watched;
use crate::{
    AllocError, Capabilities, DynAllocator, FreeError, ResetError, ResetMode,
    debug::{Owner, Raw, Refused, Site, Unchanged},
    layer::relay::{Change, take},
};
use core::{alloc::Layout, ptr::NonNull};

/// The allocator below.
impl<A: DynAllocator> Raw for Watched<A> {
    fn owner(&self) -> Owner {
        Owner { name: self.name, tag: self.tag, ..Owner::new("watched", None) }
    }

    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        take(&self.inner, layout, zeroed)
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Option<Layout>) -> Result<(), FreeError> {
        // Every free of this interface has a layout.
        let Some(layout) = layout else { return Ok(()) };
        // SAFETY: the caller's promise.
        unsafe { self.inner.try_deallocate(memory, layout) }
    }

    /// It may hold an address without a block starting there; that it does not is certain.
    fn holds(&self, memory: NonNull<u8>) -> Option<bool> {
        let knows = self.inner.capabilities().contains(Capabilities::OWNS);
        (knows && !self.inner.owns(memory.as_ptr())).then_some(false)
    }

    fn size(&self, _: NonNull<u8>, layout: Option<Layout>) -> usize {
        layout.map_or(0, |layout| layout.size())
    }
}

impl<A: DynAllocator> Watched<A> {
    pub(super) fn take_for(&self, site: Site, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        self.keeper.take(self, site, layout, zeroed)
    }

    pub(super) unsafe fn give_for(&self, site: Site, memory: NonNull<u8>, layout: Layout) -> Result<(), Refused> {
        // SAFETY: the caller's promise.
        unsafe { self.keeper.give(self, site, memory, Some(layout)) }
    }

    pub(super) unsafe fn change_for(
        &self,
        site: Site,
        memory: NonNull<u8>,
        [old, new]: [Layout; 2],
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        // SAFETY: the caller's promise.
        let ask = || unsafe { change.ask(&self.inner, memory, old, new) };
        // SAFETY: the caller's promise.
        let changed = unsafe { self.keeper.change(self, site, memory, (Some(old), new), change.zeroed(), ask) };
        changed.map_err(|unchanged| match unchanged {
            Unchanged::Wrong(_) => allocator_api2::alloc::AllocError,
            Unchanged::Refused(refused) => refused,
        })
    }

    pub(super) unsafe fn resize_for(&self, site: Site, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        let resize = || unsafe { self.inner.resize(memory, old, new_size) };
        // SAFETY: the caller's promise.
        unsafe { self.keeper.resize(self, site, memory, Some(old), new_size, resize) }
    }

    pub(super) unsafe fn reset_for(&self, site: Site, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        self.keeper.reset(self, site, || unsafe { self.inner.reset(mode) })
    }
}
