//! Row 21: a frame of a game.

use super::{
    inputs::inputs,
    reset::{RESET_CALL, reset_after},
};
use crate::{
    contender::{Arenite, Bump, Bumpalo, Layouts, Stumpalo, Up8},
    criterion::{Criterion, Measure},
    keep::keep,
    kernel::{Clock, Count, GROUP, Kernel, Section, Unit, Work},
};
use std::alloc::Layout;

const FRAME: usize = 512 << 20;
const RESERVED: &str = "arenite reserved";

pub(super) fn sections() -> Vec<Section> {
    let mut frame =
        Section::new("21a", "a frame: clear, then 1,000 allocations of 8-1,024 B, align 8-64, one store each");
    frame.step = 1;
    frame.unit = Unit::Microseconds;
    frame.count = Count::Steps(10, 60);
    frame.calls = true;
    frame.kernels = vec![
        Kernel::ours(RESERVED, || frames(Arenite(reserved()))),
        Kernel::ours(Arenite::NAME, || frames(Arenite::new())),
        Kernel::opponent(Bumpalo::<1>::NAME, || frames(Bumpalo::<1>::new())),
        Kernel::opponent(Up8::NAME, || frames(Up8::new())),
        Kernel::opponent(Stumpalo::NAME, || frames(Stumpalo::new())),
    ];
    frame.criteria = vec![
        Criterion::at_most(RESERVED, Measure::Time, 3000.0),
        Criterion::at_most(RESERVED, Measure::HeapCalls, 0.0),
        Criterion::at_most(RESERVED, Measure::SystemCalls, 0.0),
    ];

    let mut clear = Section::new("21b", "the clear alone, of a full arena of 512 MiB (poison off)");
    clear.step = 1;
    clear.unit = Unit::Microseconds;
    clear.count = Count::Inside(RESET_CALL, 2, 6);
    clear.clock = Clock::Interleaved(15);
    clear.calls = true;
    clear.kernels = vec![
        Kernel::ours(RESERVED, || full(Arenite(reserved()))),
        Kernel::opponent("bumpalo with_capacity", || full(Bumpalo(bumpalo::Bump::with_capacity(FRAME)))),
    ];
    clear.criteria = vec![
        Criterion::at_most(RESERVED, Measure::Time, 1000.0),
        Criterion::at_most(RESERVED, Measure::HeapCalls, 0.0),
        Criterion::at_most(RESERVED, Measure::SystemCalls, 0.0),
    ];
    vec![frame, clear]
}

fn reserved() -> arenite::Arena {
    arenite::ArenaOptions::new().name("frame").reserve(FRAME).build()
}

fn frames<L: Layouts>(mut arena: L) -> Work {
    let layouts = inputs(GROUP, |random| {
        Layout::from_size_align(random.log_uniform(8, 1024), 8 << random.below(4)).expect("a valid layout")
    });
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations {
            arena.reset();
            one_frame(&arena, &layouts);
        }
    }))
}

#[inline(never)]
fn one_frame<L: Layouts>(arena: &L, layouts: &[Layout]) {
    for &layout in layouts {
        let memory = arena.layout(layout);
        // SAFETY: at least 8 bytes, aligned to 8.
        unsafe { memory.cast::<u64>().write(1) };
        keep(memory);
    }
}

/// Fills all of it, writing to each page, and gives it back.
fn full<L: Layouts>(arena: L) -> Work {
    reset_after(arena, |arena| {
        let page = Layout::from_size_align(4096, 8).expect("a valid layout");
        for _ in 0..FRAME / page.size() - 16 {
            let memory = arena.layout(page);
            // SAFETY: a page of the arena's.
            unsafe { memory.cast::<u64>().write(1) };
        }
    })
}
