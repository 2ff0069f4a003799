//! Who the calling thread is.
//!
//! A thread has a number that no other ever had, its *token*, in a `const` thread-local without `Drop`: plain memory behind
//! the thread register. A second thread-local with a `Drop` marks the end of the thread in its *record*, so that what it
//! left in heaps can be adopted. Records are reused and never freed.
//!
//! Beside it stands the thread's *key*: the token, and the low bits of the epoch of the debug settings. A heap that was
//! found to be unwatched is known to its threads' fast paths by their keys. Whoever changes a setting changes the keys of
//! all threads ([`tell`]): so each finds its next request to any heap on the cold path, which looks at the grade. That is
//! how a switch reaches every thread at its next request, and costs nothing else.

use super::shard::Shard;
use crate::{
    debug,
    source::{Source, System},
    sync::{AtomicU64, Lock, Ordering, Word},
};
use core::{
    alloc::Layout,
    cell::Cell,
    ptr::{NonNull, null},
};

/// How many heaps a thread finds its shard of without a search.
const CACHED: usize = 8;
/// How many numbers a thread takes at a time.
const NUMBERS: u64 = 1 << 16;

/// The token of a thread that has none yet.
const NEW: u64 = 0;
/// The token of a thread whose thread-locals are being destroyed, and its key: the sum of that and a heap's number is
/// not 0, which stands for no heap.
const ENDING: u64 = 1 << 63;
/// A token, and a key, that no thread has.
pub(super) const NOBODY: u64 = u64::MAX - 1;
/// The bits of a token. A thread takes microseconds to make: their number lasts for ages.
const TOKEN_BITS: u32 = 48;

/// A thread's key in an epoch. An epoch 65,536 changes ago has the same: a heap that nobody asked in between is not looked
/// at then.
const fn key_of(token: u64, epoch: usize) -> u64 {
    token | (epoch as u64) << TOKEN_BITS
}

/// Tells whether the thread with a certain token still runs.
pub(super) struct Record {
    token: AtomicU64,
    /// The thread's key, for who cannot look at what the thread itself reads; [`ENDING`] when it has none.
    key: Word,
    /// The next spare record. Under the lock of `THREADS`, as are the others.
    next: Cell<*const Self>,
    /// The next of all records.
    all: Cell<*const Self>,
    /// What its thread keeps, while that runs.
    hot: Cell<*const Hot>,
}

impl Record {
    /// Whether the thread that had `token` has ended.
    pub(super) fn has_ended(&self, token: u64) -> bool {
        // Acquire pairs with the release in `end`: who sees the end sees all that the thread did.
        self.token.load(Ordering::Acquire) != token
    }
}

struct Threads {
    spare: *const Record,
    all: *const Record,
}

// SAFETY: the records of the lists are reached through their lock alone.
unsafe impl Send for Threads {}

static THREADS: Lock<Threads> = Lock::new(Threads { spare: null(), all: null() });
static LAST_NUMBER: AtomicU64 = AtomicU64::new(1);
static LAST_TOKEN: AtomicU64 = AtomicU64::new(0);

/// What the thread itself reads. The two words are written by whoever changes a setting, too.
struct Hot {
    key: Word,
    /// The key while nothing is switched on anywhere, else [`NOBODY`].
    birth_key: Word,
    token: Cell<u64>,
    numbers: Cell<(u64, u64)>,
    record: Cell<*const Record>,
    /// This thread's shards of heaps, each by the sum of the heap's number and the thread's key: when the key has changed,
    /// nothing is found. 0 stands for none.
    shards: [Cell<(u64, NonNull<Shard>)>; CACHED],
}

crate::sync::thread_local! {
    static HOT: Hot = const {
        Hot {
            key: Word::new(NEW),
            birth_key: Word::new(NOBODY),
            token: Cell::new(NEW),
            numbers: Cell::new((0, 0)),
            record: Cell::new(null()),
            shards: [const { Cell::new((0, NonNull::dangling())) }; CACHED],
        }
    };
    static LEASE: Lease = const { Lease };
}

const _: () = assert!(!core::mem::needs_drop::<Hot>(), "its thread-local would have to be registered at each use");

/// A setting has changed: gives every thread another key.
fn tell() {
    let threads = THREADS.lock();
    // Read under the lock: of two who tell, the later one knows what the earlier one does.
    let (epoch, all_off) = (debug::epoch(), debug::all_off());
    let mut next = threads.all;
    // SAFETY: records are never freed. A thread's record names what the thread keeps until its end, for which the lock is
    // taken; only its words are touched, which are atomics.
    unsafe {
        while let Some(record) = next.as_ref() {
            next = record.all.get();
            let hot = record.hot.get();
            if !hot.is_null() {
                // Relaxed: the token is written under this lock.
                let key = key_of(record.token.load(Ordering::Relaxed), epoch);
                (*hot).key.store(key);
                record.key.store(key);
                (*hot).birth_key.store(if all_off { key } else { NOBODY });
            }
        }
    }
}

