//! From an address to a number.

use super::Metadata;
use allocator_api2::vec::Vec;

/// A hash table of numbers below `u32::MAX` by address. Open addressing with linear probing, no tombstones; two thirds
/// full at the most.
pub(super) struct Index {
    /// A power of two of them, or none.
    slots: Vec<Slot, Metadata>,
    len: usize,
}

/// An address and its number; [`EMPTY`](Slot::EMPTY) has none. 16 bytes, so that more of them lie in the caches.
#[derive(Clone, Copy)]
struct Slot {
    address: usize,
    number: u32,
}

impl Slot {
    const EMPTY: Self = Self { address: 0, number: u32::MAX };

    fn is_empty(self) -> bool {
        self.number == u32::MAX
    }
}

impl Index {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new_in(Metadata), len: 0 }
    }

    /// Room for one more, so that the next insertion cannot fail. `false`: there is no memory.
    pub(super) fn reserve(&mut self) -> bool {
        if (self.len + 1) * 3 <= self.slots.len() * 2 {
            return true;
        }
        let size = (self.slots.len() * 2).max(64);
        let mut slots = Vec::new_in(Metadata);
        if slots.try_reserve_exact(size).is_err() {
            return false;
        }
        slots.resize(size, Slot::EMPTY);
        for old in core::mem::replace(&mut self.slots, slots).into_iter().filter(|slot| !slot.is_empty()) {
            let slot = self.probe(old.address);
            self.slots[slot] = old;
        }
        true
    }

    /// Enters an address, and gives what it stood for before; there must be room reserved.
    pub(super) fn insert(&mut self, address: usize, number: u32) -> Option<u32> {
        let slot = self.probe(address);
        let before = core::mem::replace(&mut self.slots[slot], Slot { address, number });
        self.len += usize::from(before.is_empty());
        Some(before.number).filter(|_| !before.is_empty())
    }

    pub(super) fn get(&self, address: usize) -> Option<u32> {
        if self.len == 0 {
            return None;
        }
        Some(self.slots[self.probe(address)]).filter(|slot| !slot.is_empty()).map(|slot| slot.number)
    }

    pub(super) fn remove(&mut self, address: usize) {
        if self.len == 0 {
            return;
        }
        let mut hole = self.probe(address);
        if core::mem::replace(&mut self.slots[hole], Slot::EMPTY).is_empty() {
            return;
        }
        self.len -= 1;
        // What was pushed past the hole by a collision moves into it, so that probing still finds it.
        let mask = self.slots.len() - 1;
        let mut slot = (hole + 1) & mask;
        while !self.slots[slot].is_empty() {
            let home = self.home(self.slots[slot].address);
            if slot.wrapping_sub(home) & mask >= slot.wrapping_sub(hole) & mask {
                self.slots.swap(hole, slot);
                hole = slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Addresses differ in the bits above the alignment; the product's high bits depend on all of them.
    fn home(&self, address: usize) -> usize {
        const ODD: usize = 0x9E37_79B9_7F4A_7C15_u64 as usize;
        (address >> 3 ^ address << (usize::BITS - 3)).wrapping_mul(ODD)
            >> (usize::BITS - self.slots.len().trailing_zeros())
    }

    /// The slot that holds `address`, or the empty one where it belongs. There is one: the table is never full.
    fn probe(&self, address: usize) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = self.home(address);
        while !self.slots[slot].is_empty() && self.slots[slot].address != address {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;

    #[test]
    fn an_index_holds_what_a_map_would_through_insertions_and_removals() {
        let (mut index, mut model) = (Index::new(), BTreeMap::new());
        let mut random = 88_172_645_463_325_252_u64;
        for step in 0..100_000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Few addresses, so that they come again; unevenly spaced, so that they collide.
            let address = 4096 + (random % 512).pow(2) as usize * 8;
            if random >> 60 < 9 {
                assert!(index.reserve());
                assert_eq!(index.insert(address, step), model.insert(address, step));
            } else {
                index.remove(address);
                model.remove(&address);
            }
            assert_eq!(index.get(address), model.get(&address).copied());
            assert_eq!(index.len, model.len());
        }
        assert!(model.iter().all(|(address, number)| index.get(*address) == Some(*number)));
    }
}
