//! The process's heap, counted.
//!
//! Every block that Rust code asks of the global allocator passes here. Arenas take their blocks straight from the C
//! heap or the kernel, so those are not among the figures: ask the arenas.
//!
//! Counting costs some atomic additions for each block. Where speed is measured it is [`paused`].

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
};

/// `std::alloc::System`, with counters beside it.
pub(crate) struct CountingHeap;

// All relaxed: each counter is read for itself, by the thread that did the work.
static PAUSED: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static REALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static FREES: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HeapFigures {
    /// Blocks asked for.
    pub(crate) allocations: u64,
    /// Blocks made larger or smaller.
    pub(crate) reallocations: u64,
    /// Blocks given back.
    pub(crate) frees: u64,
    /// Bytes asked for and not given back.
    pub(crate) live: usize,
}

impl HeapFigures {
    /// The counters now. Makes no heap call itself.
    pub(crate) fn now() -> Self {
        Self {
            allocations: ALLOCATIONS.load(Relaxed),
            reallocations: REALLOCATIONS.load(Relaxed),
            frees: FREES.load(Relaxed),
            live: LIVE.load(Relaxed),
        }
    }

    /// Calls of every kind.
    pub(crate) fn calls(&self) -> u64 {
        self.allocations + self.reallocations + self.frees
    }
}

/// The most bytes that were live since [`restart_peak`].
pub(crate) fn peak() -> usize {
    PEAK.load(Relaxed)
}

/// Lets the peak start over from what is live now.
pub(crate) fn restart_peak() {
    PEAK.store(LIVE.load(Relaxed), Relaxed);
}

/// Runs `work` uncounted. It must free all that it allocates, and nothing older: `live` would be wrong for ever.
pub(crate) fn paused<R: Copy>(work: impl FnOnce() -> R) -> R {
    PAUSED.store(true, Relaxed);
    let result = work();
    PAUSED.store(false, Relaxed);
    result
}

fn count(calls: &AtomicU64, before: usize, after: usize) {
    if PAUSED.load(Relaxed) {
        return;
    }
    calls.fetch_add(1, Relaxed);
    let change = after.wrapping_sub(before);
    let live = LIVE.fetch_add(change, Relaxed).wrapping_add(change);
    if after > before {
        PEAK.fetch_max(live, Relaxed);
    }
}

// SAFETY: every call is passed on to `System` as it came; the counters touch no block.
unsafe impl GlobalAlloc for CountingHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(&ALLOCATIONS, 0, layout.size());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(&ALLOCATIONS, 0, layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(&FREES, layout.size(), 0);
        // SAFETY: the block came from `System` with this layout, as the caller promises of this allocator.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(&REALLOCATIONS, layout.size(), size);
        // SAFETY: as for `dealloc`, and the caller keeps the contract of `realloc`.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    // One test, since the counters are the process's and tests run side by side.
    #[test]
    fn calls_bytes_and_peak_follow_what_is_allocated() {
        let before = HeapFigures::now();
        let mut block: Vec<u8> = black_box(Vec::with_capacity(1 << 20));
        assert!(HeapFigures::now().allocations > before.allocations);
        assert!(HeapFigures::now().live >= before.live + (1 << 20) - (1 << 16), "other tests may free a little");
        block.reserve_exact(3 << 20);
        assert!(HeapFigures::now().reallocations > before.reallocations);
        drop(black_box(block));
        assert!(HeapFigures::now().frees > before.frees);
        assert!(HeapFigures::now().live < before.live + (1 << 20));
        assert!(peak() >= 3 << 20);
    }
}
