//! The arena, and what its lock holds.

use super::{
    SharedArenaStats, SharedLocal,
    block::{Blocks, HEADER, LINES, layout_of},
    drops::{Drops, Entry},
    window::Window,
};
use crate::{
    AllocError, ErrorKind, ResetError,
    bump::{MAX_ALIGN, round_up},
    node::Node,
    supply::Supply,
    sync::{AtomicUsize, Lock, Ordering},
};
use core::{alloc::Layout, fmt, mem, ptr::NonNull};

/// The least that is worth being handed to another thread.
const LEAST_REST: usize = 1024;

/// An arena that many threads allocate from, each through a [`SharedLocal`] of its own, under one lifetime.
///
/// What is handed out lives as long as the borrow of the arena, and may be used on any thread that the compiler lets it
/// go to. [`reset`](Self::reset) takes everything back at once and keeps the blocks. Allocating is a bare bump; once in
/// 64 KiB, and in up to 1 MiB when the arena holds much, or in [`SharedOptions::block`](crate::SharedOptions::block) bytes, a
/// thread takes a block, which is O(1) under a lock.
///
/// ```
/// use arenite::SharedArena;
/// let mut arena = SharedArena::new();
/// for _ in 0..3 {
///     let sums: Vec<&u64> = std::thread::scope(|threads| {
///         let work = |from: u64| {
///             let local = arena.local();
///             let squares = local.alloc_slice_fill_with(1000, |i| (from + i as u64).pow(2));
///             &*local.alloc(squares.iter().sum::<u64>())
///         };
///         let jobs: Vec<_> = (0..4).map(|n| threads.spawn(move || work(n * 1000))).collect();
///         jobs.into_iter().map(|job| job.join().unwrap()).collect()
///     });
///     assert_eq!(sums.into_iter().sum::<u64>(), (0..4000).map(|n| n * n).sum::<u64>());
///     arena.reset();
/// }
/// assert!(arena.stats().blocks_taken <= 4);
/// ```
/// Nothing outlives a reset:
/// ```compile_fail,E0502
/// let mut arena = arenite::SharedArena::new();
/// let n = arena.local().alloc(1);
/// arena.reset();
/// *n += 1;
/// ```
///
/// As an allocator, `&SharedArena` takes its lock at each request, for the few of a thread that has no local.
pub struct SharedArena {
    supply: Supply,
    /// The least size of a usual block.
    block: usize,
    /// The largest: a doubling of the least.
    most: usize,
    state: Lock<State>,
    used: AtomicUsize,
}

struct State {
    /// Blocks that something was handed out from.
    taken: Blocks,
    /// Blocks of usual sizes that nothing is in.
    free: Blocks,
    /// Others that nothing is in.
    odd: Blocks,
    /// What was left of blocks whose local ended.
    rests: Blocks,
    /// For requests that come without a local.
    window: Window,
    drops: Drops,
    locals: usize,
    resets: u64,
    /// Values are being dropped, and then everything is taken back.
    closed: bool,
}

// SAFETY: all that it points to is memory of the arena, reached through the arena's lock; values that wait to be dropped
// are `Send`.
unsafe impl Send for State {}

#[cfg(feature = "std")]
impl SharedArena {
    /// An arena with blocks of 64 KiB from the system heap. It takes the first with the first request.
    #[must_use]
    pub fn new() -> Self {
        crate::SharedOptions::new().build_arena()
    }
}

impl SharedArena {
    pub(crate) fn on(supply: Supply, block: usize, most: usize) -> Self {
        let state = State {
            taken: Blocks::default(),
            free: Blocks::default(),
            odd: Blocks::default(),
            rests: Blocks::default(),
            window: Window::empty(),
            drops: Drops::default(),
            locals: 0,
            resets: 0,
            closed: false,
        };
        Self { supply, block, most, state: Lock::new(state), used: AtomicUsize::new(0) }
    }

