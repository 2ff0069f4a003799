//! How many bytes of a chunk are still in use: the count that says when it is empty.
//!
//! Bytes, not blocks, so that taking a block counts nothing: the cursor says how much was taken. A chunk has an owner, the
//! thread that allocates from it, which takes what it frees itself off `left` by plain loads and stores. All others add to
//! a word of their own, `elsewhere`; the owner looks at that when it closes or leaves the chunk, and not in each free. When the owner leaves, it moves what is still in use into that word *in one step*: before it
//! the word is at least 0 and after it at most 0, so that exactly one free, or the owner itself, brings it to 0.
//!
//! The owner's word also says whether frees of the chunk's blocks are told to books and tools: so the test that a free makes
//! anyway sends them to the cold path.
//!
//! Atomics come from `crate::sync`, so that model checkers run this very file (`tests/shuttle.rs`, `fuzz/loom`).

use crate::sync::{AtomicU32, Ordering};

/// Whose a chunk is that was left.
pub(crate) const NOBODY: u32 = 0;

/// Whose a chunk is in which everything has ended, freed or not.
const ENDED: u32 = LAST + 1;

/// The greatest number of a thread.
pub(crate) const LAST: u32 = WATCHED - 3;

/// In the owner's word: blocks of this chunk may be known to books and tools.
const WATCHED: u32 = 1 << 31;

/// More than any chunk holds: in `left` of a chunk whose cursor may still move, so that no free brings it to 0.
const OPEN: u32 = 1 << 31;

/// What a free did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Freed {
    /// Something is still in use, or the owner will find out.
    Kept,
    /// By the owner: nothing is in use in this closed chunk, of which nobody else has freed anything.
    OwnerEmptied,
    /// Nothing is in use, and nobody owns the chunk: whoever gets this answer, once in a chunk's life, has it alone.
    OrphanEmptied,
}

/// See the module. Everything is 0 in a chunk that was never opened.
#[derive(Default)]
pub(crate) struct Tally {
    /// Relaxed throughout: a thread only asks whether it is itself, and it alone writes its own number, here and over it.
    owner: AtomicU32,
    /// What others freed, and from the moment of leaving on minus what was in use then. Modulo 2^32.
    elsewhere: AtomicU32,
    /// What was taken, once that is known and [`OPEN`] until then, less what the owner freed. The owner's alone, as `used`.
    left: AtomicU32,
    /// What was taken, when the chunk was closed last.
    used: AtomicU32,
}

impl Tally {
    /// Starts the count for a chunk that the caller has alone.
    pub(crate) fn open(&self, owner: u32) {
        self.elsewhere.store(0, Ordering::Relaxed);
        self.left.store(OPEN, Ordering::Relaxed);
        self.owner.store(owner, Ordering::Relaxed);
    }

    // Always inlined: a free has no stack of its own.

    /// By the owner: counts bytes that were taken and are not in use, such as what alignment skips. What is left then.
    #[inline(always)]
    pub(crate) fn skip(&self, bytes: u32) -> u32 {
        let left = self.left.load(Ordering::Relaxed).wrapping_sub(bytes);
        self.left.store(left, Ordering::Relaxed);
        left
    }

    /// Whether the thread with the number `me` owns the chunk and no free is told: it may count by
    /// [`free_own`](Self::free_own).
    #[inline(always)]
    pub(crate) fn is_plainly(&self, me: u32) -> bool {
        self.owner.load(Ordering::Relaxed) == me
    }

    /// By the owner: counts bytes of a block as freed. `true`: nothing is in use in this closed chunk, all of which it has
    /// freed itself, so that it has it alone.
    #[inline(always)]
    pub(crate) fn free_own(&self, bytes: u32) -> bool {
        self.skip(bytes) == 0
    }

    /// Counts bytes of a block as freed, by the thread with the number `me`.
    pub(crate) fn free(&self, bytes: u32, me: u32) -> Freed {
        if !self.is_owned_by(me) {
            return self.free_elsewhere(bytes);
        }
        if self.free_own(bytes) { Freed::OwnerEmptied } else { Freed::Kept }
    }

    /// By the owner: from now on, until it is opened again, frees are told.
    pub(crate) fn watch(&self) {
        self.owner.store(self.owner.load(Ordering::Relaxed) | WATCHED, Ordering::Relaxed);
    }

    /// Whether frees are told. Relaxed: who frees a block that was noted was given it after that.
    pub(crate) fn is_watched(&self) -> bool {
        self.owner.load(Ordering::Relaxed) & WATCHED != 0
    }

    /// Release: the block is not touched after this. Acquire: whoever reuses the chunk comes after every such free. It pairs
    /// with itself, with `leave` and with `is_empty`.
    fn free_elsewhere(&self, bytes: u32) -> Freed {
        match self.elsewhere.fetch_add(bytes, Ordering::AcqRel).wrapping_add(bytes) {
            0 => Freed::OrphanEmptied,
            _ => Freed::Kept,
        }
    }

    /// By the owner: `used` bytes were taken, and no more will be.
    pub(crate) fn close(&self, used: u32) {
        self.used.store(used, Ordering::Relaxed);
        self.skip(OPEN.wrapping_sub(used));
    }

    /// By the owner: the only block of a closed chunk, which holds `from` bytes, holds `to` from now on.
    pub(crate) fn grow(&self, from: u32, to: u32) {
        self.used.store(to, Ordering::Relaxed);
        self.skip(from.wrapping_sub(to));
    }

    /// Whether the thread with the number `me` owns the chunk.
    pub(crate) fn is_owned_by(&self, me: u32) -> bool {
        self.owner.load(Ordering::Relaxed) & !WATCHED == me
    }

    /// By the owner: more may be taken again.
    pub(crate) fn reopen(&self) {
        self.skip(self.used().wrapping_sub(OPEN));
    }

    /// By the owner: whether nothing is in use in a closed chunk. It has the chunk alone then. Acquire pairs with the
    /// additions of `free_elsewhere`.
    pub(crate) fn is_empty(&self) -> bool {
        self.elsewhere.load(Ordering::Acquire) == self.left.load(Ordering::Relaxed)
    }

    /// By the owner: bytes in use in a closed chunk, as far as others have told.
    pub(crate) fn in_use(&self) -> u32 {
        self.left.load(Ordering::Relaxed).wrapping_sub(self.elsewhere.load(Ordering::Relaxed))
    }

    /// What was taken of a closed chunk that the caller has alone.
    pub(crate) fn used(&self) -> u32 {
        self.used.load(Ordering::Relaxed)
    }

    /// By the owner: everything in a closed chunk has ended.
    pub(crate) fn end(&self) {
        self.owner.store(ENDED, Ordering::Relaxed);
    }

    /// Whether everything in the chunk has ended. Relaxed: who asks about a block that came before the end hears of the end
    /// by whatever told it that the scope was over, or else not for sure: it is asked for debugging.
    pub(crate) fn has_ended(&self) -> bool {
        self.owner.load(Ordering::Relaxed) == ENDED
    }

    /// The owner leaves a closed chunk to who frees the rest. `true`: nothing is in use, and it has the chunk alone.
    pub(crate) fn leave(&self) -> bool {
        let owed = self.left.load(Ordering::Relaxed);
        self.owner.store(self.owner.load(Ordering::Relaxed) & WATCHED | NOBODY, Ordering::Relaxed);
        // Release: what the owner did to the chunk comes before whoever reuses it. Acquire: as in `free_elsewhere`.
        self.elsewhere.fetch_sub(owed, Ordering::AcqRel) == owed
    }
}
