//! From an address to the node that owns it.
//!
//! Blocks of whole 64 KiB granules are entered when they are taken (or committed, in a reserved range) and removed when
//! they go back, on cold paths only. A lookup is two loads and takes no lock. One layout serves every target: a first
//! level of 2^16 pointers to second levels of 2^16 entries covers 48 bits of address; with 32 bits the first level has a
//! single entry. (A flat table in one reserved range would save one load but needs 16 GiB of address space, which
//! valgrind and limited containers refuse.)

use crate::node::NodeId;

/// The process's map. Blocks smaller than a granule (chunks from the C heap) are not in it: their arena knows them.
pub(crate) struct AddressMap;

#[cfg(not(feature = "std"))]
impl AddressMap {
    pub(crate) fn insert(_base: usize, _size: usize, _owner: NodeId) {}
    pub(crate) fn remove(_base: usize, _size: usize) {}
    pub(crate) fn find(_address: usize) -> Option<NodeId> {
        None
    }
}

#[cfg(feature = "std")]
impl AddressMap {
    /// Enters the whole granules of a block.
    pub(crate) fn insert(base: usize, size: usize, owner: NodeId) {
        table::fill(base, size, owner.to_entry());
    }

    /// Removes the whole granules of a block.
    pub(crate) fn remove(base: usize, size: usize) {
        table::fill(base, size, 0);
    }

    /// The owner of the granule that holds `address`.
    pub(crate) fn find(address: usize) -> Option<NodeId> {
        NodeId::from_entry(table::get(address))
    }
}

#[cfg(feature = "std")]
mod table {
    use super::super::{os, reservation::GRANULE};
    use crate::sync::{AtomicPtr, AtomicU32, Ordering};
    use core::ptr::null_mut;

    const SECOND_BITS: u32 = 16;
    const SECOND: usize = 1 << SECOND_BITS;
    const ADDRESS_BITS: u32 = if usize::BITS == 64 { 48 } else { 32 };
    const FIRST: usize = 1 << (ADDRESS_BITS - GRANULE.trailing_zeros() - SECOND_BITS);

    type Second = [AtomicU32; SECOND];

    /// Second levels are mapped on first need and never freed.
    static FIRST_LEVEL: [AtomicPtr<Second>; FIRST] = [const { AtomicPtr::new(null_mut()) }; FIRST];

    fn second(index: usize) -> Option<&'static Second> {
        // Acquire pairs with the release in `create`: whoever sees the pointer sees its zeroed table.
        let table = FIRST_LEVEL.get(index)?.load(Ordering::Acquire);
        // SAFETY: a pointer in the first level is a live, zeroed, never unmapped table of atomics.
        unsafe { table.as_ref() }
    }

    fn create(index: usize) -> Option<&'static Second> {
        let size = size_of::<Second>();
        let fresh = os::reserve(size).ok()?;
        // SAFETY: our own fresh mapping, a whole number of pages.
        if unsafe { os::commit(fresh.as_ptr(), size) }.is_err() {
            // SAFETY: our own fresh mapping, unused.
            unsafe { os::release(fresh.as_ptr(), size) };
            return None;
        }
        let slot = FIRST_LEVEL.get(index)?;
        // Release pairs with the acquire in `second`.
        if slot.compare_exchange(null_mut(), fresh.as_ptr().cast(), Ordering::Release, Ordering::Relaxed).is_err() {
            // SAFETY: another thread was first; ours was never seen.
            unsafe { os::release(fresh.as_ptr(), size) };
        }
        second(index)
    }

    /// An entry missing for want of memory makes a block unknown to the map, never wrong.
    pub(super) fn fill(base: usize, size: usize, entry: u32) {
        let first = base.div_ceil(GRANULE);
        let last = (base + size) / GRANULE;
        for granule in first..last {
            let index = granule >> SECOND_BITS;
            let table = if entry == 0 { second(index) } else { second(index).or_else(|| create(index)) };
            if let Some(table) = table {
                // Relaxed: a reader on another thread learns of the block by other means than this entry.
                table[granule & (SECOND - 1)].store(entry, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn get(address: usize) -> u32 {
        let granule = address / GRANULE;
        second(granule >> SECOND_BITS).map_or(0, |table| table[granule & (SECOND - 1)].load(Ordering::Relaxed))
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    const GRANULE: usize = 64 << 10;
    /// Far from any real block, so that tests do not meet the arenas of other tests.
    const BASE: usize = if usize::BITS == 64 { 0x7000_0000_0000 } else { 0x1000_0000 };

    #[test]
    fn every_granule_of_a_block_is_known_until_it_is_removed() {
        let owner = NodeId::for_test(41);
        AddressMap::insert(BASE, 3 * GRANULE, owner);
        for address in [BASE, BASE + GRANULE - 1, BASE + 3 * GRANULE - 1] {
            assert_eq!(AddressMap::find(address), Some(owner));
        }
        assert_eq!(AddressMap::find(BASE - 1), None);
        assert_eq!(AddressMap::find(BASE + 3 * GRANULE), None);
        AddressMap::remove(BASE, 3 * GRANULE);
        assert_eq!(AddressMap::find(BASE), None);
    }

    #[test]
    fn granules_that_a_block_holds_only_in_part_are_not_entered() {
        let base = BASE + 64 * GRANULE;
        AddressMap::insert(base + 8, 2 * GRANULE, NodeId::for_test(42));
        assert_eq!(AddressMap::find(base + 8), None);
        assert_eq!(AddressMap::find(base + GRANULE), Some(NodeId::for_test(42)));
        assert_eq!(AddressMap::find(base + 2 * GRANULE), None);
        AddressMap::remove(base + 8, 2 * GRANULE);
    }

    #[test]
    fn addresses_outside_the_mapped_space_have_no_owner() {
        assert_eq!(AddressMap::find(0), None);
        assert_eq!(AddressMap::find(usize::MAX), None);
    }
}
