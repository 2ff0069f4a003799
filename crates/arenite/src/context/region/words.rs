//! What a thread keeps for its scopes.

use super::{chunk::Chunk, discard::Large, scope::Frame};
use core::{cell::Cell, ptr::null};

/// The number of a thread that has none: no chunk has it as its owner.
const UNNUMBERED: u32 = u32::MAX;

/// The part of a thread's words that only cold paths change. See [`Hot`](super::super::hot::Hot).
pub(in super::super) struct RegionWords {
    /// The thread's number, given once in the life of the process: a chunk whose owner ended without a word has no owner.
    pub(super) number: Cell<u32>,
    pub(super) stage: Cell<Stage>,
    /// The chunk of the innermost scope's window.
    pub(super) chunk: Cell<*const Chunk>,
    /// The innermost scope.
    pub(super) frame: Cell<*const Frame>,
    /// What the heap serves, when the scope discards it in the end.
    pub(super) large: Cell<*const Large>,
    /// The chunk that the last scope left half full: the next one goes on in it.
    pub(super) parked: Cell<*const Chunk>,
    /// Empty chunks, by number and link, and how many.
    pub(super) cache: Cell<u32>,
    pub(super) cached: Cell<u32>,
}

/// What a thread's open scopes have set, taken off it.
pub(in super::super) struct ScopeWords {
    chunk: *const Chunk,
    frame: *const Frame,
    large: *const Large,
}

/// How far a thread is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has opened no scope yet.
    New,
    /// What it keeps is given back when it ends.
    Keeping,
    /// It is ending, and keeps nothing any more.
    Ending,
}

impl RegionWords {
    pub(in super::super) const fn new() -> Self {
        Self {
            number: Cell::new(UNNUMBERED),
            stage: Cell::new(Stage::New),
            chunk: Cell::new(null()),
            frame: Cell::new(null()),
            large: Cell::new(null()),
            parked: Cell::new(null()),
            cache: Cell::new(0),
            cached: Cell::new(0),
        }
    }
}

impl RegionWords {
    /// Leaves the thread outside of all scopes.
    pub(in super::super) fn take_scopes(&self) -> ScopeWords {
        ScopeWords {
            chunk: self.chunk.replace(null()),
            frame: self.frame.replace(null()),
            large: self.large.replace(null()),
        }
    }

    /// Undoes [`take_scopes`](Self::take_scopes).
    pub(in super::super) fn put_scopes(&self, words: ScopeWords) {
        self.chunk.set(words.chunk);
        self.frame.set(words.frame);
        self.large.set(words.large);
    }
}
