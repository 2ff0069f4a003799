//! A vector in an arena.

use super::{
    copy::copy_short,
    handle::{Handle, granted},
};
use crate::{debug::Place, error::AllocError};
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
    #[track_caller]
    pub fn try_with_capacity_in(capacity: usize, handle: &'a Handle) -> Result<Self, AllocError> {
        let mut vec = Self::new_in(handle);
        if size_of::<T>() > 0 {
            vec.start = handle.try_slots(capacity, Place::here())?;
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
    #[track_caller]
    pub fn try_push(&mut self, value: T) -> Result<(), AllocError> {
        if self.len == self.capacity {
            (self.start, self.capacity) = match double(self.handle, self.start, self.capacity) {
                Some(room) => room,
                None => grow(self.handle, self.start, self.len, self.capacity, 1, Place::here())?,
            };
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
        unsafe { copy_short(items.as_ptr().cast(), self.start.add(self.len).as_ptr().cast(), size_of_val(items)) };
        self.len += items.len();
    }

    /// Makes room for `more` elements.
    ///
    /// # Errors
    /// The reason of the refusal; the vector is as it was.
    #[inline]
    #[track_caller]
    pub fn try_reserve(&mut self, more: usize) -> Result<(), AllocError> {
        if more > self.capacity - self.len {
            (self.start, self.capacity) = grow(self.handle, self.start, self.len, self.capacity, more, Place::here())?;
        }
        Ok(())
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
}

/// Room for one more element of a full vector, where the open window has it: the first room, or twice the room in place.
/// By value, so that a vector's address does not leave its function and it can stay in registers.
#[cold]
#[inline(never)]
fn double<T>(handle: &Handle, start: NonNull<T>, capacity: usize) -> Option<(NonNull<T>, usize)> {
    if size_of::<T>() == 0 {
        return None;
    }
    if capacity == 0 {
        let first = ArenaVec::<T>::FIRST_CAPACITY;
        let room = handle.take_in_window(first * size_of::<T>(), align_of::<T>())?;
        return Some((room.cast(), first));
    }
    // A vector in memory has no more than `isize::MAX` bytes, so that twice as many do not overflow.
    let bytes = capacity * size_of::<T>();
    // SAFETY: allocated from this handle with this capacity.
    let doubled = bytes <= isize::MAX as usize / 2 && unsafe { handle.grow_in_window(start.cast(), bytes, 2 * bytes) };
    doubled.then_some((start, 2 * capacity))
}

/// Room for `more` elements behind `len`.
#[cold]
#[inline(never)]
fn grow<T>(
    handle: &Handle,
    start: NonNull<T>,
    len: usize,
    capacity: usize,
    more: usize,
    place: Place,
) -> Result<(NonNull<T>, usize), AllocError> {
    let overflow = || handle.overflow(align_of::<T>());
    let needed = len.checked_add(more).ok_or_else(overflow)?;
    let target = needed.max(capacity.saturating_mul(2)).max(ArenaVec::<T>::FIRST_CAPACITY);
    let bytes = |count: usize| count.checked_mul(size_of::<T>()).filter(|&size| size <= isize::MAX as usize);
    let size = bytes(needed).ok_or_else(overflow)?;
    let (target, wanted) = bytes(target).map_or((needed, size), |wanted| (target, wanted));
    // SAFETY: allocated from this handle with this capacity.
    if unsafe { handle.resize_last(start.cast(), capacity * size_of::<T>(), wanted) } {
        return Ok((start, target));
    }
    // SAFETY: as above; `bytes` let no more through than may be asked for.
    if unsafe { handle.extend_noted(start.cast(), capacity * size_of::<T>(), wanted, place) } {
        return Ok((start, target));
    }
    let old = capacity;
    let (room, capacity) = match handle.try_slots::<T>(target, place) {
        Ok(room) => (room, target),
        Err(refused) if target == needed => return Err(refused),
        Err(_) => (handle.try_slots::<T>(needed, place)?, needed),
    };
    // SAFETY: `len` elements move to new room that is apart from the old.
    unsafe { room.copy_from_nonoverlapping(start, len) };
    // SAFETY: allocated from this handle with this capacity; its elements have moved.
    unsafe { handle.leave_behind(start.cast(), old * size_of::<T>(), place) };
    Ok((room, capacity))
}

/// Gives the memory of a vector back when it is the last thing allocated.
#[inline(never)]
fn release<T>(handle: &Handle, start: NonNull<T>, capacity: usize) {
    if size_of::<T>() > 0 {
        // SAFETY: allocated from this handle with this capacity; nothing refers to it any more.
        unsafe { handle.give_up(start.cast(), capacity * size_of::<T>()) };
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
    #[inline(always)]
    fn drop(&mut self) {
        /// Gives the memory back, also when an element panics as it is dropped.
        struct Memory<'a, T>(&'a Handle, NonNull<T>, usize);
        impl<T> Drop for Memory<'_, T> {
            fn drop(&mut self) {
                release(self.0, self.1, self.2);
            }
        }
        if mem::needs_drop::<T>() {
            let _memory = Memory(self.handle, self.start, self.capacity);
            self.truncate(0);
        } else {
            // One call and nothing else, so that it is inlined where a panic unwinds too.
            release(self.handle, self.start, self.capacity);
        }
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
