//! A report of frames for people.

use super::{
    checks::{ALLOCATIONS, CLEAR, JUDGES_TIMES, RESIDENT},
    full_clear::Cleared,
    report::Report,
    steady::Steady,
    timing::Times,
};
use crate::{
    table::{Table, grouped},
    verdict::{Failure, line},
};
use arenite::report::Bytes;
use workloads::frames::ENTITIES;

/// The whole report.
pub(super) fn of(report: &Report, failures: &[Failure]) -> String {
    let (steady, last) = (&report.steady, &report.steady.last);
    let heading = format!(
        "{} frames of {} entities, {} of them to warm up; {:.2?} a frame\nlast frame: {last}",
        grouped(report.frames),
        grouped(ENTITIES as u64),
        steady.warm_up,
        steady.time / u32::try_from(steady.frames).unwrap_or(u32::MAX),
    );
    let verdict = line(failures);
    format!("{heading}\n\n{}\n\n{}\n\n{}\n\n{verdict}", report.stats, counts(steady), times(report))
}

fn counts(steady: &Steady) -> Table {
    let mut table = Table::new([format!("{} steady frames", grouped(steady.frames)), "a frame".to_owned()]);
    let per_frame = |count: u64| match count {
        0 => "0".to_owned(),
        _ => format!("{:.3}", count as f64 / steady.frames as f64),
    };
    let mut count = |label: &str, count: Option<u64>| match count {
        Some(count) => table.row(label, [grouped(count), per_frame(count)], "must be 0"),
        None => table.row(label, ["not known here", "-"], ""),
    };
    count("heap calls", Some(steady.heap_calls));
    count("page faults", steady.page_faults);
    count("system calls of memory", Some(steady.system_calls));
    let committed = format!("must be 0 B; {} are committed", Bytes(steady.committed));
    table.row("growth: committed", [Bytes(steady.committed_growth).to_string(), "-".to_owned()], committed);
    match steady.resident_growth {
        Some(bytes) => {
            table.row("growth: resident set", [Bytes(bytes).to_string(), "-".to_owned()], below(&Bytes(RESIDENT)));
        }
        None => table.row("growth: resident set", ["not known here", "-"], ""),
    }
    let most = format!("at the most, by at least {} allocations", steady.least_allocations);
    table.row("frame area used", ["-".to_owned(), Bytes(steady.most_used).to_string()], most);
    table
}

fn times(report: &Report) -> Table {
    let mut table = Table::new(["median", "min"]);
    let mut row = |label: &str, times: &Times, note: String| {
        table.row(label, [format!("{:.2?}", times.median), format!("{:.2?}", times.min)], note);
    };
    row("1,000 allocations", &report.timing.bare, judged(&ALLOCATIONS));
    row("1,000 under their tags", &report.timing.tagged, String::new());
    match &report.full_clear {
        Cleared::Timed { bytes, time } => {
            let label = format!("clear of full {}", Bytes(*bytes));
            table.row(&label, [format!("{time:.2?}"), String::new()], judged(&CLEAR));
        }
        Cleared::Skipped { why } => table.row("clear of the full area", ["skipped", ""], why.clone()),
    }
    table
}

fn judged(target: &std::time::Duration) -> String {
    let build = if JUDGES_TIMES { "" } else { " in a release build" };
    format!("must be below {target:?}{build}")
}

fn below(limit: &Bytes) -> String {
    format!("must be below {limit}")
}
