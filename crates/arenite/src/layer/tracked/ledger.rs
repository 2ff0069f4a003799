//! The books of a tracked allocator.

use super::{Allocation, Freed};
use crate::{FreeError, FreeErrorKind, NodeId, Tag, table::Table};
use allocator_api2::{alloc::Allocator, vec::Vec};
use core::{alloc::Layout, panic::Location};

/// On whose behalf a call is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    pub(super) tag: Option<Tag>,
    pub(super) place: Option<&'static Location<'static>>,
}

/// How many freed blocks are remembered.
const HISTORY: usize = 256;

pub(super) struct Ledger<M: Allocator> {
    live: Table<Allocation, M>,
    bytes: usize,
    high_water: usize,
    number: u64,
    /// A circle; `oldest` is overwritten next once it is full.
    freed: Vec<Freed, M>,
    oldest: usize,
}

impl<M: Allocator + Clone> Ledger<M> {
    pub(super) fn new(metadata: M) -> Self {
        Self {
            freed: Vec::new_in(metadata.clone()),
            live: Table::new(metadata),
            bytes: 0,
            high_water: 0,
            number: 0,
            oldest: 0,
        }
    }

    pub(super) fn metadata(&self) -> M {
        self.live.metadata().clone()
    }

    pub(super) fn reserve(&mut self) -> bool {
        self.live.reserve()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn high_water(&self) -> usize {
        self.high_water
    }

    pub(super) fn len(&self) -> usize {
        self.live.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Allocation> {
        self.live.iter().map(|(_, allocation)| allocation)
    }

    /// The block that holds the address. O(1) for its start, O(live blocks) otherwise.
    pub(super) fn find(&self, address: usize) -> Option<&Allocation> {
        self.live.get(address).or_else(|| self.iter().find(|allocation| allocation.contains(address)))
    }

    /// The last that is known of a freed block which started there.
    pub(super) fn freed(&self, address: usize) -> Option<&Freed> {
        let (newer, older) = self.freed.split_at(self.oldest);
        newer.iter().rev().chain(older.iter().rev()).find(|freed| freed.allocation.address == address)
    }

    /// Whether a live block of this size starts there, and if not, what is wrong.
    pub(super) fn check(&self, address: usize, layout: Layout) -> Result<Allocation, FreeError> {
        let kind = match self.live.get(address) {
            Some(live) if live.layout.size() == layout.size() => return Ok(*live),
            Some(live) => FreeErrorKind::WrongSize { given: layout.size(), asked: live.layout.size() },
            None => match self.find(address) {
                Some(around) => FreeErrorKind::Misaligned { offset: address - around.address },
                None if self.freed(address).is_some() => FreeErrorKind::DoubleFree,
                None => FreeErrorKind::Foreign,
            },
        };
        Err(FreeError::new(kind, address, "a tracked allocator", NodeId::ANONYMOUS))
    }

    /// Enters a new block, for which room is reserved.
    pub(super) fn enter(&mut self, address: usize, layout: Layout, site: Site) {
        self.number += 1;
        self.put(Allocation { address, layout, number: self.number, tag: site.tag, place: site.place });
    }

    fn put(&mut self, allocation: Allocation) {
        self.live.insert(allocation.address, allocation);
        self.bytes += allocation.layout.size();
        self.high_water = self.high_water.max(self.bytes);
    }

    /// Strikes a live block.
    pub(super) fn strike(&mut self, address: usize, site: Site) {
        if let Some(allocation) = self.live.remove(address) {
            self.bytes -= allocation.layout.size();
            self.remember(Freed { allocation, place: site.place });
        }
    }

    /// A live block has another place or size. Needs no room: it has a slot already.
    pub(super) fn change(&mut self, from: usize, address: usize, layout: Layout, site: Site) {
        let Some(before) = self.live.remove(from) else { return };
        self.bytes -= before.layout.size();
        if from != address {
            self.remember(Freed { allocation: before, place: site.place });
        }
        self.put(Allocation { address, layout, place: site.place.or(before.place), ..before });
    }

    /// Without memory for the history a double free is taken for a foreign one.
    fn remember(&mut self, freed: Freed) {
        if self.freed.len() < HISTORY && self.freed.try_reserve(1).is_ok() {
            self.freed.push(freed);
        } else if let Some(slot) = self.freed.get_mut(self.oldest) {
            *slot = freed;
            self.oldest = (self.oldest + 1) % self.freed.len();
        }
    }

    pub(super) fn clear(&mut self) {
        self.live.clear();
        self.freed.clear();
        (self.bytes, self.oldest) = (0, 0);
    }
}
