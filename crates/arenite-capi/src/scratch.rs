//! Scratch: `arenite/scratch.h`.
//!
//! As in the library each open scratch has an arena to itself; here it is one of the table of arenas, in a generation of its
//! own, so that a scratch that has ended is refused like any arena that is destroyed. Between two of them it stays in its
//! place there: no list, no lock, and nothing is copied.

use crate::{
    border::enter,
    error::{Code, Noted, note},
    given,
    handle::Handle,
    owned,
    slots::{self, Waiting},
};
use arenite_lib::{ArenaOptions, scratch_node};
use std::{cell::RefCell, ffi::c_void, ptr::null_mut};

/// `arenite_arena *`.
type ArenaPtr = *mut c_void;

/// The first block of an arena for scratch, and the size up to which its blocks double.
const FIRST_BLOCK: usize = 64 << 10;
const LARGEST_BLOCK: usize = 1 << 20;

/// How many arenas a thread keeps for the next scratch.
const KEPT: usize = 8;

/// A scratch that has not ended, and how many callbacks deep it began: further in, a frame up the stack may be inside it.
#[derive(Clone, Copy)]
struct Open {
    handle: Handle,
    callbacks: usize,
}

impl Open {
    fn now(handle: Handle) -> Self {
        Self { handle, callbacks: owned::callbacks() }
    }

    fn may_end(self) -> Result<(), Noted> {
        if self.callbacks < owned::callbacks() {
            owned::not_in_a_callback("a scratch that began outside")
        } else {
            Ok(())
        }
    }
}

/// A thread's scratch: what is open, oldest first, and the arenas that wait.
struct Scratch {
    open: RefCell<Vec<Open>>,
    kept: RefCell<Vec<Waiting>>,
}

thread_local! {
    static SCRATCH: Scratch = const { Scratch { open: RefCell::new(Vec::new()), kept: RefCell::new(Vec::new()) } };
}

impl Scratch {
    /// The next one, when an arena waits and there is room to note it. It never unwinds.
    #[inline]
    fn begin_at_hand(&self) -> Option<Handle> {
        let (mut open, mut kept) = (self.open.try_borrow_mut().ok()?, self.kept.try_borrow_mut().ok()?);
        // Gone ones are forgotten by the cold path, when there is no room any more.
        if open.len() == open.capacity() || kept.is_empty() {
            return None;
        }
        let handle = slots::wake(kept.pop()?);
        open.push(Open::now(handle));
        Some(handle)
    }

    /// Ends the newest one, when nothing but its cursor has to go back and its arena can be kept. It never unwinds.
    ///
    /// # Safety
    /// Nothing that it handed out is used any more.
    #[inline]
    unsafe fn end_at_hand(&self, handle: Handle) -> bool {
        let (Ok(mut open), Ok(mut kept)) = (self.open.try_borrow_mut(), self.kept.try_borrow_mut()) else {
            return false;
        };
        let keeps = kept.len() < KEPT.min(kept.capacity());
        let newest = open.last().is_some_and(|open| open.handle == handle && open.callbacks == owned::callbacks());
        if !newest || !keeps {
            return false;
        }
        // SAFETY: the caller's promise; C has no scopes.
        if !slots::mine(handle).is_some_and(|arena| unsafe { arena.reset_at_hand() }) {
            return false;
        }
        let Some(arena) = slots::rest(handle) else { return false };
        open.pop();
        kept.push(arena);
        true
    }

    /// Forgets those that were destroyed or given away as the arenas that they are.
    fn forget_gone(&self) {
        self.open.borrow_mut().retain(|open| slots::mine(open.handle).is_some());
    }
}

impl Drop for Scratch {
    /// What is open ends with the thread. Its arenas may be nobody's by now, as all that the thread has.
    fn drop(&mut self) {
        for &Open { handle, .. } in self.open.get_mut().iter() {
            if slots::adopt(handle).is_ok() {
                drop(slots::remove(handle));
            }
        }
        for arena in self.kept.get_mut().drain(..) {
            drop(slots::remove(slots::wake(arena)));
        }
    }
}

