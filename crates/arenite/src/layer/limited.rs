//! A limit on bytes.

use super::relay::{Change, Layer, by_layer, refusal, resized, take};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, ErrorKind, FreeError, ResetError, ResetMode,
    sync::{AtomicUsize, Ordering},
};
use core::{alloc::Layout, ptr::NonNull};

/// Refuses what would bring the bytes in use above a limit.
///
/// Counted are the bytes asked for, exactly: what the allocator below rounds them up to is its own affair. A free gives
/// them back, also where the allocator below cannot use the memory again. A block that grows needs only the difference,
/// even while it is moved. One atomic operation for each call.
///
/// ```
/// use arenite::{Arena, DynAllocator, ErrorKind, layer::Limited};
/// let arena = Arena::new();
/// let memory = Limited::new(&arena, 1000);
/// let of = |bytes| std::alloc::Layout::array::<u8>(bytes).unwrap();
/// assert!(memory.try_allocate(of(900)).is_ok());
/// let refused = memory.try_allocate(of(101)).unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::LimitExceeded { limit: 1000, allocated: 900 });
/// assert_eq!((memory.used(), memory.left()), (900, 100));
/// ```
#[derive(Debug)]
pub struct Limited<A> {
    inner: A,
    limit: AtomicUsize,
    used: AtomicUsize,
    live: AtomicUsize,
    high_water: AtomicUsize,
}

impl<A> Limited<A> {
    /// At most `limit` bytes of `inner`.
    pub fn new(inner: A, limit: usize) -> Self {
        Self {
            inner,
            limit: AtomicUsize::new(limit),
            used: AtomicUsize::new(0),
            live: AtomicUsize::new(0),
            high_water: AtomicUsize::new(0),
        }
    }

    /// The limit, in bytes.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// Changes the limit. What is in use stays, even above a new limit.
    pub fn set_limit(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::Relaxed);
    }

    /// Bytes of live blocks, as asked for.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Bytes that may still be asked for.
    #[must_use]
    pub fn left(&self) -> usize {
        self.limit().saturating_sub(self.used())
    }

    /// The most bytes that ever were in use at once.
    #[must_use]
    pub fn high_water(&self) -> usize {
        self.high_water.load(Ordering::Relaxed)
    }

    /// Counts `bytes` more and answers with the sum, or says how many are in use. Relaxed, as everywhere in this file: the
    /// figures guard no memory; each change is one atomic operation, which keeps them exact.
    fn charge(&self, bytes: usize) -> Result<usize, usize> {
        let mut used = self.used();
        loop {
            let wanted = used.checked_add(bytes).filter(|wanted| bytes == 0 || *wanted <= self.limit()).ok_or(used)?;
            match self.used.compare_exchange_weak(used, wanted, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(wanted),
                Err(now) => used = now,
            }
        }
    }

    /// Notes what is in use, when the allocator below has served the request too.
    fn note(&self, used: usize) {
        self.high_water.fetch_max(used, Ordering::Relaxed);
    }

    /// Stops at 0: a block that came from the allocator below by another way may be freed through this one.
    fn refund(&self, bytes: usize) {
        decrease(&self.used, bytes);
    }
}

fn decrease(figure: &AtomicUsize, by: usize) {
    let mut now = figure.load(Ordering::Relaxed);
    while let Err(other) =
        figure.compare_exchange_weak(now, now.saturating_sub(by), Ordering::Relaxed, Ordering::Relaxed)
    {
        now = other;
    }
}

impl<A: DynAllocator> Layer for Limited<A> {
    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        let used = self
            .charge(layout.size())
            .map_err(|allocated| refusal(ErrorKind::LimitExceeded { limit: self.limit(), allocated }, layout))?;
        let block = take(&self.inner, layout, zeroed).inspect_err(|_| self.refund(layout.size()))?;
        self.note(used);
        self.live.fetch_add(usize::from(layout.size() > 0), Ordering::Relaxed);
        Ok(block)
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.inner.try_deallocate(memory, layout)? };
        self.refund(layout.size());
        decrease(&self.live, usize::from(layout.size() > 0));
        Ok(())
    }

    unsafe fn change(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        let more = new.size().saturating_sub(old.size());
        let used = self.charge(more).map_err(|_| allocator_api2::alloc::AllocError)?;
        // SAFETY: the caller's promise.
        let block = unsafe { change.ask(&self.inner, memory, old, new) }.inspect_err(|_| self.refund(more))?;
        self.note(used);
        self.refund(old.size().saturating_sub(new.size()));
        match (old.size(), new.size()) {
            (0, 1..) => _ = self.live.fetch_add(1, Ordering::Relaxed),
            (1.., 0) => decrease(&self.live, 1),
            _ => {}
        }
        Ok(block)
    }
}

by_layer!([A: DynAllocator] Limited<A>);

// SAFETY: all answers are those of the allocator below.
unsafe impl<A: DynAllocator> DynAllocator for Limited<A> {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.take(layout, false)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give(memory, layout) }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        let new = resized(old, new_size);
        let more = new.size().saturating_sub(old.size());
        let Ok(used) = self.charge(more) else { return false };
        // SAFETY: the caller's promise.
        let done = unsafe { self.inner.resize(memory, old, new_size) };
        if done {
            self.note(used);
        }
        self.refund(if done { old.size().saturating_sub(new_size) } else { more });
        done
    }

    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        // SAFETY: the caller's promise.
        unsafe { self.inner.usable_size(memory, layout) }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.inner.owns(address)
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities() | Capabilities::BOUNDED | Capabilities::COUNTS
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        unsafe { self.inner.reset(mode)? };
        self.used.store(0, Ordering::Relaxed);
        self.live.store(0, Ordering::Relaxed);
        Ok(())
    }

    fn stats(&self) -> AllocatorStats {
        AllocatorStats { live: Some(self.live.load(Ordering::Relaxed)), ..self.inner.stats() }
    }
}
