//! An allocator that is its own memory.
//!
//! An array and a cursor: no system, no heap, no node, nothing to be made or freed. It lies where its owner puts it, in a
//! frame of the stack, in a `static` behind a lock, or in another structure, and what it hands out borrows it, so that it
//! cannot move meanwhile. It is what small temporary work starts in, with a larger allocator to fall back to.

use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, ErrorKind, NodeId, ResetError, ResetMode,
    bump::{MAX_ALIGN, bump_aligned},
    in_place::{InPlace, allocator_in_place, nothing},
};
use core::{
    alloc::Layout,
    cell::{Cell, UnsafeCell},
    fmt,
    mem::{self, MaybeUninit},
    ptr::NonNull,
    slice, str,
};

/// `N` bytes inline, handed out from the first to the last. What it hands out lives as long as the borrow of the buffer;
/// [`reset`](Self::reset) takes everything back. The block handed out last can be freed and resized in place.
///
/// Every operation is O(1) apart from copying, and none needs an operating system or a heap. The buffer is aligned to 16
/// and is `N` bytes and a cursor long.
///
/// ```
/// use arenite::FixedBuffer;
/// let mut buffer = FixedBuffer::<256>::new();
/// let name = buffer.alloc_str("grain");
/// let sizes = buffer.alloc_slice_copy(&[1u16, 2, 4]);
/// sizes[0] = 8;
/// assert_eq!((&*name, sizes[0], buffer.used()), ("grain", 8, 12));
/// buffer.reset();
/// assert_eq!(buffer.used(), 0);
/// ```
/// Collections use a reference to it:
/// ```
/// use allocator_api2::vec::Vec;
/// let buffer = arenite::FixedBuffer::<64>::new();
/// let mut primes = Vec::new_in(&buffer);
/// primes.extend([2u32, 3, 5, 7, 11, 13]);
/// assert!(primes.try_reserve(100).is_err(), "64 bytes and no more");
/// ```
/// It cannot move, or be reset, under what it handed out:
/// ```compile_fail,E0505
/// let buffer = arenite::FixedBuffer::<64>::new();
/// let n = buffer.alloc(1);
/// let moved = buffer;
/// *n += 1;
/// ```
/// ```compile_fail,E0502
/// let mut buffer = arenite::FixedBuffer::<64>::new();
/// let n = buffer.alloc(1);
/// buffer.reset();
/// *n += 1;
/// ```
/// Values that need `Drop` would leak, and do not compile:
/// ```compile_fail
/// let buffer = arenite::FixedBuffer::<64>::new();
/// buffer.alloc(String::from("would leak"));
/// ```
#[repr(C, align(16))]
pub struct FixedBuffer<const N: usize> {
    memory: UnsafeCell<MaybeUninit<[u8; N]>>,
    /// Bytes from the start to the cursor; at most `N`.
    used: Cell<usize>,
}

impl<const N: usize> FixedBuffer<N> {
    /// An empty buffer. Its bytes are not written.
    #[must_use]
    pub const fn new() -> Self {
        Self { memory: UnsafeCell::new(MaybeUninit::uninit()), used: Cell::new(0) }
    }

