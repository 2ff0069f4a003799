//! Which variable a name means.

use super::{ast::Type, interner::Symbol};
use crate::builder::{Array, Builder};

/// Variables that can be seen, the innermost last.
pub(super) struct Scopes<'a, B: Builder<'a>> {
    visible: B::Array<Variable>,
    /// The most places that were needed at once.
    most: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Variable {
    name: Symbol,
    pub(super) kind: Type,
    pub(super) place: u32,
}

impl<'a, B: Builder<'a>> Scopes<'a, B> {
    pub(super) fn new(place: B) -> Self {
        Self { visible: place.array(16), most: 0 }
    }

    /// Forgets everything, for the next function.
    pub(super) fn clear(&mut self) {
        self.leave(0);
        self.most = 0;
    }

    /// A new variable; its place.
    pub(super) fn declare(&mut self, name: Symbol, kind: Type) -> u32 {
        let place = self.visible.len() as u32;
        self.visible.push(Variable { name, kind, place });
        self.most = self.most.max(self.visible.len());
        place
    }

    /// What `name` means here.
    pub(super) fn find(&self, name: Symbol) -> Option<Variable> {
        self.visible.iter().rev().find(|variable| variable.name == name).copied()
    }

    /// Begins a block; to be passed to [`leave`](Self::leave) at its end.
    pub(super) fn enter(&self) -> usize {
        self.visible.len()
    }

    pub(super) fn leave(&mut self, outer: usize) {
        self.visible.truncate(outer);
    }

    pub(super) fn most(&self) -> u32 {
        self.most as u32
    }
}
