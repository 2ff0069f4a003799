//! Blocks of the open window: taken, freed, changed in size.

use super::{
    chunk::Chunk,
    discard::used_after_end,
    pins,
    range::{GAP, RANGE, pointer},
    scope::{Frame, end_of},
    tally::Freed,
    watching,
};
use crate::{
    bump::{MIN_ALIGN, bump, round_up},
    context::hot::{self, Hot},
    sync::Ordering,
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
    let Some(address) = in_window(hot, layout, hot.limit.get()).or_else(|| {
        // A large block would waste the rest of the chunk.
        if round_up(layout.size(), MIN_ALIGN).saturating_add(layout.align()) > RANGE.chunk_size() / 4 {
            return in_chunk_of_its_own(hot, layout);
        }
        if next_chunk(hot) { in_window(hot, layout, hot.limit.get()) } else { None }
    }) else {
        return null_mut();
    };
    if hot.is_watched() {
        let _plain = hot.plain();
        // SAFETY: the innermost scope's frame, which stays until it is closed.
        watching::allocated(address, layout, unsafe { (*hot.region.frame.get()).watched.get() });
    }
    pointer(address)
}

/// A block at any alignment from the thread's window, of which nobody is told; null when the window does not serve that.
#[inline]
pub(in super::super) fn alloc_in_window(hot: &Hot, layout: Layout) -> *mut u8 {
    if layout.align() > LARGEST_ALIGN {
        return null_mut();
    }
    in_window(hot, layout, hot.window.get()).map_or(null_mut(), pointer)
}

/// The next bytes of the window, from a multiple of the alignment on.
#[inline]
fn in_window(hot: &Hot, layout: Layout, limit: usize) -> Option<usize> {
    let cursor = hot.position();
    let address = round_up(cursor, layout.align());
    let end = bump(address, round_up(layout.size(), MIN_ALIGN), limit)?;
    if address > cursor {
        current(hot).tally.skip((address - cursor) as u32);
    }
    hot.move_to(end);
    Some(address)
}

/// A large block in a chunk that holds nothing else, closed from the beginning. Chunks keep their memory, where a heap that
/// has such blocks alone gives its pages back again and again.
fn in_chunk_of_its_own(hot: &Hot, layout: Layout) -> Option<usize> {
    let (words, bytes) = (&hot.region, round_up(layout.size(), MIN_ALIGN));
    let chunk = {
        let _plain = hot.plain();
        if pins::allowed() { words.take_for(bytes) } else { None }
    }?;
    if hot.is_watched() {
        chunk.tally.watch();
    }
    chunk.tally.close(bytes as u32);
    // SAFETY: a window is open, so a scope is, and its frame stays until it is closed.
    chunk.enter(unsafe { &(*words.frame.get()).closed });
    Some(RANGE.start(chunk))
}

/// Goes on in another chunk. `false`: nothing has changed.
fn next_chunk(hot: &Hot) -> bool {
    let (words, full) = (&hot.region, current(hot));
    let start = RANGE.start(full);
    let watched = hot.is_watched();
    full.tally.close((hot.position() - start) as u32);
    if full.tally.is_empty() {
        full.tally.open(words.number.get());
        if watched {
            full.tally.watch();
        }
        hot.move_to(start);
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
    if watched {
        next.tally.watch();
    }
    hot.open(RANGE.start(next), end_of(next), watched);
    true
}

fn current(hot: &Hot) -> &'static Chunk {
    // SAFETY: a window is open, so there is a chunk; entries are never freed.
    unsafe { &*hot.region.chunk.get() }
}

/// Takes back a block of the range that ends at `end` and is not the window's last, if that is done by counting: its
/// chunk is this thread's, and nobody is told. `false`: nothing has changed, and [`free`] is to be called; for any address
/// outside of the range.
///
/// # Safety
/// A live block that was handed out here or by the heap, and is not used any more.
#[inline(always)]
pub(in super::super) unsafe fn free_own(hot: &Hot, address: usize, end: usize) -> bool {
    RANGE.with_chunk_at(address, |chunk| {
        let plainly = chunk.tally.is_plainly(hot.region.number.get());
        if plainly && chunk.tally.free_own((end - address) as u32) {
            own_emptied(chunk);
        }
        plainly
    })
}

/// Takes a block back that lies in `chunk`.
///
/// # Safety
/// A live block of `layout` that was handed out here, and is not used any more.
pub(in super::super) unsafe fn free(hot: &Hot, chunk: &'static Chunk, address: usize, layout: Layout) {
    let bytes = round_up(layout.size(), MIN_ALIGN);
    check(hot, chunk, address, layout);
    if chunk.tally.is_watched() {
        let _plain = hot.plain();
        watching::freed(address, layout.size());
    }
    if address + bytes == hot.position() {
        return hot.move_to(address);
    }
    match chunk.tally.free(bytes as u32, hot.region.number.get()) {
        Freed::Kept => {}
        Freed::OwnerEmptied => own_emptied(chunk),
        Freed::OrphanEmptied => {
            pins::unpin(chunk);
            hot.region.give(chunk);
        }
    }
}

/// Takes back a closed chunk of this thread's that a free has emptied.
#[cold]
#[inline(never)]
fn own_emptied(chunk: &'static Chunk) {
    // Closed and owned: it is in the list of a scope of this thread.
    chunk.leave_list();
    hot::with(|hot| hot.region.give(chunk));
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
    check(hot, chunk, address, layout);
    let (old, new) = (round_up(layout.size(), MIN_ALIGN), round_up(size, MIN_ALIGN));
    if address + old == hot.position() {
        let Some(end) = bump(address, new, hot.limit.get().max(address + old)) else { return false };
        hot.move_to(end);
    } else if new > old {
        // A chunk of a greater order holds one block. Its owner alone counts what it holds.
        let alone = chunk.order.load(Ordering::Relaxed) != 0 && new <= RANGE.size_of(chunk) - GAP;
        if !alone || !chunk.tally.is_owned_by(hot.region.number.get()) {
            return false;
        }
        chunk.tally.grow(old as u32, new as u32);
    } else if new < old {
        // What is given back is counted as any free; the block itself stays, so the chunk does.
        let freed = chunk.tally.free((old - new) as u32, hot.region.number.get());
        debug_assert_eq!(freed, Freed::Kept, "a chunk with a live block");
    }
    if chunk.tally.is_watched() {
        let _plain = hot.plain();
        watching::resized(address, layout.size(), size);
    }
    true
}

/// A block whose scope has discarded it is not to be touched.
fn check(hot: &Hot, chunk: &Chunk, address: usize, layout: Layout) {
    if chunk.tally.has_ended() {
        used_after_end(hot, address, layout);
    }
}