    /// An end for the calling thread (or another: it may be sent). O(1); takes no memory yet.
    #[must_use]
    pub fn local(&self) -> SharedLocal<'_> {
        self.state.lock().locals += 1;
        SharedLocal::of(self)
    }

    /// Takes everything back: drops the values that were registered, newest first, and keeps all blocks. O(blocks and
    /// values).
    ///
    /// # Panics
    /// When a registered value panics as it is dropped; the others are dropped and the arena is empty then too.
    pub fn reset(&mut self) {
        self.reset_keeping(usize::MAX);
    }

    /// As [`reset`](Self::reset), and gives blocks back to the source until at most `bytes` are kept.
    ///
    /// # Panics
    /// As [`reset`](Self::reset).
    pub fn reset_keeping(&mut self, bytes: usize) {
        // Nothing borrows the arena: locals that are still counted were forgotten.
        self.state.lock().locals = 0;
        let done = self.start_over(bytes);
        debug_assert_eq!(done, Ok(()));
    }

    /// The figures, as of now.
    #[must_use]
    pub fn stats(&self) -> SharedArenaStats {
        let state = self.state.lock();
        SharedArenaStats {
            used: self.note_use(&state.window),
            held: self.supply.bytes(),
            drops: state.drops.len(),
            locals: state.locals,
            blocks_taken: self.supply.taken(),
            blocks_returned: self.supply.returned(),
            resets: state.resets,
        }
    }

    /// The node that pays for the blocks.
    #[must_use]
    pub fn node(&self) -> Option<&Node> {
        self.supply.node()
    }

    /// Whether `pointer` points into a block of the arena's. O(blocks), under the lock.
    #[must_use]
    pub fn owns<T: ?Sized>(&self, pointer: *const T) -> bool {
        let state = self.state.lock();
        let mut blocks = state.taken.iter().chain(state.free.iter()).chain(state.odd.iter());
        blocks.any(|(block, size)| (block.addr().get() + HEADER..block.addr().get() + size).contains(&pointer.addr()))
    }

    /// Memory that the window has no room for: it may get a new window.
    #[cold]
    #[inline(never)]
    pub(super) fn refill(&self, window: &Window, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        let memory = self.place(window, layout).map_err(|kind| self.refused(kind, layout))?;
        self.supply.publish(self.note_use(window));
        self.supply.report();
        Ok(memory)
    }

    fn place(&self, window: &Window, layout: Layout) -> Result<NonNull<u8>, ErrorKind> {
        let (size, align) = (layout.size(), layout.align());
        if align > MAX_ALIGN {
            return Err(ErrorKind::BadAlignment);
        }
        let padding = if align > 16 { align } else { 8 };
        let need = size.checked_add(HEADER + padding).ok_or(ErrorKind::CapacityOverflow)?;
        if need <= self.block / 4 {
            let fresh = match self.rest_for(need) {
                Some((rest, size)) => Window::new(rest, rest.addr().get() + size),
                None => self.window_in(self.block_for(self.block)?),
            };
            let memory = fresh.take(size, align).ok_or(ErrorKind::OutOfMemory)?;
            self.close(&window.replace(fresh));
            return Ok(memory);
        }
        // Alone in a block: the window that is open is kept, and what is left is for others.
        let alone = self.window_in(self.block_for(need)?);
        let memory = alone.take(size, align).ok_or(ErrorKind::OutOfMemory)?;
        self.close(&alone);
        Ok(memory)
    }

    fn window_in(&self, (block, size): (NonNull<u8>, usize)) -> Window {
        // SAFETY: every block is longer than its header.
        Window::new(unsafe { block.add(HEADER) }, block.addr().get() + size)
    }

    /// What was left of a block whose local ended, when it is large enough.
    fn rest_for(&self, need: usize) -> Option<(NonNull<u8>, usize)> {
        let mut state = self.state.lock();
        let fits = state.rests.iter().next().is_some_and(|(_, size)| size >= need);
        if fits { state.rests.pop() } else { None }
    }

    /// A block of at least `need` bytes with its header, kept from before or taken from the source, and listed as taken.
    fn block_for(&self, need: usize) -> Result<(NonNull<u8>, usize), ErrorKind> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(ErrorKind::Claimed { by: None });
        }
        let kept = if need <= self.block {
            state.free.pop()
        } else {
            // One that was made for such a request may be of a usual size.
            state.odd.fitting(need).or_else(|| state.free.fitting(need))
        };
        let (block, size) = match kept {
            Some(kept) => kept,
            None => {
                // Not under the lock: the source may ask the system.
                drop(state);
                let (block, size) = self.fresh_block(need)?;
                // For `pointer`.
                block.as_ptr().expose_provenance();
                state = self.state.lock();
                (block, size)
            }
        };
        // SAFETY: a block of this size that nobody uses.
        unsafe { state.taken.push(block, size) };
        Ok((block, size))
    }

    /// A block from the source, larger where the arena holds much: then threads come for one less often.
    fn fresh_block(&self, need: usize) -> Result<(NonNull<u8>, usize), ErrorKind> {
        let take = |size: usize| {
            let layout = layout_of(size).ok_or(ErrorKind::CapacityOverflow)?;
            Ok((self.supply.take(layout)?, size))
        };
        if need > self.block {
            let granule = self.supply.granule().max(16);
            return take(need.checked_next_multiple_of(granule).ok_or(ErrorKind::CapacityOverflow)?);
        }
        let doublings = (self.supply.bytes() / 8 / self.block).max(1).ilog2();
        let size = self.block.checked_shl(doublings).map_or(self.most, |size| size.min(self.most));
        // A limit or budget may still have room for the least.
        if size > self.block { take(size).or_else(|_| take(self.block)) } else { take(size) }
    }

    /// Whether a block of that size is for any thread's next window.
    fn is_usual(&self, size: usize) -> bool {
        let times = size / self.block;
        size <= self.most && size == times * self.block && times.is_power_of_two()
    }

    /// Counts what was taken from a window and keeps what is left of it for another.
    pub(super) fn close(&self, window: &Window) {
        self.note_use(window);
        let Some((start, size)) = window.rest() else { return };
        let skipped = round_up(start.addr().get(), LINES) - start.addr().get();
        if size >= skipped + LEAST_REST {
            // SAFETY: the rest of a window, which nobody uses, in a block that is listed as taken.
            unsafe { self.state.lock().rests.push(start.add(skipped), size - skipped) };
        }
    }

    /// The end of a local.
    pub(super) fn leave(&self, window: &Window) {
        self.close(window);
        self.state.lock().locals -= 1;
        self.supply.publish(self.used.load(Ordering::Relaxed));
    }

    /// Adds what was taken from a window since it was last noted; answers with the sum of all. Relaxed: a figure.
    pub(super) fn note_use(&self, window: &Window) -> usize {
        // Wraps where a block that was noted has been freed since.
        let more = window.tell();
        self.used.fetch_add(more, Ordering::Relaxed).wrapping_add(more)
    }

    /// Lists a value that is to be dropped.
    ///
    /// # Safety
    /// As `Drops::push`, for memory that this arena handed out.
    pub(super) unsafe fn register(&self, at: NonNull<Entry>, run: unsafe fn(NonNull<u8>), value: NonNull<u8>) {
        // SAFETY: the caller's promise; the arena takes memory back after it has run what is listed.
        unsafe { self.state.lock().drops.push(at, run, value) };
    }

    /// The window of requests that come without a local, under the lock.
    pub(super) fn with_window<R>(&self, work: impl FnOnce(&mut Window) -> R) -> R {
        work(&mut self.state.lock().window)
    }

    /// Drops what is registered and takes everything back, unless a local is alive. Keeps up to `keep` bytes.
    pub(super) fn start_over(&self, keep: usize) -> Result<(), ResetError> {
        /// Takes everything back when the values are dropped, also when one panics.
        struct Finish<'a>(&'a SharedArena, usize);
        impl Drop for Finish<'_> {
            fn drop(&mut self) {
                self.0.take_back(self.1);
            }
        }
        let mut state = self.state.lock();
        if state.locals > 0 || state.closed {
            return Err(ResetError::Claimed);
        }
        // From here on nothing is handed out, though a value that is dropped may ask.
        state.closed = true;
        state.window = Window::empty();
        state.rests = Blocks::default();
        let drops = mem::take(&mut state.drops);
        drop(state);
        let finish = Finish(self, keep);
        drops.run();
        drop(finish);
        Ok(())
    }

    fn take_back(&self, keep: usize) {
        let mut state = self.state.lock();
        let mut all = mem::take(&mut state.free);
        all.append(&mut mem::take(&mut state.odd));
        // Last, and from the newest on: so the oldest are the first to be used again.
        let mut taken = mem::take(&mut state.taken);
        let mut given = Blocks::default();
        while let Some((block, size)) = taken.pop().or_else(|| all.pop()) {
            let list = if size > keep.saturating_sub(state.free.bytes() + state.odd.bytes()) {
                &mut given
            } else if self.is_usual(size) {
                &mut state.free
            } else {
                &mut state.odd
            };
            // SAFETY: nobody uses anything of the arena's any more.
            unsafe { list.push(block, size) };
        }
        state.closed = false;
        state.resets += 1;
        self.used.store(0, Ordering::Relaxed);
        drop(state);
        while let Some((block, size)) = given.pop() {
            if let Some(layout) = layout_of(size) {
                // SAFETY: taken with this layout, and in no list any more.
                unsafe { self.supply.give(block, layout) };
            }
        }
        self.supply.publish(0);
    }

    pub(super) fn refused(&self, kind: ErrorKind, layout: Layout) -> AllocError {
        AllocError::new(kind, layout.size(), layout.align(), self.supply.node_id())
    }
}

impl Drop for SharedArena {
    fn drop(&mut self) {
        self.reset_keeping(0);
    }
}

#[cfg(feature = "std")]
impl Default for SharedArena {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SharedArena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedArena").field("node", &self.node()).field("stats", &self.stats()).finish_non_exhaustive()
    }
}
