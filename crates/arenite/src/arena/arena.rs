//! The arena.

use super::{
    claim::Claim,
    core::{CLAIMED, Core, NEVER},
    handle::{Handle, granted},
    mark::{Mark, RestoreError},
    refill::Window,
    retention::{Keep, Retention},
    scope::Scope,
    stats::ArenaStats,
};
use crate::{
    ResetError, ResetMode,
    debug::{Place, Site},
    error::AllocError,
    node::Node,
};
use core::{cell::Cell, fmt, ops::Deref, ptr, ptr::NonNull};

/// Memory that dies together.
///
/// Allocating moves a cursor; nothing is freed one by one. [`reset`](Self::reset) takes everything back at once and
/// keeps the blocks for the next cycle. Everything that allocates is on [`Handle`], to which an arena dereferences:
/// results borrow the arena, and reset, clear and restore take `&mut self`, so that nothing can outlive them.
///
/// An arena made by [`new`](Self::new) grows by chunks of 4 KiB doubling to 64 KiB from the system heap and takes its
/// first at the first allocation. [`ArenaOptions`](super::ArenaOptions) makes others: one reserved range, other sizes, sources, limits, a
/// name and a budget. A request larger than the next chunk gets a chunk of its own and does not change the growth.
///
/// An arena is 48 bytes, movable, `Send` and not `Sync`.
///
/// ```
/// let mut arena = arenite::Arena::new();
/// for _ in 0..100 {
///     let squares = arena.alloc_slice_fill_with(10, |i| i * i);
///     assert_eq!(squares[9], 81);
///     arena.reset();
/// }
/// assert_eq!(arena.stats().blocks_taken, 1);
/// ```
/// Nothing outlives a reset:
/// ```compile_fail
/// let mut arena = arenite::Arena::new();
/// let n = arena.alloc(1);
/// arena.reset();
/// *n += 1;
/// ```
#[repr(C)]
pub struct Arena {
    pub(super) handle: Handle,
    start: Cell<*mut u8>,
    pub(super) generation: Cell<u64>,
}

// SAFETY: everything an arena refers to is its own (blocks, registered values, which are `Send`) or `Send + Sync`
// (source, node, callback `Send`); results that point into it borrow it, so none is left when it moves.
unsafe impl Send for Arena {}

const _: () = assert!(size_of::<Arena>() <= 48);