/// In the child of a fork: what other threads kept is not there any more.
pub(crate) fn forked() {
    let threads = THREADS.lock();
    let mut next = threads.all;
    HOT.with(|hot| {
        // SAFETY: records are never freed; what they name is compared, not looked at.
        unsafe {
            while let Some(record) = next.as_ref() {
                next = record.all.get();
                if !core::ptr::eq(record.hot.get(), hot) {
                    record.key.store(ENDING);
                    record.hot.set(null());
                }
            }
        }
    });
}

/// Dropped at the end of the thread.
struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        end();
    }
}

fn end() {
    let _inside = crate::fork::enter();
    HOT.with(|hot| {
        let mut threads = THREADS.lock();
        hot.token.set(ENDING);
        hot.key.store(ENDING);
        hot.birth_key.store(NOBODY);
        hot.shards.iter().for_each(|slot| slot.set((0, NonNull::dangling())));
        let record = hot.record.replace(null());
        if record.is_null() {
            return;
        }
        // SAFETY: a record of this thread's, which is never freed.
        let ended = unsafe { &*record };
        ended.hot.set(null());
        ended.key.store(ENDING);
        ended.next.set(threads.spare);
        threads.spare = record;
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
pub(super) fn token() -> u64 {
    hot(|hot| hot.token.get())
}

/// What a heap's fast path knows this thread by.
#[inline(always)]
pub(super) fn key() -> u64 {
    hot(|hot| hot.key.load())
}

/// The key of a heap that is being made by this thread: as long as nothing is switched on it need not be looked at.
#[inline(always)]
pub(super) fn birth_key() -> u64 {
    hot(|hot| hot.birth_key.load())
}

/// The thread's key where every thread can read it, now and after the thread's end; `None` when it has none yet.
pub(super) fn published_key() -> Option<&'static Word> {
    // SAFETY: records are never freed.
    hot(|hot| unsafe { hot.record.get().as_ref() }.map(|record| &record.key))
}

#[inline(always)]
fn hot<T>(read: impl FnOnce(&Hot) -> T) -> T {
    // Shuttle ends thread-locals in the order of their first use; elsewhere `HOT`, which has no `Drop`, never ends.
    #[cfg(arenite_shuttle)]
    let _ = LEASE.try_with(|_| ());
    HOT.with(read)
}

/// This thread's shard of a heap, when it is remembered. `heap` is the sum of the heap's number and this thread's key.
#[inline(always)]
pub(super) fn remembered(heap: u64) -> Option<NonNull<Shard>> {
    let (of, shard) = HOT.with(|hot| hot.shards[heap as usize % CACHED].get());
    // No sum is that of an empty place.
    if of == heap { Some(shard) } else { None }
}

/// Remembers a shard of the heap with this number, which was found to be unwatched in `epoch`.
pub(super) fn remember(heap: u64, shard: &Shard, epoch: usize) {
    // Two sums are the same only for the same heap, and in the same epoch, as long as numbers are no larger.
    if heap >> TOKEN_BITS == 0 {
        let heap = heap.wrapping_add(key_of(token(), epoch));
        HOT.with(|hot| hot.shards[heap as usize % CACHED].set((heap, NonNull::from(shard))));
    }
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
        // The first of the process reads the environment, for which no lock is held.
        let _ = debug::epoch();
        debug::tell_of_changes(tell);
        let fresh = token() == NEW;
        if fresh && !crate::source::has_small_change() {
            return None;
        }
        let late = !fresh || LEASE.try_with(|_| ()).is_err();
        let mut threads = THREADS.lock();
        let record = if threads.spare.is_null() {
            let memory = System.take(Layout::new::<Record>())?.cast::<Record>().as_ptr();
            let new = Record {
                token: AtomicU64::new(0),
                key: Word::new(ENDING),
                next: Cell::new(null()),
                all: Cell::new(threads.all),
                hot: Cell::new(null()),
            };
            // SAFETY: fresh memory for a record.
            unsafe { memory.write(new) };
            threads.all = memory;
            memory.cast_const()
        } else {
            let record = threads.spare;
            // SAFETY: records are never freed, and those of the list are reached under its lock.
            threads.spare = unsafe { (*record).next.get() };
            record
        };
        // Relaxed: a number, which orders nothing.
        let token = LAST_TOKEN.fetch_add(1, Ordering::Relaxed) + 1;
        // Under the lock: a later epoch is told.
        let key = key_of(token, debug::epoch());
        HOT.with(|hot| {
            // SAFETY: as above; it is this thread's now. Relaxed: nobody asks for this token before it is published with a
            // shard, under a heap's lock.
            unsafe {
                (*record).token.store(token, Ordering::Relaxed);
                (*record).hot.set(hot);
                (*record).key.store(key);
            }
            hot.record.set(record);
            hot.token.set(token);
            hot.key.store(key);
            hot.birth_key.store(if debug::all_off() { key } else { NOBODY });
        });
        drop(threads);
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
