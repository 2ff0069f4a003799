//! The arena as an allocator of collections, for threads that have no local.

use super::{SharedArena, window::Window};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, ResetError, ResetMode,
    bump::MAX_ALIGN,
    in_place::{InPlace, allocator_in_place, nothing},
};
use core::{
    alloc::Layout,
    ptr::{self, NonNull},
};

allocator_in_place!([] & SharedArena, free);

impl SharedArena {
    /// # Safety
    /// A live block, which is given up.
    unsafe fn free(&self, memory: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        self.with_window(|window| unsafe { window.free(memory, layout.size()) });
    }
}

impl InPlace for &SharedArena {
    fn pointer(&self, address: usize) -> *mut u8 {
        // Exposed when its block was taken.
        ptr::with_exposed_provenance_mut(address)
    }
}

// SAFETY: blocks stay until the arena is reset or dropped, which this reference and its copies prevent; the shared window
// is reached through the lock.
unsafe impl DynAllocator for &SharedArena {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout.align()));
        }
        let fits = layout.align() <= MAX_ALIGN;
        let take = |window: &mut Window| window.take(layout.size(), layout.align());
        let taken = fits.then(|| self.with_window(take)).flatten();
        let memory = match taken {
            Some(memory) => memory,
            None => {
                // Counted as a local, nothing is taken back meanwhile.
                let local = self.local();
                let memory = local.try_alloc_layout(layout)?;
                self.with_window(|window| local.exchange(window));
                memory
            }
        };
        Ok(NonNull::slice_from_raw_parts(memory, layout.size()))
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.with_window(|window| window.resize(memory, old, new_size)) }
    }

    fn owns(&self, address: *const u8) -> bool {
        SharedArena::owns(self, address)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::FREE_LAST
            .with(Capabilities::RESIZE)
            .with(Capabilities::OWNS)
            .with(Capabilities::RESET)
            .with(Capabilities::THREADS)
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        self.start_over(match mode {
            ResetMode::Keep => usize::MAX,
            ResetMode::KeepAtMost(bytes) => bytes,
            ResetMode::GiveBack => 0,
        })
    }

    fn stats(&self) -> AllocatorStats {
        let stats = SharedArena::stats(self);
        AllocatorStats {
            used: Some(stats.used),
            held: Some(stats.held),
            live: None,
            blocks_taken: Some(stats.blocks_taken),
            blocks_returned: Some(stats.blocks_returned),
        }
    }
}
