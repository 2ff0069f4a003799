//! What can be seen of the process's arenas, and of all that is watched.
//!
//! Needs the feature `report`.
//!
//! A [`Snapshot`] is the lifetime tree as it stands: every live [`Node`](crate::Node) with its figures. Nodes are
//! readable from any thread while arenas work.
//!
//! The rest walks what [`debug`](crate::debug) watches: [`check_integrity`] looks at every fence, [`Allocations`] lists
//! every live block, [`DebugStats`] has the figures; [`debug::leaks`](crate::debug::leaks) groups by place what is live in
//! heaps and pools. [`EscapeScan`] asks who still points into what is about to die.

mod allocations;
mod bytes;
mod debug_stats;
#[cfg(feature = "std")]
mod escape;
mod integrity;
mod snapshot;
mod steady;

pub use allocations::{Allocation, Allocations, dump_allocations};
pub use bytes::Bytes;
pub use debug_stats::DebugStats;
#[cfg(feature = "std")]
pub use escape::{Escape, EscapeError, EscapePlace, EscapeReport, EscapeScan, UnscannedThread};
pub use integrity::{IntegrityReport, check_integrity, check_integrity_of, leaks_of};
pub use snapshot::{NodeSnapshot, Snapshot};
pub use steady::{NodeGrowth, Steady, SteadyStretch, Unsteady, assert_steady};

use crate::{NodeId, source::AddressMap};

/// The node that owns the memory at `pointer`: `Some(NodeId::ANONYMOUS)` for an arena without a node. Blocks smaller than
/// 64 KiB from the system heap are not known here; their arena knows them by [`Handle::owns`](crate::Handle::owns).
/// O(1), without a lock.
///
/// ```
/// use arenite::{ArenaOptions, report};
/// let arena = ArenaOptions::new().name("level").reserve(1 << 20).build();
/// let n = arena.alloc_slice_fill(20_000, 7u64);
/// assert_eq!(report::owner(&n[12_000]), arena.node().map(|node| node.id()));
/// ```
#[must_use]
pub fn owner<T: ?Sized>(pointer: *const T) -> Option<NodeId> {
    AddressMap::find(pointer.addr())
}
