//! The checked run: every level made on one memory, everything about it counted.

use super::{
    debugged::Debugged,
    growth::{Growth, Holding},
    meter::Meter,
    plan::Plan,
};
use crate::{
    counting_heap::{HeapFigures, paused, peak, restart_peak},
    progress::Progress,
    verdict::Failure,
};
use arenite::{Node, NodeStats, debug, report::Snapshot};
use std::time::Instant;
use workloads::{
    memory::{Memory, MemoryReport, Slot},
    roguelike::{Game, LevelSummary, StableHash, StressFailure, validate},
};

/// What came of a run on one memory.
#[derive(Clone, Debug)]
pub(super) struct Ran {
    pub(super) memory: &'static str,
    /// Levels made and found right.
    pub(super) levels: u32,
    /// Levels made again.
    pub(super) regens: u32,
    /// The hash over all levels' hashes.
    pub(super) hash: u64,
    pub(super) per_second: f64,
    /// Heap calls of loading the game and making the levels.
    pub(super) heap: HeapFigures,
    /// The most bytes on the heap beyond those before the run.
    pub(super) heap_peak: usize,
    /// The arenas, where there are any.
    pub(super) arenas: Option<Arenas>,
    pub(super) growth: Growth,
    /// What was looked at under a debug grade.
    pub(super) debugged: Option<Debugged>,
    /// The first level that was wrong, where the run was given up.
    pub(super) wrong: Option<StressFailure>,
}

/// The arenas of a run, when it ended.
#[derive(Clone, Debug)]
pub(super) struct Arenas {
    /// Of the node above them all.
    pub(super) stats: NodeStats,
    pub(super) blocks_taken: u64,
    pub(super) blocks_returned: u64,
    pub(super) tree: Snapshot,
}

/// Makes every level of the plan on `memory`, whose arenas are below `node`.
pub(super) fn check<M: Memory>(
    memory: &M,
    node: Option<&Node>,
    plan: &Plan,
    per_second: f64,
    progress: &Progress,
) -> Result<Ran, Failure> {
    let mut meter = Meter::default();
    let faults = debug::faults();
    restart_peak();
    let base = peak();
    let game = meter.measure(|| Game::load(memory)).map_err(|error| Failure::refused("the game's resources", error))?;
    let mut slot = meter.measure(|| memory.slot());
    let mut hash = StableHash::new();
    let (mut levels, mut regens, mut wrong) = (0, 0, None);
    meter.forget_left();
    let mut warm = Holding::default();
    let start = Instant::now();
    for number in 0..plan.count {
        if number == plan.warm() {
            warm = holding(&meter, memory, &slot);
        }
        match make(&game, &mut slot, number, plan, &mut meter) {
            Ok(summary) => hash.word(summary.hash),
            Err(failure) => {
                wrong = Some(failure);
                break;
            }
        }
        levels += 1;
        regens += u32::from(plan.regen);
        progress.step();
    }
    // Under a grade nothing was timed before: the checked levels themselves are.
    let per_second = plan.grade.map_or(per_second, |_| f64::from(levels + regens) / start.elapsed().as_secs_f64());
    let growth = holding(&meter, memory, &slot).since(&warm, plan.warm());
    let (arenas, heap_peak) = (node.map(Arenas::below), peak() - base);
    let debugged = plan.grade.map(|grade| {
        let seen = Debugged::look();
        // What the game holds until its end is none of its leaks.
        drop((slot, game));
        seen.end(grade, faults)
    });
    Ok(Ran {
        memory: M::NAME,
        levels,
        regens,
        hash: hash.value(),
        per_second,
        heap: meter.heap(),
        heap_peak,
        arenas,
        growth,
        debugged,
        wrong,
    })
}

fn make<M: Memory>(
    game: &Game<'_, M>,
    slot: &mut M::Slot,
    number: u32,
    plan: &Plan,
    meter: &mut Meter,
) -> Result<LevelSummary, StressFailure> {
    let first = make_once(game, slot, number, plan, meter)?;
    if plan.regen {
        let again = make_once(game, slot, number, plan, meter)?;
        if again != first {
            return Err(StressFailure::Unsteady { first: Box::new(first), again: Box::new(again) });
        }
    }
    Ok(first)
}

fn make_once<M: Memory>(
    game: &Game<'_, M>,
    slot: &mut M::Slot,
    number: u32,
    plan: &Plan,
    meter: &mut Meter,
) -> Result<LevelSummary, StressFailure> {
    let (seed, depth) = plan.level(number);
    meter.measure(|| {
        game.with_level(slot, seed, depth, |level| {
            let summary = level.summary();
            // The checker's own blocks are not the memory's: uncounted, but where they tell of a failure.
            if plan.validate && !paused(|| validate(level).is_ok()) {
                validate(level)
                    .map_err(|violations| StressFailure::Invalid { level: Box::new(summary), violations })?;
            }
            Ok(summary)
        })
    })
}

fn holding<M: Memory>(meter: &Meter, memory: &M, slot: &M::Slot) -> Holding {
    let mut arenas: MemoryReport = memory.report();
    slot.describe(&mut arenas);
    Holding::now(meter.heap().live, &arenas)
}

impl Arenas {
    pub(super) fn below(node: &Node) -> Self {
        let tree = Snapshot::of(node);
        Self {
            stats: node.stats(),
            blocks_taken: tree.nodes.iter().map(|node| node.stats.blocks_taken).sum(),
            blocks_returned: tree.nodes.iter().map(|node| node.stats.blocks_returned).sum(),
            tree,
        }
    }
}
