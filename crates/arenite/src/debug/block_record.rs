//! What the books say of a block.

use super::{Grade, Site};
use crate::Tag;

/// What became of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BlockState {
    /// The program has it.
    Live,
    /// It was freed by itself.
    Freed {
        /// Where.
        by: Site,
    },
    /// Its arena was reset, cleared or rewound.
    Reset {
        /// Where.
        by: Site,
    },
}

/// A block as it stands in the books of an allocator that is watched.
// In this order, so that all but the places lies in the first half: what the books read and write most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
#[repr(C)]
pub struct BlockRecord {
    /// Where it starts.
    pub address: usize,
    /// Bytes asked for.
    pub size: usize,
    /// The alignment asked for, in bytes.
    pub align: usize,
    /// How far its arena had come behind it; 0 in what is no arena.
    pub(crate) position: usize,
    /// Its number among the blocks of its allocator, from 1, in the order of allocation.
    pub serial: u64,
    /// Bytes added before its fence to vary the layout ([`set_shake`](super::set_shake)).
    pub padding: u32,
    /// The grade that it was made under: what was put around it.
    pub grade: Grade,
    /// Marked as one that may stay.
    pub not_a_leak: bool,
    /// What the request was tagged with, apart from the tag of the allocator's node.
    pub tag: Option<Tag>,
    /// Where it was allocated.
    pub allocated: Site,
    /// What became of it.
    pub state: BlockState,
}

impl BlockRecord {
    /// Whether the address lies in the block.
    #[must_use]
    pub const fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.address) < self.size
    }

    /// Whether the program has it.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.state, BlockState::Live)
    }

    /// Where it was freed, or its arena reset.
    #[must_use]
    pub const fn ended(&self) -> Option<Site> {
        match self.state {
            BlockState::Live => None,
            BlockState::Freed { by } | BlockState::Reset { by } => Some(by),
        }
    }
}
