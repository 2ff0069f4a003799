//! The current allocator, as one that collections keep.

use super::relay::relays;
use crate::{AllocError, AllocatorStats, Capabilities, DynAllocator, FreeError, ResetError, ResetMode};
use core::{alloc::Layout, fmt, ptr::NonNull};

/// The thread's current allocator at one moment, lent by [`current`](super::current): an allocator by value for
/// collections, which free to it whatever the current allocator is by then.
///
/// It cannot leave the closure that it is lent to, nor can a collection in it: the allocator may be gone after that. It
/// stays on its thread. One call by pointer for each allocation, beyond what the allocator itself costs.
#[derive(Clone, Copy)]
pub struct CurrentAlloc<'c>(&'c dyn DynAllocator);

impl<'c> CurrentAlloc<'c> {
    pub(super) fn new(allocator: &'c dyn DynAllocator) -> Self {
        Self(allocator)
    }
}

relays!(CurrentAlloc<'_>: |current| *current.0);

impl fmt::Debug for CurrentAlloc<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentAlloc").field("capabilities", &self.capabilities()).finish_non_exhaustive()
    }
}
