//! How an allocator of several threads is made.

use crate::{
    AllocError, ErrorKind, SharedArena, SharedFrames,
    bump::round_up,
    node::{Node, NodeId},
    source::SourceRef,
    supply::Supply,
};
use alloc::borrow::Cow;

/// Options of what threads share: a [`SharedArena`], [`SharedFrames`], or thread blocks. All sizes are bytes.
///
/// ```
/// use arenite::SharedOptions;
/// let arena = SharedOptions::new().name("import").block(256 << 10).limit(64 << 20).build_arena();
/// assert_eq!(arena.node().unwrap().name(), "import");
/// ```
#[must_use]
pub struct SharedOptions {
    name: Option<Cow<'static, str>>,
    node: Option<Node>,
    source: Option<SourceRef>,
    /// None: [`BLOCK`](Self::BLOCK), and growing.
    block: Option<usize>,
    limit: Option<usize>,
}

impl SharedOptions {
    /// The size of the blocks that threads take at a time unless set: 64 KiB. Those of a [`SharedArena`] grow to
    /// [`MAX_BLOCK`](Self::MAX_BLOCK).
    pub const BLOCK: usize = 64 << 10;

    /// What the blocks of a [`SharedArena`] grow to unless their size is set: 1 MiB. A block is at most an eighth of what the
    /// arena held before, so that a thread with one object costs 64 KiB in a small arena, and in a large one little by its size.
    pub const MAX_BLOCK: usize = 1 << 20;

    /// Blocks of 64 KiB and more from the system, no name, no limit.
    pub const fn new() -> Self {
        Self { name: None, node: None, source: None, block: None, limit: None }
    }

    /// Gives it a node of its own in the lifetime tree, so that reports and errors can name it. For a tag, a parent or a
    /// budget give it a [`node`](Self::node).
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Charges the blocks to `node`.
    pub fn node(mut self, node: &Node) -> Self {
        self.node = Some(node.clone());
        self
    }

    /// Where blocks come from.
    pub fn source(mut self, source: impl Into<SourceRef>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The size of the blocks that threads take at a time, each of them: 1 KiB at the least, 1 GiB at the most. Thread blocks
    /// have a size of their own, and do not ask.
    pub const fn block(mut self, bytes: usize) -> Self {
        self.block = Some(bytes);
        self
    }

    /// Refuses blocks that would take it past `bytes`.
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = Some(bytes);
        self
    }

    /// Makes an arena. It takes its first block with the first request.
    ///
    /// # Panics
    /// In a build without `std` when no source was given.
    #[must_use]
    #[track_caller]
    pub fn build_arena(self) -> SharedArena {
        granted(self.try_build_arena())
    }

    /// As [`build_arena`](Self::build_arena).
    ///
    /// # Errors
    /// [`ErrorKind::NoSource`], and nothing else.
    pub fn try_build_arena(self) -> Result<SharedArena, AllocError> {
        let set = self.block;
        let block = set.unwrap_or(Self::BLOCK).clamp(1 << 10, 1 << 30);
        let supply = self.supply()?;
        let size = round_up(block, supply.granule().max(16));
        // A doubling of the least.
        let most = if set.is_some() { size } else { size << (Self::MAX_BLOCK / size).max(1).ilog2() };
        Ok(SharedArena::on(supply, size, most))
    }

    /// Makes `depth` frames (1 at the least) that share the limit and the node.
    ///
    /// # Panics
    /// In a build without `std` when no source was given.
    #[must_use]
    #[track_caller]
    pub fn build_frames(self, depth: usize) -> SharedFrames {
        granted(self.try_build_frames(depth))
    }

    /// As [`build_frames`](Self::build_frames).
    ///
    /// # Errors
    /// [`ErrorKind::NoSource`], and nothing else.
    pub fn try_build_frames(self, depth: usize) -> Result<SharedFrames, AllocError> {
        SharedFrames::with_options(self, depth)
    }

    /// These options for one of several that share node and limit, each with its part of the limit.
    pub(crate) fn part(&self, node: Option<&Node>, parts: usize) -> Self {
        Self {
            name: None,
            node: node.cloned(),
            source: self.source.clone(),
            block: self.block,
            limit: self.limit.map(|limit| limit / parts),
        }
    }

    /// The node that was given, or is made for the name. Left in the options.
    pub(crate) fn node_for_all(&mut self) -> Option<Node> {
        if let (None, Some(name)) = (&self.node, self.name.take()) {
            self.node = Some(Node::new(name).build());
        }
        self.node.clone()
    }

    pub(crate) fn supply(self) -> Result<Supply, AllocError> {
        self.supply_or(SourceRef::system)
    }

    /// What the blocks come from, by default from `usual`.
    pub(crate) fn supply_or(mut self, usual: impl FnOnce() -> Option<SourceRef>) -> Result<Supply, AllocError> {
        let node = self.node_for_all();
        let refused = || AllocError::new(ErrorKind::NoSource, 0, 1, node.as_ref().map_or(NodeId::ANONYMOUS, Node::id));
        let source = self.source.or_else(usual).ok_or_else(refused)?;
        Ok(Supply::new(source, node, self.limit.unwrap_or(usize::MAX)))
    }
}

impl Default for SharedOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// What was asked for, or a panic with the reason.
#[track_caller]
#[inline(always)]
pub(crate) fn granted<T>(result: Result<T, AllocError>) -> T {
    match result {
        Ok(value) => value,
        Err(refused) => refused.panic(),
    }
}
