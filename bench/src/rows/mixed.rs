//! Row 12: objects of mixed sizes, allocated and given back.

use super::inputs::inputs;
use crate::{
    contender::{Arenite, Blink, Bump, Bumpalo, Down8, Heap, Layouts, NO_ZIG, Stumpalo, Up8},
    criterion::{Criterion, Measure},
    heaps,
    kernel::{Clock, Count, Kernel, Section, Work},
    zig,
};
use std::alloc::{GlobalAlloc, Layout};

const OBJECTS: u64 = 100_000;

pub(super) fn sections() -> Vec<Section> {
    let mut section =
        Section::new("12", "100,000 objects of 8-1,024 B (log-uniform), one store each, given back (arenas: reset)");
    section.step = OBJECTS;
    section.count = Count::Steps(1, 4);
    section.clock = Clock::Interleaved(31);
    section.kernels = vec![
        Kernel::ours(Arenite::NAME, || arena(Arenite::new())),
        Kernel::ours("arenite reserved", || arena(Arenite(arenite::ArenaOptions::new().reserve(1 << 30).build()))),
        Kernel::opponent(Bumpalo::<1>::NAME, || arena(Bumpalo::<1>::new())),
        Kernel::opponent(Bumpalo::<8>::NAME, || arena(Bumpalo::<8>::new())),
        Kernel::opponent(Up8::NAME, || arena(Up8::new())),
        Kernel::opponent(Down8::NAME, || arena(Down8::new())),
        Kernel::opponent(Stumpalo::NAME, || arena(Stumpalo::new())),
        Kernel::opponent(Blink::NAME, || arena(Blink::new())),
    ];
    section.kernels.push(zig!(
        "Zig FixedBufferAllocator",
        || crate::contender::zig::mixed_fixed(sizes()),
        "research on another machine: 23 instructions, 14.9 times glibc's speed"
    ));
    section.kernels.push(zig!("Zig ArenaAllocator", || crate::contender::zig::mixed_arena(sizes()), NO_ZIG));
    section.kernels.extend(heaps!(heap));
    section.criteria = vec![
        Criterion::at_most(Arenite::NAME, Measure::Instructions, 15.0),
        Criterion::at_most("arenite reserved", Measure::Instructions, 15.0),
        Criterion::stated(Arenite::NAME, Measure::Speedup("glibc")),
        Criterion::stated("arenite reserved", Measure::Speedup("glibc")),
    ];
    vec![section]
}

fn sizes() -> Vec<usize> {
    inputs(OBJECTS, |random| random.log_uniform(8, 1024))
}

#[inline(always)]
fn layout(size: usize) -> Layout {
    // SAFETY: a small size, and a power of two.
    unsafe { Layout::from_size_align_unchecked(size, 8) }
}

fn arena<L: Layouts>(mut arena: L) -> Work {
    let sizes = sizes();
    let mut live = vec![std::ptr::null_mut(); sizes.len()];
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / OBJECTS {
            arena_group(&arena, &sizes, &mut live);
            arena.reset();
        }
    }))
}

// An arena has no use for the list of what is live, but a program that frees has one, and so both sides store it.
#[inline(never)]
fn arena_group<L: Layouts>(arena: &L, sizes: &[usize], live: &mut [*mut u8]) {
    for (&size, slot) in sizes.iter().zip(live) {
        let memory = arena.layout(layout(size));
        // SAFETY: at least 8 bytes, aligned to 8.
        unsafe { memory.cast::<u64>().write(1) };
        *slot = memory;
    }
}

fn heap<H: Heap>() -> Work {
    let sizes = sizes();
    let mut live = vec![std::ptr::null_mut(); sizes.len()];
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / OBJECTS {
            heap_group::<H>(&sizes, &mut live);
        }
    }))
}

#[inline(never)]
fn heap_group<H: Heap>(sizes: &[usize], live: &mut [*mut u8]) {
    // SAFETY: at least 8 bytes aligned to 8; each block is freed once with the layout it was made with.
    unsafe {
        for (&size, slot) in sizes.iter().zip(live.iter_mut()) {
            let memory = H::HEAP.alloc(layout(size));
            memory.cast::<u64>().write(1);
            *slot = memory;
        }
        for (&size, &mut memory) in sizes.iter().zip(live) {
            H::HEAP.dealloc(memory, layout(size));
        }
    }
}
