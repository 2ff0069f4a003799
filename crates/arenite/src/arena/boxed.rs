//! A value in an arena, owned.

use core::{
    fmt,
    mem::MaybeUninit,
    ops::{Deref, DerefMut},
};

/// Owns a value whose memory is an arena's: dropping the box drops the value, and the memory waits for the arena.
///
/// Made by [`Handle::boxed`](super::Handle::boxed). A forgotten box forgets its value, as `mem::forget` does. There is
/// no way to pin its content: the memory of a forgotten box is reused.
pub struct ArenaBox<'a, T> {
    value: &'a mut MaybeUninit<T>,
}

impl<'a, T> ArenaBox<'a, T> {
    pub(super) fn new(value: &'a mut T) -> Self {
        // SAFETY: `MaybeUninit<T>` has T's layout. The box keeps it initialised until it moves the value out or drops it,
        // and nobody sees it afterwards.
        Self { value: unsafe { &mut *core::ptr::from_mut(value).cast() } }
    }

    /// Takes the value out.
    #[must_use]
    pub fn into_inner(self) -> T {
        // SAFETY: initialised; `forget` keeps the drop below from running on what moved out.
        let value = unsafe { self.value.assume_init_read() };
        core::mem::forget(self);
        value
    }

    /// Gives up the duty to drop the value: it lives, undropped, as long as the arena lets it.
    #[must_use]
    pub fn leak(self) -> &'a mut T {
        let value: *mut T = self.value.as_mut_ptr();
        core::mem::forget(self);
        // SAFETY: initialised, and the box's borrow for 'a is handed on.
        unsafe { &mut *value }
    }
}

impl<T> Deref for ArenaBox<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: initialised as long as the box exists.
        unsafe { self.value.assume_init_ref() }
    }
}

impl<T> DerefMut for ArenaBox<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`.
        unsafe { self.value.assume_init_mut() }
    }
}

impl<T> Drop for ArenaBox<'_, T> {
    fn drop(&mut self) {
        // SAFETY: initialised, and dropped once.
        unsafe { self.value.assume_init_drop() }
    }
}

impl<T: fmt::Debug> fmt::Debug for ArenaBox<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for ArenaBox<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
