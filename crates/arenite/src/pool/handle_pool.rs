//! A pool of values that others name by handles.
//!
//! Slots are numbered. Chunk `k` has `first * 2^k` of them, so that the number alone gives chunk and place. A slot's
//! generation is odd while it is taken: a handle carries the generation that its slot had, and matches no other.

mod sealed;

use super::{HandleIter, HandleIterMut, PoolError, PoolErrorKind, PoolHandle, PoolOptions, PoolStats, chunk::Chunks};
use crate::debug::{Heard, Past, Place, SlotWatch};
use core::{
    alloc::Layout,
    fmt,
    mem::MaybeUninit,
    num::{NonZeroU32, NonZeroUsize},
    ptr::{NonNull, null_mut},
};

/// No slot: the end of the free list.
const NONE: u32 = u32::MAX;
/// Fewer slots than this, so that numbers and their sums fit in 32 bits.
const MOST: usize = 1 << 30;
const CHUNKS: usize = 31;

pub(super) struct Slot<T> {
    /// Odd while taken. 0 in a slot whose generations ran out: no handle has it.
    pub(super) generation: u32,
    next: u32,
    pub(super) value: MaybeUninit<T>,
}

/// A pool of `T`s with stable addresses, named by [`PoolHandle`]s (a generational slab, or slot map): a handle whose value
/// was removed answers `None`, even when its slot is taken again.
///
/// Insert, get and remove are O(1); iteration is O(high water). Values are dropped when they are removed, cleared, or the
/// pool is dropped. Memory is taken in chunks, each twice the last, and goes back when the pool is dropped; eight bytes
/// per slot are the pool's. A slot that was taken 2^31 times is retired, so that no handle ever comes back to life.
///
/// ```
/// use arenite::pool::HandlePool;
/// let mut pool = HandlePool::new();
/// let orc = pool.insert("orc");
/// assert_eq!(pool.get(orc), Some(&"orc"));
/// assert_eq!(pool.remove(orc), Some("orc"));
/// let elf = pool.insert("elf"); // in the same slot
/// assert_eq!((pool.get(orc), pool.get(elf)), (None, Some(&"elf")));
/// ```
///
/// # Grades
/// A pool that is watched ([`debug`](crate::debug)) counts, and from `sites` on notes where each value was inserted and
/// removed: [`get`](Self::get), [`get_mut`](Self::get_mut) and [`remove`](Self::remove) of a dead handle are reported with
/// both places (of the 1,024 values removed last); ask with [`contains`](Self::contains) where a handle may well be dead.
/// From `guard` on a value lies in an object of its own, with fences, which is filled when the value is gone, held back
/// (up to 1 MiB) and checked for writes, and under `page` on pages of its own. The pool sees a change of its grade when it has no vacant slot, at [`clear`](Self::clear), and when
/// it is asked to remove what is not there; values from before stay and are unchecked. What grades need is not charged,
/// and the values of a pool that is dropped are no leaks: it owns them.
///
/// Nothing is inserted or removed while the pool is walked over:
/// ```compile_fail,E0502
/// let mut pool = arenite::pool::HandlePool::<u64>::new();
/// for (handle, value) in &pool {
///     pool.insert(*value + 1);
/// }
/// ```
pub struct HandlePool<T> {
    /// A chunk of `2^n` slots is the one at `n`, by a pointer so far before it that number and `first` together lead into it.
    chunks: [*mut Slot<T>; CHUNKS],
    chunk_count: usize,
    /// The first chunk's number of slots, a power of two.
    first: usize,
    /// Slots that were handed out so far: those below this number are initialised.
    carved: u32,
    head: u32,
    slots: usize,
    live: usize,
    high_water: usize,
    retired: usize,
    limit: usize,
    memory: Chunks,
    watch: SlotWatch,
    /// Of a sealed pool, what `carved` and `head` would be.
    hidden: Option<(u32, u32)>,
    past: Past,
}

// SAFETY: the pool owns its values and its memory, as a vector does; source and node are `Send` and `Sync`.
unsafe impl<T: Send> Send for HandlePool<T> {}
// SAFETY: `&HandlePool` gives `&T` and copies of numbers; what has interior mutability (the figures of `Chunks`) is
// changed through `&mut` only, and so is the watch; its books have a lock.
unsafe impl<T: Sync> Sync for HandlePool<T> {}

