//! blink-alloc.

use super::{Bump, Layouts, Text};
use std::alloc::Layout;

/// [`blink_alloc::Blink`].
pub(crate) struct Blink(pub blink_alloc::Blink);

impl Bump for Blink {
    const NAME: &'static str = "blink-alloc";

    fn new() -> Self {
        Self(blink_alloc::Blink::new())
    }

    #[inline(always)]
    fn value<T: Copy>(&self, value: T) -> *const T {
        self.0.put_no_drop(value)
    }

    #[inline(always)]
    fn reset(&mut self) {
        self.0.reset();
    }
}

impl Layouts for Blink {
    #[inline(always)]
    fn layout(&self, layout: Layout) -> *mut u8 {
        match self.0.allocator().allocate(layout) {
            Ok(memory) => memory.cast().as_ptr(),
            Err(_) => std::alloc::handle_alloc_error(layout),
        }
    }
}

impl Text for Blink {
    #[inline(always)]
    fn text(&self, text: &str) -> *const u8 {
        self.0.copy_str(text).as_ptr()
    }
}
