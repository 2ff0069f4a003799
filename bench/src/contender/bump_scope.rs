//! bump-scope with a minimum alignment of 8, in both directions.

use super::{Bump, Layouts, Scopes, Text};
use crate::keep::keep;
use bump_scope::{alloc::Global, settings::BumpSettings};
use std::alloc::Layout;

/// Its settings: minimum alignment 8, and the direction.
pub(crate) type Settings<const UP: bool> = BumpSettings<8, UP>;

/// [`bump_scope::Bump`].
pub(crate) struct BumpScope<const UP: bool>(pub bump_scope::Bump<Global, Settings<UP>>);

/// Upwards.
pub(crate) type Up8 = BumpScope<true>;
/// Downwards.
pub(crate) type Down8 = BumpScope<false>;

impl<const UP: bool> Bump for BumpScope<UP> {
    const NAME: &'static str = if UP { "bump-scope up, min 8" } else { "bump-scope down, min 8" };

    fn new() -> Self {
        Self(bump_scope::Bump::new())
    }

    #[inline(always)]
    fn value<T: Copy>(&self, value: T) -> *const T {
        self.0.alloc(value).into_raw().as_ptr()
    }

    #[inline(always)]
    fn reset(&mut self) {
        self.0.reset();
    }

    #[inline(always)]
    fn rewind(&mut self) {
        self.0.reset_to_start();
    }
}

impl<const UP: bool> Layouts for BumpScope<UP> {
    #[inline(always)]
    fn layout(&self, layout: Layout) -> *mut u8 {
        use bump_scope::traits::BumpAllocatorTyped;
        self.0.allocate_layout(layout).as_ptr()
    }
}

impl<const UP: bool> Text for BumpScope<UP> {
    #[inline(always)]
    fn text(&self, text: &str) -> *const u8 {
        self.0.alloc_str(text).into_raw().as_ptr().cast()
    }
}

impl<const UP: bool> Scopes for BumpScope<UP> {
    #[inline(always)]
    fn scoped_value(&mut self, value: u64) {
        self.0.scoped(|scope| keep(scope.alloc(value).into_raw().as_ptr()));
    }
}
