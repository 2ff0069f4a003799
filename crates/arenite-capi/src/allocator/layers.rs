//! Allocators over allocators.

use super::{
    AllocatorPtr, Named, insert,
    simple::{By, Simple},
};
use crate::{
    border::enter,
    error::{Code, Noted, note},
    given::{self, null, small_change},
};
use arenite_lib::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, FreeError, ResetError, ResetMode,
    context::CountedAlloc,
    layer::{Failing, Fallback, Limited, Segregated, Shared, Tracked, Watched},
};
use std::{
    alloc::Layout,
    ffi::c_char,
    ptr::{NonNull, null_mut},
};

/// A layer over one allocator.
fn over<D>(
    call: &'static str,
    inner: AllocatorPtr,
    layer: impl FnOnce(CountedAlloc) -> Result<D, Noted>,
) -> AllocatorPtr
where
    D: DynAllocator + Send + Sync + 'static,
{
    enter(call, null_mut(), || {
        let inner = Named::find(inner)?.memory.clone();
        small_change()?;
        insert(layer(inner)?)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_limited(inner: AllocatorPtr, bytes: usize) -> AllocatorPtr {
    over("arenite_allocator_limited", inner, |inner| Ok(Limited::new(inner, bytes)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_tracked(inner: AllocatorPtr) -> AllocatorPtr {
    over("arenite_allocator_tracked", inner, |inner| Ok(Tracked::new(inner)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_shared(inner: AllocatorPtr) -> AllocatorPtr {
    over("arenite_allocator_shared", inner, |inner| Ok(Shared::new(inner)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_failing_nth(inner: AllocatorPtr, n: u64) -> AllocatorPtr {
    over("arenite_allocator_failing_nth", inner, |inner| match n {
        0 => Err(note(Code::BadArgument, format_args!("requests are counted from 1"))),
        n => Ok(Failing::new(inner).nth(n)),
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_failing_after(inner: AllocatorPtr, n: u64) -> AllocatorPtr {
    over("arenite_allocator_failing_after", inner, |inner| Ok(Failing::new(inner).after(n)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_failing_random(inner: AllocatorPtr, seed: u64, one_in: u64) -> AllocatorPtr {
    over("arenite_allocator_failing_random", inner, |inner| match one_in {
        0 => Err(note(Code::BadArgument, format_args!("one request in 0 is none; pass 1 or more"))),
        one_in => Ok(Failing::new(inner).random(seed, one_in)),
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_fallback(first: AllocatorPtr, second: AllocatorPtr) -> AllocatorPtr {
    over("arenite_allocator_fallback", first, |first| {
        let second = Named::find(second)?.memory.clone();
        Fallback::try_new(first, second).map_err(|refused| note(Code::Unsupported, format_args!("{refused}")))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_segregated(
    small_up_to: usize,
    small: AllocatorPtr,
    large: AllocatorPtr,
) -> AllocatorPtr {
    over("arenite_allocator_segregated", small, |small| {
        let large = Named::find(large)?.memory.clone();
        Ok(Segregated::with_align(small_up_to, 16, small, large))
    })
}

/// A watched allocator that says where C calls from.
struct WatchedHere(Watched<CountedAlloc>);

impl Simple for WatchedHere {
    fn take(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        self.0.here().try_allocate(layout).map(NonNull::cast)
    }

    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.0.here().try_deallocate(block, layout) }
    }

    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.0.here().resize(block, old, size) }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.0.owns(address)
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        unsafe { self.0.here().reset(mode) }
    }

    fn stats(&self) -> AllocatorStats {
        self.0.stats()
    }
}

/// # Safety
/// `name` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_allocator_watched(inner: AllocatorPtr, name: *const c_char) -> AllocatorPtr {
    over("arenite_allocator_watched", inner, |inner| {
        // SAFETY: the caller's promise.
        let name = unsafe { given::name(name) }?.ok_or_else(|| null("a name"))?;
        Ok(By(WatchedHere(Watched::new(inner).name(&name).report_leaks())))
    })
}
