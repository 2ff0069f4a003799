//! The lists of one thread.

use super::{
    chunk::{CHUNK, Chunk, Free, HEADER},
    class::{CLASSES, Class, LARGEST},
};
use crate::{
    bump::round_up,
    sync::{AtomicPtr, Ordering},
};
use core::{
    cell::Cell,
    mem::MaybeUninit,
    ptr::{self, NonNull, null, null_mut},
};

/// How many blocks of other threads an outbox holds before they go home.
const BATCH: usize = 32;

/// How many bytes are cut into blocks at a time.
const CUT: usize = 2048;

/// One thread's free lists. All but `remote` is read and written by who has the shard: a thread, a local, or the lock of
/// the allocator.
#[repr(C)]
pub(super) struct Shard {
    lists: [Cell<*mut Free>; CLASSES],
    /// Memory of the newest chunk that was never cut into blocks.
    cursor: Cell<usize>,
    limit: Cell<usize>,
    chunks: Cell<*const Chunk>,
    outbox: Outbox,
    /// How many blocks of each class were cut, less those that were given to others with their lists.
    cut: [Cell<usize>; CLASSES],
    /// The next of all shards; written once.
    pub(super) next: Cell<*const Shard>,
    /// The next one that nobody has.
    pub(super) next_idle: Cell<*const Shard>,
    remote: Remote,
}

/// Blocks that other threads freed, on lines of their own.
#[repr(align(128))]
struct Remote(AtomicPtr<Free>);

/// Blocks of another shard's.
struct Outbox {
    owner: Cell<*const Shard>,
    first: Cell<*mut Free>,
    last: Cell<*mut Free>,
    count: Cell<usize>,
}

/// Where a shard lies in the chunk that was taken for it.
const SEAT: usize = round_up(HEADER, 128);

impl Shard {
    /// Makes a shard in a fresh chunk, its first.
    ///
    /// # Safety
    /// `memory` is as `chunk::LAYOUT` says, and the shard's alone.
    pub(super) unsafe fn seat(memory: NonNull<u8>, instance: u64) -> *const Self {
        const { assert!(SEAT % align_of::<Shard>() == 0 && SEAT + size_of::<Shard>() < CHUNK / 8) };
        // SAFETY: the chunk is far longer; `SEAT` is a multiple of the alignment.
        unsafe {
            let at = memory.add(SEAT).cast::<Self>();
            at.write(Self {
                lists: [const { Cell::new(null_mut()) }; CLASSES],
                cursor: Cell::new(0),
                limit: Cell::new(0),
                chunks: Cell::new(null()),
                outbox: Outbox {
                    owner: Cell::new(null()),
                    first: Cell::new(null_mut()),
                    last: Cell::new(null_mut()),
                    count: Cell::new(0),
                },
                cut: [const { Cell::new(0) }; CLASSES],
                next: Cell::new(null()),
                next_idle: Cell::new(null()),
                remote: Remote(AtomicPtr::new(null_mut())),
            });
            let shard = at.as_ref();
            let chunk = Chunk::write(memory, shard, instance, true);
            shard.enter(&*chunk);
            shard
        }
    }

    /// A block of a class, when the list has one.
    #[inline(always)]
    pub(super) fn pop(&self, class: Class) -> Option<NonNull<u8>> {
        let list = self.list(class);
        let first = NonNull::new(list.get())?;
        // SAFETY: a block in a list is free, and its link was written as it was put there.
        list.set(unsafe { first.as_ref() }.next);
        Some(first.cast())
    }

    /// Takes a block of a class back.
    ///
    /// # Safety
    /// A block of this class of this allocator's, that nobody uses any more.
    #[inline(always)]
    pub(super) unsafe fn free(&self, block: NonNull<u8>, class: Class) {
        // SAFETY: a block lies in a live chunk.
        let owner = unsafe { Chunk::of(block) }.owner();
        if ptr::eq(owner, self) {
            // SAFETY: the caller's promise.
            unsafe { self.push(block, class) };
        } else {
            // SAFETY: the same; a shard lives as long as the chunks of the allocator.
            unsafe { self.post(owner, block, class) };
        }
    }

    /// Puts a free block on its list.
    ///
    /// # Safety
    /// A free block of this class.
    #[inline(always)]
    unsafe fn push(&self, block: NonNull<u8>, class: Class) {
        let list = self.list(class);
        let free = block.cast::<Free>().as_ptr();
        // SAFETY: nobody else uses the block, which has room for the link.
        unsafe { (&raw mut (*free).next).write(list.get()) };
        list.set(free);
    }

