//! Handles that are never followed: a slot and its generation.

use allocator_api2::vec::Vec;
use std::alloc::System;

/// Low bits that tell the kinds of handles apart, and each from a block's address, which is a multiple of 16.
const KIND_BITS: u32 = 4;
const INDEX_BITS: u32 = if usize::BITS == 64 { 28 } else { 16 };
const GENERATIONS: usize = 1 << (usize::BITS - KIND_BITS - INDEX_BITS);

struct Slot<T> {
    generation: usize,
    value: Option<T>,
}

/// Values by handle. A handle whose value was removed names nothing: its slot goes on with the next generation, and is
/// left alone when it has had them all.
pub(super) struct Slots<T> {
    slots: Vec<Slot<T>, System>,
    free: Vec<usize, System>,
    kind: usize,
}

impl<T> Slots<T> {
    /// Handles whose low four bits are `kind`, which is not 0.
    pub(super) const fn new(kind: usize) -> Self {
        Self { slots: Vec::new_in(System), free: Vec::new_in(System), kind }
    }

    /// Whether a number looks like one of these handles.
    pub(super) const fn is_kind(&self, handle: usize) -> bool {
        handle & ((1 << KIND_BITS) - 1) == self.kind
    }

    /// Enters a value. `None`: there is no memory for it, or all slots are taken.
    pub(super) fn insert(&mut self, value: T) -> Option<usize> {
        let index = match self.free.pop() {
            Some(index) => index,
            None if self.slots.len() < 1 << INDEX_BITS => {
                self.slots.try_reserve(1).ok()?;
                // So that a removal finds room.
                self.free.try_reserve(self.slots.len() + 1).ok()?;
                self.slots.push(Slot { generation: 1, value: None });
                self.slots.len() - 1
            }
            None => return None,
        };
        self.slots[index].value = Some(value);
        Some(self.handle(index))
    }

    fn index(&self, handle: usize) -> Option<usize> {
        let index = handle >> KIND_BITS & ((1 << INDEX_BITS) - 1);
        let slot = self.slots.get(index)?;
        (self.is_kind(handle) && slot.generation == handle >> (KIND_BITS + INDEX_BITS)).then_some(index)
    }

    /// What a handle names, for any number.
    pub(super) fn get(&mut self, handle: usize) -> Option<&mut T> {
        let index = self.index(handle)?;
        self.slots[index].value.as_mut()
    }

    /// The handle of the first value that is wanted. O(slots).
    pub(super) fn find(&self, wanted: impl Fn(&T) -> bool) -> Option<usize> {
        let index = self.slots.iter().position(|slot| slot.value.as_ref().is_some_and(&wanted))?;
        Some(self.handle(index))
    }

    fn handle(&self, index: usize) -> usize {
        self.slots[index].generation << (KIND_BITS + INDEX_BITS) | index << KIND_BITS | self.kind
    }

    pub(super) fn remove(&mut self, handle: usize) -> Option<T> {
        let index = self.index(handle)?;
        let slot = &mut self.slots[index];
        let value = slot.value.take()?;
        slot.generation += 1;
        if slot.generation < GENERATIONS {
            self.free.push(index);
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_names_its_value_until_it_is_removed_and_then_nothing() {
        let mut slots = Slots::new(8);
        let (one, two) = (slots.insert("one").unwrap(), slots.insert("two").unwrap());
        assert!(slots.is_kind(one) && !slots.is_kind(0x1000));
        assert_eq!(slots.get(one), Some(&mut "one"));
        assert_eq!(slots.get(two), Some(&mut "two"));
        assert_eq!(slots.remove(one), Some("one"));
        let three = slots.insert("three").unwrap();
        assert_ne!(three, one, "the same slot in another generation");
        for bad in [one, 0, 8, usize::MAX, usize::MAX & !7, two ^ 4, two + 16] {
            assert_eq!(slots.get(bad), None, "{bad:#x}");
            assert_eq!(slots.remove(bad), None, "{bad:#x}");
        }
        assert_eq!(slots.remove(three), Some("three"));
    }

    #[test]
    fn a_slot_that_has_had_all_its_generations_is_not_used_again() {
        let mut slots = Slots::new(4);
        let first = slots.insert(0).unwrap();
        slots.slots[0].generation = GENERATIONS - 1;
        let last = (GENERATIONS - 1) << (KIND_BITS + INDEX_BITS) | 4;
        assert_eq!(slots.get(first), None);
        assert_eq!(slots.remove(last), Some(0));
        let other = slots.insert(1).unwrap();
        assert_eq!(other >> KIND_BITS & 1, 1, "another slot");
    }
}
