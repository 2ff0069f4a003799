//! scoped-arena.

use super::{Bump, Layouts, Scopes};
use crate::keep::keep;
use std::alloc::Layout;

/// [`scoped_arena::Scope`], the outermost one.
pub(crate) struct ScopedArena(pub scoped_arena::Scope<'static>);

impl Bump for ScopedArena {
    const NAME: &'static str = "scoped-arena";

    fn new() -> Self {
        Self(scoped_arena::Scope::new())
    }

    #[inline(always)]
    fn value<T: Copy>(&self, value: T) -> *const T {
        self.0.to_scope(value)
    }

    #[inline(always)]
    fn reset(&mut self) {
        self.0.reset();
    }
}

impl Layouts for ScopedArena {
    #[inline(always)]
    fn layout(&self, layout: Layout) -> *mut u8 {
        self.0.alloc(layout).as_mut_ptr().cast()
    }
}

impl Scopes for ScopedArena {
    #[inline(always)]
    fn scoped_value(&mut self, value: u64) {
        keep(self.0.proxy().scope().to_scope(value));
    }
}
