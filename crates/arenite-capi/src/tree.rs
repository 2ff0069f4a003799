//! The lifetime tree, copied out: `arenite/tree.h`.

use crate::{
    border::enter,
    error::Noted,
    given,
    handle::Handle,
    registry,
    text::{copy_out, print},
};
use arenite_lib::{Node, report::Snapshot};
use std::ffi::{c_char, c_void};

/// `arenite_node *`.
type NodePtr = *mut c_void;

/// A node and what is below it; the whole process for NULL.
fn snapshot(root: NodePtr) -> Result<Snapshot, Noted> {
    given::small_change()?;
    if root.is_null() {
        return Ok(Snapshot::take());
    }
    Ok(Snapshot::of(registry::find::<Node>(Handle::from_c(root))?))
}

/// # Safety
/// `text` is NULL, or writable for `room` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_tree_text(root: NodePtr, text: *mut c_char, room: usize) -> usize {
    // SAFETY: the caller's promise.
    enter("arenite_tree_text", 0, || Ok(unsafe { copy_out(&snapshot(root)?.to_string(), text, room) }))
}

/// # Safety
/// `text` is NULL, or writable for `room` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_tree_json(root: NodePtr, text: *mut c_char, room: usize) -> usize {
    // SAFETY: the caller's promise.
    enter("arenite_tree_json", 0, || Ok(unsafe { copy_out(&snapshot(root)?.to_json().to_string(), text, room) }))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_tree_print(root: NodePtr) -> bool {
    enter("arenite_tree_print", false, || print(&snapshot(root)?).map(|()| true))
}
