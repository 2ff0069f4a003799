//! Are all fences whole?

use super::{Bytes, Snapshot};
use crate::{
    Node, NodeId,
    debug::{Checked, Fault, LeakReport, Owner, Site, check_books, leaks_where},
};
use alloc::vec::Vec;
use core::{fmt, ops::Deref};

/// Checks every watched allocator of the process: the fences of live blocks, and what freed blocks that are held back were
/// filled with. Each [`Fault`] found is reported by the policy of its kind, all of them before a policy is obeyed, and is
/// mended, so that it is told once.
///
/// From any thread, while others work: the books of one allocator after the other are locked, and a block leaves them
/// before its memory goes anywhere. Blocks made under less than [`Grade::Guard`](crate::debug::Grade::Guard) have nothing
/// around them and are counted as unchecked. O(blocks, and bytes of fences and of held blocks).
///
/// # Panics
/// By [`Policy::Panic`](crate::debug::Policy::Panic), with the first report.
///
/// ```
/// let report = arenite::report::check_integrity();
/// assert!(report.is_whole(), "{report}");
/// ```
#[track_caller]
pub fn check_integrity() -> IntegrityReport {
    IntegrityReport::told(check_books(Site::here(), |_| true))
}

/// As [`check_integrity`], of the allocators that a node and those below it pay for.
///
/// # Panics
/// As that.
#[track_caller]
pub fn check_integrity_of(node: &Node) -> IntegrityReport {
    let nodes = below(node);
    IntegrityReport::told(check_books(Site::here(), |owner| pays(&nodes, owner)))
}

/// As [`debug::leaks`](crate::debug::leaks), of the allocators that a node and those below it pay for. O(live blocks).
#[must_use]
pub fn leaks_of(node: &Node) -> LeakReport {
    let nodes = below(node);
    leaks_where(|owner| pays(&nodes, owner))
}

/// The nodes from `node` down, in the order of their numbers.
pub(super) fn below(node: &Node) -> Vec<NodeId> {
    let mut nodes: Vec<_> = Snapshot::of(node).nodes.iter().map(|node| node.id).collect();
    nodes.sort_unstable();
    nodes
}

pub(super) fn pays(nodes: &[NodeId], owner: &Owner) -> bool {
    nodes.binary_search(&owner.node).is_ok()
}

/// What [`check_integrity`] saw and found: a slice of [`Fault`]s, and how much there was to look at.
pub struct IntegrityReport(Checked);

impl IntegrityReport {
    fn told(checked: Checked) -> Self {
        checked.report();
        Self(checked)
    }

    /// Whether nothing is broken.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.0.faults.is_empty()
    }

    /// Watched allocators.
    #[must_use]
    pub const fn allocators(&self) -> usize {
        self.0.allocators
    }

    /// Live blocks whose fences were looked at.
    #[must_use]
    pub const fn live(&self) -> usize {
        self.0.live
    }

    /// Freed blocks, held back, that were looked at.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.0.held
    }

    /// Bytes of these blocks, fences and all.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.0.bytes
    }

    /// Live blocks that are known and have nothing around them to look at.
    #[must_use]
    pub const fn unchecked(&self) -> usize {
        self.0.unchecked
    }

    /// Whether all was looked at: there was memory to note every fault. What was left out is found by the next check.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.0.complete
    }

    /// As JSON: the counts, and a list of faults as [`Fault::to_json`] has them. Sizes are bytes.
    ///
    /// Stable for scripts: fields are added, not renamed.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "whole": self.is_whole(),
            "complete": self.is_complete(),
            "allocators": self.allocators(),
            "live": self.live(),
            "held": self.held(),
            "bytes": self.bytes(),
            "unchecked": self.unchecked(),
            "faults": self.iter().map(Fault::to_json).collect::<Vec<_>>(),
        })
    }
}

impl Deref for IntegrityReport {
    type Target = [Fault];

    fn deref(&self) -> &[Fault] {
        &self.0.faults
    }
}

impl fmt::Debug for IntegrityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for IntegrityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.len() {
            0 => f.write_str("all is whole: ")?,
            1 => f.write_str("1 fault: ")?,
            faults => write!(f, "{faults} faults: ")?,
        }
        let (live, held, bytes) = (self.live(), self.held(), Bytes(self.bytes()));
        write!(f, "{live} live and {held} held blocks of {} allocators, {bytes}", self.allocators())?;
        if self.unchecked() > 0 {
            write!(f, "; {} blocks without fences are not checked: grade `guard` puts them", self.unchecked())?;
        }
        if !self.is_complete() {
            f.write_str("; there was no memory to note all")?;
        }
        self.iter().try_for_each(|fault| write!(f, "\n{fault}"))
    }
}
