//! What the global allocator looks at in each request: the thread's own words.

use super::{
    hooks,
    region::{RANGE, RegionWords},
};
use crate::bump::MIN_ALIGN;
use core::{cell::Cell, hint::assert_unchecked, mem};

/// A cursor beyond every limit, and the end of no block: no window is open.
pub(super) const NOWHERE: usize = (1 << (usize::BITS - 2)) | 1;

/// In the cursor of a window whose blocks are told to books and tools. Blocks end at multiples of [`MIN_ALIGN`], so none
/// ends at such a cursor: frees of them take the cold path, as requests do.
const WATCHED: usize = 1;

/// The words of a thread: plain memory behind the thread register, made without a call and never destroyed, so that they
/// serve in every destructor of the thread too.
///
/// `direct` and `window` are what requests look at. They follow from `flags`, `limit` and `cursor`; who changes one of
/// these calls [`settle`](Self::settle), apart from moves of the cursor in its window.
pub(super) struct Hot {
    /// Requests of no more than this alignment go straight to the program's heap: [`MIN_ALIGN`] where nothing redirects
    /// them, else 0. So one compare tells both that, and that the heap's plain call will do.
    direct: Cell<usize>,
    /// The end of the window for the fast path; 0 when there is none, it rests, or each request takes the cold path.
    pub(super) window: Cell<usize>,
    /// Where the window goes on, with [`WATCHED`]; [`NOWHERE`] when there is none.
    pub(super) cursor: Cell<usize>,
    /// Bits of [`hooks`], 0 for most threads at most times.
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
            direct: Cell::new(MIN_ALIGN),
            window: Cell::new(0),
            cursor: Cell::new(NOWHERE),
            flags: Cell::new(0),
            limit: Cell::new(0),
            region: RegionWords::new(),
        }
    }

    /// Whether nothing redirects this thread's requests.
    pub(super) fn is_direct(&self) -> bool {
        self.direct.get() != 0
    }

    /// Whether a request goes straight to the heap: nothing redirects it, and its alignment is at most [`MIN_ALIGN`], as
    /// the compiler knows from here on.
    #[inline(always)]
    pub(super) fn is_direct_for(&self, align: usize) -> bool {
        let direct = align <= self.direct.get();
        if direct {
            // SAFETY: `direct` is private, and 0 or `MIN_ALIGN` in `new` and `settle`, which alone set it.
            unsafe { assert_unchecked(align <= MIN_ALIGN) };
        }
        direct
    }

    /// Makes `direct` and `window` what the other words say.
    fn settle(&self) {
        let limit = self.limit.get();
        let told = self.flags.get() & hooks::EACH_REQUEST != 0;
        self.direct.set(if told || limit != 0 { 0 } else { MIN_ALIGN });
        self.window.set(if told || self.is_watched() { 0 } else { limit });
    }

    /// Sets flags in place of all others; which were set before. They are put back by the same call.
    pub(super) fn set_flags(&self, flags: usize) -> usize {
        if flags & hooks::EACH_FREE != 0 {
            RANGE.look_at_all_frees();
        }
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

    /// Opens a window, whose blocks are told to books and tools or not; the cursor and the limit before, for
    /// [`put_back`](Self::put_back).
    pub(super) fn open(&self, cursor: usize, limit: usize, watched: bool) -> (usize, usize) {
        let before = self.cursor.replace(cursor | if watched { WATCHED } else { 0 });
        (before, self.set_limit(limit))
    }

    /// Puts a window back; where the one before was.
    pub(super) fn put_back(&self, (cursor, limit): (usize, usize)) -> usize {
        let before = self.position();
        self.cursor.set(cursor);
        self.set_limit(limit);
        before
    }

    /// Whether the window's blocks are told to books and tools.
    pub(super) fn is_watched(&self) -> bool {
        self.cursor.get() & WATCHED != 0
    }

    /// The address where the window goes on; of no use when there is none.
    pub(super) fn position(&self) -> usize {
        self.cursor.get() & !WATCHED
    }

    /// Goes on at another address of the same window.
    pub(super) fn move_to(&self, address: usize) {
        self.cursor.set(address | self.cursor.get() & WATCHED);
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
