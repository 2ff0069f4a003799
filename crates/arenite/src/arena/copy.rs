//! Copies of a few bytes without a call.

use core::{mem::MaybeUninit, ptr};

/// Up to here a copy is moves, and no call.
pub(super) const SHORT: usize = 32;

/// Copies `size` bytes, for sizes that are mostly small: up to 32 by two moves that may overlap each other, more by the
/// library's copy.
///
/// # Safety
/// `from` is valid for reading and `to` for writing `size` bytes, and the two do not overlap.
#[inline(always)]
pub(super) unsafe fn copy_short(from: *const u8, to: *mut u8, size: usize) {
    // SAFETY: `P` is no longer than `size`, so both moves lie inside; the last ends exactly at `size`. Bytes of any
    // alignment and value, padding and parts of pointers among them, may be moved as `MaybeUninit<u8>`.
    unsafe {
        if size >= 8 {
            if size <= 16 {
                ends::<8>(from, to, size);
            } else if size <= SHORT {
                ends::<16>(from, to, size);
            } else {
                ptr::copy_nonoverlapping(from, to, size);
            }
        } else if size >= 4 {
            ends::<4>(from, to, size);
        } else if size > 0 {
            // 1 to 3 bytes: first, middle, last.
            let (from, to) = (from.cast::<MaybeUninit<u8>>(), to.cast::<MaybeUninit<u8>>());
            let (first, middle, last) = (*from, *from.add(size / 2), *from.add(size - 1));
            *to = first;
            *to.add(size / 2) = middle;
            *to.add(size - 1) = last;
        }
    }
}

/// Moves the first `P` and the last `P` of `size` bytes.
///
/// # Safety
/// As [`copy_short`], with `size >= P`.
#[inline(always)]
unsafe fn ends<const P: usize>(from: *const u8, to: *mut u8, size: usize) {
    // SAFETY: both moves lie in the `size` bytes at `from` and `to`, by the caller's promise.
    unsafe {
        ptr::copy_nonoverlapping(from, to, P);
        ptr::copy_nonoverlapping(from.add(size - P), to.add(size - P), P);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_short_size_is_copied_exactly_and_nothing_beyond() {
        let from: [u8; 80] = core::array::from_fn(|i| i as u8 + 1);
        for size in 0..=72 {
            let mut to = [0xEE; 80];
            // SAFETY: both arrays are longer than `size` and apart.
            unsafe { copy_short(from.as_ptr(), to.as_mut_ptr(), size) };
            assert_eq!(to[..size], from[..size]);
            assert!(to[size..].iter().all(|&byte| byte == 0xEE), "size {size}");
        }
    }
}
