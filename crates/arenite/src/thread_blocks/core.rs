//! What all threads share.

use super::{
    LiveCount, ThreadBlocksStats,
    chunk::{self, CHUNK, Chunk},
    class::Class,
    large::LargeBlocks,
    shard::Shard,
};
use crate::{
    AllocError, ErrorKind,
    bump::MAX_ALIGN,
    in_place::nothing,
    supply::Supply,
    sync::{AtomicBool, AtomicU64, Lock, Ordering},
};
use core::{
    alloc::Layout,
    mem,
    ptr::{NonNull, null},
};

/// The chunks and large blocks of one allocator. Given back as it is dropped.
pub(super) struct Core {
    pub(super) supply: Supply,
    /// Not the number of any other, ever, and not 0.
    pub(super) id: u64,
    state: Lock<State>,
    /// Whether there may be an idle shard. Relaxed: a hint; who acts on it looks under the lock.
    any_idle: AtomicBool,
}

struct State {
    all: *const Shard,
    chunks: *const Chunk,
    /// Shards that nobody has, with what their threads left in them.
    idle: *const Shard,
    /// Shards that nobody has, and that were emptied into others.
    spare: *const Shard,
    large: LargeBlocks,
}

// SAFETY: what it points to is memory of the allocator; idle and spare shards are reached under the lock only.
unsafe impl Send for State {}

impl State {
    fn pop(list: &mut *const Shard) -> Option<&'static Shard> {
        // SAFETY: shards live as long as the allocator.
        let first = unsafe { list.as_ref() }?;
        *list = first.next_idle.get();
        Some(first)
    }

    fn shards(first: *const Shard, next: fn(&Shard) -> *const Shard) -> impl Iterator<Item = &'static Shard> {
        // SAFETY: as above.
        let find = |shard: *const Shard| unsafe { shard.as_ref() };
        core::iter::successors(find(first), move |shard| find(next(shard)))
    }

    fn all(&self) -> impl Iterator<Item = &'static Shard> + use<> {
        Self::shards(self.all, |shard| shard.next.get())
    }

    fn enter(&mut self, chunk: &Chunk) {
        chunk.next_of_all.set(self.chunks);
        self.chunks = chunk;
    }

    /// All chunks. Each may be given back, or listed anew, as it comes.
    fn chunks(&self) -> impl Iterator<Item = &'static Chunk> + use<> {
        let mut next = self.chunks;
        core::iter::from_fn(move || {
            // SAFETY: listed chunks are live.
            let chunk = unsafe { next.as_ref() }?;
            next = chunk.next_of_all.get();
            Some(chunk)
        })
    }
}

