//! Several threads at work on one thing.

use super::{
    Curve, Load, Promise, Series,
    load::{Random, scale_collected_thread},
};
use crate::{
    contender::own_heap::{AreniteHeap, GlibcHeap, OwnHeap},
    keep::keep,
    kernel::Side,
};
use arenite::{SharedArena, ThreadBlocks};
use std::{alloc::Layout, ptr::NonNull, thread};

/// Operations of one thread in a round.
const ROUND: u64 = 400_000;
/// Live blocks of a thread.
const LIVE: usize = 1_000;

pub(super) fn curves() -> Vec<Curve> {
    let series = vec![
        Series::new(Side::Ours, AreniteHeap::NAME, |size| heap::<AreniteHeap>(size)),
        Series::new(Side::Ours, "arenite ThreadBlocks", |size| {
            Box::new(Blocks { blocks: ThreadBlocks::new(), threads: size })
        }),
        Series::new(Side::Ours, "arenite SharedArena", |size| {
            Box::new(Shared { arena: SharedArena::new(), threads: size })
        }),
        Series::new(Side::Opponent, "glibc", |size| heap::<GlibcHeap>(size)),
        #[cfg(feature = "native")]
        Series::new(Side::Opponent, "mimalloc", |size| {
            heap::<crate::contender::own_heap::Process<crate::contender::heap::Mimalloc>>(size)
        }),
    ];
    vec![Curve {
        id: "threads",
        title: "threads on one heap, each with 1,000 live blocks of 64 B: one out, another in (a shared arena: one of 16 B in). \
                Time of a round by the operations of all threads",
        along: "threads",
        sizes: vec![1, 2],
        promise: Promise::Constant,
        series,
    }]
}

/// Runs `work` on so many threads and says how many operations that were.
fn on_threads(threads: u64, work: impl Fn() + Sync) -> u64 {
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| scale_collected_thread(&work));
        }
    });
    ROUND * threads
}

/// One of the thread's blocks out and another in, `ROUND` times.
fn churn(alloc: impl Fn() -> *mut u64, free: impl Fn(*mut u64)) {
    let mut live: Vec<*mut u64> = (0..LIVE).map(|_| alloc()).collect();
    let mut random = Random::new(11);
    for i in 0..ROUND {
        let place = random.below(LIVE);
        free(live[place]);
        let block = alloc();
        // SAFETY: a block of 64 bytes.
        unsafe { block.write(i) };
        live[place] = block;
    }
    live.into_iter().for_each(free);
}

const fn layout() -> Layout {
    Layout::new::<[u64; 8]>()
}

fn heap<H: OwnHeap>(threads: u64) -> Box<dyn Load> {
    Box::new(OneHeap { heap: H::new(), threads })
}

struct OneHeap<H> {
    heap: H,
    threads: u64,
}

impl<H: OwnHeap> Load for OneHeap<H> {
    fn run(&mut self) -> u64 {
        let heap = &self.heap;
        // SAFETY: each thread frees what it has allocated, once.
        let free = |block: *mut u64| unsafe { heap.free(block.cast(), layout()) };
        on_threads(self.threads, || churn(|| heap.alloc(layout()).cast(), free))
    }
}

struct Blocks {
    blocks: ThreadBlocks,
    threads: u64,
}

impl Load for Blocks {
    fn run(&mut self) -> u64 {
        let blocks = &self.blocks;
        let free = |block: *mut u64| {
            let block = NonNull::new(block).expect("blocks are not null");
            // SAFETY: each thread frees what it has allocated, once.
            unsafe { blocks.free(block.cast(), layout()) };
        };
        on_threads(self.threads, || churn(|| blocks.alloc(layout()).as_ptr().cast(), free))
    }
}

struct Shared {
    arena: SharedArena,
    threads: u64,
}

impl Load for Shared {
    fn prepare(&mut self) {
        self.arena.reset();
    }

    fn run(&mut self) -> u64 {
        let arena = &self.arena;
        on_threads(self.threads, || {
            let local = arena.local();
            for i in 0..ROUND {
                keep(local.alloc([i; 2]));
            }
        })
    }
}
