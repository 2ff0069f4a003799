//! Row 33: what it is worth that an object needs no free of its own: an arena's allocation beside a heap's pair.

use super::c_library::game_calls;
use crate::{
    contender::{
        Arenite, Bump, Layouts,
        own_heap::{AreniteHeap, OwnHeap},
    },
    criterion::{Criterion, Measure},
    in_turn,
    keep::{keep, place},
    kernel::{Clock, Count, GROUP, Kernel, Section, Side, Work},
};
use std::alloc::Layout;

const ARENA: &str = Arenite::NAME;
const HEAP: &str = AreniteHeap::NAME;
const LAYOUT: Layout = Layout::new::<[u64; 8]>();

pub(super) fn sections() -> Vec<Section> {
    let mut section = Section::new("33", "64 B with one store: taken from an arena; taken from our heap and freed");
    section.kernels = vec![
        Kernel::ours(ARENA, arena).wasting(arena_overhead),
        Kernel::ours(HEAP, heap).wasting(heap_overhead).noting("10,000 live; a table, segments not full, classes"),
        Kernel::unmeasured(
            "chunked-arena",
            "the original, in C: its arena takes 0.6 of its pool's 31 to 37 instructions for the call alone",
        ),
        Kernel::bare_loop(super::reset::bare_loop),
    ];
    section.criteria = vec![
        Criterion::at_least_of(ARENA, Measure::NetFewer(HEAP), 5.0),
        Criterion::stated(ARENA, Measure::Net),
        Criterion::at_most(ARENA, Measure::Overhead, 0.0),
        Criterion::stated(HEAP, Measure::Overhead),
    ];
    vec![section, from_c()]
}

/// The same two by the functions behind `arena_alloc`, `pool_alloc` and `pool_free`.
fn from_c() -> Section {
    const ARENA: &str = "arenite_arena_alloc";
    const HEAP: &str = "arenite_heap_alloc and _free";
    let mut section = Section::new("33b", "from C, static, 64 B: taken from an arena; taken from a heap and freed");
    section.count = Count::Steps(20, 220);
    section.clock = Clock::Interleaved(1);
    section.kernels = vec![
        Kernel::program(ARENA, || game_calls("arena")),
        Kernel::program(HEAP, || game_calls("heap")),
        Kernel { side: Side::Loop, ..Kernel::program("(loop alone)", || game_calls("nothing")) },
    ];
    section.criteria = vec![
        Criterion::stated(ARENA, Measure::NetFewer(HEAP)),
        Criterion::stated(ARENA, Measure::Net),
        Criterion::stated(HEAP, Measure::Net),
    ];
    section
}

fn arena() -> Work {
    let mut arena = Arenite::settled();
    let mut turn = 0;
    Work::Loop(Box::new(move |operations| in_turn!(turn, arena_groups[](&mut arena, operations))))
}

fn arena_groups<const AT: u64>(arena: &mut Arenite, operations: u64) {
    for _ in 0..operations / GROUP {
        arena_group::<AT>(arena);
        arena.reset();
    }
}

#[inline(never)]
fn arena_group<const AT: u64>(arena: &Arenite) {
    place::<AT>();
    for i in 0..GROUP {
        stored(arena.layout(LAYOUT), i);
    }
}

#[inline(always)]
fn stored(memory: *mut u8, value: u64) -> *mut u8 {
    // SAFETY: 64 bytes, aligned to 8.
    unsafe { memory.cast::<u64>().write(value) };
    keep(memory);
    memory
}

fn heap() -> Work {
    let heap = AreniteHeap::new();
    let mut turn = 0;
    Work::Loop(Box::new(move |operations| in_turn!(turn, heap_group[](&heap, operations))))
}

#[inline(never)]
fn heap_group<const AT: u64>(heap: &AreniteHeap, operations: u64) {
    place::<AT>();
    for i in 0..operations {
        let block = stored(heap.alloc(LAYOUT), i);
        // SAFETY: just made, and freed once.
        unsafe { heap.free(block, LAYOUT) };
    }
}

/// Objects for which what is beyond them is stated.
const OBJECTS: usize = 10_000;

/// Bytes beyond those asked for, for each of [`OBJECTS`] of 64 B.
fn overhead(used: usize) -> f64 {
    used as f64 / OBJECTS as f64 - LAYOUT.size() as f64
}

fn arena_overhead() -> f64 {
    let arena = arenite::Arena::new();
    for _ in 0..OBJECTS {
        arena.alloc_layout(LAYOUT);
    }
    overhead(arena.stats().used)
}

fn heap_overhead() -> f64 {
    let heap = arenite::Heap::new();
    for _ in 0..OBJECTS {
        let _ = heap.alloc(LAYOUT);
    }
    overhead(heap.stats().held)
}
