//! `Allocator` for what says through `DynAllocator` how it resizes.

use crate::DynAllocator;
use allocator_api2::alloc::AllocError;
use core::{
    alloc::Layout,
    ptr::{self, NonNull},
};

/// An allocator whose blocks may change their size where they are.
pub(crate) trait InPlace: DynAllocator {
    /// A pointer to `address`, where a live block starts, that may be used for all of it: the caller's own may be narrowed
    /// to the size that the block had.
    fn pointer(&self, address: usize) -> *mut u8;
}

/// What a request for no bytes is answered with: an address that is aligned and nothing else.
#[inline(always)]
pub(crate) fn nothing(align: usize) -> NonNull<[u8]> {
    // SAFETY: an alignment is not 0.
    NonNull::slice_from_raw_parts(unsafe { NonNull::new_unchecked(ptr::without_provenance_mut(align)) }, 0)
}

/// As `Allocator::grow` and `Allocator::shrink`: in place where that can be done, and moved where not.
///
/// # Safety
/// As of these.
#[inline]
pub(crate) unsafe fn regrow<A: InPlace>(
    allocator: &A,
    memory: NonNull<u8>,
    old: Layout,
    new: Layout,
) -> Result<NonNull<[u8]>, AllocError> {
    // With another alignment a block may belong to another size class, though it is aligned.
    let alike = old.align() == new.align() && old.size() > 0 && new.size() > 0;
    // SAFETY: a live block of this layout, by the caller's promise.
    if alike && unsafe { allocator.resize(memory, old, new.size()) } {
        let whole = allocator.pointer(memory.addr().get());
        // SAFETY: the address of a block, which is not null.
        return Ok(NonNull::slice_from_raw_parts(unsafe { NonNull::new_unchecked(whole) }, new.size()));
    }
    let moved = allocator.allocate(new)?;
    // SAFETY: both blocks have as many bytes, and a new one overlaps no live one; the old one is given up.
    unsafe {
        moved.cast::<u8>().copy_from_nonoverlapping(memory, old.size().min(new.size()));
        allocator.deallocate(memory, old);
    }
    Ok(moved)
}

/// Implements `Allocator` for a type by its `DynAllocator` and `InPlace`; `deallocate` is passed by name.
macro_rules! allocator_in_place {
    ([$($generics:tt)*] $allocator:ty, $free:ident) => {
        // SAFETY: that of the type's `DynAllocator`, whose promises it relays.
        unsafe impl<$($generics)*> allocator_api2::alloc::Allocator for $allocator {
            #[inline(always)]
            fn allocate(
                &self,
                layout: core::alloc::Layout,
            ) -> Result<core::ptr::NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                Ok($crate::DynAllocator::try_allocate(self, layout)?)
            }

            #[inline(always)]
            unsafe fn deallocate(&self, memory: core::ptr::NonNull<u8>, layout: core::alloc::Layout) {
                if layout.size() > 0 {
                    // SAFETY: the caller passes what `allocate` returned.
                    unsafe { self.$free(memory, layout) };
                }
            }

            #[inline]
            unsafe fn grow(
                &self,
                memory: core::ptr::NonNull<u8>,
                old: core::alloc::Layout,
                new: core::alloc::Layout,
            ) -> Result<core::ptr::NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                // SAFETY: the caller's promise.
                unsafe { $crate::in_place::regrow(self, memory, old, new) }
            }

            #[inline]
            unsafe fn grow_zeroed(
                &self,
                memory: core::ptr::NonNull<u8>,
                old: core::alloc::Layout,
                new: core::alloc::Layout,
            ) -> Result<core::ptr::NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                // SAFETY: the caller's promise; the new block has `new.size() >= old.size()` bytes.
                unsafe {
                    let grown = $crate::in_place::regrow(self, memory, old, new)?;
                    grown.cast::<u8>().add(old.size()).write_bytes(0, new.size() - old.size());
                    Ok(grown)
                }
            }

            #[inline]
            unsafe fn shrink(
                &self,
                memory: core::ptr::NonNull<u8>,
                old: core::alloc::Layout,
                new: core::alloc::Layout,
            ) -> Result<core::ptr::NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                // SAFETY: the caller's promise.
                unsafe { $crate::in_place::regrow(self, memory, old, new) }
            }
        }
    };
}

pub(crate) use allocator_in_place;
