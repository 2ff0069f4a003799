//! The cursor arithmetic: pure functions over addresses as integers, without `unsafe`.
//!
//! A window is the half-open range `cursor..limit`. Every placement here either fits in its window whole or answers
//! `None`; nothing wraps. On 64-bit targets the sums cannot overflow because blocks lie below 2^62 and a size is at
//! most `isize::MAX` (checked where a request enters the library), so the test is one compare; elsewhere the addition
//! is checked.

/// Every block handed out starts at a multiple of this, and every cursor is one.
pub(crate) const MIN_ALIGN: usize = 8;

/// The largest alignment that a request may ask for: 2 MiB, one huge page.
pub(crate) const MAX_ALIGN: usize = 2 << 20;

/// Limits below this address are no limits but states: no block lies in the first page.
pub(crate) const FIRST_ADDRESS: usize = 4096;

/// Rounds `n` up to a multiple of `align`, a power of two. Wraps above `usize::MAX - align + 1`, which no caller reaches:
/// sizes and addresses stay below `isize::MAX`.
#[inline(always)]
#[must_use]
pub(crate) const fn round_up(n: usize, align: usize) -> usize {
    n.wrapping_add(align - 1) & !(align - 1)
}

/// Rounds `n` down to a multiple of `align`, a power of two.
#[inline(always)]
#[must_use]
pub(crate) const fn round_down(n: usize, align: usize) -> usize {
    n & !(align - 1)
}

/// The cursor after `size` bytes from `cursor`, when they fit below `limit`. `size` is at most `isize::MAX` rounded up
/// to [`MIN_ALIGN`].
#[inline(always)]
#[must_use]
pub(crate) const fn bump(cursor: usize, size: usize, limit: usize) -> Option<usize> {
    let end = if cfg!(target_pointer_width = "64") {
        cursor.wrapping_add(size)
    } else {
        match cursor.checked_add(size) {
            Some(end) => end,
            None => return None,
        }
    };
    if end <= limit { Some(end) } else { None }
}

/// As [`bump`] for a size that is no multiple of [`MIN_ALIGN`]: the cursor after it is one, as `cursor` is.
#[inline(always)]
#[must_use]
pub(crate) const fn bump_rounding(cursor: usize, size: usize, limit: usize) -> Option<usize> {
    if cfg!(target_pointer_width = "64") {
        // Rounding the sum, not the size, saves an instruction.
        let end = round_up(cursor.wrapping_add(size), MIN_ALIGN);
        if end <= limit { Some(end) } else { None }
    } else {
        bump(cursor, round_up(size, MIN_ALIGN), limit)
    }
}

/// Start and end of `size` bytes at a multiple of `align` at or above `cursor`, when they fit below `limit`.
/// `align` is a power of two of at most [`MAX_ALIGN`].
#[inline(always)]
#[must_use]
pub(crate) const fn bump_aligned(cursor: usize, size: usize, align: usize, limit: usize) -> Option<(usize, usize)> {
    let start = if cfg!(target_pointer_width = "64") {
        round_up(cursor, align)
    } else {
        match cursor.checked_add(align - 1) {
            Some(top) => round_down(top, align),
            None => return None,
        }
    };
    match bump(start, size, limit) {
        Some(end) => Some((start, end)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Cursors lie below this: a few windows of them fit into the address space.
    const TOP: usize = 1 << if usize::BITS == 64 { 40 } else { 31 };

    proptest! {
        #[test]
        fn a_placement_lies_in_its_window_aligned_and_whole(
            cursor in (FIRST_ADDRESS..TOP).prop_map(|c| round_up(c, MIN_ALIGN)),
            window in 0usize..1 << 24,
            size in 0usize..1 << 24,
            shift in 3u32..22,
        ) {
            let (size, align, limit) = (round_up(size, MIN_ALIGN), 1usize << shift, cursor + window);
            match bump_aligned(cursor, size, align, limit) {
                Some((start, end)) => {
                    prop_assert!(start >= cursor && end <= limit && end - start == size);
                    prop_assert_eq!(start % align, 0);
                    prop_assert!(start - cursor < align, "no more padding than the alignment asks for");
                }
                None => prop_assert!(round_up(cursor, align) + size > limit, "a placement that fits is found"),
            }
        }

        #[test]
        fn without_alignment_the_cursor_moves_by_the_size(
            cursor in FIRST_ADDRESS..TOP,
            size in 0usize..1 << 24,
            window in 0usize..1 << 24,
        ) {
            prop_assert_eq!(bump(cursor, size, cursor + window), (size <= window).then_some(cursor + size));
            let cursor = round_up(cursor, MIN_ALIGN);
            let rounded = bump(cursor, round_up(size, MIN_ALIGN), cursor + window);
            prop_assert_eq!(bump_rounding(cursor, size, cursor + window), rounded);
        }
    }

    #[test]
    fn the_largest_size_never_fits_and_never_wraps() {
        let top = if cfg!(target_pointer_width = "64") { 1 << 62 } else { usize::MAX - 7 };
        let largest = round_up(isize::MAX as usize, MIN_ALIGN);
        assert_eq!(bump(top, largest, top + 1), None);
        assert_eq!(bump_aligned(top, largest, MAX_ALIGN, top + 1), None);
    }

    #[test]
    fn a_state_in_place_of_a_limit_refuses_every_request() {
        for state in 0..4 {
            assert_eq!(bump(FIRST_ADDRESS, 0, state), None);
            assert_eq!(bump(8, 8, state), None, "the cursor of an empty arena");
        }
    }
}
