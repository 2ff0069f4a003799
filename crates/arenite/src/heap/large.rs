//! The blocks that have memory of their own: those above the classes, and all of a pass-through heap.
//!
//! A hash table from addresses to layouts, beside the blocks and not before them: a block of 64 KiB takes 64 KiB. What was
//! freed stays in it, marked, until the table is made anew, so that a second free is known as one.

use super::{memory::Memory, table::at};
use crate::error::ErrorKind;
use core::{alloc::Layout, ptr::NonNull};

/// One place of the table. Address 0: never used.
#[derive(Clone, Copy)]
struct Place {
    address: usize,
    size: usize,
    /// The alignment, or 0 when the block was freed.
    align: usize,
}

const EMPTY: Place = Place { address: 0, size: 0, align: 0 };

/// The table. Its memory is the heap's.
pub(super) struct Large {
    places: Option<NonNull<Place>>,
    capacity: usize,
    /// Places that are not empty.
    used: usize,
    pub(super) live: usize,
    pub(super) bytes: usize,
}

// SAFETY: the table's memory is its own.
unsafe impl Send for Large {}

impl Large {
    pub(super) const fn new() -> Self {
        Self { places: None, capacity: 0, used: 0, live: 0, bytes: 0 }
    }

    pub(super) fn has_table(&self) -> bool {
        self.places.is_some()
    }

    fn places(&self) -> &[Place] {
        // SAFETY: initialised places of the table's own memory.
        self.places.map_or(&[], |places| unsafe { core::slice::from_raw_parts(places.as_ptr(), self.capacity) })
    }

    fn places_mut(&mut self) -> &mut [Place] {
        // SAFETY: as in `places`; borrowed from `self` exclusively.
        self.places.map_or(&mut [], |places| unsafe { core::slice::from_raw_parts_mut(places.as_ptr(), self.capacity) })
    }

    /// The place of `address`, or the first one that could be.
    fn index(&self, address: usize) -> usize {
        let places = self.places();
        let mask = self.capacity - 1;
        // Fibonacci hashing of the part of an address that varies.
        let mut index = ((address >> 4).wrapping_mul(0x9E37_79B9) >> 4) & mask;
        while places[index].address != 0 && places[index].address != address {
            index = (index + 1) & mask;
        }
        index
    }

    fn place(&self, address: usize) -> Option<Place> {
        if self.capacity == 0 {
            return None;
        }
        Some(self.places()[self.index(address)]).filter(|place| place.address == address)
    }

    fn layout_of(capacity: usize) -> Result<Layout, ErrorKind> {
        Layout::array::<Place>(capacity).map_err(|_| ErrorKind::CapacityOverflow)
    }

    /// Makes room for one more block.
    pub(super) fn reserve(&mut self, memory: &mut Memory) -> Result<(), ErrorKind> {
        if self.used < self.capacity / 4 * 3 {
            return Ok(());
        }
        let capacity = ((self.live + 1).next_power_of_two() * 2).max(32);
        let (block, _) = memory.take(Self::layout_of(capacity)?)?;
        let places = block.cast::<Place>();
        for index in 0..capacity {
            // SAFETY: the block has so many places.
            unsafe { places.add(index).write(EMPTY) };
        }
        let mut next = Self { places: Some(places), capacity, used: 0, live: 0, bytes: 0 };
        self.places().iter().filter(|place| place.align != 0).for_each(|place| next.put(*place));
        core::mem::swap(self, &mut next);
        // SAFETY: the old table, which nobody has any more.
        unsafe { next.free(memory) };
        Ok(())
    }

    fn put(&mut self, place: Place) {
        let index = self.index(place.address);
        if self.places()[index].address == 0 {
            self.used += 1;
        }
        self.places_mut()[index] = place;
        self.live += 1;
        self.bytes += place.size;
    }

    /// Enters a block, for which there is room.
    pub(super) fn insert(&mut self, block: NonNull<u8>, layout: Layout) {
        self.put(Place { address: block.addr().get(), size: layout.size(), align: layout.align() });
    }

    /// The layout of the live block at `address`.
    pub(super) fn get(&self, address: usize) -> Option<Layout> {
        let place = self.place(address).filter(|place| place.align != 0)?;
        Layout::from_size_align(place.size, place.align).ok()
    }

    /// Whether the last block at `address` was freed.
    pub(super) fn was_freed(&self, address: usize) -> bool {
        self.place(address).is_some_and(|place| place.align == 0)
    }

    /// Marks the live block at `address` as freed.
    pub(super) fn remove(&mut self, address: usize) -> Option<Layout> {
        let layout = self.get(address)?;
        let index = self.index(address);
        self.places_mut()[index].align = 0;
        self.live -= 1;
        self.bytes -= layout.size();
        Some(layout)
    }

    /// The live block that holds `address`. O(blocks): for messages.
    pub(super) fn around(&self, address: usize) -> Option<usize> {
        self.live().map(|(block, _)| block).find(|&(start, size)| address.wrapping_sub(start) < size).map(|(at, _)| at)
    }

    /// Start and size, and alignment, of each live block.
    pub(super) fn live(&self) -> impl Iterator<Item = ((usize, usize), usize)> + '_ {
        self.places().iter().filter(|place| place.align != 0).map(|place| ((place.address, place.size), place.align))
    }

    /// Notes that the live block at `address` has `size` bytes from now on.
    pub(super) fn set_size(&mut self, address: usize, size: usize) {
        let index = self.index(address);
        let place = &mut self.places_mut()[index];
        let before = core::mem::replace(&mut place.size, size);
        self.bytes = self.bytes - before + size;
    }

    /// Gives all blocks back, and the table.
    ///
    /// # Safety
    /// Nobody uses them any more; the blocks came from `memory`.
    pub(super) unsafe fn destroy(&mut self, memory: &mut Memory) {
        for ((start, size), align) in self.live() {
            // SAFETY: an entered block, with the layout that it was entered with.
            unsafe {
                let block = NonNull::new_unchecked(at::<u8>(start));
                Memory::leave(block, size);
                memory.give(block, Layout::from_size_align_unchecked(size, align), size);
            }
        }
        // SAFETY: the caller's promise.
        unsafe { self.free(memory) };
        *self = Self::new();
    }

    /// # Safety
    /// The table is not used any more; its memory came from `memory`.
    unsafe fn free(&mut self, memory: &mut Memory) {
        if let (Some(places), Ok(layout)) = (self.places.take(), Self::layout_of(self.capacity)) {
            // SAFETY: the caller's promise. What the block held before the table is not known.
            unsafe { memory.give(places.cast(), layout, usize::MAX) };
        }
    }
}
