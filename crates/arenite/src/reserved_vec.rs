//! A growable array on its own range of address space.

mod backing;

use crate::{AllocError, ErrorKind, Node, NodeId, source::ReservationOptions};
use alloc::boxed::Box;
use backing::{Backing, release};
use core::{
    fmt,
    marker::PhantomData,
    mem::{self, ManuallyDrop},
    ops::{Deref, DerefMut},
    ptr::{self, NonNull},
    slice,
};

/// A vector that never moves: it reserves address space for its largest size, and commits memory as it grows.
///
/// The address of an element stays the same for the vector's life, growing copies nothing, and any number of vectors
/// that grow in turn leave no abandoned copies behind. A slot of address space costs nothing until it is used, so that
/// [`with_reserved`](Self::with_reserved) can be generous. Memory is committed in steps of at least 64 KiB (2 MiB with
/// huge pages), half of what is committed and at most 4 MiB ahead of need; so this is the vector for one large array,
/// not for thousands of small ones: those are [`ArenaVec`](crate::ArenaVec)s.
///
/// It owns its elements and drops them. Lifetime: that of the vector; [`clear`](Self::clear) keeps the memory for the
/// next filling. Below and above the range lie inaccessible guards.
///
/// ```
/// use arenite::ReservedVec;
/// let mut entities = ReservedVec::with_reserved(1_000_000);
/// entities.push([0u32; 4]);
/// let first = entities.as_ptr();
/// entities.extend((1..100_000).map(|i| [i; 4]));
/// assert_eq!(entities.as_ptr(), first, "nothing has moved");
/// assert!(entities.committed() < 100_000 * 16 * 2);
/// ```
pub struct ReservedVec<T> {
    start: NonNull<T>,
    len: usize,
    /// How many elements the committed part has room for.
    room: usize,
    /// Apart and behind a pointer, so that the three above can stay in registers while an array is filled.
    backing: ManuallyDrop<Box<Backing>>,
    owns: PhantomData<T>,
}

// SAFETY: the vector owns its elements and its range alone, like `Vec`.
unsafe impl<T: Send> Send for ReservedVec<T> {}
// SAFETY: as above; shared, it only gives out `&[T]` and plain figures.
unsafe impl<T: Sync> Sync for ReservedVec<T> {}

impl<T> ReservedVec<T> {
    /// An empty vector for at most `most` elements. Reserves address space and commits nothing. One system call.
    ///
    /// # Panics
    /// When the address space is refused; [`try_with_reserved`](Self::try_with_reserved) returns the reason.
    #[must_use]
    #[track_caller]
    pub fn with_reserved(most: usize) -> Self {
        granted(Self::try_with_reserved(most))
    }

    /// As [`with_reserved`](Self::with_reserved).
    ///
    /// # Errors
    /// [`ErrorKind::CapacityOverflow`] when so many elements do not fit in `isize::MAX` bytes,
    /// [`ErrorKind::ReserveRefused`] when the system has no such range.
    pub fn try_with_reserved(most: usize) -> Result<Self, AllocError> {
        let overflow = AllocError::new(ErrorKind::CapacityOverflow, usize::MAX, align_of::<T>(), NodeId::ANONYMOUS);
        let bytes = most.checked_mul(size_of::<T>()).filter(|&bytes| bytes <= isize::MAX as usize).ok_or(overflow)?;
        let vec = Self::try_with_options(ReservationOptions::new(bytes), None)?;
        Ok(if size_of::<T>() == 0 { vec.with_most(most) } else { vec })
    }

    /// An empty vector in a range as described in bytes by `options` (huge pages, prefault, what to accept when the
    /// system refuses the whole), with its committed memory charged to `node`, if any.
    ///
    /// ```
    /// use arenite::{ErrorKind, Node, ReservedVec, source::ReservationOptions};
    /// let level = Node::new("level").hard_budget(1 << 20).build();
    /// let mut tiles = ReservedVec::<u8>::try_with_options(ReservationOptions::new(8 << 20), Some(&level))?;
    /// assert_eq!(tiles.capacity(), 8 << 20);
    /// tiles.try_extend_from_slice(&[0; 1000])?;
    /// assert_eq!(level.stats().charged, tiles.committed());
    /// let refused = tiles.try_extend_from_slice(&[0; 2 << 20]).unwrap_err();
    /// assert!(matches!(refused.kind(), ErrorKind::BudgetExceeded { .. }));
    /// # Ok::<(), arenite::AllocError>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::ReserveRefused`].
    pub fn try_with_options(options: ReservationOptions, node: Option<&Node>) -> Result<Self, AllocError> {
        const { assert!(align_of::<T>() <= 64 << 10, "a range starts at a multiple of 64 KiB") };
        let (backing, start) = Backing::new(options, size_of::<T>(), align_of::<T>(), node)?;
        let start = start.map_or(NonNull::dangling(), NonNull::cast);
        let room = if size_of::<T>() == 0 { backing.most } else { 0 };
        Ok(Self { start, len: 0, room, backing: ManuallyDrop::new(Box::new(backing)), owns: PhantomData })
    }

    /// For elements without a size, which need no range: the limit alone.
    fn with_most(mut self, most: usize) -> Self {
        self.backing.most = most;
        self.room = most;
        self
    }

