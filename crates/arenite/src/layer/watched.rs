//! An allocator that is watched as closely as the grade in force says.

mod calls;
mod here;

pub use here::WatchedHere;

use super::relay::{Change, Layer, by_layer};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, FreeError, ResetError, ResetMode, Tag,
    debug::{self, Counts, Keeper, Raw, Site, Text},
};
use core::{alloc::Layout, fmt, ptr::NonNull};

/// Watches an allocator as closely as the [`Grade`](debug::Grade) in force says, while the program runs: that of its
/// [`name`](Self::name), or else of its [`tag`](Self::tag), or else of the process.
///
/// | grade | |
/// |---|---|
/// | off | relays; one compare |
/// | count | [`counts`](Self::counts) requests and bytes |
/// | sites | has each block in its books, with the place where [`here`](Self::here) was called; finds wrong frees |
/// | guard | fences around each block, checked at its free and by [`check`](Self::check); fills it with 0xCD, and 0xDE at its free |
/// | quarantine | holds freed blocks back ([`hold`](Self::hold)) and checks them for writes when they leave |
/// | page | gives each block pages of its own before a guard, closed at its free, and an address that does not come again; a block of the allocator below stands for it. As quarantine where there are no pages |
///
/// A block is checked by the grade that it was made under; one that is not in the books - it was there before the switch,
/// or was not drawn as a sample - is relayed. Faults go through [`Fault::report`](crate::debug::Fault::report): when the policy lets the program go on,
/// `deallocate` returns and the memory is left as it was, `try_deallocate` says why, and `grow` and `shrink` refuse.
///
/// A block for whose fences there is no room is handed out without them; memory held back is used before a request is
/// refused. From guard on blocks move when they change their size, so what is below can promise neither
/// [`RESIZE`](Capabilities::RESIZE), [`LIFO`](Capabilities::LIFO) nor [`FREE_LAST`](Capabilities::FREE_LAST) through this
/// layer. Blocks are freed where they were allocated: one that was taken from below directly is a foreign one here.
///
/// Dropping it hands back what is held; see [`report_leaks`](Self::report_leaks).
///
/// ```
/// use allocator_api2::vec::Vec;
/// use arenite::{Arena, debug::{self, Grade}, layer::Watched};
/// let arena = Arena::new();
/// let memory = Watched::new(&arena).name("sounds");
/// debug::set_node_grade("sounds", Grade::Guard);
/// let mut sounds = Vec::new_in(memory.here());
/// sounds.extend([1u8, 2, 3]);
/// assert_eq!(memory.check(), 0);
/// # #[cfg(not(feature = "debug"))] return;
/// assert_eq!(memory.counts().live, 1);
/// ```
pub struct Watched<A: DynAllocator> {
    inner: A,
    name: Text,
    tag: Option<Tag>,
    report_leaks: bool,
    keeper: Keeper,
}

impl<A: DynAllocator> Watched<A> {
    /// Bytes of freed blocks that are held back unless set: 1 MiB.
    pub const HOLD: usize = Keeper::HOLD;

    /// `inner`, watched by the grade of the process.
    #[must_use]
    pub const fn new(inner: A) -> Self {
        let keeper = Keeper::new(Self::HOLD);
        Self { inner, name: Text::EMPTY, tag: None, report_leaks: false, keeper }
    }

    /// Obeys [`debug::set_node_grade`] of this name, of which [`Text::CAPACITY`] bytes count; reports carry it.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = Text::new(name);
        self
    }

    /// Obeys [`debug::set_tag_grade`] of this tag; reports carry it.
    #[must_use]
    pub const fn tag(mut self, tag: Tag) -> Self {
        self.tag = Some(tag);
        self
    }

    /// Holds back so many bytes of freed blocks under [`Grade::Quarantine`](debug::Grade::Quarantine), fences and all. Larger blocks are not held.
    #[must_use]
    pub const fn hold(mut self, bytes: usize) -> Self {
        self.keeper.set_hold(bytes);
        self
    }

    /// Reports as [`FaultKind::Leak`](crate::debug::FaultKind::Leak), by place, what is still in the books when this is dropped.
    #[must_use]
    pub const fn report_leaks(mut self) -> Self {
        self.report_leaks = true;
        self
    }

    /// This allocator on behalf of the caller's place: what is allocated, freed and found through it carries that. A block
    /// may be freed through any other, or by the allocator itself.
    #[must_use]
    #[track_caller]
    pub fn here(&self) -> WatchedHere<'_, A> {
        WatchedHere::new(self, Site::here())
    }

    /// The figures so far, without blocks of no bytes. O(blocks held).
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.keeper.counts()
    }

    /// Checks the fences of every live block and what is held back, and reports each fault; how many. What was broken is
    /// mended, so that it is told once. O(bytes held and blocks).
    ///
    /// # Panics
    /// By [`Policy::Panic`](debug::Policy::Panic), with the first report.
    #[track_caller]
    pub fn check(&self) -> usize {
        self.keeper.check(self, Site::here())
    }
}

impl<A: DynAllocator> Layer for Watched<A> {
    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        self.take_for(Site::UNKNOWN, layout, zeroed)
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give_for(Site::UNKNOWN, memory, layout) }.or_else(|refused| refused.unless_told())
    }

    unsafe fn change(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        // SAFETY: the caller's promise.
        unsafe { self.change_for(Site::UNKNOWN, memory, [old, new], change) }
    }
}

by_layer!([A: DynAllocator] Watched<A>);

// SAFETY: blocks are those of the allocator below, or lie between fences in them. A block has exactly the bytes that were
// asked for, and is resized below only when it has no fences.
unsafe impl<A: DynAllocator> DynAllocator for Watched<A> {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.take_for(Site::UNKNOWN, layout, false)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give_for(Site::UNKNOWN, memory, layout) }.map_err(|refused| refused.error())
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.resize_for(Site::UNKNOWN, memory, old, new_size) }
    }

    /// Whether it is below, or on pages of its own.
    fn owns(&self, address: *const u8) -> bool {
        self.inner.owns(address) || self.keeper.owns(address.addr(), None)
    }

    /// What is below promises, but for what does not hold at every grade: the grade may change at any time.
    fn capabilities(&self) -> Capabilities {
        let varies = Capabilities::RESIZE | Capabilities::LIFO | Capabilities::FREE_LAST;
        self.inner.capabilities().without(if debug::ENABLED { varies } else { Capabilities::NONE })
    }

    /// What is held back is handed back first.
    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        unsafe { self.reset_for(Site::UNKNOWN, mode) }
    }

    /// The figures of what is below, of live blocks without those held back; what these are rounded to is not known, so
    /// bytes in use are not under [`Grade::Quarantine`](debug::Grade::Quarantine). O(blocks held).
    fn stats(&self) -> AllocatorStats {
        let quarantine = self.keeper.grade(self).holds();
        let blocks = self.keeper.counts().held;
        let below = self.inner.stats();
        AllocatorStats {
            live: below.live.map(|live| live.saturating_sub(blocks)),
            used: below.used.filter(|_| !quarantine && blocks == 0),
            ..below
        }
    }
}

impl<A: DynAllocator> Drop for Watched<A> {
    fn drop(&mut self) {
        // What is below is dropped next, and may do with its memory what it likes.
        self.keeper.end(self, Site::UNKNOWN);
        if self.report_leaks {
            self.keeper.report_leaks(self.owner());
        }
    }
}

impl<A: DynAllocator + fmt::Debug> fmt::Debug for Watched<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched")
            .field("inner", &self.inner)
            .field("name", &&*self.name)
            .field("counts", &self.counts())
            .finish()
    }
}
