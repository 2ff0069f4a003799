//! A heap that is freed to without sizes, through which scopes see requests as the program's allocator sees Rust's.
//!
//! A block of the heap has no header: the heap knows its blocks. One of a region has 8 bytes in front, its size and whether
//! it is live, and lies at a multiple of 16: the window's cursor stays 8 bytes off such a multiple, where the next header is
//! to stand. Which of the two a block is, its address says.

use super::super::{
    hooks::{self, Call},
    hot::{self, Hot},
    region::{self, RANGE},
};
use crate::{
    AllocError, ErrorKind, FreeError, FreeErrorKind, Heap, NodeId,
    bump::{bump_rounding, round_up},
    debug::tools,
};
use core::{
    alloc::Layout,
    ptr::{self, NonNull},
};

const HEADER: usize = 8;
const ALIGN: usize = 16;
/// No block of a region has more bytes than a plain chunk shifted by this.
const LARGEST: usize = 6;

/// What a header holds below the size: a live block behind its header, one behind 8 unused bytes as well, a freed one.
const LIVE: u64 = 0xA7E1;
const LIVE_OFF: u64 = 0xA7E9;
const FREED: u64 = 0xF7EE;

/// `malloc` and its kin over a [`Heap`], for programs that are not Rust's.
pub struct FreeStanding<'h> {
    heap: &'h Heap,
}

/// A live block of a region.
struct Found {
    chunk: &'static region::Chunk,
    start: usize,
    size: usize,
    bytes: usize,
}

impl<'h> FreeStanding<'h> {
    /// Over this heap, and whatever scopes the thread has.
    #[must_use]
    pub const fn over(heap: &'h Heap) -> Self {
        Self { heap }
    }

    /// A block at a multiple of 16, or of the alignment. The size is not 0.
    ///
    /// # Errors
    /// Those of the heap.
    #[inline]
    pub fn alloc(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        hot::with(|hot| {
            if hot.is_direct() {
                return self.heap.try_alloc(self.of_heap(layout));
            }
            let cursor = hot.cursor.get();
            if layout.align() <= ALIGN && cursor % ALIGN == HEADER {
                if let Some(end) =
                    whole(layout.size(), HEADER).and_then(|bytes| bump_rounding(cursor, bytes, hot.window.get()))
                {
                    hot.cursor.set(end);
                    return Ok(head(cursor, layout.size(), LIVE));
                }
            }
            self.alloc_cold(hot, layout)
        })
    }

    /// A block of up to 1 KiB or so, when one is at hand: the fast path, which never unwinds. The alignment is 16.
    #[inline(always)]
    #[must_use]
    pub fn alloc_at_hand(&self, layout: Layout) -> Option<NonNull<u8>> {
        hot::with(|hot| {
            if hot.is_direct() {
                return self.heap.alloc_at_hand(layout);
            }
            let cursor = hot.cursor.get();
            if cursor % ALIGN != HEADER {
                return None;
            }
            let end = bump_rounding(cursor, whole(layout.size(), HEADER)?, hot.window.get())?;
            hot.cursor.set(end);
            Some(head(cursor, layout.size(), LIVE))
        })
    }

    /// Takes a block back when it is a region's, or of this thread's own part of the heap, and nobody listens. Never unwinds.
    ///
    /// # Safety
    /// As [`free`](Self::free).
    #[inline(always)]
    pub unsafe fn free_at_hand(&self, block: NonNull<u8>) -> bool {
        let address = block.addr().get();
        if !RANGE.is_near(address) {
            // SAFETY: the caller's promise.
            return unsafe { self.heap.free_at_hand(address) };
        }
        match self.find(block) {
            Ok(Some(found)) => {
                // SAFETY: a live block, by the caller's promise not used any more.
                hot::with(|hot| unsafe { end(hot, block, &found) });
                true
            }
            _ => false,
        }
    }

    /// Whether the address lies in memory that regions or the heap have: a block that starts there and is not live is one
    /// of theirs that was freed. What the heap's own grades hold back is known too.
    #[must_use]
    pub fn knows(&self, block: NonNull<u8>) -> bool {
        RANGE.known_chunk_at(block.addr().get()).is_some() || self.heap.holds_address(block.addr().get())
    }

    /// The heap's blocks lie at multiples of 16 too.
    const fn of_heap(&self, layout: Layout) -> Layout {
        if layout.align() >= ALIGN {
            return layout;
        }
        match Layout::from_size_align(layout.size(), ALIGN) {
            Ok(layout) => layout,
            // So large that the heap refuses it anyway.
            Err(_) => layout,
        }
    }

