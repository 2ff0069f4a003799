//! An allocator that lives as long as anybody has it.

use super::relay::relays;
use crate::{AllocError, AllocatorStats, Capabilities, DynAllocator, FreeError, ResetError, ResetMode};
use alloc::sync::Arc;
use core::{alloc::Layout, fmt, ptr::NonNull};

/// A counted handle to an allocator: clones name the same one, which is dropped with the last of them.
///
/// Collections in it go wherever they like, to other threads too, and keep their allocator alive. As the current allocator
/// it may be set by a guard ([`enter_allocator`](super::enter_allocator)), and functions that are given none can return
/// what they put into it ([`current_counted`](super::current_counted)).
///
/// ```
/// use allocator_api2::vec::Vec;
/// use arenite::{Heap, context::{CountedAlloc, current_counted, with_counted}, layer::Owned};
///
/// /// The squares, in memory of the caller's choice, whom nothing is asked for it.
/// fn squares(n: u64) -> Vec<u64, CountedAlloc> {
///     let mut squares = Vec::new_in(current_counted().expect("a caller that counts its allocator"));
///     squares.extend((0..n).map(|i| i * i));
///     squares
/// }
/// let heap = CountedAlloc::new(Owned::new(Heap::new()));
/// let squares = with_counted(heap, || squares(100));
/// assert_eq!(squares[99], 99 * 99); // the heap is gone when they are
/// ```
#[derive(Clone)]
pub struct CountedAlloc(Arc<dyn DynAllocator + Send + Sync>);

impl CountedAlloc {
    /// Takes an allocator over: one by value, as what [`Owned`](crate::layer::Owned) owns and the layers on that.
    pub fn new(allocator: impl DynAllocator + Send + Sync + 'static) -> Self {
        Self(Arc::new(allocator))
    }

    /// How many handles there are, at some moment during the call.
    #[must_use]
    pub fn handles(&self) -> usize {
        Arc::strong_count(&self.0)
    }
}

impl<A: DynAllocator + Send + Sync + 'static> From<Arc<A>> for CountedAlloc {
    /// The same allocator, counted together with the `Arc`s that there are.
    fn from(allocator: Arc<A>) -> Self {
        Self(allocator)
    }
}

relays!(CountedAlloc: |counted| *counted.0);

impl fmt::Debug for CountedAlloc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountedAlloc")
            .field("capabilities", &self.capabilities())
            .field("handles", &self.handles())
            .finish_non_exhaustive()
    }
}
