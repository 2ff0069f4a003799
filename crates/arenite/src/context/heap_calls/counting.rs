//! Counting a thread's calls of the program's heap.

use super::{
    super::{
        hooks::{self, Call},
        installed::is_installed,
    },
    HeapCalls,
};
use core::cell::Cell;

crate::sync::thread_local! {
    /// As far as this thread was counting. No `Drop`: frees in destructors count too.
    static CALLS: Cell<HeapCalls> = const { Cell::new(HeapCalls::NONE) };
}

/// Counts a call of this thread's.
pub(in crate::context) fn count(call: &Call) {
    let _ = CALLS.try_with(|calls| calls.set(calls.get().plus(&HeapCalls::of(call))));
}

/// This thread's calls of the program's heap so far: those made while it was counting ([`count_heap`],
/// [`set_heap_counting`]). Two readings make a difference: [`HeapCalls::since`].
///
/// Only a program whose `#[global_allocator]` is a [`Global`](crate::Global) is counted ([`heap_is_watched`]).
#[must_use]
pub fn heap_calls() -> HeapCalls {
    CALLS.try_with(Cell::get).unwrap_or_default()
}

/// Counts this thread's heap calls from now on, or no longer; whether it did before. A call that is counted takes the
/// cold path of [`Global`](crate::Global), some 20 ns; one that is not takes what it always does.
///
/// The end of a closure of this module puts back what was set at its beginning.
pub fn set_heap_counting(on: bool) -> bool {
    hooks::set(hooks::COUNT, on)
}

/// Calls `work` and counts this thread's calls of the program's heap meanwhile, those of nested closures of this module
/// included. Other threads are not counted.
///
/// ```
/// use arenite::{Global, context::count_heap};
/// #[global_allocator]
/// static ALLOCATOR: Global = Global::new();
///
/// let (text, calls) = count_heap(|| String::from("sand") + "stone");
/// assert_eq!((calls.allocations, calls.frees), (1, 0));
/// assert!(calls.allocated_bytes >= text.len() as u64);
/// ```
pub fn count_heap<R>(work: impl FnOnce() -> R) -> (R, HeapCalls) {
    let _counting = hooks::flag(hooks::COUNT, true);
    let before = heap_calls();
    let result = work();
    (result, heap_calls().since(&before))
}

/// Whether the program's `#[global_allocator]` is a [`Global`](crate::Global): whether counting, forbidding and charging
/// see its heap calls. Found out by trying, once.
#[must_use]
pub fn heap_is_watched() -> bool {
    is_installed()
}
