//! What was measured, as data: the table prints it, `--json` writes it.

use crate::kernel::{Kernel, Side, Unit};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};

/// A name: of this build's registry, or read from a file.
pub(crate) type Name = Cow<'static, str>;

/// Everything of one run.
#[derive(Serialize, Deserialize)]
pub(crate) struct Report {
    /// Processor, system and tools.
    pub machine: Machine,
    /// The rows, in order.
    pub sections: Vec<Measured>,
}

/// Where it was measured.
#[derive(Serialize, Deserialize)]
pub(crate) struct Machine {
    /// The processor's name.
    pub processor: String,
    /// How many of them.
    pub processors: usize,
    /// The one-minute load average when the run began: above 1 for each processor the times wander.
    pub load: Option<f64>,
    /// valgrind's version; `None`: no instruction counts.
    pub valgrind: Option<String>,
    /// Whether mimalloc and jemalloc are in.
    pub native: bool,
    /// When: date and time in UTC.
    pub date: String,
    /// The compiler.
    pub rustc: String,
    /// The library's commit, with `-dirty` when files had changed.
    pub commit: Option<String>,
    /// The opponents that are crates, and their versions.
    pub versions: BTreeMap<String, String>,
    /// Other runs whose sections or times were added: when, of which commit, under which load.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<String>,
}

/// One section, measured.
#[derive(Serialize, Deserialize)]
pub(crate) struct Measured {
    /// As in TARGETS.md, with a letter for a part.
    pub id: Name,
    /// What is done.
    pub title: Name,
    /// The unit the table shows times in; here they are nanoseconds.
    pub unit: Unit,
    /// The contenders.
    pub cells: Vec<Cell>,
    /// The targets.
    pub verdicts: Vec<Verdict>,
}

impl Measured {
    /// The row of TARGETS.md.
    pub(crate) fn row(&self) -> u32 {
        self.id.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse().unwrap_or(0)
    }
}

/// One contender of a section. Everything is for one operation.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Cell {
    /// The contender.
    pub contender: Name,
    /// Its side.
    pub side: Side,
    /// Instructions, loop included.
    pub instructions: Option<f64>,
    /// Instructions net of the bare loop.
    pub net: Option<f64>,
    /// The best round, in nanoseconds.
    pub best_ns: Option<f64>,
    /// The median round, in nanoseconds.
    pub median_ns: Option<f64>,
    /// How far the ninth decile lies above the best round, as a share of it.
    pub spread: Option<f64>,
    /// Pages faulted in (sections in fresh processes).
    pub minor_faults: Option<f64>,
    /// Largest resident size of the process in KiB (sections in fresh processes).
    pub resident_kib: Option<f64>,
    /// Resident memory that the process gained for an operation, in KiB (sections that ask for it).
    pub grown_kib: Option<f64>,
    /// Bytes held for an operation beyond those asked for (sections that state it).
    pub overhead_bytes: Option<f64>,
    /// Calls of malloc and its kin.
    pub heap_calls: Option<f64>,
    /// The global allocator's share of the instructions.
    pub heap_share: Option<f64>,
    /// System calls.
    pub system_calls: Option<f64>,
    /// What the reader should know.
    pub note: Option<String>,
}

impl Cell {
    /// Nothing measured yet.
    pub(crate) fn empty(kernel: &Kernel) -> Self {
        Self {
            contender: kernel.name.into(),
            side: kernel.side,
            instructions: None,
            net: None,
            best_ns: None,
            median_ns: None,
            spread: None,
            minor_faults: None,
            resident_kib: None,
            grown_kib: None,
            overhead_bytes: None,
            heap_calls: None,
            heap_share: None,
            system_calls: None,
            note: kernel.note.map(Into::into),
        }
    }

    /// Takes over the times of another pass where they are better.
    pub(crate) fn take_times(&mut self, again: &Self) {
        let ((Some(best), Some(median), Some(spread)), (Some(best_again), Some(median_again), Some(spread_again))) =
            ((self.best_ns, self.median_ns, self.spread), (again.best_ns, again.median_ns, again.spread))
        else {
            return;
        };
        let ninth = if median_again < median { best_again * (1.0 + spread_again) } else { best * (1.0 + spread) };
        let best = best.min(best_again);
        self.best_ns = Some(best);
        self.median_ns = Some(median.min(median_again));
        self.spread = Some(ninth / best - 1.0);
    }

    /// What there is beside counts and times, in words.
    pub(crate) fn extras(&self) -> Vec<String> {
        let extras = [
            self.minor_faults.map(|faults| format!("{faults:.0} faults")),
            self.resident_kib.map(|kib| format!("{:.1} MiB", kib / 1024.0)),
            self.grown_kib.map(|kib| format!("{kib:.1} KiB for each")),
            self.overhead_bytes.map(|bytes| format!("{bytes:.2} B beyond")),
            self.heap_share.map(|share| format!("{:.1} % heap", share * 100.0)),
            self.heap_calls.map(|calls| format!("{calls:.1} heap calls")),
            self.system_calls.map(|calls| format!("{calls:.1} system calls")),
        ];
        extras.into_iter().flatten().collect()
    }
}

/// One target and what came out.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Verdict {
    /// Which of our contenders.
    pub of: Name,
    /// What was looked at.
    pub what: String,
    /// What it was; `None`: not measured.
    pub amount: Option<f64>,
    /// The target; `None`: only stated.
    pub limit: Option<f64>,
    /// Whether the amount may not be less, rather than not more.
    pub at_least: bool,
    /// What the gate lets pass beyond the limit.
    pub tolerance: f64,
    /// Whether it was reached; `None`: not measured or only stated.
    pub met: Option<bool>,
    /// The opponent that came out best at the same, where the target is no comparison already.
    pub best_opponent: Option<(Name, f64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(best: f64, median: f64, spread: f64) -> Cell {
        let kernel = Kernel::named(Side::Opponent, "one");
        Cell { best_ns: Some(best), median_ns: Some(median), spread: Some(spread), ..Cell::empty(&kernel) }
    }

    #[test]
    fn the_best_of_two_passes_is_the_best_of_all_their_rounds_and_the_median_the_calmer_ones() {
        let mut cell = timed(4.0, 6.0, 1.0);
        cell.take_times(&timed(3.0, 7.0, 2.0));
        assert_eq!((cell.best_ns, cell.median_ns, cell.spread), (Some(3.0), Some(6.0), Some(8.0 / 3.0 - 1.0)));
        cell.take_times(&timed(3.5, 5.0, 1.0));
        assert_eq!((cell.best_ns, cell.median_ns, cell.spread), (Some(3.0), Some(5.0), Some(7.0 / 3.0 - 1.0)));
        cell.take_times(&Cell { best_ns: None, ..timed(1.0, 1.0, 1.0) });
        assert_eq!(cell.best_ns, Some(3.0), "what has no times changes none");
    }
}
