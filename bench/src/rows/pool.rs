//! Rows 13 and 20: objects of 64 bytes that come and go one by one, from pools, from the thread's blocks, from heaps.

use super::inputs::inputs;
use crate::{
    contender::{
        Heap,
        slots::{
            HeapSlots, Local, Object, OnePlace, Raw, Shared, Slots, Typed, block_pool, chunked_block_pool, forge_slab,
        },
    },
    criterion::{Criterion, Measure},
    heaps, in_turn,
    keep::place,
    kernel::{Clock, Kernel, Section, Work},
    zig,
};
use arenite::pool::HandlePool;

/// Live objects under random churn, as in research/memory-systems-survey.md.
const LIVE: usize = 10_000;

const TYPED: &str = "arenite Pool";
const RAW: &str = "arenite Pool, into_raw";
const HANDLES: &str = "arenite HandlePool";
const BLOCKS: &str = "arenite BlockPool";
const CHUNKED: &str = "arenite ChunkedBlockPool";
const SHARED: &str = "arenite ThreadBlocks";
const LOCAL: &str = "arenite LocalBlocks";

const FLECS: &str = "C; research on another machine: churn 2.4 ns, 32 instructions, where glibc took 7.8 ns";
const ZIG: &str = "research on another machine: churn 1.8 ns, 11 instructions, where glibc took 7.8 ns; no checks";

/// Every pool, from a kernel that takes the slots, and one for heaps.
macro_rules! pools {
    ($start:ident, $heap:ident, $zig:expr) => {{
        let mut kernels = vec![
            Kernel::ours(TYPED, || $start(Typed::new())),
            Kernel::ours(RAW, || $start(Raw::new())).noting("no checks"),
            Kernel::ours(HANDLES, || $start(HandlePool::<Object>::new())).noting("stale handles found"),
            Kernel::ours(BLOCKS, || $start(block_pool())).noting("double and foreign frees found"),
            Kernel::ours(CHUNKED, || $start(chunked_block_pool())).noting("double and foreign frees found"),
            Kernel::opponent("slab", || $start(slab::Slab::<Object>::with_capacity(2 * LIVE))),
            Kernel::opponent("slotmap", || $start(slotmap::SlotMap::with_capacity(2 * LIVE)))
                .noting("stale keys found"),
            Kernel::opponent("sharded-slab", || $start(sharded_slab::Slab::<Object>::new())).noting("for any thread"),
            Kernel::opponent("forge-alloc Slab", || $start(forge_slab(2 * LIVE))).noting("of fixed capacity"),
            zig!("Zig MemoryPool", $zig, ZIG).noting("no checks"),
        ];
        kernels.extend(heaps!($heap));
        kernels.push(Kernel::bare_loop(|| $start(OnePlace(Box::new([0; 8])))));
        kernels
    }};
}
/// What hands out blocks of the thread.
macro_rules! blocks {
    ($start:ident, $heap:ident) => {{
        let mut kernels = vec![
            Kernel::ours(SHARED, || $start(Shared(arenite::ThreadBlocks::new()))),
            Kernel::ours(LOCAL, || $start(Local::new())).noting("without the thread-local"),
            Kernel::unmeasured("Flecs block allocator", FLECS),
        ];
        kernels.extend(heaps!($heap));
        kernels.push(Kernel::bare_loop(|| $start(OnePlace(Box::new([0; 8])))));
        kernels
    }};
}
pub(super) fn sections() -> Vec<Section> {
    let mut pair = Section::new("13a", "typed pool: an object of 64 B in and out again");
    pair.kernels = pools!(pairs, pair_heap, crate::contender::zig::pool_pairs);
    let mut churn = Section::new("13b", "typed pool: one of 10,000 live objects of 64 B out, another in");
    churn.kernels = pools!(churns, churn_heap, || crate::contender::zig::pool_churn(LIVE, steps()));
    churn.clock = Clock::Warmed(61);
    pair.criteria = vec![
        Criterion::at_most(TYPED, Measure::Net, 12.0),
        Criterion::at_most(BLOCKS, Measure::Net, 20.0),
        Criterion::at_most(CHUNKED, Measure::Net, 20.0).ungated(),
    ];
    churn.criteria = vec![
        Criterion::at_most(TYPED, Measure::Net, 12.0).ungated(),
        Criterion::at_most(BLOCKS, Measure::Net, 20.0),
        Criterion::stated(CHUNKED, Measure::Net),
    ];
    for section in [&mut pair, &mut churn] {
        section.criteria.extend([
            Criterion::at_most(RAW, Measure::Net, 12.0),
            Criterion::at_most(RAW, Measure::Time, 1.8),
            Criterion::stated(HANDLES, Measure::Net),
            Criterion::at_most(TYPED, Measure::Time, 1.8),
            Criterion::stated(TYPED, Measure::TimeRatio("slab")),
        ]);
    }

    let mut own = Section::new("20a", "blocks of the thread: 64 B allocated and freed");
    own.kernels = blocks!(pairs, pair_heap);
    let mut own_churn =
        Section::new("20b", "blocks of the thread: one of 10,000 live blocks of 64 B freed, another made");
    own_churn.kernels = blocks!(churns, churn_heap);
    own_churn.clock = Clock::Warmed(61);
    for section in [&mut own, &mut own_churn] {
        section.criteria = vec![
            Criterion::at_most(SHARED, Measure::Time, 2.0),
            Criterion::at_most(LOCAL, Measure::Time, 2.0),
            Criterion::stated(SHARED, Measure::Net),
            Criterion::stated(LOCAL, Measure::Net),
            Criterion::stated(SHARED, Measure::TimeRatio("glibc")),
        ];
    }
    vec![pair, churn, own, own_churn]
}

