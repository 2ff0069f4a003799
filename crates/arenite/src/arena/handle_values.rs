//! Values, memory and text.

use super::{
    copy::copy_short,
    core::Core,
    drops::DropEntry,
    handle::{Handle, Undo, granted},
};
use crate::{
    ArenaBox,
    bump::FIRST_ADDRESS,
    debug::Place,
    error::{AllocError, ErrorKind},
    node::NodeId,
};
use core::{
    alloc::Layout,
    mem::{self, MaybeUninit},
    ptr::NonNull,
    slice, str,
};

/// Values, memory by layout, text. What needs `Drop` says so: [`alloc_drop`](Handle::alloc_drop), [`boxed`](Handle::boxed).
impl Handle {
    /// Moves `value` into the arena. The returned reference lives as long as the borrow of the arena or scope.
    ///
    /// Types that need `Drop` do not compile here: see [`alloc_drop`](Self::alloc_drop) and [`boxed`](Self::boxed).
    ///
    /// ```
    /// let arena = arenite::Arena::new();
    /// let n = arena.alloc(41);
    /// *n += 1;
    /// assert_eq!(*n, 42);
    /// ```
    /// ```compile_fail
    /// let arena = arenite::Arena::new();
    /// arena.alloc(String::from("would leak"));
    /// ```
    ///
    /// # Panics
    /// When the request is refused; [`try_alloc`](Self::try_alloc) returns the reason.
    #[inline(always)]
    #[track_caller]
    pub fn alloc<T>(&self, value: T) -> &mut T {
        granted(self.try_alloc(value))
    }

    /// As [`alloc`](Self::alloc).
    ///
    /// # Errors
    /// The reason of the refusal; `value` is dropped.
    #[inline(always)]
    #[track_caller]
    pub fn try_alloc<T>(&self, value: T) -> Result<&mut T, AllocError> {
        const { assert!(!mem::needs_drop::<T>(), "a value that needs Drop: use alloc_drop or boxed") };
        let slot = self.try_slot::<T>(Place::here())?;
        // SAFETY: fresh memory for a T, handed out once, valid while the handle is borrowed.
        Ok(unsafe {
            slot.write(value);
            &mut *slot.as_ptr()
        })
    }

    /// Allocates room for a `T` and then makes it there: for values too large to move. When `make` panics the room is
    /// given back, unless `make` itself allocated after it.
    ///
    /// ```
    /// let arena = arenite::Arena::new();
    /// let table = arena.alloc_with(|| [0u8; 1024]);
    /// assert_eq!(table[1023], 0);
    /// ```
    ///
    /// # Panics
    /// When the request is refused, and when `make` does.
    #[inline(always)]
    #[track_caller]
    pub fn alloc_with<T>(&self, make: impl FnOnce() -> T) -> &mut T {
        granted(self.try_alloc_with(make))
    }

    /// As [`alloc_with`](Self::alloc_with).
    ///
    /// # Errors
    /// The reason of the refusal; `make` was not called.
    #[inline(always)]
    #[track_caller]
    pub fn try_alloc_with<T>(&self, make: impl FnOnce() -> T) -> Result<&mut T, AllocError> {
        const { assert!(!mem::needs_drop::<T>(), "a value that needs Drop: use alloc_drop or boxed") };
        let slot = self.try_slot::<T>(Place::here())?;
        let undo = Undo { handle: self, memory: slot.cast(), size: size_of::<T>() };
        let value = make();
        mem::forget(undo);
        // SAFETY: as in `try_alloc`.
        Ok(unsafe {
            slot.write(value);
            &mut *slot.as_ptr()
        })
    }

    /// Memory for `layout`, uninitialised, at an alignment of up to 2 MiB. A size of 0 gives a dangling aligned pointer or
    /// one into the arena; either may be used for no bytes.
    ///
    /// # Panics
    /// When the request is refused.
    #[inline(always)]
    #[track_caller]
    pub fn alloc_layout(&self, layout: Layout) -> NonNull<u8> {
        granted(self.try_alloc_layout(layout))
    }

    /// As [`alloc_layout`](Self::alloc_layout).
    ///
    /// # Errors
    /// The reason of the refusal.
    #[inline(always)]
    #[track_caller]
    pub fn try_alloc_layout(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        self.try_raw(layout.size(), layout.align(), Place::here())
    }

