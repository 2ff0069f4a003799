//! The thread's current allocator where it is an arena or a heap of C's, in a few words: the fast path of `arenite_alloc`.

use super::ranges;
use crate::{error::Noted, fork, given::no_memory, handle::Handle, heap, slots};
use arenite_lib::Arena;
use std::{alloc::Layout, cell::Cell, ptr::NonNull};

/// An allocator that is nothing but what a handle of C's names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direct {
    Arena(Handle),
    Heap(Handle),
}

/// What no arena and no heap has for its handle.
const NONE: usize = 0;

struct Current {
    arena: Cell<usize>,
    heap: Cell<usize>,
    /// The block of the arena that was entered last, and the count of changes then.
    low: Cell<usize>,
    bytes: Cell<usize>,
    changes: Cell<usize>,
}

thread_local! {
    /// Without Drop, as the list of scopes.
    static CURRENT: Current = const {
        Current {
            arena: Cell::new(NONE),
            heap: Cell::new(NONE),
            low: Cell::new(0),
            bytes: Cell::new(0),
            changes: Cell::new(0),
        }
    };
}

fn of_bits(bits: usize) -> Handle {
    Handle::from_c(std::ptr::without_provenance_mut(bits))
}

/// The current allocator is another.
pub(super) fn set(direct: Option<Direct>) {
    let (arena, heap) = match direct {
        Some(Direct::Arena(arena)) => (arena.bits(), NONE),
        Some(Direct::Heap(heap)) => (NONE, heap.bits()),
        None => (NONE, NONE),
    };
    CURRENT.with(|current| {
        current.heap.set(heap);
        if current.arena.replace(arena) != arena {
            current.bytes.set(0);
        }
    });
}

/// A block at a multiple of 16 or less, when it is at hand. It never unwinds.
#[inline(always)]
pub(super) fn take_at_hand(size: usize, alignment: usize) -> Option<NonNull<u8>> {
    // 0 stands for 16.
    if alignment > 16 || alignment & alignment.wrapping_sub(1) != 0 {
        return None;
    }
    CURRENT.with(|current| {
        let handle = of_bits(current.arena.get());
        let Some(arena) = slots::mine(handle) else { return of_heap(current.heap.get(), size) };
        let block = arena.take_headed(size, handle.bits())?;
        let known = block.addr().get().wrapping_sub(current.low.get()) < current.bytes.get();
        if !known || current.changes.get() != ranges::changes() {
            return entered(arena, handle, block, size);
        }
        Some(block)
    })
}

/// Not inlined: who has an arena pays nothing for it.
#[inline(never)]
fn of_heap(heap: usize, size: usize) -> Option<NonNull<u8>> {
    let heap = heap::peek_shared(of_bits(heap))?;
    heap.alloc_at_hand(Layout::from_size_align(size, 16).ok().filter(|_| size != 0)?)
}

/// Enters the block of the arena that has just served. `None`: there is no memory for that, and it has taken the block back.
#[cold]
#[inline(never)]
fn entered(arena: &Arena, handle: Handle, block: NonNull<u8>, size: usize) -> Option<NonNull<u8>> {
    // A fast path has not said so, and this one takes a lock.
    let _inside = fork::enter();
    let entered = arena
        .bounds_around(block.addr().get())
        .and_then(|bounds| ranges::enter(&bounds, handle).map(|changes| (bounds, changes)));
    let Some((bounds, changes)) = entered else {
        // SAFETY: served just now, and told to nobody.
        unsafe { arena.free_headed(block, size, handle.bits()) };
        return None;
    };
    CURRENT.with(|current| {
        if current.arena.get() == handle.bits() {
            current.low.set(bounds.start);
            current.bytes.set(bounds.len());
            current.changes.set(changes);
        }
    });
    Some(block)
}

/// A block of an arena that serves such ones, at a multiple of 16.
pub(super) fn take_headed(arena: &Arena, handle: Handle, size: usize) -> Result<NonNull<u8>, Noted> {
    let block = arena.try_alloc_headed(size, handle.bits())?;
    entered(arena, handle, block, size).ok_or_else(|| no_memory("a note of whose the block is"))
}
