//! Scopes whose contents end with them, dropped or not.

use super::{
    chunk::Chunk,
    range::{RANGE, pointer},
    scope::Frame,
    watching,
};
use crate::{
    context::{hooks, hot::Hot},
    debug::{self, Fill, Metadata, stderr, tools},
    sync::{Lock, Ordering},
    table::Table,
};
use core::{
    alloc::Layout,
    cell::{Cell, RefCell},
    mem,
    ptr::null,
};

/// Chunks of checked scopes that are held back from use: 4 MiB at 32 KiB each.
const HELD: usize = 128;

/// What the heap served inside of a discarding scope. Its thread's, and its alone.
pub(in super::super) struct Large {
    blocks: RefCell<Table<Layout, Metadata>>,
    outer: Cell<*const Large>,
}

impl Large {
    pub(in super::super) const fn new() -> Self {
        Self { blocks: RefCell::new(Table::new(Metadata)), outer: Cell::new(null()) }
    }

    /// Notes what the heap serves in the thread's open scope from now on.
    ///
    /// # Safety
    /// `end` is called before this moves or ends, and after it was called for all that began after it.
    pub(in super::super) unsafe fn begin(&self, hot: &Hot) {
        self.outer.set(hot.region.large.replace(self));
        hot.set_flags(hot.flags.get() | hooks::DISCARDING);
    }

    /// Notes no more; what is noted.
    pub(in super::super) fn end(&self, hot: &Hot) -> Table<Layout, Metadata> {
        let outer = self.outer.get();
        hot.region.large.set(outer);
        if outer.is_null() {
            hot.set_flags(hot.flags.get() & !hooks::DISCARDING);
        }
        self.blocks.replace(Table::new(Metadata))
    }

    fn of(hot: &Hot) -> Option<&Self> {
        // SAFETY: set by `begin`, whose caller keeps it in place until it is taken back.
        unsafe { hot.region.large.get().as_ref() }
    }
}

/// Notes a block that the heap has served, if it is a discarding scope's. Without memory for that it is never freed.
pub(in super::super) fn served(hot: &Hot, block: *mut u8, layout: Layout) {
    if hot.limit.get() == 0 || block.is_null() {
        return; // in `heap(|| ..)`, say
    }
    if let Some(large) = Large::of(hot) {
        let mut blocks = large.blocks.borrow_mut();
        if blocks.reserve() {
            blocks.insert(block.expose_provenance(), layout);
        }
    }
}

/// Forgets a block of the heap that is about to be freed or reallocated; its layout, if it was noted.
pub(in super::super) fn forget(hot: &Hot, block: *mut u8) -> Option<Layout> {
    let mut large = Large::of(hot);
    while let Some(one) = large {
        if let Some(layout) = one.blocks.borrow_mut().remove(block.addr()) {
            return Some(layout);
        }
        // SAFETY: as in `of`: the outer ones are still in place.
        large = unsafe { one.outer.get().as_ref() };
    }
    None
}

/// Notes where a noted block of the heap has gone: nowhere, when `block` is null.
pub(in super::super) fn renoted(hot: &Hot, old: *mut u8, layout: Layout, block: *mut u8, size: usize) {
    let Some(large) = Large::of(hot) else { return };
    let mut blocks = large.blocks.borrow_mut();
    if !blocks.reserve() {
        return; // it is never freed
    }
    match (block.is_null(), Layout::from_size_align(size, layout.align())) {
        (false, Ok(layout)) => blocks.insert(block.expose_provenance(), layout),
        _ => blocks.insert(old.expose_provenance(), layout),
    }
}

/// Whether the misuse of discarding scopes is looked for.
pub(in super::super) fn is_checked() -> bool {
    cfg!(debug_assertions) || watching::fills()
}

impl Frame {
    /// Ends the scope and everything in it.
    ///
    /// # Safety
    /// It is open, and the thread's innermost. Nothing that was allocated in it is used any more, by anybody.
    pub(in super::super) unsafe fn discard(&self, hot: &Hot) {
        let checked = is_checked();
        // SAFETY: the caller's promise.
        let (chunk, cursor) = unsafe { self.step_out(hot) };
        chunk.tally.close((cursor - RANGE.start(chunk)) as u32);
        end(hot, chunk, checked);
        // SAFETY: entries are never freed.
        while let Some(chunk) = unsafe { self.closed.get().as_ref() } {
            chunk.leave_list();
            end(hot, chunk, checked);
        }
        if self.watched.get() != 0 {
            watching::forget(self.watched.get());
        }
    }
}

fn end(hot: &Hot, chunk: &'static Chunk, checked: bool) {
    if !checked {
        return hot.region.give(chunk);
    }
    // From now on every free in it is a fault.
    chunk.tally.end();
    let start = RANGE.start(chunk);
    tools::undefined(start, RANGE.size_of(chunk));
    // SAFETY: the chunk is this thread's, and nothing in it is used any more.
    unsafe { pointer(start).write_bytes(Fill::Reset.byte(), chunk.tally.used() as usize) };
    tools::no_access(start, RANGE.size_of(chunk));
    if chunk.order.load(Ordering::Relaxed) != 0 {
        return RANGE.give(chunk); // too large to hold many back
    }
    if let Some(oldest) = HELD_BACK.lock().push(RANGE.number(chunk)) {
        RANGE.give(RANGE.numbered(oldest));
    }
}

/// Chunks of ended scopes, the oldest of which are used again.
struct Held {
    chunks: [u32; HELD],
    next: usize,
}

static HELD_BACK: Lock<Held> = Lock::new(Held { chunks: [0; HELD], next: 0 });

impl Held {
    /// Holds a chunk back; the one that is held no longer.
    fn push(&mut self, chunk: u32) -> Option<u32> {
        let at = self.next % HELD;
        self.next += 1;
        Some(mem::replace(&mut self.chunks[at], chunk)).filter(|&oldest| oldest != 0)
    }
}

/// A block of an ended scope is freed or reallocated: its memory may be another's at any other time.
#[cold]
pub(super) fn used_after_end(hot: &Hot, address: usize, layout: Layout) -> ! {
    let _plain = hot.plain();
    stderr::print(format_args!(
        "arenite: a block of {} bytes at {address:#x} is freed or reallocated after the end of the \
         `with_arena_skipping_drops` that it was allocated in: it outlived the scope, against the promise of the call. \
         Drop it inside, or allocate it in `heap(|| ..)`; `with_arena_reported` names what outlives a scope.{}\n",
        layout.size(),
        debug::Site::UNKNOWN.with_stack(),
    ));
    std::process::abort()
}
