//! What an arena, a scope and a claim have in common: a cursor, and how to allocate from it.

use super::{
    copy::copy_short,
    core::{CLAIMED, Core, NEVER, SEALED},
    drops::DropEntry,
    link::Link,
    refill::{Grant, Window},
};
use crate::{
    ArenaBox,
    bump::{FIRST_ADDRESS, MIN_ALIGN, bump, bump_aligned, bump_rounding, round_up},
    error::{AllocError, ErrorKind},
    node::NodeId,
};
use core::{
    alloc::Layout,
    cell::Cell,
    hint,
    mem::{self, MaybeUninit},
    ptr::{self, NonNull},
    str,
    sync::atomic::{Ordering, compiler_fence},
};

/// The cursor of an arena without a first block.
const NOWHERE: *mut u8 = ptr::without_provenance_mut(MIN_ALIGN);

/// A cursor into an arena, with everything that allocates.
///
/// [`Arena`](super::Arena) and [`Scope`](super::Scope) dereference to it: results borrow the arena or the scope they come
/// from. Each plain method has a `try_` form that returns an [`AllocError`] where the plain one panics with its text; a
/// refused request changes nothing.
///
/// Every allocation is O(1) plus the writing of its contents: a bump of the cursor, or where the window is used up a
/// cold path that opens the next (at most 64 KiB on) or takes a block.
#[repr(C)]
pub struct Handle {
    cursor: Cell<*mut u8>,
    limit: Cell<usize>,
    link: Cell<Link>,
    /// The limit that this handle's owner goes back to: equal means that nothing has to be undone.
    saved: Cell<usize>,
}

impl Handle {
    pub(super) const fn empty() -> Self {
        Self {
            cursor: Cell::new(NOWHERE),
            limit: Cell::new(SEALED),
            link: Cell::new(Link::NONE),
            saved: Cell::new(NEVER),
        }
    }

    pub(super) fn over(core: NonNull<Core>) -> Self {
        let handle = Self::empty();
        handle.attach(core);
        handle
    }

    pub(super) fn attach(&self, core: NonNull<Core>) {
        self.link.set(Link::core(core));
        // SAFETY: a fresh core, alive.
        self.cursor.set(unsafe { core.as_ref() }.first.data.as_ptr());
    }

    /// A handle that took over from one whose root is `root`.
    #[inline(always)]
    pub(super) fn with_window(window: Window, root: Link, saved: usize) -> Self {
        Self {
            cursor: Cell::new(window.cursor),
            limit: Cell::new(window.limit),
            link: Cell::new(root),
            saved: Cell::new(saved),
        }
    }

    /// The link for handles that take over from this one, an arena's own.
    #[inline(always)]
    pub(super) fn as_root(&self) -> Link {
        Link::root(self)
    }

    /// The link of a handle that took over, for those that take over from it.
    #[inline(always)]
    pub(super) fn root(&self) -> Link {
        self.link.get()
    }

    #[inline(always)]
    pub(super) fn window(&self) -> Window {
        Window { cursor: self.cursor.get(), limit: self.limit.get() }
    }

    #[inline(always)]
    pub(super) fn set_window(&self, window: Window) {
        self.cursor.set(window.cursor);
        self.limit.set(window.limit);
    }

    #[inline(always)]
    pub(super) fn set_cursor(&self, cursor: *mut u8) {
        self.cursor.set(cursor);
    }

    /// Takes the limit back from a scope that changed nothing else. Only one of the handles that took over in turn has
    /// a limit that is not 0, so that the order in which they go does not matter.
    #[inline(always)]
    pub(super) fn give_limit(&self, limit: usize) {
        self.limit.set(self.limit.get() | limit);
    }

    /// Back to a handle without a block. Whoever took over still has it.
    pub(super) fn detach(&self) {
        self.link.set(Link::NONE);
        self.cursor.set(NOWHERE);
    }

    /// Opens a handle without a block.
    pub(super) fn open_empty(&self) {
        self.set_window(Window { cursor: NOWHERE, limit: SEALED });
    }

    /// Refuses everything until the limit is set again.
    pub(super) fn close(&self) {
        self.limit.set(CLAIMED);
    }

    #[inline(always)]
    pub(super) fn saved(&self) -> usize {
        self.saved.get()
    }

