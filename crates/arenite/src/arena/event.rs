//! What an arena tells its owner.

/// Something that happened on an arena's cold path. All figures are bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ArenaEvent {
    /// A block of this capacity was taken from the source (in a reserved range: committed).
    BlockTaken {
        /// Its capacity.
        size: usize,
    },
    /// Blocks were given back (or decommitted).
    BlocksReturned {
        /// Their capacities together.
        size: usize,
    },
    /// The next block will be larger than the last.
    Growth {
        /// The size of the block before.
        from: usize,
        /// The size of the new one.
        to: usize,
    },
    /// A request was refused by the arena's own limit.
    LimitReached {
        /// The size of the request.
        request: usize,
        /// The limit.
        limit: usize,
    },
}