    #[cold]
    #[inline(never)]
    fn alloc_cold(&self, hot: &Hot, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        if layout.align() <= ALIGN {
            if let Some(block) = in_region(hot, layout.size()) {
                return Ok(block);
            }
        }
        let layout = self.of_heap(layout);
        let block = self.heap.try_alloc(layout);
        let address = block.as_ref().map_or(ptr::null_mut(), |block| block.as_ptr());
        region::served(hot, address, layout);
        tell(hot, Call::Alloc { block: address, layout });
        block
    }

    /// The live block of a region that starts there; `Ok(None)` where no region is.
    fn find(&self, block: NonNull<u8>) -> Result<Option<Found>, FreeError> {
        let address = block.addr().get();
        let Some(chunk) = RANGE.known_chunk_at(address) else { return Ok(None) };
        let refuse = |kind| Err(FreeError::new(kind, address, "a region", NodeId::ANONYMOUS));
        if address % ALIGN != 0 || address & (RANGE.chunk_size() - 1) < HEADER {
            return refuse(FreeErrorKind::Foreign);
        }
        // Also that of a freed block, which tools take for nobody's.
        tools::defined(address - HEADER, HEADER);
        // SAFETY: inside of a chunk, whose memory is committed and never given back; aligned.
        let header = unsafe { region::pointer(address - HEADER).cast::<u64>().read() };
        let (size, before) = match (header >> 16, header & 0xFFFF) {
            (size, LIVE) => (size as usize, HEADER),
            (size, LIVE_OFF) => (size as usize, 2 * HEADER),
            (_, FREED) => return refuse(FreeErrorKind::DoubleFree),
            _ => return refuse(FreeErrorKind::Foreign),
        };
        match whole(size, before) {
            Some(bytes) if bytes <= RANGE.chunk_size() << LARGEST => {
                Ok(Some(Found { chunk, start: address - before, size, bytes }))
            }
            _ => refuse(FreeErrorKind::Foreign),
        }
    }

    /// How many bytes of a live block can be used. `None`: none starts there.
    #[must_use]
    pub fn usable_size(&self, block: NonNull<u8>) -> Option<usize> {
        match self.find(block) {
            Ok(Some(found)) => Some(found.size),
            Ok(None) => self.heap.usable_size(block),
            Err(_) => None,
        }
    }

    /// Takes a block back, on any thread.
    ///
    /// # Errors
    /// No live block starts there.
    ///
    /// # Safety
    /// If one does, nobody uses it any more.
    #[inline]
    pub unsafe fn free(&self, block: NonNull<u8>) -> Result<(), FreeError> {
        if !RANGE.is_near(block.addr().get()) {
            // SAFETY: the caller's promise.
            return unsafe { self.heap.try_free(block) };
        }
        // SAFETY: the caller's promise.
        hot::with(|hot| unsafe { self.free_cold(hot, block) })
    }

    /// # Safety
    /// As [`free`](Self::free).
    #[inline(never)]
    unsafe fn free_cold(&self, hot: &Hot, block: NonNull<u8>) -> Result<(), FreeError> {
        if let Some(found) = self.find(block)? {
            // SAFETY: a live block, by the caller's promise not used any more.
            unsafe { end(hot, block, &found) };
            return Ok(());
        }
        if let Some(size) = self.heap.usable_size(block).filter(|_| is_heard(hot)) {
            // SAFETY: a block of this size; 16 is a power of two.
            let layout = unsafe { Layout::from_size_align_unchecked(size, ALIGN) };
            tell(hot, Call::Free { block: block.as_ptr(), layout });
            region::forget(hot, block.as_ptr());
        }
        // SAFETY: the caller's promise.
        unsafe { self.heap.try_free(block) }
    }

    /// What an address is at which no live block of the heap starts.
    #[cold]
    fn why_none(&self, block: NonNull<u8>) -> FreeError {
        // SAFETY: not a live block, so that it is refused.
        let refused = unsafe { self.heap.try_free(block) };
        let foreign = || FreeError::new(FreeErrorKind::Foreign, block.addr().get(), "a heap", NodeId::ANONYMOUS);
        refused.err().unwrap_or_else(foreign)
    }