    pub(super) fn set_saved(&self, saved: usize) {
        self.saved.set(saved);
    }

    /// The core, once there is a first block.
    pub(super) fn core(&self) -> Option<&Core> {
        // SAFETY: a handle's core lives until its arena is dropped, which every handle borrows.
        self.link.get().find().map(|core| unsafe { core.as_ref() })
    }

    pub(super) fn raw_core(&self) -> Option<NonNull<Core>> {
        self.link.get().find()
    }

    /// The core, with the first block made if there is none.
    pub(super) fn core_or_create(&self) -> Result<&Core, ErrorKind> {
        let found = self.link.get().find_or_create()?;
        if found.fresh {
            self.cursor.set(found.start());
        }
        self.link.set(found.link);
        let core = found.core;
        // SAFETY: alive, as in `core`.
        Ok(unsafe { core.as_ref() })
    }

    /// Uninitialised memory for a size and alignment known at run time.
    #[inline(always)]
    pub(super) fn try_raw(&self, size: usize, align: usize) -> Result<NonNull<u8>, AllocError> {
        let cursor = self.cursor.get();
        if align <= MIN_ALIGN {
            if let Some(end) = bump_rounding(cursor.addr(), size, self.limit.get()) {
                return Ok(self.advance(cursor, cursor.addr(), end));
            }
            return self.cold(size, align);
        }
        // From here on only the negative is used, also by the cold call: it then takes the alignment's register, which
        // saves the fast path a copy.
        let negative = align.wrapping_neg();
        match bump_aligned(cursor.addr(), round_up(size, MIN_ALIGN), align, self.limit.get()) {
            Some((start, end)) => Ok(self.advance(cursor, start, end)),
            None => self.cold(size, hint::black_box(negative).wrapping_neg()),
        }
    }

    /// Uninitialised memory for a size and alignment known to the compiler.
    #[inline(always)]
    fn try_constant(&self, size: usize, align: usize) -> Result<NonNull<u8>, AllocError> {
        let cursor = self.cursor.get();
        let rounded = round_up(size, MIN_ALIGN);
        if align <= MIN_ALIGN {
            if let Some(end) = bump(cursor.addr(), rounded, self.limit.get()) {
                return Ok(self.advance(cursor, cursor.addr(), end));
            }
        } else if let Some((start, end)) = bump_aligned(cursor.addr(), rounded, align, self.limit.get()) {
            return Ok(self.advance(cursor, start, end));
        }
        self.cold(size, align)
    }

    #[inline(always)]
    fn advance(&self, cursor: *mut u8, start: usize, end: usize) -> NonNull<u8> {
        self.cursor.set(cursor.wrapping_add(end - cursor.addr()));
        // SAFETY: a limit above the states is the end of a block, and no block lies at address 0.
        unsafe { NonNull::new_unchecked(cursor.wrapping_add(start - cursor.addr())) }
    }

    /// Where the window ends. The handle goes by value, so that a scope or claim can stay in registers.
    #[inline(always)]
    fn cold(&self, size: usize, align: usize) -> Result<NonNull<u8>, AllocError> {
        // Reading the window afresh here leaves the fast path's compare the only user of its load of the limit: the
        // compiler then compares with memory, one instruction less. The fence costs nothing at run time.
        compiler_fence(Ordering::SeqCst);
        let cold = refill(self.window(), self.link.get(), self.saved.get(), size, align)?;
        self.link.set(cold.link);
        self.set_window(cold.window);
        if cold.fire {
            fire(cold.link);
        }
        // Opaque, so that the compiler does not tie the registers of the fast path to those of this one: in a loop over a
        // claim that is one copy less.
        Ok(hint::black_box(cold.memory))
    }

    /// Memory for a `T`, uninitialised.
    #[inline(always)]
    fn try_slot<T>(&self) -> Result<NonNull<T>, AllocError> {
        if size_of::<T>() == 0 {
            return Ok(NonNull::dangling());
        }
        Ok(self.try_constant(size_of::<T>(), align_of::<T>())?.cast())
    }

