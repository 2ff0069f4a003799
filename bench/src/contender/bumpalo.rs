//! bumpalo, without and with a minimum alignment.

use super::{Bump, Layouts, Text};
use std::alloc::Layout;

/// [`bumpalo::Bump`] with a minimum alignment; 1 is its default.
pub(crate) struct Bumpalo<const MIN_ALIGN: usize>(pub bumpalo::Bump<MIN_ALIGN>);

impl<const MIN_ALIGN: usize> Bump for Bumpalo<MIN_ALIGN> {
    const NAME: &'static str = if MIN_ALIGN == 8 { "bumpalo, min 8" } else { "bumpalo" };

    fn new() -> Self {
        Self(bumpalo::Bump::with_min_align())
    }

    #[inline(always)]
    fn value<T: Copy>(&self, value: T) -> *const T {
        self.0.alloc(value)
    }

    #[inline(always)]
    fn reset(&mut self) {
        self.0.reset();
    }
}

impl<const MIN_ALIGN: usize> Layouts for Bumpalo<MIN_ALIGN> {
    #[inline(always)]
    fn layout(&self, layout: Layout) -> *mut u8 {
        self.0.alloc_layout(layout).as_ptr()
    }
}

impl<const MIN_ALIGN: usize> Text for Bumpalo<MIN_ALIGN> {
    #[inline(always)]
    fn text(&self, text: &str) -> *const u8 {
        self.0.alloc_str(text).as_ptr()
    }
}