impl Arena {
    /// An empty arena with the default options. Takes no memory yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { handle: Handle::empty(), start: Cell::new(ptr::null_mut()), generation: Cell::new(0) }
    }

    pub(super) fn over(handle: Handle, core: NonNull<Core>) -> Self {
        // SAFETY: a fresh core, alive.
        let start = unsafe { core.as_ref() }.first.data.as_ptr();
        Self { handle, start: Cell::new(start), generation: Cell::new(0) }
    }

    /// A scope: what it hands out lives until it is dropped, then the arena is as before. While it lives the arena
    /// itself refuses to allocate.
    ///
    /// ```
    /// let arena = arenite::Arena::new();
    /// let kept = arena.alloc(1);
    /// {
    ///     let scope = arena.scope();
    ///     let lost = scope.alloc_str("until the end of the scope");
    ///     assert_eq!(lost.len(), 26);
    /// }
    /// assert_eq!((*kept, arena.used()), (1, 8));
    /// ```
    /// What a scope hands out cannot leave it:
    /// ```compile_fail
    /// let arena = arenite::Arena::new();
    /// let escaped = { let scope = arena.scope(); scope.alloc(1) };
    /// ```
    ///
    /// # Panics
    /// In builds with debug assertions, when another scope or claim has the cursor. In others the new scope then refuses
    /// to allocate; [`try_scope`](Self::try_scope) tells in both.
    #[inline(always)]
    #[track_caller]
    pub fn scope(&self) -> Scope<'_> {
        Scope::enter(&self.handle, self.handle.as_root())
    }

    /// As [`scope`](Self::scope).
    ///
    /// # Errors
    /// [`ErrorKind::Claimed`](crate::ErrorKind::Claimed): another scope or claim has the cursor.
    #[inline(always)]
    #[track_caller]
    pub fn try_scope(&self) -> Result<Scope<'_>, AllocError> {
        Scope::try_enter(&self.handle, self.handle.as_root())
    }

    /// The cursor for one's own: results live as long as the arena's borrow, and in a loop the cursor stays in a
    /// register. While the claim lives the arena itself refuses to allocate.
    ///
    /// ```
    /// let arena = arenite::Arena::new();
    /// let last = {
    ///     let claim = arena.claim();
    ///     (0..1000u64).map(|i| claim.alloc(i)).last().unwrap()
    /// };
    /// assert_eq!(*last, 999);
    /// ```
    ///
    /// # Panics
    /// When another scope or claim has the cursor, or the first block is refused.
    #[inline(always)]
    #[track_caller]
    pub fn claim(&self) -> Claim<'_> {
        granted(self.try_claim())
    }

    /// As [`claim`](Self::claim).
    ///
    /// # Errors
    /// [`ErrorKind::Claimed`](crate::ErrorKind::Claimed), or the reason why the first block is refused.
    #[inline(always)]
    #[track_caller]
    pub fn try_claim(&self) -> Result<Claim<'_>, AllocError> {
        Claim::try_enter(&self.handle, self.handle.as_root())
    }

    /// Takes everything back. Registered values are dropped, newest first; blocks are kept as the [`Retention`] policy
    /// says, and used again in the same order. O(1) when everything is kept, plus one step per registered value.
    ///
    /// # Panics
    /// When a registered value panics as it is dropped; the arena is empty then too.
    #[inline(always)]
    #[track_caller]
    pub fn reset(&mut self) {
        // SAFETY: `&mut self` means that nothing borrows the arena.
        unsafe { self.reset_unborrowed() }
    }

    /// [`reset`](Self::reset) for an owner that knows by other means that nothing borrows from the arena.
    ///
    /// # Safety
    /// Nothing that the arena handed out is used any more, and no scope or claim of it is alive.
    #[doc(hidden)]
    #[inline(always)]
    #[track_caller]
    pub unsafe fn reset_unborrowed(&self) {
        if self.handle.window().limit == self.handle.saved() {
            // Nothing but the cursor has moved since the arena started.
            self.handle.set_cursor(self.start.get());
            self.generation.set(self.generation.get() + 1);
        } else {
            self.start_over(None, Place::here());
        }
    }

    /// Whether a scope or claim has the cursor, or was forgotten.
    #[cfg_attr(not(feature = "std"), allow(dead_code))]
    pub(crate) fn is_claimed(&self) -> bool {
        self.handle.window().limit == CLAIMED
    }

    /// Takes everything back by a shared reference, for the object-safe interface.
    ///
    /// # Safety
    /// Nothing that the arena handed out is used any more.
    pub(crate) unsafe fn reset_shared(&self, mode: ResetMode) -> Result<(), ResetError> {
        if self.handle.window().limit == CLAIMED {
            return Err(ResetError::Claimed);
        }
        match mode {
            // SAFETY: the caller's promise, and no scope or claim has the cursor.
            ResetMode::Keep => unsafe { self.reset_unborrowed() },
            ResetMode::KeepAtMost(bytes) => self.start_over(Some(Keep::at_most(bytes)), Place::NOWHERE),
            ResetMode::GiveBack => self.start_over(Some(Keep::default()), Place::NOWHERE),
        }
        Ok(())
    }

    /// Takes everything back and keeps only the first block (of a reserved range: its first 64 KiB): growth starts
    /// over. O(blocks).
    ///
    /// # Panics
    /// As [`reset`](Self::reset).
    #[track_caller]
    pub fn clear(&mut self) {
        // SAFETY: `&mut self` means that nothing borrows the arena.
        unsafe { self.clear_unborrowed() }
    }

    /// [`clear`](Self::clear) for an owner that knows by other means that nothing borrows from the arena.
    ///
    /// # Safety
    /// As [`reset_unborrowed`](Self::reset_unborrowed).
    #[doc(hidden)]
    #[track_caller]
    pub unsafe fn clear_unborrowed(&self) {
        self.start_over(Some(Keep::default()), Place::here());
    }

    /// Takes everything back; nothing may borrow from the arena.
    #[cold]
    #[inline(never)]
    fn start_over(&self, keep: Option<Keep>, place: Place) {
        /// Brings the handle to the start, also when a registered value panics.
        struct Start<'a>(&'a Arena);
        impl Drop for Start<'_> {
            fn drop(&mut self) {
                let arena = self.0;
                arena.generation.set(arena.generation.get() + 1);
                let Some(core) = arena.handle.core() else {
                    // A forgotten scope may have left an arena without blocks claimed.
                    arena.handle.open_empty();
                    return;
                };
                let (window, saved) = core.started();
                arena.start.set(window.cursor);
                arena.handle.set_window(window);
                arena.handle.set_saved(saved);
            }
        }
        let usual = || self.handle.core()?.start_over_as_usual(self.handle.window());
        if let Some((window, saved)) = keep.is_none().then(usual).flatten() {
            self.start.set(window.cursor);
            self.handle.set_window(window);
            self.handle.set_saved(saved);
            self.generation.set(self.generation.get() + 1);
            return;
        }
        let start = Start(self);
        if let Some(core) = self.handle.core() {
            let window = self.handle.window();
            // Whoever is dropped here finds the arena claimed.
            self.handle.close();
            core.start_over(window, keep, place.site());
        }
        drop(start);
        if let Some(core) = self.handle.core() {
            core.fire();
        }
    }

    /// The place where the arena stands, to come back to with [`restore`](Self::restore).
    ///
    /// ```
    /// let mut arena = arenite::Arena::new();
    /// arena.alloc(1u64);
    /// let mark = arena.checkpoint();
    /// arena.alloc_slice_fill(1000, 0u8);
    /// arena.restore(mark)?;
    /// assert_eq!(arena.used(), 8);
    /// arena.reset();
    /// assert_eq!(arena.restore(mark), Err(arenite::RestoreError::Reset));
    /// # Ok::<(), arenite::RestoreError>(())
    /// ```
    ///
    /// # Panics
    /// When the arena has no block yet and the first is refused.
    #[track_caller]
    pub fn checkpoint(&self) -> Mark {
        granted(self.try_checkpoint())
    }

    /// As [`checkpoint`](Self::checkpoint).
    ///
    /// # Errors
    /// The reason why the first block is refused.
    #[track_caller]
    pub fn try_checkpoint(&self) -> Result<Mark, AllocError> {
        let core = self.handle.core_or_create().map_err(|kind| self.handle.refused(kind))?;
        let (stamp, depth) = core.marks.open(self.generation.get());
        Ok(Mark {
            arena: core.id,
            generation: self.generation.get(),
            cursor: self.handle.window().cursor,
            stamp,
            depth,
            since: core.since(self.handle.window().cursor.addr()),
            site: Site::here(),
            requested: core.requested.get(),
            allocations: core.allocations.get(),
        })
    }

    /// Takes back everything allocated since `mark`. Registered values are dropped first, newest first. Never moves
    /// forward. O(1), whatever number of blocks it goes back over, plus one step for each value registered and each block of a
    /// single large request.
    ///
    /// # Errors
    /// The mark is another arena's, or older than a reset, or inside one that was restored. Nothing changes. (Of more
    /// than 16 open marks, the outer ones are checked by their depth only.)
    ///
    /// # Panics
    /// When a registered value panics as it is dropped; the arena has gone back then too.
    #[track_caller]
    pub fn restore(&mut self, mark: Mark) -> Result<(), RestoreError> {
        // SAFETY: `&mut self` means that nothing borrows the arena.
        unsafe { self.restore_unborrowed(mark) }
    }

    /// [`restore`](Self::restore) for an owner that knows by other means that nothing borrows from the arena.
    ///
    /// # Safety
    /// Nothing that the arena handed out since the mark is used any more, and no scope or claim of it is alive.
    #[doc(hidden)]
    #[track_caller]
    pub unsafe fn restore_unborrowed(&self, mark: Mark) -> Result<(), RestoreError> {
        /// Brings the handle back, also when a registered value panics.
        struct Back<'a>(&'a Arena, *mut u8, Mark);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                let Self(arena, cursor, mark) = *self;
                let Some(core) = arena.handle.core() else { return };
                core.marks.close_inside(&mark);
                core.scope_counts.take();
                core.note_restore(arena.generation.get(), core.position(cursor.addr()));
                core.requested.set(mark.requested);
                core.allocations.set(mark.allocations);
                let limit = core.open(cursor, arena.handle.saved());
                arena.handle.set_window(Window { cursor, limit });
            }
        }
        let Some(core) = self.handle.core().filter(|core| core.id == mark.arena) else {
            return Err(RestoreError::Foreign);
        };
        if mark.generation != self.generation.get() {
            core.refuse_mark(&mark, RestoreError::Reset, Site::here());
            return Err(RestoreError::Reset);
        }
        if !core.marks.is_open(&mark) {
            core.refuse_mark(&mark, RestoreError::OutOfOrder, Site::here());
            return Err(RestoreError::OutOfOrder);
        }
        let window = self.handle.window();
        let Some(block) = core.start_of(mark.cursor.addr()) else {
            return Err(RestoreError::OutOfOrder);
        };
        // What lay right before the mark may have been freed since: then the cursor stays below it, where it is or where
        // it left the block.
        let left = if block == core.current.get() { window.cursor } else { block.left_at() };
        let forward = block.holds(left.addr()) && left.addr() < mark.cursor.addr();
        let cursor = if forward { left } else { mark.cursor };
        let back = Back(self, cursor, mark);
        if window.limit != CLAIMED {
            core.note_use(window.cursor.addr());
        }
        core.rewind(block, cursor.addr(), mark.since, Site::here());
        drop(back);
        core.fire();
        Ok(())
    }

    /// The arena's figures. O(1).
    #[must_use]
    pub fn stats(&self) -> ArenaStats {
        let cursor = self.handle.window().cursor.addr();
        match self.handle.core() {
            Some(core) => core.stats(cursor, self.generation.get()),
            None => ArenaStats { generation: self.generation.get(), ..ArenaStats::default() },
        }
    }

    /// The capacities of the blocks held, in order: those the cursor runs through, then those of single large requests.
    pub fn chunk_sizes(&self) -> impl Iterator<Item = usize> {
        self.handle.core().into_iter().flat_map(Core::chunk_sizes)
    }

    /// The node that the arena's blocks are charged to.
    #[must_use]
    pub fn node(&self) -> Option<&Node> {
        self.handle.core().and_then(|core| core.node.as_ref())
    }

    /// Changes what later resets keep.
    ///
    /// # Errors
    /// The arena has no block yet and the first is refused.
    pub fn set_retention(&mut self, policy: Retention) -> Result<(), AllocError> {
        let core = self.handle.core_or_create().map_err(|kind| self.handle.refused(kind))?;
        core.retention.set(policy);
        self.handle.set_saved(NEVER);
        Ok(())
    }

    /// Changes the limit. What is held already is kept, even above a new limit.
    ///
    /// # Errors
    /// The arena has no block yet and the first is refused.
    pub fn set_limit(&mut self, limit: Option<usize>) -> Result<(), AllocError> {
        let core = self.handle.core_or_create().map_err(|kind| self.handle.refused(kind))?;
        core.limit.set(limit);
        Ok(())
    }

    /// Starts or ends the counting of requested bytes and allocations. Counts start at 0.
    ///
    /// # Errors
    /// The arena has no block yet and the first is refused.
    pub fn set_counting(&mut self, yes: bool) -> Result<(), AllocError> {
        let core = self.handle.core_or_create().map_err(|kind| self.handle.refused(kind))?;
        core.counting.set(yes);
        core.close_or_open();
        core.scope_counts.take();
        core.requested.set(0);
        core.allocations.set(0);
        self.open_anew(core);
        Ok(())
    }

    /// Seals the window, or opens it again; either way the next reset has to look. A forgotten scope or claim keeps the
    /// cursor: what it handed out lies behind the one that is known here.
    pub(super) fn open_anew(&self, core: &Core) {
        let window = self.handle.window();
        if window.limit != CLAIMED {
            self.handle.set_window(Window { limit: core.open(window.cursor, NEVER), ..window });
        }
        self.handle.set_saved(NEVER);
    }
}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Arena {
    type Target = Handle;

    #[inline(always)]
    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        if let Some(core) = self.handle.raw_core() {
            // SAFETY: `&mut self` means that nothing borrows the arena any more, and it is not used again.
            unsafe { Core::destroy(core) };
        }
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena").field("node", &self.node()).field("stats", &self.stats()).finish()
    }
}
