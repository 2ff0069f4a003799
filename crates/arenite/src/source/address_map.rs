//! From an address to the node that owns it.
//!
//! Blocks of whole 64 KiB granules are entered when they are taken (or committed, in a reserved range) and removed when
//! they go back, on cold paths only. A lookup is two loads and takes no lock. One layout serves every target: a first
//! level of 2^16 pointers to second levels of 2^16 entries covers 48 bits of address; with 32 bits the first level has a
//! single entry. (A flat table in one reserved range would save one load but needs 16 GiB of address space, which
//! valgrind and limited containers refuse.)
//!
//! Beside the node of each granule stands, for the segments of heaps, a number that says which heap's: a heap compares it
//! before it follows any pointer that it is asked to free.

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

    /// Enters the granule at `base` for `owner`, and as one of `heap`, which is not 0; false when there is no memory for the
    /// table, or the address is beyond it.
    #[inline]
    pub(crate) fn enter_segment(base: usize, heap: u64, owner: NodeId) -> bool {
        table::set_segment(base, heap, owner.to_entry())
    }

    /// Removes what [`enter_segment`](Self::enter_segment) entered for the granule at `base`.
    #[inline]
    pub(crate) fn leave_segment(base: usize) {
        table::set_segment(base, 0, 0);
    }

    /// The numbers of all granules of the window that holds `address`: 4 GiB at a multiple of that.
    pub(crate) fn window(address: usize) -> Option<&'static Window> {
        table::window(address)
    }

    /// What [`enter_segment`](Self::enter_segment) entered for the granule that holds `address`; 0 for none.
    #[inline(always)]
    pub(crate) fn heap_at(address: usize) -> u64 {
        table::heap_at(address)
    }
}

#[cfg(feature = "std")]
pub(crate) use table::{WINDOW_MASK, Window};

#[cfg(feature = "std")]
mod table {
    use super::super::{os, reservation::GRANULE};
    use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, Ordering};
    use core::ptr::null_mut;

    const SECOND_BITS: u32 = 16;
    const SECOND: usize = 1 << SECOND_BITS;
    const ADDRESS_BITS: u32 = if usize::BITS == 64 { 48 } else { 32 };
    const FIRST: usize = 1 << (ADDRESS_BITS - GRANULE.trailing_zeros() - SECOND_BITS);

    /// The offsets in a window: 4 GiB, less one.
    pub(crate) const WINDOW_MASK: usize = (SECOND as u64 * GRANULE as u64 - 1) as usize;
    /// The numbers of the heaps in a window, by granule.
    pub(crate) type Window = [AtomicU64; SECOND];

    struct Second {
        nodes: [AtomicU32; SECOND],
        heaps: Window,
    }

    /// Second levels are mapped on first need and never freed.
    static FIRST_LEVEL: [AtomicPtr<Second>; FIRST] = [const { AtomicPtr::new(null_mut()) }; FIRST];

    #[inline(always)]
    fn second(index: usize) -> Option<&'static Second> {
        // Acquire pairs with the release in `create`: whoever sees the pointer sees its zeroed table.
        let table = FIRST_LEVEL.get(index)?.load(Ordering::Acquire);
        // SAFETY: a pointer in the first level is a live, zeroed, never unmapped table of atomics.
        unsafe { table.as_ref() }
    }

    #[cold]
    fn create(index: usize) -> Option<&'static Second> {
        let size = size_of::<Second>();
        let fresh = os::reserve(size, 0).ok()?;
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
                table.nodes[granule & (SECOND - 1)].store(entry, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn get(address: usize) -> u32 {
        let granule = address / GRANULE;
        second(granule >> SECOND_BITS).map_or(0, |table| table.nodes[granule & (SECOND - 1)].load(Ordering::Relaxed))
    }

    #[inline]
    pub(super) fn window(address: usize) -> Option<&'static Window> {
        second((address / GRANULE) >> SECOND_BITS).map(|table| &table.heaps)
    }

    #[inline]
    pub(super) fn set_segment(base: usize, heap: u64, node: u32) -> bool {
        let granule = base / GRANULE;
        let index = granule >> SECOND_BITS;
        let table = second(index).or_else(|| if heap == 0 { None } else { create(index) });
        if let Some(table) = table {
            // Relaxed: who is given a block of the heap learns of it by other means.
            table.nodes[granule & (SECOND - 1)].store(node, Ordering::Relaxed);
            table.heaps[granule & (SECOND - 1)].store(heap, Ordering::Relaxed);
        }
        table.is_some()
    }

    #[inline(always)]
    pub(super) fn heap_at(address: usize) -> u64 {
        let granule = address / GRANULE;
        second(granule >> SECOND_BITS).map_or(0, |table| table.heaps[granule & (SECOND - 1)].load(Ordering::Relaxed))
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    const GRANULE: usize = 64 << 10;
    /// Far from any real block, so that tests do not meet the arenas of other tests.
    const BASE: usize = 0x1000_0000 << if usize::BITS == 64 { 19 } else { 0 };

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
    fn a_heaps_number_stands_for_its_granule_alone_and_beside_the_node() {
        let base = BASE + 128 * GRANULE;
        assert!(AddressMap::enter_segment(base, 7 << 32 | 9, NodeId::for_test(43)));
        assert_eq!(AddressMap::heap_at(base + GRANULE - 1), 7 << 32 | 9);
        assert_eq!((AddressMap::heap_at(base - 1), AddressMap::heap_at(base + GRANULE)), (0, 0));
        assert_eq!(AddressMap::find(base), Some(NodeId::for_test(43)));
        AddressMap::leave_segment(base);
        assert_eq!((AddressMap::heap_at(base), AddressMap::find(base)), (0, None));
        assert_eq!((AddressMap::heap_at(0), AddressMap::heap_at(usize::MAX)), (0, 0));
        assert!(
            cfg!(target_pointer_width = "32") || !AddressMap::enter_segment(usize::MAX, 1, NodeId::for_test(44)),
            "beyond the table"
        );
    }

    #[test]
    fn addresses_outside_the_mapped_space_have_no_owner() {
        assert_eq!(AddressMap::find(0), None);
        assert_eq!(AddressMap::find(usize::MAX), None);
    }
}
