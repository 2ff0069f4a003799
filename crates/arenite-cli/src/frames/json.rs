//! A report of frames for scripts. Fields are added, not renamed; sizes are bytes, times nanoseconds; what is not known is
//! null.

use super::{full_clear::Cleared, report::Report, timing::Times};
use crate::verdict::Failure;
use arenite::system::SystemStats;
use serde_json::{Value, json};
use workloads::frames::ENTITIES;

/// The whole report as one object.
pub(super) fn of(report: &Report, failures: &[Failure]) -> Value {
    let steady = &report.steady;
    json!({
        "command": "frames",
        "version": env!("CARGO_PKG_VERSION"),
        "frames": report.frames,
        "entities": ENTITIES,
        "hash": format!("{:016x}", steady.last.hash),
        "steady": {
            "warm_up": steady.warm_up,
            "frames": steady.frames,
            "heap_calls": steady.heap_calls,
            "page_faults": steady.page_faults,
            "system_calls": steady.system_calls,
            "committed": steady.committed,
            "committed_growth": steady.committed_growth,
            "resident_growth": steady.resident_growth,
            "frame_time": nanoseconds(steady.time) / steady.frames.max(1),
            "least_allocations": steady.least_allocations,
            "most_used": steady.most_used,
        },
        "last_frame": {
            "allocations": steady.last.allocations,
            "requested": steady.last.requested,
            "frame_used": steady.last.frame_used,
            "contacts": steady.last.contacts,
            "paths": steady.last.paths,
            "posed": steady.last.posed,
            "particles": steady.last.particles,
            "commands": steady.last.commands,
        },
        "thousand_allocations": times(&report.timing.bare),
        "thousand_tagged_allocations": times(&report.timing.tagged),
        "full_clear": match &report.full_clear {
            Cleared::Timed { bytes, time } => json!({ "bytes": bytes, "time": nanoseconds(*time), "skipped": null }),
            Cleared::Skipped { why } => json!({ "bytes": null, "time": null, "skipped": why }),
        },
        "areas": areas(&report.stats),
        "tags": tags(&report.stats),
        "reserved": report.stats.reserved,
        "passed": failures.is_empty(),
        "failures": failures.iter().map(Failure::plain).collect::<Vec<_>>(),
    })
}

fn nanoseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn times(times: &Times) -> Value {
    json!({ "median": nanoseconds(times.median), "min": nanoseconds(times.min) })
}

fn areas(stats: &SystemStats) -> Value {
    let area = |area: &arenite::system::AreaStats| {
        json!({
            "area": area.area.to_string(),
            "used": area.used,
            "high_water": area.high_water,
            "committed": area.committed,
            "reserved": area.reserved,
            "generation": area.generation,
        })
    };
    stats.areas.iter().map(area).collect()
}

fn tags(stats: &SystemStats) -> Value {
    let tag = |tag: &arenite::system::TagStats| {
        json!({
            "tag": tag.tag.to_string(),
            "used": tag.used,
            "high_water": tag.high_water,
            "soft_budget": tag.budget.soft,
            "hard_budget": tag.budget.hard,
        })
    };
    stats.tags.iter().map(tag).collect()
}
