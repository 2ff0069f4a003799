//! The figures that every allocator can give.

/// Figures of one allocator, in bytes where not said otherwise. A figure that the allocator does not know is `None`; an
/// allocator's own statistics say more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AllocatorStats {
    /// Bytes of live blocks, as rounded and aligned.
    pub used: Option<usize>,
    /// Bytes that it holds to serve requests from.
    pub held: Option<usize>,
    /// Live blocks.
    pub live: Option<usize>,
    /// Blocks taken so far from where it gets its memory.
    pub blocks_taken: Option<u64>,
    /// Blocks given back there so far.
    pub blocks_returned: Option<u64>,
}

impl AllocatorStats {
    /// The figures of two allocators together: the sums of what both know.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            used: self.used.zip(other.used).map(|(a, b)| a + b),
            held: self.held.zip(other.held).map(|(a, b)| a + b),
            live: self.live.zip(other.live).map(|(a, b)| a + b),
            blocks_taken: self.blocks_taken.zip(other.blocks_taken).map(|(a, b)| a + b),
            blocks_returned: self.blocks_returned.zip(other.blocks_returned).map(|(a, b)| a + b),
        }
    }
}