    /// Memory for `n` of `T`, uninitialised.
    #[inline(always)]
    pub(super) fn try_slots<T>(&self, n: usize) -> Result<NonNull<T>, AllocError> {
        if size_of::<T>() == 0 || n == 0 {
            return Ok(NonNull::dangling());
        }
        match n.checked_mul(size_of::<T>()) {
            Some(size) if size <= isize::MAX as usize => {
                let memory = if size_of::<T>() % MIN_ALIGN == 0 {
                    self.try_constant(size, align_of::<T>())?
                } else {
                    self.try_raw(size, align_of::<T>())?
                };
                Ok(memory.cast())
            }
            _ => Err(self.overflow(align_of::<T>())),
        }
    }

    #[cold]
    pub(crate) fn overflow(&self, align: usize) -> AllocError {
        let node = self.core().map_or(NodeId::ANONYMOUS, Core::node_id);
        AllocError::new(ErrorKind::CapacityOverflow, usize::MAX, align, node)
    }

    /// Bytes that the open window has left.
    pub(super) fn open_room(&self) -> usize {
        self.limit.get().saturating_sub(self.cursor.get().addr())
    }

    /// Gives `memory` back when it is the last thing allocated, and does nothing otherwise. Whether it was.
    ///
    /// # Safety
    /// `memory` came from this handle with this size, and is not used any more.
    #[inline(always)]
    pub(super) unsafe fn free_last(&self, memory: NonNull<u8>, size: usize) -> bool {
        // From the cursor, which may go everywhere in the block; the caller's pointer may be narrowed to what it held.
        let start = self.cursor.get().wrapping_sub(round_up(size, MIN_ALIGN));
        let last = start == memory.as_ptr();
        if last {
            self.cursor.set(start);
        }
        last
    }

    /// As [`free_last`](Self::free_last), and finds a large request's own block too.
    ///
    /// # Safety
    /// As that.
    #[inline]
    pub(super) unsafe fn give_up(&self, memory: NonNull<u8>, size: usize) {
        // SAFETY: the caller's promise.
        if !unsafe { self.free_last(memory, size) } {
            self.give_up_own(memory);
        }
    }

    #[cold]
    #[inline(never)]
    fn give_up_own(&self, memory: NonNull<u8>) {
        let cursor = self.cursor.get();
        if self.core().is_some_and(|core| core.spare_last_own(memory.addr().get(), cursor.addr())) {
            self.cursor.set(cursor.wrapping_sub(MIN_ALIGN));
        }
    }

    /// Makes the last allocation larger or smaller where it is. `false`: it is not the last, or there is no room.
    ///
    /// # Safety
    /// `memory` came from this handle with `old` bytes.
    #[inline(always)]
    pub(super) unsafe fn resize_last(&self, memory: NonNull<u8>, old: usize, new: usize) -> bool {
        // From the cursor, as in `free_last`.
        let start = self.cursor.get().wrapping_sub(round_up(old, MIN_ALIGN));
        if start != memory.as_ptr() || old == 0 {
            return false;
        }
        if new <= old {
            self.cursor.set(start.wrapping_add(round_up(new, MIN_ALIGN)));
            return true;
        }
        if let Some(end) = bump(start.addr(), round_up(new, MIN_ALIGN), self.limit.get()) {
            self.cursor.set(start.wrapping_add(end - start.addr()));
            return true;
        }
        self.extend_cold(old, new)
    }

