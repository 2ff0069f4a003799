//! An address that does not come again.

use super::{
    relay::{Change, Layer, by_layer, nothing, refusal},
    table::{Metadata, Table},
};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, ErrorKind, FreeError, FreeErrorKind, NodeId, ResetError,
    ResetMode,
    bump::{MAX_ALIGN, round_down},
    source::{Reservation, ReservationOptions, Source, VmError, page_size},
    sync::Lock,
};
use allocator_api2::alloc::Allocator;
use core::{alloc::Layout, fmt, ptr::NonNull};

/// Gives each block pages of its own between guards, and makes them inaccessible when it is freed: a use after free stops
/// the program at the instruction that does it, and so does running past a block's end.
///
/// Blocks end where their pages end (to within their alignment). Freed ones give their memory back but keep their
/// addresses, so that no later block is mistaken for them, until so much address space is kept back
/// ([`keep`](Self::keep)): then the one freed first goes. Double and foreign frees and wrong sizes are found.
///
/// The other layers change what an allocator does; this one takes its place, because the pages of a block must be the
/// system's to be closed. What lies below is only where its books are: the C heap, or
/// [`with_metadata_in`](Self::with_metadata_in). It is a [`Source`] as well, so an arena's or heap's blocks can come from
/// it: a pointer into a block that the arena gave back then stops the program.
///
/// For finding faults, not for speed: two system calls for a block and two for its free; 4 KiB of memory and 256 KiB of
/// address space for the smallest block, and on Linux at most some 30,000 live blocks (`vm.max_map_count`).
///
/// ```
/// use allocator_api2::vec::Vec;
/// use arenite::{DynAllocator, layer::Unmapping};
/// let memory = Unmapping::new();
/// let mut seen = std::collections::HashSet::new();
/// for n in 0..100u8 {
///     let bytes = Vec::from_iter_in([n; 10], &memory);
///     assert!(seen.insert(bytes.as_ptr()), "an address came again");
/// }
/// assert_eq!(memory.stats().live, Some(0));
/// # trait FromIterIn { fn from_iter_in<A: allocator_api2::alloc::Allocator>(bytes: [u8; 10], a: A) -> Vec<u8, A>; }
/// # impl FromIterIn for Vec<u8> {
/// #     fn from_iter_in<A: allocator_api2::alloc::Allocator>(bytes: [u8; 10], a: A) -> Vec<u8, A> {
/// #         let mut v = Vec::new_in(a); v.extend(bytes); v
/// #     }
/// # }
/// ```
pub struct Unmapping<M: Allocator = Metadata> {
    books: Lock<Books<M>>,
    keep: usize,
}

struct Books<M: Allocator> {
    /// Live blocks, and freed ones whose addresses are kept back.
    blocks: Table<Block, M>,
    /// Freed blocks in the order in which they were freed, linked by address; 0 is none.
    oldest: usize,
    newest: usize,
    kept: usize,
    live: usize,
    /// Bytes of committed pages.
    committed: usize,
}

struct Block {
    reservation: Reservation,
    layout: Layout,
    /// Where its pages begin, in the reservation.
    pages: usize,
    live: bool,
    next_freed: usize,
}

impl Block {
    fn committed(&self) -> usize {
        self.reservation.size() - self.pages
    }
}

impl Unmapping {
    /// With the books in the C heap.
    #[must_use]
    pub fn new() -> Self {
        Self::with_metadata_in(Metadata::default())
    }
}

impl Default for Unmapping {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Allocator + Clone> Unmapping<M> {
    /// Address space that freed blocks keep, unless set: 2 GiB, of 32-bit systems 128 MiB.
    pub const KEEP: usize = if usize::BITS == 64 { 2 << 30 } else { 128 << 20 };

    /// With the books in `metadata`.
    #[must_use]
    pub fn with_metadata_in(metadata: M) -> Self {
        let books = Books { blocks: Table::new(metadata), oldest: 0, newest: 0, kept: 0, live: 0, committed: 0 };
        Self { books: Lock::new(books), keep: Self::KEEP }
    }

    /// Lets freed blocks keep `bytes` of address space, guards not counted. With 0 an address may come again at once.
    #[must_use]
    pub fn keep(self, bytes: usize) -> Self {
        Self { keep: bytes, ..self }
    }

    /// Address space that freed blocks keep, in bytes.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.books.lock().kept
    }

    fn give_checked(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        let address = memory.addr().get();
        let mut books = self.books.lock();
        let kind = match books.blocks.get(address) {
            Some(block) if !block.live => FreeErrorKind::DoubleFree,
            Some(block) if block.layout.size() == layout.size() => {
                books.retire(address);
                books.trim(self.keep);
                return Ok(());
            }
            Some(block) => FreeErrorKind::WrongSize { given: layout.size(), asked: block.layout.size() },
            None => match books.around(address) {
                Some((start, block)) if block.live => FreeErrorKind::Misaligned { offset: address - start },
                Some(_) => FreeErrorKind::DoubleFree,
                None => FreeErrorKind::Foreign,
            },
        };
        Err(FreeError::new(kind, address, "an unmapping allocator", NodeId::ANONYMOUS))
    }
}

impl<M: Allocator + Clone> Books<M> {
    fn around(&self, address: usize) -> Option<(usize, &Block)> {
        self.blocks.iter().find(|(start, block)| address.wrapping_sub(*start) < block.layout.size())
    }

