//! How a thread begins to have scopes, what it keeps between them, and what it leaves.

use super::{
    chunk::Chunk,
    pins,
    range::RANGE,
    tally,
    words::{RegionWords, Stage},
};
use crate::{
    context::hot,
    debug::{Fill, tools},
    sync::{AtomicU32, Ordering},
};
use core::ptr::null;

/// Empty chunks that a thread keeps.
const CACHE: u32 = 64;

/// The number of the last thread that got one.
static LAST: AtomicU32 = AtomicU32::new(0);

crate::sync::thread_local! {
    static LEASE: Lease = const { Lease };
}

/// Dropped at the end of the thread, or of the process in the middle of a scope.
struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        let _inside = crate::fork::enter();
        hot::with(|hot| {
            let words = &hot.region;
            words.stage.set(Stage::Ending);
            words.leave_parked();
            while let Some(chunk) = words.uncache() {
                RANGE.give(chunk);
            }
        });
    }
}

impl RegionWords {
    /// Gives the thread a number and the duty to clean up. `false`: there are no numbers left.
    pub(super) fn begin(&self) -> bool {
        if self.stage.get() != Stage::New {
            return true;
        }
        // Relaxed: only that no number is given twice.
        let number =
            LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| (last < tally::LAST).then(|| last + 1));
        let Ok(last) = number else { return false };
        self.number.set(last + 1);
        self.stage.set(match LEASE.try_with(|_| ()) {
            Ok(()) => Stage::Keeping,
            Err(_) => Stage::Ending,
        });
        true
    }

    /// An empty chunk of this thread's own, open.
    pub(super) fn take(&self) -> Option<&'static Chunk> {
        let chunk = self.uncache().or_else(|| RANGE.take(0))?;
        chunk.tally.open(self.number.get());
        Some(chunk)
    }

    /// A chunk of this thread's own for one block, open.
    pub(super) fn take_for(&self, bytes: usize) -> Option<&'static Chunk> {
        let chunk = match RANGE.order_for(bytes)? {
            0 => self.take()?,
            order => RANGE.take(order)?,
        };
        chunk.tally.open(self.number.get());
        Some(chunk)
    }

    /// Keeps a chunk that this thread has alone and in which nothing is in use, or gives it to all threads.
    pub(super) fn give(&self, chunk: &'static Chunk) {
        scribble(chunk);
        let plain = chunk.order.load(Ordering::Relaxed) == 0;
        if plain && self.stage.get() == Stage::Keeping && self.cached.get() < CACHE {
            chunk.link.store(self.cache.get(), Ordering::Relaxed);
            self.cache.set(RANGE.number(chunk));
            self.cached.set(self.cached.get() + 1);
        } else {
            RANGE.give(chunk);
        }
    }

    fn uncache(&self) -> Option<&'static Chunk> {
        let first = self.cache.get();
        if first == 0 {
            return None;
        }
        let chunk = RANGE.numbered(first);
        self.cache.set(chunk.link.load(Ordering::Relaxed));
        self.cached.set(self.cached.get() - 1);
        Some(chunk)
    }

    /// Keeps an open chunk for the next scope, which goes on at `resume`. `false`: one is kept already, or none any more.
    pub(super) fn park(&self, chunk: &'static Chunk, resume: usize) -> bool {
        let free = self.stage.get() == Stage::Keeping && self.parked.get().is_null();
        if free {
            chunk.resume.set(resume);
            self.parked.set(chunk);
        }
        free
    }

    /// The parked chunk, open, and where to go on in it. `empty`: only if nothing in it is in use.
    pub(super) fn unpark(&self, empty: bool) -> Option<(&'static Chunk, usize)> {
        // SAFETY: entries are never freed.
        let chunk = unsafe { self.parked.get().as_ref() }?;
        let (start, resume) = (RANGE.start(chunk), chunk.resume.get());
        chunk.tally.close((resume - start) as u32);
        if chunk.tally.is_empty() {
            scribble(chunk);
            chunk.tally.open(self.number.get());
            self.parked.set(null());
            return Some((chunk, start));
        }
        chunk.tally.reopen();
        if empty {
            return None;
        }
        self.parked.set(null());
        Some((chunk, resume))
    }

    /// Gives the parked chunk up, to whoever frees what is in use in it.
    fn leave_parked(&self) {
        // SAFETY: as above.
        if let Some(chunk) = unsafe { self.parked.replace(null()).as_ref() } {
            chunk.tally.close((chunk.resume.get() - RANGE.start(chunk)) as u32);
            self.leave(chunk);
        }
    }

    /// Gives a closed chunk up.
    pub(super) fn leave(&self, chunk: &'static Chunk) {
        if chunk.tally.is_empty() {
            return self.give(chunk);
        }
        // Before it is left: who frees the rest counts it out.
        pins::pin(chunk);
        if chunk.tally.leave() {
            pins::unpin(chunk);
            self.give(chunk);
        }
    }
}

/// Fills what was used of an empty chunk, so that a pointer that was kept wrongly reads what nobody wrote.
fn scribble(chunk: &Chunk) {
    let start = RANGE.start(chunk);
    let size = RANGE.size_of(chunk);
    if cfg!(debug_assertions) || chunk.tally.is_watched() {
        tools::undefined(start, size);
        // SAFETY: nothing is in use in the chunk, which is the caller's alone.
        unsafe { super::range::pointer(start).write_bytes(Fill::Reset.byte(), chunk.tally.used() as usize) };
    }
    tools::no_access(start, size);
}
