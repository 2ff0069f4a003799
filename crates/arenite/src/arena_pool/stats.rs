//! Figures of a pool of arenas.

/// Figures of an [`ArenaPool`](super::ArenaPool): numbers of arenas.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ArenaPoolStats {
    /// Taken so far.
    pub taken: u64,
    /// Given back so far.
    pub returned: u64,
    /// Made so far: takes that found none kept.
    pub made: u64,
    /// Dropped so far, as enough were kept, or by [`clear`](super::ArenaPool::clear).
    pub dropped: u64,
    /// Kept now, for the next to take.
    pub kept: usize,
    /// Out now.
    pub out: usize,
    /// The most that were ever out at once.
    pub most_out: usize,
}
