//! One thread's lists, by themselves.

use super::{class::Class, core::Core, large::LargeBlocks, shard::Shard};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, ResetError, ResetMode,
    in_place::{InPlace, allocator_in_place},
    shared_options::granted,
};
use core::{alloc::Layout, fmt, ptr::NonNull};

/// Lists of [`ThreadBlocks`](super::ThreadBlocks) that are this value's alone: the fastest way to them, for one thread at a
/// time. It may be sent to another. Dropped, it leaves its lists to other threads; its blocks live on.
///
/// ```
/// use allocator_api2::vec::Vec;
/// let blocks = arenite::ThreadBlocks::new();
/// let local = blocks.local();
/// let mut open = Vec::new_in(&local);
/// open.extend(0..100u32);
/// assert_eq!(open.iter().sum::<u32>(), 4950);
/// ```
/// ```compile_fail,E0277
/// let blocks = arenite::ThreadBlocks::new();
/// let local = blocks.local();
/// let layout = std::alloc::Layout::new::<u64>();
/// std::thread::scope(|threads| { threads.spawn(|| { let _ = local.alloc(layout); }); });
/// ```
pub struct LocalBlocks<'a> {
    core: &'a Core,
    shard: NonNull<Shard>,
}

// SAFETY: the shard is this value's alone, wherever it is, and the core is `Sync`.
unsafe impl Send for LocalBlocks<'_> {}

impl<'a> LocalBlocks<'a> {
    pub(super) fn of(core: &'a Core, shard: NonNull<Shard>) -> Self {
        Self { core, shard }
    }

    #[inline(always)]
    fn shard(&self) -> &Shard {
        // SAFETY: a shard lives as long as its core.
        unsafe { self.shard.as_ref() }
    }

    /// A block for a layout, as [`ThreadBlocks::try_alloc`](super::ThreadBlocks::try_alloc).
    ///
    /// # Errors
    /// As there.
    #[inline(always)]
    pub fn try_alloc(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        self.core.alloc(self.shard(), layout)
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

    /// Takes a block back, as [`ThreadBlocks::free`](super::ThreadBlocks::free).
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub unsafe fn free(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.core.free(self.shard(), block, layout) };
    }
}

impl Drop for LocalBlocks<'_> {
    fn drop(&mut self) {
        self.core.retire(self.shard());
    }
}

/// What both forms promise.
pub(super) const PROMISES: Capabilities =
    Capabilities::FREE.with(Capabilities::FREE_LAST).with(Capabilities::RESIZE).with(Capabilities::OWNS);

/// # Safety
/// A live block of this layout.
pub(super) unsafe fn usable(block: NonNull<u8>, layout: Layout) -> usize {
    match Class::of(layout) {
        Some(class) => class.size(),
        None if layout.size() == 0 => 0,
        // SAFETY: it is too large for a list.
        None => unsafe { LargeBlocks::usable(block) },
    }
}

pub(super) fn figures(core: &Core) -> AllocatorStats {
    let stats = core.stats();
    AllocatorStats {
        used: None,
        held: Some(stats.held),
        live: None,
        blocks_taken: Some(stats.blocks_taken),
        blocks_returned: Some(stats.blocks_returned),
    }
}

allocator_in_place!([] &LocalBlocks<'_>, free);

impl InPlace for &LocalBlocks<'_> {
    #[inline(always)]
    fn pointer(&self, address: usize) -> *mut u8 {
        // Exposed when its chunk was taken.
        core::ptr::with_exposed_provenance_mut(address)
    }
}

// SAFETY: a block is the caller's until it is freed; chunks go back only when nothing borrows the allocator.
unsafe impl DynAllocator for &LocalBlocks<'_> {
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
        unsafe { usable(memory, layout) }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.core.owns(address.addr())
    }

    fn capabilities(&self) -> Capabilities {
        PROMISES
    }

    unsafe fn reset(&self, _: ResetMode) -> Result<(), ResetError> {
        Err(ResetError::Unsupported)
    }

    fn stats(&self) -> AllocatorStats {
        figures(self.core)
    }
}

impl fmt::Debug for LocalBlocks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBlocks").field("stats", &self.core.stats()).finish_non_exhaustive()
    }
}
