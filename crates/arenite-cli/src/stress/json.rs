//! A stress report for scripts. Fields are added, not renamed; sizes are bytes; what is not known is null.

use super::{drawing::Drawing, report::Report, run::Ran};
use crate::verdict::Failure;
use serde_json::{Value, json};

/// The whole report as one object.
pub(super) fn of(report: &Report, drawing: Option<&Drawing>, failures: &[Failure]) -> Value {
    let plan = &report.plan;
    json!({
        "command": "stress",
        "workload": "levels",
        "version": env!("CARGO_PKG_VERSION"),
        "count": plan.count,
        "seed": plan.seed,
        "depth": plan.depth,
        "regen": plan.regen,
        "validate": plan.validate,
        "debug_grade": plan.grade.map(|grade| grade.name()),
        "runs": report.runs.iter().map(run).collect::<Vec<_>>(),
        "speedup": report.speedup(),
        "hashes_equal": report.hashes_equal(),
        "drawing": drawing.map(|drawing| json!({
            "caption": drawing.caption,
            "text": drawing.text,
            "path": drawing.path.as_ref().map(|path| path.display().to_string()),
        })),
        "passed": failures.is_empty(),
        "failures": failures.iter().map(Failure::plain).collect::<Vec<_>>(),
    })
}

fn run(run: &Ran) -> Value {
    json!({
        "memory": run.memory,
        "levels": run.levels,
        "regens": run.regens,
        "hash": format!("{:016x}", run.hash),
        "levels_per_second": run.per_second,
        "heap": {
            "calls": run.heap.calls(),
            "allocations": run.heap.allocations,
            "reallocations": run.heap.reallocations,
            "frees": run.heap.frees,
            "peak": run.heap_peak,
        },
        "arenas": run.arenas.as_ref().map(|arenas| json!({
            "blocks_taken": arenas.blocks_taken,
            "blocks_returned": arenas.blocks_returned,
            "held": arenas.stats.charged,
            "peak": arenas.stats.high_water,
            "tree": arenas.tree.to_json(),
        })),
        "growth": {
            "from_level": run.growth.from_level,
            "live": run.growth.live,
            "reserved": run.growth.reserved,
            "resident": run.growth.resident,
        },
        "debug": run.debugged.as_ref().map(|debugged| json!({
            "allocators": debugged.seen.allocators,
            "live_blocks": debugged.seen.live,
            "fenced_blocks": debugged.seen.blocks,
            "faults": debugged.faults,
            "leaks": debugged.leaks.to_json(),
        })),
        "wrong_level": run.wrong.as_ref().map(ToString::to_string),
    })
}
