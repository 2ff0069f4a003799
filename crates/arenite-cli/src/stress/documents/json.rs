//! A report on documents for scripts. Fields are added, not renamed; sizes are bytes; what is not known is null.

use super::{report::Report, run::Ran};
use crate::verdict::Failure;
use serde_json::{Value, json};

/// The whole report as one object.
pub(super) fn of(report: &Report, failures: &[Failure]) -> Value {
    let plan = &report.plan;
    json!({
        "command": "stress",
        "workload": "documents",
        "version": env!("CARGO_PKG_VERSION"),
        "count": plan.count,
        "regen": plan.regen,
        "validate": plan.validate,
        "corpus": {
            "path": plan.corpus.as_ref().map(|path| path.display().to_string()),
            "documents": plan.files,
            "bytes": plan.bytes,
        },
        "runs": report.runs.iter().map(run).collect::<Vec<_>>(),
        "speedup": report.speedup(),
        "hashes_equal": report.hashes_equal(),
        "passed": failures.is_empty(),
        "failures": failures.iter().map(Failure::plain).collect::<Vec<_>>(),
    })
}

fn run(run: &Ran) -> Value {
    json!({
        "memory": run.memory,
        "documents": run.total.documents,
        "regens": run.regens,
        "rejected": run.total.rejected,
        "violations": run.total.violations,
        "nodes": run.total.nodes,
        "read": run.total.read,
        "written": run.total.written,
        "hash": format!("{:016x}", run.total.hash),
        "bytes_per_second": run.per_second,
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
            "from_document": run.growth.from_level,
            "live": run.growth.live,
            "reserved": run.growth.reserved,
            "resident": run.growth.resident,
            "blocks": run.churn,
        },
        "wrong_document": run.wrong.as_ref().map(ToString::to_string),
    })
}
