//! Row 25: a roguelike's level maker, end to end, on Arenite and on the plain heap.

use crate::{
    criterion::{Criterion, Measure},
    keep::keep,
    kernel::{Clock, Count, Kernel, Section, Unit, Work},
};
use workloads::{
    memory::{AreniteMemory, Memory, PlainMemory},
    roguelike::Game,
};

const ARENITE: &str = "arenite";
const GLIBC: &str = "plain heap, glibc";
const MIMALLOC: &str = "plain heap, mimalloc";
const MANY: &str = "arenite, 10,000 levels";
const FEW: &str = "arenite, 1,000 levels";

const TEN: &str = "times are for ten levels";

/// Levels made before anything is measured.
const WARM_UP: u64 = 50;

pub(super) fn sections() -> Vec<Section> {
    let mut speed = Section::new("25a", "level maker: a level made and freed, warm");
    speed.step = 100;
    speed.unit = Unit::Microseconds;
    speed.count = Count::Steps(1, 3);
    speed.heap_share = true;
    speed.clock = Clock::FreshProcess(25);
    speed.kernels = vec![
        Kernel::ours(ARENITE, levels::<AreniteMemory>),
        Kernel::opponent(GLIBC, levels::<PlainMemory>),
        mimalloc(MIMALLOC, levels::<PlainMemory>),
    ];
    speed.criteria = [GLIBC, MIMALLOC]
        .into_iter()
        .flat_map(|plain| {
            [
                Criterion::stated(ARENITE, Measure::Speedup(plain)),
                Criterion::at_least_of(ARENITE, Measure::ShareOfBound(plain), 0.8),
                Criterion::stated(ARENITE, Measure::InstructionShareOfBound(plain)),
            ]
        })
        .collect();

    let mut flat = Section::new("25b", "level maker: memory after 10,000 levels made and freed");
    flat.step = 1000;
    flat.unit = Unit::Microseconds;
    flat.count = Count::Nothing;
    flat.clock = Clock::FreshProcess(1);
    flat.kernels = vec![
        Kernel::ours(MANY, || repeated::<AreniteMemory>(10)).noting(TEN),
        Kernel::ours(FEW, levels::<AreniteMemory>),
        Kernel::opponent(GLIBC, || repeated::<PlainMemory>(10)).noting(TEN),
        mimalloc(MIMALLOC, || repeated::<PlainMemory>(10)).noting(TEN),
    ];
    flat.criteria = vec![Criterion::at_most(MANY, Measure::ResidentRatio(FEW), 1.02)];
    vec![speed, flat]
}

#[cfg(feature = "native")]
fn mimalloc(name: &'static str, start: fn() -> Work) -> Kernel {
    Kernel::opponent(name, start).on_heap("mimalloc")
}

#[cfg(not(feature = "native"))]
fn mimalloc(name: &'static str, _start: fn() -> Work) -> Kernel {
    Kernel::absent(name)
}

/// Levels on a memory, warm.
pub(super) fn levels<M: Memory + Default + 'static>() -> Work {
    repeated::<M>(1)
}

/// Makes levels of all depths from consecutive seeds, so many times as many as asked for.
fn repeated<M: Memory + Default + 'static>(times: u64) -> Work {
    let memory: &'static M = Box::leak(Box::default());
    let game = Game::load(memory).expect("the game's own files");
    let mut slot = memory.slot();
    let mut make = move |seed: u64| {
        let depth = i32::try_from(seed % 25).expect("below 25") + 1;
        game.with_level(&mut slot, seed, depth, |level| keep(level));
    };
    (0..WARM_UP).for_each(&mut make);
    Work::Loop(Box::new(move |operations| (0..operations * times).for_each(&mut make)))
}
