//! What a block of code allocates, and loses at its end.

use super::{
    claim::Claim,
    core::Core,
    handle::{Handle, granted},
    link::Link,
    mark::Since,
    refill::Window,
};
use crate::{debug::Site, error::AllocError};
use core::{fmt, ops::Deref};

/// The cursor of an arena for the length of a block: dropped, it takes back all that it handed out.
///
/// Made by [`Arena::scope`](super::Arena::scope), and nested by [`Scope::scope`]. Results borrow the scope; the arena
/// (or outer scope) refuses to allocate while it lives. A forgotten scope leaves its arena refusing until the next
/// reset.
///
/// Its end is O(1), however many chunks it goes back over, plus one step for each value registered and each block of a single
/// large request. A watched arena ends its blocks one by one.
pub struct Scope<'a> {
    handle: Handle,
    parent: &'a Handle,
    outer: Outer,
}

/// Where the parent's cursor was taken before this, in builds with debug assertions: nothing in others.
#[derive(Clone, Copy)]
pub(super) struct Outer {
    #[cfg(debug_assertions)]
    place: Option<&'static core::panic::Location<'static>>,
}

impl Outer {
    #[inline(always)]
    pub(super) fn of(parent: &Handle) -> Self {
        let _ = parent;
        Self {
            #[cfg(debug_assertions)]
            place: parent.core().and_then(|core| core.claimed_by.get()),
        }
    }

    #[inline(always)]
    pub(super) fn back(self, parent: &Handle) {
        let _ = parent;
        #[cfg(debug_assertions)]
        if let Some(core) = parent.core() {
            core.claimed_by.set(self.place);
        }
    }
}

impl<'a> Scope<'a> {
    #[inline(always)]
    #[track_caller]
    pub(super) fn enter(parent: &'a Handle, root: Link) -> Self {
        #[cfg(debug_assertions)]
        granted(parent.check_free());
        let outer = Outer::of(parent);
        let window = parent.enter();
        Self { handle: Handle::with_window(window, root, window.limit), parent, outer }
    }

    #[inline(always)]
    #[track_caller]
    pub(super) fn try_enter(parent: &'a Handle, root: Link) -> Result<Self, AllocError> {
        parent.check_free()?;
        Ok(Self::enter(parent, root))
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
    /// In builds with debug assertions, when another scope or claim of this one has the cursor. In others the new scope
    /// then refuses to allocate.
    #[inline(always)]
    #[track_caller]
    pub fn scope(&self) -> Scope<'_> {
        Scope::enter(&self.handle, self.handle.root())
    }

    /// As [`scope`](Self::scope).
    ///
    /// # Errors
    /// [`ErrorKind::Claimed`](crate::ErrorKind::Claimed).
    #[inline(always)]
    #[track_caller]
    pub fn try_scope(&self) -> Result<Scope<'_>, AllocError> {
        Scope::try_enter(&self.handle, self.handle.root())
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
        Claim::try_enter(&self.handle, self.handle.root())
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
        // Short, so that it is inlined where a panic unwinds too: the scope itself can then stay in registers.
        let saved = self.handle.saved();
        if self.handle.window().limit == saved {
            // Nothing but this handle's cursor has moved: the parent's still stands where it stood.
            self.outer.back(self.parent);
            self.parent.give_limit(saved);
        } else {
            leave_cold(self.parent, saved, self.outer);
        }
    }
}

/// Takes back all that was allocated since a scope took over from `parent` and its limit `given`, and opens that again.
#[cold]
#[inline(never)]
fn leave_cold(parent: &Handle, given: usize, outer: Outer) {
    /// Opens the parent when everything is undone, also when a registered value panics as it is dropped. Its limit is
    /// a new one, not the saved: whatever the parent itself goes back to, it will look for what there is to undo.
    struct Open<'a>(&'a Handle, &'a Core, usize);
    impl Drop for Open<'_> {
        fn drop(&mut self) {
            let Self(parent, core, given) = *self;
            let cursor = core.placed(parent.window().cursor);
            core.look();
            if core.counts() {
                core.recall_counts(given);
                if given == parent.saved() {
                    // The parent has had no event of its own, and its new limit hides its first: remembered for it.
                    core.remember_counts();
                }
            }
            parent.set_window(Window { cursor, limit: core.open(cursor, parent.saved()) });
        }
    }
    // Where the scope was entered, of builds that know; its end has no place.
    let site = parent.core().and_then(|core| core.claimed_by.get()).map_or(Site::UNKNOWN, Site::from);
    outer.back(parent);
    let Some(core) = parent.core() else { return };
    let open = Open(parent, core, given);
    let to = core.placed(parent.window().cursor).addr();
    let block = core.start_of_scope(to).expect("the block in which a scope began");
    core.rewind(block, to, Since::ANY, site);
    drop(open);
    core.tell();
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("used", &self.used()).finish_non_exhaustive()
    }
}
