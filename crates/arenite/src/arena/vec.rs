//! A vector in an arena.

use super::handle::{Handle, granted};
use crate::error::AllocError;
use core::{
    fmt, mem,
    ops::{Deref, DerefMut},
    ptr::{self, NonNull},
    slice,
};

/// A growing array in an arena or scope. The last one grows where it is, without copying; others move, and leave what
/// they had behind until the arena goes back.
///
/// It owns its elements and drops them. [`into_slice`](Self::into_slice) hands them to the arena. For a vector with
/// everything the standard one has, see `allocator_api2::vec::Vec` with `&Arena` as its allocator; this one is the
/// shortest way to push.
///
/// ```
/// use arenite::{Arena, ArenaVec};
/// let arena = Arena::new();
/// let mut primes = ArenaVec::new_in(&arena);
/// for n in 2..50 {
///     if primes.iter().all(|p| n % p != 0) {
///         primes.push(n);
///     }
/// }
/// let primes: &mut [i32] = primes.into_slice();
/// assert_eq!(primes.len(), 15);
/// ```
pub struct ArenaVec<'a, T> {
    start: NonNull<T>,
    len: usize,
    capacity: usize,
    handle: &'a Handle,
}

impl<'a, T> ArenaVec<'a, T> {
    const FIRST_CAPACITY: usize = match size_of::<T>() {
        0 => usize::MAX,
        size if size >= 16 => 4,
        size => 64 / size,
    };

    /// An empty vector; nothing is allocated yet.
    #[must_use]
    #[inline(always)]
    pub fn new_in(handle: &'a Handle) -> Self {
        let capacity = if size_of::<T>() == 0 { usize::MAX } else { 0 };
        Self { start: NonNull::dangling(), len: 0, capacity, handle }
    }

    /// An empty vector with room for `capacity` elements.
    ///
    /// # Panics
    /// When the request is refused.
    #[must_use]
    #[track_caller]
    pub fn with_capacity_in(capacity: usize, handle: &'a Handle) -> Self {
        granted(Self::try_with_capacity_in(capacity, handle))
    }

    /// As [`with_capacity_in`](Self::with_capacity_in).
    ///
    /// # Errors
    /// The reason of the refusal.
    pub fn try_with_capacity_in(capacity: usize, handle: &'a Handle) -> Result<Self, AllocError> {
        let mut vec = Self::new_in(handle);
        if size_of::<T>() > 0 && capacity > 0 {
            vec.start = handle.try_slots(capacity)?;
            vec.capacity = capacity;
        }
        Ok(vec)
    }

    /// Number of elements there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Appends an element. Amortised O(1); in place while the vector is the last thing allocated.
    ///
    /// # Panics
    /// When the request is refused; `value` is dropped.
    #[inline(always)]
    #[track_caller]
    pub fn push(&mut self, value: T) {
        granted(self.try_push(value));
    }

    /// As [`push`](Self::push).
    ///
    /// # Errors
    /// The reason of the refusal; `value` is dropped and the vector is as it was.
    #[inline(always)]
    pub fn try_push(&mut self, value: T) -> Result<(), AllocError> {
        if self.len == self.capacity {
            self.grow(1)?;
        }
        // SAFETY: there is room for one more.
        unsafe { self.start.add(self.len).write(value) };
        self.len += 1;
        Ok(())
    }

    /// Appends copies of `items`.
    ///
    /// # Panics
    /// When the request is refused.
    #[inline]
    #[track_caller]
    pub fn extend_from_slice(&mut self, items: &[T])
    where
        T: Copy,
    {
        granted(self.try_reserve(items.len()));
        // SAFETY: there is room behind the elements; `items` cannot lie there.
        unsafe { self.start.add(self.len).copy_from_nonoverlapping(NonNull::from(items).cast(), items.len()) };
        self.len += items.len();
    }

