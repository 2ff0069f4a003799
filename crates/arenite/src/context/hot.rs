//! What the global allocator looks at in each request: the thread's own words.

use super::{hooks, region::RegionWords};
use core::{cell::Cell, mem};

/// A cursor beyond every limit, and the end of no block: no window is open.
pub(super) const NOWHERE: usize = (1 << (usize::BITS - 2)) | 1;

/// The words of a thread: plain memory behind the thread register, made without a call and never destroyed, so that they
/// serve in every destructor of the thread too.
///
/// `route` is the only word that a request looks at first:
/// - 0: straight to the program's heap. No scope, no counting, nothing forbidden.
/// - below 4096: `flags`, of a thread that wants each request to be told ([`hooks`]).
/// - above: the end of the window that an arena's scope allocates from.
///
/// It follows from `flags` and `limit`; who changes one of these calls [`settle`](Self::settle).
pub(super) struct Hot {
    pub(super) route: Cell<usize>,
    /// Where the window goes on; [`NOWHERE`] when there is none.
    pub(super) cursor: Cell<usize>,
    /// Bits of [`hooks`], 0 for most threads at most times. Frees look at it.
    pub(super) flags: Cell<usize>,
    /// The end of the window; 0 when there is none, or when it rests.
    pub(super) limit: Cell<usize>,
    /// What scopes keep beside that.
    pub(super) region: RegionWords,
}

const _: () = assert!(!mem::needs_drop::<Hot>(), "its thread-local would have to be registered at each use");

impl Hot {
    const fn new() -> Self {
        Self {
            route: Cell::new(0),
            cursor: Cell::new(NOWHERE),
            flags: Cell::new(0),
            limit: Cell::new(0),
            region: RegionWords::new(),
        }
    }

    /// Makes `route` what `flags` and `limit` say.
    pub(super) fn settle(&self) {
        self.route.set(match self.flags.get() & hooks::EACH_REQUEST {
            0 => self.limit.get(),
            flags => flags,
        });
    }

    /// Sets flags in place of all others; which were set before. They are put back by the same call.
    pub(super) fn set_flags(&self, flags: usize) -> usize {
        debug_assert!(flags <= hooks::EACH_REQUEST | hooks::DISCARDING, "a flag that looks like an address");
        let before = self.flags.replace(flags);
        self.settle();
        before
    }

    /// Opens, closes or rests the window; its limit before.
    pub(super) fn set_limit(&self, limit: usize) -> usize {
        let before = self.limit.replace(limit);
        self.settle();
        before
    }

    /// Until the guard is dropped, every request of this thread goes straight to the program's heap and tells nobody: for
    /// the cold path's own needs. The window stays as it is meanwhile, apart from blocks freed in it.
    pub(super) fn plain(&self) -> Plain<'_> {
        Plain { hot: self, flags: self.set_flags(0), limit: self.set_limit(0) }
    }
}

/// See [`Hot::plain`].
pub(super) struct Plain<'a> {
    hot: &'a Hot,
    flags: usize,
    limit: usize,
}

impl Drop for Plain<'_> {
    fn drop(&mut self) {
        self.hot.limit.set(self.limit);
        self.hot.set_flags(self.flags);
    }
}

crate::sync::thread_local! {
    static HOT: Hot = const { Hot::new() };
}

/// This thread's words.
#[inline(always)]
pub(super) fn with<R>(run: impl FnOnce(&Hot) -> R) -> R {
    HOT.with(run)
}
