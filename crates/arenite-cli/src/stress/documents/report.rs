//! Everything that a run over documents found out.

use super::{plan::Plan, run::Ran};

/// The runs, in the order in which they were made.
pub(super) struct Report {
    pub(super) plan: Plan,
    pub(super) runs: Vec<Ran>,
}

impl Report {
    /// Whether all memories wrote the same; `None` when there was one only.
    pub(super) fn hashes_equal(&self) -> Option<bool> {
        match &self.runs[..] {
            [first, second] => Some(first.total == second.total),
            _ => None,
        }
    }

    /// How many times as fast as the plain heap Arenite was.
    pub(super) fn speedup(&self) -> Option<f64> {
        match &self.runs[..] {
            [plain, arenite] => Some(arenite.per_second / plain.per_second),
            _ => None,
        }
    }
}
