//! Slices and formatted text.

use super::{
    copy::copy_short,
    format::Tail,
    handle::{Handle, Undo, granted},
    vec::ArenaVec,
};
use crate::{debug::Place, error::AllocError};
use core::{
    fmt,
    mem::{self, MaybeUninit},
    slice,
};

/// Slices. What does not need `Drop` only: for elements that do there is [`ArenaVec`].
impl Handle {
    /// Copies `items` into the arena.
    ///
    /// # Panics
    /// When the request is refused.
    #[inline(always)]
    #[track_caller]
    pub fn alloc_slice_copy<T: Copy>(&self, items: &[T]) -> &mut [T] {
        granted(self.try_alloc_slice_copy(items))
    }

    /// As [`alloc_slice_copy`](Self::alloc_slice_copy).
    ///
    /// # Errors
    /// The reason of the refusal.
    #[inline(always)]
    #[track_caller]
    pub fn try_alloc_slice_copy<T: Copy>(&self, items: &[T]) -> Result<&mut [T], AllocError> {
        let slots = self.try_slots::<T>(items.len(), Place::here())?;
        // SAFETY: fresh memory for as many T, apart from `items`; T is `Copy`, so its bytes are the value.
        Ok(unsafe {
            copy_short(items.as_ptr().cast(), slots.as_ptr().cast(), size_of_val(items));
            slice::from_raw_parts_mut(slots.as_ptr(), items.len())
        })
    }

    /// Clones `items` into the arena. When a clone panics the memory is given back.
    ///
    /// # Panics
    /// When the request is refused, and when a clone does.
    #[inline]
    #[track_caller]
    pub fn alloc_slice_clone<T: Clone>(&self, items: &[T]) -> &mut [T] {
        granted(self.try_alloc_slice_clone(items))
    }

    /// As [`alloc_slice_clone`](Self::alloc_slice_clone).
    ///
    /// # Errors
    /// The reason of the refusal.
    #[inline]
    #[track_caller]
    pub fn try_alloc_slice_clone<T: Clone>(&self, items: &[T]) -> Result<&mut [T], AllocError> {
        self.try_alloc_slice_fill_with(items.len(), |i| items[i].clone())
    }

    /// `n` copies of `value`.
    ///
    /// # Panics
    /// When the request is refused.
    #[inline]
    #[track_caller]
    pub fn alloc_slice_fill<T: Copy>(&self, n: usize, value: T) -> &mut [T] {
        granted(self.try_alloc_slice_fill(n, value))
    }

    /// As [`alloc_slice_fill`](Self::alloc_slice_fill).
    ///
    /// # Errors
    /// The reason of the refusal.
    #[inline]
    #[track_caller]
    pub fn try_alloc_slice_fill<T: Copy>(&self, n: usize, value: T) -> Result<&mut [T], AllocError> {
        self.try_alloc_slice_fill_with(n, |_| value)
    }

    /// `n` values made by `make`, called with 0 to `n - 1`. When it panics the memory is given back, unless `make` itself
    /// allocated after it.
    ///
    /// # Panics
    /// When the request is refused, and when `make` does.
    #[inline]
    #[track_caller]
    pub fn alloc_slice_fill_with<T>(&self, n: usize, make: impl FnMut(usize) -> T) -> &mut [T] {
        granted(self.try_alloc_slice_fill_with(n, make))
    }

    /// As [`alloc_slice_fill_with`](Self::alloc_slice_fill_with).
    ///
    /// # Errors
    /// The reason of the refusal; `make` was not called.
    #[inline]
    #[track_caller]
    pub fn try_alloc_slice_fill_with<T>(
        &self,
        n: usize,
        mut make: impl FnMut(usize) -> T,
    ) -> Result<&mut [T], AllocError> {
        const { assert!(!mem::needs_drop::<T>(), "elements that need Drop: use an ArenaVec") };
        let slots = self.try_slots::<T>(n, Place::here())?;
        let undo = Undo { handle: self, memory: slots.cast(), size: n * size_of::<T>() };
        for i in 0..n {
            let value = make(i);
            // SAFETY: `i < n`, and there is room for n.
            unsafe { slots.add(i).write(value) };
        }
        mem::forget(undo);
        // SAFETY: all n were written.
        Ok(unsafe { slice::from_raw_parts_mut(slots.as_ptr(), n) })
    }

    /// The items of an iterator, however many there are: what it says of its length is only a first guess.
    ///
    /// # Panics
    /// When the request is refused, and when the iterator does.
    #[track_caller]
    pub fn alloc_slice_from_iter<T>(&self, items: impl IntoIterator<Item = T>) -> &mut [T] {
        granted(self.try_alloc_slice_from_iter(items))
    }

    /// As [`alloc_slice_from_iter`](Self::alloc_slice_from_iter).
    ///
    /// # Errors
    /// The reason of the refusal; items already taken are lost.
    #[track_caller]
    pub fn try_alloc_slice_from_iter<T>(&self, items: impl IntoIterator<Item = T>) -> Result<&mut [T], AllocError> {
        let items = items.into_iter();
        // A guess that is a lie must not fail what the items themselves would not.
        let guess = items.size_hint().0.min(self.open_room() / size_of::<T>().max(1));
        let mut slice = ArenaVec::try_with_capacity_in(guess, self)?;
        for item in items {
            slice.try_push(item)?;
        }
        Ok(slice.into_slice())
    }

    /// Memory for `n` values, for the caller to fill.
    ///
    /// # Errors
    /// The reason of the refusal.
    #[track_caller]
    pub fn try_alloc_slice_uninit<T>(&self, n: usize) -> Result<&mut [MaybeUninit<T>], AllocError> {
        let slots = self.try_slots::<MaybeUninit<T>>(n, Place::here())?;
        // SAFETY: fresh memory for n; uninitialised is a valid state.
        Ok(unsafe { slice::from_raw_parts_mut(slots.as_ptr(), n) })
    }

    /// Writes formatted text straight into the arena's tail.
    ///
    /// ```
    /// let arena = arenite::Arena::new();
    /// let text = arena.alloc_fmt(format_args!("{}+{}", 1, 2));
    /// assert_eq!(text, "1+2");
    /// assert_eq!(arena.used(), 8);
    /// ```
    ///
    /// # Panics
    /// When the request is refused, and when a formatting implementation fails or panics: the memory is given back then,
    /// unless something was allocated after it.
    #[inline]
    #[track_caller]
    pub fn alloc_fmt(&self, text: fmt::Arguments<'_>) -> &mut str {
        granted(self.try_alloc_fmt(text))
    }

    /// As [`alloc_fmt`](Self::alloc_fmt).
    ///
    /// # Errors
    /// The reason of the refusal.
    ///
    /// # Panics
    /// When a formatting implementation fails or panics.
    #[inline]
    #[track_caller]
    pub fn try_alloc_fmt(&self, text: fmt::Arguments<'_>) -> Result<&mut str, AllocError> {
        let mut tail = Tail::new(self);
        match fmt::write(&mut tail, text) {
            Ok(()) => {
                let text = tail.finish();
                mem::forget(tail);
                Ok(text)
            }
            Err(fmt::Error) => match tail.refused() {
                Some(refused) => Err(refused),
                None => panic!("a formatting implementation returned an error though the arena did not"),
            },
        }
    }
}
