//! How a heap is made.

use super::{HeapOf, HeapPtr};
use crate::{
    border::enter,
    given::{self, Options},
    handle::Handle,
    registry,
};
use arenite_lib::{HeapOptions, Node};
use std::{
    ffi::{c_char, c_uint, c_void},
    ptr::null_mut,
};

/// `arenite_heap_options`.
#[repr(C)]
pub struct HeapOptionsC {
    size: usize,
    name: *const c_char,
    tag: c_uint,
    parent: *mut c_void,
    limit: usize,
    retain: usize,
    hold: usize,
    pass_through: u8,
    report_leaks: u8,
}

// SAFETY: numbers and pointers, whose first field is the size.
unsafe impl Options for HeapOptionsC {
    const NAME: &'static str = "arenite_heap_options";
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_create_default() -> HeapPtr {
    enter("arenite_heap_create_default", null_mut(), || {
        given::small_change()?;
        Ok(registry::insert(HeapOf::new(HeapOptions::new().try_build()?))?.to_c())
    })
}

/// # Safety
/// `options` is NULL or what `arenite/heap.h` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_heap_create(options: *const HeapOptionsC) -> HeapPtr {
    enter("arenite_heap_create", null_mut(), || {
        // SAFETY: the caller's promise.
        let (given, name) = unsafe {
            let given = given::options(options)?;
            let name = given::name(given.name)?;
            (given, name)
        };
        given::small_change()?;
        let mut heap = HeapOptions::new().pass_through(given.pass_through != 0).report_leaks(given.report_leaks != 0);
        let tag = given::tag(given.tag)?;
        let parent = |node| registry::find::<Node>(Handle::from_c(node));
        let parent = (!given.parent.is_null()).then(|| parent(given.parent)).transpose()?;
        let node = given::node(name.as_deref(), tag, parent);
        if let Some(node) = &node {
            // Alive when a refusal names it.
            heap = heap.node(node);
        }
        if given.limit > 0 {
            heap = heap.limit(given.limit);
        }
        if given.retain > 0 {
            heap = heap.retain(given.retain);
        }
        if given.hold > 0 {
            heap = heap.hold(given.hold);
        }
        Ok(registry::insert(HeapOf::new(heap.try_build()?))?.to_c())
    })
}
