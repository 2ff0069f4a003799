//! Which nodes are alive: for reports and for names in messages.

use super::{Node, NodeId, tree::Inner};
use crate::{sync::Lock, table::Table};
use alloc::{
    string::String,
    sync::{Arc, Weak},
    vec::Vec,
};
use allocator_api2::alloc::Global;
use core::{alloc::Layout, fmt};

/// By number. Not a `BTreeMap`, whose code is 6 KB of what every program has that makes one arena (`bench size`).
struct Registry {
    last: u32,
    nodes: Table<Weak<Inner>, Global>,
}

static REGISTRY: Lock<Registry> = Lock::new(Registry { last: 0, nodes: Table::new(Global) });

/// Enters the node that `make` builds from its fresh identity.
pub(super) fn enter(make: impl FnOnce(NodeId) -> Inner) -> Arc<Inner> {
    let id = {
        let mut registry = REGISTRY.lock();
        registry.last = registry.last.checked_add(1).filter(|&id| id != u32::MAX).expect("fewer than 2^32 nodes");
        NodeId::new(registry.last)
    };
    let node = Arc::new(make(id));
    let mut registry = REGISTRY.lock();
    let room = registry.nodes.reserve();
    if room {
        registry.nodes.insert(key(id), Arc::downgrade(&node));
    }
    drop(registry);
    if !room {
        // As the node's own memory would have ended it; without the lock, which the node's end takes.
        alloc::alloc::handle_alloc_error(Layout::new::<Weak<Inner>>());
    }
    node
}

fn key(id: NodeId) -> usize {
    id.get() as usize
}

pub(super) fn leave(id: NodeId) {
    REGISTRY.lock().nodes.remove(key(id));
}

/// The live nodes, oldest first: parents before their children.
#[inline]
pub(crate) fn live() -> Vec<Node> {
    let found: Vec<_> = REGISTRY.lock().nodes.iter().filter_map(|(_, node)| node.upgrade()).collect();
    let mut nodes: Vec<_> = found.into_iter().map(Node::from_inner).collect();
    nodes.sort_unstable_by_key(Node::id);
    nodes
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
    let node = REGISTRY.lock().nodes.get(key(id)).and_then(Weak::upgrade);
    Described(node.map(|node| Node::from_inner(node).describe()), id)
}
