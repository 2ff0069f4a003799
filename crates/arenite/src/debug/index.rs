//! From an address to a number.

use super::Metadata;
use allocator_api2::vec::Vec;

/// A hash table of numbers below `u32::MAX` by address. Open addressing with linear probing, no tombstones; two thirds
/// full at the most.
///
/// It keeps 32 bits of each address, so that as many slots as can be lie in the caches. Whoever asks knows the address
/// of each number, and is asked for it: `is` says whether this number is the one of the address that is meant.
pub(super) struct Index {
    /// A power of two of them, or none.
    slots: Vec<Slot, Metadata>,
    len: usize,
}

/// A part of an address, and its number; [`EMPTY`](Slot::EMPTY) has none.
#[derive(Clone, Copy)]
struct Slot {
    key: u32,
    number: u32,
}

impl Slot {
    const EMPTY: Self = Self { key: 0, number: u32::MAX };

    fn is_empty(self) -> bool {
        self.number == u32::MAX
    }
}

/// What is kept of an address: all that tells blocks within 32 GiB apart.
fn key(address: usize) -> u32 {
    ((address >> 3) ^ (address << 29)) as u32
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
            let slot = self.probe(old.key, |_| false);
            self.slots[slot] = old;
        }
        true
    }

    /// Enters an address, and gives what it stood for before; there must be room reserved.
    pub(super) fn insert(&mut self, address: usize, number: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let key = key(address);
        let slot = self.probe(key, is);
        let before = core::mem::replace(&mut self.slots[slot], Slot { key, number });
        self.len += usize::from(before.is_empty());
        Some(before.number).filter(|_| !before.is_empty())
    }

    pub(super) fn get(&self, address: usize, is: impl Fn(u32) -> bool) -> Option<u32> {
        if self.len == 0 {
            return None;
        }
        Some(self.slots[self.probe(key(address), is)]).filter(|slot| !slot.is_empty()).map(|slot| slot.number)
    }

    /// What most likely is the number of an address, if it has one: without a look at more than one slot.
    #[inline]
    pub(super) fn guess(&self, address: usize) -> Option<u32> {
        if self.len == 0 { None } else { self.slots.get(self.home(key(address))).map(|slot| slot.number) }
    }

    pub(super) fn remove(&mut self, address: usize, is: impl Fn(u32) -> bool) {
        if self.len == 0 {
            return;
        }
        let mut hole = self.probe(key(address), is);
        if core::mem::replace(&mut self.slots[hole], Slot::EMPTY).is_empty() {
            return;
        }
        self.len -= 1;
        // What was pushed past the hole by a collision moves into it, so that probing still finds it.
        let mask = self.slots.len() - 1;
        let mut slot = (hole + 1) & mask;
        while !self.slots[slot].is_empty() {
            let home = self.home(self.slots[slot].key);
            if slot.wrapping_sub(home) & mask >= slot.wrapping_sub(hole) & mask {
                self.slots.swap(hole, slot);
                hole = slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Keys differ in low bits; the product's high bits depend on all of them.
    #[inline]
    fn home(&self, key: u32) -> usize {
        (key.wrapping_mul(0x9E37_79B1) >> (u32::BITS - self.slots.len().trailing_zeros())) as usize
    }

    /// The slot of the number that is meant, or the empty one where it belongs. There is one: the table is never full.
    #[inline]
    fn probe(&self, key: u32, is: impl Fn(u32) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = self.home(key);
        loop {
            let there = self.slots[slot];
            if there.is_empty() || there.key == key && is(there.number) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
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
        let mut addresses = std::vec::Vec::new();
        for step in 0..100_000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Few addresses, so that they come again; unevenly spaced, so that they collide; some differ in no more than
            // what is not kept of them, where there are so many.
            let far = if usize::BITS > 35 { (random as usize >> 20 & 1) << (usize::BITS - 28) } else { 0 };
            let address = far + 4096 + (random % 512).pow(2) as usize * 8;
            addresses.push(address);
            let is = |number: u32| addresses[number as usize] == address;
            if random >> 60 < 9 {
                assert!(index.reserve());
                assert_eq!(index.insert(address, step, is), model.insert(address, step));
            } else {
                index.remove(address, is);
                model.remove(&address);
            }
            assert_eq!(index.get(address, is), model.get(&address).copied());
            assert_eq!(index.len, model.len());
        }
        let get = |address| index.get(address, |number| addresses[number as usize] == address);
        assert!(model.iter().all(|(address, number)| get(*address) == Some(*number)));
    }
}