    /// The most elements that the vector can ever have. Committed memory is [`committed`](Self::committed).
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.backing.most
    }

    /// Bytes of memory held: whole steps, the charge of the vector's node.
    #[must_use]
    pub fn committed(&self) -> usize {
        self.backing.committed
    }

    /// Appends an element. O(1); now and then a system call that commits more. Nothing moves.
    ///
    /// # Panics
    /// When the vector is full or more memory is refused; `value` is dropped.
    #[inline(always)]
    #[track_caller]
    pub fn push(&mut self, value: T) {
        granted(self.try_push(value));
    }

    /// As [`push`](Self::push).
    ///
    /// # Errors
    /// [`ErrorKind::ReservationFull`] with `capacity` elements in it, [`ErrorKind::OutOfMemory`] when the system does not
    /// commit, [`ErrorKind::BudgetExceeded`]. `value` is dropped, the vector is as it was.
    #[inline(always)]
    pub fn try_push(&mut self, value: T) -> Result<(), AllocError> {
        if self.len == self.room {
            self.room = self.backing.grow(self.len, 1)?;
        }
        // SAFETY: `len < room`, and the room is committed and owned.
        unsafe { self.start.add(self.len).write(value) };
        self.len += 1;
        Ok(())
    }

    /// Makes sure that `more` elements can be pushed without another system call.
    ///
    /// # Errors
    /// As [`try_push`](Self::try_push); the vector is as it was.
    #[inline]
    pub fn try_reserve(&mut self, more: usize) -> Result<(), AllocError> {
        if more > self.room - self.len {
            self.room = self.backing.grow(self.len, more)?;
        }
        Ok(())
    }

    /// Appends copies of `items`.
    ///
    /// # Panics
    /// As [`push`](Self::push); nothing is appended.
    #[inline]
    #[track_caller]
    pub fn extend_from_slice(&mut self, items: &[T])
    where
        T: Copy,
    {
        granted(self.try_extend_from_slice(items));
    }

    /// As [`extend_from_slice`](Self::extend_from_slice).
    ///
    /// # Errors
    /// As [`try_push`](Self::try_push); nothing is appended.
    #[inline]
    pub fn try_extend_from_slice(&mut self, items: &[T]) -> Result<(), AllocError>
    where
        T: Copy,
    {
        self.try_reserve(items.len())?;
        // SAFETY: there is room behind the elements; `items` cannot lie there.
        unsafe { self.start.add(self.len).copy_from_nonoverlapping(NonNull::from(items).cast(), items.len()) };
        self.len += items.len();
        Ok(())
    }

    /// Removes the last element.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: the element was initialised and is no longer counted.
        Some(unsafe { self.start.add(self.len).read() })
    }

    /// Drops all elements behind the first `len`. Keeps the memory.
    ///
    /// # Panics
    /// When an element panics as it is dropped; the others are dropped and gone all the same.
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        let behind = self.len.saturating_sub(len);
        self.len -= behind;
        // SAFETY: `behind` initialised elements start at the new length, and are no longer counted.
        unsafe { ptr::slice_from_raw_parts_mut(self.start.as_ptr().add(self.len), behind).drop_in_place() };
    }

    /// Drops all elements and keeps the memory: filling the vector as far again makes no system call.
    ///
    /// # Panics
    /// As [`truncate`](Self::truncate).
    #[inline]
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Drops all elements and gives all memory back. The address space stays.
    ///
    /// # Panics
    /// As [`truncate`](Self::truncate); the memory is then kept.
    pub fn clear_and_decommit(&mut self) {
        self.truncate(0);
        self.shrink_to(0);
    }

    /// Gives back what lies behind the elements, in whole steps, keeping room for `keep` of them at the least.
    /// `shrink_to(0)` keeps what the elements need; a high water of past fillings keeps a steady cycle without system
    /// calls.
    pub fn shrink_to(&mut self, keep: usize) {
        // SAFETY: `len` elements and no more are there.
        self.room = unsafe { self.backing.shrink(self.len, keep) };
    }
}

impl<T> Drop for ReservedVec<T> {
    #[inline(always)]
    fn drop(&mut self) {
        /// Gives the range back, also when an element panics as it is dropped.
        struct Memory(Option<Box<Backing>>);
        impl Drop for Memory {
            fn drop(&mut self) {
                if let Some(range) = self.0.take() {
                    release(range);
                }
            }
        }
        // SAFETY: taken once, here; nothing uses the vector after this.
        let backing = unsafe { ManuallyDrop::take(&mut self.backing) };
        if mem::needs_drop::<T>() {
            let _memory = Memory(Some(backing));
            self.truncate(0);
        } else {
            release(backing);
        }
    }
}

impl<T> Deref for ReservedVec<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: `len` elements are initialised.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T> DerefMut for ReservedVec<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl<T> Extend<T> for ReservedVec<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.push(item);
        }
    }
}

impl<'a, T> IntoIterator for &'a ReservedVec<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut ReservedVec<T> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: fmt::Debug> fmt::Debug for ReservedVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// What the plain forms do with a refusal.
#[inline(always)]
#[track_caller]
fn granted<T>(result: Result<T, AllocError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => error.panic(),
    }
}
