//! Blocks that are given back or change their size.

use super::{Heap, unless_told};
use crate::{
    debug::{Place, Refused, Unchanged},
    error::AllocError,
    free_error::{FreeError, FreeErrorKind},
};
use core::{alloc::Layout, ptr::NonNull};

/// Freeing and resizing.
impl Heap {
    /// Takes a block back, whatever its size, on any thread. O(1).
    ///
    /// # Safety
    /// If `block` is a live block of this heap, nobody uses it any more.
    ///
    /// # Panics
    /// When it is no live block of this heap; see [`try_free`](Self::try_free). While a grade is in force
    /// ([`Grade::Sites`](crate::debug::Grade::Sites) and above) that is a fault, which is reported: then its policy says
    /// whether this panics, or returns with nothing changed.
    #[inline]
    #[track_caller]
    pub unsafe fn free(&self, block: NonNull<u8>) {
        // SAFETY: the caller's promise.
        unsafe { self.free_as(block, None) };
    }

    /// As [`free`](Self::free).
    ///
    /// # Safety
    /// As [`free`](Self::free). Any address may be passed, except while the thread that allocated a block there gives its
    /// memory back: see [`Heap`].
    ///
    /// # Errors
    /// No live block of this heap starts there: it is free already, lies inside a block, or is none of this heap's. Nothing
    /// has changed.
    #[inline]
    #[track_caller]
    pub unsafe fn try_free(&self, block: NonNull<u8>) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.try_free_as(block, None) }
    }

    /// As [`free`](Self::free), for a block that was taken with this layout, if that is known. Only books of blocks look
    /// at it.
    ///
    /// # Safety
    /// As [`free`](Self::free).
    #[inline(always)]
    #[track_caller]
    pub(in crate::heap) unsafe fn free_as(&self, block: NonNull<u8>, layout: Option<Layout>) {
        // SAFETY: the caller's promise.
        unsafe {
            if !self.free_at_hand(block.addr().get()) {
                self.release(block, layout, Place::here()).unwrap_or_else(unless_told);
            }
        }
    }

    /// # Safety
    /// As [`try_free`](Self::try_free), as [`free_as`](Self::free_as).
    #[inline(always)]
    #[track_caller]
    pub(in crate::heap) unsafe fn try_free_as(
        &self,
        block: NonNull<u8>,
        layout: Option<Layout>,
    ) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe {
            if self.free_at_hand(block.addr().get()) {
                return Ok(());
            }
            self.release(block, layout, Place::here()).map_err(Refused::error)
        }
    }

    /// Frees a block of the thread's own shard, if that is what starts there and the heap is not watched. Never unwinds.
    ///
    /// # Safety
    /// As [`try_free`](Self::try_free).
    #[doc(hidden)]
    #[inline(always)]
    pub unsafe fn free_at_hand(&self, address: usize) -> bool {
        // SAFETY: this thread's shard; the caller's promise.
        self.home().shard().is_some_and(|shard| unsafe { shard.free(address) })
    }

    /// # Safety
    /// As [`free`](Self::free).
    #[inline(never)]
    unsafe fn release(&self, block: NonNull<u8>, layout: Option<Layout>, place: Place) -> Result<(), Refused> {
        let home = self.home();
        // SAFETY: the caller's promise.
        unsafe {
            if home.is_watched() {
                return home.release_watched(block, layout, place);
            }
            let address = block.addr().get();
            home.release(address).map_err(|kind| Refused::Below(home.refuse_free(kind, address)))
        }
    }

    /// As [`free`](Self::free), with the layout that the block was taken with.
    ///
    /// # Safety
    /// As [`free`](Self::free).
    ///
    /// # Panics
    /// As [`free`](Self::free), and when the block is smaller than the layout says.
    #[inline]
    #[track_caller]
    pub unsafe fn free_sized(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.release_sized(block, layout, Place::here()) }.unwrap_or_else(unless_told);
    }

    /// As [`free_sized`](Self::free_sized).
    ///
    /// # Safety
    /// As [`free`](Self::free).
    ///
    /// # Errors
    /// As [`try_free`](Self::try_free), and a size above the block's; another one than the block was taken with, while a
    /// grade is in force.
    #[track_caller]
    pub unsafe fn try_free_sized(&self, block: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.release_sized(block, layout, Place::here()) }.map_err(Refused::error)
    }

    /// # Safety
    /// As [`free`](Self::free).
    unsafe fn release_sized(&self, block: NonNull<u8>, layout: Layout, place: Place) -> Result<(), Refused> {
        let home = self.home();
        // SAFETY: the caller's promise.
        unsafe {
            if home.is_watched() {
                return home.release_watched(block, Some(layout), place);
            }
            let address = block.addr().get();
            if let Some(live) = home.live(address).filter(|live| live.size() < layout.size()) {
                let kind = FreeErrorKind::WrongSize { given: layout.size(), asked: live.size() };
                return Err(Refused::Below(home.refuse_free(kind, address)));
            }
            if self.free_at_hand(address) { Ok(()) } else { self.release(block, Some(layout), place) }
        }
    }

    /// Whether the block can have `size` bytes where it stands; if so it has them now. It can when its rounded size is
    /// enough, and often when it is the one this thread allocated last. Bytes beyond the old size are undefined.
    ///
    /// # Safety
    /// If `block` is a live block of this heap, it is the caller's.
    #[must_use]
    #[track_caller]
    pub unsafe fn resize(&self, block: NonNull<u8>, size: usize) -> bool {
        let home = self.home();
        // SAFETY: the caller's promise.
        let resize = || unsafe { home.resize(block.addr().get(), size) }.is_some();
        if home.is_watched() {
            // SAFETY: the caller's promise.
            return unsafe { home.resize_watched(block, size, Place::here(), resize) };
        }
        resize()
    }

    /// A block of `layout` with the contents of `block`, up to the smaller size: the same one where that is possible and
    /// leaves no more than half of it unused, else a new one.
    ///
    /// # Safety
    /// As [`free`](Self::free); the old address is not used any more, unless it is the result.
    ///
    /// # Panics
    /// When the new block is refused, or `block` is no live block of this heap.
    #[must_use]
    #[track_caller]
    pub unsafe fn realloc(&self, block: NonNull<u8>, layout: Layout) -> NonNull<u8> {
        // SAFETY: the caller's promise.
        match unsafe { self.change(block, None, layout, Place::here()) } {
            Ok(changed) => changed,
            Err(Unchanged::Wrong(wrong)) => wrong.panic(),
            Err(Unchanged::Refused(refused)) => refused.panic(),
        }
    }

    /// As [`realloc`](Self::realloc).
    ///
    /// # Safety
    /// As [`realloc`](Self::realloc), and `block` is a live block of this heap.
    ///
    /// # Errors
    /// As [`try_alloc`](Self::try_alloc); the old block stays as it was.
    ///
    /// # Panics
    /// When `block` is no live block of this heap after all.
    #[track_caller]
    pub unsafe fn try_realloc(&self, block: NonNull<u8>, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        // SAFETY: the caller's promise.
        unsafe { self.try_realloc_as(block, None, layout) }
    }

    /// As [`realloc`](Self::realloc), for whatever C passes: `Err` when it is no live block of this heap, and then the new
    /// block, or why there is none.
    ///
    /// # Safety
    /// As [`realloc`](Self::realloc).
    ///
    /// # Errors
    /// As [`try_free`](Self::try_free), and inside as [`try_alloc`](Self::try_alloc). Nothing has changed.
    #[doc(hidden)]
    #[track_caller]
    pub unsafe fn try_realloc_any(
        &self,
        block: NonNull<u8>,
        layout: Layout,
    ) -> Result<Result<NonNull<u8>, AllocError>, FreeError> {
        // SAFETY: the caller's promise.
        match unsafe { self.change(block, None, layout, Place::here()) } {
            Ok(changed) => Ok(Ok(changed)),
            Err(Unchanged::Refused(refused)) => Ok(Err(refused)),
            Err(Unchanged::Wrong(wrong)) => Err(wrong),
        }
    }

    /// Why there is no live block at an address that [`usable_size`](Self::usable_size) knows nothing of.
    #[doc(hidden)]
    #[must_use]
    pub fn why_not_live(&self, block: NonNull<u8>) -> FreeError {
        let address = block.addr().get();
        self.home().refuse_free(self.home().why_not(address), address)
    }

    /// # Safety
    /// As [`try_realloc`](Self::try_realloc); the block was taken with `old`, if that is known.
    #[track_caller]
    pub(in crate::heap) unsafe fn try_realloc_as(
        &self,
        block: NonNull<u8>,
        old: Option<Layout>,
        layout: Layout,
    ) -> Result<NonNull<u8>, AllocError> {
        // SAFETY: the caller's promise.
        unsafe { self.change(block, old, layout, Place::here()) }.map_err(|unchanged| match unchanged {
            Unchanged::Wrong(wrong) => wrong.panic(),
            Unchanged::Refused(refused) => refused,
        })
    }

    /// # Safety
    /// As [`realloc`](Self::realloc); the block was taken with `old`, if that is known.
    unsafe fn change(
        &self,
        block: NonNull<u8>,
        old: Option<Layout>,
        layout: Layout,
        place: Place,
    ) -> Result<NonNull<u8>, Unchanged<AllocError>> {
        let home = self.home();
        if home.is_watched() {
            // SAFETY: the caller's promise.
            unsafe {
                let change = || home.change(block, layout);
                let changed = home.change_watched(block, (old, layout), place, change);
                home.report();
                return changed;
            }
        }
        let address = block.addr().get();
        if home.live(address).is_none() {
            return Err(Unchanged::Wrong(home.refuse_free(home.why_not(address), address)));
        }
        // SAFETY: the caller's promise.
        let changed = unsafe { home.change(block, layout) };
        home.report();
        changed.map_err(Unchanged::Refused)
    }
}
