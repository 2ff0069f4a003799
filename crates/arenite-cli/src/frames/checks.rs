//! What a run of frames must keep.

use super::{
    full_clear::{Cleared, area},
    report::Report,
};
use crate::{table::grouped, verdict::Failure};
use std::time::Duration;

/// 1,000 allocations take less.
pub(super) const ALLOCATIONS: Duration = Duration::from_micros(10);
/// The clearing of a full frame area takes less.
pub(super) const CLEAR: Duration = Duration::from_millis(1);
/// The resident set grows by fewer bytes.
pub(super) const RESIDENT: usize = 64 << 10;
/// A frame makes at least so many allocations.
const FEWEST: usize = 1_000;

/// Whether times are judged: a debug build is slower by design.
pub(super) const JUDGES_TIMES: bool = !cfg!(debug_assertions);

/// Every promise that was not kept.
pub(super) fn failures(report: &Report) -> Vec<Failure> {
    let mut failures = steady(report);
    if JUDGES_TIMES {
        failures.extend(times(report));
    }
    failures.extend(full(report));
    failures
}

fn steady(report: &Report) -> Vec<Failure> {
    let steady = &report.steady;
    let frames = grouped(steady.frames);
    let none = |who: &str, count: u64, remedy| {
        let what = format!("{} in {frames} steady frames (must be 0)", grouped(count));
        (count > 0).then(|| Failure { who: who.to_owned(), what, remedy })
    };
    let tell =
        |kept: bool, who: &str, what: String, remedy| (!kept).then(|| Failure { who: who.to_owned(), what, remedy });
    let resident = steady.resident_growth.unwrap_or(0);
    [
        none("heap calls", steady.heap_calls, "break on malloc in a steady frame to see who calls it"),
        none(
            "page faults",
            steady.page_faults.unwrap_or(0),
            "a machine short of memory or one that moves pages about faults by itself: run it again; if they stay, \
             `perf trace -F all` shows where",
        ),
        none("system calls of memory", steady.system_calls, "see with `strace -k` which area commits"),
        tell(
            steady.committed_growth == 0,
            "the areas",
            format!("committed {} bytes more in {frames} steady frames (must be 0)", steady.committed_growth),
            "see the table for the area: a frame uses more than was touched at the start",
        ),
        tell(
            resident < RESIDENT,
            "the resident set",
            format!("grew by {} bytes in {frames} steady frames (must be below {RESIDENT})", grouped(resident as u64)),
            "run it again; if it grows each time, something outside the areas does",
        ),
        tell(
            steady.least_allocations >= FEWEST,
            "the frame loop",
            format!("made only {} allocations in a frame (must be {FEWEST})", steady.least_allocations),
            "give it more to do: the figures would mean little",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn times(report: &Report) -> Vec<Failure> {
    let late = |who: &str, time: Duration, target: Duration| {
        (time >= target).then(|| Failure {
            who: who.to_owned(),
            what: format!("took {time:?} (must be below {target:?})"),
            remedy: "run it again on a quiet machine",
        })
    };
    let clear = match &report.full_clear {
        Cleared::Timed { time, .. } => late("the clearing of a full frame area", *time, CLEAR),
        Cleared::Skipped { .. } => None,
    };
    let bare = late("1,000 allocations of a frame (median)", report.timing.bare.median, ALLOCATIONS);
    bare.into_iter().chain(clear).collect()
}

/// A clearing counts only when the area was full.
fn full(report: &Report) -> Option<Failure> {
    let size = area(&report.stats);
    match report.full_clear {
        Cleared::Timed { bytes, .. } if bytes + 64 < size => Some(Failure {
            who: "the frame area".to_owned(),
            what: format!("took only {bytes} of its {size} bytes before it was cleared"),
            remedy: "the machine is short of memory: free some, or pass --full-clear never",
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::{
        steady::Steady,
        timing::{Times, Timing},
    };
    use arenite::system::SystemStats;

    fn report() -> Report {
        let times = Times { median: Duration::from_micros(3), min: Duration::from_micros(2) };
        Report {
            frames: 600,
            steady: Steady { frames: 540, least_allocations: 1_000, page_faults: Some(0), ..Steady::default() },
            stats: SystemStats { areas: Vec::new(), tags: Vec::new(), frames: 600, reserved: 0 },
            timing: Timing { bare: times, tagged: times },
            full_clear: Cleared::Timed { bytes: 0, time: Duration::from_micros(1) },
        }
    }

    fn told(report: &Report) -> String {
        failures(report).iter().map(Failure::plain).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_run_within_all_limits_passes_also_where_faults_are_not_known() {
        let mut report = report();
        assert_eq!(told(&report), "");
        report.steady.page_faults = None;
        assert_eq!(told(&report), "");
    }

    #[test]
    fn one_of_anything_in_a_steady_frame_is_too_much() {
        for (set, who) in [
            ((|steady| steady.heap_calls = 1) as fn(&mut Steady), "heap calls: 1 in 540 steady frames (must be 0)"),
            (|steady| steady.page_faults = Some(1), "page faults: 1 in"),
            (|steady| steady.system_calls = 1, "system calls of memory: 1 in"),
            (|steady| steady.committed_growth = 1, "the areas: committed 1 bytes more"),
            (|steady| steady.resident_growth = Some(RESIDENT), "the resident set: grew by 65,536 bytes"),
            (|steady| steady.least_allocations = 999, "the frame loop: made only 999"),
        ] {
            let mut report = report();
            set(&mut report.steady);
            assert!(told(&report).starts_with(who) && failures(&report).len() == 1, "{}", told(&report));
        }
    }

    #[test]
    fn a_late_time_fails_where_times_are_judged() {
        let mut report = report();
        report.timing.bare.median = ALLOCATIONS;
        report.full_clear = Cleared::Timed { bytes: 0, time: CLEAR };
        assert_eq!(times(&report).len(), 2);
        assert_eq!(failures(&report).len(), if JUDGES_TIMES { 2 } else { 0 });
    }
}
