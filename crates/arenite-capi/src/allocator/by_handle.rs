//! Arenas, heaps and pools of C, as allocators by their handles: each call looks the handle up, so that one that was destroyed is
//! refused here as it is everywhere.

use super::{
    AllocatorPtr, insert_direct, refused,
    simple::{By, Simple, explain},
};
use crate::{
    border::enter,
    context::{Direct, note_heap},
    error::Noted,
    handle::Handle,
    heap, pool, slots,
};
use arenite_lib::{
    AllocError, AllocatorStats, Arena, Capabilities, DynAllocator, FreeError, FreeErrorKind, Heap, NodeId, ResetError,
    ResetMode,
};
use std::{
    alloc::Layout,
    ffi::c_void,
    ptr::{NonNull, null_mut},
};

/// Finds what a handle stands for.
trait Lookup: Send + Sync {
    const PROMISES: Capabilities;
    /// As errors call it.
    const NAME: &'static str;

    fn with<T>(handle: Handle, run: impl FnOnce(&dyn DynAllocator) -> T) -> Result<T, Noted>;

    fn take(handle: Handle, layout: Layout) -> Result<Result<NonNull<u8>, AllocError>, Noted> {
        Self::with(handle, |memory| memory.try_allocate(layout).map(NonNull::cast))
    }

    /// # Safety
    /// As [`Simple::give`].
    unsafe fn give(handle: Handle, block: NonNull<u8>, layout: Layout) -> Result<Result<(), FreeError>, Noted> {
        // SAFETY: the caller's promise.
        Self::with(handle, |memory| unsafe { memory.try_deallocate(block, layout) })
    }

    /// # Safety
    /// As [`Simple::resize`].
    unsafe fn resize(handle: Handle, block: NonNull<u8>, old: Layout, size: usize) -> Result<bool, Noted> {
        // SAFETY: the caller's promise.
        Self::with(handle, |memory| unsafe { memory.resize(block, old, size) })
    }

    /// As fast paths ask it, if there are some for it; heard of when C names it.
    fn direct(_: Handle) -> Result<Option<Direct>, Noted> {
        Ok(None)
    }
}

struct Arenas;
struct Heaps;

impl Lookup for Arenas {
    const PROMISES: Capabilities =
        Capabilities::FREE_LAST.with(Capabilities::RESIZE).with(Capabilities::OWNS).with(Capabilities::RESET);
    const NAME: &'static str = "an arena";

    fn with<T>(handle: Handle, run: impl FnOnce(&dyn DynAllocator) -> T) -> Result<T, Noted> {
        let arena: &Arena = slots::find(handle)?;
        Ok(run(&arena))
    }

    // In grains, as all of C's arenas: what they serve next has to lie at a multiple of 16 too.
    fn take(handle: Handle, layout: Layout) -> Result<Result<NonNull<u8>, AllocError>, Noted> {
        Ok(slots::find(handle)?.try_alloc_grains(layout.size(), layout.align()))
    }

    unsafe fn give(handle: Handle, block: NonNull<u8>, layout: Layout) -> Result<Result<(), FreeError>, Noted> {
        // SAFETY: the caller's promise. What is not the last stays until the arena goes back.
        let _ = unsafe { slots::find(handle)?.free_grains(block, layout.size()) };
        Ok(Ok(()))
    }

    unsafe fn resize(handle: Handle, block: NonNull<u8>, old: Layout, size: usize) -> Result<bool, Noted> {
        // SAFETY: the caller's promise.
        Ok(unsafe { slots::find(handle)?.resize_grains(block, old.size(), size) })
    }

    fn direct(handle: Handle) -> Result<Option<Direct>, Noted> {
        Ok(Some(Direct::Arena(handle)))
    }
}

impl Lookup for Heaps {
    const PROMISES: Capabilities = Capabilities::FREE
        .with(Capabilities::FREE_LAST)
        .with(Capabilities::OWNS)
        .with(Capabilities::FINDS_DOUBLE_FREE)
        .with(Capabilities::FINDS_FOREIGN_FREE)
        .with(Capabilities::THREADS)
        .with(Capabilities::COUNTS);
    const NAME: &'static str = "a heap";

    fn with<T>(handle: Handle, run: impl FnOnce(&dyn DynAllocator) -> T) -> Result<T, Noted> {
        let heap: &Heap = heap::shared(handle)?;
        Ok(run(&heap))
    }

    fn direct(handle: Handle) -> Result<Option<Direct>, Noted> {
        note_heap(handle).map(|()| Some(Direct::Heap(handle)))
    }
}

struct Pools;

impl Lookup for Pools {
    const PROMISES: Capabilities = Capabilities::FREE
        .with(Capabilities::FREE_LAST)
        .with(Capabilities::RESIZE)
        .with(Capabilities::OWNS)
        .with(Capabilities::RESET)
        .with(Capabilities::FINDS_DOUBLE_FREE)
        .with(Capabilities::FINDS_FOREIGN_FREE)
        .with(Capabilities::COUNTS)
        .with(Capabilities::ONE_SIZE);
    const NAME: &'static str = "a pool of blocks";

    fn with<T>(handle: Handle, run: impl FnOnce(&dyn DynAllocator) -> T) -> Result<T, Noted> {
        pool::as_allocator(handle.to_c(), run)
    }
}

struct ByHandle<L>(Handle, std::marker::PhantomData<L>);

impl<L: Lookup> Simple for ByHandle<L> {
    fn take(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        match L::take(self.0, layout) {
            Ok(answer) => answer,
            Err(noted) => Err(explain(noted, refused(layout))),
        }
    }

    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        match unsafe { L::give(self.0, block, layout) } {
            Ok(answer) => answer,
            Err(noted) => {
                let gone = FreeError::new(FreeErrorKind::Foreign, block.addr().get(), L::NAME, NodeId::ANONYMOUS);
                Err(explain(noted, gone))
            }
        }
    }

    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { L::resize(self.0, block, old, size) }.unwrap_or(false)
    }

    fn owns(&self, address: *const u8) -> bool {
        L::with(self.0, |memory| memory.owns(address)).unwrap_or(false)
    }

    fn capabilities(&self) -> Capabilities {
        L::PROMISES
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        match L::with(self.0, |memory| unsafe { memory.reset(mode) }) {
            Ok(answer) => answer,
            Err(noted) => Err(explain(noted, ResetError::Unsupported)),
        }
    }

    fn stats(&self) -> AllocatorStats {
        L::with(self.0, |memory| memory.stats()).unwrap_or_default()
    }
}

fn name<L: Lookup + 'static>(call: &'static str, handle: *mut c_void) -> AllocatorPtr {
    enter(call, null_mut(), || {
        let handle = Handle::from_c(handle);
        L::with(handle, |_| ())?;
        insert_direct(By(ByHandle::<L>(handle, std::marker::PhantomData)), L::direct(handle)?)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_of_arena(arena: *mut c_void) -> AllocatorPtr {
    name::<Arenas>("arenite_allocator_of_arena", arena)
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_of_heap(heap: *mut c_void) -> AllocatorPtr {
    name::<Heaps>("arenite_allocator_of_heap", heap)
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_of_pool(pool: *mut c_void) -> AllocatorPtr {
    name::<Pools>("arenite_allocator_of_pool", pool)
}
