//! What a handle calls where its window ends. By value, so that no handle's address leaves its function and a scope or
//! claim can stay in registers.

use super::{
    core::CLAIMED,
    link::Link,
    refill::{Grant, Window},
};
use crate::{
    debug::Place,
    error::{AllocError, ErrorKind},
    node::NodeId,
};
use core::ptr::{self, NonNull};

/// The window for a claim on an arena without a first block, or one that counts.
#[cold]
#[inline(never)]
pub(super) fn enter_cold(window: Window, link: Link, saved: usize) -> Result<(Window, Link), AllocError> {
    let fail = |kind, node| AllocError::new(kind, 0, 1, node);
    let found = link.find_or_create().map_err(|kind| fail(kind, NodeId::ANONYMOUS))?;
    // SAFETY: the core of a live handle.
    let core = unsafe { found.core.as_ref() };
    if window.limit == CLAIMED {
        return Err(fail(ErrorKind::Claimed { by: core.claimed_by.get() }, core.node_id()));
    }
    core.note_start_if(window.limit == saved);
    let cursor = core.placed(window.cursor);
    // An arena that counts has a ticket for a limit already, and keeps it.
    let limit = if core.is_sealed() { window.limit } else { core.open(cursor, saved) };
    Ok((Window { cursor, limit }, found.link))
}

/// What a refill brings.
pub(super) struct Cold {
    pub(super) memory: NonNull<u8>,
    pub(super) window: Window,
    pub(super) link: Link,
    /// Somebody is to be told.
    pub(super) fire: bool,
}

/// The cold path of every allocation; `OWN`: of one that is to have a block of its own.
#[cold]
#[inline(never)]
pub(super) fn refill<const OWN: bool>(
    window: Window,
    link: Link,
    saved: usize,
    size: usize,
    align: usize,
    place: Place,
) -> Result<Cold, AllocError> {
    let found = link.find_or_create().map_err(|kind| AllocError::new(kind, size, align, NodeId::ANONYMOUS))?;
    // SAFETY: the core of a live handle.
    let core = unsafe { found.core.as_ref() };
    let link = found.link;
    let window = Window { cursor: core.placed(window.cursor), limit: window.limit };
    if size == 0 && align.is_power_of_two() {
        let memory = NonNull::new(ptr::without_provenance_mut(align)).expect("a power of two");
        return Ok(Cold { memory, window, link, fire: false });
    }
    if let Some(Grant { memory, window }) = (!OWN).then(|| core.take_left_out(window, saved, size, align)).flatten() {
        return Ok(Cold { memory, window, link, fire: false });
    }
    match core.refill::<OWN>(window, saved, size, align, place) {
        Ok(Grant { memory, window }) => Ok(Cold { memory, window, link, fire: core.is_watched() || core.has_found() }),
        Err(refused) => {
            if found.fresh {
                found.undo();
            } else {
                core.fire();
            }
            Err(refused)
        }
    }
}

/// Tells what happened, once the handle is whole again.
#[cold]
#[inline(never)]
pub(super) fn fire(link: Link) {
    if let Some(core) = link.find() {
        // SAFETY: the core of a live handle.
        unsafe { core.as_ref() }.fire();
    }
}
