//! What was asked of an allocator.

/// Requests that an allocator answered while its grade was [`Grade::Count`](super::Grade::Count) or above. Bytes are those
/// asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Blocks allocated.
    pub allocations: u64,
    /// Bytes of these.
    pub allocated_bytes: u64,
    /// Blocks freed.
    pub frees: u64,
    /// Bytes of these.
    pub freed_bytes: u64,
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
