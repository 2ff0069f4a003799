//! How many bytes of a chunk are still in use: the count that says when it is empty.
//!
//! Bytes, not blocks, so that taking a block counts nothing: the cursor says how much was taken. A chunk has an owner, the
//! thread that allocates from it, which counts what it frees itself by plain loads and stores. All others add to a word of
//! their own, `elsewhere`. When the owner leaves, it moves what is still in use into that word *in one step*: before it
//! the word is at least 0 and after it at most 0, so that exactly one free, or the owner itself, brings it to 0.
//!
//! Atomics come from `crate::sync`, so that model checkers run this very file (`tests/shuttle.rs`, `fuzz/loom`).

use crate::sync::{AtomicU32, Ordering};

/// Whose a chunk is that was left.
pub(crate) const NOBODY: u32 = 0;

/// Whose a chunk is in which everything has ended, freed or not.
const ENDED: u32 = u32::MAX - 1;

/// `used` of a chunk whose cursor may still move. No sum of frees reaches it.
const OPEN: u32 = u32::MAX;

/// What a free did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Freed {
    /// Something is still in use, or the owner will find out.
    Kept,
    /// By the owner: nothing is in use in this closed chunk.
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
    /// What the owner freed. The owner's alone, as `used`.
    freed: AtomicU32,
    /// What was taken, once that is known.
    used: AtomicU32,
}

impl Tally {
    /// Starts the count for a chunk that the caller has alone.
    pub(crate) fn open(&self, owner: u32) {
        self.elsewhere.store(0, Ordering::Relaxed);
        self.freed.store(0, Ordering::Relaxed);
        self.used.store(OPEN, Ordering::Relaxed);
        self.owner.store(owner, Ordering::Relaxed);
    }

    // Always inlined: a free has no stack of its own.

    /// By the owner: counts bytes that were taken and are not in use, such as what alignment skips.
    #[inline(always)]
    pub(crate) fn skip(&self, bytes: u32) {
        self.freed.store(self.freed.load(Ordering::Relaxed).wrapping_add(bytes), Ordering::Relaxed);
    }

    /// Counts bytes of a block as freed, by the thread with the number `me`.
    #[inline(always)]
    pub(crate) fn free(&self, bytes: u32, me: u32) -> Freed {
        if self.owner.load(Ordering::Relaxed) != me {
            return self.free_elsewhere(bytes);
        }
        self.skip(bytes);
        if self.is_empty() { Freed::OwnerEmptied } else { Freed::Kept }
    }

    /// Release: the block is not touched after this. Acquire: whoever reuses the chunk comes after every such free. It pairs
    /// with itself, with `leave` and with `is_empty`.
    #[inline(always)]
    fn free_elsewhere(&self, bytes: u32) -> Freed {
        match self.elsewhere.fetch_add(bytes, Ordering::AcqRel).wrapping_add(bytes) {
            0 => Freed::OrphanEmptied,
            _ => Freed::Kept,
        }
    }

    /// By the owner: `used` bytes were taken, and no more will be.
    pub(crate) fn close(&self, used: u32) {
        self.used.store(used, Ordering::Relaxed);
    }

    /// By the owner: more may be taken again.
    pub(crate) fn reopen(&self) {
        self.used.store(OPEN, Ordering::Relaxed);
    }

    /// By the owner: whether nothing is in use in a closed chunk. It has the chunk alone then. Acquire pairs with the
    /// additions of `free_elsewhere`.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        let elsewhere = self.elsewhere.load(Ordering::Acquire);
        self.freed.load(Ordering::Relaxed).wrapping_add(elsewhere) == self.used.load(Ordering::Relaxed)
    }

    /// By the owner: bytes in use in a closed chunk, as far as others have told.
    pub(crate) fn in_use(&self) -> u32 {
        let gone = self.freed.load(Ordering::Relaxed).wrapping_add(self.elsewhere.load(Ordering::Relaxed));
        self.used.load(Ordering::Relaxed).wrapping_sub(gone)
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
        let owed = self.used.load(Ordering::Relaxed).wrapping_sub(self.freed.load(Ordering::Relaxed));
        self.owner.store(NOBODY, Ordering::Relaxed);
        // Release: what the owner did to the chunk comes before whoever reuses it. Acquire: as in `free_elsewhere`.
        self.elsewhere.fetch_sub(owed, Ordering::AcqRel) == owed
    }
}