    /// A block of another size with the contents of this one, here or elsewhere. The size is not 0; blocks of regions move
    /// into the region that is open now, or the heap.
    ///
    /// # Errors
    /// The block is none, or there is no memory: nothing has changed.
    ///
    /// # Safety
    /// If it is a live block, nobody uses its old address when it moves.
    pub unsafe fn realloc(
        &self,
        block: NonNull<u8>,
        size: usize,
    ) -> Result<NonNull<u8>, Result<AllocError, FreeError>> {
        let layout = Layout::from_size_align(size, ALIGN)
            .map_err(|_| Ok(AllocError::new(ErrorKind::CapacityOverflow, size, ALIGN, NodeId::ANONYMOUS)))?;
        let old = match self.find(block).map_err(Err)? {
            Some(found) => found.size,
            None => self.heap.usable_size(block).ok_or_else(|| Err(self.why_none(block)))?,
        };
        if size <= old && size >= old / 2 {
            // Its size stays what it was: it is known, and nothing is gained.
            return Ok(block);
        }
        let new = self.alloc(layout).map_err(Ok)?;
        // SAFETY: two live blocks of at least so many bytes; the old one is freed last.
        unsafe {
            new.copy_from_nonoverlapping(block, old.min(size));
            self.free(block).map_err(Err)?;
        }
        Ok(new)
    }
}

/// What a block takes with `before` bytes in front.
#[inline(always)]
const fn whole(size: usize, before: usize) -> Option<usize> {
    // From one place that is 8 bytes off a multiple of 16 to the next.
    if size > isize::MAX as usize - 64 { None } else { Some(round_up(size + HEADER, ALIGN) + before - HEADER) }
}

/// Writes a header; the block behind it.
#[inline(always)]
fn head(header: usize, size: usize, live: u64) -> NonNull<u8> {
    let header = region::pointer(header);
    // SAFETY: memory of the window, just taken: 8 bytes and the block.
    unsafe {
        header.cast::<u64>().write((size as u64) << 16 | live);
        NonNull::new_unchecked(header.add(HEADER))
    }
}

/// A block from the thread's window or the next chunk. `None`: it is for the heap.
fn in_region(hot: &Hot, size: usize) -> Option<NonNull<u8>> {
    let of = |before| whole(size, before).and_then(|bytes| Layout::from_size_align(bytes, HEADER).ok());
    let layout = of(HEADER)?;
    let start = region::alloc(hot, layout).addr();
    match (start, start % ALIGN) {
        (0, _) => return None,
        (_, HEADER) => return Some(head(start, size, LIVE)),
        _ => {}
    }
    // The first of a chunk: 8 bytes are left unused, and from there on all lie right.
    // SAFETY: taken just now, and not used.
    unsafe {
        let chunk = RANGE.chunk_at(start)?;
        release(hot, &Found { chunk, start, size, bytes: layout.size() });
    }
    let start = region::alloc(hot, of(2 * HEADER)?).addr();
    (start != 0).then(|| head(start + HEADER, size, LIVE_OFF))
}

/// Marks a region's block as freed, and gives it back.
///
/// # Safety
/// A live block that was found there, and is not used any more.
unsafe fn end(hot: &Hot, block: NonNull<u8>, found: &Found) {
    // SAFETY: the header of the block, which is the caller's; then a block that was handed out there, with all its bytes.
    unsafe {
        block.sub(HEADER).cast::<u64>().write((found.size as u64) << 16 | FREED);
        release(hot, found);
    }
}

/// Gives a region's block back to its chunk.
///
/// # Safety
/// Handed out there with so many bytes, and not used any more.
unsafe fn release(hot: &Hot, found: &Found) {
    let end = found.start + found.bytes;
    if end == hot.cursor.get() {
        return hot.cursor.set(found.start);
    }
    // SAFETY: the caller's promise; sizes in a chunk are small.
    unsafe {
        if !region::free_own(hot, found.start, end) {
            let layout = Layout::from_size_align_unchecked(found.bytes, HEADER);
            region::free(hot, found.chunk, found.start, layout);
        }
    }
}

/// Whether frees of the heap have to be told on this thread.
fn is_heard(hot: &Hot) -> bool {
    hot.flags.get() & hooks::EACH_FREE != 0 || hooks::frees_matter()
}

/// As the program's allocator does.
fn tell(hot: &Hot, call: Call) {
    let flags = hot.flags.get() & !hooks::DISCARDING;
    if flags != 0 || hooks::frees_matter() {
        let _plain = hot.plain();
        hooks::tell(flags, call, None);
    }
}
