//! What was counted of an allocator that is watched.

/// What an allocator that is watched has counted. Bytes are those asked for. A block that changes its size is one freed
/// and one allocated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Blocks allocated while the grade was [`Grade::Count`](super::Grade::Count) or above.
    pub allocations: u64,
    /// Bytes of these.
    pub allocated_bytes: u64,
    /// Blocks freed while the grade was that.
    pub frees: u64,
    /// Bytes of these; where nobody said with how many a block was taken, those that it could be used for.
    pub freed_bytes: u64,
    /// Live blocks in the books: those made under [`Grade::Sites`](super::Grade::Sites) or above.
    pub live: usize,
    /// Bytes of these.
    pub live_bytes: usize,
    /// Blocks held back in quarantine.
    pub held: usize,
    /// Bytes of these, fences and all.
    pub held_bytes: usize,
}

impl Counts {
    pub(crate) fn allocated(&mut self, bytes: usize) {
        self.allocations += 1;
        self.allocated_bytes += bytes as u64;
    }

    pub(crate) fn freed(&mut self, bytes: usize) {
        self.frees += 1;
        self.freed_bytes += bytes as u64;
    }
}
