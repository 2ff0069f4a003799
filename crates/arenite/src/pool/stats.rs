//! A pool's figures.

/// Figures of one pool. Blocks are slots or objects: what the pool hands out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PoolStats {
    /// Blocks handed out and not given back.
    pub live: usize,
    /// The most blocks that were ever live at once.
    pub high_water: usize,
    /// Blocks that the pool has room for without another chunk; in a [`BlockPool`](super::BlockPool) all that it will ever
    /// have.
    pub capacity: usize,
    /// Distance from block to block, in bytes.
    pub block_size: usize,
    /// Bytes held: what is charged to the pool's node. Tables and headers are counted, address space is not.
    pub allocated: usize,
    /// Blocks that can never be handed out again, because their generations ran out ([`HandlePool`](super::HandlePool)).
    pub retired: usize,
    /// Pieces of memory taken so far: from the source, or committed.
    pub chunks_taken: u64,
    /// Pieces given back so far.
    pub chunks_returned: u64,
}
