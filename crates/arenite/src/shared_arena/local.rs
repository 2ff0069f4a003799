//! A thread's end of a shared arena.

use super::{SharedArena, drops::Entry, window::Window};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, ErrorKind, ResetError, ResetMode,
    in_place::{InPlace, allocator_in_place, nothing},
    shared_options::granted,
};
use core::{alloc::Layout, fmt, mem, ptr::NonNull, slice, str};

/// A thread's own window on a [`SharedArena`], from [`SharedArena::local`]. Allocating is a bare bump.
///
/// What it hands out lives as long as the borrow of the arena: longer than this, and on any thread that the compiler lets
/// it go to. Dropped, it leaves what is left of its block to the next local; make one for a thread or a job, not for a
/// value. It may be sent to another thread, and is used by one at a time.
///
/// ```
/// let arena = arenite::SharedArena::new();
/// let name = std::thread::scope(|threads| threads.spawn(|| arena.local().alloc_str("grain")).join().unwrap());
/// assert_eq!(name, "grain");
/// ```
/// Two threads cannot use the same one:
/// ```compile_fail,E0277
/// let arena = arenite::SharedArena::new();
/// let local = arena.local();
/// std::thread::scope(|threads| { threads.spawn(|| { local.alloc(1); }); });
/// ```
/// What may not go to another thread stays on its own:
/// ```compile_fail,E0277
/// let arena = arenite::SharedArena::new();
/// let cell: &std::cell::Cell<u8> = arena.local().alloc(std::cell::Cell::new(1));
/// std::thread::scope(|threads| { threads.spawn(|| cell.set(2)); });
/// ```
pub struct SharedLocal<'a> {
    window: Window,
    arena: &'a SharedArena,
}

// SAFETY: the memory of a window is the local's alone, wherever it is, and the arena is `Sync`.
unsafe impl Send for SharedLocal<'_> {}

/// A value with its entry in the list of what is to be dropped.
#[repr(C)]
struct Registered<T> {
    entry: Entry,
    value: T,
}

impl<'a> SharedLocal<'a> {
    pub(super) fn of(arena: &'a SharedArena) -> Self {
        Self { window: Window::empty(), arena }
    }

