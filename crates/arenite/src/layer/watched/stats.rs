//! The figures of a watched allocator.

/// Figures of a [`Watched`](super::Watched) allocator. Bytes are those asked for; blocks of no bytes are left out. A block
/// that changes its size is one freed and one allocated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct WatchedStats {
    /// Blocks allocated while the grade was [`Grade::Count`](crate::debug::Grade::Count) or above.
    pub allocations: u64,
    /// Bytes of these.
    pub allocated_bytes: u64,
    /// Blocks freed while the grade was that.
    pub frees: u64,
    /// Bytes of these.
    pub freed_bytes: u64,
    /// Live blocks in the books: those made under [`Grade::Sites`](crate::debug::Grade::Sites) or above.
    pub live: usize,
    /// Bytes of these.
    pub live_bytes: usize,
    /// Bytes held back in quarantine, fences and all.
    pub held_bytes: usize,
}
