//! What layers have in common: both public traits by three methods, and the three ways of changing a block.

use crate::{AllocError, DynAllocator, ErrorKind, FreeError, NodeId};
use allocator_api2::alloc::AllocError as Refused;
use core::{alloc::Layout, ptr::NonNull};

/// The methods of `Allocator` that a layer writes itself; [`by_layer`] makes the others of them.
pub(super) trait Layer {
    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError>;

    /// # Safety
    /// That of `DynAllocator::try_deallocate`.
    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError>;

    /// # Safety
    /// That of `Allocator::grow` or `shrink`, as `change` says.
    unsafe fn change(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
        change: Change,
    ) -> Result<NonNull<[u8]>, Refused>;
}

/// Which method of `Allocator` changes a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Grow,
    GrowZeroed,
    Shrink,
}

impl Change {
    pub(super) fn zeroed(self) -> bool {
        self == Self::GrowZeroed
    }

    /// Asks `allocator` for it.
    ///
    /// # Safety
    /// That of the method.
    pub(super) unsafe fn ask(
        self,
        allocator: &impl DynAllocator,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, Refused> {
        // SAFETY: the caller's promise.
        let block = unsafe {
            match self {
                Self::Grow => allocator.grow(memory, old, new)?,
                Self::GrowZeroed => allocator.grow_zeroed(memory, old, new)?,
                Self::Shrink => allocator.shrink(memory, old, new)?,
            }
        };
        Ok(cut(block, new))
    }
}

/// A block without what the allocator below gave beyond the request: so the layout that it was asked with is the only
/// one that fits it, and layers can count bytes.
fn cut(block: NonNull<[u8]>, layout: Layout) -> NonNull<[u8]> {
    NonNull::slice_from_raw_parts(block.cast(), layout.size())
}

/// A block of `allocator`'s.
pub(super) fn take(allocator: &impl DynAllocator, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
    let block = if zeroed {
        // Nobody above sees the reason: `allocate_zeroed` has none to give.
        allocator.allocate_zeroed(layout).map_err(|_| refusal(ErrorKind::OutOfMemory, layout))?
    } else {
        allocator.try_allocate(layout)?
    };
    Ok(cut(block, layout))
}

/// A block of no bytes, for layers that answer such requests themselves.
pub(super) fn nothing(layout: Layout) -> NonNull<[u8]> {
    let nowhere = core::ptr::without_provenance_mut(layout.align());
    // SAFETY: an alignment is not 0.
    NonNull::slice_from_raw_parts(unsafe { NonNull::new_unchecked(nowhere) }, 0)
}

/// The contents of a block in a new one of another allocator's; the old one is freed. Nothing changes when `to` refuses.
///
/// # Safety
/// `memory` is a live block of `from`'s with the layout `old`.
pub(super) unsafe fn moved(
    from: &impl DynAllocator,
    to: &impl DynAllocator,
    memory: NonNull<u8>,
    [old, new]: [Layout; 2],
    zeroed: bool,
) -> Result<NonNull<[u8]>, AllocError> {
    let block = take(to, new, zeroed)?;
    // SAFETY: the caller's promise; the block is fresh.
    unsafe { carry(from, memory, old, block) };
    Ok(block)
}

/// Copies the contents of a block to a fresh one and frees it.
///
/// # Safety
/// `memory` is a live block of `from`'s with the layout `old`, and `to` a fresh block that nobody has yet.
pub(super) unsafe fn carry(from: &impl DynAllocator, memory: NonNull<u8>, old: Layout, to: NonNull<[u8]>) {
    // SAFETY: both have that many bytes, and a new block overlaps no live one. The old one is not used after this.
    unsafe {
        to.cast::<u8>().copy_from_nonoverlapping(memory, old.size().min(to.len()));
        from.deallocate(memory, old);
    }
}

/// A refusal of a layer's own.
pub(super) fn refusal(kind: ErrorKind, layout: Layout) -> AllocError {
    AllocError::new(kind, layout.size(), layout.align(), NodeId::ANONYMOUS)
}

/// `layout` with another size, which the caller knows to be a possible one.
pub(super) fn resized(layout: Layout, size: usize) -> Layout {
    // SAFETY: `DynAllocator::resize` promises a size that is possible with this alignment.
    unsafe { Layout::from_size_align_unchecked(size, layout.align()) }
}

/// Makes an `Allocator` of a [`Layer`].
macro_rules! by_layer {
    ([$($generics:tt)*] $layer:ty) => {
        // SAFETY: blocks come from the allocators below, which the layer holds and gives away to nobody: they stay valid
        // as long as those live, wherever the layer moves. Every block goes back to where it came from.
        unsafe impl<$($generics)*> allocator_api2::alloc::Allocator for $layer {
            #[inline]
            fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                Ok($crate::layer::relay::Layer::take(self, layout, false)?)
            }

            #[inline]
            fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                Ok($crate::layer::relay::Layer::take(self, layout, true)?)
            }

            #[inline]
            #[track_caller]
            unsafe fn deallocate(&self, memory: NonNull<u8>, layout: Layout) {
                // SAFETY: the caller's promise.
                if let Err(refused) = unsafe { $crate::layer::relay::Layer::give(self, memory, layout) } {
                    refused.panic()
                }
            }

            $crate::layer::relay::by_layer!(@change grow Grow);
            $crate::layer::relay::by_layer!(@change grow_zeroed GrowZeroed);
            $crate::layer::relay::by_layer!(@change shrink Shrink);
        }
    };
    (@change $method:ident $change:ident) => {
        #[inline]
        unsafe fn $method(
            &self,
            memory: NonNull<u8>,
            old: Layout,
            new: Layout,
        ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
            // SAFETY: the caller's promise.
            unsafe {
                $crate::layer::relay::Layer::change(self, memory, old, new, $crate::layer::relay::Change::$change)
            }
        }
    };
}

pub(super) use by_layer;
