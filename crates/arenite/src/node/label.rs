//! An allocator's name in a message.

use super::{NodeId, live};
use core::fmt;

/// `kind "name" [tag]` of the allocator that charges `node`, looked up when it is printed.
pub(crate) fn label(kind: &'static str, node: NodeId) -> impl fmt::Display {
    struct Label(&'static str, NodeId);
    impl fmt::Display for Label {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let Self(kind, id) = *self;
            match live().iter().find(|node| node.id() == id) {
                Some(node) => {
                    write!(f, "{kind} \"{}\"", node.name())?;
                    node.tag().map_or(Ok(()), |tag| write!(f, " [{tag}]"))
                }
                None if id == NodeId::ANONYMOUS => write!(f, "a {kind} without a name"),
                None => write!(f, "a former {kind} (node {})", id.get()),
            }
        }
    }
    Label(kind, node)
}
