//! Rows 14, 15 and 17: heaps of one's own, on one thread.

use super::inputs::{Random, inputs};
use crate::{
    contender::own_heap::{AreniteHeap, OwnHeap},
    criterion::{Criterion, Measure},
    in_turn,
    keep::{keep, place},
    kernel::{Clock, Count, Kernel, Section, Work},
    mimalloc_v3, native_heaps, process_heaps, rpmalloc, zig,
};
use std::{alloc::Layout, ptr::null_mut};

const OURS: &str = AreniteHeap::NAME;
/// Live blocks under random churn.
const LIVE: usize = 1000;
const FILL: u64 = 100_000;

/// Every heap, from a kernel that is generic over [`OwnHeap`].
macro_rules! everyone {
    ($start:ident) => {{
        let mut kernels = vec![Kernel::ours(OURS, $start::<AreniteHeap>)];
        kernels.extend(native_heaps!($start));
        kernels.extend(mimalloc_v3!($start));
        kernels.extend(process_heaps!($start));
        kernels.extend(rpmalloc!($start));
        kernels.push(zig!(
            "Zig smp_allocator",
            $start::<$crate::contender::own_heap::Process<$crate::contender::zig::Smp>>,
            $crate::contender::NO_ZIG
        ));
        kernels
    }};
}
pub(super) fn sections() -> Vec<Section> {
    let mut short = Section::new("14", "a heap: create, 10 blocks of 16-256 B, destroy (process heaps: free each)");
    short.step = 10;
    short.count = Count::Steps(2, 12);
    short.kernels = everyone!(short_lived);
    short.criteria =
        vec![Criterion::at_most(OURS, Measure::Time, 70.0), Criterion::stated(OURS, Measure::Instructions)];

    let mut pair = Section::new("15a", "heap: a block of 64 B allocated and freed");
    pair.kernels = everyone!(pairs);
    pair.criteria = vec![
        Criterion::at_most(OURS, Measure::Time, 3.0),
        Criterion::stated(OURS, Measure::Instructions),
        Criterion::stated(OURS, Measure::TimeRatio("mimalloc 3.3.2")),
        Criterion::stated(OURS, Measure::TimeRatio("jemalloc")),
    ];

    let mut churn = Section::new("15b", "heap: one of 1,000 live blocks of 16-1,024 B freed, another allocated");
    churn.kernels = everyone!(churns);
    churn.clock = Clock::Warmed(61);
    churn.criteria = vec![
        Criterion::at_most(OURS, Measure::Time, 5.9),
        Criterion::stated(OURS, Measure::Instructions),
        Criterion::stated(OURS, Measure::TimeRatio("mimalloc")),
    ];

    let mut fill = Section::new("17a", "heap: create, 100,000 blocks of 16-256 B, one write each, destroy, per block");
    fill.step = FILL;
    fill.count = Count::Steps(1, 3);
    fill.clock = Clock::Interleaved(31);
    fill.kernels = everyone!(fills);
    fill.kernels.push(Kernel::floor("(bare cursor over the same memory)", bare_fills));
    fill.criteria = vec![Criterion::at_most(OURS, Measure::Time, 8.0), Criterion::stated(OURS, Measure::Instructions)];

    let mut small = Section::new("17b", "memory of a heap with 10 blocks of 16-256 B: 1,000 of them, no huge pages");
    small.step = 1000;
    small.count = Count::Nothing;
    small.clock = Clock::FreshProcess(3);
    small.growth = true;
    small.kernels = everyone!(small_heaps);
    small.criteria = vec![Criterion::at_most(OURS, Measure::Grown, 8.0)];
    vec![short, pair, churn, fill, small]
}

fn layout(size: u64) -> Layout {
    Layout::from_size_align(size as usize, 8).expect("a small size")
}

fn small_layouts(n: u64) -> Vec<Layout> {
    inputs(n, |random| layout(16 + random.below(241)))
}

fn short_lived<H: OwnHeap>() -> Work {
    let layouts = small_layouts(10);
    Work::Loop(Box::new(move |operations| short_group::<H>(&layouts, operations)))
}

#[inline(never)]
fn short_group<H: OwnHeap>(layouts: &[Layout], operations: u64) {
    let mut blocks = [null_mut(); 10];
    for _ in 0..operations {
        let heap = H::new();
        for (&layout, block) in layouts.iter().zip(&mut blocks) {
            *block = heap.alloc(layout);
            keep(*block);
        }
        destroy(heap, layouts, &blocks);
    }
}

#[inline(always)]
fn destroy<H: OwnHeap>(heap: H, layouts: &[Layout], blocks: &[*mut u8]) {
    if !H::DESTROYS {
        for (&layout, &block) in layouts.iter().zip(blocks) {
            // SAFETY: each was made with this layout and is freed once.
            unsafe { heap.free(block, layout) };
        }
    }
}

fn pairs<H: OwnHeap>() -> Work {
    let heap = H::new();
    let mut turn = 0;
    Work::Loop(Box::new(move |operations| in_turn!(turn, pair_group[H](&heap, operations))))
}

