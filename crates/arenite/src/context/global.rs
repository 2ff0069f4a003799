//! The program's allocator: a heap, and ways around it.

use super::{
    hooks::{self, Call},
    hot::{self, Hot},
    program_heap::ProgramHeap,
    region::{self, RANGE},
    tags::Charge,
};
use crate::bump::{MIN_ALIGN, bump_rounding, round_up};
use core::{
    alloc::{GlobalAlloc, Layout},
    ptr,
};

/// The program's allocator, over the heap `H`: what scopes like [`with_arena`](super::with_arena) redirect.
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: arenite::Global = arenite::Global::new();
///
/// assert_eq!(vec![1, 2, 3].len(), 3); // as ever
/// ```
/// It lies over the C heap; over mimalloc 2 with the cargo feature `mimalloc`; over any other heap by
/// [`over`](Self::over). Where nothing redirects a thread's requests, one costs a compare with a word of the thread more
/// than without it, and a free a compare of its address with a word of the process. From the first time that heap calls are
/// counted, forbidden or charged to a tag, or drops are skipped, on any thread, each free of the process takes a closer
/// look: some thirty instructions more.
///
/// Blocks of arenas, heaps, pools and of everything else in this library come from their
/// [sources](crate::source), never from here: a scope inside of a scope works, whatever each of them is made of.
///
/// It needs thread-locals that the compiler knows, which all targets of tier 1 have: with those that are emulated the
/// first request of a thread would be made while it is served.
#[derive(Clone, Copy, Debug, Default)]
pub struct Global<H = ProgramHeap> {
    heap: H,
}

impl Global {
    /// Over [`ProgramHeap`].
    #[must_use]
    pub const fn new() -> Self {
        Self { heap: ProgramHeap }
    }
}

impl<H> Global<H> {
    /// Over another heap: a value, or a `&'static` one.
    ///
    /// ```
    /// use arenite::Global;
    /// use std::alloc::System;
    ///
    /// #[global_allocator]
    /// static ALLOCATOR: Global<System> = Global::over(System);
    /// assert_eq!(String::from("sand").len(), 4);
    /// ```
    #[must_use]
    pub const fn over(heap: H) -> Self {
        Self { heap }
    }

    /// What lies below.
    #[must_use]
    pub const fn heap(&self) -> &H {
        &self.heap
    }
}

// SAFETY: a block comes from the heap below, or from a region whose chunk is not used again while the block lives. Which
// of them its address tells, so every free and reallocation reaches where it came from. Nothing here unwinds.
unsafe impl<H: GlobalAlloc> GlobalAlloc for Global<H> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        hot::with(|hot| {
            if hot.is_direct_for(layout.align()) {
                // SAFETY: the caller's promise.
                return unsafe { self.heap.alloc(layout) };
            }
            if layout.align() <= MIN_ALIGN {
                let cursor = hot.cursor.get();
                if let Some(end) = bump_rounding(cursor, layout.size(), hot.window.get()) {
                    hot.cursor.set(end);
                    return region::pointer(cursor);
                }
            }
            // SAFETY: the caller's promise.
            unsafe { self.alloc_aside(layout) }
        })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        hot::with(|hot| {
            if hot.is_direct_for(layout.align()) {
                // SAFETY: the caller's promise.
                return unsafe { self.heap.alloc_zeroed(layout) };
            }
            // SAFETY: the caller's promise.
            unsafe { self.alloc_zeroed_aside(layout) }
        })
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let address = block.addr();
        if !RANGE.is_near(address) {
            // SAFETY: the caller's promise.
            return unsafe { self.heap.dealloc(block, layout) };
        }
        hot::with(|hot| {
            let end = round_up(address + layout.size(), MIN_ALIGN);
            if end == hot.cursor.get() {
                // The last block of the window. No other chunk's ends there: see `GAP`.
                return hot.cursor.set(address);
            }
            // SAFETY: the caller's promise.
            if !unsafe { region::free_own(hot, address, end) } {
                // SAFETY: the caller's promise.
                unsafe { self.dealloc_aside(block, layout) }
            }
        });
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if RANGE.is_near(block.addr()) {
            // SAFETY: the caller's promise.
            return unsafe { self.realloc_aside(block, layout, new_size) };
        }
        // SAFETY: the caller's promise. A block of the heap stays there, in a scope too.
        unsafe { self.heap.realloc(block, layout, new_size) }
    }
}

// What the fast paths leave. These ask for the thread's words themselves, so that nothing has to be moved to call them.
impl<H: GlobalAlloc> Global<H> {
    /// What the window does not serve at once, greater alignments, and every request of a thread with flags.
    ///
    /// # Safety
    /// As `GlobalAlloc::alloc`.
    #[inline(never)]
    unsafe fn alloc_aside(&self, layout: Layout) -> *mut u8 {
        hot::with(|hot| {
            if hot.is_direct() {
                // SAFETY: the caller's promise.
                return unsafe { self.heap.alloc(layout) };
            }
            let block = region::alloc_in_window(hot, layout);
            if !block.is_null() {
                return block;
            }
            // SAFETY: the caller's promise.
            unsafe { self.alloc_cold(hot, layout, false) }
        })
    }