    /// Its size in bytes: `N`.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Bytes up to the cursor: what was handed out, and the gaps that alignment left.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used.get()
    }

    /// Takes everything back. O(1).
    pub fn reset(&mut self) {
        self.used.set(0);
    }

    /// Moves `value` into the buffer.
    ///
    /// # Panics
    /// When there is no room; [`try_alloc`](Self::try_alloc) says so instead.
    #[inline(always)]
    #[track_caller]
    pub fn alloc<T>(&self, value: T) -> &mut T {
        granted(self.try_alloc(value))
    }

    /// As [`alloc`](Self::alloc).
    ///
    /// # Errors
    /// There is no room: [`ErrorKind::ReservationFull`].
    #[inline(always)]
    pub fn try_alloc<T>(&self, value: T) -> Result<&mut T, AllocError> {
        const { assert!(!mem::needs_drop::<T>(), "a value that needs Drop: a buffer drops nothing") };
        let place = self.try_alloc_layout(Layout::new::<T>())?.cast::<T>();
        // SAFETY: fresh memory for a T, handed out once, in place while the buffer is borrowed.
        Ok(unsafe {
            place.write(value);
            &mut *place.as_ptr()
        })
    }

    /// Copies `text` into the buffer.
    ///
    /// # Panics
    /// When there is no room.
    #[inline]
    #[track_caller]
    pub fn alloc_str(&self, text: &str) -> &mut str {
        granted(self.try_alloc_str(text))
    }

    /// As [`alloc_str`](Self::alloc_str).
    ///
    /// # Errors
    /// There is no room.
    #[inline]
    pub fn try_alloc_str(&self, text: &str) -> Result<&mut str, AllocError> {
        let copy = self.try_alloc_slice_copy(text.as_bytes())?;
        // SAFETY: the bytes of a text.
        Ok(unsafe { str::from_utf8_unchecked_mut(copy) })
    }

    /// Copies `items` into the buffer.
    ///
    /// # Panics
    /// When there is no room.
    #[inline]
    #[track_caller]
    pub fn alloc_slice_copy<T: Copy>(&self, items: &[T]) -> &mut [T] {
        granted(self.try_alloc_slice_copy(items))
    }

    /// As [`alloc_slice_copy`](Self::alloc_slice_copy).
    ///
    /// # Errors
    /// There is no room.
    #[inline]
    pub fn try_alloc_slice_copy<T: Copy>(&self, items: &[T]) -> Result<&mut [T], AllocError> {
        let place = self.try_alloc_layout(Layout::for_value(items))?.cast::<T>();
        // SAFETY: fresh memory for as many, apart from `items`; `T` is `Copy`.
        Ok(unsafe {
            place.copy_from_nonoverlapping(NonNull::from(items).cast(), items.len());
            slice::from_raw_parts_mut(place.as_ptr(), items.len())
        })
    }

    /// `n` values, that at `i` made by `make(i)`. When it panics the room stays used until the next reset.
    ///
    /// # Panics
    /// When there is no room, and when `make` does.
    #[inline]
    #[track_caller]
    pub fn alloc_slice_fill_with<T>(&self, n: usize, make: impl FnMut(usize) -> T) -> &mut [T] {
        granted(self.try_alloc_slice_fill_with(n, make))
    }

    /// As [`alloc_slice_fill_with`](Self::alloc_slice_fill_with).
    ///
    /// # Errors
    /// There is no room; `make` was not called.
    #[inline]
    pub fn try_alloc_slice_fill_with<T>(
        &self,
        n: usize,
        mut make: impl FnMut(usize) -> T,
    ) -> Result<&mut [T], AllocError> {
        const { assert!(!mem::needs_drop::<T>(), "values that need Drop: a buffer drops nothing") };
        let layout = Layout::array::<T>(n).map_err(|_| {
            AllocError::new(ErrorKind::CapacityOverflow, usize::MAX, align_of::<T>(), NodeId::ANONYMOUS)
        })?;
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
    /// There is no room, or the alignment is above 2 MiB.
    #[inline(always)]
    pub fn try_alloc_layout(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout.align()).cast());
        }
        let (start, limit) = (self.start().addr(), self.start().addr() + N);
        let place = bump_aligned(start + self.used.get(), layout.size(), layout.align(), limit);
        match place.filter(|_| layout.align() <= MAX_ALIGN) {
            Some((at, end)) => {
                self.used.set(end - start);
                // SAFETY: not null: an address in the buffer.
                Ok(unsafe { NonNull::new_unchecked(self.start().with_addr(at)) })
            }
            None => Err(Self::refusal(layout)),
        }
    }

    #[cold]
    fn refusal(layout: Layout) -> AllocError {
        let full = ErrorKind::ReservationFull { reserved: N };
        let kind = if layout.align() > MAX_ALIGN { ErrorKind::BadAlignment } else { full };
        AllocError::new(kind, layout.size(), layout.align(), NodeId::ANONYMOUS)
    }

    #[inline(always)]
    fn start(&self) -> *mut u8 {
        self.memory.get().cast()
    }

    /// Whether `size` bytes at `memory` were handed out last.
    #[inline(always)]
    fn is_last(&self, memory: NonNull<u8>, size: usize) -> bool {
        memory.addr().get() + size == self.start().addr() + self.used.get()
    }

    /// # Safety
    /// A live block, which is given up.
    #[inline(always)]
    unsafe fn free(&self, memory: NonNull<u8>, layout: Layout) {
        if self.is_last(memory, layout.size()) {
            self.used.set(memory.addr().get() - self.start().addr());
        }
    }
}

allocator_in_place!([const N: usize] &FixedBuffer<N>, free);

impl<const N: usize> InPlace for &FixedBuffer<N> {
    #[inline(always)]
    fn pointer(&self, address: usize) -> *mut u8 {
        self.start().with_addr(address)
    }
}

// SAFETY: blocks lie in the buffer, which cannot move or be reset while this reference or a copy is left, and the cursor
// goes back over one only when that one is freed.
unsafe impl<const N: usize> DynAllocator for &FixedBuffer<N> {
    #[inline(always)]
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let memory = self.try_alloc_layout(layout)?;
        Ok(NonNull::slice_from_raw_parts(memory, layout.size()))
    }

    #[inline]
    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        if old.size() == 0 || !self.is_last(memory, old.size()) {
            return new_size <= old.size();
        }
        let from = memory.addr().get() - self.start().addr();
        if new_size > N - from {
            return false;
        }
        self.used.set(from + new_size);
        true
    }

    fn owns(&self, address: *const u8) -> bool {
        (self.start().addr()..self.start().addr() + N).contains(&address.addr())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::FREE_LAST
            .with(Capabilities::RESIZE)
            .with(Capabilities::OWNS)
            .with(Capabilities::RESET)
            .with(Capabilities::BOUNDED)
    }

    unsafe fn reset(&self, _: ResetMode) -> Result<(), ResetError> {
        self.used.set(0);
        Ok(())
    }

    fn stats(&self) -> AllocatorStats {
        AllocatorStats { used: Some(self.used()), held: Some(N), ..AllocatorStats::default() }
    }
}

/// What was asked for, or a panic with the reason.
#[track_caller]
#[inline(always)]
fn granted<T>(result: Result<T, AllocError>) -> T {
    match result {
        Ok(value) => value,
        Err(refused) => refused.panic(),
    }
}

impl<const N: usize> Default for FixedBuffer<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Debug for FixedBuffer<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FixedBuffer").field("used", &self.used()).field("capacity", &N).finish_non_exhaustive()
    }
}
