//! What rings, stacks and pools of blocks are made in.

use crate::{
    error::{Code, Noted, note},
    given::{self, Options},
    handle::Handle,
    registry,
};
use arenite_lib::{Node, RangeOptions};
use std::{
    ffi::{c_char, c_void},
    mem::MaybeUninit,
    slice,
};

/// `arenite_range_options`.
#[repr(C)]
pub struct RangeOptionsC {
    size: usize,
    pub(crate) name: *const c_char,
    pub(crate) parent: *mut c_void,
    pub(crate) memory: *mut c_void,
    pub(crate) bytes: usize,
}

// SAFETY: numbers and pointers, whose first field is the size.
unsafe impl Options for RangeOptionsC {
    const NAME: &'static str = "arenite_range_options";
}

/// What pays: a node of this name below that parent; none when neither is given.
///
/// # Safety
/// `name` is NULL or a C string.
pub(crate) unsafe fn node(
    name: *const c_char,
    parent: *mut c_void,
    unnamed: &'static str,
) -> Result<Option<Node>, Noted> {
    // SAFETY: the caller's promise.
    let name = unsafe { given::name(name) }?;
    if name.is_none() && parent.is_null() {
        return Ok(None);
    }
    let mut node = Node::new(name.unwrap_or_else(|| unnamed.to_owned()));
    if !parent.is_null() {
        node = node.parent(registry::find::<Node>(Handle::from_c(parent))?);
    }
    Ok(Some(node.build()))
}

/// The caller's memory.
///
/// # Safety
/// Valid for so many bytes that nobody else uses as long as what is made in it lives.
pub(crate) unsafe fn buffer(memory: *mut c_void, bytes: usize) -> Result<&'static mut [MaybeUninit<u8>], Noted> {
    if bytes > isize::MAX as usize || memory.addr().checked_add(bytes).is_none() {
        return Err(note(
            Code::Overflow,
            format_args!("{bytes} bytes from {memory:p} on are more than any memory has"),
        ));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { slice::from_raw_parts_mut(memory.cast(), bytes) })
}

/// A range by these options.
///
/// # Safety
/// As [`node`] and [`buffer`].
pub(crate) unsafe fn range(given: &RangeOptionsC, unnamed: &'static str) -> Result<RangeOptions<'static>, Noted> {
    given::small_change()?;
    let range = if given.memory.is_null() {
        if given.bytes == 0 {
            return Err(note(
                Code::BadArgument,
                format_args!("{unnamed} of 0 bytes: set bytes in arenite_range_options"),
            ));
        }
        RangeOptions::reserve(given.bytes)
    } else {
        // SAFETY: the caller's promise.
        RangeOptions::buffer(unsafe { buffer(given.memory, given.bytes) }?)
    };
    // SAFETY: the caller's promise.
    let node = unsafe { node(given.name, given.parent, unnamed) }?;
    Ok(match node {
        Some(node) => range.node(&node),
        None => range,
    })
}

/// An alignment, 16 at least, and a size that is not 0, as a layout.
pub(crate) fn layout(size: usize, align: usize) -> Result<std::alloc::Layout, Noted> {
    if size == 0 {
        return Err(given::zero_size());
    }
    if !align.is_power_of_two() || align > 2 << 20 {
        return Err(note(
            Code::BadAlignment,
            format_args!("{align} is no alignment; they are powers of two from 1 to 2 MiB"),
        ));
    }
    std::alloc::Layout::from_size_align(size, align.max(16))
        .map_err(|_| note(Code::Overflow, format_args!("no memory has {size} bytes: check how the size was computed")))
}

/// A layout for a fast path: of a size from 1, at multiples of 16.
#[inline(always)]
pub(crate) fn layout_at_hand(size: usize) -> Option<std::alloc::Layout> {
    if size == 0 { None } else { std::alloc::Layout::from_size_align(size, 16).ok() }
}

/// What is in use for the moment by a call further up the stack.
#[cold]
pub(crate) fn busy(name: &'static str) -> Noted {
    note(Code::Busy, format_args!("{name} is in use by the call that made this callback; use it after that"))
}

/// What goes with the system that it belongs to.
#[cold]
pub(crate) fn of_a_system(name: &'static str) -> Noted {
    note(
        Code::BadArgument,
        format_args!("{name} of a memory system cannot go alone; it goes with arenite_memory_destroy"),
    )
}
