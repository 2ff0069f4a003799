//! The figures of a stack.

/// What a [`Stack`](crate::Stack) holds. Bytes, except for `depth` and `resets`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StackStats {
    /// In use by blocks, with the padding that their alignment took.
    pub used: usize,
    /// In use by the stack's own list of blocks, at the other end of the range.
    pub listed: usize,
    /// The most that `used` ever was, resets included.
    pub high_water: usize,
    /// The size of the range: `used + listed` stay within it.
    pub capacity: usize,
    /// What of the range is backed by memory, and charged.
    pub committed: usize,
    /// Blocks on the stack.
    pub depth: usize,
    /// How often the stack was reset.
    pub resets: u64,
}
