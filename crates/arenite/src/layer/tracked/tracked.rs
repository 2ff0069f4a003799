//! The tracked allocator.

use super::{
    Allocation, Freed, Here, Leaks,
    ledger::{Ledger, Site},
};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, ErrorKind, FreeError, ResetError, ResetMode, Tag,
    debug::Metadata,
    layer::relay::{Change, Layer, by_layer, refusal, resized, take},
    sync::Lock,
};
use allocator_api2::{alloc::Allocator, vec::Vec};
use core::{alloc::Layout, fmt, panic::Location, ptr::NonNull};

/// Knows every live block with its size, number, tag and place; refuses wrong frees, lists what is still live.
///
/// `Allocator` does not tell where it is called from, so a place is where [`here`](Self::here) was called: it gives an
/// allocator that stamps its blocks with that place. Blocks taken from the `Tracked` itself have none.
///
/// A free of anything but the start of a live block, with the size that it was asked with, is refused: double free,
/// foreign free, interior pointer, wrong size. The last 256 freed blocks are remembered, to tell a double free from a
/// foreign one and [where it was freed first](Self::freed).
///
/// The books lie in the C heap, or where [`with_metadata_in`](Self::with_metadata_in) says: never in the memory that is
/// tracked. Each call holds a lock and costs a probe of a hash table; blocks of no bytes are not tracked. What the
/// allocator below calls - a budget's callback, say - must not use this one: it would wait for ever.
///
/// ```
/// use allocator_api2::{boxed::Box, vec::Vec};
/// use arenite::{Arena, Tag, layer::Tracked};
/// let arena = Arena::new();
/// let memory = Tracked::new(&arena);
/// let sounds = memory.here().tag(Tag::AUDIO);
/// let _kept = Box::new_in([0u8; 100], sounds);
/// drop(Vec::<u64, _>::with_capacity_in(8, memory.here()));
///
/// let leaks = memory.leaks();
/// assert_eq!((leaks.len(), leaks[0].bytes, leaks[0].tag), (1, 100, Some(Tag::AUDIO)));
/// assert_eq!(leaks[0].place.unwrap().file(), file!());
/// println!("{leaks}");
/// ```
pub struct Tracked<A, M: Allocator = Metadata> {
    pub(super) inner: A,
    tag: Option<Tag>,
    ledger: Lock<Ledger<M>>,
}

impl<A> Tracked<A> {
    /// `inner`, with the books in the C heap.
    #[must_use]
    pub fn new(inner: A) -> Self {
        Self::with_metadata_in(inner, Metadata)
    }
}

impl<A, M: Allocator + Clone> Tracked<A, M> {
    /// `inner`, with the books in `metadata`. That can be the allocator below, if it is thought to be sound.
    #[must_use]
    pub fn with_metadata_in(inner: A, metadata: M) -> Self {
        Self { inner, tag: None, ledger: Lock::new(Ledger::new(metadata)) }
    }

    /// Labels blocks for which no other tag is given.
    #[must_use]
    pub fn tag(self, tag: Tag) -> Self {
        Self { tag: Some(tag), ..self }
    }

    /// This allocator on behalf of the caller's place: its blocks remember that. What was allocated through one can be
    /// freed through any other, or by the allocator itself.
    #[must_use]
    #[track_caller]
    pub fn here(&self) -> Here<'_, A, M> {
        Here::new(self, Site { place: Some(Location::caller()), ..self.anonymous() })
    }

    pub(super) fn anonymous(&self) -> Site {
        Site { tag: self.tag, place: None }
    }

    /// Live blocks. O(1).
    #[must_use]
    pub fn len(&self) -> usize {
        self.ledger.lock().len()
    }

    /// Whether nothing is live. O(1).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of live blocks, as asked for. O(1).
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.ledger.lock().bytes()
    }

    /// The most bytes that ever were live at once. O(1).
    #[must_use]
    pub fn high_water(&self) -> usize {
        self.ledger.lock().high_water()
    }

    /// The live block that an address lies in. O(1) for the start of a block, O(live blocks) otherwise.
    #[must_use]
    pub fn find(&self, address: *const u8) -> Option<Allocation> {
        self.ledger.lock().find(address.addr()).copied()
    }

    /// What is known of the block that started there and was freed last: of the last 256 freed.
    #[must_use]
    pub fn freed(&self, address: *const u8) -> Option<Freed> {
        self.ledger.lock().freed(address.addr()).copied()
    }

    /// The live blocks, oldest first, copied out into the memory of the books. O(n log n).
    ///
    /// # Panics
    /// When that has no memory left.
    #[must_use]
    pub fn live(&self) -> Vec<Allocation, M> {
        let ledger = self.ledger.lock();
        let mut live = Vec::new_in(ledger.metadata());
        live.extend(ledger.iter().copied());
        drop(ledger);
        live.sort_unstable_by_key(|allocation| allocation.number);
        live
    }

    /// The live blocks by place and tag: at the end of what they were for, these are leaks. O(n log n).
    ///
    /// # Panics
    /// As [`live`](Self::live).
    #[must_use]
    pub fn leaks(&self) -> Leaks<M> {
        Leaks::of(self.live())
    }
}

