//! A scope at one end.

use super::End;
use core::{fmt, ops::Deref};

/// What is taken at an end while this lives goes back when it is dropped. Everything that allocates is on [`End`], to
/// which it dereferences; results borrow the scope. The other end is free meanwhile.
///
/// ```compile_fail,E0505
/// # use arenite::{RangeOptions, TwoEnded};
/// let mut arena = TwoEnded::new(RangeOptions::reserve(1 << 20));
/// let (mut low, _) = arena.ends();
/// let scope = low.scope();
/// let n = scope.alloc(1);
/// drop(scope);
/// *n += 1;
/// ```
pub struct EndScope<'s, const HIGH: bool> {
    end: End<'s, HIGH>,
    /// Where the end stood.
    cursor: usize,
}

impl<'s, const HIGH: bool> EndScope<'s, HIGH> {
    pub(super) fn enter(end: End<'s, HIGH>) -> Self {
        let cursor = end.cursor();
        Self { end, cursor }
    }

    /// A scope inside this one.
    pub fn scope(&mut self) -> EndScope<'_, HIGH> {
        self.end.scope()
    }
}

impl<'s, const HIGH: bool> Deref for EndScope<'s, HIGH> {
    type Target = End<'s, HIGH>;

    fn deref(&self) -> &Self::Target {
        &self.end
    }
}

impl<const HIGH: bool> Drop for EndScope<'_, HIGH> {
    #[inline]
    fn drop(&mut self) {
        self.end.go_back(self.cursor);
    }
}

impl<const HIGH: bool> fmt::Debug for EndScope<'_, HIGH> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndScope").field("end", &self.end).finish_non_exhaustive()
    }
}
