//! The figures of a ring.

/// What a [`Ring`](crate::Ring) holds. Bytes, where nothing else is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RingStats {
    /// In use by the frames in flight, padding for alignment and wraps included.
    pub used: usize,
    /// The most that `used` ever was.
    pub high_water: usize,
    /// What of `used` lies unused at the end of the range, because what came next had to begin at its start.
    pub wrap_padding: usize,
    /// How often that happened.
    pub wraps: u64,
    /// The most that `used` can be.
    pub capacity: usize,
    /// What of the range is backed by memory, and charged: the ring's own records included.
    pub committed: usize,
    /// How many frames were begun.
    pub frames: u64,
    /// How many of them are not retired: the open one included.
    pub frames_in_flight: u64,
    /// The number of the oldest of those.
    pub oldest_frame: Option<u64>,
    /// The fence that it was ended with.
    pub oldest_fence: Option<u64>,
    /// The last completed fence that the ring was told of.
    pub completed: Option<u64>,
}
