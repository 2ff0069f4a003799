//! Row 21: a frame of a game.

use super::{
    inputs::inputs,
    reset::{RESET_CALL, reset_after},
};
use crate::{
    contender::{Arenite, Bump, Bumpalo, Layouts, Stumpalo, Up8},
    criterion::{Criterion, Measure},
    keep::keep,
    kernel::{Call, Clock, Count, GROUP, Kernel, Section, Unit, Work},
};
use arenite::{MemorySystem, system::SystemLayout};
use std::alloc::Layout;

const FRAME: usize = 512 << 20;
const SYSTEM: &str = "arenite MemorySystem";
const RESERVED: &str = "arenite reserved";

pub(super) fn sections() -> Vec<Section> {
    let mut frame =
        Section::new("21a", "a frame: clear, then 1,000 allocations of 8-1,024 B, align 8-64, one store each");
    frame.step = 1;
    frame.unit = Unit::Microseconds;
    frame.count = Count::Steps(10, 60);
    frame.calls = true;
    frame.kernels = vec![
        Kernel::ours(SYSTEM, system_frames).noting("MemorySystem::begin_frame"),
        Kernel::ours(RESERVED, || frames(Arenite(reserved()))),
        Kernel::ours(Arenite::NAME, || frames(Arenite::new())),
        Kernel::opponent(Bumpalo::<1>::NAME, || frames(Bumpalo::<1>::new())),
        Kernel::opponent(Up8::NAME, || frames(Up8::new())),
        Kernel::opponent(Stumpalo::NAME, || frames(Stumpalo::new())),
    ];
    frame.criteria = vec![
        Criterion::at_most(SYSTEM, Measure::Time, 3000.0),
        Criterion::at_most(SYSTEM, Measure::HeapCalls, 0.0),
        Criterion::at_most(SYSTEM, Measure::SystemCalls, 0.0),
    ];

    let mut clear = Section::new("21b", "the clear alone, of a full arena of 512 MiB (poison off)");
    clear.step = 1;
    clear.unit = Unit::Microseconds;
    clear.count = Count::Inside(RESET_CALL, 2, 6);
    clear.clock = Clock::Interleaved(15);
    clear.calls = true;
    clear.kernels = vec![
        Kernel::ours(SYSTEM, full_system).noting("the begin of the next frame"),
        Kernel::ours(RESERVED, || full(Arenite(reserved()))),
        Kernel::opponent("bumpalo with_capacity", || full(Bumpalo(bumpalo::Bump::with_capacity(FRAME)))),
    ];
    clear.criteria = vec![
        Criterion::at_most(SYSTEM, Measure::Time, 1000.0),
        Criterion::at_most(SYSTEM, Measure::HeapCalls, 0.0),
        Criterion::at_most(SYSTEM, Measure::SystemCalls, 0.0),
        Criterion::at_most(RESERVED, Measure::Time, 1000.0),
    ];
    vec![frame, clear]
}

fn reserved() -> arenite::Arena {
    arenite::ArenaOptions::new().name("frame").reserve(FRAME).build()
}

fn mixed() -> Vec<Layout> {
    inputs(GROUP, |random| {
        Layout::from_size_align(random.log_uniform(8, 1024), 8 << random.below(4)).expect("a valid layout")
    })
}

fn frames<L: Layouts>(mut arena: L) -> Work {
    let layouts = mixed();
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations {
            arena.reset();
            one_frame(&layouts, |layout| arena.layout(layout));
        }
    }))
}

fn system_frames() -> Work {
    let memory = system();
    let layouts = mixed();
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations {
            let frame = memory.begin_frame().expect("no other is open");
            one_frame(&layouts, |layout| frame.alloc_layout(layout).as_ptr());
        }
    }))
}

fn system() -> MemorySystem<'static> {
    MemorySystem::with_layout(SystemLayout::new().total(2 << 30).frame(FRAME)).expect("address space")
}

#[inline(never)]
fn one_frame(layouts: &[Layout], allocate: impl Fn(Layout) -> *mut u8) {
    for &layout in layouts {
        let memory = allocate(layout);
        // SAFETY: at least 8 bytes, aligned to 8.
        unsafe { memory.cast::<u64>().write(1) };
        keep(memory);
    }
}

/// Uses all of an arena's 512 MiB but the last few pages, writing to each page.
fn fill(allocate: impl Fn(Layout) -> *mut u8) {
    let page = Layout::from_size_align(4096, 8).expect("a valid layout");
    for _ in 0..FRAME / page.size() - 16 {
        let memory = allocate(page);
        // SAFETY: a page of the arena's.
        unsafe { memory.cast::<u64>().write(1) };
    }
}

fn full<L: Layouts>(arena: L) -> Work {
    reset_after(arena, |arena| fill(|layout| arena.layout(layout)))
}

/// The system clears a frame as the next one begins.
struct System(MemorySystem<'static>);

impl Call for System {
    fn prepare(&mut self) {
        let frame = self.0.begin_frame().expect("no other is open");
        fill(|layout| frame.alloc_layout(layout).as_ptr());
    }

    fn call(&mut self) {
        begin_and_reset_call(&self.0);
    }
}

/// Under [`RESET_CALL`]'s name too: what callgrind is to count.
#[inline(never)]
fn begin_and_reset_call(memory: &MemorySystem<'_>) {
    keep(&memory.begin_frame().expect("no other is open"));
}

fn full_system() -> Work {
    Work::Call(Box::new(System(system())))
}
