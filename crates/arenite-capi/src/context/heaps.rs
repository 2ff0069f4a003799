//! The heaps that are allocators: a block of one is the heap's own to know, by its address alone.

use crate::{error::Noted, given::no_memory, handle::Handle, heap};
use arenite_lib::Heap;
use std::{
    ptr::NonNull,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Their handles, each once.
static HEAPS: Mutex<Vec<Handle>> = Mutex::new(Vec::new());
/// Whether there is one. Relaxed: who has a block of one was given it after that.
static ANY: AtomicBool = AtomicBool::new(false);

/// Notes that C has made an allocator of the heap.
pub(crate) fn note(heap: Handle) -> Result<(), Noted> {
    let mut heaps = HEAPS.lock().unwrap_or_else(PoisonError::into_inner);
    if heaps.len() == heaps.capacity() {
        heaps.retain(|&heap| heap::peek_shared(heap).is_some());
    }
    if !heaps.contains(&heap) {
        heaps.try_reserve(1).map_err(|_| no_memory("a note of an allocator"))?;
        heaps.push(heap);
        ANY.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// The heap is about to be destroyed: nobody asks it any more.
pub(crate) fn forget(heap: Handle) {
    if ANY.load(Ordering::Relaxed) {
        HEAPS.lock().unwrap_or_else(PoisonError::into_inner).retain(|&known| known != heap);
    }
}

/// The one that has memory at the address: a live block of it, or one that it knows to have been. O(heaps that are
/// allocators).
pub(super) fn find(block: NonNull<u8>) -> Option<Arc<Heap>> {
    if !ANY.load(Ordering::Relaxed) {
        return None;
    }
    // Under the lock none of them is destroyed: most have nothing to do with the block.
    let heaps = HEAPS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut there = heaps.iter().filter_map(|&heap| heap::peek_shared(heap));
    there.find(|heap| heap.usable_size(block).is_some() || heap.holds_address(block.addr().get())).map(Arc::clone)
}
