//! What a run over documents must keep.

use super::{report::Report, run::Ran};
use crate::{stress::checks::LIMIT, table::grouped, verdict::Failure};

/// Every promise that was not kept.
pub(super) fn failures(report: &Report) -> Vec<Failure> {
    let mut failures = Vec::new();
    for run in &report.runs {
        failures.extend(run.wrong.as_ref().map(|flaw| Failure {
            who: run.memory.to_owned(),
            what: format!("a document came out wrong: {flaw}"),
            remedy: "work on it alone, in a directory of its own, with --corpus",
        }));
        growth(run, &mut failures);
    }
    if report.hashes_equal() == Some(false) {
        let hash = |run: &Ran| format!("{} wrote {:016x}", run.memory, run.total.hash);
        failures.push(Failure {
            who: "both memories".to_owned(),
            what: format!("wrote different documents: {}", report.runs.iter().map(hash).collect::<Vec<_>>().join(", ")),
            remedy: "halve --count until the first document that differs is found",
        });
    }
    failures
}

fn growth(run: &Ran, failures: &mut Vec<Failure>) {
    let mut must = |kept: bool, what: String, remedy| {
        if !kept {
            failures.push(Failure { who: run.memory.to_owned(), what, remedy });
        }
    };
    let since = format!("from after document {} to the end", run.growth.from_level);
    let live = run.growth.live;
    must(
        live == 0,
        format!("what finished documents still hold grew by {} bytes {since} (must be 0)", grouped(live as u64)),
        "shorten the run with --count to find the document that leaves something behind",
    );
    let churn = run.churn.unwrap_or(0);
    must(
        churn == 0,
        format!("arenas took or gave back {} blocks {since} (must be 0)", grouped(churn)),
        "see in the tree which arena did: give it a Retention that keeps its blocks",
    );
    // How malloc takes memory from the kernel and gives it back is not ours to judge: its steps are larger than the limit.
    let resident = run.arenas.as_ref().and(run.growth.resident).unwrap_or(0);
    must(
        resident < LIMIT,
        format!(
            "the resident set grew by {} bytes {since} (must be below {})",
            grouped(resident as u64),
            grouped(LIMIT as u64)
        ),
        "run it again: if it grows each time, look for blocks that are not reused",
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        counting_heap::HeapFigures,
        stress::{args::Choice, documents::plan::Plan, growth::Growth, run::Arenas},
    };
    use arenite::Node;
    use workloads::documents::{Flaw, Summary};

    fn report() -> Report {
        let run = |memory| Ran {
            memory,
            total: Summary { documents: 24, hash: 5, ..Summary::default() },
            regens: 24,
            per_second: 100.0,
            heap: HeapFigures::default(),
            heap_peak: 0,
            arenas: (memory == "arenite").then(|| Arenas::below(&Node::new("test").build())),
            growth: Growth { from_level: 12, live: 0, reserved: None, resident: Some(LIMIT - 1) },
            churn: (memory == "arenite").then_some(0),
            wrong: None,
        };
        let plan =
            Plan { count: 24, regen: true, validate: true, memory: Choice::Both, corpus: None, files: 12, bytes: 1 };
        Report { plan, runs: vec![run("plain heap"), run("arenite")] }
    }

    fn told(report: &Report) -> String {
        failures(report).iter().map(Failure::plain).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_run_within_all_limits_passes_and_the_steps_of_malloc_are_not_judged() {
        let mut report = report();
        report.runs[0].growth.resident = Some(1 << 20);
        assert_eq!(told(&report), "");
    }

    #[test]
    fn a_byte_a_block_and_a_growing_resident_set_are_each_too_much() {
        let mut report = report();
        report.runs[0].growth.live = 1;
        report.runs[1].growth.resident = Some(LIMIT);
        report.runs[1].churn = Some(2);
        let told = told(&report);
        for word in [
            "plain heap: what finished documents still hold grew by 1 bytes from after document 12",
            "2 blocks",
            "65,536",
        ] {
            assert!(told.contains(word), "{word} in {told}");
        }
    }

    #[test]
    fn different_hashes_and_wrong_documents_are_told() {
        let mut report = report();
        report.runs[0].total.hash = 6;
        report.runs[1].wrong = Some(Flaw { document: "a.md".to_owned(), what: "broken" });
        let told = told(&report);
        for word in ["plain heap wrote 0000000000000006, arenite wrote 0000000000000005", "wrong: a.md: broken"] {
            assert!(told.contains(word), "{word} in {told}");
        }
    }
}
