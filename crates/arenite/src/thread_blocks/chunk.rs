//! Chunks, and what lies in free blocks.

use super::shard::Shard;
use crate::{
    bump::round_up,
    sync::{AtomicPtr, Ordering},
};
use core::{
    alloc::Layout,
    cell::Cell,
    mem::MaybeUninit,
    ptr::{self, NonNull},
};

/// Size and alignment of a chunk.
pub(super) const CHUNK: usize = 64 << 10;

/// What a chunk is taken and given back with.
pub(super) const LAYOUT: Layout = match Layout::from_size_align(CHUNK, CHUNK) {
    Ok(layout) => layout,
    Err(_) => panic!("a power of two"),
};

/// The header of a chunk.
pub(super) struct Chunk {
    /// The shard that gets the blocks back. Relaxed: a shard lives as long as its chunks do, and any will do.
    owner: AtomicPtr<Shard>,
    /// The number of the allocator, for debug assertions.
    pub(super) instance: u64,
    /// The next one of the same shard. Changed by who has the shard.
    pub(super) next: Cell<*const Self>,
    /// The next one of all. Changed under the allocator's lock.
    pub(super) next_of_all: Cell<*const Self>,
    /// Whether a shard lies behind this header.
    pub(super) seat: bool,
}

/// Where the blocks of a chunk without a seat start.
pub(super) const HEADER: usize = round_up(size_of::<Chunk>(), 64);

impl Chunk {
    /// Makes a chunk of fresh memory.
    ///
    /// # Safety
    /// `memory` is as [`LAYOUT`] says, and the chunk's alone.
    pub(super) unsafe fn write(memory: NonNull<u8>, owner: *const Shard, instance: u64, seat: bool) -> *const Self {
        // For `of`: a block that comes back may have a pointer that reaches only itself.
        memory.as_ptr().expose_provenance();
        let [next, next_of_all] = [const { Cell::new(ptr::null()) }; 2];
        let chunk = Self { owner: AtomicPtr::new(owner.cast_mut()), instance, next, next_of_all, seat };
        let at = memory.cast::<Self>().as_ptr();
        // SAFETY: as promised; a chunk is longer than its header.
        unsafe { at.write(chunk) };
        at
    }

    /// The chunk that a block lies in.
    ///
    /// # Safety
    /// The block was carved from a chunk, which is live.
    #[inline(always)]
    pub(super) unsafe fn of<'c>(block: NonNull<u8>) -> &'c Self {
        // SAFETY: chunks are aligned to their size, start with their header, and were exposed.
        unsafe { &*ptr::with_exposed_provenance(block.addr().get() & !(CHUNK - 1)) }
    }

    #[inline(always)]
    pub(super) fn owner(&self) -> *const Shard {
        self.owner.load(Ordering::Relaxed)
    }

    pub(super) fn set_owner(&self, shard: &Shard) {
        self.owner.store(ptr::from_ref(shard).cast_mut(), Ordering::Relaxed);
    }

    /// The address of this header, with the provenance of the whole chunk.
    pub(super) fn start(&self) -> NonNull<u8> {
        let whole = ptr::with_exposed_provenance_mut(ptr::from_ref(self).addr());
        // SAFETY: the address of a reference.
        unsafe { NonNull::new_unchecked(whole) }
    }
}

/// What lies in a free block.
pub(super) struct Free {
    pub(super) next: *mut Self,
    /// The number of its class: written where it is on its way to another shard.
    pub(super) class: MaybeUninit<usize>,
}

const _: () = assert!(size_of::<Free>() <= 16 && align_of::<Free>() <= 16);