    /// Notes what a block just handed out is for, where blocks are noted.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn note_tag(&self, memory: NonNull<u8>, tag: crate::Tag) {
        if crate::debug::ENABLED && self.window().limit < FIRST_ADDRESS {
            let note = |core: &Core| core.with_ledger(|ledger| ledger.set_tag(memory.addr().get(), tag));
            let _ = self.core().and_then(note);
        }
    }

    /// As [`try_alloc_layout`](Self::try_alloc_layout), for a size and alignment that nobody has checked.
    ///
    /// # Errors
    /// [`ErrorKind::BadAlignment`] when `align` is no power of two or above 2 MiB, [`ErrorKind::CapacityOverflow`] when
    /// `size` is above `isize::MAX`, and every reason of the checked form.
    #[track_caller]
    pub fn try_alloc_aligned(&self, size: usize, align: usize) -> Result<NonNull<u8>, AllocError> {
        let node = || self.core().map_or(NodeId::ANONYMOUS, Core::node_id);
        if !align.is_power_of_two() || align > crate::bump::MAX_ALIGN {
            return Err(AllocError::new(ErrorKind::BadAlignment, size, align, node()));
        }
        match Layout::from_size_align(size, align) {
            Ok(layout) => self.try_alloc_layout(layout),
            Err(_) => Err(AllocError::new(ErrorKind::CapacityOverflow, size, align, node())),
        }
    }

    /// Memory for `layout`, filled with zeros. Fresh pages of a reserved range are zero already and not written.
    ///
    /// # Panics
    /// When the request is refused.
    #[inline]
    #[track_caller]
    pub fn alloc_zeroed(&self, layout: Layout) -> NonNull<u8> {
        granted(self.try_alloc_zeroed(layout))
    }

    /// As [`alloc_zeroed`](Self::alloc_zeroed).
    ///
    /// # Errors
    /// The reason of the refusal.
    #[inline]
    #[track_caller]
    pub fn try_alloc_zeroed(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        let untouched = self.untouched();
        let memory = self.try_alloc_layout(layout)?;
        self.zero(memory, layout.size(), untouched);
        Ok(memory)
    }

    /// The address from which on memory is zero before a request.
    #[inline]
    pub(super) fn untouched(&self) -> usize {
        self.core().map_or(usize::MAX, Core::known_zero_from)
    }

    /// Fills with zeros what is not zero of a fresh block. `untouched` is as it was before the request.
    #[inline]
    pub(super) fn zero(&self, memory: NonNull<u8>, size: usize, untouched: usize) {
        let start = memory.addr().get();
        // A grade may have come into force with this request, and then the memory is filled.
        let filled = self.window().limit < FIRST_ADDRESS && self.core().is_some_and(Core::is_sealed);
        let untouched = if filled { usize::MAX } else { untouched };
        let dirty = untouched.clamp(start, start + size) - start;
        // SAFETY: fresh memory of at least `dirty` bytes, as the callers promise who just allocated it.
        unsafe { memory.write_bytes(0, dirty) };
    }

    /// Copies `text` into the arena.
    ///
    /// # Panics
    /// When the request is refused.
    #[inline(always)]
    #[track_caller]
    pub fn alloc_str(&self, text: &str) -> &mut str {
        granted(self.try_alloc_str(text))
    }

    /// As [`alloc_str`](Self::alloc_str).
    ///
    /// # Errors
    /// The reason of the refusal.
    #[inline(always)]
    #[track_caller]
    pub fn try_alloc_str(&self, text: &str) -> Result<&mut str, AllocError> {
        let memory = self.try_raw(text.len(), 1, Place::here())?;
        // SAFETY: fresh memory of at least `text.len()` bytes, apart from `text`, that then hold valid UTF-8.
        Ok(unsafe {
            copy_short(text.as_ptr(), memory.as_ptr(), text.len());
            str::from_utf8_unchecked_mut(slice::from_raw_parts_mut(memory.as_ptr(), text.len()))
        })
    }

    /// Moves `value` into the arena and drops it when the arena goes back before it: at the end of the scope, at a
    /// restore, reset or clear, or with the arena. Values are dropped newest first; one that panics does not keep the
    /// others from being dropped.
    ///
    /// `T: Send + 'static`, because the arena may be dropped on another thread and after everything the value could
    /// borrow. For other types, and to drop earlier: [`boxed`](Self::boxed).
    ///
    /// ```
    /// let mut arena = arenite::Arena::new();
    /// let names = arena.alloc_drop(vec![String::from("kept on the heap")]);
    /// names.push(String::from("dropped at reset"));
    /// arena.reset();
    /// ```
    ///
    /// # Panics
    /// When the request is refused; `value` is dropped.
    #[inline]
    #[track_caller]
    pub fn alloc_drop<T: Send + 'static>(&self, value: T) -> &mut T {
        granted(self.try_alloc_drop(value))
    }

    /// As [`alloc_drop`](Self::alloc_drop).
    ///
    /// # Errors
    /// The reason of the refusal; `value` is dropped.
    #[track_caller]
    pub fn try_alloc_drop<T: Send + 'static>(&self, value: T) -> Result<&mut T, AllocError> {
        /// # Safety
        /// `at` is a valid T, not used afterwards.
        unsafe fn drop_at<T>(at: NonNull<u8>) {
            // SAFETY: the caller's promise.
            unsafe { at.cast::<T>().drop_in_place() }
        }
        if !mem::needs_drop::<T>() {
            let slot = self.try_slot::<T>(Place::here())?;
            // SAFETY: fresh memory for a T.
            return Ok(unsafe {
                slot.write(value);
                &mut *slot.as_ptr()
            });
        }
        // One request for both, so that a refusal leaves nothing behind.
        let slot = self.try_slot::<Registered<T>>(Place::here())?;
        // SAFETY: fresh memory for an entry and a T; `T: Send + 'static` may be dropped on any thread at any later time.
        unsafe {
            let place = NonNull::new_unchecked(&raw mut (*slot.as_ptr()).value);
            place.write(value);
            self.register(slot.cast(), drop_at::<T>, place.cast());
            Ok(&mut *place.as_ptr())
        }
    }

    /// Runs `action` when the arena goes back before this point, as [`alloc_drop`](Self::alloc_drop) drops a value: once,
    /// and newest first.
    ///
    /// ```
    /// use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
    /// let closed = Arc::new(AtomicU32::new(0));
    /// let mut arena = arenite::Arena::new();
    /// arena.cleanup({ let closed = closed.clone(); move || { closed.fetch_add(1, Ordering::Relaxed); } });
    /// arena.reset();
    /// arena.reset();
    /// assert_eq!(closed.load(Ordering::Relaxed), 1);
    /// ```
    ///
    /// # Panics
    /// When the request is refused.
    #[track_caller]
    pub fn cleanup<F: FnOnce() + Send + 'static>(&self, action: F) {
        struct Action<F: FnOnce()>(Option<F>);
        impl<F: FnOnce()> Drop for Action<F> {
            fn drop(&mut self) {
                if let Some(action) = self.0.take() {
                    action();
                }
            }
        }
        // Entered empty first: an action that is refused must not run.
        self.alloc_drop(Action(None)).0 = Some(action);
    }

    /// Moves `value` into the arena behind a pointer that owns it: dropped with the box, wherever the memory goes.
    ///
    /// # Panics
    /// When the request is refused; `value` is dropped.
    #[inline]
    #[track_caller]
    pub fn boxed<T>(&self, value: T) -> ArenaBox<'_, T> {
        granted(self.try_boxed(value))
    }

    /// As [`boxed`](Self::boxed).
    ///
    /// # Errors
    /// The reason of the refusal; `value` is dropped.
    #[inline]
    #[track_caller]
    pub fn try_boxed<T>(&self, value: T) -> Result<ArenaBox<'_, T>, AllocError> {
        let slot = self.try_slot::<MaybeUninit<T>>(Place::here())?;
        // SAFETY: fresh memory for a T, handed out once, valid while the handle is borrowed.
        Ok(ArenaBox::new(unsafe { (*slot.as_ptr()).write(value) }))
    }
}

/// A value with its entry in the list of what is to be dropped.
#[repr(C)]
struct Registered<T> {
    entry: DropEntry,
    value: T,
}
