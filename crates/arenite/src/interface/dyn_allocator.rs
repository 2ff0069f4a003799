//! The object-safe trait of all allocators.

use super::{AllocatorStats, Capabilities, ResetError, ResetMode};
use crate::{AllocError, ErrorKind, FreeError, NodeId};
use allocator_api2::alloc::Allocator;
use core::{alloc::Layout, ptr::NonNull};

/// An allocator that can be asked more than `Allocator` asks, also as `&dyn DynAllocator`.
///
/// Layers wrap any of these and are one themselves, so that they compose:
///
/// ```
/// use allocator_api2::vec::Vec;
/// use arenite::{Arena, DynAllocator};
///
/// fn squares(n: u64, memory: &dyn DynAllocator) -> Vec<u64, &dyn DynAllocator> {
///     let mut squares = Vec::new_in(memory);
///     squares.extend((0..n).map(|i| i * i));
///     squares
/// }
/// let arena = Arena::new();
/// assert_eq!(squares(4, &&arena)[3], 9);
/// ```
///
/// # Safety
/// As for [`Allocator`]; moreover
/// - `resize` answers true only when the block then has the new size where it is;
/// - `usable_size` is no more than what may be used;
/// - where [`Capabilities::OWNS`] is promised, `owns` answers true for every byte of this allocator's live blocks, and for
///   a live block of another one only when it may be freed and changed here as well as there.
pub unsafe trait DynAllocator: Allocator {
    /// As [`allocate`](Allocator::allocate), and says why not.
    ///
    /// # Errors
    /// The reason; [`ErrorKind::OutOfMemory`] from an allocator that knows none.
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let refused = |_| AllocError::new(ErrorKind::OutOfMemory, layout.size(), layout.align(), NodeId::ANONYMOUS);
        self.allocate(layout).map_err(refused)
    }

    /// As [`deallocate`](Allocator::deallocate), but refuses what it knows to be no live block of its own instead of
    /// panicking. What it knows is in its [`capabilities`](Self::capabilities).
    ///
    /// # Errors
    /// The fault; the allocator is as it was before.
    ///
    /// # Safety
    /// As `deallocate`, apart from the faults that the capabilities promise to find.
    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.deallocate(memory, layout) };
        Ok(())
    }

    /// Makes a block larger or smaller where it is. `false`: it cannot be done, and nothing changed. Shrinking may be
    /// refused too. Afterwards the block's layout is `old` with the new size.
    ///
    /// # Safety
    /// `memory` is a live block of this allocator's with the layout `old`, and `new_size` is not 0, nor above
    /// `isize::MAX` when rounded up to the alignment.
    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool;

    /// How many bytes of a live block may be used, at least what was asked for.
    ///
    /// # Safety
    /// `memory` is a live block of this allocator's with this layout.
    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        let _ = memory;
        layout.size()
    }

    /// Whether an address lies in memory that this allocator holds: true for every byte of its live blocks; exact where
    /// [`Capabilities::OWNS`] says so, and otherwise `false` means nothing.
    fn owns(&self, address: *const u8) -> bool;

    /// What it promises. The same at any time.
    fn capabilities(&self) -> Capabilities;

    /// Takes everything back at once.
    ///
    /// # Errors
    /// It cannot, or not now: nothing changed. (Of several allocators in a layer, those asked before the one that refuses
    /// have been reset.)
    ///
    /// # Panics
    /// When a value that was registered to be dropped panics; everything has been taken back then too.
    ///
    /// # Safety
    /// No block of this allocator's, and of those that it is made of, is used any more.
    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError>;

    /// Its figures.
    fn stats(&self) -> AllocatorStats;
}

// SAFETY: relays to the same allocator.
unsafe impl<A: DynAllocator + ?Sized> DynAllocator for &A {
    #[inline]
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        (**self).try_allocate(layout)
    }

    #[inline]
    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { (**self).try_deallocate(memory, layout) }
    }

    #[inline]
    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { (**self).resize(memory, old, new_size) }
    }

    #[inline]
    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        // SAFETY: the caller's promise.
        unsafe { (**self).usable_size(memory, layout) }
    }

    #[inline]
    fn owns(&self, address: *const u8) -> bool {
        (**self).owns(address)
    }

    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        unsafe { (**self).reset(mode) }
    }

    fn stats(&self) -> AllocatorStats {
        (**self).stats()
    }
}
