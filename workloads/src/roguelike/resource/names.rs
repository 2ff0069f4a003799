//! From a name to its place in an array, whatever the capitals.

use hashbrown::HashMap;

use crate::memory::{Alloc, Temp};
use crate::roguelike::{StableState, Text};

/// A map from case-folded names to places in an array.
///
/// It is built when the array is complete and holds places, not addresses: an array that still grows would move its
/// elements from under the map.
pub struct NameIndex<A: Alloc> {
    places: HashMap<Text<A>, u16, StableState, A>,
}

impl<A: Alloc> NameIndex<A> {
    /// An index without names, ready for `count`.
    pub fn with_capacity_in(count: usize, alloc: A) -> Self {
        Self { places: HashMap::with_capacity_and_hasher_in(count, StableState, alloc) }
    }

    /// An index of `names` in their order.
    ///
    /// # Errors
    /// The place of the first name that came before.
    ///
    /// # Panics
    /// With more than 65,536 names.
    pub fn of<'n>(names: impl ExactSizeIterator<Item = &'n str>, alloc: A) -> Result<Self, usize> {
        let mut index = Self::with_capacity_in(names.len(), alloc);
        for (place, name) in names.enumerate() {
            let number = u16::try_from(place).expect("places are 16 bits wide");
            if index.insert(name, number).is_some() {
                return Err(place);
            }
        }
        Ok(index)
    }

    /// Lets `name` mean `place` and tells what it meant before.
    pub fn insert(&mut self, name: &str, place: u16) -> Option<u16> {
        let key = Text::folded_in(name, *self.places.allocator());
        self.places.insert(key, place)
    }

    /// The place of `name`, in whatever capitals.
    pub fn find(&self, name: &str, temp: &impl Temp) -> Option<u16> {
        let own = temp.nested();
        let key = Text::folded_in(name, own.alloc());
        self.places.get(key.as_bytes()).copied()
    }

    /// How many names it knows.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;
    use crate::memory::PlainTemp;

    #[test]
    fn names_are_found_in_any_capitals() {
        let index = NameIndex::of(["Granite Wall", "FLOOR"].into_iter(), Global).expect("distinct");
        assert_eq!(index.find("granite wall", &PlainTemp), Some(0));
        assert_eq!(index.find("GRANITE WALL", &PlainTemp), Some(0));
        assert_eq!(index.find("Floor", &PlainTemp), Some(1));
        assert_eq!(index.find("granite", &PlainTemp), None);
    }

    #[test]
    fn two_names_that_differ_only_in_capitals_clash() {
        assert_eq!(NameIndex::of(["Door", "Wall", "dOOr"].into_iter(), Global).err(), Some(2));
    }
}
