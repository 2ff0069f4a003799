//! What is changed under a heap's lock.

use super::{large::Large, memory::Memory};
use crate::sync::Lock;
use core::{
    cell::UnsafeCell,
    ops::{Deref, DerefMut},
};

pub(super) struct State {
    pub(super) memory: Memory,
    pub(super) large: Large,
}

/// A lock beside its state, not around it: a state that is moved into a lock is made on the stack and copied from there
/// in other widths than it was written in, for which the processor waits.
pub(super) struct Locked {
    lock: Lock<()>,
    state: UnsafeCell<State>,
}

// SAFETY: the state is reached through the lock, or by who has it exclusively; it may be sent.
unsafe impl Sync for Locked {}

/// The state, until this is dropped.
pub(super) struct Held<'s, G> {
    state: &'s UnsafeCell<State>,
    _guard: G,
}

impl Locked {
    /// Makes one, with what `memory` writes.
    ///
    /// # Safety
    /// Memory for one that nobody uses; `memory` writes what it is given the place of.
    #[inline(always)]
    pub(super) unsafe fn write(place: *mut Self, memory: impl FnOnce(*mut Memory)) {
        // SAFETY: the caller's promise.
        unsafe {
            (&raw mut (*place).lock).write(Lock::new(()));
            let state = UnsafeCell::raw_get(&raw const (*place).state);
            (&raw mut (*state).large).write(Large::new());
            memory(&raw mut (*state).memory);
        }
    }

    pub(super) fn lock(&self) -> Held<'_, impl Sized + '_> {
        Held { _guard: self.lock.lock(), state: &self.state }
    }

    /// The state, for who has the heap to itself.
    pub(super) fn get_mut(&mut self) -> &mut State {
        self.state.get_mut()
    }
}

impl<G> Deref for Held<'_, G> {
    type Target = State;

    fn deref(&self) -> &State {
        // SAFETY: the guard in it keeps all others out.
        unsafe { &*self.state.get() }
    }
}

impl<G> DerefMut for Held<'_, G> {
    fn deref_mut(&mut self) -> &mut State {
        // SAFETY: as in `deref`, and this borrow is exclusive.
        unsafe { &mut *self.state.get() }
    }
}
