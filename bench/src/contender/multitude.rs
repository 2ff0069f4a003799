//! multitude, by its handles that live as long as the arena.

use super::{Bump, Layouts, Text};
use allocator_api2_04::alloc::Allocator;
use std::alloc::Layout;

/// [`multitude::Arena`].
pub(crate) struct Multitude(pub multitude::Arena);

impl Bump for Multitude {
    const NAME: &'static str = "multitude";

    fn new() -> Self {
        Self(multitude::Arena::new())
    }

    #[inline(always)]
    fn value<T: Copy>(&self, value: T) -> *const T {
        multitude::Alloc::leak(self.0.alloc(value))
    }

    #[inline(always)]
    fn reset(&mut self) {
        self.0.reset();
    }
}

impl Layouts for Multitude {
    #[inline(always)]
    fn layout(&self, layout: Layout) -> *mut u8 {
        match (&self.0).allocate(layout) {
            Ok(memory) => memory.cast().as_ptr(),
            Err(_) => std::alloc::handle_alloc_error(layout),
        }
    }
}

impl Text for Multitude {
    #[inline(always)]
    fn text(&self, text: &str) -> *const u8 {
        multitude::Alloc::leak(self.0.alloc_str(text)).as_ptr()
    }
}
