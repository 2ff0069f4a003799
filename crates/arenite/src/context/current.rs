//! What is current, and for how long.

use super::{CountedAlloc, CurrentAlloc, entry};
use crate::{AllocError, DynAllocator};
use core::{alloc::Layout, ptr::NonNull};

/// Calls `work` with `allocator` as the thread's current one: what it calls finds it by [`current`], however deep, without
/// being given it.
///
/// Scopes nest. When `work` returns or panics, what was current before is so again, whatever `work` and its callees have
/// set. Other threads, those that `work` starts too, are not concerned. O(1): two stores to a thread-local each way.
///
/// ```
/// use allocator_api2::vec::Vec;
/// use arenite::{Arena, context::{current, with_allocator}};
///
/// /// The sum of the primes below `n`. It takes no allocator.
/// fn sum_of_primes(n: usize) -> usize {
///     let sum = current(|memory| {
///         let mut primes = Vec::new_in(memory);
///         (2..n).for_each(|i| if primes.iter().all(|p| i % p != 0) { primes.push(i) });
///         primes.iter().sum()
///     });
///     sum.expect("a current allocator")
/// }
///
/// let arena = Arena::new();
/// assert_eq!(with_allocator(&arena, || sum_of_primes(100)), 1060);
/// assert_eq!(arena.stats().chunks, 1);
/// ```
/// While it is current, the allocator is borrowed:
/// ```compile_fail
/// let mut arena = arenite::Arena::new();
/// arenite::context::with_allocator(&arena, || arena.reset());
/// ```
///
/// Across an `.await` none stays current: a closure cannot be held there. Give the future its own with
/// [`in_context`](super::InFuture::in_context).
pub fn with_allocator<R>(allocator: impl DynAllocator, work: impl FnOnce() -> R) -> R {
    entry::enter_lent(&allocator, work)
}

/// As [`with_allocator`], with a counted allocator: functions in `work` may return and keep what they put into it
/// ([`current_counted`]).
pub fn with_counted<R>(allocator: CountedAlloc, work: impl FnOnce() -> R) -> R {
    entry::enter_counted(allocator, work)
}

/// Calls `work` with the thread's current allocator; `None`, and no call, outside of every scope.
///
/// What `work` keeps in collections is freed to that allocator, also when another has become current meanwhile. Nothing of
/// it can leave `work`, since the scope may end:
/// ```compile_fail
/// let kept = arenite::context::current(|memory| allocator_api2::boxed::Box::new_in(7, memory));
/// ```
/// To return a collection, ask for [`current_counted`], or be given the allocator by name.
///
/// ```
/// use arenite::{Arena, DynAllocator, context::{current, with_allocator}};
/// assert!(current(|_| ()).is_none());
/// let (outer, inner) = (Arena::new(), Arena::new());
/// with_allocator(&outer, || {
///     current(|memory| {
///         let mut letters = allocator_api2::vec::Vec::new_in(memory);
///         with_allocator(&inner, || letters.extend("held by the outer".chars()));
///         assert!(outer.owns(letters.as_ptr()));
///     });
/// });
/// assert_eq!(inner.used(), 0);
/// ```
pub fn current<R>(work: impl FnOnce(CurrentAlloc<'_>) -> R) -> Option<R> {
    entry::with_top(|allocator| work(CurrentAlloc::new(allocator)))
}

/// A handle to the thread's current allocator, if that is a counted one: set by [`with_counted`] or [`enter_allocator`](
/// super::enter_allocator). `None` outside of scopes, and where the innermost one has lent an allocator.
#[must_use]
pub fn current_counted() -> Option<CountedAlloc> {
    entry::counted_top()
}

/// A block of the thread's current allocator; `None` outside of every scope. It is freed to the allocator that was current
/// then, or goes with everything that is in it.
///
/// # Errors
/// The allocator's, within the `Some`.
///
/// ```
/// use core::alloc::Layout;
/// use arenite::{Arena, ArenaOptions, context::{try_alloc, with_allocator}};
/// assert!(try_alloc(Layout::new::<u64>()).is_none());
/// let arena = ArenaOptions::new().limit(8192).build();
/// with_allocator(&arena, || {
///     assert!(try_alloc(Layout::new::<u64>()).unwrap().is_ok());
///     assert!(try_alloc(Layout::new::<[u64; 4096]>()).unwrap().is_err());
/// });
/// ```
pub fn try_alloc(layout: Layout) -> Option<Result<NonNull<[u8]>, AllocError>> {
    entry::with_top(|allocator| allocator.try_allocate(layout))
}
