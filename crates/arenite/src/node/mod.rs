//! The lifetime tree: what an arena belongs to, and who pays for its blocks.
//!
//! Blocks are charged, not objects: a [`Node`]'s figures change when a block is taken or given back, on the way up to its
//! root, and never on the fast path.

mod budget;
#[cfg(any(feature = "ring", feature = "shared", feature = "stack", feature = "two-ended"))]
mod label;
mod node_id;
mod options;
mod registry;
mod tag;
mod tree;

#[cfg(feature = "std")]
pub(crate) use budget::Account;
pub use budget::{Budget, SoftCrossing};
pub use node_id::NodeId;
pub use options::NodeOptions;
pub use tag::Tag;
pub use tree::{Node, NodeStats};

#[cfg(any(feature = "ring", feature = "shared", feature = "stack", feature = "two-ended"))]
pub(crate) use label::label;
pub(crate) use registry::{describe, live};
