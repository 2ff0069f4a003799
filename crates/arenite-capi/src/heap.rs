//! Heaps: `arenite/heap.h`.

use crate::{
    border::enter,
    error::{Code, Noted, note},
    handle::Handle,
    registry::{self, held},
};
use arenite_lib::{Heap, HeapOptions};
use std::{
    alloc::Layout,
    ffi::c_void,
    ptr::{NonNull, null_mut},
    sync::Arc,
};

/// `arenite_heap *`: a handle in the shape of a pointer.
type HeapPtr = *mut c_void;

held!(Arc<Heap>, Heap);

/// Blocks lie at multiples of 16, as those of `malloc`.
const ALIGN: usize = 16;

fn layout(size: usize) -> Result<Layout, Noted> {
    if size == 0 {
        return Err(note(Code::ZeroSize, format_args!("0 bytes were asked for; ask for 1 at least")));
    }
    Layout::from_size_align(size, ALIGN).map_err(|_| {
        note(Code::Overflow, format_args!("no memory has {size} bytes: check what was added or multiplied"))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_create_default() -> HeapPtr {
    enter("arenite_heap_create_default", null_mut(), || {
        Ok(registry::insert(Arc::new(HeapOptions::new().try_build()?))?.to_c())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_destroy(heap: HeapPtr) -> bool {
    enter("arenite_heap_destroy", false, || {
        if heap.is_null() {
            return Ok(true);
        }
        drop(registry::remove::<Arc<Heap>>(Handle::from_c(heap), |_| Ok(()))?);
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_alloc(heap: HeapPtr, size: usize) -> *mut c_void {
    enter("arenite_heap_alloc", null_mut(), || {
        let heap = registry::find::<Arc<Heap>>(Handle::from_c(heap))?;
        Ok(heap.try_alloc(layout(size)?)?.as_ptr().cast())
    })
}

/// # Safety
/// If `block` is a live block of the heap, nobody uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_heap_free(heap: HeapPtr, block: *mut c_void) -> bool {
    enter("arenite_heap_free", false, || {
        let Some(block) = NonNull::new(block.cast()) else { return Ok(true) };
        let heap = registry::find::<Arc<Heap>>(Handle::from_c(heap))?;
        // SAFETY: the caller's promise.
        unsafe { heap.try_free(block) }?;
        Ok(true)
    })
}
