//! Who the calling thread is.
//!
//! A thread has a number that no other ever had, in a `const` thread-local without `Drop`: plain memory behind the thread
//! register. A second thread-local with a `Drop` marks the end of the thread in its *record*, so that what it left in heaps
//! can be adopted. Records are reused and never freed.

use super::shard::Shard;
use crate::{
    source::{Source, System},
    sync::{AtomicU64, Lock, Ordering},
};
use core::{
    alloc::Layout,
    cell::Cell,
    ptr::{NonNull, null, null_mut},
};

/// How many heaps a thread finds its shard of without a search.
const CACHED: usize = 8;
/// How many numbers a thread takes at a time.
const NUMBERS: u64 = 1 << 16;

/// The token of a thread that has none yet.
const NEW: u64 = 0;
/// The token of a thread whose thread-locals are being destroyed.
const ENDING: u64 = u64::MAX;
/// A token that no thread has.
pub(super) const NOBODY: u64 = u64::MAX - 1;

/// Tells whether the thread with a certain token still runs.
pub(super) struct Record {
    token: AtomicU64,
    next: Cell<*const Self>,
}

impl Record {
    /// Whether the thread that had `token` has ended.
    pub(super) fn has_ended(&self, token: u64) -> bool {
        // Acquire pairs with the release in `end`: who sees the end sees all that the thread did.
        self.token.load(Ordering::Acquire) != token
    }
}

struct Spare(*const Record);

// SAFETY: the records of the list are reached through its lock alone.
unsafe impl Send for Spare {}

static SPARE: Lock<Spare> = Lock::new(Spare(null()));
static LAST_NUMBER: AtomicU64 = AtomicU64::new(1);

struct Hot {
    token: Cell<u64>,
    numbers: Cell<(u64, u64)>,
    record: Cell<*const Record>,
    shards: [Cell<(u64, NonNull<Shard>)>; CACHED],
}

crate::sync::thread_local! {
    static HOT: Hot = const {
        Hot {
            token: Cell::new(NEW),
            numbers: Cell::new((0, 0)),
            record: Cell::new(null()),
            shards: [const { Cell::new((0, NonNull::dangling())) }; CACHED],
        }
    };
    static LEASE: Lease = const { Lease };
}

const _: () = assert!(!core::mem::needs_drop::<Hot>(), "its thread-local would have to be registered at each use");

/// Dropped at the end of the thread.
struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        end();
    }
}

fn end() {
    HOT.with(|hot| {
        hot.token.set(ENDING);
        hot.shards.iter().for_each(|slot| slot.set((0, NonNull::dangling())));
        let record = hot.record.replace(null());
        if record.is_null() {
            return;
        }
        let mut spare = SPARE.lock();
        // SAFETY: a record of this thread's, which is never freed.
        let ended = unsafe { &*record };
        ended.next.set(spare.0);
        spare.0 = record;
        // Release pairs with the acquire in `has_ended`.
        ended.token.store(0, Ordering::Release);
    });
}

/// A number that was never given before, and is not 0. Without a locked instruction but once in 65,536 times.
pub(super) fn number() -> u64 {
    #[cfg(arenite_shuttle)] // As in `token`.
    let _ = LEASE.try_with(|_| ());
    HOT.with(|hot| {
        let (mut next, mut last) = hot.numbers.get();
        if next == last {
            next = LAST_NUMBER.fetch_add(NUMBERS, Ordering::Relaxed);
            last = next + NUMBERS;
        }
        hot.numbers.set((next + 1, last));
        next
    })
}

/// The thread's token, as far as it has one.
#[inline(always)]
pub(super) fn token() -> u64 {
    // Shuttle ends thread-locals in the order of their first use; elsewhere `HOT`, which has no `Drop`, never ends.
    #[cfg(arenite_shuttle)]
    let _ = LEASE.try_with(|_| ());
    HOT.with(|hot| hot.token.get())
}

/// This thread's shard of the heap with this number, when it is remembered.
#[inline(always)]
pub(super) fn remembered(heap: u64) -> Option<NonNull<Shard>> {
    let (of, shard) = HOT.with(|hot| hot.shards[heap as usize % CACHED].get());
    // No heap has the number of an empty place.
    if of == heap { Some(shard) } else { None }
}

pub(super) fn remember(heap: u64, shard: &Shard) {
    HOT.with(|hot| hot.shards[heap as usize % CACHED].set((heap, NonNull::from(shard))));
}

/// That the calling thread has a token and a record. Where its thread-locals are being destroyed, it has them only as long
/// as this lives.
pub(super) struct Identity {
    late: bool,
}

impl Identity {
    /// `None` when there is no memory for a record.
    #[inline]
    pub(super) fn of_thread() -> Option<Self> {
        match token() {
            NEW | ENDING => Self::begin(),
            _ => Some(Self { late: false }),
        }
    }

    #[cold]
    fn begin() -> Option<Self> {
        let fresh = token() == NEW;
        let late = !fresh || LEASE.try_with(|_| ()).is_err();
        let mut spare = SPARE.lock();
        let record = if spare.0.is_null() {
            let memory = System.take(Layout::new::<Record>())?.cast::<Record>().as_ptr();
            // SAFETY: fresh memory for a record.
            unsafe { memory.write(Record { token: AtomicU64::new(0), next: Cell::new(null_mut()) }) };
            memory.cast_const()
        } else {
            let record = spare.0;
            // SAFETY: records are never freed, and those of the list are reached under its lock.
            spare.0 = unsafe { (*record).next.get() };
            record
        };
        drop(spare);
        let token = number();
        // SAFETY: as above; it is this thread's now. Relaxed: nobody asks for this token before it is published with a
        // shard, under a heap's lock.
        unsafe { (*record).token.store(token, Ordering::Relaxed) };
        HOT.with(|hot| {
            hot.record.set(record);
            hot.token.set(token);
        });
        Some(Self { late })
    }

    pub(super) fn token(&self) -> u64 {
        token()
    }

    pub(super) fn record(&self) -> *const Record {
        HOT.with(|hot| hot.record.get())
    }
}

impl Drop for Identity {
    #[inline]
    fn drop(&mut self) {
        if self.late {
            end();
        }
    }
}
