//! Where an arena lies that C holds by a handle.

use crate::{handle::Handle, thread};
use arenite_lib::Arena;
use std::{
    cell::UnsafeCell,
    mem::MaybeUninit,
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

/// One line of the cache, with all that the fast path looks at. Free slots are zeros but for their last two words.
#[repr(C, align(64))]
pub(crate) struct Slot {
    /// The handle and the thread that may use the arena, as one number; 0 when nobody may: see [`key_of`].
    key: AtomicU64,
    /// Alive while [`LIVE`] is set.
    arena: UnsafeCell<MaybeUninit<Arena>>,
    /// The generation of the last handle, and [`LIVE`] while it is good.
    generation: AtomicU32,
    /// In the list of free slots, under its lock: the next one's number and 1. Beside a live arena: who lent it, or 0.
    pub(crate) next: AtomicU32,
}

const _: () = assert!(size_of::<Slot>() == 64);

// SAFETY: the arena is touched only by the thread in the key, and by who puts it in or takes it out, before and after there
// is a key. Everything else is atomic.
unsafe impl Sync for Slot {}

const LIVE: u32 = 1 << 31;

/// No two pairs of a handle issued for one slot and a thread have the same: see `handle.rs`. Never 0 for an issued handle.
#[inline(always)]
pub(crate) fn key_of(handle: Handle, thread: usize) -> u64 {
    if cfg!(target_pointer_width = "64") {
        (handle.bits() as u64).wrapping_add(thread as u64)
    } else {
        (handle.bits() as u64) << 32 | thread as u64
    }
}

/// What became of a handle's arena, for messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// The calling thread may use it.
    Mine,
    /// Another thread has it.
    Others,
    /// No thread has it: it was released, or its thread has ended.
    Released,
    Destroyed,
    NeverIssued,
}

impl Slot {
    /// The arena, when the handle is good and the calling thread's. Relaxed: only this thread writes a key with this thread
    /// in it, or somebody whom it has told the handle since.
    #[inline(always)]
    pub(crate) fn mine(&self, handle: Handle) -> Option<&Arena> {
        let mine = self.key.load(Ordering::Relaxed) == key_of(handle, thread::pointer());
        // SAFETY: a slot with a key has an arena, which only the thread of the key takes out again.
        if mine { Some(unsafe { (*self.arena.get()).assume_init_ref() }) } else { None }
    }

    /// # Safety
    /// The state is [`State::Mine`], and no other reference to the arena is used while this one lives.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn mine_mut(&self) -> &mut Arena {
        // SAFETY: the caller's promise.
        unsafe { (*self.arena.get()).assume_init_mut() }
    }

    pub(crate) fn state(&self, handle: Handle) -> State {
        let (now, key) = (self.generation.load(Ordering::Acquire), self.key.load(Ordering::Acquire));
        match handle.generation() {
            given if given > now & !LIVE => State::NeverIssued,
            given if given != now ^ LIVE => State::Destroyed,
            _ if key == 0 => State::Released,
            _ if key == key_of(handle, thread::pointer()) => State::Mine,
            _ => State::Others,
        }
    }

    /// The generation that the next holder would have.
    pub(crate) fn next_generation(&self) -> u32 {
        self.generation.load(Ordering::Relaxed) + 1
    }

    /// After the last generation comes the first.
    ///
    /// The slot is free and the caller's alone.
    pub(crate) fn begin_anew(&self) {
        self.generation.store(0, Ordering::Relaxed);
    }

    /// Puts an arena in, for the calling thread.
    ///
    /// # Safety
    /// The slot is free and the caller's alone; the handle names it, in its next generation.
    pub(crate) unsafe fn fill(&self, handle: Handle, arena: Arena) {
        // SAFETY: nobody else looks at the arena of a slot without a key.
        unsafe { (*self.arena.get()).write(arena) };
        self.generation.store(handle.generation() | LIVE, Ordering::Release);
        self.key.store(key_of(handle, thread::pointer()), Ordering::Release);
    }

    /// Takes the arena out. The handle is dead from then on.
    ///
    /// # Safety
    /// The state is [`State::Mine`], and no reference to the arena is used any more.
    pub(crate) unsafe fn take(&self) -> Arena {
        self.key.store(0, Ordering::Release);
        self.generation.fetch_and(!LIVE, Ordering::Release);
        // SAFETY: live until just now, and the calling thread's; zeros are no arena, which nobody will assume.
        unsafe {
            let arena = (*self.arena.get()).assume_init_read();
            self.arena.get().write(MaybeUninit::zeroed());
            arena
        }
    }

    /// The handle is dead from now on, and the arena waits here for [`wake`](Self::wake).
    ///
    /// # Safety
    /// As [`take`](Self::take).
    #[inline(always)]
    pub(crate) unsafe fn rest(&self) {
        self.key.store(0, Ordering::Release);
        // Only who has the slot changes its generation.
        self.generation.store(self.generation.load(Ordering::Relaxed) & !LIVE, Ordering::Release);
    }

    /// Gives the arena that waits here to the calling thread, by the handle of the slot's next generation.
    ///
    /// # Safety
    /// One waits, and the slot is the caller's alone.
    #[inline(always)]
    pub(crate) unsafe fn wake(&self, handle: Handle) {
        self.generation.store(handle.generation() | LIVE, Ordering::Release);
        self.key.store(key_of(handle, thread::pointer()), Ordering::Release);
    }

    /// No thread has the arena any more, if `thread` had it. Whoever adopts it sees what that one did.
    pub(crate) fn release(&self, handle: Handle, thread: usize) -> bool {
        self.key.compare_exchange(key_of(handle, thread), 0, Ordering::Release, Ordering::Relaxed).is_ok()
    }

    /// The calling thread has the arena from now on, if no other has. Acquire pairs with the release in `release`.
    pub(crate) fn adopt(&self, handle: Handle) -> bool {
        let mine = key_of(handle, thread::pointer());
        self.generation.load(Ordering::Acquire) == handle.generation() | LIVE
            && self.key.compare_exchange(0, mine, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// The generation of the handle that is good now.
    pub(crate) fn live_generation(&self) -> Option<u32> {
        let now = self.generation.load(Ordering::Acquire);
        (now & LIVE != 0).then_some(now & !LIVE)
    }
}
