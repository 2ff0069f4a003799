//! A table by address, or another number, in memory of its own.

use allocator_api2::{alloc::Allocator, vec::Vec};

/// From the start of a block to what is known of it. Open addressing with linear probing, no tombstones; two thirds full
/// at the most.
pub(crate) struct Table<V, M: Allocator> {
    slots: Vec<Option<(usize, V)>, M>,
    len: usize,
}

impl<V, M: Allocator> Table<V, M> {
    pub(crate) const fn new(metadata: M) -> Self {
        Self { slots: Vec::new_in(metadata), len: 0 }
    }

    pub(crate) fn metadata(&self) -> &M {
        self.slots.allocator()
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Addresses differ in the bits above the alignment; the product's high bits depend on all of them.
    fn home(&self, address: usize) -> usize {
        const ODD: usize = 0x9E37_79B9_7F4A_7C15_u64 as usize;
        let mixed = (address >> 3 ^ address << (usize::BITS - 3)).wrapping_mul(ODD);
        mixed >> (usize::BITS - self.slots.len().trailing_zeros())
    }

    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    /// The slot that holds `address`, or the empty one where it belongs. There is one: the table is never full.
    fn probe(&self, address: usize) -> usize {
        let mut slot = self.home(address);
        while self.slots[slot].as_ref().is_some_and(|(held, _)| *held != address) {
            slot = self.after(slot);
        }
        slot
    }

    /// Room for one more entry, so that the next insertion cannot fail. `false`: the metadata's allocator has no memory.
    pub(crate) fn reserve(&mut self) -> bool
    where
        M: Clone,
    {
        if (self.len + 1) * 3 <= self.slots.len() * 2 {
            return true;
        }
        let size = (self.slots.len() * 2).max(64);
        let mut slots = Vec::new_in(self.slots.allocator().clone());
        if slots.try_reserve_exact(size).is_err() {
            return false;
        }
        slots.resize_with(size, || None);
        for (address, value) in core::mem::replace(&mut self.slots, slots).into_iter().flatten() {
            let slot = self.probe(address);
            self.slots[slot] = Some((address, value));
        }
        true
    }

    /// Enters a block; there must be room reserved. What was known of the address before is forgotten.
    pub(crate) fn insert(&mut self, address: usize, value: V) {
        let slot = self.probe(address);
        self.len += usize::from(self.slots[slot].is_none());
        self.slots[slot] = Some((address, value));
    }

    pub(crate) fn get(&self, address: usize) -> Option<&V> {
        if self.len == 0 {
            return None;
        }
        self.slots[self.probe(address)].as_ref().map(|(_, value)| value)
    }

    #[cfg(feature = "std")] // As its only user.
    pub(crate) fn get_mut(&mut self, address: usize) -> Option<&mut V> {
        if self.len == 0 {
            return None;
        }
        let slot = self.probe(address);
        self.slots[slot].as_mut().map(|(_, value)| value)
    }

    pub(crate) fn remove(&mut self, address: usize) -> Option<V> {
        if self.len == 0 {
            return None;
        }
        let mut hole = self.probe(address);
        let (_, value) = self.slots[hole].take()?;
        self.len -= 1;
        // What was pushed past the hole by a collision moves into it, so that probing still finds it.
        let mut slot = self.after(hole);
        while let Some((held, _)) = &self.slots[slot] {
            let mask = self.slots.len() - 1;
            let home = self.home(*held);
            if slot.wrapping_sub(home) & mask >= slot.wrapping_sub(hole) & mask {
                self.slots.swap(hole, slot);
                hole = slot;
            }
            slot = self.after(slot);
        }
        Some(value)
    }

    pub(crate) fn clear(&mut self) {
        self.slots.iter_mut().for_each(|slot| *slot = None);
        self.len = 0;
    }

    /// The first entry from a slot on that is wanted, and its slot. Changing values in between keeps the slots.
    #[cfg(feature = "std")] // As its only user.
    pub(crate) fn next(&self, slot: usize, wanted: impl Fn(&V) -> bool) -> Option<(usize, usize)> {
        let mut slots = self.slots.iter().enumerate().skip(slot);
        slots.find_map(|(at, entry)| {
            entry.as_ref().filter(|(_, value)| wanted(value)).map(|(address, _)| (at, *address))
        })
    }

    /// Every entry, in no order. O(capacity).
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &V)> {
        self.slots.iter().flatten().map(|(address, value)| (*address, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;

    #[test]
    fn a_table_holds_what_a_map_would_through_insertions_and_removals() {
        let mut table = Table::new(allocator_api2::alloc::Global);
        let mut model = BTreeMap::new();
        let mut random = 88_172_645_463_325_252_u64;
        for step in 0..100_000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Few addresses, close together, so that they collide and come again.
            let address = 4096 + (random % 512) as usize * 16;
            if random >> 60 < 9 {
                assert!(table.reserve());
                table.insert(address, step);
                model.insert(address, step);
            } else {
                assert_eq!(table.remove(address), model.remove(&address));
            }
            assert_eq!(table.get(address), model.get(&address));
            assert_eq!(table.len(), model.len());
        }
        assert!(table.iter().all(|(address, value)| model[&address] == *value));
        assert_eq!(table.iter().count(), model.len());
        table.clear();
        assert!(table.len() == 0 && table.get(4096).is_none());
    }
}