    /// Makes room for `more` elements.
    ///
    /// # Errors
    /// The reason of the refusal; the vector is as it was.
    #[inline]
    pub fn try_reserve(&mut self, more: usize) -> Result<(), AllocError> {
        if more > self.capacity - self.len { self.grow(more) } else { Ok(()) }
    }

    /// Removes the last element.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: the element was initialised and is no longer counted.
        Some(unsafe { self.start.add(self.len).read() })
    }

    /// Drops all elements behind the first `len`. Keeps the room.
    pub fn truncate(&mut self, len: usize) {
        let behind = self.len.saturating_sub(len);
        self.len -= behind;
        // SAFETY: `behind` initialised elements start at the new length, and are no longer counted.
        unsafe { ptr::slice_from_raw_parts_mut(self.start.as_ptr().add(self.len), behind).drop_in_place() };
    }

    /// Drops all elements. Keeps the room.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Leaves the elements to the arena. Room that is not needed goes back when the vector was the last thing allocated.
    #[must_use]
    #[inline]
    pub fn into_slice(self) -> &'a mut [T] {
        const { assert!(!mem::needs_drop::<T>(), "elements that need Drop would never be dropped") };
        let (start, len) = (self.start, self.len);
        if size_of::<T>() > 0 && self.capacity > 0 {
            // SAFETY: allocated from this handle with this capacity.
            unsafe { self.handle.resize_last(start.cast(), self.capacity * size_of::<T>(), len * size_of::<T>()) };
        }
        mem::forget(self);
        // SAFETY: `len` elements are initialised, and belong to nobody else now.
        unsafe { slice::from_raw_parts_mut(start.as_ptr(), len) }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, more: usize) -> Result<(), AllocError> {
        let overflow = || self.handle.overflow(align_of::<T>());
        let needed = self.len.checked_add(more).ok_or_else(overflow)?;
        let target = needed.max(self.capacity.saturating_mul(2)).max(Self::FIRST_CAPACITY);
        let bytes = |count: usize| count.checked_mul(size_of::<T>()).filter(|&size| size <= isize::MAX as usize);
        let old = self.capacity * size_of::<T>();
        let size = bytes(needed).ok_or_else(overflow)?;
        let (target, wanted) = bytes(target).map_or((needed, size), |wanted| (target, wanted));
        // SAFETY: allocated from this handle with `old` bytes.
        if unsafe { self.handle.resize_last(self.start.cast(), old, wanted) } {
            self.capacity = target;
            return Ok(());
        }
        let (room, capacity) = match self.handle.try_slots::<T>(target) {
            Ok(room) => (room, target),
            Err(refused) if target == needed => return Err(refused),
            Err(_) => (self.handle.try_slots::<T>(needed)?, needed),
        };
        // SAFETY: `len` elements move to new room that is apart from the old.
        unsafe { room.copy_from_nonoverlapping(self.start, self.len) };
        self.start = room;
        self.capacity = capacity;
        Ok(())
    }
}

impl<T> Deref for ArenaVec<'_, T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: `len` elements are initialised.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T> DerefMut for ArenaVec<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl<T> Drop for ArenaVec<'_, T> {
    #[inline]
    fn drop(&mut self) {
        /// Gives the memory back when it is the last, also when an element panics as it is dropped.
        struct Memory<'a>(&'a Handle, NonNull<u8>, usize);
        impl Drop for Memory<'_> {
            fn drop(&mut self) {
                if self.2 > 0 {
                    // SAFETY: allocated from this handle with this size; nothing refers to it any more.
                    unsafe { self.0.free_last(self.1, self.2) };
                }
            }
        }
        let size = if size_of::<T>() == 0 { 0 } else { self.capacity * size_of::<T>() };
        let _memory = Memory(self.handle, self.start.cast(), size);
        self.truncate(0);
    }
}

impl<T> Extend<T> for ArenaVec<'_, T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.push(item);
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for ArenaVec<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
