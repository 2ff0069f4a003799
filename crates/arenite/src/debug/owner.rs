//! Whose a block or a fault is.

use super::Text;
use crate::{Node, NodeId, Tag};
use core::fmt;

/// The allocator that a block or a fault belongs to: what it is, and which node pays for it. Copied out of the node, so
/// that a report needs no lock and outlives the allocator.
///
/// ```
/// use arenite::{Node, Tag, debug::Owner};
/// let node = Node::new("sounds").tag(Tag::AUDIO).build();
/// assert_eq!(Owner::new("a heap", Some(&node)).to_string(), "a heap \"sounds\" (tag audio)");
/// assert_eq!(Owner::new("a heap", None).to_string(), "a heap without a name");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Owner {
    /// What it is, as reports say it: "a heap".
    pub allocator: &'static str,
    /// The node, [`NodeId::ANONYMOUS`] when none pays for it.
    pub node: NodeId,
    /// The node's name.
    pub name: Text,
    /// The node's tag.
    pub tag: Option<Tag>,
}

impl Owner {
    /// An allocator that reports call `allocator`, and that `node` pays for.
    #[must_use]
    pub fn new(allocator: &'static str, node: Option<&Node>) -> Self {
        match node {
            Some(node) => Self { allocator, node: node.id(), name: Text::new(node.name()), tag: node.tag() },
            None => Self { allocator, node: NodeId::ANONYMOUS, name: Text::EMPTY, tag: None },
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.allocator)?;
        match &*self.name {
            "" => f.write_str(" without a name")?,
            name => write!(f, " \"{name}\"")?,
        }
        match self.tag {
            Some(tag) => write!(f, " ({})", TagName(tag)),
            None => Ok(()),
        }
    }
}

/// A tag for reports, printed without memory.
pub(super) struct TagName(pub(super) Tag);

impl fmt::Display for TagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.name() {
            Some(name) => write!(f, "tag {name}"),
            None => write!(f, "tag {}", self.0.number()),
        }
    }
}
