//! What an allocator for C has to say, made into what the library asks.

use crate::error::{self, Noted};
use allocator_api2::alloc::AllocError as Refused;
use arenite_lib::{AllocError, AllocatorStats, Capabilities, FreeError, ResetError, ResetMode};
use std::{alloc::Layout, cell::Cell, ptr::NonNull};

thread_local! {
    /// The thread's error was set inside of an allocator, and says more than what comes out of it.
    static EXPLAINED: Cell<bool> = const { Cell::new(false) };
}

/// Remembers that the thread's error is set.
pub(super) fn explain<E>(Noted { .. }: Noted, refused: E) -> E {
    EXPLAINED.with(|explained| explained.set(true));
    refused
}

/// Runs `run`; its refusal is the error that was set inside of it, or else what `otherwise` makes of it.
pub(super) fn explained<T, E>(
    run: impl FnOnce() -> Result<T, E>,
    otherwise: impl FnOnce(E) -> Noted,
) -> Result<T, Noted> {
    let outer = EXPLAINED.with(|explained| explained.replace(false));
    let answer = run();
    let inside = EXPLAINED.with(|explained| explained.replace(outer));
    answer.map_err(|refused| if inside { error::noted_before() } else { otherwise(refused) })
}

/// See `DynAllocator`, whose methods these are. Sizes are not 0.
pub(super) trait Simple: Send + Sync {
    fn take(&self, layout: Layout) -> Result<NonNull<u8>, AllocError>;

    /// # Safety
    /// As `DynAllocator::try_deallocate`.
    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) -> Result<(), FreeError>;

    /// # Safety
    /// As `DynAllocator::resize`.
    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, size: usize) -> bool;

    fn owns(&self, address: *const u8) -> bool;

    fn capabilities(&self) -> Capabilities;

    /// # Safety
    /// As `DynAllocator::reset`.
    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError>;

    fn stats(&self) -> AllocatorStats;
}

/// An allocator of the library, by what it says simply.
pub(super) struct By<S>(pub(super) S);

/// What a request for no bytes is answered with: an address that is aligned and nothing else.
fn nothing(layout: Layout) -> NonNull<[u8]> {
    let address = NonNull::new(std::ptr::without_provenance_mut(layout.align())).unwrap_or(NonNull::dangling());
    NonNull::slice_from_raw_parts(address, 0)
}

// SAFETY: blocks are those of `S`, which keeps the promises of the library's allocators, as its documentation demands; they
// stay where they are however `S` moves, since it only names where they come from.
unsafe impl<S: Simple> allocator_api2::alloc::Allocator for By<S> {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, Refused> {
        arenite_lib::DynAllocator::try_allocate(self, layout).map_err(|_| Refused)
    }

    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: the caller's promise, by which it is not refused.
            let _ = unsafe { self.0.give(block, layout) };
        }
    }

    unsafe fn grow(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, Refused> {
        // SAFETY: the caller's promise.
        unsafe { self.change(block, old, new) }
    }

    unsafe fn shrink(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, Refused> {
        // SAFETY: the caller's promise.
        unsafe { self.change(block, old, new) }
    }
}

impl<S: Simple> By<S> {
    /// In place where that is possible: what serves only its last block again would keep the old one.
    ///
    /// # Safety
    /// As `Allocator::grow` and `Allocator::shrink`.
    unsafe fn change(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, Refused> {
        use allocator_api2::alloc::Allocator as _;
        let stays = old.size() != 0 && new.size() != 0 && new.align() == old.align();
        // SAFETY: the caller's promise.
        if stays && unsafe { self.0.resize(block, old, new.size()) } {
            return Ok(NonNull::slice_from_raw_parts(block, new.size()));
        }
        let moved = self.allocate(new)?;
        // SAFETY: two live blocks, as large as the smaller of both at least; the old one is not used any more.
        unsafe {
            moved.cast::<u8>().copy_from_nonoverlapping(block, old.size().min(new.size()));
            self.deallocate(block, old);
        }
        Ok(moved)
    }
}

// SAFETY: as above.
unsafe impl<S: Simple> arenite_lib::DynAllocator for By<S> {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout));
        }
        Ok(NonNull::slice_from_raw_parts(self.0.take(layout)?, layout.size()))
    }

    unsafe fn try_deallocate(&self, block: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        if layout.size() == 0 { Ok(()) } else { unsafe { self.0.give(block, layout) } }
    }

    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        old.size() != 0 && unsafe { self.0.resize(block, old, new_size) }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.0.owns(address)
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        unsafe { self.0.reset(mode) }
    }

    fn stats(&self) -> AllocatorStats {
        self.0.stats()
    }
}
