//! From an offset to the index of a block, exactly: pure functions without `unsafe`.
//!
//! A size is `odd * 2^shift`. Multiplying by the inverse of `odd` modulo the word and rotating by `shift` is a bijection
//! of the words that takes `i * size` to `i`. So every word that is no multiple of the size goes to a number above all
//! of `0..=usize::MAX / size`: one compare with the number of blocks refuses what lies outside and what lies between.

/// The distance from block to block, in bytes, and what finds a block by its offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stride {
    size: usize,
    inverse: usize,
    shift: u32,
}

impl Stride {
    /// `size` is not 0.
    pub(super) const fn new(size: usize) -> Self {
        let shift = size.trailing_zeros();
        let odd = size >> shift;
        // Newton's iteration: an odd number is its own inverse modulo 8, and each step doubles the bits that are right.
        let mut inverse = odd;
        let mut right = 3;
        while right < usize::BITS {
            inverse = inverse.wrapping_mul(2usize.wrapping_sub(odd.wrapping_mul(inverse)));
            right *= 2;
        }
        Self { size, inverse, shift }
    }

    pub(super) const fn size(self) -> usize {
        self.size
    }

    /// `i` for the offset `i * size`; for any other offset a number above `usize::MAX / size`.
    #[inline(always)]
    pub(super) const fn index(&self, offset: usize) -> usize {
        offset.wrapping_mul(self.inverse).rotate_right(self.shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_multiple_of_the_size_is_its_quotient_and_nothing_else_is_any(
            size in prop_oneof![1usize..5000, any::<usize>().prop_map(|n| n.max(1)), (0..usize::BITS - 4).prop_map(|s| 1usize << s)],
            offset: usize,
            near in 0usize..3,
        ) {
            let stride = Stride::new(size);
            let quotients = usize::MAX / size;
            let multiple = offset / size * size;
            prop_assert_eq!(stride.index(multiple), multiple / size);
            for offset in [offset, multiple.wrapping_add(near), multiple.wrapping_sub(near)] {
                if offset % size == 0 {
                    prop_assert_eq!(stride.index(offset), offset / size);
                } else {
                    prop_assert!(stride.index(offset) > quotients);
                }
            }
        }
    }
}
