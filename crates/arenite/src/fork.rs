//! When the process may be forked: while no other thread is inside of the library, so that a child, which has one thread,
//! finds every lock free and everything that locks guard whole.
//!
//! Who comes in from C says so, and so do threads that end, which call nobody. Rust's own calls do not: a program in Rust
//! that forks while other threads run calls `exec` next, as the standard library asks of it too.

use crate::sync::{AtomicBool, AtomicUsize, Ordering};
use core::cell::Cell;
use std::{
    thread,
    time::{Duration, Instant},
};

/// Counters of threads that are inside, so that threads seldom share one.
const PARTS: usize = 16;
/// How long a fork waits for others to leave: one may be in a callback that waits for this very thread.
const PATIENCE: Duration = Duration::from_secs(1);

#[repr(align(64))]
struct Part(AtomicUsize);

static INSIDE: [Part; PARTS] = [const { Part(AtomicUsize::new(0)) }; PARTS];
static FORKING: AtomicBool = AtomicBool::new(false);

crate::sync::thread_local! {
    /// How often this thread is inside, and its part of the counters and one. Without Drop: also at a thread's end.
    static MINE: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// As long as it is here, the thread is inside of the library.
#[must_use]
pub struct Inside(core::marker::PhantomData<*const ()>);

fn part() -> &'static AtomicUsize {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    let (depth, part) = MINE.with(Cell::get);
    let part = if part == 0 { LAST.fetch_add(1, Ordering::Relaxed) % PARTS + 1 } else { part };
    MINE.with(|mine| mine.set((depth, part)));
    &INSIDE[part - 1].0
}

/// The calling thread comes in; where it is inside already, that is all the same. Waits while another thread forks.
#[inline]
pub fn enter() -> Inside {
    let inside = Inside(core::marker::PhantomData);
    if cfg!(arenite_shuttle) {
        return inside; // models do not fork
    }
    let (depth, number) = MINE.with(Cell::get);
    if depth == 0 {
        come_in();
    } else {
        MINE.with(|mine| mine.set((depth + 1, number)));
    }
    inside
}

fn come_in() {
    let part = part();
    loop {
        // Both in one order with those of `prepare`: of a thread that comes in and one that forks, one sees the other.
        part.fetch_add(1, Ordering::SeqCst);
        if !FORKING.load(Ordering::SeqCst) {
            break;
        }
        part.fetch_sub(1, Ordering::SeqCst);
        while FORKING.load(Ordering::SeqCst) {
            thread::yield_now();
        }
    }
    MINE.with(|mine| mine.set((1, mine.get().1)));
}

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        if cfg!(arenite_shuttle) {
            return;
        }
        let (depth, number) = MINE.with(Cell::get);
        MINE.with(|mine| mine.set((depth - 1, number)));
        if depth == 1 {
            // Release: who forks sees all that was done inside.
            INSIDE[number - 1].0.fetch_sub(1, Ordering::Release);
        }
    }
}

fn own() -> usize {
    usize::from(MINE.with(Cell::get).0 > 0)
}

/// Before a fork: waits until no other thread is inside, and lets none in. At most for a second.
#[inline]
pub fn prepare() {
    while FORKING.swap(true, Ordering::SeqCst) {
        thread::yield_now(); // another thread forks
    }
    let begun = Instant::now();
    while INSIDE.iter().map(|part| part.0.load(Ordering::SeqCst)).sum::<usize>() > own() && begun.elapsed() < PATIENCE {
        thread::yield_now();
    }
}

/// After it, in the parent.
#[inline]
pub fn parent() {
    FORKING.store(false, Ordering::SeqCst);
}

/// After it, in the child, which has this thread alone.
#[inline]
pub fn child() {
    INSIDE.iter().for_each(|part| part.0.store(0, Ordering::SeqCst));
    if own() > 0 {
        part().store(1, Ordering::SeqCst);
    }
    FORKING.store(false, Ordering::SeqCst);
    #[cfg(feature = "heap")]
    crate::heap::forked();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_forks_waits_for_others_to_leave_and_they_wait_for_the_fork() {
        let inside = enter();
        drop(enter());
        let (told, heard) = std::sync::mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                prepare();
                told.send("prepared").unwrap();
                thread::sleep(Duration::from_millis(50));
                told.send("forked").unwrap();
                parent();
            });
            assert!(heard.recv_timeout(Duration::from_millis(50)).is_err(), "this thread is inside still");
            drop(inside);
            assert_eq!(heard.recv(), Ok("prepared"));
            drop(enter());
            assert_eq!(heard.try_recv(), Ok("forked"), "nobody comes in meanwhile");
        });
    }

    #[test]
    fn what_a_callback_inside_forks_does_not_wait_for_its_own_thread() {
        thread::spawn(|| {
            let _inside = enter();
            assert_eq!(own(), 1);
        })
        .join()
        .unwrap();
        assert_eq!(own(), 0);
    }
}
