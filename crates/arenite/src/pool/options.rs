//! How a typed pool is made.

use super::{HandlePool, Pool, PoolError};
use crate::{node::Node, source::SourceRef};

/// Options of a [`Pool`] or [`HandlePool`]. Figures are objects.
///
/// ```
/// use arenite::{Node, pool::PoolOptions};
/// let level = Node::new("level").hard_budget(1 << 20).build();
/// let monsters = PoolOptions::new().node(&level).first_chunk(100).build::<[u64; 8]>();
/// let orc = monsters.alloc([1; 8]);
/// assert!(level.stats().charged >= 6400);
/// drop(orc);
/// ```
#[derive(Clone, Default)]
pub struct PoolOptions {
    pub(super) node: Option<Node>,
    pub(super) source: Option<SourceRef>,
    pub(super) first: Option<usize>,
    pub(super) capacity: Option<usize>,
}

impl PoolOptions {
    /// Chunks from the system heap, the first of about 4 KiB, each of the next as large as all before it; no node.
    #[must_use]
    pub const fn new() -> Self {
        Self { node: None, source: None, first: None, capacity: None }
    }

    /// Charges chunks to `node`.
    #[must_use]
    pub fn node(mut self, node: &Node) -> Self {
        self.node = Some(node.clone());
        self
    }

    /// Where chunks come from.
    #[must_use]
    pub fn source(mut self, source: impl Into<SourceRef>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The number of objects in the first chunk, at least 1. A [`HandlePool`] rounds it up to a power of two.
    #[must_use]
    pub const fn first_chunk(mut self, objects: usize) -> Self {
        self.first = Some(objects);
        self
    }

    /// The most objects that the pool will ever hold. Chunks are then never larger than what is left of it; together with
    /// the same [`first_chunk`](Self::first_chunk) all memory is taken at once, with the first object.
    #[must_use]
    pub const fn capacity(mut self, objects: usize) -> Self {
        self.capacity = Some(objects);
        self
    }

    /// Makes a pool. Its first chunk is taken with the first object.
    ///
    /// # Panics
    /// In a build without `std` when no source was given.
    #[must_use]
    #[track_caller]
    pub fn build<T>(self) -> Pool<T> {
        self.try_build().unwrap_or_else(|refused| refused.panic())
    }

    /// As [`build`](Self::build).
    ///
    /// # Errors
    /// [`PoolErrorKind::NoSource`](super::PoolErrorKind::NoSource), and nothing else.
    pub fn try_build<T>(self) -> Result<Pool<T>, PoolError> {
        Pool::with_options(self)
    }

    /// Makes a pool with handles. Its first chunk is taken with the first object.
    ///
    /// # Panics
    /// In a build without `std` when no source was given.
    #[must_use]
    #[track_caller]
    pub fn build_handles<T>(self) -> HandlePool<T> {
        self.try_build_handles().unwrap_or_else(|refused| refused.panic())
    }

    /// As [`build_handles`](Self::build_handles).
    ///
    /// # Errors
    /// [`PoolErrorKind::NoSource`](super::PoolErrorKind::NoSource), and nothing else.
    pub fn try_build_handles<T>(self) -> Result<HandlePool<T>, PoolError> {
        HandlePool::with_options(self)
    }
}
