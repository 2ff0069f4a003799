//! The allocator.

use super::{LiveCount, LocalBlocks, ThreadBlocksStats, class::Class, core::Core, shard::Shard, threads};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, ResetError, ResetMode, SharedOptions,
    in_place::{InPlace, allocator_in_place},
    node::Node,
    shared_options::granted,
    source::{SourceRef, Vm},
    supply::Supply,
};
use alloc::sync::Arc;
use core::{alloc::Layout, fmt, ptr::NonNull};

/// Blocks freed one by one, by any thread, with the size said: each thread has free lists of its own, for 32 size classes
/// from 16 B to 4 KiB, and takes no lock and makes no locked instruction on its own blocks.
///
/// A block that another thread frees goes back to the thread that took it, in batches. A thread that ends leaves its lists
/// to others. Larger blocks come from the source one by one. Memory is held in chunks of 64 KiB, given back when this is
/// cleared or dropped.
///
/// For the allocator of collections use a reference to it; for the utmost speed a [`local`](Self::local) of the thread's.
/// Nothing is checked: what is freed has to be a live block with its layout, as [`Allocator`] demands. (Builds with debug
/// assertions notice the block of another instance.)
///
/// [`Allocator`]: allocator_api2::alloc::Allocator
///
/// ```
/// use allocator_api2::boxed::Box;
/// use arenite::ThreadBlocks;
/// static BLOCKS: std::sync::LazyLock<ThreadBlocks> = std::sync::LazyLock::new(ThreadBlocks::new);
///
/// let made = Box::new_in([1u8; 100], &*BLOCKS);
/// // Freed by another thread: the block goes home.
/// let sum = std::thread::spawn(move || made.iter().map(|&n| u32::from(n)).sum::<u32>()).join().unwrap();
/// assert_eq!(sum, 100);
/// ```
pub struct ThreadBlocks {
    /// The core's, here for the way to a thread's lists: that needs no look at the core.
    id: u64,
    pub(super) core: Arc<Core>,
}

impl ThreadBlocks {
    /// An allocator with chunks from the system's pages. It takes the first when a thread first allocates.
    #[must_use]
    pub fn new() -> Self {
        SharedOptions::new().build_thread_blocks()
    }

    pub(crate) fn on(supply: Supply) -> Self {
        let core = Arc::new(Core::new(supply));
        Self { id: core.id, core }
    }

