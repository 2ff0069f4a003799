//! What a block of code allocates, and loses at its end.

use super::{
    claim::Claim,
    core::{Core, NEVER, SEALED},
    handle::{Handle, granted},
    refill::Window,
};
use crate::error::AllocError;
use core::{fmt, mem::MaybeUninit, ops::Deref, ptr::NonNull};

/// The cursor of an arena for the length of a block: dropped, it takes back all that it handed out.
///
/// Made by [`Arena::scope`](super::Arena::scope), and nested by [`Scope::scope`]. Results borrow the scope; the arena
/// (or outer scope) refuses to allocate while it lives. A forgotten scope leaves its arena refusing until the next
/// reset.
pub struct Scope<'a> {
    handle: Handle,
    parent: &'a Handle,
    /// Requested bytes and allocations at the start; written only where the arena counts.
    counts: MaybeUninit<(usize, usize)>,
    #[cfg(debug_assertions)]
    outer: Option<&'static core::panic::Location<'static>>,
}

impl<'a> Scope<'a> {
    #[inline(always)]
    #[track_caller]
    pub(super) fn enter(parent: &'a Handle) -> Result<Self, AllocError> {
        #[cfg(debug_assertions)]
        let outer = parent.core().and_then(|core| core.claimed_by.get());
        let entered = parent.enter()?;
        let mut counts = MaybeUninit::uninit();
        let mut saved = entered.window.limit;
        if entered.sealed {
            saved = NEVER;
            if let Some(core) = parent.core() {
                counts.write((core.requested.get(), core.allocations.get()));
            }
        }
        Ok(Self {
            handle: Handle::with_window(entered.window, entered.core, saved),
            parent,
            counts,
            #[cfg(debug_assertions)]
            outer,
        })
    }

    /// A scope inside this one, which refuses to allocate until the inner one is dropped.
    ///
    /// ```
    /// let arena = arenite::Arena::new();
    /// let outer = arena.scope();
    /// let path = outer.alloc_str("outer");
    /// for i in 0..10 {
    ///     let inner = outer.scope();
    ///     inner.alloc_slice_fill(i * 100, 0u8);
    /// }
    /// assert_eq!(path, "outer");
    /// ```
    ///
    /// # Panics
    /// When another scope or claim of this one has the cursor.
    #[inline(always)]
    #[track_caller]
    pub fn scope(&self) -> Scope<'_> {
        granted(self.try_scope())
    }

    /// As [`scope`](Self::scope).
    ///
    /// # Errors
    /// [`ErrorKind::Claimed`](crate::ErrorKind::Claimed).
    #[inline(always)]
    #[track_caller]
    pub fn try_scope(&self) -> Result<Scope<'_>, AllocError> {
        Scope::enter(&self.handle)
    }

    /// The scope's cursor for one's own, as [`Arena::claim`](super::Arena::claim): results live as long as the scope's
    /// borrow.
    ///
    /// # Panics
    /// When another scope or claim of this one has the cursor.
    #[inline(always)]
    #[track_caller]
    pub fn claim(&self) -> Claim<'_> {
        granted(self.try_claim())
    }

    /// As [`claim`](Self::claim).
    ///
    /// # Errors
    /// [`ErrorKind::Claimed`](crate::ErrorKind::Claimed).
    #[inline(always)]
    #[track_caller]
    pub fn try_claim(&self) -> Result<Claim<'_>, AllocError> {
        Claim::enter(&self.handle)
    }
}

impl Deref for Scope<'_> {
    type Target = Handle;

    #[inline(always)]
    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Scope<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        let (window, saved) = (self.handle.window(), self.handle.saved());
        #[cfg(debug_assertions)]
        if let Some(core) = self.parent.core() {
            core.claimed_by.set(self.outer);
        }
        if window.limit == saved {
            // Nothing but this handle's cursor has moved: the parent's still stands where it stood.
            self.parent.set_limit(saved);
            return;
        }
        let sealed = saved == NEVER;
        // The parent opens when everything is undone, also when a registered value panics as it is dropped.
        let _open = Open { parent: self.parent, limit: if sealed { SEALED } else { saved } };
        let counts = if sealed {
            // SAFETY: written by `enter` of a sealed arena.
            Some(unsafe { self.counts.assume_init() })
        } else {
            None
        };
        if let Some(core) = self.handle.raw_core() {
            leave_cold(core, window, self.parent.window().cursor.addr(), counts);
        }
    }
}

struct Open<'a> {
    parent: &'a Handle,
    limit: usize,
}

impl Drop for Open<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.parent.set_limit(self.limit);
    }
}

#[cold]
#[inline(never)]
fn leave_cold(core: NonNull<Core>, window: Window, to: usize, counts: Option<(usize, usize)>) {
    // SAFETY: the core of a live handle.
    let core = unsafe { core.as_ref() };
    if let Some((requested, allocations)) = counts {
        core.requested.set(requested);
        core.allocations.set(allocations);
    }
    core.rewind(to, (window.limit != super::core::CLAIMED).then_some(window.cursor.addr()));
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("used", &self.used()).finish_non_exhaustive()
    }
}
