//! Ours.

use super::{Bump, Layouts, Scopes, Text};
use crate::keep::keep;
use arenite::ArenaOptions;
use std::alloc::Layout;

/// [`arenite::Arena`].
pub(crate) struct Arenite(pub arenite::Arena);

/// The name of the one that [`Arenite::settled`] makes, when both are in a section.
pub(crate) const DEFAULT: &str = "arenite, default chunks";

/// What the reader should know about [`DEFAULT`].
pub(crate) const WALKS: &str = "as Arena::new() makes it: each cycle walks its chunks of 4 to 64 KiB";

impl Arenite {
    /// An arena with one chunk that has room for a group. The opponents come to that of their own accord, because they
    /// double their chunk without bound and keep the largest; ours keeps what it has, and doubles to 64 KiB only.
    pub(crate) fn settled() -> Self {
        Self(ArenaOptions::new().initial(1 << 20).build())
    }
}

impl Bump for Arenite {
    const NAME: &'static str = "arenite";

    fn new() -> Self {
        Self(arenite::Arena::new())
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

impl Layouts for Arenite {
    #[inline(always)]
    fn layout(&self, layout: Layout) -> *mut u8 {
        self.0.alloc_layout(layout).as_ptr()
    }
}

impl Text for Arenite {
    #[inline(always)]
    fn text(&self, text: &str) -> *const u8 {
        self.0.alloc_str(text).as_ptr()
    }
}

impl Scopes for Arenite {
    #[inline(always)]
    fn scoped_value(&mut self, value: u64) {
        let scope = self.0.scope();
        keep(scope.alloc(value));
    }
}
