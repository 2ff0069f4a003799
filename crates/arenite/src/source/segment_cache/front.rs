//! A thread's own pieces.

use super::POOL;
use core::{cell::Cell, ptr::NonNull};

/// How many free pieces a thread keeps for itself.
const FRONT: usize = 4;

/// Without `Drop`, so that it is plain memory behind the thread register.
struct Front {
    count: Cell<usize>,
    pieces: [Cell<Option<NonNull<u8>>>; FRONT],
    state: Cell<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody has seen to it yet that the pieces go back when the thread ends.
    New,
    Open,
    /// The thread is ending.
    Shut,
}

/// Gives the pieces back at the end of the thread.
struct Ending;

impl Drop for Ending {
    fn drop(&mut self) {
        let _inside = crate::fork::enter();
        flush();
        FRONT_OF_THREAD.with(|front| front.state.set(State::Shut));
    }
}

crate::sync::thread_local! {
    static FRONT_OF_THREAD: Front = const {
        Front { count: Cell::new(0), pieces: [const { Cell::new(None) }; FRONT], state: Cell::new(State::New) }
    };
    static ENDING: Ending = const { Ending };
}

const _: () = assert!(!core::mem::needs_drop::<Front>(), "its thread-local would have to be registered at each use");

#[inline(always)]
pub(super) fn pop() -> Option<NonNull<u8>> {
    #[cfg(arenite_shuttle)] // Shuttle ends thread-locals in the order of their first use.
    let _ = ENDING.try_with(|_| ());
    FRONT_OF_THREAD.with(|front| {
        let last = front.count.get().checked_sub(1)?;
        front.count.set(last);
        front.pieces[last].take()
    })
}

/// Keeps a piece, unless there are enough or the thread is ending.
#[inline(always)]
pub(super) fn push(piece: NonNull<u8>) -> bool {
    #[cfg(arenite_shuttle)] // As in `take`.
    let _ = ENDING.try_with(|_| ());
    FRONT_OF_THREAD.with(|front| {
        if front.state.get() != State::Open && !open(front) {
            return false;
        }
        let count = front.count.get();
        let Some(slot) = front.pieces.get(count) else { return false };
        slot.set(Some(piece));
        front.count.set(count + 1);
        true
    })
}

#[cold]
#[inline(never)]
fn open(front: &Front) -> bool {
    let new = front.state.get() == State::New;
    if new && crate::source::has_small_change() && ENDING.try_with(|_| ()).is_ok() {
        front.state.set(State::Open);
    }
    front.state.get() == State::Open
}

pub(super) fn flush() {
    while let Some(piece) = pop() {
        // SAFETY: a free piece of this thread's, taken as a single one.
        unsafe { POOL.lock().give(piece, 1) };
    }
}
