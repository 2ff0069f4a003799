//! The contenders behind common faces, so that every kernel is written once.
//!
//! All of it is inlined: a kernel made from these contains what a user's code would.

mod arenite;
mod blink;
pub(crate) mod bump_scope;
mod bumpalo;
pub(crate) mod heap;
mod multitude;
pub(crate) mod own_heap;
mod scoped_arena;
pub(crate) mod slots;
mod stumpalo;

pub(crate) use self::{
    arenite::{Arenite, DEFAULT, WALKS},
    blink::Blink,
    bump_scope::{BumpScope, Down8, Up8},
    bumpalo::Bumpalo,
    heap::Heap,
    multitude::Multitude,
    scoped_arena::ScopedArena,
    stumpalo::Stumpalo,
};
use std::alloc::Layout;

/// An arena that takes values and gives everything back at once.
pub(crate) trait Bump: 'static {
    /// The contender's name in the table.
    const NAME: &'static str;

    /// An arena as its crate makes one by default.
    fn new() -> Self;

    /// Moves a value into the arena.
    fn value<T: Copy>(&self, value: T) -> *const T;

    /// Gives everything back, and settles: after some cycles of the same work it fits in what the arena kept.
    fn reset(&mut self);

    /// Gives everything back by the cheapest call the crate has, settling or not.
    #[inline(always)]
    fn rewind(&mut self) {
        self.reset();
    }
}

/// An arena that takes layouts known at run time.
pub(crate) trait Layouts: Bump {
    /// Memory for `layout`.
    fn layout(&self, layout: Layout) -> *mut u8;
}

/// An arena that takes strings.
pub(crate) trait Text: Bump {
    /// Copies `text` into the arena.
    fn text(&self, text: &str) -> *const u8;
}

/// An arena with scopes.
pub(crate) trait Scopes: Bump {
    /// Enters a scope, moves a value into it, looks at it, and leaves the scope.
    fn scoped_value(&mut self, value: u64);
}