    /// The arena.
    #[must_use]
    pub fn arena(&self) -> &'a SharedArena {
        self.arena
    }

    /// Moves `value` into the arena.
    ///
    /// Types that need `Drop` do not compile here: see [`alloc_drop`](Self::alloc_drop).
    ///
    /// # Panics
    /// As [`try_alloc`](Self::try_alloc) refuses.
    #[inline(always)]
    #[track_caller]
    pub fn alloc<T>(&self, value: T) -> &'a mut T {
        granted(self.try_alloc(value))
    }

    /// As [`alloc`](Self::alloc).
    ///
    /// # Errors
    /// A new block is refused: by the source, the limit or a budget. Or the alignment is above 2 MiB.
    #[inline(always)]
    pub fn try_alloc<T>(&self, value: T) -> Result<&'a mut T, AllocError> {
        const { assert!(!mem::needs_drop::<T>(), "a value that needs Drop: use alloc_drop") };
        let place = self.try_alloc_layout(Layout::new::<T>())?.cast::<T>();
        // SAFETY: fresh memory for a T, handed out once, in use while the arena is borrowed.
        Ok(unsafe {
            place.write(value);
            &mut *place.as_ptr()
        })
    }

    /// Moves `value` into the arena and drops it when the arena is reset or dropped, on whichever thread that is. Takes the
    /// arena's lock.
    ///
    /// # Panics
    /// As [`try_alloc_drop`](Self::try_alloc_drop) refuses; `value` is dropped.
    #[track_caller]
    pub fn alloc_drop<T: Send + 'static>(&self, value: T) -> &'a mut T {
        granted(self.try_alloc_drop(value))
    }

    /// As [`alloc_drop`](Self::alloc_drop).
    ///
    /// # Errors
    /// As [`try_alloc`](Self::try_alloc); `value` is dropped.
    pub fn try_alloc_drop<T: Send + 'static>(&self, value: T) -> Result<&'a mut T, AllocError> {
        /// # Safety
        /// `at` is a valid T, not used afterwards.
        unsafe fn drop_at<T>(at: NonNull<u8>) {
            // SAFETY: the caller's promise.
            unsafe { at.cast::<T>().drop_in_place() }
        }
        // One request for both, so that a refusal leaves nothing behind.
        let place = self.try_alloc_layout(Layout::new::<Registered<T>>())?.cast::<Registered<T>>();
        // SAFETY: fresh memory for an entry and a T, which is `Send + 'static`: it may be dropped on any thread later.
        unsafe {
            let value_at = NonNull::new_unchecked(&raw mut (*place.as_ptr()).value);
            value_at.write(value);
            if mem::needs_drop::<T>() {
                self.arena.register(place.cast(), drop_at::<T>, value_at.cast());
            }
            Ok(&mut *value_at.as_ptr())
        }
    }

    /// Copies `text` into the arena.
    ///
    /// # Panics
    /// As [`try_alloc_str`](Self::try_alloc_str) refuses.
    #[inline]
    #[track_caller]
    pub fn alloc_str(&self, text: &str) -> &'a mut str {
        granted(self.try_alloc_str(text))
    }

    /// As [`alloc_str`](Self::alloc_str).
    ///
    /// # Errors
    /// As [`try_alloc`](Self::try_alloc).
    #[inline]
    pub fn try_alloc_str(&self, text: &str) -> Result<&'a mut str, AllocError> {
        let copy = self.try_alloc_slice_copy(text.as_bytes())?;
        // SAFETY: the bytes of a text.
        Ok(unsafe { str::from_utf8_unchecked_mut(copy) })
    }

    /// Copies `items` into the arena.
    ///
    /// # Panics
    /// As [`try_alloc_slice_copy`](Self::try_alloc_slice_copy) refuses.
    #[inline]
    #[track_caller]
    pub fn alloc_slice_copy<T: Copy>(&self, items: &[T]) -> &'a mut [T] {
        granted(self.try_alloc_slice_copy(items))
    }

    /// As [`alloc_slice_copy`](Self::alloc_slice_copy).
    ///
    /// # Errors
    /// As [`try_alloc`](Self::try_alloc).
    #[inline]
    pub fn try_alloc_slice_copy<T: Copy>(&self, items: &[T]) -> Result<&'a mut [T], AllocError> {
        let place = self.try_alloc_layout(Layout::for_value(items))?.cast::<T>();
        // SAFETY: fresh memory for as many, apart from `items`; `T` is `Copy`.
        Ok(unsafe {
            place.copy_from_nonoverlapping(NonNull::from(items).cast(), items.len());
            slice::from_raw_parts_mut(place.as_ptr(), items.len())
        })
    }

    /// `n` values, that at `i` made by `make(i)`. When it panics the room stays in use.
    ///
    /// # Panics
    /// As [`try_alloc_slice_fill_with`](Self::try_alloc_slice_fill_with) refuses, and when `make` does.
    #[inline]
    #[track_caller]
    pub fn alloc_slice_fill_with<T>(&self, n: usize, make: impl FnMut(usize) -> T) -> &'a mut [T] {
        granted(self.try_alloc_slice_fill_with(n, make))
    }

    /// As [`alloc_slice_fill_with`](Self::alloc_slice_fill_with).
    ///
    /// # Errors
    /// As [`try_alloc`](Self::try_alloc), and when the size of `n` values overflows; `make` was not called.
    #[inline]
    pub fn try_alloc_slice_fill_with<T>(
        &self,
        n: usize,
        mut make: impl FnMut(usize) -> T,
    ) -> Result<&'a mut [T], AllocError> {
        const { assert!(!mem::needs_drop::<T>(), "values that need Drop: use alloc_drop with an array or vector") };
        let overflow = |_| {
            let refused = self.arena.refused(ErrorKind::CapacityOverflow, Layout::new::<T>());
            AllocError::new(refused.kind(), usize::MAX, align_of::<T>(), refused.node())
        };
        let layout = Layout::array::<T>(n).map_err(overflow)?;
        let place = self.try_alloc_layout(layout)?.cast::<T>();
        for i in 0..n {
            let value = make(i);
            // SAFETY: `i < n`, and there is room for n.
            unsafe { place.add(i).write(value) };
        }
        // SAFETY: all n were written, in memory that was handed out once.
        Ok(unsafe { slice::from_raw_parts_mut(place.as_ptr(), n) })
    }

    /// Memory for `layout`, uninitialised, at an alignment of up to 2 MiB.
    ///
    /// # Errors
    /// As [`try_alloc`](Self::try_alloc).
    #[inline(always)]
    pub fn try_alloc_layout(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout.align()).cast());
        }
        let usual = layout.align() <= crate::bump::MAX_ALIGN;
        match usual.then(|| self.window.take(layout.size(), layout.align())).flatten() {
            Some(memory) => Ok(memory),
            None => self.arena.refill(&self.window, layout),
        }
    }

    /// Exchanges windows with the arena's own, unless what was taken lies alone in its block: then this one has none.
    pub(super) fn exchange(&self, window: &mut Window) {
        if self.window.rest().is_none() {
            return;
        }
        let own = self.window.replace(Window::empty());
        self.window.replace(mem::replace(window, own));
    }

    /// # Safety
    /// A live block, which is given up.
    #[inline(always)]
    unsafe fn free(&self, memory: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.window.free(memory, layout.size()) };
    }
}

impl Drop for SharedLocal<'_> {
    fn drop(&mut self) {
        self.arena.leave(&self.window);
    }
}

allocator_in_place!([] &SharedLocal<'_>, free);

impl InPlace for &SharedLocal<'_> {
    fn pointer(&self, address: usize) -> *mut u8 {
        // Exposed when its block was taken.
        core::ptr::with_exposed_provenance_mut(address)
    }
}

// SAFETY: blocks stay until the arena is reset or dropped, which this reference and its copies prevent; only the last block
// of the window is resized, into memory that is the local's.
unsafe impl DynAllocator for &SharedLocal<'_> {
    #[inline(always)]
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let memory = self.try_alloc_layout(layout)?;
        Ok(NonNull::slice_from_raw_parts(memory, layout.size()))
    }

    #[inline]
    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.window.resize(memory, old, new_size) }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.arena.owns(address)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::FREE_LAST.with(Capabilities::RESIZE).with(Capabilities::OWNS)
    }

    unsafe fn reset(&self, _: ResetMode) -> Result<(), ResetError> {
        Err(ResetError::Unsupported)
    }

    fn stats(&self) -> AllocatorStats {
        self.arena.note_use(&self.window);
        DynAllocator::stats(&self.arena)
    }
}

impl fmt::Debug for SharedLocal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedLocal").field("arena", &self.arena).finish_non_exhaustive()
    }
}
