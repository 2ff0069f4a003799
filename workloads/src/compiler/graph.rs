//! Who calls whom.

use std::cell::Cell;

use super::{ast::Type, interner::Symbol};
use crate::builder::{Builder, Pointer};

/// A function. Calls lead in circles where functions are recursive, so the edges are tied in after the nodes are made.
pub(super) struct FunctionNode<'a, B: Builder<'a>> {
    pub(super) name: Symbol,
    /// The types of its parameters.
    pub(super) parameters: B::Slice<Type>,
    pub(super) result: Type,
    /// Its number in the program.
    pub(super) number: u32,
    /// Calls of others, the last first.
    calls: Cell<Option<B::Boxed<Call<'a, B>>>>,
    state: Cell<State>,
    recursive: Cell<bool>,
}

/// A call.
struct Call<'a, B: Builder<'a>> {
    callee: B::Pointer<FunctionNode<'a, B>>,
    next: Option<B::Boxed<Call<'a, B>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unseen,
    /// Some of the ways on from here are still being walked.
    Open,
    Done,
}

impl<'a, B: Builder<'a>> FunctionNode<'a, B> {
    pub(super) fn new(name: Symbol, parameters: B::Slice<Type>, result: Type, number: u32) -> Self {
        let (calls, state, recursive) = (Cell::new(None), Cell::new(State::Unseen), Cell::new(false));
        Self { name, parameters, result, number, calls, state, recursive }
    }

    /// Notes that this function calls another, or itself.
    pub(super) fn calls(&self, callee: &B::Shared<Self>, place: B) {
        let call = Call { callee: place.point(callee), next: self.calls.take() };
        self.calls.set(Some(place.boxed(call)));
    }

    /// Walks everything that can be reached from here.
    pub(super) fn walk(&self) {
        self.state.set(State::Open);
        // The calls are out of the cell while they are walked; whoever comes here again only looks at the state.
        let calls = self.calls.take();
        let mut next = calls.as_deref();
        while let Some(call) = next {
            call.callee.follow(|callee| match callee.state.get() {
                State::Unseen => callee.walk(),
                State::Open => callee.recursive.set(true),
                State::Done => {}
            });
            next = call.next.as_deref();
        }
        self.calls.set(calls);
        self.state.set(State::Done);
    }

    /// Whether a walk came here.
    pub(super) fn reached(&self) -> bool {
        self.state.get() == State::Done
    }

    /// Whether the walk came here again on a way that begins here: one at least of each circle is so.
    pub(super) fn recursive(&self) -> bool {
        self.recursive.get()
    }
}
