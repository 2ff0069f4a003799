//! What is known of a block.

use crate::Tag;
use core::{alloc::Layout, panic::Location};

/// A live block of a [`Tracked`](super::Tracked) allocator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Allocation {
    /// Where it starts.
    pub address: usize,
    /// The layout that it was asked for with, or last changed to.
    pub layout: Layout,
    /// Its number among the allocations of this allocator, from 1. A block keeps it as it grows and shrinks.
    pub number: u64,
    /// What it is for.
    pub tag: Option<Tag>,
    /// Where [`Tracked::here`](super::Tracked::here) was called for it.
    pub place: Option<&'static Location<'static>>,
}

impl Allocation {
    /// Whether the address lies in the block.
    #[must_use]
    pub const fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.address) < self.layout.size()
    }
}

/// A block of a [`Tracked`](super::Tracked) allocator that was freed, or moved as it grew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Freed {
    /// The block as it was.
    pub allocation: Allocation,
    /// Where [`Tracked::here`](super::Tracked::here) was called for the one that freed it.
    pub place: Option<&'static Location<'static>>,
}
