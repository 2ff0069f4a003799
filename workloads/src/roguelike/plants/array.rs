//! A growing array as the journal's language has it: a header that is copied about, and memory that is freed by hand.

use std::{alloc::Layout, ptr::NonNull};

use arenite::Heap;

/// A header of `len` values at `data`. It owns nothing: who frees what is up to the program.
pub(super) struct Array<T> {
    data: Option<NonNull<T>>,
    len: usize,
    capacity: usize,
}

impl<T: Copy> Array<T> {
    pub(super) const fn new() -> Self {
        Self { data: None, len: 0, capacity: 0 }
    }

    /// Appends a value, in a larger backing when this one is full: where it lies now.
    #[track_caller]
    pub(super) fn push(&mut self, heap: &Heap, value: T) -> NonNull<T> {
        if self.len == self.capacity {
            self.reserve(heap, (2 * self.capacity).max(16));
        }
        let data = self.data.expect("room was made");
        // SAFETY: `capacity` values have room at `data`, which is this header's by the program's word.
        let slot = unsafe { data.add(self.len) };
        // SAFETY: as above.
        unsafe { slot.write(value) };
        self.len += 1;
        slot
    }

    /// Makes room for `capacity` values, and frees the old backing.
    #[track_caller]
    pub(super) fn reserve(&mut self, heap: &Heap, capacity: usize) {
        let data = heap.alloc(Layout::array::<T>(capacity).expect("small")).cast::<T>();
        if let Some(old) = self.data.replace(data) {
            // SAFETY: `len` values lie at `old`, and the new backing has room for more.
            unsafe { data.copy_from_nonoverlapping(old, self.len) };
            // SAFETY: this header's by the program's word.
            unsafe { heap.free(old.cast()) };
        }
        self.capacity = capacity;
    }

    /// Frees the backing. The header stays as it is, as in the journal's language.
    #[track_caller]
    pub(super) fn free(&mut self, heap: &Heap) {
        if let Some(data) = self.data {
            // SAFETY: this header's by the program's word.
            unsafe { heap.free(data.cast()) };
        }
    }

    /// Frees what the header holds and empties it.
    #[track_caller]
    pub(super) fn reset(&mut self, heap: &Heap) {
        self.free(heap);
        self.forget();
    }

    /// Empties the header and frees nothing.
    pub(super) fn forget(&mut self) {
        *self = Self::new();
    }
}
