//! How a node is made.

use super::{Budget, Node, SoftCrossing, Tag};
use alloc::{borrow::Cow, boxed::Box};

pub(super) type OnSoft = Box<dyn Fn(SoftCrossing) + Send + Sync>;

/// Options of a [`Node`]. Only the name is required.
pub struct NodeOptions {
    pub(super) name: Cow<'static, str>,
    pub(super) tag: Option<Tag>,
    pub(super) parent: Option<Node>,
    pub(super) budget: Budget,
    pub(super) on_soft: Option<OnSoft>,
}

impl NodeOptions {
    pub(super) fn new(name: Cow<'static, str>) -> Self {
        Self { name, tag: None, parent: None, budget: Budget::default(), on_soft: None }
    }

    /// What the memory is for.
    #[must_use]
    pub fn tag(mut self, tag: Tag) -> Self {
        self.tag = Some(tag);
        self
    }

    /// Puts the node below `parent`: its charges count there too, and `parent` lives until it is gone.
    #[must_use]
    pub fn parent(mut self, parent: &Node) -> Self {
        self.parent = Some(parent.clone());
        self
    }

    /// Calls back once each time the charges pass `bytes` from below.
    #[must_use]
    pub fn soft_budget(mut self, bytes: usize) -> Self {
        self.budget.soft = Some(bytes);
        self
    }

    /// Refuses blocks that would take the charges past `bytes`.
    #[must_use]
    pub fn hard_budget(mut self, bytes: usize) -> Self {
        self.budget.hard = Some(bytes);
        self
    }

    /// What to call when the soft budget is crossed. It runs on the thread that crossed it, after the allocation is
    /// complete, and may allocate.
    #[must_use]
    pub fn on_soft(mut self, call: impl Fn(SoftCrossing) + Send + Sync + 'static) -> Self {
        self.on_soft = Some(Box::new(call));
        self
    }

    /// Makes the node. O(log n) in the number of live nodes.
    #[must_use]
    pub fn build(self) -> Node {
        Node::with_options(self)
    }
}