    /// A block at the end of a fresh reservation.
    fn take(&mut self, layout: Layout) -> Result<NonNull<u8>, ErrorKind> {
        let spare = if layout.align() > page_size() { layout.align() } else { 0 };
        let size = layout.size().checked_add(spare).ok_or(ErrorKind::CapacityOverflow)?;
        if !self.blocks.reserve() {
            return Err(ErrorKind::OutOfMemory);
        }
        let refused = |error: VmError| ErrorKind::ReserveRefused { code: error.code };
        let reservation = Reservation::new(ReservationOptions::new(size)).map_err(refused)?;
        let base = reservation.base();
        let start = round_down(base.addr().get() + reservation.size() - layout.size(), layout.align());
        let offset = start - base.addr().get();
        let pages = round_down(offset, page_size());
        reservation.commit(pages..reservation.size()).map_err(|_| ErrorKind::OutOfMemory)?;
        // SAFETY: the reservation holds `size` bytes, alignment included, so the start lies in it.
        let memory = unsafe { base.add(offset) };
        let block = Block { reservation, layout, pages, live: true, next_freed: 0 };
        self.committed += block.committed();
        self.live += 1;
        self.blocks.insert(start, block);
        Ok(memory)
    }

    /// Closes a live block and puts it in the queue.
    fn retire(&mut self, address: usize) {
        let Some(block) = self.blocks.get_mut(address) else { return };
        let range = block.pages..block.reservation.size();
        // SAFETY: the pages of this block alone, which is given up. A system that cannot close them leaves them open, and
        // their addresses kept: then a use after free goes unnoticed, and hits nobody else.
        let _ = unsafe { block.reservation.decommit(range) };
        block.live = false;
        let (committed, size) = (block.committed(), block.reservation.size());
        self.committed -= committed;
        self.live -= 1;
        self.kept += size;
        match self.newest {
            0 => self.oldest = address,
            newest => {
                if let Some(before) = self.blocks.get_mut(newest) {
                    before.next_freed = address;
                }
            }
        }
        self.newest = address;
    }

    /// Releases the blocks freed first until no more than `keep` bytes of address space are kept back.
    fn trim(&mut self, keep: usize) {
        while self.kept > keep {
            let Some(block) = self.blocks.remove(self.oldest) else { return };
            self.kept -= block.reservation.size();
            self.oldest = block.next_freed;
            if self.oldest == 0 {
                self.newest = 0;
            }
        }
    }
}

impl<M: Allocator + Clone> Layer for Unmapping<M> {
    /// Fresh pages are zero.
    fn take(&self, layout: Layout, _: bool) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout));
        }
        if layout.align() > MAX_ALIGN {
            return Err(refusal(ErrorKind::BadAlignment, layout));
        }
        let memory = self.books.lock().take(layout).map_err(|kind| refusal(kind, layout))?;
        Ok(NonNull::slice_from_raw_parts(memory, layout.size()))
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        if layout.size() == 0 { Ok(()) } else { self.give_checked(memory, layout) }
    }

    unsafe fn change(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
        _: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        let block = self.take(new, true)?;
        // SAFETY: both have that many bytes, and a new block overlaps no live one. The old one is not used after this.
        unsafe {
            block.cast::<u8>().copy_from_nonoverlapping(memory, old.size().min(new.size()));
            self.give(memory, old).unwrap_or_else(|refused| refused.panic());
        }
        Ok(block)
    }
}

by_layer!([M: Allocator + Clone] Unmapping<M>);

// SAFETY: a block has exactly its bytes; no block grows where it is.
unsafe impl<M: Allocator + Clone> DynAllocator for Unmapping<M> {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.take(layout, false)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give(memory, layout) }
    }

    /// A shorter block would no longer end at its guard: all that is possible is to leave it as it is.
    unsafe fn resize(&self, _: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        new_size == old.size()
    }

    /// Whether a live block holds the address. O(1) for the start of a block, O(blocks) otherwise.
    fn owns(&self, address: *const u8) -> bool {
        let books = self.books.lock();
        let at_start = books.blocks.get(address.addr());
        at_start.or_else(|| books.around(address.addr()).map(|(_, block)| block)).is_some_and(|block| block.live)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::FREE
            | Capabilities::OWNS
            | Capabilities::RESET
            | Capabilities::FINDS_DOUBLE_FREE
            | Capabilities::FINDS_FOREIGN_FREE
            | Capabilities::FINDS_WRONG_SIZE
            | Capabilities::THREADS
            | Capabilities::COUNTS
    }

    /// Closes every block. The mode is about addresses kept back, since no memory is.
    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        let mut books = self.books.lock();
        let mut from = 0;
        while let Some((slot, address)) = books.blocks.next(from, |block| block.live) {
            books.retire(address);
            from = slot + 1;
        }
        books.trim(match mode {
            ResetMode::Keep => self.keep,
            ResetMode::KeepAtMost(bytes) => bytes.min(self.keep),
            ResetMode::GiveBack => 0,
        });
        Ok(())
    }

    fn stats(&self) -> AllocatorStats {
        let books = self.books.lock();
        AllocatorStats {
            used: Some(books.committed),
            held: Some(books.committed),
            live: Some(books.live),
            // Nothing is taken to be divided: each block is a range of its own.
            blocks_taken: None,
            blocks_returned: None,
        }
    }
}

// SAFETY: a block is a fresh range of pages, zeroed by the kernel, of the user's half of the address space, which lies
// below 2^57 on every supported system; nobody else has it until it comes back.
unsafe impl<M: Allocator + Clone + Send> Source for Unmapping<M> {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        Layer::take(self, layout, true).ok().map(NonNull::cast)
    }

    /// A block that is none of its own is left alone: a source does not unwind.
    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
        let _ = self.give_checked(block, layout);
    }

    fn zeroed(&self) -> bool {
        true
    }

    fn granule(&self) -> usize {
        page_size()
    }
}

impl<M: Allocator + Clone> fmt::Debug for Unmapping<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unmapping").field("stats", &self.stats()).field("kept", &self.kept()).finish()
    }
}
