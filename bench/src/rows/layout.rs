//! Row 3: a layout known at run time.

use super::inputs::{Random, inputs};
use crate::{
    contender::{
        Arenite, Blink, Bump, Bumpalo, DEFAULT, Down8, Heap, Layouts, Multitude, ScopedArena, Stumpalo, Up8, WALKS,
    },
    criterion::{Criterion, Measure},
    heaps,
    keep::keep,
    kernel::{GROUP, Kernel, Section, Work},
};
use std::alloc::{GlobalAlloc, Layout};

/// Which layouts are asked for.
trait Mix: 'static {
    fn draw(random: &mut Random) -> Layout;
}

/// Sizes of 8 to 256 at alignment 8.
struct Eights;
/// Sizes of 1 to 256 at alignments of 1 to 8.
struct UpToEight;
/// Sizes of 16 to 256 at alignments of 16 to 64.
struct Over;

impl Mix for Eights {
    fn draw(random: &mut Random) -> Layout {
        layout(8 + 8 * random.below(32), 8)
    }
}

impl Mix for UpToEight {
    fn draw(random: &mut Random) -> Layout {
        layout(1 + random.below(256), 1 << random.below(4))
    }
}

impl Mix for Over {
    fn draw(random: &mut Random) -> Layout {
        layout(16 + random.below(241), 16 << random.below(3))
    }
}

fn layout(size: u64, align: u64) -> Layout {
    Layout::from_size_align(size as usize, align as usize).expect("small and a power of two")
}

pub(super) fn sections() -> Vec<Section> {
    vec![
        section::<UpToEight>("3a", "alloc_layout, size 1-256, align 1-8 known at run time", 14.0),
        section::<Eights>("3b", "alloc_layout, size 8-256, align 8 known at run time", 14.0),
        section::<Over>("3c", "alloc_layout, size 16-256, align 16-64 known at run time", 18.0),
    ]
}

fn section<M: Mix>(id: &'static str, title: &'static str, most: f64) -> Section {
    let mut section = Section::new(id, title);
    section.kernels = vec![
        Kernel::ours(Arenite::NAME, || arena::<M, _>(Arenite::settled())),
        Kernel::ours(DEFAULT, || arena::<M, _>(Arenite::new())).noting(WALKS),
        Kernel::opponent(Bumpalo::<1>::NAME, || arena::<M, _>(Bumpalo::<1>::new())),
        Kernel::opponent(Bumpalo::<8>::NAME, || arena::<M, _>(Bumpalo::<8>::new())),
        Kernel::opponent(Up8::NAME, || arena::<M, _>(Up8::new())),
        Kernel::opponent(Down8::NAME, || arena::<M, _>(Down8::new())),
        Kernel::opponent(Stumpalo::NAME, || arena::<M, _>(Stumpalo::new())),
        Kernel::opponent(Blink::NAME, || arena::<M, _>(Blink::new())),
        Kernel::opponent(Multitude::NAME, || arena::<M, _>(Multitude::new())).noting("allocator-api2 0.4"),
        Kernel::opponent(ScopedArena::NAME, || arena::<M, _>(ScopedArena::new())),
    ];
    section.kernels.extend(heaps!(heap, M));
    section.kernels.push(Kernel::bare_loop(bare_loop::<M>));
    section.criteria = vec![
        // The fast path is at the target; each cycle opens two windows of 64 KiB and undoes them.
        Criterion::at_most(Arenite::NAME, Measure::Instructions, most).tolerating(1.0),
        Criterion::stated(DEFAULT, Measure::Instructions),
    ];
    section
}

fn arena<M: Mix, L: Layouts>(mut arena: L) -> Work {
    let layouts = inputs(GROUP, M::draw);
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / GROUP {
            arena_group(&arena, &layouts);
            arena.reset();
        }
    }))
}

#[inline(never)]
fn arena_group<L: Layouts>(arena: &L, layouts: &[Layout]) {
    for &layout in layouts {
        keep(arena.layout(layout));
    }
}

fn heap<H: Heap, M: Mix>() -> Work {
    let layouts = inputs(GROUP, M::draw);
    let mut live = vec![std::ptr::null_mut(); layouts.len()];
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / GROUP {
            heap_group::<H>(&layouts, &mut live);
        }
    }))
}

#[inline(never)]
fn heap_group<H: Heap>(layouts: &[Layout], live: &mut [*mut u8]) {
    // SAFETY: no layout is empty, and each block is freed once with the layout it was made with.
    unsafe {
        for (&layout, slot) in layouts.iter().zip(live.iter_mut()) {
            let memory = H::HEAP.alloc(layout);
            keep(memory);
            *slot = memory;
        }
        for (&layout, &mut memory) in layouts.iter().zip(live) {
            H::HEAP.dealloc(memory, layout);
        }
    }
}

fn bare_loop<M: Mix>() -> Work {
    let layouts = inputs(GROUP, M::draw);
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / GROUP {
            bare_group(&layouts);
        }
    }))
}

#[inline(never)]
fn bare_group(layouts: &[Layout]) {
    for &layout in layouts {
        keep(std::ptr::without_provenance::<u8>(layout.size() + layout.align()));
    }
}
