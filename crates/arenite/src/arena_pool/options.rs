//! How a pool of arenas is made.

use super::ArenaPool;
use crate::{ArenaOptions, Tag, node::Node};
use alloc::{borrow::Cow, boxed::Box};

pub(super) type Make = Box<dyn Fn() -> ArenaOptions + Send + Sync>;

/// Options of an [`ArenaPool`].
#[must_use]
pub struct ArenaPoolOptions {
    name: Option<Cow<'static, str>>,
    tag: Option<Tag>,
    parent: Option<Node>,
    keep: usize,
    most: usize,
    make: Make,
}

impl ArenaPoolOptions {
    /// How many arenas are kept unless set: 16.
    pub const KEEP: usize = 16;

    /// Keeps [`KEEP`](Self::KEEP) arenas of the default options, without a name.
    pub fn new() -> Self {
        Self {
            name: None,
            tag: None,
            parent: None,
            keep: Self::KEEP,
            most: usize::MAX,
            make: Box::new(ArenaOptions::new),
        }
    }

    /// Gives the pool a node in the lifetime tree, and each arena one below it, called by this name and a number.
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Labels the pool's node, and those of its arenas.
    pub fn tag(mut self, tag: Tag) -> Self {
        self.tag = Some(tag);
        self
    }

    /// Puts the pool's node below `parent`.
    pub fn parent(mut self, parent: &Node) -> Self {
        self.parent = Some(parent.clone());
        self
    }

    /// How many arenas that nobody has are kept; one that comes back beyond that is dropped, with its blocks.
    pub const fn keep(mut self, arenas: usize) -> Self {
        self.keep = arenas;
        self
    }

    /// How many arenas may be out at once.
    pub const fn at_most(mut self, arenas: usize) -> Self {
        self.most = arenas;
        self
    }

    /// How each arena is made: sizes, source, limit, and the [`Retention`](crate::Retention) by which a reset, which each
    /// gets as it comes back, keeps its blocks. (Where the pool has a name the arena's node is the pool's matter.)
    pub fn arenas(mut self, make: impl Fn() -> ArenaOptions + Send + Sync + 'static) -> Self {
        self.make = Box::new(make);
        self
    }

    /// Makes the pool. It makes no arena yet.
    #[must_use]
    pub fn build(self) -> ArenaPool {
        let named = self.name.is_some() || self.tag.is_some() || self.parent.is_some();
        let node = named.then(|| {
            let options = Node::new(self.name.unwrap_or(Cow::Borrowed("arenas")));
            let options = self.tag.into_iter().fold(options, |options, tag| options.tag(tag));
            self.parent.iter().fold(options, |options, parent| options.parent(parent)).build()
        });
        ArenaPool::with(node, self.keep, self.most, self.make)
    }
}

impl Default for ArenaPoolOptions {
    fn default() -> Self {
        Self::new()
    }
}
