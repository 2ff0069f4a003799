//! Bytes copied, moved, set and compared, as C does it, with an answer to every null.

use core::{cmp::Ordering, ptr, slice};

/// Copies `count` bytes. The places may overlap, as in [`mem_move`]: the original asked for them to be apart and could
/// not say when they were not. With a null on either side nothing is done.
///
/// # Safety
/// Unless null, `source` is valid for reads of `count` bytes and `dest` for writes.
pub unsafe fn mem_copy(dest: *mut u8, source: *const u8, count: usize) {
    // SAFETY: the caller's promise.
    unsafe { mem_move(dest, source, count) }
}

/// Copies `count` bytes between places that may overlap. With a null on either side nothing is done.
///
/// # Safety
/// As [`mem_copy`].
pub unsafe fn mem_move(dest: *mut u8, source: *const u8, count: usize) {
    if !dest.is_null() && !source.is_null() {
        // SAFETY: the caller's promise.
        unsafe { ptr::copy(source, dest, count) };
    }
}

/// Sets `count` bytes to `value`. With a null nothing is done.
///
/// # Safety
/// Unless null, `dest` is valid for writes of `count` bytes.
pub unsafe fn mem_set(dest: *mut u8, value: u8, count: usize) {
    if !dest.is_null() {
        // SAFETY: the caller's promise.
        unsafe { dest.write_bytes(value, count) };
    }
}

/// Sets `count` bytes to zero. With a null nothing is done.
///
/// # Safety
/// As [`mem_set`].
pub unsafe fn mem_zero(dest: *mut u8, count: usize) {
    // SAFETY: the caller's promise.
    unsafe { mem_set(dest, 0, count) }
}

/// Compares `count` bytes as unsigned numbers, first difference first. Null comes before everything else: it equals
/// only null. No bytes are equal, wherever they are.
///
/// ```
/// use arenite::platform::mem_cmp;
/// use std::{cmp::Ordering, ptr::null};
/// let (low, high) = ([1u8, 2], [1u8, 200]);
/// // SAFETY: two bytes each, or null.
/// unsafe {
///     assert_eq!(mem_cmp(low.as_ptr(), high.as_ptr(), 2), Ordering::Less);
///     assert_eq!(mem_cmp(low.as_ptr(), high.as_ptr(), 1), Ordering::Equal);
///     assert_eq!(mem_cmp(low.as_ptr(), null(), 2), Ordering::Greater);
///     assert_eq!(mem_cmp(null(), null(), 2), Ordering::Equal);
/// }
/// ```
///
/// # Safety
/// Unless null, both are valid for reads of `count` bytes.
#[must_use]
pub unsafe fn mem_cmp(left: *const u8, right: *const u8, count: usize) -> Ordering {
    if count == 0 || left == right {
        return Ordering::Equal;
    }
    match (left.is_null(), right.is_null()) {
        (true, _) => Ordering::Less,
        (_, true) => Ordering::Greater,
        // SAFETY: the caller's promise.
        _ => unsafe { slice::from_raw_parts(left, count).cmp(slice::from_raw_parts(right, count)) },
    }
}
