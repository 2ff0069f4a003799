//! Inputs that look random and are the same in every run, and that the compiler knows nothing about.

use std::hint::black_box;

/// A linear congruential generator (Knuth's MMIX): good enough to shuffle sizes.
pub(crate) struct Random(u64);

impl Random {
    /// The same sequence each time.
    pub(crate) fn new() -> Self {
        Self(0x5eed)
    }

    /// The next number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// A size between `least` and `most`, each doubling as likely as the next.
    pub(crate) fn log_uniform(&mut self, least: u64, most: u64) -> usize {
        let share = self.below(1 << 24) as f64 / (1u64 << 24) as f64;
        let size = least as f64 * (most as f64 / least as f64).powf(share);
        size.round() as usize
    }
}

/// `n` inputs made by `make`, hidden from the compiler.
pub(crate) fn inputs<T>(n: u64, mut make: impl FnMut(&mut Random) -> T) -> Vec<T> {
    let mut random = Random::new();
    black_box((0..n).map(|_| make(&mut random)).collect())
}
