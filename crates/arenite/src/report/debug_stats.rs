//! Debugging in figures.

use super::Bytes;
use crate::debug::{FaultKind, each_ledger, faults_of};
use core::fmt;

/// What debugging watches and has found, over the whole process.
///
/// ```
/// use arenite::report::DebugStats;
/// let stats = DebugStats::take();
/// println!("{stats}");
/// assert_eq!(stats.faults(), 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DebugStats {
    /// Allocators that have books: [`Grade::Sites`](crate::debug::Grade::Sites) or above, and some block since then.
    pub allocators: usize,
    /// Live blocks in them.
    pub live_blocks: usize,
    /// Their bytes, as asked for.
    pub live_bytes: usize,
    /// Bytes of freed blocks that are held back, fences and all.
    pub held_bytes: usize,
    /// Blocks that there was no memory to enter: they are not checked.
    pub unrecorded: u64,
    faults: [u64; FaultKind::ALL.len()],
}

impl DebugStats {
    /// The figures of now. O(watched allocators).
    #[must_use]
    pub fn take() -> Self {
        let faults = FaultKind::ALL.map(faults_of);
        let none = Self { allocators: 0, live_blocks: 0, live_bytes: 0, held_bytes: 0, unrecorded: 0, faults };
        let mut stats = none;
        each_ledger(|_, _, ledger| {
            stats.allocators += 1;
            stats.live_blocks += ledger.live_blocks();
            stats.live_bytes += ledger.live_bytes();
            stats.held_bytes += ledger.held_bytes();
            stats.unrecorded += ledger.unrecorded();
        });
        stats
    }

    /// Faults found so far, told or not.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.faults.iter().sum()
    }

    /// The kinds of faults that were found, and how many of each.
    pub fn faults_by_kind(&self) -> impl Iterator<Item = (FaultKind, u64)> + '_ {
        FaultKind::ALL.into_iter().zip(self.faults).filter(|&(_, count)| count > 0)
    }

    /// As JSON. Sizes are bytes.
    ///
    /// Stable for scripts: fields are added, not renamed.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let faults: serde_json::Map<_, _> =
            self.faults_by_kind().map(|(kind, count)| (kind.name().into(), count.into())).collect();
        serde_json::json!({
            "allocators": self.allocators,
            "live_blocks": self.live_blocks,
            "live_bytes": self.live_bytes,
            "held_bytes": self.held_bytes,
            "unrecorded": self.unrecorded,
            "faults": faults,
        })
    }
}

impl fmt::Display for DebugStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (live, held) = (Bytes(self.live_bytes), Bytes(self.held_bytes));
        write!(
            f,
            "{} watched allocators, {live} in {} live blocks, {held} held back",
            self.allocators, self.live_blocks
        )?;
        if self.unrecorded > 0 {
            write!(f, ", {} blocks that there was no memory to enter", self.unrecorded)?;
        }
        match self.faults() {
            0 => f.write_str("; no faults")?,
            faults => write!(f, "; faults: {faults}")?,
        }
        for (i, (kind, count)) in self.faults_by_kind().enumerate() {
            write!(f, "{}{count} {kind}", if i == 0 { " (" } else { ", " })?;
        }
        if self.faults() > 0 { f.write_str(")") } else { Ok(()) }
    }
}
