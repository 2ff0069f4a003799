//! Row 16: two threads and one heap.

use super::own_heap::Churn;
use crate::{
    contender::{
        NO_ZIG,
        own_heap::{AreniteHeap, OwnHeap},
    },
    criterion::{Criterion, Measure},
    keep::keep,
    kernel::{Clock, Count, Kernel, Section, Work},
    mimalloc_v3, process_heaps, zig,
};
use std::{
    alloc::Layout,
    hint,
    ptr::{null_mut, without_provenance},
    sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering},
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
    shared.kernels.push(zig!(
        "Zig smp_allocator",
        churning::<crate::contender::own_heap::Process<crate::contender::zig::Smp>>,
        NO_ZIG
    ));
    shared.kernels.extend(excluded());
    shared.criteria = vec![
        Criterion::at_most(OURS, Measure::Time, 6.7),
        Criterion::stated(OURS, Measure::TimeRatio("mimalloc 3.3.2 heap")),
        Criterion::stated(OURS, Measure::TimeRatio("mimalloc")),
    ];

    let mut passed = Section::new("16b", "one thread allocates blocks of 64 B and passes them to one that frees them");
    passed.step = 1024;
    passed.count = Count::Nothing;
    passed.clock = Clock::Interleaved(61);
    passed.kernels = vec![Kernel::ours(OURS, passing::<AreniteHeap>)];
    passed.kernels.extend(mimalloc_v3!(passing));
    passed.kernels.extend(process_heaps!(passing));
    passed.kernels.push(zig!(
        "Zig smp_allocator",
        passing::<crate::contender::own_heap::Process<crate::contender::zig::Smp>>,
        NO_ZIG
    ));
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

/// Runs `first` and `second` on two processors, each with a call that ends when both have made it, and answers with the
/// longer of the times from there.
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
        let first = threads.spawn(|| {
            let _end = Together;
            pin(0);
            first(&meet)
        });
        let second = threads.spawn(|| {
            let _end = Together;
            pin(1);
            second(&meet)
        });
        let (first, second) = (first.join().expect("no panic"), second.join().expect("no panic"));
        first.max(second)
    })
}

/// Ends the process when its thread panics: the other one would wait for it for ever.
struct Together;

impl Drop for Together {
    fn drop(&mut self) {
        if thread::panicking() {
            std::process::exit(101);
        }
    }
}

/// Keeps the calling thread on the nth processor that this process may use: side by side on one, two threads would take
/// turns and hardly ever meet.
fn pin(n: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: plain sets of bits, of the size that is said.
    unsafe {
        let mut allowed: libc::cpu_set_t = std::mem::zeroed();
        libc::sched_getaffinity(0, size_of_val(&allowed), &mut allowed);
        let mut processors = (0..libc::CPU_SETSIZE as usize).filter(|&cpu| libc::CPU_ISSET(cpu, &allowed));
        if let Some(processor) = processors.nth(n) {
            let mut one: libc::cpu_set_t = std::mem::zeroed();
            libc::CPU_SET(processor, &mut one);
            libc::sched_setaffinity(0, size_of_val(&one), &one);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = n;
}

/// Spins; on a crowded machine it yields now and then.
#[inline(always)]
fn wait(done: impl Fn() -> bool) {
    let mut spins = 0u32;
    while !done() {
        spins += 1;
        if spins.is_multiple_of(4096) { thread::yield_now() } else { hint::spin_loop() }
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

/// A queue from one thread to another, that costs next to nothing for a block: each tells the other how far it has come
/// after every [`BATCH`] blocks only.
struct Ring {
    slots: Box<[AtomicPtr<u8>]>,
    put: Line,
    taken: Line,
}

/// A count on a cache line (and its neighbour) of its own.
#[repr(align(128))]
struct Line(AtomicUsize);

const SLOTS: usize = 4096;
const BATCH: usize = 32;

impl Ring {
    fn new() -> Self {
        let slots = (0..SLOTS).map(|_| AtomicPtr::new(null_mut())).collect();
        Self { slots, put: Line(AtomicUsize::new(0)), taken: Line(AtomicUsize::new(0)) }
    }

    /// Puts `n` blocks, a multiple of [`BATCH`].
    #[inline(always)]
    fn put(&self, n: usize, mut make: impl FnMut() -> *mut u8) {
        let start = self.put.0.load(Ordering::Relaxed);
        for at in (start..start + n).step_by(BATCH) {
            wait(|| at - self.taken.0.load(Ordering::Acquire) <= SLOTS - BATCH);
            for slot in self.batch(at) {
                slot.store(make(), Ordering::Relaxed);
            }
            self.put.0.store(at + BATCH, Ordering::Release);
        }
    }

    /// Takes as many.
    #[inline(always)]
    fn take(&self, n: usize, mut end: impl FnMut(*mut u8)) {
        let start = self.taken.0.load(Ordering::Relaxed);
        for at in (start..start + n).step_by(BATCH) {
            wait(|| self.put.0.load(Ordering::Acquire) > at);
            for slot in self.batch(at) {
                end(slot.load(Ordering::Relaxed));
            }
            self.taken.0.store(at + BATCH, Ordering::Release);
        }
    }

    fn batch(&self, at: usize) -> &[AtomicPtr<u8>] {
        &self.slots[at % SLOTS..][..BATCH]
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
    make: impl Fn() -> *mut u8 + Copy + Sync + Send + 'static,
    end: impl Fn(*mut u8) + Copy + Sync + Send + 'static,
) -> Work {
    let ring = Ring::new();
    Work::Timed(Box::new(move |operations| {
        let n = operations as usize;
        let producer = |meet: &dyn Fn()| {
            meet();
            let start = Instant::now();
            ring.put(n, make);
            start.elapsed()
        };
        let consumer = |meet: &dyn Fn()| {
            meet();
            let start = Instant::now();
            ring.take(n, |block| {
                // SAFETY: a block of 64 bytes that the other thread wrote to.
                keep(without_provenance::<u8>(unsafe { block.cast::<usize>().read() }));
                end(block);
            });
            start.elapsed()
        };
        both(producer, consumer)
    }))
}
