//! stumpalo.

use super::{Bump, Layouts, Scopes, Text};
use crate::keep::keep;
use std::alloc::Layout;

/// [`stumpalo::Arena`].
pub(crate) struct Stumpalo(pub stumpalo::Arena);

impl Bump for Stumpalo {
    const NAME: &'static str = "stumpalo";

    fn new() -> Self {
        Self(stumpalo::Arena::new())
    }

    #[inline(always)]
    fn value<T: Copy>(&self, value: T) -> *const T {
        self.0.alloc(value)
    }

    #[inline(always)]
    fn reset(&mut self) {
        self.0.clear();
    }
}

impl Layouts for Stumpalo {
    #[inline(always)]
    fn layout(&self, layout: Layout) -> *mut u8 {
        self.0.alloc_layout(layout).as_ptr()
    }
}

impl Text for Stumpalo {
    #[inline(always)]
    fn text(&self, text: &str) -> *const u8 {
        self.0.alloc_str(text).as_ptr()
    }
}

impl Scopes for Stumpalo {
    #[inline(always)]
    fn scoped_value(&mut self, value: u64) {
        self.0.with_scope(|scope| keep(scope.alloc(value)));
    }
}
