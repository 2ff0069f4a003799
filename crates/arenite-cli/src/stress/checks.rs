//! What a stress run must keep.

use super::{report::Report, run::Ran};
use crate::{table::grouped, verdict::Failure};

/// Growth of what is reserved and of the resident set must stay below this many bytes.
pub(super) const LIMIT: usize = 64 << 10;

/// Every promise that was not kept.
pub(super) fn failures(report: &Report) -> Vec<Failure> {
    let mut failures = Vec::new();
    for run in &report.runs {
        wrong_level(run, &mut failures);
        growth(run, &mut failures);
        debugged(run, &mut failures);
    }
    if report.hashes_equal() == Some(false) {
        let hashes: Vec<_> = report.runs.iter().map(|run| format!("{} made {:016x}", run.memory, run.hash)).collect();
        failures.push(Failure {
            who: "both memories".to_owned(),
            what: format!("made different levels: {}", hashes.join(", ")),
            remedy: "halve --count until the first level that differs is found, and compare its two --draw",
        });
    }
    failures
}

fn wrong_level(run: &Ran, failures: &mut Vec<Failure>) {
    failures.extend(run.wrong.as_ref().map(|wrong| Failure {
        who: run.memory.to_owned(),
        what: format!("level {} is wrong: {wrong}", run.levels + 1),
        remedy: "make it alone with --count 1 and its --seed and --depth, and --draw it",
    }));
}

fn debugged(run: &Ran, failures: &mut Vec<Failure>) {
    let Some(debugged) = &run.debugged else { return };
    let mut fail = |what: String, remedy| failures.push(Failure { who: run.memory.to_owned(), what, remedy });
    if debugged.faults > 0 {
        let what = format!("{} faults in grade {}", grouped(debugged.faults), debugged.grade);
        fail(what, "each is told above with its places and what to do");
    }
    if !debugged.leaks.is_empty() {
        fail(debugged.leaks.to_string(), arenite::debug::FaultKind::Leak.remedy());
    }
}

fn growth(run: &Ran, failures: &mut Vec<Failure>) {
    let mut must = |kept: bool, what: &str, bytes: usize, allowed: String, remedy| {
        if !kept {
            failures.push(Failure {
                who: run.memory.to_owned(),
                what: format!(
                    "{what} grew by {} bytes from after level {} to the end ({allowed})",
                    grouped(bytes as u64),
                    run.growth.from_level
                ),
                remedy,
            });
        }
    };
    let live = run.growth.live;
    must(
        live == 0,
        "what freed levels still hold",
        live,
        "must be 0".to_owned(),
        "shorten the run with --count to find the level that leaves something behind",
    );
    let below = format!("must be below {}", grouped(LIMIT as u64));
    // How malloc takes memory from the kernel is not ours to judge: its steps are larger than the limit.
    // Nor what debugging keeps and notes.
    let judged = run.debugged.is_none();
    let reserved = run.arenas.as_ref().and(run.growth.reserved).filter(|_| judged).unwrap_or(0);
    must(
        reserved < LIMIT,
        "what is reserved",
        reserved,
        below.clone(),
        "see in the tree which arena took blocks late: give it a larger first block, or a Retention that keeps them",
    );
    let resident = run.growth.resident.filter(|_| judged).unwrap_or(0);
    must(
        resident < LIMIT,
        "the resident set",
        resident,
        below,
        "run it again: if it grows each time, look for blocks that are not reused",
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        counting_heap::HeapFigures,
        stress::{args::Choice, growth::Growth, plan::Plan, run::Arenas},
    };
    use arenite::Node;
    use workloads::roguelike::{LevelSummary, StressFailure};

    fn report() -> Report {
        let run = |memory| Ran {
            memory,
            levels: 20,
            regens: 20,
            hash: 5,
            per_second: 100.0,
            heap: HeapFigures::default(),
            heap_peak: 0,
            arenas: (memory == "arenite").then(|| Arenas::below(&Node::new("test").build())),
            growth: Growth { from_level: 10, live: 0, reserved: Some(LIMIT - 1), resident: None },
            debugged: None,
            wrong: None,
        };
        let plan =
            Plan { count: 20, seed: 1, depth: None, regen: true, validate: true, memory: Choice::Both, grade: None };
        Report { plan, runs: vec![run("plain heap"), run("arenite")] }
    }

    fn told(report: &Report) -> String {
        failures(report).iter().map(Failure::plain).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_run_within_all_limits_passes_also_where_the_resident_set_is_not_known() {
        assert_eq!(told(&report()), "");
    }

    #[test]
    fn a_single_byte_of_a_freed_level_is_too_much() {
        let mut report = report();
        report.runs[1].growth.live = 1;
        assert!(told(&report).starts_with("arenite: what freed levels still hold grew by 1 bytes from after level 10"));
    }

    #[test]
    fn growth_of_the_whole_limit_is_too_much() {
        let mut report = report();
        report.runs[1].growth.reserved = Some(LIMIT);
        report.runs[1].growth.resident = Some(LIMIT + 1);
        assert_eq!(failures(&report).len(), 2);
        assert!(told(&report).contains("65,536 bytes"), "{}", told(&report));
    }

    #[test]
    fn the_steps_in_which_malloc_grows_are_not_judged() {
        let mut report = report();
        report.runs[0].growth.reserved = Some(1 << 20);
        assert_eq!(told(&report), "");
    }

    #[test]
    fn faults_under_a_grade_fail_the_run_and_what_debugging_keeps_is_not_judged() {
        let mut report = report();
        let seen = crate::stress::debugged::Seen::default();
        report.runs[1].debugged = Some(seen.end(arenite::debug::Grade::Guard, arenite::debug::faults()));
        report.runs[1].growth.reserved = Some(1 << 30);
        assert_eq!(told(&report), "");
        report.runs[1].debugged.as_mut().expect("just set").faults = 2;
        assert_eq!(
            told(&report),
            "arenite: 2 faults in grade guard; each is told above with its places and what to do"
        );
    }

    #[test]
    fn different_hashes_are_told_with_both() {
        let mut report = report();
        report.runs[0].hash = 6;
        assert!(told(&report).contains("plain heap made 0000000000000006, arenite made 0000000000000005"));
    }

    #[test]
    fn a_wrong_level_is_told_with_its_number() {
        let mut report = report();
        let level = Box::new(LevelSummary { seed: 77, ..LevelSummary::default() });
        report.runs[0].wrong = Some(StressFailure::Invalid { level, violations: Vec::new() });
        assert!(told(&report).contains("plain heap: level 21 is wrong: seed 77"), "{}", told(&report));
    }
}
