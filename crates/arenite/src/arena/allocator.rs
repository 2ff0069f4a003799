//! Arenas, scopes and claims as allocators of collections.

use super::{Arena, BufferArena, Claim, Handle, Scope};
use crate::debug::Place;
use allocator_api2::alloc::{AllocError, Allocator};
use core::{alloc::Layout, ptr::NonNull};

// SAFETY: blocks stay valid until the handle's owner goes back, for which nothing may borrow it: neither this reference
// nor a copy of it is left then. A copy names the same handle, so it can free and resize what another handed out.
unsafe impl Allocator for &Handle {
    #[inline(always)]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let memory = self.try_raw(layout.size(), layout.align(), Place::NOWHERE)?;
        Ok(NonNull::slice_from_raw_parts(memory, layout.size()))
    }

    #[inline(always)]
    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let memory = self.try_alloc_zeroed(layout)?;
        Ok(NonNull::slice_from_raw_parts(memory, layout.size()))
    }

    #[inline(always)]
    unsafe fn deallocate(&self, memory: NonNull<u8>, layout: Layout) {
        if layout.size() > 0 {
            // SAFETY: the caller passes what `allocate` returned.
            unsafe { self.free_last(memory, layout.size(), Place::NOWHERE) };
        }
    }

    #[inline(always)]
    unsafe fn grow(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        debug_assert!(new.size() >= old.size());
        let aligned = memory.addr().get() & (new.align() - 1) == 0;
        // SAFETY: the caller passes what this handle returned for `old`.
        if aligned && unsafe { self.resize_last(memory, old.size(), new.size()) } {
            // A pointer with the block's provenance: the caller's may be narrowed to the old size.
            let grown = self.window().cursor.with_addr(memory.addr().get());
            // SAFETY: `memory` is not null.
            let grown = unsafe { NonNull::new_unchecked(grown) };
            return Ok(NonNull::slice_from_raw_parts(grown, new.size()));
        }
        // SAFETY: as above.
        unsafe { self.moved(memory, old.size(), old.size(), new) }
    }

    #[inline(always)]
    unsafe fn grow_zeroed(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise is that of `grow`.
        let grown = unsafe { self.grow(memory, old, new)? };
        // SAFETY: the new block has `new.size() >= old.size()` bytes.
        unsafe { grown.cast::<u8>().add(old.size()).write_bytes(0, new.size() - old.size()) };
        Ok(grown)
    }

    #[inline(always)]
    unsafe fn shrink(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        debug_assert!(new.size() <= old.size());
        if memory.addr().get() & (new.align() - 1) != 0 {
            // SAFETY: the caller passes what this handle returned for `old`, of which `new.size()` bytes are kept.
            return unsafe { self.moved(memory, old.size(), new.size(), new) };
        }
        // SAFETY: as above.
        unsafe { self.resize_last(memory, old.size(), new.size()) };
        Ok(NonNull::slice_from_raw_parts(memory, new.size()))
    }
}

impl Handle {
    /// A new block with the first `keep` bytes of an old one.
    ///
    /// # Safety
    /// `memory` is a block of `old` bytes, at least `keep`, and `new` is no smaller than `keep`.
    #[inline(never)]
    unsafe fn moved(
        &self,
        memory: NonNull<u8>,
        old: usize,
        keep: usize,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let fits = keep == old && memory.addr().get() & (new.align() - 1) == 0;
        // SAFETY: the caller's promise; a layout has at most `isize::MAX` bytes.
        if fits && unsafe { self.extend_noted(memory, old, new.size(), Place::NOWHERE) } {
            // A pointer with the arena's provenance: the caller's may be narrowed to the old size.
            let grown = self.window().cursor.with_addr(memory.addr().get());
            // SAFETY: `memory` is not null.
            return Ok(NonNull::slice_from_raw_parts(unsafe { NonNull::new_unchecked(grown) }, new.size()));
        }
        let block = self.try_raw(new.size(), new.align(), Place::NOWHERE)?;
        // SAFETY: both have `keep` bytes; a new block never overlaps a live one.
        unsafe { block.copy_from_nonoverlapping(memory, keep) };
        // SAFETY: the caller's promise; what was in it has moved.
        unsafe { self.leave_behind(memory, old, Place::NOWHERE) };
        Ok(NonNull::slice_from_raw_parts(block, new.size()))
    }
}

/// Makes a reference to what dereferences to a handle an allocator by that handle.
macro_rules! by_handle {
    ($($owner:ty),*) => {$(
        // SAFETY: the handle's own promise; the owner cannot be dropped or moved while this reference or a copy lives.
        unsafe impl Allocator for &$owner {
            #[inline(always)]
            fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
                self.as_handle().allocate(layout)
            }

            #[inline(always)]
            fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
                self.as_handle().allocate_zeroed(layout)
            }

            #[inline(always)]
            unsafe fn deallocate(&self, memory: NonNull<u8>, layout: Layout) {
                // SAFETY: the caller's promise.
                unsafe { self.as_handle().deallocate(memory, layout) }
            }

            #[inline(always)]
            unsafe fn grow(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
                // SAFETY: the caller's promise.
                unsafe { self.as_handle().grow(memory, old, new) }
            }

            #[inline(always)]
            unsafe fn grow_zeroed(
                &self,
                memory: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, AllocError> {
                // SAFETY: the caller's promise.
                unsafe { self.as_handle().grow_zeroed(memory, old, new) }
            }

            #[inline(always)]
            unsafe fn shrink(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
                // SAFETY: the caller's promise.
                unsafe { self.as_handle().shrink(memory, old, new) }
            }
        }
    )*};
}

by_handle!(Arena, BufferArena<'_>, Scope<'_>, Claim<'_>);

impl Arena {
    #[inline(always)]
    pub(super) fn as_handle(&self) -> &Handle {
        self
    }
}

impl Scope<'_> {
    #[inline(always)]
    pub(super) fn as_handle(&self) -> &Handle {
        self
    }
}