fn with<R>(run: impl FnOnce(&Scratch) -> Result<R, Noted>) -> Result<R, Noted> {
    SCRATCH.try_with(run).unwrap_or_else(|_| {
        Err(note(Code::WrongThread, format_args!("the thread is ending, and has given its scratch back")))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_scratch_begin() -> ArenaPtr {
    if let Ok(Some(handle)) = SCRATCH.try_with(Scratch::begin_at_hand) {
        return handle.to_c();
    }
    begin_cold()
}

/// The rest, apart: the fast path keeps all it has in registers.
#[cold]
#[inline(never)]
extern "C" fn begin_cold() -> ArenaPtr {
    enter("arenite_scratch_begin", null_mut(), || {
        with(|scratch| {
            scratch.forget_gone();
            let no_memory = |_| given::no_memory("another open scratch");
            scratch.open.borrow_mut().try_reserve(1).map_err(no_memory)?;
            let kept = scratch.kept.borrow_mut().pop();
            let handle = match kept {
                Some(arena) => slots::wake(arena),
                None => {
                    given::small_change()?;
                    let options = ArenaOptions::new().grains().node(scratch_node());
                    slots::insert(options.initial(FIRST_BLOCK).max(LARGEST_BLOCK).try_build()?)?
                }
            };
            scratch.open.borrow_mut().push(Open::now(handle));
            Ok(handle.to_c())
        })
    })
}

/// # Safety
/// Nothing that the scratch handed out is used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_scratch_end(arena: ArenaPtr) -> bool {
    // SAFETY: the caller's promise.
    if let Ok(true) = SCRATCH.try_with(|scratch| unsafe { scratch.end_at_hand(Handle::from_c(arena)) }) {
        return true;
    }
    // SAFETY: the caller's promise.
    unsafe { end_cold(arena) }
}

/// The rest, apart as well.
///
/// # Safety
/// As [`arenite_scratch_end`].
#[cold]
#[inline(never)]
unsafe extern "C" fn end_cold(arena: ArenaPtr) -> bool {
    enter("arenite_scratch_end", false, || {
        let handle = Handle::from_c(arena);
        slots::find(handle)?;
        with(|scratch| {
            let mut open = scratch.open.borrow_mut();
            let Some(at) = open.iter().rposition(|known| known.handle == handle) else {
                return Err(note(
                    Code::BadArgument,
                    format_args!("this arena is no scratch; end what arenite_scratch_begin returned"),
                ));
            };
            open[at].may_end()?;
            open.remove(at);
            drop(open);
            // Who is called back by what is given back may begin another.
            // SAFETY: the caller's promise; C has no scopes.
            unsafe { slots::find(handle)?.reset_unborrowed() };
            let mut kept = scratch.kept.borrow_mut();
            let keeps = kept.len() < KEPT && kept.try_reserve(1).is_ok();
            match keeps.then(|| slots::rest(handle)).flatten() {
                Some(arena) => kept.push(arena),
                None => {
                    drop(kept);
                    drop(slots::remove(handle)?);
                }
            }
            Ok(true)
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_scratch_clear() -> bool {
    enter("arenite_scratch_clear", false, || {
        with(|scratch| {
            // Taken out first: what is dropped may call back.
            let kept = std::mem::take(&mut *scratch.kept.borrow_mut());
            kept.into_iter().try_for_each(|arena| slots::remove(slots::wake(arena)).map(drop))?;
            Ok(true)
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_scratch_charged() -> usize {
    enter("arenite_scratch_charged", 0, || Ok(scratch_node().stats().charged))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_scratch_open() -> usize {
    enter("arenite_scratch_open", 0, || {
        with(|scratch| {
            scratch.forget_gone();
            Ok(scratch.open.borrow().len())
        })
    })
}
