//! Work of a given size.

/// An operation on a structure of a given size, and what leads up to it.
pub(super) trait Load {
    /// Leads up to the operations; neither timed nor counted.
    fn prepare(&mut self) {}
    /// Does some operations and says how many.
    fn run(&mut self) -> u64;
}

/// Runs them where callgrind counts: between entering and leaving functions of this name.
#[inline(never)]
pub(super) fn scale_collected(load: &mut dyn Load) -> u64 {
    std::hint::black_box(load.run())
}

/// The same on another thread, for which callgrind counts apart.
#[inline(never)]
pub(super) fn scale_collected_thread<R>(work: impl FnOnce() -> R) -> R {
    std::hint::black_box(work())
}

/// Numbers below a bound, at a price that does not depend on it.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    #[inline(always)]
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (((self.0 >> 32) * bound as u64) >> 32) as usize
    }
}
