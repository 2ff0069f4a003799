//! An arena's figures.

/// Figures of one arena, in bytes where not said otherwise. Headers of blocks are not counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ArenaStats {
    /// Aligned bytes in use, from the cursors. While a scope or claim is open: up to its last cold path.
    pub used: usize,
    /// Capacity of all blocks held (in a reserved range: committed bytes).
    pub allocated: usize,
    /// `allocated - used`: free or lost to alignment and block ends.
    pub waste: usize,
    /// Number of blocks held.
    pub chunks: usize,
    /// The most that was ever in use, as seen at cold paths and resets. What came and went inside one window of at most
    /// 64 KiB in a scope may be missing.
    pub high_water: usize,
    /// Address space of a reserved range or buffer; for a chained arena the same as `allocated`.
    pub reserved: usize,
    /// Bytes asked for since the last reset, where counting is on ([`ArenaOptions::counting`](super::ArenaOptions::counting)).
    pub requested: Option<usize>,
    /// Allocations since the last reset, where counting is on.
    pub allocations: Option<usize>,
    /// Blocks taken from the source since the arena was made: its churn, together with the next.
    pub blocks_taken: u64,
    /// Blocks given back since then.
    pub blocks_returned: u64,
    /// Number of resets and clears so far.
    pub generation: u64,
}