#[inline(never)]
fn pair_group<H: OwnHeap, const AT: u64>(heap: &H, operations: u64) {
    let layout = Layout::new::<[u64; 8]>();
    place::<AT>();
    for _ in 0..operations {
        let block = heap.alloc(layout);
        keep(block);
        // SAFETY: just made, and freed once.
        unsafe { heap.free(block, layout) };
    }
}

/// A block under churn. As small as it can be, so that the caches hold blocks.
struct Block {
    memory: *mut u8,
    size: u16,
}

impl Block {
    #[inline(always)]
    fn of<H: OwnHeap>(heap: &H, size: u16) -> Self {
        Self { memory: heap.alloc(churned(size)), size }
    }
}

#[inline(always)]
fn churned(size: u16) -> Layout {
    // SAFETY: a power of two, and a small size.
    unsafe { Layout::from_size_align_unchecked(usize::from(size), 8) }
}

/// A step of a churn: which block is replaced, and the new one's size.
type Step = (u16, u16);

/// Random churn of [`LIVE`] blocks.
pub(super) struct Churn {
    steps: Vec<Step>,
    blocks: Vec<Block>,
}

impl Churn {
    /// With all blocks live.
    pub(super) fn new<H: OwnHeap>(heap: &H) -> Self {
        let size = |random: &mut Random| 16 + random.below(1009) as u16;
        let steps = inputs(4096, |random| (random.below(LIVE as u64) as u16, size(random)));
        let sizes = inputs(LIVE as u64, size);
        Self { steps, blocks: sizes.into_iter().map(|size| Block::of(heap, size)).collect() }
    }

    /// Replaces so many blocks.
    #[inline(never)]
    pub(super) fn run<H: OwnHeap>(&mut self, heap: &H, operations: u64) {
        for &(which, new) in self.steps.iter().cycle().take(operations as usize) {
            let block = &mut self.blocks[usize::from(which)];
            // SAFETY: a live block, which is forgotten.
            unsafe { heap.free(block.memory, churned(block.size)) };
            *block = Block::of(heap, new);
            keep(block.memory);
        }
    }

    /// Frees what is live.
    pub(super) fn end<H: OwnHeap>(self, heap: &H) {
        for Block { memory, size } in self.blocks {
            // SAFETY: a live block, freed once.
            unsafe { heap.free(memory, churned(size)) };
        }
    }
}

fn churns<H: OwnHeap>() -> Work {
    let heap = H::new();
    let mut churn = Churn::new(&heap);
    Work::Loop(Box::new(move |operations| churn.run(&heap, operations)))
}

fn fills<H: OwnHeap>() -> Work {
    let layouts = small_layouts(FILL);
    let mut blocks = vec![null_mut(); layouts.len()];
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / FILL {
            let heap = H::new();
            fill_group(&heap, &layouts, &mut blocks);
            destroy(heap, &layouts, &blocks);
        }
    }))
}

#[inline(never)]
fn fill_group<H: OwnHeap>(heap: &H, layouts: &[Layout], blocks: &mut [*mut u8]) {
    for (&layout, block) in layouts.iter().zip(blocks) {
        let memory = heap.alloc(layout);
        // SAFETY: at least 16 bytes, aligned to 8.
        unsafe { memory.cast::<u64>().write(1) };
        *block = memory;
    }
}

/// What the writes cost, to memory that was used before, without a heap: a cursor that is never compared with anything.
fn bare_fills() -> Work {
    let layouts = small_layouts(FILL);
    let mut blocks = vec![null_mut(); layouts.len()];
    let mut memory = vec![1u128; layouts.iter().map(|layout| layout.size().div_ceil(16)).sum()];
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / FILL {
            bare_group(&mut memory, &layouts, &mut blocks);
        }
    }))
}

#[inline(never)]
fn bare_group(memory: &mut [u128], layouts: &[Layout], blocks: &mut [*mut u8]) {
    let mut cursor = memory.as_mut_ptr();
    for (&layout, block) in layouts.iter().zip(blocks) {
        *block = cursor.cast();
        // SAFETY: the memory has room for all layouts one behind the other, in multiples of 16 bytes.
        unsafe {
            cursor.cast::<u64>().write(1);
            cursor = cursor.add(layout.size().div_ceil(16));
        }
    }
    keep(memory.as_mut_ptr());
}

fn small_heaps<H: OwnHeap>() -> Work {
    #[cfg(target_os = "linux")]
    // SAFETY: concerns this process, which is there for this measurement only.
    unsafe {
        libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0);
    }
    let layouts = small_layouts(10);
    // Touched before memory is looked at, and kept: the heaps are to live while it is looked at again.
    let mut heaps: Vec<H> = Vec::with_capacity(1000);
    let mut blocks = vec![std::ptr::dangling_mut(); 10_000];
    let mut made = 0;
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations {
            let heap = H::new();
            for &layout in &layouts {
                let memory = heap.alloc(layout);
                // SAFETY: at least 16 bytes, aligned to 8.
                unsafe { memory.cast::<u64>().write(1) };
                blocks[made] = memory;
                made += 1;
            }
            heaps.push(heap);
        }
        keep(&blocks);
    }))
}
