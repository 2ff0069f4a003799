//! Which nodes are alive: for reports and for names in messages.

use super::{Node, NodeId, tree::Inner};
use crate::sync::Lock;
use alloc::{
    collections::BTreeMap,
    string::String,
    sync::{Arc, Weak},
    vec::Vec,
};
use core::fmt;

struct Registry {
    last: u32,
    nodes: BTreeMap<NodeId, Weak<Inner>>,
}

static REGISTRY: Lock<Registry> = Lock::new(Registry { last: 0, nodes: BTreeMap::new() });

/// Enters the node that `make` builds from its fresh identity.
pub(super) fn enter(make: impl FnOnce(NodeId) -> Inner) -> Arc<Inner> {
    let id = {
        let mut registry = REGISTRY.lock();
        registry.last = registry.last.checked_add(1).filter(|&id| id != u32::MAX).expect("fewer than 2^32 nodes");
        NodeId::new(registry.last)
    };
    let node = Arc::new(make(id));
    REGISTRY.lock().nodes.insert(id, Arc::downgrade(&node));
    node
}

pub(super) fn leave(id: NodeId) {
    REGISTRY.lock().nodes.remove(&id);
}

/// The live nodes, oldest first: parents before their children.
pub(crate) fn live() -> Vec<Node> {
    let found: Vec<_> = REGISTRY.lock().nodes.values().filter_map(Weak::upgrade).collect();
    found.into_iter().map(Node::from_inner).collect()
}

/// A node's name for a message, looked up when the message is printed.
pub(crate) fn describe(id: NodeId) -> impl fmt::Display {
    struct Described(Option<String>, NodeId);
    impl fmt::Display for Described {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match (&self.0, self.1) {
                (Some(name), _) => f.write_str(name),
                (None, NodeId::ANONYMOUS) => f.write_str("an allocator without a name"),
                (None, id) => write!(f, "a node that is gone ({})", id.get()),
            }
        }
    }
    // Upgraded outside the lock: dropping the last handle of a node takes the lock again.
    let node = REGISTRY.lock().nodes.get(&id).and_then(Weak::upgrade);
    Described(node.map(|node| Node::from_inner(node).describe()), id)
}
