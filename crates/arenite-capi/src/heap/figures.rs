//! A heap's figures.

use super::{HeapPtr, find, own, peek};
use crate::{
    border::enter,
    given::{self, null},
};
use arenite_lib::HeapStats;
use std::{
    ffi::{c_int, c_void},
    ptr::NonNull,
};

/// `arenite_heap_stats`.
#[repr(C)]
pub struct HeapStatsC {
    live: usize,
    live_bytes: usize,
    held: usize,
    high_water: usize,
    blocks_taken: usize,
    blocks_returned: usize,
    segments: usize,
    large: usize,
    shards: usize,
}

/// # Safety
/// `stats` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_heap_get_stats(heap: HeapPtr, stats: *mut HeapStatsC) -> bool {
    enter("arenite_heap_get_stats", false, || {
        let HeapStats { live, live_bytes, held, high_water, blocks_taken, blocks_returned, segments, large, shards } =
            find(heap)?.stats();
        if stats.is_null() {
            return Err(null("the stats"));
        }
        let figures = HeapStatsC {
            live,
            live_bytes,
            held,
            high_water,
            blocks_taken: blocks_taken as usize,
            blocks_returned: blocks_returned as usize,
            segments,
            large,
            shards,
        };
        // SAFETY: the caller's promise.
        unsafe { stats.write(figures) };
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_usable_size(heap: HeapPtr, block: *const c_void) -> usize {
    // Some clients ask for each block that they free, twice.
    // SAFETY: the heap lives as long as its handle; this thread made it, or one that has ended.
    match own(heap).and_then(|own| unsafe { own.size(block.addr()) }) {
        Some(size) => size,
        None => usable_size_cold(heap, block),
    }
}

#[cold]
#[inline(never)]
extern "C" fn usable_size_cold(heap: HeapPtr, block: *const c_void) -> usize {
    let at_hand = || peek(heap)?.size_at_hand(NonNull::new(block.cast_mut().cast())?);
    if let Some(size) = at_hand() {
        return size;
    }
    enter("arenite_heap_usable_size", 0, || {
        let heap = find(heap)?;
        let block = NonNull::new(block.cast_mut().cast()).ok_or_else(|| null("the block"))?;
        heap.usable_size(block).ok_or_else(|| heap.why_not_live(block).into())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_owns(heap: HeapPtr, address: *const c_void) -> bool {
    enter("arenite_heap_owns", false, || Ok(find(heap)?.owns(address.cast())))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_trim(heap: HeapPtr) -> usize {
    enter("arenite_heap_trim", 0, || Ok(find(heap)?.trim()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_check(heap: HeapPtr) -> usize {
    enter("arenite_heap_check", 0, || Ok(find(heap)?.check()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_set_grade(heap: HeapPtr, grade: c_int) -> bool {
    enter("arenite_heap_set_grade", false, || {
        find(heap)?.set_grade(given::grade(grade)?);
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_grade(heap: HeapPtr) -> c_int {
    enter("arenite_heap_grade", 0, || Ok(find(heap)?.grade() as c_int))
}
