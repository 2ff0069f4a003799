//! Figures of thread blocks.

/// Figures of [`ThreadBlocks`](super::ThreadBlocks), in bytes where not said otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ThreadBlocksStats {
    /// Held in chunks and large blocks.
    pub held: usize,
    /// Sets of lists: as many as there were threads (and locals) at once.
    pub shards: usize,
    /// Those of them that no thread has now.
    pub idle: usize,
    /// Live blocks above 4 KiB: each is a block of the source.
    pub large: usize,
    /// Chunks and large blocks taken so far from the source.
    pub blocks_taken: u64,
    /// Those given back so far.
    pub blocks_returned: u64,
}

/// What is live in [`ThreadBlocks`](super::ThreadBlocks).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LiveCount {
    /// How many.
    pub blocks: usize,
    /// Their bytes, each rounded up to its size class.
    pub bytes: usize,
}
