//! A place in an arena to go back to.

use crate::debug::Site;
use core::fmt;

/// A position of one arena, from [`Arena::checkpoint`](super::Arena::checkpoint). Plain data: forgetting one costs
/// nothing, and it can be gone back to any number of times while it is valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    pub(super) arena: u64,
    pub(super) generation: u64,
    pub(super) cursor: *mut u8,
    pub(super) stamp: u64,
    pub(super) depth: usize,
    pub(super) since: Since,
    pub(super) requested: usize,
    pub(super) allocations: usize,
    pub(super) site: Site,
}

/// For the C library, which keeps marks in structs of its callers.
#[doc(hidden)]
impl Mark {
    /// Its fields as numbers; of its site the place in a program of another language.
    #[inline(always)]
    #[must_use]
    pub fn to_words(self) -> [u64; 10] {
        let Self { arena, generation, cursor, stamp, depth, since, requested, allocations, site } = self;
        let words = [cursor.expose_provenance(), depth, since.own, since.drops, requested, allocations];
        let [cursor, depth, own, drops, requested, allocations] = words.map(|word| word as u64);
        [arena, generation, cursor, stamp, depth, own, drops, requested, allocations, site.to_foreign_word()]
    }

    /// The mark of these words.
    ///
    /// # Safety
    /// They are what [`to_words`](Self::to_words) gave.
    #[inline(always)]
    #[must_use]
    pub unsafe fn from_words(words: [u64; 10]) -> Self {
        let [arena, generation, cursor, stamp, depth, own, drops, requested, allocations, site] = words;
        let [cursor, depth, own, drops, requested, allocations] =
            [cursor, depth, own, drops, requested, allocations].map(|word| word as usize);
        Self {
            arena,
            generation,
            cursor: core::ptr::with_exposed_provenance_mut(cursor),
            stamp,
            depth,
            since: Since { own, drops },
            requested,
            allocations,
            // SAFETY: the caller's promise.
            site: unsafe { Site::from_foreign_word(site) },
        }
    }
}

/// A mark of an arena that had nothing to look after and counted nothing: a place, and which one of the arena's it is.
#[doc(hidden)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BareMark {
    pub(super) arena: u64,
    pub(super) generation: u64,
    pub(super) cursor: *mut u8,
    pub(super) stamp: u64,
    pub(super) depth: usize,
}

impl BareMark {
    /// Its fields as numbers, those that a [`Mark`] has too in the same order.
    #[inline(always)]
    #[must_use]
    pub fn to_words(self) -> [u64; 5] {
        let Self { arena, generation, cursor, stamp, depth } = self;
        [arena, generation, cursor.expose_provenance() as u64, stamp, depth as u64]
    }

    /// The mark of these words.
    ///
    /// # Safety
    /// They are what [`to_words`](Self::to_words) gave.
    #[inline(always)]
    #[must_use]
    pub unsafe fn from_words([arena, generation, cursor, stamp, depth]: [u64; 5]) -> Self {
        let cursor = core::ptr::with_exposed_provenance_mut(cursor as usize);
        Self { arena, generation, cursor, stamp, depth: depth as usize }
    }
}

impl From<BareMark> for Mark {
    fn from(BareMark { arena, generation, cursor, stamp, depth }: BareMark) -> Self {
        let since = Since { own: 0, drops: 0 };
        Self { arena, generation, cursor, stamp, depth, since, requested: 0, allocations: 0, site: Site::UNKNOWN }
    }
}

/// How many large requests and registered values there are before a point of time. Positions alone do not tell where
/// what lay before a mark was freed, and newer things took its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Since {
    pub(super) own: usize,
    pub(super) drops: usize,
}

impl Since {
    /// All that there is, as far as positions do not tell otherwise.
    pub(super) const ANY: Self = Self { own: usize::MAX, drops: usize::MAX };
}

/// Why a mark was refused. The arena is as it was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RestoreError {
    /// The mark belongs to another arena.
    Foreign,
    /// The arena was reset or cleared since the mark was taken.
    Reset,
    /// The arena went back before the mark, to an earlier one.
    OutOfOrder,
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Foreign => "the mark belongs to another arena; restore it there",
            Self::Reset => "the arena was reset or cleared after the mark was taken; take a new mark",
            Self::OutOfOrder => {
                "the arena went back to an earlier mark after this one was taken; restore inner marks before outer ones"
            }
        })
    }
}

impl core::error::Error for RestoreError {}

/// The open marks of an arena. Exact for the innermost [`Marks::EXACT`]; further out only the depth is compared.
pub(super) struct Marks {
    stamps: [core::cell::Cell<u64>; Marks::EXACT],
    next: core::cell::Cell<u64>,
    depth: core::cell::Cell<usize>,
    /// The arena's generation when the last one was opened: those of earlier ones are closed.
    generation: core::cell::Cell<u64>,
    /// Marks down to this depth have lost their stamp to deeper ones.
    lost: core::cell::Cell<usize>,
}

impl Marks {
    pub(super) const EXACT: usize = 16;

    pub(super) fn new() -> Self {
        Self {
            stamps: [const { core::cell::Cell::new(0) }; Self::EXACT],
            next: 1.into(),
            generation: 0.into(),
            depth: 0.into(),
            lost: 0.into(),
        }
    }

    /// Stamp and depth of the innermost open one, or those of none, for a mark whose order its owner knows.
    #[inline(always)]
    pub(super) fn innermost(&self, generation: u64) -> (u64, usize) {
        if self.generation.replace(generation) != generation {
            self.close_all();
        }
        let depth = self.depth.get();
        (self.stamps[depth % Self::EXACT].get(), depth)
    }

    /// Opens a mark: its stamp and depth.
    #[inline(always)]
    pub(super) fn open(&self, generation: u64) -> (u64, usize) {
        if self.generation.replace(generation) != generation {
            // A reset that only moved the cursor has not said so.
            self.close_all();
        }
        let (stamp, depth) = (self.next.get(), self.depth.get() + 1);
        self.stamps[depth % Self::EXACT].set(stamp);
        self.next.set(stamp + 1);
        self.depth.set(depth);
        if self.lost.get() + Self::EXACT < depth {
            self.lost.set(depth - Self::EXACT);
        }
        (stamp, depth)
    }

    /// Closes the marks inside of that one, if it is open and has its stamp, and all outside have what they had.
    #[inline(always)]
    pub(super) fn close_inside_exact(&self, stamp: u64, depth: usize) -> bool {
        let open =
            self.lost.get() <= depth && depth <= self.depth.get() && self.stamps[depth % Self::EXACT].get() == stamp;
        if open {
            self.depth.set(depth);
        }
        open
    }

    /// How many were opened so far.
    #[inline]
    pub(super) fn opened(&self) -> u64 {
        self.next.get()
    }

    #[inline(always)]
    pub(super) fn is_open(&self, mark: &Mark) -> bool {
        let stamped = || self.stamps[mark.depth % Self::EXACT].get() == mark.stamp;
        mark.depth <= self.depth.get() && (mark.depth <= self.lost.get() || stamped())
    }

    /// Closes the marks inside `mark`; it stays open itself.
    #[inline(always)]
    pub(super) fn close_inside(&self, mark: &Mark) {
        self.depth.set(mark.depth);
        self.lost.set(self.lost.get().min(mark.depth));
    }

    pub(super) fn close_all(&self) {
        self.depth.set(0);
        self.lost.set(0);
    }
}