    /// Zeroed blocks, for the same.
    ///
    /// # Safety
    /// As `GlobalAlloc::alloc_zeroed`.
    #[inline(never)]
    unsafe fn alloc_zeroed_aside(&self, layout: Layout) -> *mut u8 {
        hot::with(|hot| {
            if hot.is_direct() {
                // SAFETY: the caller's promise.
                return unsafe { self.heap.alloc_zeroed(layout) };
            }
            let block = region::alloc_in_window(hot, layout);
            if !block.is_null() {
                // SAFETY: a block of this size, just handed out. Chunks are used again, so it may hold anything.
                unsafe { block.write_bytes(0, layout.size()) };
                return block;
            }
            // SAFETY: the caller's promise.
            unsafe { self.alloc_cold(hot, layout, true) }
        })
    }

    /// What the window does not serve at once, and every request of a thread with flags.
    ///
    /// # Safety
    /// As `GlobalAlloc::alloc`.
    #[cold]
    #[inline(never)]
    unsafe fn alloc_cold(&self, hot: &Hot, layout: Layout, zeroed: bool) -> *mut u8 {
        if hot.flags.get() == hooks::PROBE {
            hot.set_flags(0);
        }
        let block = region::alloc(hot, layout);
        if block.is_null() {
            // SAFETY: the caller's promise.
            let block = unsafe { if zeroed { self.heap.alloc_zeroed(layout) } else { self.heap.alloc(layout) } };
            region::served(hot, block, layout);
            tell(hot, Call::Alloc { block, layout }, None);
            return block;
        }
        if zeroed {
            // SAFETY: a block of this size, just handed out. Chunks are used again, so it may hold anything.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    /// A block of the heap, on a thread with flags.
    ///
    /// # Safety
    /// As `GlobalAlloc::dealloc`.
    #[cold]
    #[inline(never)]
    unsafe fn dealloc_cold(&self, hot: &Hot, block: *mut u8, layout: Layout) {
        tell(hot, Call::Free { block, layout }, None);
        region::forget(hot, block);
        // SAFETY: the caller's promise.
        unsafe { self.heap.dealloc(block, layout) }
    }

    /// A block of another thread's chunk, or one whose free is told; or of the heap, below the
    /// [ceiling](region::Range::is_near).
    ///
    /// # Safety
    /// As `GlobalAlloc::dealloc`.
    #[inline(never)]
    unsafe fn dealloc_aside(&self, block: *mut u8, layout: Layout) {
        hot::with(|hot| match RANGE.chunk_at(block.addr()) {
            // SAFETY: the caller's promise; a block in the range was handed out there.
            Some(chunk) => unsafe { region::free(hot, chunk, block.addr(), layout) },
            // SAFETY: the caller's promise.
            None if is_heard(hot) => unsafe { self.dealloc_cold(hot, block, layout) },
            // SAFETY: the caller's promise.
            None => unsafe { self.heap.dealloc(block, layout) },
        });
    }

    /// A block of the heap, on a thread with flags.
    ///
    /// # Safety
    /// As `GlobalAlloc::realloc`.
    #[cold]
    #[inline(never)]
    unsafe fn realloc_cold(&self, hot: &Hot, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let charge = before_realloc(hot, old);
        let noted = region::forget(hot, old);
        // SAFETY: the caller's promise.
        let block = unsafe { self.heap.realloc(old, layout, size) };
        if let Some(layout) = noted {
            region::renoted(hot, old, layout, block, size);
        }
        tell(hot, Call::Realloc { old, layout, block, size }, charge);
        block
    }

    /// A block that may lie in a region's chunk. One of the heap stays there.
    ///
    /// # Safety
    /// As `GlobalAlloc::realloc`.
    #[inline(never)]
    unsafe fn realloc_aside(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        hot::with(|hot| match RANGE.chunk_at(old.addr()) {
            // SAFETY: the caller's promise; a block in the range was handed out there.
            Some(chunk) if unsafe { region::resize(hot, chunk, old.addr(), layout, size) } => old,
            // SAFETY: the caller's promise.
            Some(_) => unsafe { self.realloc_by_move(old, layout, size) },
            // SAFETY: the caller's promise.
            None if is_heard(hot) => unsafe { self.realloc_cold(hot, old, layout, size) },
            // SAFETY: the caller's promise.
            None => unsafe { self.heap.realloc(old, layout, size) },
        })
    }

    /// A block that cannot change its size where it lies.
    ///
    /// # Safety
    /// As `GlobalAlloc::realloc`.
    unsafe fn realloc_by_move(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the size is not 0 and fits with the alignment.
        let moved = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: the caller's promise.
        let block = unsafe { self.alloc(moved) };
        if !block.is_null() {
            // SAFETY: two live blocks of at least so many bytes; the old one is not used after this.
            unsafe {
                ptr::copy_nonoverlapping(old, block, layout.size().min(size));
                self.dealloc(old, layout);
            }
        }
        block
    }
}

/// Whether frees and reallocations of the heap have to be told on this thread.
#[inline]
fn is_heard(hot: &Hot) -> bool {
    hot.flags.get() & hooks::EACH_FREE != 0 || hooks::frees_matter()
}

/// Tells of a call of the heap, if anybody is to hear of it; what a region serves or takes back is none. What the hearers
/// allocate goes straight to the heap and is not told.
#[inline]
fn tell(hot: &Hot, call: Call, charge: Option<Charge>) {
    let flags = hot.flags.get() & !hooks::DISCARDING;
    if flags != 0 || hooks::frees_matter() || charge.is_some() {
        let _plain = hot.plain();
        hooks::tell(flags, call, charge);
    }
}

/// To be called before a block moves, when another thread may get its address; the answer is told with the call.
#[inline]
fn before_realloc(hot: &Hot, old: *mut u8) -> Option<Charge> {
    if !hooks::frees_matter() {
        return None;
    }
    let _plain = hot.plain();
    hooks::before_realloc(old)
}
