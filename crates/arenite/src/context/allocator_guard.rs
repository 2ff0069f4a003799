//! A current allocator without a closure.

use super::{CountedAlloc, entry::Guarded};
use core::fmt;

/// Makes a counted allocator the thread's current one until the guard is dropped. For where a closure does not fit;
/// [`with_counted`](super::with_counted) is what to prefer.
///
/// Guards are commonly dropped innermost first. In another order nothing breaks: what an ended guard has set never becomes
/// current again. The end of a closure ([`with_allocator`](super::with_allocator)) ends what guards in it have set, also
/// when a guard leaves it. A forgotten guard keeps its allocator for ever, and current up to the end of the closure around
/// it. Only counted allocators have guards: a forgotten one would leave a lent allocator current after its end.
///
/// O(1), with one allocation from the program's heap.
///
/// ```
/// use arenite::{Heap, context::{CountedAlloc, current, enter_allocator}, layer::Owned};
/// let heap = CountedAlloc::new(Owned::new(Heap::new()));
/// let guard = enter_allocator(heap.clone());
/// assert!(current(|_| ()).is_some());
/// drop(guard);
/// assert!(current(|_| ()).is_none());
/// ```
/// It stays on its thread:
/// ```compile_fail
/// # use arenite::{Heap, context::{CountedAlloc, enter_allocator}, layer::Owned};
/// let guard = enter_allocator(CountedAlloc::new(Owned::new(Heap::new())));
/// std::thread::spawn(move || drop(guard));
/// ```
pub fn enter_allocator(allocator: CountedAlloc) -> AllocatorGuard {
    AllocatorGuard { _entry: Guarded::enter(allocator) }
}

/// Keeps an allocator current: see [`enter_allocator`].
#[must_use = "the allocator is current until this is dropped"]
pub struct AllocatorGuard {
    _entry: Guarded,
}

impl fmt::Debug for AllocatorGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllocatorGuard").finish_non_exhaustive()
    }
}
