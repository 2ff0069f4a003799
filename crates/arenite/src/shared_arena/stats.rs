//! Figures of a shared arena.

/// Figures of a [`SharedArena`](super::SharedArena), in bytes where not said otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SharedArenaStats {
    /// In use, as threads have told: each does when it takes a block, and when its [`SharedLocal`](super::SharedLocal) ends.
    /// Exact when there is none.
    pub used: usize,
    /// Held in blocks, used or kept.
    pub held: usize,
    /// Values that wait to be dropped.
    pub drops: usize,
    /// Local ends that are alive now.
    pub locals: usize,
    /// Blocks taken so far from the source.
    pub blocks_taken: u64,
    /// Blocks given back so far.
    pub blocks_returned: u64,
    /// Times that everything was taken back.
    pub resets: u64,
}
