//! A scope: from its opening to its end.

use super::{
    chunk::Chunk,
    inactive::ScopesInactive,
    pins,
    range::{GAP, RANGE},
    watching,
};
use crate::{context::hot::Hot, sync::Ordering};
use core::{cell::Cell, ptr::null};

/// What a scope needs to know, on the stack of the function that opened it, where it stays until the scope is closed.
pub(in super::super) struct Frame {
    /// Chunks that were full and hold something that is in use.
    pub(super) closed: Cell<*const Chunk>,
    /// What is to be put back.
    outer: Cell<*const Frame>,
    chunk: Cell<*const Chunk>,
    /// Cursor and limit.
    window: Cell<(usize, usize)>,
    /// Number of the scope among those that are watched; 0 when it is not.
    pub(in super::super) watched: Cell<usize>,
}

/// What scopes differ in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// Goes on in the chunk that the last one left half full.
    Plain,
    /// Has its chunks to itself, from the first byte: what is in use at its end is its own.
    Alone,
}

/// What was in use when a scope ended.
#[derive(Clone, Copy, Default, Debug)]
pub(in super::super) struct Left {
    pub(in super::super) bytes: usize,
    pub(in super::super) chunks: usize,
}

impl Left {
    fn add(&mut self, chunk: &Chunk) {
        let bytes = chunk.tally.in_use() as usize;
        self.bytes += bytes;
        self.chunks += usize::from(bytes > 0) << chunk.order.load(Ordering::Relaxed);
    }
}

impl Frame {
    pub(in super::super) const fn new() -> Self {
        Self {
            closed: Cell::new(null()),
            outer: Cell::new(null()),
            chunk: Cell::new(null()),
            window: Cell::new((0, 0)),
            watched: Cell::new(0),
        }
    }

    pub(in super::super) fn is_innermost(&self, hot: &Hot) -> bool {
        core::ptr::eq(hot.region.frame.get(), self)
    }

    /// Makes this the thread's innermost scope. O(1).
    ///
    /// # Safety
    /// `close` is called on this frame, by the same thread, before the frame moves or ends and after every scope that was
    /// opened after it.
    pub(in super::super) unsafe fn open(&self, hot: &Hot, kind: Kind) -> Result<(), ScopesInactive> {
        let words = &hot.region;
        if !words.begin() {
            return Err(ScopesInactive::NoNumbers);
        }
        if !pins::allowed() {
            return Err(ScopesInactive::OverPinBudget);
        }
        let parked = words.unpark(kind == Kind::Alone);
        let (chunk, cursor) = match parked {
            Some(parked) => parked,
            None => {
                // What the way to a chunk allocates is no part of the outer scope.
                let _plain = hot.plain();
                words.take().map(|chunk| (chunk, RANGE.start(chunk))).ok_or(ScopesInactive::NoMemory)?
            }
        };
        let (number, watched) = watching::of_scope();
        if watched {
            chunk.tally.watch();
        }
        self.watched.set(number);
        self.outer.set(words.frame.replace(self));
        self.chunk.set(words.chunk.replace(chunk));
        // A parked chunk may have been watched before: what is left in it is.
        self.window.set(hot.open(cursor, end_of(chunk), chunk.tally.is_watched()));
        Ok(())
    }

    /// Ends the scope. What is in use stays valid. O(chunks).
    ///
    /// # Safety
    /// It is open, and the thread's innermost.
    pub(in super::super) unsafe fn close(&self, hot: &Hot) -> Left {
        let words = &hot.region;
        // SAFETY: the caller's promise.
        let (chunk, cursor) = unsafe { self.step_out(hot) };
        let mut left = Left::default();
        let start = RANGE.start(chunk);
        chunk.tally.close((cursor - start) as u32);
        left.add(chunk);
        let empty = chunk.tally.is_empty();
        // Nearly full ones are not worth to go on in.
        if !empty && cursor - start <= RANGE.chunk_size() / 4 * 3 && words.park(chunk, cursor) {
            chunk.tally.reopen();
        } else {
            words.leave(chunk);
        }
        // SAFETY: entries are never freed.
        while let Some(chunk) = unsafe { self.closed.get().as_ref() } {
            chunk.leave_list();
            left.add(chunk);
            words.leave(chunk);
        }
        left
    }

    /// Puts back what was before the scope: its chunk, and how far that is used.
    ///
    /// # Safety
    /// As `close`.
    pub(super) unsafe fn step_out(&self, hot: &Hot) -> (&'static Chunk, usize) {
        let words = &hot.region;
        if !self.is_innermost(hot) {
            // Threads of its own making swapped stacks in the middle of a scope: its chunks are somebody else's now.
            out_of_order();
        }
        // SAFETY: an open scope has a chunk; entries are never freed.
        let chunk = unsafe { &*words.chunk.replace(self.chunk.get()) };
        words.frame.set(self.outer.get());
        (chunk, hot.put_back(self.window.get()))
    }
}

/// Where the window of a chunk ends.
pub(super) fn end_of(chunk: &Chunk) -> usize {
    RANGE.start(chunk) + RANGE.chunk_size() - GAP
}

#[cold]
fn out_of_order() -> ! {
    crate::debug::stderr::print(format_args!(
        "arenite: a scope of `with_arena` ends while another one of its thread is the innermost: a coroutine was switched \
         inside of one. Close scopes before a switch.\n"
    ));
    std::process::abort()
}
