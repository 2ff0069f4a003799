//! Everything that a run of frames found out.

use super::{full_clear::Cleared, steady::Steady, timing::Timing};
use arenite::system::SystemStats;

/// The figures of a run.
pub(super) struct Report {
    pub(super) frames: u64,
    pub(super) steady: Steady,
    /// The system after the last frame, before anything else was done with it.
    pub(super) stats: SystemStats,
    pub(super) timing: Timing,
    pub(super) full_clear: Cleared,
}
