//! Which object stands in for which slot.

use super::{Metadata, index::Index};
use allocator_api2::vec::Vec;

/// Pairs of addresses: of a slot that is taken, and of the object that the program was given in its place. Either leads
/// to the other, in O(1).
pub(super) struct StandIns {
    pairs: Vec<Pair, Metadata>,
    by_object: Index,
    by_slot: Index,
}

#[derive(Clone, Copy)]
struct Pair {
    object: usize,
    slot: usize,
}

impl StandIns {
    pub(super) const fn new() -> Self {
        Self { pairs: Vec::new_in(Metadata), by_object: Index::new(), by_slot: Index::new() }
    }

    /// Notes a pair, neither of which is in one already. `false`: there is no memory for that.
    pub(super) fn insert(&mut self, object: usize, slot: usize) -> bool {
        let number = self.pairs.len() as u32;
        let room = self.pairs.try_reserve(1).is_ok() && self.by_object.reserve() && self.by_slot.reserve();
        if room {
            self.pairs.push(Pair { object, slot });
            self.by_object.insert(object, number, |_| false);
            self.by_slot.insert(slot, number, |_| false);
        }
        room
    }

    pub(super) fn slot_of(&self, object: usize) -> Option<usize> {
        self.number_of(object).map(|number| self.pairs[number as usize].slot)
    }

    pub(super) fn object_of(&self, slot: usize) -> Option<usize> {
        let is = |number| self.pairs[number as usize].slot == slot;
        self.by_slot.get(slot, is).map(|number| self.pairs[number as usize].object)
    }

    fn number_of(&self, object: usize) -> Option<u32> {
        self.by_object.get(object, |number| self.pairs[number as usize].object == object)
    }

    /// Parts a pair; the slot.
    pub(super) fn remove(&mut self, object: usize) -> Option<usize> {
        let number = self.number_of(object)?;
        let Pair { slot, .. } = self.pairs.swap_remove(number as usize);
        self.by_object.remove(object, |known| known == number);
        self.by_slot.remove(slot, |known| known == number);
        if let Some(&moved) = self.pairs.get(number as usize) {
            // Its number changes; the entries are there, so no room is needed.
            let before = self.pairs.len() as u32;
            self.by_object.insert(moved.object, number, |known| known == before);
            self.by_slot.insert(moved.slot, number, |known| known == before);
        }
        Some(slot)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;

    #[test]
    fn pairs_are_found_from_both_sides_until_they_are_parted() {
        let (mut pairs, mut model) = (StandIns::new(), BTreeMap::new());
        let mut random = 88_172_645_463_325_252_u64;
        for _ in 0..20_000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let object = 0x1_0000 + (random % 64) as usize * 8;
            let slot = object + 0x10_0000;
            if model.remove(&object).is_some() {
                assert_eq!(pairs.remove(object), Some(slot));
            } else {
                assert_eq!(pairs.remove(object), None);
                assert!(pairs.insert(object, slot));
                model.insert(object, slot);
            }
            for (&object, &slot) in &model {
                assert_eq!((pairs.slot_of(object), pairs.object_of(slot)), (Some(slot), Some(object)));
            }
            assert_eq!(pairs.pairs.len(), model.len());
        }
    }
}
