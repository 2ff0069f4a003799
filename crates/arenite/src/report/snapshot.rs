//! The lifetime tree, copied out.

use super::Bytes;
use crate::{Budget, NodeId, NodeStats, Tag, node};
use alloc::{borrow::ToOwned, collections::BTreeMap, string::String, vec::Vec};
use core::fmt;

/// A node as it stood when the snapshot was taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeSnapshot {
    /// Its identity.
    pub id: NodeId,
    /// The node above, if that is alive.
    pub parent: Option<NodeId>,
    /// Its name.
    pub name: String,
    /// Its tag.
    pub tag: Option<Tag>,
    /// Its budget.
    pub budget: Budget,
    /// Its figures; charges include everything below.
    pub stats: NodeStats,
}

/// All live nodes, oldest first, parents before their children. Its `Display` is the tree as text.
///
/// ```
/// use arenite::{ArenaOptions, Node, report::Snapshot};
/// let game = Node::new("game").build();
/// let level = ArenaOptions::new().name("level").parent(&game).build();
/// level.alloc(1u64);
/// let text = Snapshot::of(&game).to_string();
/// assert!(text.contains("game") && text.contains("  level"), "{text}");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The nodes.
    pub nodes: Vec<NodeSnapshot>,
}

impl Snapshot {
    /// The whole process. O(n log n) in the number of live nodes.
    #[must_use]
    pub fn take() -> Self {
        let nodes = node::live();
        let nodes = nodes.iter().map(|node| NodeSnapshot {
            id: node.id(),
            parent: node.parent().map(crate::Node::id),
            name: node.name().to_owned(),
            tag: node.tag(),
            budget: node.budget(),
            stats: node.stats(),
        });
        Self { nodes: nodes.collect() }
    }

    /// `root` and what is below it.
    #[must_use]
    pub fn of(root: &crate::Node) -> Self {
        let mut inside = Vec::from([root.id()]);
        let mut snapshot = Self::take();
        // Parents come before their children, so one pass is enough.
        snapshot.nodes.retain(|node| {
            let keep = node.id == root.id() || node.parent.is_some_and(|parent| inside.contains(&parent));
            if keep {
                inside.push(node.id);
            }
            keep
        });
        snapshot
    }

    /// The nodes with their depth, in the order of the tree.
    fn in_order(&self) -> Vec<(usize, &NodeSnapshot)> {
        let known: BTreeMap<NodeId, ()> = self.nodes.iter().map(|node| (node.id, ())).collect();
        let mut below: BTreeMap<Option<NodeId>, Vec<&NodeSnapshot>> = BTreeMap::new();
        for node in &self.nodes {
            below.entry(node.parent.filter(|parent| known.contains_key(parent))).or_default().push(node);
        }
        let mut ordered = Vec::new();
        let mut open: Vec<_> = below.get(&None).into_iter().flatten().rev().map(|&node| (0, node)).collect();
        while let Some((depth, node)) = open.pop() {
            ordered.push((depth, node));
            open.extend(below.get(&Some(node.id)).into_iter().flatten().rev().map(|&child| (depth + 1, child)));
        }
        ordered
    }

    /// The tree as JSON: an array of nodes in the order of the tree. Sizes are bytes; absent budgets and tags are null.
    ///
    /// Stable for scripts: fields are added, not renamed.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let node = |(depth, node): (usize, &NodeSnapshot)| {
            serde_json::json!({
                "id": node.id.get(),
                "parent": node.parent.map(NodeId::get),
                "depth": depth,
                "name": node.name,
                "tag": node.tag.map(|tag| alloc::string::ToString::to_string(&tag)),
                "charged": node.stats.charged,
                "high_water": node.stats.high_water,
                "own": node.stats.own,
                "used": node.stats.used,
                "soft_budget": node.budget.soft,
                "hard_budget": node.budget.hard,
                "blocks_taken": node.stats.blocks_taken,
                "blocks_returned": node.stats.blocks_returned,
                "arenas": node.stats.arenas,
            })
        };
        self.in_order().into_iter().map(node).collect()
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<32} {:>10} {:>10} {:>10} {:>8} {:>8}", "node", "charged", "high", "budget", "taken", "returned")?;
        for (depth, node) in self.in_order() {
            let label = match node.tag {
                Some(tag) => alloc::format!("{:indent$}{} [{tag}]", "", node.name, indent = 2 * depth),
                None => alloc::format!("{:indent$}{}", "", node.name, indent = 2 * depth),
            };
            let budget = node.budget.hard.or(node.budget.soft).map(Bytes);
            write!(
                f,
                "\n{label:<32} {:>10} {:>10} {:>10} {:>8} {:>8}",
                Bytes(node.stats.charged),
                Bytes(node.stats.high_water),
                budget.map_or_else(|| "-".to_owned(), |bytes| alloc::string::ToString::to_string(&bytes)),
                node.stats.blocks_taken,
                node.stats.blocks_returned,
            )?;
        }
        Ok(())
    }
}
