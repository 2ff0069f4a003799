//! Temporary memory without a closure.

use crate::{AllocError, Handle, Scope, scratch::Lent};
use core::{fmt, ops::Deref};

/// Temporary memory up to the end of the guard: an arena of the thread's [`scratch`](crate::scratch()) that it has to
/// itself. For where a closure does not fit; [`with_temp`](super::with_temp) is what to prefer.
///
/// The memory is the guard's: [`temp`](super::temp) does not find it, as a guard may be dropped in any order and be sent
/// anywhere on its thread. A forgotten guard keeps its arena for ever; nothing else comes of it.
///
/// ```
/// use arenite::context::temp_guard;
/// let temp = temp_guard();
/// let path = temp.alloc_fmt(format_args!("{}/{}", "dunes", 7));
/// assert_eq!(path, "dunes/7");
/// ```
/// What it handed out ends with it:
/// ```compile_fail
/// let word = { let temp = arenite::context::temp_guard(); temp.alloc_str("gone") };
/// println!("{word}");
/// ```
///
/// # Panics
/// When the first block of an arena is refused.
#[track_caller]
pub fn temp_guard() -> TempGuard {
    try_temp_guard().unwrap_or_else(|refused| refused.panic())
}

/// As [`temp_guard`].
///
/// # Errors
/// The reason why the first block of an arena is refused.
pub fn try_temp_guard() -> Result<TempGuard, AllocError> {
    Ok(TempGuard { lent: Lent::take()? })
}

/// Temporary memory: see [`temp_guard`]. Everything that allocates is on [`Handle`].
#[must_use = "the memory goes when this is dropped"]
pub struct TempGuard {
    lent: Lent,
}

impl TempGuard {
    /// A scope in this memory; until it ends the guard refuses to allocate.
    #[must_use]
    #[track_caller]
    pub fn scope(&self) -> Scope<'_> {
        self.lent.arena().scope()
    }
}

impl Deref for TempGuard {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        self.lent.arena()
    }
}

impl Drop for TempGuard {
    #[track_caller]
    fn drop(&mut self) {
        // The arena goes back to the thread after this, also when a registered value panics.
        // SAFETY: what the arena handed out, its scopes included, borrows this guard.
        unsafe { self.lent.arena().reset_unborrowed() }
    }
}

impl fmt::Debug for TempGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TempGuard").field("used", &self.used()).finish_non_exhaustive()
    }
}
