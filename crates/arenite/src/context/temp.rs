//! The thread's temp allocator: scratch that callees find without being given it.

use crate::{AllocError, Handle, Scope, scratch, try_scratch};
use core::{cell::Cell, ptr::NonNull};

crate::sync::thread_local! {
    /// The innermost open [`with_temp`]'s memory, live while it is here. No `Drop`: readable to the end of the thread.
    static TEMP: Cell<Option<NonNull<Handle>>> = const { Cell::new(None) };
}

/// Puts back what was here before, in a panic too.
struct End(Option<NonNull<Handle>>);

impl End {
    fn put(temp: &Handle) -> Self {
        Self(TEMP.try_with(|slot| slot.replace(Some(NonNull::from(temp)))).ok().flatten())
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let _ = TEMP.try_with(|slot| slot.set(self.0));
    }
}

/// Calls `work` with temporary memory: a [`scratch`] that is also the thread's temp allocator, which whatever `work` calls
/// finds by [`temp`]. All that was put there, by whom ever, goes when `work` returns or panics; registered values are
/// dropped then.
///
/// **Each open one has an arena to itself.** So results may go to an allocator that is itself somebody's temp, and it need
/// not be named as a conflict, where Odin's guard has an `ignore` for it: what a callee calls temp is another arena, and
/// its end takes nothing of the caller's.
///
/// ```
/// use arenite::{Handle, context::{current, temp, with_allocator, with_temp}};
/// use allocator_api2::vec::Vec;
///
/// /// The letters of a text, each once, with what is current as the allocator of the result.
/// fn letters(text: &str) -> usize {
///     with_temp(|temp| {
///         let seen = temp.alloc_slice_fill(256, false); // the callee's temp
///         text.bytes().for_each(|byte| seen[byte as usize] = true);
///         current(|results| {
///             let mut letters = Vec::new_in(results); // the caller's temp
///             letters.extend((0..=255u8).filter(|&byte| seen[byte as usize]));
///             letters.len()
///         })
///     })
///     .expect("a current allocator")
/// }
///
/// with_temp(|temp| {
///     let before = temp.alloc_str("the caller's");
///     assert_eq!(with_allocator(temp, || letters("sandstone")), 7);
///     assert_eq!(before, "the caller's");
/// });
/// ```
/// A few instructions more than [`scratch`]; the arenas are the same ones, of [`scratch_node`](crate::scratch_node).
///
/// # Panics
/// When the first block of an arena is refused, and when `work` panics.
#[track_caller]
pub fn with_temp<R>(work: impl FnOnce(&Scope<'_>) -> R) -> R {
    scratch(|scope| {
        let _end = End::put(scope);
        work(scope)
    })
}

/// As [`with_temp`].
///
/// # Errors
/// The reason why the first block of an arena is refused; `work` was not called.
///
/// # Panics
/// When `work` does.
#[track_caller]
pub fn try_with_temp<R>(work: impl FnOnce(&Scope<'_>) -> R) -> Result<R, AllocError> {
    try_scratch(|scope| {
        let _end = End::put(scope);
        work(scope)
    })
}

/// Calls `work` with the thread's temp allocator, the memory of the innermost open [`with_temp`]; `None`, and no call,
/// where none is open. The memory stays until that ends: for what a function leaves to its caller's temp. References to it
/// stay in `work`.
///
/// The memory refuses ([`ErrorKind::Claimed`](crate::ErrorKind::Claimed)) while somebody has a scope of its own open in it;
/// a [`with_temp`] has not.
///
/// ```
/// use arenite::{Handle, context::{temp, with_temp}};
/// let sum = || temp(|temp| temp.alloc_slice_from_iter(1..=10u64).iter().sum::<u64>());
/// assert_eq!(sum(), None);
/// assert_eq!(with_temp(|_| sum()), Some(55));
/// ```
/// ```compile_fail
/// arenite::context::with_temp(|_| arenite::context::temp(|temp| temp.alloc(1)));
/// ```
pub fn temp<R>(work: impl FnOnce(&Handle) -> R) -> Option<R> {
    let temp = TEMP.try_with(Cell::get).ok().flatten()?;
    // SAFETY: the scope of a `with_temp` that this is called in, which puts back what was there before it ends. It is only
    // ever shared.
    Some(work(unsafe { temp.as_ref() }))
}
