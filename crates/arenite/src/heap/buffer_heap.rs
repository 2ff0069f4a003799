//! A heap in memory of the caller's.

use super::{heap::Heap, home::Home};
use crate::lent::Lent;
use core::{fmt, mem::MaybeUninit, ops::Deref};

/// A [`Heap`] in memory of the caller's, made by [`HeapOptions::try_build_in`](super::HeapOptions::try_build_in). It never
/// asks for more: what does not fit is refused, after neighbouring free blocks have been joined.
///
/// Larger blocks than 32 KiB lie in it too. All calls take one lock, so that any thread can use all of the memory.
pub struct BufferHeap<'b> {
    heap: Heap,
    size: usize,
    _memory: Lent<'b>,
}

impl<'b> BufferHeap<'b> {
    pub(super) fn make(memory: &'b mut [MaybeUninit<u8>]) -> Option<Self> {
        let start = memory.as_mut_ptr().expose_provenance();
        let skip = start.wrapping_neg() % 16;
        let size = memory.len().checked_sub(skip)? / 16 * 16;
        if size < Home::least() {
            return None;
        }
        // SAFETY: the memory is borrowed exclusively as long as the heap lives; start and size are multiples of the grain.
        let home = unsafe { Home::create_in(start + skip, size) };
        Some(Self { heap: Heap::over(home), size, _memory: Lent::new() })
    }

    /// The memory that it lies in, in bytes.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// As [`Heap::for_each`].
    pub fn for_each(&mut self, visit: impl FnMut(core::ptr::NonNull<u8>, usize)) {
        self.heap.for_each(visit);
    }
}

impl Deref for BufferHeap<'_> {
    type Target = Heap;

    fn deref(&self) -> &Heap {
        &self.heap
    }
}

impl fmt::Debug for BufferHeap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.heap.fmt(f)
    }
}
