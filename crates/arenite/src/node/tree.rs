//! A node of the lifetime tree.

use super::{Budget, NodeId, NodeOptions, SoftCrossing, Tag, budget::Account, options::OnSoft, registry};
use crate::{
    error::ErrorKind,
    sync::{AtomicU64, AtomicUsize, Lock, Ordering},
};
use alloc::{borrow::Cow, boxed::Box, format, string::String, sync::Arc, vec::Vec};
use core::{fmt, mem};

/// A name, a tag and a budget in the lifetime tree. Clones are handles to the same node.
///
/// An arena (or several, or none) charges its blocks to a node, and through it to every node above. A node never points
/// at an arena: it can be read from any thread while arenas work. Parents live at least as long as their children, so a
/// child always dies first.
///
/// ```
/// use arenite::{ArenaOptions, Node};
/// let game = Node::new("game").hard_budget(1 << 20).build();
/// let level = Node::new("level").parent(&game).build();
/// let arena = ArenaOptions::new().node(&level).build();
/// arena.alloc(1u64);
/// assert_eq!(game.stats().charged, 4096);
/// drop(arena);
/// assert_eq!(game.stats().charged, 0);
/// ```
#[derive(Clone)]
pub struct Node(Arc<Inner>);

/// A node's figures. Bytes and counts; charges are inclusive of everything below the node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NodeStats {
    /// Bytes of blocks that this node and those below it hold.
    pub charged: usize,
    /// The most that was ever charged at once.
    pub high_water: usize,
    /// Bytes charged to this node itself.
    pub own: usize,
    /// Bytes in use in its arenas, as their cold paths last published it (at a new block, a reset, a scope's cold exit).
    pub used: usize,
    /// Blocks taken so far by its arenas.
    pub blocks_taken: u64,
    /// Blocks given back so far.
    pub blocks_returned: u64,
    /// Arenas that charge this node now.
    pub arenas: usize,
}

pub(super) struct Inner {
    id: NodeId,
    name: Cow<'static, str>,
    tag: Option<Tag>,
    parent: Option<Node>,
    account: Account,
    own: AtomicUsize,
    used: AtomicUsize,
    taken: AtomicU64,
    returned: AtomicU64,
    arenas: AtomicUsize,
    on_soft: Option<OnSoft>,
    cleanups: Lock<Vec<Box<dyn FnOnce() + Send>>>,
}

impl Node {
    /// Starts a node called `name`. [`NodeOptions::build`] makes it.
    #[allow(clippy::new_ret_no_self)] // A node is always made through its options: one way.
    pub fn new(name: impl Into<Cow<'static, str>>) -> NodeOptions {
        NodeOptions::new(name.into())
    }

    pub(super) fn with_options(options: NodeOptions) -> Self {
        Self(registry::enter(|id| Inner {
            id,
            name: options.name,
            tag: options.tag,
            parent: options.parent,
            account: Account::new(options.budget),
            own: AtomicUsize::new(0),
            used: AtomicUsize::new(0),
            taken: AtomicU64::new(0),
            returned: AtomicU64::new(0),
            arenas: AtomicUsize::new(0),
            on_soft: options.on_soft,
            cleanups: Lock::new(Vec::new()),
        }))
    }

    pub(super) fn from_inner(inner: Arc<Inner>) -> Self {
        Self(inner)
    }

    /// The node's identity.
    #[must_use]
    pub fn id(&self) -> NodeId {
        self.0.id
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its tag.
    #[must_use]
    pub fn tag(&self) -> Option<Tag> {
        self.0.tag
    }

    /// The node above.
    #[must_use]
    pub fn parent(&self) -> Option<&Self> {
        self.0.parent.as_ref()
    }

    /// The live nodes right below this one, oldest first. O(n log n) in the number of live nodes of the process.
    #[must_use]
    #[inline]
    pub fn children(&self) -> Vec<Self> {
        registry::live()
            .into_iter()
            .filter(|node| node.parent().is_some_and(|parent| parent.id() == self.id()))
            .collect()
    }

    /// Its budget.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.0.account.budget()
    }

    /// Changes the budget from now on. What is held already is kept, even above a new hard budget.
    pub fn set_budget(&self, budget: Budget) {
        self.0.account.set_budget(budget);
    }