/// The calls on behalf of a site. The books and the allocator below change under one lock: a freed block cannot be handed
/// out to another thread before it is struck.
impl<A: DynAllocator, M: Allocator + Clone> Tracked<A, M> {
    pub(super) fn take_for(&self, site: Site, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return take(&self.inner, layout, zeroed);
        }
        let mut ledger = self.ledger.lock();
        if !ledger.reserve() {
            return Err(refusal(ErrorKind::OutOfMemory, layout));
        }
        let block = take(&self.inner, layout, zeroed)?;
        ledger.enter(block.cast::<u8>().addr().get(), layout, site);
        Ok(block)
    }

    pub(super) unsafe fn give_for(&self, site: Site, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        if layout.size() == 0 {
            // SAFETY: the caller's promise.
            return unsafe { self.inner.try_deallocate(memory, layout) };
        }
        let mut ledger = self.ledger.lock();
        let live = ledger.check(memory.addr().get(), layout)?;
        // SAFETY: a live block, with its layout.
        unsafe { self.inner.try_deallocate(memory, live.layout)? };
        ledger.strike(live.address, site);
        Ok(())
    }

    pub(super) unsafe fn change_for(
        &self,
        site: Site,
        memory: NonNull<u8>,
        [old, new]: [Layout; 2],
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        let from = memory.addr().get();
        let mut ledger = self.ledger.lock();
        if old.size() == 0 && new.size() > 0 && !ledger.reserve() {
            return Err(allocator_api2::alloc::AllocError);
        }
        let fault = if old.size() == 0 { None } else { ledger.check(from, old).err() };
        if let Some(fault) = fault {
            drop(ledger);
            fault.panic()
        }
        // SAFETY: the caller's promise, and a live block.
        let block = unsafe { change.ask(&self.inner, memory, old, new)? };
        let to = block.cast::<u8>().addr().get();
        match (old.size(), new.size()) {
            (0, 0) => {}
            (0, _) => ledger.enter(to, new, site),
            (_, 0) => ledger.strike(from, site),
            _ => ledger.change(from, to, new, site),
        }
        Ok(block)
    }

    pub(super) unsafe fn resize_for(&self, site: Site, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        let mut ledger = self.ledger.lock();
        let from = memory.addr().get();
        if ledger.check(from, old).is_err() {
            return false;
        }
        // SAFETY: the caller's promise, and a live block.
        let done = unsafe { self.inner.resize(memory, old, new_size) };
        if done {
            ledger.change(from, from, resized(old, new_size), site);
        }
        done
    }
}

impl<A: DynAllocator, M: Allocator + Clone> Layer for Tracked<A, M> {
    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        self.take_for(self.anonymous(), layout, zeroed)
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give_for(self.anonymous(), memory, layout) }
    }

    unsafe fn change(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        // SAFETY: the caller's promise.
        unsafe { self.change_for(self.anonymous(), memory, [old, new], change) }
    }
}

by_layer!([A: DynAllocator, M: Allocator + Clone] Tracked<A, M>);

// SAFETY: all answers are those of the allocator below, or of the books, which hold every live block.
unsafe impl<A: DynAllocator, M: Allocator + Clone> DynAllocator for Tracked<A, M> {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.take(layout, false)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give(memory, layout) }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.resize_for(self.anonymous(), memory, old, new_size) }
    }

    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        // SAFETY: the caller's promise.
        unsafe { self.inner.usable_size(memory, layout) }
    }

    /// Whether a live block holds the address. O(1) for the start of a block, O(live blocks) otherwise.
    fn owns(&self, address: *const u8) -> bool {
        self.find(address).is_some()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
            | Capabilities::OWNS
            | Capabilities::COUNTS
            | Capabilities::FINDS_DOUBLE_FREE
            | Capabilities::FINDS_FOREIGN_FREE
            | Capabilities::FINDS_WRONG_SIZE
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        let mut ledger = self.ledger.lock();
        // SAFETY: the caller's promise.
        unsafe { self.inner.reset(mode)? };
        ledger.clear();
        Ok(())
    }

    fn stats(&self) -> AllocatorStats {
        let ledger = self.ledger.lock();
        let below = self.inner.stats();
        AllocatorStats { live: Some(ledger.len()), used: below.used.or(Some(ledger.bytes())), ..below }
    }
}

impl<A: fmt::Debug, M: Allocator + Clone> fmt::Debug for Tracked<A, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (live, bytes) = (self.len(), self.bytes());
        f.debug_struct("Tracked").field("inner", &self.inner).field("live", &live).field("bytes", &bytes).finish()
    }
}