    /// Room for an allocation to grow right up to the cursor and beyond, if the block has it.
    #[cold]
    fn extend_cold(&self, old: usize, new: usize) -> bool {
        let Some(core) = self.core() else { return false };
        let more = new.saturating_sub(round_up(old, MIN_ALIGN));
        if self.limit.get() == CLAIMED || !core.reaches(self.cursor.get().addr(), more) {
            return false;
        }
        if more > 0 && self.try_raw(more, 1).is_err() {
            return false;
        }
        if core.counting.get() {
            // A resize asks for bytes, those of the old rounding too, but is no allocation.
            core.requested.set(core.requested.get() - more + (new - old));
            core.allocations.set(core.allocations.get() - usize::from(more > 0));
        }
        true
    }

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
    pub fn try_alloc<T>(&self, value: T) -> Result<&mut T, AllocError> {
        const { assert!(!mem::needs_drop::<T>(), "a value that needs Drop: use alloc_drop or boxed") };
        let slot = self.try_slot::<T>()?;
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
    pub fn try_alloc_with<T>(&self, make: impl FnOnce() -> T) -> Result<&mut T, AllocError> {
        const { assert!(!mem::needs_drop::<T>(), "a value that needs Drop: use alloc_drop or boxed") };
        let slot = self.try_slot::<T>()?;
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
    pub fn try_alloc_layout(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        self.try_raw(layout.size(), layout.align())
    }

    /// As [`try_alloc_layout`](Self::try_alloc_layout), for a size and alignment that nobody has checked.
    ///
    /// # Errors
    /// [`ErrorKind::BadAlignment`] when `align` is no power of two or above 2 MiB, [`ErrorKind::CapacityOverflow`] when
    /// `size` is above `isize::MAX`, and every reason of the checked form.
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
    pub fn try_alloc_zeroed(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        let untouched = self.core().map_or(usize::MAX, Core::known_zero_from);
        let memory = self.try_alloc_layout(layout)?;
        let start = memory.addr().get();
        let dirty = untouched.clamp(start, start + layout.size()) - start;
        // SAFETY: fresh memory of at least `dirty` bytes.
        unsafe { memory.write_bytes(0, dirty) };
        Ok(memory)
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
    pub fn try_alloc_str(&self, text: &str) -> Result<&mut str, AllocError> {
        let memory = self.try_raw(text.len(), 1)?;
        // SAFETY: fresh memory of at least `text.len()` bytes, apart from `text`, that then hold valid UTF-8.
        Ok(unsafe {
            copy_short(text.as_ptr(), memory.as_ptr(), text.len());
            str::from_utf8_unchecked_mut(core::slice::from_raw_parts_mut(memory.as_ptr(), text.len()))
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
    pub fn try_alloc_drop<T: Send + 'static>(&self, value: T) -> Result<&mut T, AllocError> {
        /// # Safety
        /// `at` is a valid T, not used afterwards.
        unsafe fn drop_at<T>(at: NonNull<u8>) {
            // SAFETY: the caller's promise.
            unsafe { at.cast::<T>().drop_in_place() }
        }
        if !mem::needs_drop::<T>() {
            let slot = self.try_slot::<T>()?;
            // SAFETY: fresh memory for a T.
            return Ok(unsafe {
                slot.write(value);
                &mut *slot.as_ptr()
            });
        }
        // One request for both, so that a refusal leaves nothing behind.
        let slot = self.try_slot::<Registered<T>>()?;
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
    pub fn try_boxed<T>(&self, value: T) -> Result<ArenaBox<'_, T>, AllocError> {
        let slot = self.try_slot::<MaybeUninit<T>>()?;
        // SAFETY: fresh memory for a T, handed out once, valid while the handle is borrowed.
        Ok(ArenaBox::new(unsafe { (*slot.as_ptr()).write(value) }))
    }

    /// Enters `run(value)` to be called when the arena goes back before this point.
    ///
    /// # Safety
    /// `entry` is memory of this handle's, just allocated; the rest as [`Drops::push`](super::drops::Drops::push).
    unsafe fn register(&self, entry: NonNull<DropEntry>, run: unsafe fn(NonNull<u8>), value: NonNull<u8>) {
        let core = self.core().expect("an arena that just served a request");
        let behind = core.position_behind(self.cursor.get().addr());
        // SAFETY: memory of the arena's that stays until it goes back before the cursor; the caller's promise.
        unsafe { core.drops.push(entry, behind, run, value) };
        // Whoever goes back to `saved` must see that there is something to undo.
        if self.limit.get() == self.saved.get() {
            self.limit.set(self.limit.get() - MIN_ALIGN);
        }
    }

    /// Aligned bytes in use in the whole arena. While a scope or claim is open on this handle: up to its last cold path.
    #[must_use]
    pub fn used(&self) -> usize {
        self.core().map_or(0, |core| core.used(self.cursor.get().addr()))
    }

    /// Whether `pointer` points into one of the arena's blocks. O(blocks).
    #[must_use]
    pub fn owns<T: ?Sized>(&self, pointer: *const T) -> bool {
        self.core().is_some_and(|core| core.owns(pointer.addr()))
    }

    /// Hands cursor and limit over to a scope. There is no test here: a scope over a claimed handle has a limit that
    /// refuses, and one over an empty arena makes the first block when it needs it.
    #[inline(always)]
    #[track_caller]
    pub(super) fn enter(&self) -> Window {
        let window = self.window();
        self.limit.set(CLAIMED);
        #[cfg(debug_assertions)]
        if let Some(core) = self.core() {
            core.claimed_by.set(Some(core::panic::Location::caller()));
        }
        window
    }

    /// What refuses to hand the cursor over, where another scope or claim has it.
    #[inline(always)]
    pub(super) fn check_free(&self) -> Result<(), AllocError> {
        if self.limit.get() == CLAIMED {
            let by = self.core().and_then(|core| core.claimed_by.get());
            return Err(self.refused(ErrorKind::Claimed { by }));
        }
        Ok(())
    }

    #[cold]
    pub(super) fn refused(&self, kind: ErrorKind) -> AllocError {
        AllocError::new(kind, 0, 1, self.core().map_or(NodeId::ANONYMOUS, Core::node_id))
    }

    /// Hands cursor and limit over to a claim, which will put them back. On an arena without a first block that is made.
    #[inline(always)]
    #[track_caller]
    pub(super) fn enter_claim(&self) -> Result<Window, AllocError> {
        if self.limit.get() < FIRST_ADDRESS {
            let (window, link) = enter_cold(self.window(), self.link.get(), self.saved.get())?;
            self.link.set(link);
            self.set_window(window);
        }
        Ok(self.enter())
    }
}

#[cold]
#[inline(never)]
fn enter_cold(window: Window, link: Link, saved: usize) -> Result<(Window, Link), AllocError> {
    let fail = |kind, node| AllocError::new(kind, 0, 1, node);
    let found = link.find_or_create().map_err(|kind| fail(kind, NodeId::ANONYMOUS))?;
    // SAFETY: the core of a live handle.
    let core = unsafe { found.core.as_ref() };
    if window.limit == CLAIMED {
        return Err(fail(ErrorKind::Claimed { by: core.claimed_by.get() }, core.node_id()));
    }
    let cursor = core.placed(window.cursor);
    // An arena that counts has a ticket for a limit already, and keeps it.
    let limit = if core.counting.get() { window.limit } else { core.open(cursor, saved) };
    Ok((Window { cursor, limit }, found.link))
}

struct Cold {
    memory: NonNull<u8>,
    window: Window,
    link: Link,
    fire: bool,
}

/// The cold path of every allocation. By value, so that no handle's address leaves its function.
#[cold]
#[inline(never)]
fn refill(window: Window, link: Link, saved: usize, size: usize, align: usize) -> Result<Cold, AllocError> {
    let found = link.find_or_create().map_err(|kind| AllocError::new(kind, size, align, NodeId::ANONYMOUS))?;
    // SAFETY: the core of a live handle.
    let core = unsafe { found.core.as_ref() };
    let link = found.link;
    let window = Window { cursor: core.placed(window.cursor), limit: window.limit };
    if size == 0 && align.is_power_of_two() {
        let memory = NonNull::new(ptr::without_provenance_mut(align)).expect("a power of two");
        return Ok(Cold { memory, window, link, fire: false });
    }
    match core.refill(window, saved, size, align) {
        Ok(Grant { memory, window }) => Ok(Cold { memory, window, link, fire: core.is_watched() }),
        Err(refused) => {
            if found.fresh {
                found.undo();
            } else {
                core.fire();
            }
            Err(refused)
        }
    }
}

/// Tells what happened, once the handle is whole again.
#[cold]
#[inline(never)]
fn fire(link: Link) {
    if let Some(core) = link.find() {
        // SAFETY: the core of a live handle.
        unsafe { core.as_ref() }.fire();
    }
}

/// A value with its entry in the list of what is to be dropped.
#[repr(C)]
struct Registered<T> {
    entry: DropEntry,
    value: T,
}

/// Gives the last allocation back when what was to fill it does not come.
pub(super) struct Undo<'a> {
    pub(super) handle: &'a Handle,
    pub(super) memory: NonNull<u8>,
    pub(super) size: usize,
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if self.size > 0 {
            // SAFETY: allocated from this handle with this size; whoever held it is unwinding or has given up.
            unsafe { self.handle.give_up(self.memory, self.size) };
        }
    }
}

/// What the plain forms do with a refusal.
#[inline(always)]
#[track_caller]
pub(super) fn granted<T>(result: Result<T, AllocError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => error.panic(),
    }
}
