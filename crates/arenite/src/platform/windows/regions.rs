//! All regions of the process.

use super::{WinError, region::Region};
use allocator_api2::vec::Vec;
use core::ops::Range;
use std::alloc::System;

/// Regions in the order of their addresses, apart from each other.
pub(super) struct Regions {
    list: Vec<Region, System>,
}

impl Regions {
    pub(super) const fn new() -> Self {
        Self { list: Vec::new_in(System) }
    }

    /// The index of the first region that ends above `address`.
    fn first_above(&self, address: usize, page: usize) -> usize {
        self.list.partition_point(|region| region.base + region.pages * page <= address)
    }

    /// The region that `address` lies in.
    pub(super) fn find(&mut self, address: usize, page: usize) -> Option<&mut Region> {
        let at = self.first_above(address, page);
        self.list.get_mut(at).filter(|region| region.base <= address)
    }

    /// Where the first region above `address` starts.
    pub(super) fn next_base(&self, address: usize, page: usize) -> Option<usize> {
        self.list.get(self.first_above(address, page)).map(|region| region.base)
    }

    pub(super) fn overlaps(&self, range: &Range<usize>, page: usize) -> bool {
        self.next_base(range.start, page).is_some_and(|base| base < range.end)
    }

    /// Room for one more.
    ///
    /// # Errors
    /// `ERROR_NOT_ENOUGH_MEMORY`.
    pub(super) fn reserve(&mut self) -> Result<(), WinError> {
        self.list.try_reserve(1).map_err(|_| WinError::NOT_ENOUGH_MEMORY)
    }

    /// Enters a region that overlaps no other. Room for it was reserved.
    pub(super) fn insert(&mut self, region: Region) {
        let at = self.list.partition_point(|other| other.base < region.base);
        self.list.insert(at, region);
    }

    pub(super) fn remove(&mut self, base: usize) {
        self.list.retain(|region| region.base != base);
    }
}
