//! A mutex around an allocator.

use super::relay::{Change, Layer, by_layer, take};
use crate::{AllocError, AllocatorStats, Capabilities, DynAllocator, FreeError, ResetError, ResetMode, sync::Lock};
use core::{alloc::Layout, fmt, ptr::NonNull};

/// Makes an allocator usable from any thread: each call holds a lock.
///
/// What is below must be `Send`, which a reference to an arena is not: [`Shared<Owned<Arena>>`](super::Owned) owns it.
/// What the allocator below calls - a budget's callback, say - must not use this one: it would wait for ever.
///
/// ```
/// use allocator_api2::boxed::Box;
/// use arenite::{Arena, layer::{Owned, Shared}};
/// let memory = Shared::new(Owned::new(Arena::new()));
/// let boxes = std::thread::scope(|threads| {
///     [1, 2, 3].map(|n| threads.spawn({ let memory = &memory; move || Box::new_in(n, memory) }))
///         .map(|thread| thread.join().unwrap())
/// });
/// assert_eq!(boxes.iter().map(|n| **n).sum::<i32>(), 6);
/// ```
/// ```compile_fail
/// let arena = arenite::Arena::new();
/// let memory = arenite::layer::Shared::new(&arena);
/// std::thread::scope(|threads| { threads.spawn(|| &memory); });
/// ```
pub struct Shared<A> {
    inner: Lock<A>,
}

impl<A> Shared<A> {
    /// `inner` behind a lock.
    pub fn new(inner: A) -> Self {
        Self { inner: Lock::new(inner) }
    }
}

impl<A: fmt::Debug> fmt::Debug for Shared<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shared").field(&*self.inner.lock()).finish()
    }
}

impl<A: DynAllocator> Layer for Shared<A> {
    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        take(&*self.inner.lock(), layout, zeroed)
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.inner.lock().try_deallocate(memory, layout) }
    }

    unsafe fn change(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        // SAFETY: the caller's promise.
        unsafe { change.ask(&*self.inner.lock(), memory, old, new) }
    }
}

by_layer!([A: DynAllocator] Shared<A>);

// SAFETY: all answers are those of the allocator below.
unsafe impl<A: DynAllocator> DynAllocator for Shared<A> {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.take(layout, false)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give(memory, layout) }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.inner.lock().resize(memory, old, new_size) }
    }

    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        // SAFETY: the caller's promise.
        unsafe { self.inner.lock().usable_size(memory, layout) }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.inner.lock().owns(address)
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.lock().capabilities() | Capabilities::THREADS
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        unsafe { self.inner.lock().reset(mode) }
    }

    fn stats(&self) -> AllocatorStats {
        self.inner.lock().stats()
    }
}