impl Core {
    pub(super) fn new(supply: Supply) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        // Relaxed: a number differs from every other whatever the order. 2^64 are never used up.
        let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let state = State { all: null(), chunks: null(), idle: null(), spare: null(), large: LargeBlocks::new() };
        Self { supply, id, state: Lock::new(state), any_idle: AtomicBool::new(false) }
    }

    /// A shard for a thread: one that another has left, or a new one. It lives as long as this.
    pub(super) fn acquire(&self) -> Result<NonNull<Shard>, ErrorKind> {
        {
            let mut state = self.state.lock();
            let left = State::pop(&mut state.idle);
            self.any_idle.store(!state.idle.is_null(), Ordering::Relaxed);
            if let Some(shard) = left.or_else(|| State::pop(&mut state.spare)) {
                return Ok(NonNull::from(shard));
            }
        }
        let memory = self.supply.take(chunk::LAYOUT)?;
        // SAFETY: a fresh chunk, and the shard lives in it.
        let shard = unsafe { &*Shard::seat(memory, self.id) };
        let mut state = self.state.lock();
        // SAFETY: the chunk that the shard was just seated in.
        state.enter(unsafe { Chunk::of(NonNull::from(shard).cast()) });
        shard.next.set(state.all);
        state.all = shard;
        Ok(NonNull::from(shard))
    }

    /// Leaves a shard to other threads.
    pub(super) fn retire(&self, shard: &Shard) {
        // All of it under the lock: a thread may end, and this be its end, while another clears or counts.
        let mut state = self.state.lock();
        shard.flush();
        shard.next_idle.set(state.idle);
        state.idle = shard;
        self.any_idle.store(true, Ordering::Relaxed);
    }

    /// A block for a layout, by the lists of a shard that is the caller's.
    #[inline(always)]
    pub(super) fn alloc(&self, shard: &Shard, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        let Some(class) = Class::of(layout) else { return self.alloc_large(layout) };
        match shard.pop(class) {
            Some(block) => Ok(block),
            None => self.alloc_cold(shard, class, layout),
        }
    }

    /// In builds with debug assertions: whether a block of a class is one of this allocator's.
    ///
    /// # Safety
    /// A live block of a class, of any instance.
    #[inline(always)]
    pub(super) unsafe fn check(&self, block: NonNull<u8>) {
        // SAFETY: a block of a class lies in a chunk.
        debug_assert_eq!(unsafe { Chunk::of(block) }.instance, self.id, "a block of another allocator");
    }

    /// Takes a block back, by a shard that is the caller's.
    ///
    /// # Safety
    /// A block of this allocator's with this layout, that nobody uses any more.
    #[inline(always)]
    pub(super) unsafe fn free(&self, shard: &Shard, block: NonNull<u8>, layout: Layout) {
        match Class::of(layout) {
            // SAFETY: the caller's promise.
            Some(class) => unsafe {
                self.check(block);
                shard.free(block, class);
            },
            // SAFETY: the caller's promise; it is too large for a list, or nothing.
            None => unsafe { self.free_large(block, layout.size()) },
        }
    }

    /// A block for a layout of a class whose list is empty, unless it was filled since.
    #[cold]
    #[inline(never)]
    pub(super) fn alloc_cold(&self, shard: &Shard, class: Class, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        loop {
            if let Some(block) = shard.pop_cold(class) {
                return Ok(block);
            }
            if self.adopt(shard) {
                continue;
            }
            let memory = self.supply.take(chunk::LAYOUT).map_err(|kind| self.refused(kind, layout))?;
            // SAFETY: a fresh chunk.
            let chunk = unsafe { &*Chunk::write(memory, shard, self.id, false) };
            self.state.lock().enter(chunk);
            shard.enter(chunk);
            // A callback may use all of the chunk, or panic: no block is on its way yet.
            self.supply.report();
        }
    }

    /// Takes over what an ended thread has left, if there is any.
    fn adopt(&self, shard: &Shard) -> bool {
        if !self.any_idle.load(Ordering::Relaxed) {
            return false;
        }
        let mut state = self.state.lock();
        let Some(left) = State::pop(&mut state.idle) else { return false };
        self.any_idle.store(!state.idle.is_null(), Ordering::Relaxed);
        shard.adopt(left);
        // What was on its way to a shard that had been emptied already.
        State::shards(state.spare, |spare| spare.next_idle.get()).for_each(|spare| shard.collect(spare));
        left.next_idle.set(state.spare);
        state.spare = left;
        true
    }

    #[cold]
    #[inline(never)]
    pub(super) fn alloc_large(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        /// Gives a block back when the callback of a budget panics.
        struct Unreported<'c>(&'c Core, NonNull<u8>);
        impl Drop for Unreported<'_> {
            fn drop(&mut self) {
                // SAFETY: listed, and not handed out yet.
                unsafe { self.0.free_large(self.1, 1) }
            }
        }
        if layout.size() == 0 {
            return Ok(nothing(layout.align()).cast());
        }
        if layout.align() > MAX_ALIGN {
            return Err(self.refused(ErrorKind::BadAlignment, layout));
        }
        let block = LargeBlocks::take(&self.supply, layout).map_err(|kind| self.refused(kind, layout))?;
        // SAFETY: just taken.
        unsafe { self.state.lock().large.enter(block) };
        let unreported = Unreported(self, block);
        self.supply.report();
        mem::forget(unreported);
        Ok(block)
    }

    /// # Safety
    /// A large block of this allocator's, that nobody uses any more; anything, when `size` is 0.
    #[cold]
    #[inline(never)]
    pub(super) unsafe fn free_large(&self, block: NonNull<u8>, size: usize) {
        if size == 0 {
            return;
        }
        // SAFETY: listed until now.
        unsafe {
            self.state.lock().large.leave(block);
            LargeBlocks::give(&self.supply, block);
        }
    }

    /// Whether a block can have another size where it is: then it keeps its class.
    ///
    /// # Safety
    /// A live block of this layout.
    #[inline]
    pub(super) unsafe fn resize(&self, block: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        let Ok(new) = Layout::from_size_align(new_size, old.align()) else { return false };
        match (Class::of(old), Class::of(new)) {
            (Some(old_class), Some(new_class)) => old_class == new_class,
            // SAFETY: too large for a list.
            (None, None) => old.size() > 0 && new_size > 0 && new_size <= unsafe { LargeBlocks::usable(block) },
            _ => false,
        }
    }

    pub(super) fn refused(&self, kind: ErrorKind, layout: Layout) -> AllocError {
        AllocError::new(kind, layout.size(), layout.align(), self.supply.node_id())
    }

    /// Whether an address lies in a chunk or a large block. O(both).
    pub(super) fn owns(&self, address: usize) -> bool {
        let state = self.state.lock();
        let chunk = address & !(CHUNK - 1);
        state.large.owns(address) || state.chunks().any(|one| one.start().addr().get() == chunk)
    }

    pub(super) fn stats(&self) -> ThreadBlocksStats {
        let state = self.state.lock();
        let unused = |first| State::shards(first, |shard| shard.next_idle.get()).count();
        ThreadBlocksStats {
            held: self.supply.bytes(),
            shards: state.all().count(),
            idle: unused(state.idle) + unused(state.spare),
            large: state.large.count,
            blocks_taken: self.supply.taken(),
            blocks_returned: self.supply.returned(),
        }
    }

    /// What is live.
    ///
    /// # Safety
    /// No thread uses the allocator, but that one may be leaving it.
    pub(super) unsafe fn live(&self) -> LiveCount {
        let state = self.state.lock();
        let (mut blocks, mut bytes) = (state.large.count, state.large.bytes);
        for shard in state.all() {
            // Blocks of a class may be cut here and lie free elsewhere, so only the sums are those of live ones.
            shard.count(|class, cut, free| {
                blocks = blocks.wrapping_add(cut).wrapping_sub(free);
                bytes = bytes.wrapping_add(cut * class.size()).wrapping_sub(free * class.size());
            });
        }
        LiveCount { blocks, bytes }
    }

    /// Gives everything back but the chunks that shards lie in, which are empty then.
    ///
    /// # Safety
    /// No block is used any more, and no thread uses the allocator, but that one may be leaving it.
    pub(super) unsafe fn clear(&self) {
        let mut state = self.state.lock();
        for shard in state.all() {
            // SAFETY: the caller's promise, and all shards are.
            unsafe { shard.empty() };
        }
        let chunks = state.chunks();
        state.chunks = null();
        for chunk in chunks {
            if chunk.seat {
                state.enter(chunk);
            } else {
                // SAFETY: in no list any more; no block of it is used.
                unsafe { self.supply.give(chunk.start(), chunk::LAYOUT) };
            }
        }
        for shard in state.all() {
            // SAFETY: a shard lies in the chunk that it was seated in.
            shard.enter(unsafe { Chunk::of(NonNull::from(shard).cast()) });
        }
        // SAFETY: the caller's promise.
        unsafe { self.clear_large(&mut state.large) };
    }

    /// # Safety
    /// No large block is used any more.
    unsafe fn clear_large(&self, large: &mut LargeBlocks) {
        while let Some(block) = large.newest() {
            // SAFETY: listed until now, and not used any more.
            unsafe {
                large.leave(block);
                LargeBlocks::give(&self.supply, block);
            }
        }
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        let mut state = self.state.lock();
        // SAFETY: blocks borrow the allocator, so none is used any more.
        unsafe { self.clear_large(&mut state.large) };
        for chunk in state.chunks() {
            // SAFETY: as they were taken; the shards in them are not used again.
            unsafe { self.supply.give(chunk.start(), chunk::LAYOUT) };
        }
    }
}
