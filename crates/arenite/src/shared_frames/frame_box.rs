//! A value that goes along with its frame.

use super::FrameToken;
use core::{
    fmt,
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

/// A value in a frame's memory, which it keeps alive. The value is dropped with the box.
pub struct FrameBox<T> {
    value: NonNull<T>,
    _frame: FrameToken,
}

impl<T> FrameBox<T> {
    /// # Safety
    /// A T lies at `value`, in memory of the token's frame, and is the box's from now on.
    pub(super) unsafe fn new(value: NonNull<T>, frame: FrameToken) -> Self {
        Self { value, _frame: frame }
    }
}

// SAFETY: it owns its value, and a token is `Send`.
unsafe impl<T: Send> Send for FrameBox<T> {}
// SAFETY: sharing it shares its value, and a token is `Sync`.
unsafe impl<T: Sync> Sync for FrameBox<T> {}

impl<T> Deref for FrameBox<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the box's own value, in memory that stays as long as the token does.
        unsafe { self.value.as_ref() }
    }
}

impl<T> DerefMut for FrameBox<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the box is borrowed mutably.
        unsafe { self.value.as_mut() }
    }
}

impl<T> Drop for FrameBox<T> {
    fn drop(&mut self) {
        // SAFETY: its own value, never used again. The token goes after it.
        unsafe { self.value.drop_in_place() }
    }
}

impl<T: fmt::Debug> fmt::Debug for FrameBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
