//! Figures of a two-ended arena.

/// Figures of a [`TwoEnded`](super::TwoEnded), in bytes where not said otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TwoEndedStats {
    /// In use at the low end, with the gaps that alignment left.
    pub low_used: usize,
    /// In use at the high end, likewise.
    pub high_used: usize,
    /// The most that was in use at both ends together.
    pub high_water: usize,
    /// What both ends share.
    pub capacity: usize,
    /// Backed by memory and charged.
    pub committed: usize,
}