    /// Lists for the calling thread, without the way through a thread-local.
    ///
    /// # Panics
    /// As [`try_local`](Self::try_local) refuses.
    #[must_use]
    #[track_caller]
    pub fn local(&self) -> LocalBlocks<'_> {
        granted(self.try_local())
    }

    /// As [`local`](Self::local). O(1).
    ///
    /// # Errors
    /// No ended thread or local has left its lists, and a chunk of 64 KiB is refused: by the source, the limit or a budget.
    pub fn try_local(&self) -> Result<LocalBlocks<'_>, AllocError> {
        let shard = self.core.acquire().map_err(|kind| self.core.refused(kind, super::chunk::LAYOUT))?;
        let local = LocalBlocks::of(&self.core, shard);
        self.core.supply.report();
        Ok(local)
    }

    /// A block for a layout, at an alignment of up to 2 MiB, uninitialised. O(1), apart from taking back what other threads
    /// freed.
    ///
    /// # Errors
    /// A new chunk (or large block) is refused: by the source, the limit or a budget; or the alignment is too large.
    #[inline(always)]
    pub fn try_alloc(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        // Not for those that need no lists: what is refused then leaves none behind.
        let Some(class) = Class::of(layout) else { return self.core.alloc_large(layout) };
        match self.recent().and_then(|shard| shard.pop(class)) {
            Some(block) => Ok(block),
            None => self.alloc_cold(class, layout),
        }
    }

    /// The calling thread's lists, if these are the last ones that it used.
    #[inline(always)]
    pub(super) fn recent(&self) -> Option<&Shard> {
        // SAFETY: the number of a core that lives as long as this borrow.
        unsafe { threads::recent(self.id) }
    }

    /// A block for a thread whose lists have to be found or made, or whose list is empty.
    #[cold]
    #[inline(never)]
    fn alloc_cold(&self, class: Class, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        let work = |shard: &Shard| self.core.alloc_cold(shard, class, layout);
        match self.recent() {
            Some(shard) => work(shard),
            None => {
                let found = threads::with_shard(&self.core, work);
                found.unwrap_or_else(|kind| Err(self.core.refused(kind, layout)))
            }
        }
    }

    /// As [`try_alloc`](Self::try_alloc).
    ///
    /// # Panics
    /// As that refuses.
    #[inline(always)]
    #[must_use]
    #[track_caller]
    pub fn alloc(&self, layout: Layout) -> NonNull<u8> {
        granted(self.try_alloc(layout))
    }

    /// Takes a block back. O(1). A thread that has no lists yet, and gets none, sends the block home by itself.
    ///
    /// # Safety
    /// `block` was handed out by this allocator or a local of it, for this layout (or resized to it), was not freed since,
    /// and nobody uses it any more.
    #[inline(always)]
    pub unsafe fn free(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe {
            match Class::of(layout) {
                Some(class) => {
                    self.core.check(block);
                    match self.recent() {
                        Some(shard) => shard.free(block, class),
                        None => self.free_cold(block, class),
                    }
                }
                None => self.core.free_large(block, layout.size()),
            }
        }
    }

    /// # Safety
    /// As `free`, of a block of this class.
    #[cold]
    #[inline(never)]
    unsafe fn free_cold(&self, block: NonNull<u8>, class: Class) {
        // SAFETY: the caller's promise; freed here or there, as `with_shard` calls its closure or refuses.
        unsafe {
            if threads::with_shard(&self.core, |shard| shard.free(block, class)).is_err() {
                Shard::send_home(block, class);
            }
        }
    }

    /// Takes back every block, and gives the memory back to the source, apart from the first chunk of each set of lists.
    /// O(chunks x lists).
    pub fn clear(&mut self) {
        // SAFETY: nothing borrows the allocator, so no block of it is in use, nor any thread in it.
        unsafe { self.core.clear() };
    }

    /// What is live. Exact. O(free blocks).
    #[must_use]
    pub fn live(&mut self) -> LiveCount {
        // SAFETY: nothing borrows the allocator, so no thread is in it.
        unsafe { self.core.live() }
    }

    /// The figures, as of now. O(lists).
    #[must_use]
    pub fn stats(&self) -> ThreadBlocksStats {
        self.core.stats()
    }

    /// The node that pays for the memory.
    #[must_use]
    pub fn node(&self) -> Option<&Node> {
        self.core.supply.node()
    }
}

impl Default for ThreadBlocks {
    fn default() -> Self {
        Self::new()
    }
}

impl SharedOptions {
    /// Makes thread blocks, from the system's pages unless a source was given. They take their first chunk when a thread
    /// first allocates.
    #[must_use]
    pub fn build_thread_blocks(self) -> ThreadBlocks {
        static PAGES: Vm = Vm::new();
        let supply = self.supply_or(|| Some(SourceRef::Static(&PAGES)));
        // The source is there, and nothing else is refused.
        ThreadBlocks::on(granted(supply))
    }
}

allocator_in_place!([] & ThreadBlocks, free);

impl InPlace for &ThreadBlocks {
    #[inline(always)]
    fn pointer(&self, address: usize) -> *mut u8 {
        // Exposed when its chunk was taken.
        core::ptr::with_exposed_provenance_mut(address)
    }
}

// SAFETY: a block is the caller's until it is freed; chunks go back only when nothing borrows the allocator. Any thread may
// free it: to lists of its own or, through an outbox, to those of another.
unsafe impl DynAllocator for &ThreadBlocks {
    #[inline(always)]
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let block = self.try_alloc(layout)?;
        Ok(NonNull::slice_from_raw_parts(block, layout.size()))
    }

    #[inline]
    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.core.resize(memory, old, new_size) }
    }

    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        // SAFETY: the caller's promise.
        unsafe { super::local::usable(memory, layout) }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.core.owns(address.addr())
    }

    fn capabilities(&self) -> Capabilities {
        super::local::PROMISES.with(Capabilities::THREADS)
    }

    unsafe fn reset(&self, _: ResetMode) -> Result<(), ResetError> {
        Err(ResetError::Unsupported)
    }

    fn stats(&self) -> AllocatorStats {
        super::local::figures(&self.core)
    }
}

impl fmt::Debug for ThreadBlocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadBlocks").field("node", &self.node()).field("stats", &self.stats()).finish_non_exhaustive()
    }
}