    #[inline(always)]
    fn list(&self, class: Class) -> &Cell<*mut Free> {
        // SAFETY: the number of a class is below `CLASSES`.
        unsafe { self.lists.get_unchecked(class.number()) }
    }

    /// Puts a block in the outbox, for its owner.
    ///
    /// # Safety
    /// As for `free`; `owner` is a shard of the same allocator.
    #[inline(never)]
    unsafe fn post(&self, owner: *const Self, block: NonNull<u8>, class: Class) {
        let outbox = &self.outbox;
        if !ptr::eq(outbox.owner.get(), owner) || outbox.count.get() == BATCH {
            self.flush();
            outbox.owner.set(owner);
        }
        let free = block.cast::<Free>().as_ptr();
        // SAFETY: nobody else uses the block.
        unsafe { free.write(Free { next: outbox.first.get(), class: MaybeUninit::new(class.number()) }) };
        if outbox.first.replace(free).is_null() {
            outbox.last.set(free);
        }
        outbox.count.set(outbox.count.get() + 1);
    }

    /// Sends what is in the outbox to its owner.
    pub(super) fn flush(&self) {
        let Outbox { owner, first, last, count } = &self.outbox;
        let (chain, end) = (first.replace(null_mut()), last.replace(null_mut()));
        count.set(0);
        // SAFETY: shards live as long as the allocator.
        let Some(owner) = (unsafe { owner.replace(null()).as_ref() }) else { return };
        if !chain.is_null() {
            // SAFETY: a chain that `post` made, and that is in no list any more.
            unsafe { owner.receive(chain, end) };
        }
    }

    /// Sends a block to its owner at once, for a thread that has no shard and gets none.
    ///
    /// # Safety
    /// As for `free`.
    pub(super) unsafe fn send_home(block: NonNull<u8>, class: Class) {
        let free = block.cast::<Free>().as_ptr();
        // SAFETY: a block lies in a live chunk, whose owner lives as long as the allocator; nobody else uses the block.
        unsafe {
            free.write(Free { next: null_mut(), class: MaybeUninit::new(class.number()) });
            (*Chunk::of(block).owner()).receive(free, free);
        }
    }

