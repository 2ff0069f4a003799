//! Memory that a function uses and loses.

use arenite::{Arena, Handle, Scope};

use super::{Builder, Heap};

/// Memory that dies with the function that asked for it: what the plan calls scoped arenas.
///
/// A function opens its own level with [`nested`](Self::nested) and builds there; while it is open the outer level must
/// not grow.
pub trait Scratch {
    /// What to build with.
    type Place<'s>: Builder<'s>
    where
        Self: 's;

    /// A level inside this one.
    type Nested<'s>: Scratch
    where
        Self: 's;

    /// What to build with on this level.
    fn place(&self) -> Self::Place<'_>;

    /// Opens a level that gives everything back when it goes out of scope, where the memory can.
    fn nested(&self) -> Self::Nested<'_>;
}

impl Scratch for Heap {
    type Place<'s> = Heap;
    type Nested<'s> = Heap;

    fn place(&self) -> Heap {
        Heap
    }

    fn nested(&self) -> Heap {
        Heap
    }
}

impl<'a> Scratch for &'a Arena {
    type Place<'s>
        = &'s Handle
    where
        Self: 's;
    type Nested<'s>
        = Scope<'a>
    where
        Self: 's;

    #[inline]
    fn place(&self) -> &Handle {
        self
    }

    #[inline]
    fn nested(&self) -> Scope<'a> {
        self.scope()
    }
}

impl<'a> Scratch for Scope<'a> {
    type Place<'s>
        = &'s Handle
    where
        Self: 's;
    type Nested<'s>
        = Scope<'s>
    where
        Self: 's;

    #[inline]
    fn place(&self) -> &Handle {
        self
    }

    #[inline]
    fn nested(&self) -> Scope<'_> {
        self.scope()
    }
}
