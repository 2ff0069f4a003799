//! What a debug grade saw of a run.

use arenite::{
    debug::{self, Grade, LeakReport},
    report::{DebugStats, check_integrity},
};

/// What was looked at, and what was wrong.
#[derive(Clone, Debug)]
pub(super) struct Debugged {
    pub(super) grade: Grade,
    /// Faults found, each told when it was.
    pub(super) faults: u64,
    /// Blocks that nobody freed.
    pub(super) leaks: LeakReport,
    pub(super) seen: Seen,
}

/// What there was to look at when the last level was made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// Allocators that noted their blocks.
    pub(super) allocators: usize,
    /// Blocks between fences, live or held back.
    pub(super) blocks: usize,
    /// Live blocks that were noted.
    pub(super) live: usize,
}

impl Debugged {
    /// Checks everything that is watched now.
    pub(super) fn look() -> Seen {
        let report = check_integrity();
        Seen {
            allocators: report.allocators(),
            blocks: report.live() + report.held(),
            live: DebugStats::take().live_blocks,
        }
    }
}

impl Seen {
    /// When the game has ended: what is left is a leak. `before` faults had been found before the run.
    pub(super) fn end(self, grade: Grade, before: u64) -> Debugged {
        check_integrity();
        let leaks = debug::leaks();
        Debugged { grade, faults: debug::faults() - before, leaks, seen: self }
    }
}