    /// Takes a chain of free blocks from another thread, up to its last one.
    ///
    /// # Safety
    /// Blocks of this allocator's that nobody uses, linked, each with its class, and the caller's alone.
    unsafe fn receive(&self, first: *mut Free, last: *mut Free) {
        let mut head = self.remote.0.load(Ordering::Relaxed);
        loop {
            // SAFETY: the last block of the chain, which is still the caller's.
            unsafe { (*last).next = head };
            // Release pairs with the acquire in `collect`: who takes the chain sees its links, and that its blocks are no
            // longer used.
            match self.remote.0.compare_exchange_weak(head, first, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes what other threads sent to `shard` (this one, or one that nobody has) into the lists.
    pub(super) fn collect(&self, shard: &Self) {
        if shard.remote.0.load(Ordering::Relaxed).is_null() {
            return;
        }
        // Acquire pairs with the release in `receive`. All at once: nobody pops one by one, so that no block can come back
        // between a look at it and a swap.
        let mut next = shard.remote.0.swap(null_mut(), Ordering::Acquire);
        while let Some(block) = NonNull::new(next) {
            // SAFETY: `post` or `send_home` wrote it, and nobody else has the block.
            let Free { next: behind, class } = unsafe { block.read() };
            // SAFETY: a free block, of the class that was written with it.
            unsafe { self.push(block.cast(), Class::at(class.assume_init())) };
            next = behind;
        }
    }

    /// A block of a class: what came back from other threads, or else from memory that was not cut yet. O(what came back).
    pub(super) fn pop_cold(&self, class: Class) -> Option<NonNull<u8>> {
        self.flush();
        self.collect(self);
        self.pop(class).or_else(|| self.cut(class))
    }

    /// Cuts some blocks of a class from the newest chunk; all but the first go to the list.
    pub(super) fn cut(&self, class: Class) -> Option<NonNull<u8>> {
        let (size, limit) = (class.size(), self.limit.get());
        let start = round_up(self.cursor.get(), class.align());
        let count = limit.checked_sub(start)? / size;
        if count == 0 {
            return None;
        }
        let count = count.min((CUT / size).max(1));
        self.salvage(self.cursor.get(), start);
        self.cursor.set(start + count * size);
        self.count_cut(class, count);
        for i in (1..count).rev() {
            // SAFETY: in the chunk, not cut before, aligned as its class asks.
            unsafe { self.push(self.at(start + i * size), class) };
        }
        Some(self.at(start))
    }

    /// Cuts the memory from `start` to `end` into blocks of sizes that fit.
    fn salvage(&self, mut start: usize, end: usize) {
        while end - start >= 16 {
            // As large as its place is aligned, and as there is room.
            let size = (1 << start.trailing_zeros()).min(1usize << (end - start).ilog2()).min(LARGEST);
            let class = Class::of_power(size);
            self.count_cut(class, 1);
            // SAFETY: in a chunk of the shard's, not cut before, aligned to its size.
            unsafe { self.push(self.at(start), class) };
            start += size;
        }
    }

    /// A pointer to memory of a chunk of this allocator's.
    fn at(&self, address: usize) -> NonNull<u8> {
        // SAFETY: no chunk lies at 0. Exposed as its chunk was made.
        unsafe { NonNull::new_unchecked(ptr::with_exposed_provenance_mut(address)) }
    }

    fn count_cut(&self, class: Class, count: usize) {
        let cut = &self.cut[class.number()];
        cut.set(cut.get() + count);
    }

    /// Adds a chunk, and cuts what is left of the last one.
    pub(super) fn enter(&self, chunk: &Chunk) {
        self.salvage(self.cursor.get(), self.limit.get());
        self.own(chunk);
        let start = chunk.start().addr().get();
        let first = if chunk.seat { SEAT + size_of::<Self>() } else { HEADER };
        self.cursor.set(start + first);
        self.limit.set(start + CHUNK);
    }

    fn own(&self, chunk: &Chunk) {
        chunk.set_owner(self);
        chunk.next.set(self.chunks.replace(chunk));
    }

    /// Takes over all that is in `other`, which nobody has. O(its chunks and free blocks).
    pub(super) fn adopt(&self, other: &Self) {
        for chunk in other.take_chunks() {
            self.own(chunk);
        }
        for class in Class::all() {
            while let Some(block) = other.pop(class) {
                // SAFETY: a free block of that class.
                unsafe { self.push(block, class) };
            }
            self.count_cut(class, other.cut[class.number()].replace(0));
        }
        self.collect(other);
        // The larger of what is not cut yet stays so.
        let (cursor, limit) = (other.cursor.replace(0), other.limit.replace(0));
        let (small, large) = ((cursor, limit), (self.cursor.get(), self.limit.get()));
        let (small, large) = if small.1 - small.0 > large.1 - large.0 { (large, small) } else { (small, large) };
        self.salvage(small.0, small.1);
        self.cursor.set(large.0);
        self.limit.set(large.1);
    }

    /// The chunks, taken out of the shard. Each may be listed elsewhere as it comes.
    fn take_chunks(&self) -> impl Iterator<Item = &'static Chunk> + use<> {
        let mut next = self.chunks.replace(null());
        core::iter::from_fn(move || {
            // SAFETY: chunks live as long as a shard lists them, and as their allocator.
            let chunk = unsafe { next.as_ref() }?;
            next = chunk.next.get();
            Some(chunk)
        })
    }

    /// Forgets every block and chunk.
    ///
    /// # Safety
    /// No block of the allocator is used any more, and all shards are emptied together.
    pub(super) unsafe fn empty(&self) {
        self.chunks.set(null());
        self.lists.iter().for_each(|list| list.set(null_mut()));
        self.cut.iter().for_each(|cut| cut.set(0));
        self.cursor.set(0);
        self.limit.set(0);
        self.outbox.owner.set(null());
        self.outbox.first.set(null_mut());
        self.outbox.last.set(null_mut());
        self.outbox.count.set(0);
        // Relaxed: nobody else has the allocator.
        self.remote.0.store(null_mut(), Ordering::Relaxed);
    }

    /// For each class, how many blocks were cut here and how many free ones lie here. Exact when no thread uses the
    /// allocator. O(free blocks).
    pub(super) fn count(&self, mut each: impl FnMut(Class, usize, usize)) {
        // SAFETY: blocks in lists are free, with a link.
        let next = |block: *mut Free| unsafe { block.as_ref() };
        let chain = |first: *mut Free| core::iter::successors(next(first), move |block| next(block.next));
        for class in Class::all() {
            each(class, self.cut[class.number()].get(), chain(self.list(class).get()).count());
        }
        // Acquire pairs with the release in `receive`.
        for first in [self.remote.0.load(Ordering::Acquire), self.outbox.first.get()] {
            // SAFETY: the classes of these were written.
            chain(first).for_each(|block| each(Class::at(unsafe { block.class.assume_init() }), 0, 1));
        }
    }
}
