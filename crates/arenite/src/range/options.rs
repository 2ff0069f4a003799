//! Where a range comes from.

use super::MemoryRange;
#[cfg(feature = "std")]
use crate::source::{Extent, Reservation, ReservationOptions};
use crate::{
    error::AllocError,
    node::{Node, NodeId},
    source::SourceRef,
};
use alloc::borrow::Cow;
#[cfg(feature = "std")]
use alloc::sync::Arc;
use core::mem::MaybeUninit;
#[cfg(feature = "std")]
use core::ops::Range;

/// The memory of a [`Stack`](crate::Stack) or a [`Ring`](crate::Ring): one range that never moves and never grows.
///
/// ```
/// use arenite::{Node, RangeOptions, Stack};
/// let game = Node::new("game").hard_budget(1 << 20).build();
/// let paths = Node::new("path finding").parent(&game).build();
/// let mut stack = Stack::new(RangeOptions::reserve(128 << 20).node(&paths));
/// assert_eq!(game.stats().charged, 0, "address space is not charged");
/// stack.push(1u64);
/// assert!(game.stats().charged > 0, "what is committed is");
/// ```
#[must_use]
pub struct RangeOptions<'b> {
    pub(super) place: Place<'b>,
    pub(super) name: Option<Cow<'static, str>>,
    pub(super) node: Option<Node>,
}

pub(super) enum Place<'b> {
    #[cfg(feature = "std")]
    Reserve(ReservationOptions),
    #[cfg(feature = "std")]
    Part(Extent),
    Source(SourceRef, usize),
    Buffer(&'b mut [MaybeUninit<u8>]),
}

#[cfg(feature = "std")]
impl RangeOptions<'static> {
    /// `bytes` of address space (rounded up to 64 KiB), committed as they are used.
    pub const fn reserve(bytes: usize) -> Self {
        Self::reserve_with(ReservationOptions::new(bytes))
    }

    /// Address space by options of one's own: huge pages, prefault, less where the system refuses.
    pub const fn reserve_with(options: ReservationOptions) -> Self {
        Self::of(Place::Reserve(options))
    }

    /// A part of a reservation (offsets from its base), committed as it is used and decommitted in the end.
    ///
    /// # Safety
    /// Nobody else commits, decommits or uses that part while the allocator lives.
    ///
    /// # Panics
    /// When the part does not lie in the reservation, or an end of it is no multiple of [`Reservation::step`] (or the
    /// reservation's end).
    pub unsafe fn part(reservation: &Arc<Reservation>, part: Range<usize>) -> Self {
        // SAFETY: the caller's promise.
        Self::of(Place::Part(unsafe { Extent::part(reservation, part) }))
    }
}

impl RangeOptions<'static> {
    /// One block of `bytes` from a source, given back in the end.
    pub fn source(source: impl Into<SourceRef>, bytes: usize) -> Self {
        Self::of(Place::Source(source.into(), bytes))
    }
}

impl<'b> RangeOptions<'b> {
    /// Memory of the caller's: no system, no heap.
    pub const fn buffer(memory: &'b mut [MaybeUninit<u8>]) -> Self {
        Self::of(Place::Buffer(memory))
    }

    const fn of(place: Place<'b>) -> Self {
        Self { place, name: None, node: None }
    }

    /// Gives the allocator a node of its own in the lifetime tree, so that reports and errors can name it.
    /// For a tag, a parent or a budget give it a [`node`](Self::node).
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Charges what is committed (all of a block or buffer) to `node`.
    pub fn node(mut self, node: &Node) -> Self {
        self.node = Some(node.clone());
        self
    }

    /// The range, with room for `least` bytes, and `front` bytes more where it is reserved for this.
    pub(crate) fn build(self, front: usize, least: usize) -> Result<MemoryRange<'b>, AllocError> {
        let node = self.node.or_else(|| self.name.map(|name| Node::new(name).build()));
        let id = node.as_ref().map_or(NodeId::ANONYMOUS, Node::id);
        let asked = match &self.place {
            #[cfg(feature = "std")]
            Place::Reserve(options) => options.size(),
            #[cfg(feature = "std")]
            Place::Part(extent) => extent.size(),
            Place::Source(_, bytes) => *bytes,
            Place::Buffer(memory) => memory.len(),
        };
        MemoryRange::new(self.place, node, front, least).map_err(|kind| AllocError::new(kind, asked, 1, id))
    }
}
