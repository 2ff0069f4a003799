//! The memory of each phase.

use arenite::{Arena, ArenaOptions, Handle};
use bumpalo::Bump;

use crate::builder::{Builder, Heap};

/// The memory that a phase's results stand in, cleared when nobody needs them any more.
pub trait Phase {
    /// What to call it in reports.
    const NAME: &'static str;

    /// What the phase builds with.
    type Place<'a>: Builder<'a>
    where
        Self: 'a;

    /// A memory for the phase called `name`.
    fn named(name: &'static str) -> Self;

    /// What the phase builds with.
    fn place(&self) -> Self::Place<'_>;

    /// Takes everything back.
    fn clear(&mut self);
}

/// One memory for each phase.
pub struct Phases<P> {
    /// Names and texts, for the whole compilation.
    pub names: P,
    /// Tokens, until they are parsed.
    pub tokens: P,
    /// The tree, until code is emitted.
    pub tree: P,
    /// Types and calls, until code is emitted.
    pub graph: P,
    /// Code, until it has run.
    pub code: P,
    /// The values of the run.
    pub values: P,
}

impl<P: Phase> Phases<P> {
    /// All phases' memories, empty.
    pub fn new() -> Self {
        Self::with(P::named)
    }

    /// All phases' memories, as `make` makes them of their names.
    pub fn with(mut make: impl FnMut(&'static str) -> P) -> Self {
        Self {
            names: make("names"),
            tokens: make("tokens"),
            tree: make("tree"),
            graph: make("graph"),
            code: make("code"),
            values: make("values"),
        }
    }

    /// The phases' names and memories, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &P)> {
        let Self { names, tokens, tree, graph, code, values } = self;
        let names_of = ["names", "tokens", "tree", "graph", "code", "values"];
        names_of.into_iter().zip([names, tokens, tree, graph, code, values])
    }

    /// Takes everything back, whichever phase failed.
    pub(super) fn clear(&mut self) {
        let Self { names, tokens, tree, graph, code, values } = self;
        [names, tokens, tree, graph, code, values].into_iter().for_each(P::clear);
    }
}

impl<P: Phase> Default for Phases<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl Phase for Heap {
    const NAME: &'static str = "plain heap";

    type Place<'a> = Heap;

    fn named(_name: &'static str) -> Self {
        Self
    }

    fn place(&self) -> Heap {
        Heap
    }

    fn clear(&mut self) {}
}

impl Phase for Arena {
    const NAME: &'static str = "arenite";

    type Place<'a> = &'a Handle;

    fn named(name: &'static str) -> Self {
        ArenaOptions::new().name(name).build()
    }

    fn place(&self) -> &Handle {
        self
    }

    fn clear(&mut self) {
        self.reset();
    }
}

impl Phase for Bump {
    const NAME: &'static str = "bumpalo";

    type Place<'a> = &'a Bump;

    fn named(_name: &'static str) -> Self {
        Self::new()
    }

    fn place(&self) -> &Bump {
        self
    }

    fn clear(&mut self) {
        self.reset();
    }
}
