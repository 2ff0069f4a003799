//! Layouts that vary with a seed.

/// Draws places and paddings. xorshift64*: small, and the same on every machine for the same seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shake(u64);

impl Shake {
    /// `stream` keeps two allocators of one seed apart: a node's number, say.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        // The finaliser of splitmix64, so that neighbouring seeds do not begin alike.
        let mut state = seed.wrapping_add(stream.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        state = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ state >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        Self((state ^ state >> 31).max(1))
    }

    /// The seed that the process was given, if it was.
    pub(crate) fn for_stream(stream: u64) -> Option<Self> {
        super::shake().map(|seed| Self::new(seed, stream))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `n`; 0 for 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// Padding: a multiple of `align` (a power of two), up to `most` bytes.
    pub(crate) fn padding(&mut self, most: usize, align: usize) -> usize {
        self.below(most / align + 1) * align
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_differs_from_its_neighbours() {
        let draw = |seed, stream| {
            let mut shake = Shake::new(seed, stream);
            core::array::from_fn::<usize, 8, _>(|_| shake.below(1000))
        };
        assert_eq!(draw(7, 1), draw(7, 1));
        assert!(draw(7, 1) != draw(8, 1) && draw(7, 1) != draw(7, 2) && draw(0, 0) != draw(1, 0));
    }

    #[test]
    fn padding_is_aligned_bounded_and_takes_every_value() {
        let mut shake = Shake::new(0, 0);
        let mut seen = [false; 5];
        for _ in 0..1000 {
            let padding = shake.padding(70, 16);
            assert!(padding <= 70 && padding % 16 == 0);
            seen[padding / 16] = true;
        }
        assert_eq!(seen, [true; 5]);
        assert!(shake.below(0) == 0 && shake.padding(7, 16) == 0);
    }
}