#[cfg(feature = "std")]
impl<T> HandlePool<T> {
    /// A pool with chunks from the system heap. The first is taken with the first value.
    #[must_use]
    pub fn new() -> Self {
        PoolOptions::new().build_handles()
    }
}

impl<T> HandlePool<T> {
    const SLOT: usize = size_of::<Slot<T>>();

    pub(super) fn with_options(options: PoolOptions) -> Result<Self, PoolError> {
        let node = options.node.as_ref().map_or(crate::NodeId::ANONYMOUS, crate::Node::id);
        let memory = Chunks::new(&options).map_err(|kind| PoolError::new(kind, Self::SLOT, node))?;
        let first = options.first.unwrap_or(4096 / Self::SLOT).clamp(1, MOST / 2).next_power_of_two();
        let mut pool = Self {
            chunks: [null_mut(); CHUNKS],
            chunk_count: 0,
            first,
            carved: 0,
            head: NONE,
            slots: 0,
            live: 0,
            high_water: 0,
            retired: 0,
            limit: options.capacity.unwrap_or(MOST),
            memory,
            watch: SlotWatch::new(),
            hidden: None,
            past: Past::new(),
        };
        pool.look();
        Ok(pool)
    }

    /// Puts `value` in a slot and names it. O(1), and at times a chunk.
    ///
    /// # Panics
    /// With the text of [`PoolError`] when the pool is full, its budget used up, or memory out.
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, value: T) -> PoolHandle<T> {
        match self.try_insert(value) {
            Ok(handle) => handle,
            Err(refused) => refused.panic(),
        }
    }

    /// As [`insert`](Self::insert).
    ///
    /// # Errors
    /// The pool is full, its budget used up, or memory out. `value` is dropped, and nothing else changes.
    #[inline]
    #[track_caller]
    pub fn try_insert(&mut self, value: T) -> Result<PoolHandle<T>, PoolError> {
        if self.head == NONE {
            if let Some((lies, handle)) = self.slot_cold(Place::here())? {
                // SAFETY: room for a T that was just taken for this one.
                unsafe { lies.write(value) };
                return Ok(handle);
            }
        }
        let (lies, handle) = self.slot();
        // SAFETY: as above.
        unsafe { lies.write(value) };
        Ok(handle)
    }

    /// Takes the first slot of the list, which is not empty: where its value is to be put, at once, and its name.
    #[inline(always)]
    fn slot(&mut self) -> (*mut T, PoolHandle<T>) {
        let index = self.head;
        // SAFETY: slots in the list are initialised but for their value, and vacant; the pool is borrowed exclusively.
        let slot = unsafe { &mut *self.place(index) };
        self.head = slot.next;
        // Even and below `u32::MAX`, else the slot would be retired. Held on to: changed in place it would be written as one
        // byte and read as four, for which the processor waits.
        let generation = slot.generation | 1;
        slot.generation = generation;
        self.live += 1;
        self.high_water = self.high_water.max(self.live);
        // SAFETY: odd.
        let generation = unsafe { NonZeroU32::new_unchecked(generation) };
        (slot.value.as_mut_ptr(), PoolHandle::new(index, generation))
    }

    /// The value that `handle` names, if it is there still. O(1).
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn get(&self, handle: PoolHandle<T>) -> Option<&T> {
        match self.find(handle) {
            // SAFETY: `find` gives a taken slot of this pool, whose value is initialised.
            Some(slot) => Some(unsafe { (*slot).value.assume_init_ref() }),
            // SAFETY: where a value of this pool lies that is there.
            None => self.find_cold(handle, Place::here()).map(|value| unsafe { &*value }),
        }
    }

    /// As [`get`](Self::get), to be changed.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn get_mut(&mut self, handle: PoolHandle<T>) -> Option<&mut T> {
        match self.find(handle) {
            // SAFETY: as in `get`, and the pool is borrowed exclusively.
            Some(slot) => Some(unsafe { (*slot).value.assume_init_mut() }),
            // SAFETY: likewise.
            None => self.find_cold(handle, Place::here()).map(|value| unsafe { &mut *value }),
        }
    }

    /// Whether the value that `handle` names is there still. O(1).
    #[inline]
    #[must_use]
    pub fn contains(&self, handle: PoolHandle<T>) -> bool {
        self.find(handle).is_some() || self.find_watched(handle).is_some()
    }

    /// Takes the value out; its handle answers `None` from now on. O(1).
    #[inline]
    #[track_caller]
    pub fn remove(&mut self, handle: PoolHandle<T>) -> Option<T> {
        match self.find(handle) {
            // SAFETY: the slot is taken, `find` says.
            Some(slot) => Some(unsafe { self.vacate(handle.index(), slot) }),
            None => {
                let (place, lies) = (Place::here(), self.find_to_remove(handle, Place::here())?);
                // SAFETY: where a value lies, which is read once: its slot leaves its generation next.
                unsafe {
                    let value = lies.read();
                    self.end_cold(handle.index(), lies, place);
                    Some(value)
                }
            }
        }
    }

    /// Number of values.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether there is no value.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Number of values that fit without another chunk.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slots - self.retired
    }

    /// Every value with its handle, in the order of slots. O(high water).
    #[must_use]
    pub fn iter(&self) -> HandleIter<'_, T> {
        HandleIter::new(self)
    }

    /// As [`iter`](Self::iter), to be changed.
    #[must_use]
    pub fn iter_mut(&mut self) -> HandleIterMut<'_, T> {
        HandleIterMut::new(self)
    }

    /// Drops every value, in the order of slots; all handles answer `None` from now on. The chunks stay. When a value
    /// panics as it is dropped, the others are dropped all the same before the panic goes on. O(high water).
    #[track_caller]
    pub fn clear(&mut self) {
        /// Goes on where a panic stopped it.
        struct Clearing<'a, T>(&'a mut HandlePool<T>, u32, Place, Heard);
        impl<T> Clearing<'_, T> {
            fn run(&mut self) {
                while self.1 < self.0.all_carved() {
                    let index = self.1;
                    self.1 += 1;
                    if let Some((_, value)) = self.0.taken_at(index) {
                        // SAFETY: taken, and this is where the value lies, which is read once: nobody finds it any more.
                        drop(unsafe {
                            let ended = value.read();
                            self.0.end_value(index, value, self.2.site(), &mut self.3);
                            ended
                        });
                    }
                }
            }
        }
        impl<T> Drop for Clearing<'_, T> {
            fn drop(&mut self) {
                self.run();
            }
        }
        self.look();
        let mut clearing = Clearing(self, 0, Place::here(), Heard::new());
        clearing.run();
        core::mem::replace(&mut clearing.3, Heard::new()).report();
    }

    /// The pool's figures. O(1).
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        let holdings = &self.memory.holdings;
        PoolStats {
            live: self.live,
            high_water: self.high_water,
            capacity: self.capacity(),
            block_size: Self::SLOT,
            allocated: holdings.bytes(),
            retired: self.retired,
            chunks_taken: holdings.taken(),
            chunks_returned: holdings.returned(),
        }
    }

    /// The slot with a number.
    ///
    /// # Safety
    /// `index` is below the number of slots.
    #[inline(always)]
    pub(super) unsafe fn place(&self, index: u32) -> *mut Slot<T> {
        // The sizes of chunks before chunk k add up to `first * 2^k - first`: with `first` added, a number lies as far beyond
        // the power of two below it as its slot beyond its chunk's start.
        let shifted = index as usize + self.first;
        // SAFETY: not 0, as `first` is not, and both are below 2^31; the logarithm is that of a chunk that is there, says the
        // caller.
        unsafe {
            let log = NonZeroUsize::new_unchecked(shifted).ilog2();
            self.chunks.get_unchecked(log as usize).wrapping_add(shifted)
        }
    }

    #[inline(always)]
    fn find(&self, handle: PoolHandle<T>) -> Option<*mut Slot<T>> {
        if handle.index() >= self.carved {
            return None;
        }
        // SAFETY: carved slots are there, and their generation is initialised. A handle's is odd: the slot is taken.
        unsafe {
            let slot = self.place(handle.index());
            ((*slot).generation == handle.generation()).then_some(slot)
        }
    }

    /// Takes the value out of a slot, and the slot out of its generation.
    ///
    /// # Safety
    /// The slot is taken, and its number is `index`.
    #[inline(always)]
    unsafe fn vacate(&mut self, index: u32, slot: *mut Slot<T>) -> T {
        // SAFETY: taken, so there is a value, and it is read once: the new generation says that it is gone, before anything
        // can panic.
        unsafe {
            let value = (*slot).value.assume_init_read();
            self.vacate_slot(index, slot, (*slot).generation);
            value
        }
    }

    /// Takes a slot out of its generation.
    ///
    /// # Safety
    /// The slot is taken, its number is `index`, its generation `generation`, and its value was moved out.
    #[inline(always)]
    unsafe fn vacate_slot(&mut self, index: u32, slot: *mut Slot<T>, generation: u32) {
        // SAFETY: a carved slot is initialised, and the pool is borrowed exclusively.
        let slot = unsafe { &mut *slot };
        slot.generation = generation.wrapping_add(1);
        if slot.generation == 0 {
            self.retired += 1;
        } else {
            slot.next = self.head;
            self.head = index;
        }
        self.live -= 1;
    }

    /// The first slot of the list, which gets one that was never taken when it is empty.
    fn vacant(&mut self) -> Result<u32, PoolError> {
        if self.head == NONE {
            self.carve()?;
        }
        Ok(self.head)
    }

    /// Puts a slot that was never taken on the empty list.
    fn carve(&mut self) -> Result<(), PoolError> {
        if self.carved as usize == self.slots {
            self.grow().map_err(|kind| PoolError::new(kind, Self::SLOT, self.memory.holdings.node_id()))?;
            self.memory.holdings.report();
        }
        let index = self.carved;
        // SAFETY: below the number of slots; written through a pointer, since nothing of it is initialised yet.
        unsafe {
            let slot = self.place(index);
            (&raw mut (*slot).generation).write(0);
            (&raw mut (*slot).next).write(NONE);
        }
        self.carved += 1;
        self.head = index;
        Ok(())
    }

    /// Takes the next chunk.
    fn grow(&mut self) -> Result<(), PoolErrorKind> {
        let whole = self.first << self.chunk_count;
        let count = whole.min(self.limit.min(MOST) - self.slots);
        if count == 0 {
            let capacity = self.capacity();
            return Err(if self.limit > MOST {
                PoolErrorKind::CapacityOverflow
            } else {
                PoolErrorKind::Full { capacity }
            });
        }
        let layout = Layout::array::<Slot<T>>(count).ok().and_then(|layout| self.memory.rounded(layout));
        let layout = layout.ok_or(PoolErrorKind::CapacityOverflow)?;
        let chunk: NonNull<u8> = self.memory.take(layout)?;
        self.chunks[whole.ilog2() as usize] = chunk.cast::<Slot<T>>().as_ptr().wrapping_sub(whole);
        self.chunk_count += 1;
        self.slots += count;
        self.memory.holdings.publish(self.live * Self::SLOT);
        Ok(())
    }

    /// Gives all chunks back. Nothing in them is used any more.
    fn release(&mut self) {
        let mut left = self.slots;
        for k in 0..self.chunk_count {
            let whole = self.first << k;
            let chunk = self.chunks[whole.ilog2() as usize].wrapping_add(whole);
            let count = left.min(whole);
            left -= count;
            let layout = Layout::array::<Slot<T>>(count).ok().and_then(|layout| self.memory.rounded(layout));
            if let (Some(layout), Some(chunk)) = (layout, NonNull::new(chunk)) {
                // SAFETY: taken with the same layout, computed from the same numbers.
                unsafe { self.memory.give(chunk.cast(), layout) };
            }
        }
        (self.chunk_count, self.slots, self.carved, self.head) = (0, 0, 0, NONE);
    }
}

#[cfg(feature = "std")]
impl<T> Default for HandlePool<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for HandlePool<T> {
    fn drop(&mut self) {
        /// Gives the chunks back even when a value panics as it is dropped.
        struct Release<'a, T>(&'a mut HandlePool<T>);
        impl<T> Drop for Release<'_, T> {
            fn drop(&mut self) {
                let ending = self.0.end_watch();
                self.0.release();
                if let Some(ending) = ending {
                    ending.report();
                }
            }
        }
        let release = Release(self);
        if core::mem::needs_drop::<T>() {
            release.0.clear();
        }
    }
}

impl<T> fmt::Debug for HandlePool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlePool").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