    /// Its figures, as of now.
    #[must_use]
    pub fn stats(&self) -> NodeStats {
        let inner = &*self.0;
        NodeStats {
            charged: inner.account.charged(),
            high_water: inner.account.high_water(),
            own: inner.own.load(Ordering::Relaxed),
            used: inner.used.load(Ordering::Relaxed),
            blocks_taken: inner.taken.load(Ordering::Relaxed),
            blocks_returned: inner.returned.load(Ordering::Relaxed),
            arenas: inner.arenas.load(Ordering::Relaxed),
        }
    }

    /// Runs `action` when the node dies: after its arenas and children are gone and the last handle is dropped. Actions
    /// run once, newest first. For actions at a rewind or reset see [`Handle::cleanup`](crate::Handle::cleanup).
    pub fn on_death(&self, action: impl FnOnce() + Send + 'static) {
        self.0.cleanups.lock().push(Box::new(action));
    }

    pub(crate) fn describe(&self) -> String {
        match self.0.tag {
            Some(tag) => format!("\"{}\" [{tag}]", self.0.name),
            None => format!("\"{}\"", self.0.name),
        }
    }

    fn lineage(&self) -> impl Iterator<Item = &Self> {
        core::iter::successors(Some(self), |node| node.parent())
    }

    /// Charges `bytes` here and all the way up, or nothing anywhere. [`count_taken`](Self::count_taken) settles it,
    /// [`refund`](Self::refund) takes it back.
    pub(crate) fn charge(&self, bytes: usize) -> Result<(), ErrorKind> {
        for (depth, node) in self.lineage().enumerate() {
            if let Err((budget, used)) = node.0.account.hold(bytes) {
                self.lineage().take(depth).for_each(|charged| charged.0.account.refund(bytes));
                return Err(ErrorKind::BudgetExceeded { node: node.id(), budget, used });
            }
        }
        self.0.own.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// As [`charge`](Self::charge), whatever the hard budgets say; whether one of them is passed now. For who cannot refuse.
    #[cfg(feature = "std")]
    pub(crate) fn charge_regardless(&self, bytes: usize) -> bool {
        self.0.own.fetch_add(bytes, Ordering::Relaxed);
        self.lineage().fold(false, |past, node| node.0.account.hold_regardless(bytes) | past)
    }

    /// Records what was charged without a block.
    #[cfg(feature = "std")]
    pub(crate) fn settle(&self) {
        self.lineage().for_each(|node| node.0.account.settle());
    }

    pub(crate) fn refund(&self, bytes: usize) {
        self.0.own.fetch_sub(bytes, Ordering::Relaxed);
        self.lineage().for_each(|node| node.0.account.refund(bytes));
    }

    /// Calls the callbacks of budgets that were crossed. No lock is held and no arena is in the middle of anything.
    pub(crate) fn report_crossings(&self) {
        self.report_crossings_with(|_| {});
    }

    /// As that, and shows each to who asks.
    pub(crate) fn report_crossings_with(&self, each: impl Fn(SoftCrossing)) {
        for node in self.lineage() {
            let Some(budget) = node.0.account.take_crossing() else { continue };
            let crossing = SoftCrossing { node: node.id(), budget, charged: node.0.account.charged() };
            if let Some(call) = &node.0.on_soft {
                call(crossing);
            }
            each(crossing);
        }
    }

    /// Counts a block whose charge is certain now.
    pub(crate) fn count_taken(&self) {
        self.lineage().for_each(|node| node.0.account.settle());
        self.0.taken.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_returned(&self) {
        self.0.returned.fetch_add(1, Ordering::Relaxed);
    }

    /// Publishes that an arena now uses `now` bytes where it had published `before`.
    pub(crate) fn publish_used(&self, before: usize, now: usize) {
        self.0.used.fetch_add(now.wrapping_sub(before), Ordering::Relaxed);
    }

    pub(crate) fn attach(&self) {
        self.0.arenas.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn detach(&self) {
        self.0.arenas.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("id", &self.id())
            .field("name", &self.name())
            .field("tag", &self.tag())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        registry::leave(self.id);
        let mut rest = Rest(mem::take(&mut *self.cleanups.lock()));
        while let Some(action) = rest.0.pop() {
            action();
        }
    }
}

/// Cleanup actions still to run; a panic in one does not keep the others from running.
struct Rest(Vec<Box<dyn FnOnce() + Send>>);

impl Drop for Rest {
    fn drop(&mut self) {
        while let Some(action) = self.0.pop() {
            action();
        }
    }
}
