//! One program on one contender.

use super::contender::Contender;
use serde::Serialize;

/// Everything is for one call.
#[derive(Serialize, Clone, Debug)]
pub(crate) struct Cell {
    pub program: &'static str,
    pub contender: Contender,
    /// By callgrind; `None`: not counted.
    pub instructions: Option<f64>,
    /// The best sample of each process, in nanoseconds, in the order of the rounds.
    pub rounds_ns: Vec<f64>,
    /// The most memory of a process in KiB; the median.
    pub peak_kib: Option<f64>,
    /// The hash of the result: the same everywhere.
    pub hash: String,
    /// Why scopes changed nothing in a timed process, or under callgrind, if that was so.
    pub inactive: Option<String>,
    /// The most bytes that survivors of scopes held at the end of a process.
    pub pinned_bytes: usize,
    /// The most scopes that the pin budget declined in a process.
    pub declined: u64,
}

impl Cell {
    pub(crate) fn new(program: &'static str, contender: Contender) -> Self {
        Self {
            program,
            contender,
            instructions: None,
            rounds_ns: Vec::new(),
            peak_kib: None,
            hash: String::new(),
            inactive: None,
            pinned_bytes: 0,
            declined: 0,
        }
    }

    /// The median of the rounds.
    pub(crate) fn time_ns(&self) -> Option<f64> {
        median(&self.rounds_ns)
    }

    /// How far the ninth decile of the rounds lies above the median, as a share of it.
    pub(crate) fn spread(&self) -> Option<f64> {
        let mut rounds = self.rounds_ns.clone();
        rounds.sort_unstable_by(f64::total_cmp);
        let ninth = rounds.get((rounds.len() * 9 / 10).min(rounds.len().saturating_sub(1)))?;
        Some(ninth / self.time_ns()? - 1.0)
    }

    /// Its instructions by the other's.
    pub(crate) fn instructions_by(&self, other: &Self) -> Option<f64> {
        Some(self.instructions? / other.instructions?)
    }

    /// Its time by the other's: of processes of the same round, and the median of that.
    pub(crate) fn time_by(&self, other: &Self) -> Option<f64> {
        let ratios: Vec<f64> =
            self.rounds_ns.iter().zip(&other.rounds_ns).map(|(ours, theirs)| ours / theirs).collect();
        median(&ratios)
    }
}

/// The middle one, or the mean of the two in the middle.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(rounds: &[f64]) -> Cell {
        Cell { rounds_ns: rounds.to_vec(), ..Cell::new("p", Contender::System) }
    }

    #[test]
    fn a_median_stands_in_the_middle_of_the_sorted_values() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn times_are_compared_within_a_round() {
        // The machine was twice as slow in the second round, for both.
        let (ours, theirs) = (cell(&[90.0, 180.0, 90.0]), cell(&[100.0, 200.0, 100.0]));
        assert!((ours.time_by(&theirs).unwrap() - 0.9).abs() < 1e-9);
        assert_eq!(cell(&[]).time_by(&theirs), None);
    }

    #[test]
    fn a_spread_is_what_the_slow_rounds_took_more() {
        let cell = cell(&[100.0, 100.0, 100.0, 100.0, 150.0]);
        assert!((cell.spread().unwrap() - 0.5).abs() < 1e-9);
    }
}
