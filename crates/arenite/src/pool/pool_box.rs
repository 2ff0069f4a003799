//! A value in a pool, owned.

use super::{Pool, typed::Slot};
use core::{
    fmt,
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

/// Owns a value in a [`Pool`]: dropping the box drops the value and gives its slot back, also when the value's own drop
/// panics.
///
/// There is no way to pin its content: the memory of a forgotten box is reused when the pool is cleared.
#[must_use = "dropping the box drops the value"]
pub struct PoolBox<'p, T> {
    value: NonNull<T>,
    pool: &'p Pool<T>,
}

/// Gives a slot back when it is dropped, which a panic does too.
struct Vacated<'p, T>(NonNull<Slot<T>>, &'p Pool<T>);

impl<T> Drop for Vacated<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: made from a box that is at its end: the slot is the pool's, its value was dropped or moved out.
        unsafe { self.1.push(self.0) };
    }
}

impl<'p, T> PoolBox<'p, T> {
    /// # Safety
    /// `value` points to a value in a slot of `pool` that was taken for this box alone, with the provenance of the slot.
    #[inline(always)]
    pub(super) unsafe fn new(value: NonNull<T>, pool: &'p Pool<T>) -> Self {
        Self { value, pool }
    }

    /// Takes the value out and gives the slot back.
    #[must_use]
    pub fn into_inner(self) -> T {
        let this = ManuallyDrop::new(self);
        let _vacated = Vacated(this.value.cast(), this.pool);
        // SAFETY: initialised as long as the box exists; `this` is not dropped.
        unsafe { this.value.read() }
    }

    /// The bare address of the value, for a structure that keeps one word for each and knows the pool otherwise.
    /// [`Pool::from_raw`] makes the box again; without it, the value is as one that was [leaked](Self::leak).
    ///
    /// ```
    /// let pool = arenite::pool::Pool::new();
    /// let raw = pool.alloc(String::from("orc")).into_raw();
    /// // SAFETY: of this pool, live, and made a box once.
    /// let name = unsafe { pool.from_raw(raw) };
    /// assert_eq!(*name, "orc");
    /// ```
    #[inline]
    #[must_use = "the value keeps its slot until it is a box again"]
    pub fn into_raw(self) -> NonNull<T> {
        ManuallyDrop::new(self).value
    }

    /// Gives up the duty to drop the value: it lives, undropped, and keeps its slot until the pool is cleared or dropped.
    #[must_use]
    pub fn leak(self) -> &'p mut T {
        let mut value = ManuallyDrop::new(self).value;
        // SAFETY: the box was the only access to the value, and the pool is borrowed for 'p.
        unsafe { value.as_mut() }
    }
}

impl<T> Deref for PoolBox<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: initialised as long as the box exists, which is the only access to it.
        unsafe { self.value.as_ref() }
    }
}

impl<T> DerefMut for PoolBox<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and the box is borrowed exclusively.
        unsafe { self.value.as_mut() }
    }
}

impl<T> Drop for PoolBox<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let _vacated = Vacated(self.value.cast(), self.pool);
        // SAFETY: initialised, and dropped once; the slot goes back after this.
        unsafe { self.value.drop_in_place() };
    }
}

impl<T: fmt::Debug> fmt::Debug for PoolBox<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for PoolBox<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
