//! An address that does not come again.

use super::relay::{Change, Layer, by_layer, nothing, refusal};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, FreeError, FreeErrorKind, NodeId, ResetError, ResetMode,
    debug::Metadata,
    source::{PageObjects, Source, page_size},
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
    objects: Lock<PageObjects<M>>,
    keep: usize,
}

impl Unmapping {
    /// With the books in the C heap.
    #[must_use]
    pub fn new() -> Self {
        Self::with_metadata_in(Metadata)
    }
}

impl Default for Unmapping {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Allocator + Clone> Unmapping<M> {
    /// Address space that freed blocks keep, unless set: 2 GiB, of 32-bit systems 128 MiB.
    pub const KEEP: usize = PageObjects::<M>::KEEP;

    /// With the books in `metadata`.
    #[must_use]
    pub fn with_metadata_in(metadata: M) -> Self {
        Self { objects: Lock::new(PageObjects::new(metadata)), keep: Self::KEEP }
    }

    /// Lets freed blocks keep `bytes` of address space, guards not counted. With 0 an address may come again at once.
    #[must_use]
    pub fn keep(self, bytes: usize) -> Self {
        Self { keep: bytes, ..self }
    }

    /// Address space that freed blocks keep, in bytes.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.objects.lock().kept()
    }

    fn give_checked(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        let address = memory.addr().get();
        let mut objects = self.objects.lock();
        let kind = match objects.get(address) {
            Some(object) if !object.is_live() => FreeErrorKind::DoubleFree,
            Some(object) if object.layout().size() == layout.size() => {
                objects.retire(address);
                objects.trim(self.keep);
                return Ok(());
            }
            Some(object) => FreeErrorKind::WrongSize { given: layout.size(), asked: object.layout().size() },
            None => match objects.around(address) {
                Some((start, object)) if object.is_live() => FreeErrorKind::Misaligned { offset: address - start },
                Some(_) => FreeErrorKind::DoubleFree,
                None => FreeErrorKind::Foreign,
            },
        };
        Err(FreeError::new(kind, address, "an unmapping allocator", NodeId::ANONYMOUS))
    }
}

impl<M: Allocator + Clone> Layer for Unmapping<M> {
    /// Fresh pages are zero.
    fn take(&self, layout: Layout, _: bool) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout));
        }
        let memory = self.objects.lock().take(layout).map_err(|kind| refusal(kind, layout))?;
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
        let objects = self.objects.lock();
        let at_start = objects.get(address.addr());
        at_start
            .or_else(|| objects.around(address.addr()).map(|(_, object)| object))
            .is_some_and(|object| object.is_live())
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
        let mut objects = self.objects.lock();
        objects.retire_all();
        objects.trim(match mode {
            ResetMode::Keep => self.keep,
            ResetMode::KeepAtMost(bytes) => bytes.min(self.keep),
            ResetMode::GiveBack => 0,
        });
        Ok(())
    }

    fn stats(&self) -> AllocatorStats {
        let objects = self.objects.lock();
        AllocatorStats {
            used: Some(objects.committed()),
            held: Some(objects.committed()),
            live: Some(objects.live()),
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
