//! An arena's cursor for one's own.

use super::{
    handle::{Handle, granted},
    link::Link,
    scope::{Outer, Scope},
};
use crate::error::AllocError;
use core::{alloc::Layout, fmt, ptr::NonNull};

/// Exclusive use of an arena's cursor. Results live as long as the arena's borrow, not the claim's.
///
/// A claim on the stack keeps cursor and limit in registers: four instructions for a `u64`, where the arena itself needs
/// five and a store that the next allocation waits for. Dropped, it puts the cursor back. A forgotten claim leaves its
/// arena refusing until the next reset.
pub struct Claim<'a> {
    handle: Handle,
    parent: &'a Handle,
    outer: Outer,
}

/// Extends a borrow of the claim to the borrow of the arena behind it.
///
/// # Safety
/// `short` points into the arena that is borrowed for 'a.
#[inline(always)]
unsafe fn for_arena<'a, T: ?Sized>(short: &mut T) -> &'a mut T {
    // SAFETY: the memory stays until the arena is reset, which needs it unborrowed; the claim hands it out once.
    unsafe { &mut *core::ptr::from_mut(short) }
}

impl<'a> Claim<'a> {
    #[inline(always)]
    #[track_caller]
    pub(super) fn try_enter(parent: &'a Handle, root: Link) -> Result<Self, AllocError> {
        let outer = Outer::of(parent);
        let window = parent.enter_claim()?;
        Ok(Self { handle: Handle::with_window(window, root, parent.saved()), parent, outer })
    }

    /// As [`Handle::alloc`].
    ///
    /// # Panics
    /// When the request is refused.
    #[inline(always)]
    #[track_caller]
    pub fn alloc<T>(&self, value: T) -> &'a mut T {
        granted(self.try_alloc(value))
    }

    /// As [`Handle::try_alloc`].
    ///
    /// # Errors
    /// The reason of the refusal; `value` is dropped.
    #[inline(always)]
    #[track_caller]
    pub fn try_alloc<T>(&self, value: T) -> Result<&'a mut T, AllocError> {
        // SAFETY: in the arena.
        self.handle.try_alloc(value).map(|made| unsafe { for_arena(made) })
    }

    /// As [`Handle::try_alloc_with`].
    ///
    /// # Errors
    /// The reason of the refusal; `make` was not called.
    #[inline(always)]
    #[track_caller]
    pub fn try_alloc_with<T>(&self, make: impl FnOnce() -> T) -> Result<&'a mut T, AllocError> {
        // SAFETY: in the arena.
        self.handle.try_alloc_with(make).map(|made| unsafe { for_arena(made) })
    }

    /// As [`Handle::alloc_layout`].
    ///
    /// # Panics
    /// When the request is refused.
    #[inline(always)]
    #[track_caller]
    pub fn alloc_layout(&self, layout: Layout) -> NonNull<u8> {
        self.handle.alloc_layout(layout)
    }

    /// As [`Handle::try_alloc_layout`].
    ///
    /// # Errors
    /// The reason of the refusal.
    #[inline(always)]
    #[track_caller]
    pub fn try_alloc_layout(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        self.handle.try_alloc_layout(layout)
    }

    /// As [`Handle::alloc_str`].
    ///
    /// # Panics
    /// When the request is refused.
    #[inline(always)]
    #[track_caller]
    pub fn alloc_str(&self, text: &str) -> &'a mut str {
        granted(self.try_alloc_str(text))
    }

    /// As [`Handle::try_alloc_str`].
    ///
    /// # Errors
    /// The reason of the refusal.
    #[inline(always)]
    #[track_caller]
    pub fn try_alloc_str(&self, text: &str) -> Result<&'a mut str, AllocError> {
        // SAFETY: in the arena.
        self.handle.try_alloc_str(text).map(|made| unsafe { for_arena(made) })
    }

    /// As [`Handle::alloc_slice_copy`].
    ///
    /// # Panics
    /// When the request is refused.
    #[inline(always)]
    #[track_caller]
    pub fn alloc_slice_copy<T: Copy>(&self, items: &[T]) -> &'a mut [T] {
        granted(self.try_alloc_slice_copy(items))
    }

    /// As [`Handle::try_alloc_slice_copy`].
    ///
    /// # Errors
    /// The reason of the refusal.
    #[inline(always)]
    #[track_caller]
    pub fn try_alloc_slice_copy<T: Copy>(&self, items: &[T]) -> Result<&'a mut [T], AllocError> {
        // SAFETY: in the arena.
        self.handle.try_alloc_slice_copy(items).map(|made| unsafe { for_arena(made) })
    }

    /// As [`Handle::try_alloc_slice_fill_with`].
    ///
    /// # Errors
    /// The reason of the refusal; `make` was not called.
    #[inline(always)]
    #[track_caller]
    pub fn try_alloc_slice_fill_with<T>(
        &self,
        n: usize,
        make: impl FnMut(usize) -> T,
    ) -> Result<&'a mut [T], AllocError> {
        // SAFETY: in the arena.
        self.handle.try_alloc_slice_fill_with(n, make).map(|made| unsafe { for_arena(made) })
    }

    /// As [`Handle::try_alloc_fmt`].
    ///
    /// # Errors
    /// The reason of the refusal.
    ///
    /// # Panics
    /// When a formatting implementation fails.
    #[track_caller]
    pub fn try_alloc_fmt(&self, text: fmt::Arguments<'_>) -> Result<&'a mut str, AllocError> {
        // SAFETY: in the arena.
        self.handle.try_alloc_fmt(text).map(|made| unsafe { for_arena(made) })
    }

    /// Aligned bytes in use in the whole arena, as [`Handle::used`].
    #[must_use]
    pub fn used(&self) -> usize {
        self.handle.used()
    }

    /// A scope on the claimed cursor. The claim is borrowed meanwhile: the compiler is the judge.
    ///
    /// # Panics
    /// When a forgotten scope still has the cursor.
    #[inline(always)]
    #[track_caller]
    pub fn scope(&mut self) -> Scope<'_> {
        Scope::enter(&self.handle, self.handle.root())
    }

    #[inline(always)]
    pub(crate) fn as_handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Claim<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.outer.back(self.parent);
        self.parent.set_window(self.handle.window());
    }
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("used", &self.used()).finish_non_exhaustive()
    }
}
