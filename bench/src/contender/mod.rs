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
#[cfg(rpmalloc)]
pub(crate) mod rpmalloc;
mod scoped_arena;
pub(crate) mod slots;
mod stumpalo;
#[cfg(zig)]
pub(crate) mod zig;

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

/// Why there is no Zig in this build.
pub(crate) const NO_ZIG: &str = "no zig when this was built";

/// A kernel of Zig's, where there was a `zig` to compile it; else what research measured, if it did.
#[macro_export]
macro_rules! zig {
    ($name:expr, $start:expr, $otherwise:expr) => {{
        // What stands in for it is known to be used.
        let _otherwise: &'static str = $otherwise;
        #[cfg(zig)]
        let kernel = $crate::kernel::Kernel::opponent($name, $start);
        #[cfg(not(zig))]
        let kernel = $crate::kernel::Kernel::unmeasured($name, _otherwise);
        kernel
    }};
}

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
