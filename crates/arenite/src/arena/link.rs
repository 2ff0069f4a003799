//! How a handle finds its core.

use super::{core::Core, groundwork::Groundwork, handle::Handle};
use crate::error::ErrorKind;
use core::ptr::{self, NonNull};

/// An arena's own handle links to its core, or to nothing while it has no block. A handle that took over links to the
/// arena's, marked by the lowest bit: its core can then be made later, and taking over loads nothing.
#[derive(Clone, Copy)]
pub(super) struct Link(*mut u8);

const ROOT: usize = 1;

impl Link {
    pub(super) const NONE: Self = Self(ptr::null_mut());

    pub(super) fn core(core: NonNull<Core>) -> Self {
        Self(core.as_ptr().cast())
    }

    /// A link to an arena's own handle, which must not move while the link is used: whoever took over borrows it.
    #[inline(always)]
    pub(super) fn root(handle: &Handle) -> Self {
        Self(ptr::from_ref(handle).cast_mut().cast::<u8>().map_addr(|address| address | ROOT))
    }

    #[inline(always)]
    fn as_root(&self) -> Option<&Handle> {
        let marked = self.0.addr() & ROOT != 0;
        // SAFETY: a marked link is a reference to a handle that outlives those who took over from it.
        marked.then(|| unsafe { &*self.0.map_addr(|address| address & !ROOT).cast::<Handle>() })
    }

    #[inline]
    pub(super) fn find(self) -> Option<NonNull<Core>> {
        match self.as_root() {
            // An arena's own link is never marked, so this ends.
            Some(root) => root.raw_core(),
            None => NonNull::new(self.0.cast()),
        }
    }

    /// As [`find`](Self::find), for the link of an arena's own handle, which is never marked.
    #[inline(always)]
    pub(super) fn find_own(self) -> Option<NonNull<Core>> {
        debug_assert!(self.as_root().is_none());
        NonNull::new(self.0.cast())
    }

    /// The core, made with the default options if there is none.
    pub(super) fn find_or_create(self) -> Result<Found, ErrorKind> {
        if let Some(core) = self.find() {
            return Ok(Found { core, link: self, fresh: false });
        }
        let core = Core::create(Groundwork::plain()?)?;
        let link = match self.as_root() {
            Some(root) => {
                root.attach(core);
                self
            }
            None => Self::core(core),
        };
        Ok(Found { core, link, fresh: true })
    }
}

/// A core, and the link by which the handle that looked for it finds it from now on.
pub(super) struct Found {
    pub(super) core: NonNull<Core>,
    pub(super) link: Link,
    pub(super) fresh: bool,
}

impl Found {
    /// Where a fresh core's first block starts.
    pub(super) fn start(&self) -> *mut u8 {
        // SAFETY: found alive, and borrowed from the arena by whoever looked for it.
        unsafe { self.core.as_ref() }.first.data.as_ptr()
    }

    /// Undoes the making of a fresh core from which nothing was handed out.
    pub(super) fn undo(self) {
        if let Some(root) = self.link.as_root() {
            root.detach();
        }
        // SAFETY: made just now, and no handle refers to it any more.
        unsafe { Core::destroy(self.core) };
    }
}
