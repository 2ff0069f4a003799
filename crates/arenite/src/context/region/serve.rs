//! Blocks of the open window: taken, freed, changed in size.

use super::{
    chunk::Chunk,
    discard::used_after_end,
    pins,
    range::{RANGE, pointer},
    scope::{Frame, end_of},
    tally::Freed,
    watching,
};
use crate::{
    bump::{MIN_ALIGN, bump, round_up},
    context::{hooks, hot::Hot},
};
use core::{alloc::Layout, ptr::null_mut};

/// Larger alignments are the heap's: they would skip too much.
const LARGEST_ALIGN: usize = 4096;

/// A block from the thread's window or the next chunk; null when it is for the heap to serve: there is no window, the
/// block is too large for a chunk, or chunks are refused. The cold part of the way; the window is left as it should be.
pub(in super::super) fn alloc(hot: &Hot, layout: Layout) -> *mut u8 {
    if hot.limit.get() == 0 || layout.align() > LARGEST_ALIGN {
        return null_mut();
    }
    let Some(address) =
        in_window(hot, layout).or_else(|| if next_chunk(hot, layout) { in_window(hot, layout) } else { None })
    else {
        return null_mut();
    };
    if hot.flags.get() & hooks::WATCHED_ALLOC != 0 {
        let _plain = hot.plain();
        // SAFETY: the innermost scope's frame, which stays until it is closed.
        watching::allocated(address, layout, unsafe { (*hot.region.frame.get()).watched.get() });
    }
    pointer(address)
}

/// The next bytes of the window, from a multiple of the alignment on.
fn in_window(hot: &Hot, layout: Layout) -> Option<usize> {
    let cursor = hot.cursor.get();
    let address = round_up(cursor, layout.align());
    let end = bump(address, round_up(layout.size(), MIN_ALIGN), hot.limit.get())?;
    if address > cursor {
        current(hot).tally.skip((address - cursor) as u32);
    }
    hot.cursor.set(end);
    Some(address)
}

/// Goes on in another chunk, unless the request is no small part of one. `false`: nothing has changed.
fn next_chunk(hot: &Hot, layout: Layout) -> bool {
    // A block of its own costs the heap little, and here it would waste the rest of a chunk and pin all of one.
    if round_up(layout.size(), MIN_ALIGN).saturating_add(layout.align()) > RANGE.chunk_size() / 4 {
        return false;
    }
    let (words, full) = (&hot.region, current(hot));
    let start = RANGE.start(full);
    full.tally.close((hot.cursor.get() - start) as u32);
    if full.tally.is_empty() {
        full.tally.open(words.number.get());
        hot.cursor.set(start);
        return true;
    }
    let next = {
        let _plain = hot.plain();
        if pins::allowed() { words.take() } else { None }
    };
    let Some(next) = next else {
        full.tally.reopen();
        return false;
    };
    // SAFETY: a window is open, so a scope is, and its frame stays until it is closed.
    let frame: &Frame = unsafe { &*words.frame.get() };
    full.enter(&frame.closed);
    words.chunk.set(next);
    hot.cursor.set(RANGE.start(next));
    hot.set_limit(end_of(next));
    true
}

fn current(hot: &Hot) -> &'static Chunk {
    // SAFETY: a window is open, so there is a chunk; entries are never freed.
    unsafe { &*hot.region.chunk.get() }
}

/// Takes a block back that lies in `chunk`.
///
/// # Safety
/// A live block of `layout` that was handed out here, and is not used any more.
#[inline(always)]
pub(in super::super) unsafe fn free(hot: &Hot, chunk: &'static Chunk, address: usize, layout: Layout) {
    if RANGE.is_watched() {
        // SAFETY: the caller's promise.
        return unsafe { free_watched(hot, chunk, address, layout) };
    }
    let freed = chunk.tally.free(round_up(layout.size(), MIN_ALIGN) as u32, hot.region.number.get());
    if freed != Freed::Kept {
        emptied(hot, chunk, freed == Freed::OrphanEmptied);
    }
}

/// As [`free`]; books and tools are told.
///
/// # Safety
/// As [`free`].
#[cold]
#[inline(never)]
unsafe fn free_watched(hot: &Hot, chunk: &'static Chunk, address: usize, layout: Layout) {
    let bytes = round_up(layout.size(), MIN_ALIGN);
    {
        let _plain = hot.plain();
        check(chunk, address, layout);
        watching::freed(address, layout.size());
    }
    if address + bytes == hot.cursor.get() {
        return hot.cursor.set(address);
    }
    let freed = chunk.tally.free(bytes as u32, hot.region.number.get());
    if freed != Freed::Kept {
        emptied(hot, chunk, freed == Freed::OrphanEmptied);
    }
}

/// Takes back a chunk that a free has emptied.
#[cold]
#[inline(never)]
fn emptied(hot: &Hot, chunk: &'static Chunk, orphan: bool) {
    if orphan {
        pins::unpin();
    } else {
        // Closed and owned: it is in the list of a scope of this thread.
        chunk.leave_list();
    }
    hot.region.give(chunk);
}

/// Changes a block's size where it lies. `false`: it has to move, and nothing has changed.
///
/// # Safety
/// A live block of `layout` that was handed out here; `size` is not 0.
pub(in super::super) unsafe fn resize(
    hot: &Hot,
    chunk: &'static Chunk,
    address: usize,
    layout: Layout,
    size: usize,
) -> bool {
    let watched = RANGE.is_watched();
    if watched {
        check(chunk, address, layout);
    }
    let (old, new) = (round_up(layout.size(), MIN_ALIGN), round_up(size, MIN_ALIGN));
    if address + old == hot.cursor.get() {
        let Some(end) = bump(address, new, hot.limit.get().max(address + old)) else { return false };
        hot.cursor.set(end);
    } else if new > old {
        return false;
    } else if new < old {
        // What is given back is counted as any free; the block itself stays, so the chunk does.
        let freed = chunk.tally.free((old - new) as u32, hot.region.number.get());
        debug_assert_eq!(freed, Freed::Kept, "a chunk with a live block");
    }
    if watched {
        let _plain = hot.plain();
        watching::resized(address, layout.size(), size);
    }
    true
}

/// A block whose scope has discarded it is not to be touched.
fn check(chunk: &Chunk, address: usize, layout: Layout) {
    if chunk.tally.has_ended() {
        used_after_end(address, layout);
    }
}
