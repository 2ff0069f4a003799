//! What an arena, a scope and a claim have in common: a cursor, and how to allocate from it.

mod grains;
mod headed;
mod resize;
mod window;
mod words;

#[doc(hidden)]
pub use headed::Headed;

pub(super) use grains::GRAIN;
pub(super) use resize::Undo;

use super::{
    cold::{Cold, enter_cold, fire, refill},
    core::{CLAIMED, Core, NEVER, SEALED},
    drops::DropEntry,
    link::Link,
    refill::Window,
};
use crate::{
    bump::{FIRST_ADDRESS, MIN_ALIGN, bump, bump_aligned, bump_rounding, round_up},
    debug::Place,
    error::{AllocError, ErrorKind},
    node::NodeId,
};
use core::{
    cell::Cell,
    hint,
    ptr::{self, NonNull},
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
    #[inline]
    pub(super) fn core(&self) -> Option<&Core> {
        // SAFETY: a handle's core lives until its arena is dropped, which every handle borrows.
        self.link.get().find().map(|core| unsafe { core.as_ref() })
    }

    /// As [`core`](Self::core), for an arena's own handle.
    #[inline(always)]
    pub(super) fn own_core(&self) -> Option<&Core> {
        // SAFETY: as in `core`.
        self.link.get().find_own().map(|core| unsafe { core.as_ref() })
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
    pub(super) fn try_raw(&self, size: usize, align: usize, place: Place) -> Result<NonNull<u8>, AllocError> {
        let cursor = self.cursor.get();
        if align <= MIN_ALIGN {
            if let Some(end) = bump_rounding(cursor.addr(), size, self.limit.get()) {
                return Ok(self.advance(cursor, cursor.addr(), end));
            }
            return self.cold(size, align, place);
        }
        // From here on only the negative is used, also by the cold call: it then takes the alignment's register, which
        // saves the fast path a copy.
        let negative = align.wrapping_neg();
        match bump_aligned(cursor.addr(), round_up(size, MIN_ALIGN), align, self.limit.get()) {
            Some((start, end)) => Ok(self.advance(cursor, start, end)),
            None => self.cold(size, hint::black_box(negative).wrapping_neg(), place),
        }
    }

    /// Uninitialised memory for a size and alignment known to the compiler.
    #[inline(always)]
    fn try_constant(&self, size: usize, align: usize, place: Place) -> Result<NonNull<u8>, AllocError> {
        let cursor = self.cursor.get();
        let rounded = round_up(size, MIN_ALIGN);
        if align <= MIN_ALIGN {
            if let Some(end) = bump(cursor.addr(), rounded, self.limit.get()) {
                return Ok(self.advance(cursor, cursor.addr(), end));
            }
        } else if let Some((start, end)) = bump_aligned(cursor.addr(), rounded, align, self.limit.get()) {
            return Ok(self.advance(cursor, start, end));
        }
        self.cold(size, align, place)
    }

    #[inline(always)]
    fn advance(&self, cursor: *mut u8, start: usize, end: usize) -> NonNull<u8> {
        self.cursor.set(cursor.wrapping_add(end - cursor.addr()));
        // SAFETY: a limit above the states is the end of a block, and no block lies at address 0.
        unsafe { NonNull::new_unchecked(cursor.wrapping_add(start - cursor.addr())) }
    }

    /// Where the window ends. The handle goes by value, so that a scope or claim can stay in registers.
    #[inline(always)]
    fn cold(&self, size: usize, align: usize, place: Place) -> Result<NonNull<u8>, AllocError> {
        // Reading the window afresh here leaves the fast path's compare the only user of its load of the limit: the
        // compiler then compares with memory, one instruction less. The fence costs nothing at run time.
        compiler_fence(Ordering::SeqCst);
        let cold = refill::<false>(self.window(), self.link.get(), self.saved.get(), size, align, place)?;
        self.take_over(&cold);
        // Opaque, so that the compiler does not tie the registers of the fast path to those of this one: in a loop over a
        // claim that is one copy less.
        Ok(hint::black_box(cold.memory))
    }

    /// The window and the link that a cold call brings; and whoever is to be told, is.
    #[inline(always)]
    fn take_over(&self, cold: &Cold) {
        self.link.set(cold.link);
        self.set_window(cold.window);
        if cold.fire {
            fire(cold.link);
        }
    }

    /// Memory for a `T`, uninitialised.
    #[inline(always)]
    pub(super) fn try_slot<T>(&self, place: Place) -> Result<NonNull<T>, AllocError> {
        if size_of::<T>() == 0 {
            return Ok(NonNull::dangling());
        }
        Ok(self.try_constant(size_of::<T>(), align_of::<T>(), place)?.cast())
    }

    /// Memory for `n` of `T`, uninitialised.
    #[inline(always)]
    pub(super) fn try_slots<T>(&self, n: usize, place: Place) -> Result<NonNull<T>, AllocError> {
        if size_of::<T>() == 0 || n == 0 {
            return Ok(NonNull::dangling());
        }
        match n.checked_mul(size_of::<T>()) {
            Some(size) if size <= isize::MAX as usize => {
                let memory = if size_of::<T>() % MIN_ALIGN == 0 {
                    self.try_constant(size, align_of::<T>(), place)?
                } else {
                    self.try_raw(size, align_of::<T>(), place)?
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

    /// Enters `run(value)` to be called when the arena goes back before this point.
    ///
    /// # Safety
    /// `entry` is memory of this handle's, just allocated; the rest as [`Drops::push`](super::drops::Drops::push).
    pub(super) unsafe fn register(&self, entry: NonNull<DropEntry>, run: unsafe fn(NonNull<u8>), value: NonNull<u8>) {
        let core = self.core().expect("an arena that just served a request");
        let behind = core.position_behind(self.cursor.get().addr());
        // SAFETY: memory of the arena's that stays until it goes back before the cursor; the caller's promise.
        unsafe { core.drops.push(entry, behind, run, value) };
        // Whoever goes back to `saved` must see that there is something to undo.
        if self.limit.get() == self.saved.get() {
            core.note_start();
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

/// What the plain forms do with a refusal.
#[inline(always)]
#[track_caller]
pub(super) fn granted<T>(result: Result<T, AllocError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => error.panic(),
    }
}
