//! Numbers that look random and depend on the seed alone.

/// xorshift64*: small, and good enough to draw sizes with.
#[derive(Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Below `n`, which is not 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// A size up to `most`, small ones more often: each power of two is as likely as another.
    pub(super) fn size(&mut self, most: usize) -> usize {
        let bits = self.below(most.ilog2() as usize + 1) as u32;
        (self.next() as usize & ((2 << bits) - 1)).min(most)
    }

    /// A power of two up to `most`, which is one: 1 to 16 mostly.
    pub(super) fn align(&mut self, most: usize) -> usize {
        let bits = if self.below(8) == 0 { most.ilog2() as usize } else { 4 };
        1 << self.below(bits + 1)
    }
}