fn pair_heap<H: Heap>() -> Work {
    pairs(HeapSlots::<H>::new())
}

fn churn_heap<H: Heap>() -> Work {
    churns(HeapSlots::<H>::new())
}

fn pairs<S: Slots>(mut slots: S) -> Work {
    // So that the one that comes and goes is not the only one there ever was.
    std::mem::forget(S::put(&mut slots.reach(), [0; 8]));
    let mut turn = 0;
    Work::Loop(Box::new(move |operations| in_turn!(turn, pair_group[S](slots.reach(), operations))))
}

#[inline(never)]
fn pair_group<S: Slots, const AT: u64>(mut slots: S::Reach<'_>, operations: u64) {
    place::<AT>();
    for i in 0..operations {
        let key = S::put(&mut slots, [i; 8]);
        S::look(&key);
        // SAFETY: just put in.
        unsafe { S::end(&mut slots, key) };
    }
}

fn steps() -> Vec<u32> {
    inputs(4 * LIVE as u64, |random| random.below(LIVE as u64) as u32)
}

fn churns<S: Slots>(mut slots: S) -> Work {
    let steps = steps();
    let mut live: Vec<S::Key> = (0..LIVE).map(|i| S::put(&mut slots.reach(), [i as u64; 8])).collect();
    let mut turn = 0;
    let mut at = 0;
    Work::Loop(Box::new(move |operations| {
        let mut left = operations as usize;
        while left > 0 {
            let now = left.min(steps.len() - at);
            let steps = &steps[at..at + now];
            in_turn!(turn, churn_group[S](slots.reach(), &mut live, steps));
            left -= now;
            at = if at + now == 4 * LIVE { 0 } else { at + now };
        }
    }))
}

#[inline(never)]
fn churn_group<S: Slots, const AT: u64>(mut slots: S::Reach<'_>, live: &mut [S::Key], steps: &[u32]) {
    place::<AT>();
    for &step in steps {
        // SAFETY: a step is below the number of live objects; the key is moved out and another moved in.
        unsafe {
            let slot = live.as_mut_ptr().add(step as usize);
            S::end(&mut slots, slot.read());
            let key = S::put(&mut slots, [u64::from(step); 8]);
            S::look(&key);
            slot.write(key);
        }
    }
}
