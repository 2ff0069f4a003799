//! Row 16: two threads and one heap.

use super::own_heap::Churn;
use crate::{
    contender::own_heap::{AreniteHeap, OwnHeap},
    criterion::{Criterion, Measure},
    keep::keep,
    kernel::{Clock, Count, Kernel, Section, Work},
    mimalloc_v3, process_heaps,
};
use std::{
    alloc::Layout,
    hint,
    ptr::null_mut,
    sync::atomic::{AtomicPtr, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

const OURS: &str = AreniteHeap::NAME;
const RING: &str = "(the ring alone)";
/// A heap that belongs to its thread cannot take part.
const ONE_THREAD: &str = "for the thread that made it alone";

pub(super) fn sections() -> Vec<Section> {
    let mut shared = Section::new(
        "16a",
        "two threads on one heap: each frees one of its 1,000 live blocks of 16-1,024 B and allocates another",
    );
    shared.count = Count::Nothing;
    shared.clock = Clock::Interleaved(61);
    shared.kernels = vec![Kernel::ours(OURS, churning::<AreniteHeap>)];
    shared.kernels.extend(mimalloc_v3!(churning));
    shared.kernels.extend(process_heaps!(churning));
    shared.kernels.extend(excluded());
    shared.criteria = vec![
        Criterion::at_most(OURS, Measure::Time, 6.7),
        Criterion::stated(OURS, Measure::TimeRatio("mimalloc 3.3.2 heap")),
        Criterion::stated(OURS, Measure::TimeRatio("mimalloc")),
    ];

    let mut passed = Section::new("16b", "one thread allocates blocks of 64 B and passes them to one that frees them");
    passed.count = Count::Nothing;
    passed.clock = Clock::Interleaved(61);
    passed.kernels = vec![Kernel::ours(OURS, passing::<AreniteHeap>)];
    passed.kernels.extend(mimalloc_v3!(passing));
    passed.kernels.extend(process_heaps!(passing));
    passed.kernels.extend(excluded());
    passed.kernels.push(Kernel::floor(RING, ring_alone));
    passed.criteria = vec![
        Criterion::at_most(OURS, Measure::Time, 19.0),
        Criterion::stated(OURS, Measure::TimeRatio("mimalloc 3.3.2 heap")),
        Criterion::stated(OURS, Measure::TimeRatio(RING)),
    ];
    vec![shared, passed]
}

fn excluded() -> [Kernel; 2] {
    [Kernel::unmeasured("mimalloc heap", ONE_THREAD), Kernel::unmeasured("rpmalloc heap", ONE_THREAD)]
}

/// Runs `first` and `second`, each with a call that ends when both have made it, and answers with the longer of the times
/// from there.
pub(super) fn both(
    first: impl FnOnce(&dyn Fn()) -> Duration + Send,
    second: impl FnOnce(&dyn Fn()) -> Duration + Send,
) -> Duration {
    let there = AtomicU32::new(0);
    let meet = || {
        there.fetch_add(1, Ordering::AcqRel);
        wait(|| there.load(Ordering::Acquire) == 2);
    };
    thread::scope(|threads| {
        let second = threads.spawn(|| second(&meet));
        let first = threads.spawn(|| first(&meet));
        let (first, second) = (first.join().expect("no panic"), second.join().expect("no panic"));
        first.max(second)
    })
}

/// Spins; on a crowded machine it yields now and then.
#[inline(always)]
fn wait(done: impl Fn() -> bool) {
    let mut spins = 0u32;
    while !done() {
        spins += 1;
        if spins % 4096 == 0 { thread::yield_now() } else { hint::spin_loop() }
    }
}

fn churning<H: OwnHeap>() -> Work {
    // It outlives all threads: heaps of mimalloc 3.3.2 must not be destroyed near the end of one (its issue 1320).
    let heap: &'static H = Box::leak(Box::new(H::new()));
    Work::Timed(Box::new(move |operations| {
        let side = |meet: &dyn Fn()| {
            let mut churn = Churn::new(heap);
            churn.run(heap, 2000);
            meet();
            let start = Instant::now();
            churn.run(heap, operations);
            let taken = start.elapsed();
            churn.end(heap);
            taken
        };
        both(side, side)
    }))
}

/// Slots that one thread fills and the other empties, in turn. Full when the next slot has not been emptied.
struct Ring {
    slots: Box<[AtomicPtr<u8>]>,
}

const SLOTS: usize = 1024;

impl Ring {
    fn new() -> Self {
        Self { slots: (0..SLOTS).map(|_| AtomicPtr::new(null_mut())).collect() }
    }

    #[inline(always)]
    fn put(&self, turn: usize, block: *mut u8) {
        let slot = &self.slots[turn % SLOTS];
        wait(|| slot.load(Ordering::Acquire).is_null());
        slot.store(block, Ordering::Release);
    }

    #[inline(always)]
    fn take(&self, turn: usize) -> *mut u8 {
        let slot = &self.slots[turn % SLOTS];
        wait(|| !slot.load(Ordering::Acquire).is_null());
        let block = slot.load(Ordering::Relaxed);
        slot.store(null_mut(), Ordering::Release);
        block
    }
}

fn passing<H: OwnHeap>() -> Work {
    let heap: &'static H = Box::leak(Box::new(H::new()));
    let layout = Layout::new::<[u64; 8]>();
    let make = move || {
        let block = heap.alloc(layout);
        // SAFETY: 64 bytes, aligned to 8.
        unsafe { block.cast::<u64>().write(1) };
        block
    };
    // SAFETY: each block that was passed is freed once.
    passed_through(make, move |block| unsafe { heap.free(block, layout) })
}

fn ring_alone() -> Work {
    static BLOCK: [u64; 8] = [1; 8];
    passed_through(|| BLOCK.as_ptr().cast_mut().cast(), |_| {})
}

fn passed_through(
    make: impl Fn() -> *mut u8 + Copy + Send + 'static,
    end: impl Fn(*mut u8) + Copy + Send + 'static,
) -> Work {
    let ring = Ring::new();
    Work::Timed(Box::new(move |operations| {
        let producer = |meet: &dyn Fn()| {
            meet();
            let start = Instant::now();
            (0..operations as usize).for_each(|turn| ring.put(turn, make()));
            start.elapsed()
        };
        let consumer = |meet: &dyn Fn()| {
            meet();
            let start = Instant::now();
            for turn in 0..operations as usize {
                let block = ring.take(turn);
                // SAFETY: a block of 64 bytes that the other thread wrote to.
                keep(unsafe { block.cast::<u64>().read() } as *const u8);
                end(block);
            }
            start.elapsed()
        };
        both(producer, consumer)
    }))
}
