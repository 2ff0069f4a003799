//! A shard: what one thread allocates from.
//!
//! Free blocks of a class hang on a list, last freed first, each holding the address of the next. When a list is empty,
//! blocks are cut from the current *region*, a stretch of memory without blocks. Blocks of all classes lie side by side in
//! it, so that a small heap touches two pages. Other regions, the tails of segments among them, wait by size.
//!
//! All of it belongs to the shard's thread, and needs neither lock nor locked instruction. `remote` is the exception:
//! other threads push what they free onto it.

use super::{
    class::{self, GRAIN},
    regions::Regions,
    remote::Remote,
    segment::{SEGMENT, Segment},
    table::{CODE, HELD, OFFSET, PLAIN, Table, at, is_plain},
    thread::Record,
};
use crate::{
    source::{AddressMap, WINDOW_MASK, Window},
    sync::{AtomicU8, AtomicU64, Ordering},
};
use core::{cell::Cell, ptr::NonNull};

/// The first block of a list for each class, found by the class's code or by the byte of a live block of it: whichever is
/// at hand.
struct Lists([Cell<usize>; class::CLASSES as usize + 1]);

impl Lists {
    /// # Safety
    /// `plain` is the byte of a live block of a class.
    #[inline(always)]
    unsafe fn of_plain(&self, plain: u8) -> &Cell<usize> {
        debug_assert!((PLAIN + 1..=PLAIN + class::CLASSES).contains(&plain));
        // SAFETY: there is a list for each code of a class. The constant goes last, into the displacement.
        unsafe { &*self.0.as_ptr().wrapping_add(plain as usize).wrapping_sub(PLAIN as usize) }
    }

    /// # Safety
    /// The code of a class.
    #[inline(always)]
    unsafe fn of(&self, code: u8) -> &Cell<usize> {
        // SAFETY: there is a list for each.
        unsafe { self.0.get_unchecked(code as usize) }
    }
}

#[repr(C, align(128))]
pub(super) struct Shard {
    /// The number of its segments in the address map.
    entry: Cell<u64>,
    /// For a heap's first one: the key of the thread that made the heap, when nothing was switched on then: as long as that
    /// is its key it may use the shard as it is. Never changed.
    key: Cell<u64>,
    /// The 4 GiB around its first segment, and the address map's numbers for that: so most addresses are looked up with
    /// one load. The heap of a null pointer has no shard that is found by a token.
    window: Cell<usize>,
    numbers: Cell<*const Window>,
    /// What is left of the current region.
    cursor: Cell<usize>,
    limit: Cell<usize>,
    /// From here to `limit` memory is known to be zero.
    zero_from: Cell<usize>,
    /// The start of the second stretch of the segment whose first one is the current region; 0 for none.
    second: Cell<usize>,
    /// The only segment, where it is none of 64 KiB; else 0.
    single: Cell<usize>,
    /// The free blocks of each class. What is freed goes onto one list, and what is taken comes from the other, until that
    /// is empty and the two change places. A block that is freed and taken again at once then waits for one value to pass
    /// through memory, not for two in a row: a third of the time.
    ready: Lists,
    freed: Lists,
    regions: Regions,
    /// Its segments, its own home last.
    pub(super) segments: Cell<*const Segment>,
    pub(super) segment_count: Cell<usize>,
    /// From how many segments on a sweep may be worth its while.
    pub(super) sweep_at: Cell<usize>,
    /// How many watches were freed since the last sweep.
    pub(super) freed_watches: Cell<usize>,
    /// How many segments were seen empty since then.
    pub(super) empty: Cell<usize>,
    pub(super) record: Cell<*const Record>,
    /// Whose it is. Written under the heap's lock.
    pub(super) token: AtomicU64,
    /// The heap's next shard. Written under the heap's lock.
    pub(super) next: Cell<*const Self>,
    seed: Cell<u32>,
    pub(super) remote: Remote,
}

impl Shard {
    /// Makes a shard without segments, of the thread with `token`, which may use it by `key`.
    ///
    /// # Safety
    /// Memory for one, aligned, that nobody uses.
    #[inline(always)]
    pub(super) unsafe fn write(
        place: *mut Self,
        entry: u64,
        [token, key]: [u64; 2],
        record: *const Record,
        single: usize,
    ) {
        // SAFETY: the caller's memory. All zero is a shard: cells of numbers and null pointers, and atomics. Written where
        // it stands: making it elsewhere and moving it takes as long as all the rest of a small heap's life.
        unsafe {
            place.write_bytes(0, 1);
            let shard = &*place;
            shard.entry.set(entry);
            shard.token.store(token, Ordering::Relaxed);
            shard.key.set(key);
            shard.record.set(record);
            shard.single.set(single);
            shard.seed.set(0x9E37_79B9);
        }
    }

    /// Lets [`holds`](Self::holds) find what lies near `segment`, the shard's first one, which is in the address map.
    #[inline(always)]
    pub(super) fn look_around(&self, segment: usize) {
        self.window.set(segment & !WINDOW_MASK);
        self.numbers.set(AddressMap::window(segment).map_or(core::ptr::null(), core::ptr::from_ref));
    }

    /// When `address`, which may be any, is a multiple of the grain in a segment of this shard: which byte of that
    /// segment's table is its own. `None` for a segment far from the first one too.
    ///
    /// # Safety
    /// The shard looked around.
    #[inline(always)]
    pub(super) unsafe fn holds(&self, address: usize) -> Option<usize> {
        // Rotated, a misaligned address is as far away as one in another window.
        let grain = address.wrapping_sub(self.window.get()).rotate_right(GRAIN.trailing_zeros());
        if grain > WINDOW_MASK / GRAIN {
            return None;
        }
        // SAFETY: the caller's promise; tables of the map are never unmapped.
        let numbers = unsafe { &*self.numbers.get() };
        // Relaxed: that the segment is this shard's was entered, and is removed, by whoever has the shard.
        let number = numbers[grain / (SEGMENT / GRAIN)].load(Ordering::Relaxed);
        (number == self.entry.get()).then_some(grain % (SEGMENT / GRAIN))
    }

    #[inline(always)]
    pub(super) fn key(&self) -> u64 {
        self.key.get()
    }

    #[inline(always)]
    pub(super) fn entry(&self) -> u64 {
        self.entry.get()
    }

    /// The table of the segment of this shard that holds `address`.
    #[inline(always)]
    pub(super) fn table(&self, address: usize) -> Table {
        match self.single.get() {
            0 => Table(address & !(SEGMENT - 1)),
            single => Table(single),
        }
    }

    /// Frees the block that starts at `address`, which may be any, if it is a live one of this shard and of the common case.
    ///
    /// # Safety
    /// The caller is the shard's thread. If a live block starts there, nobody uses it any more.
    #[inline(always)]
    pub(super) unsafe fn free(&self, address: usize) -> bool {
        // SAFETY: the map says that the address lies in a segment of this shard, whose table's bytes are only accessed as
        // atomics; the byte of a live block that is the caller's to free is this thread's to change. Relaxed: as in `Table`.
        unsafe {
            let Some(grain) = self.holds(address) else { return false };
            let byte = &*at::<AtomicU8>((address & !(SEGMENT - 1)) + OFFSET + grain);
            let plain = byte.load(Ordering::Relaxed);
            if !is_plain(plain) {
                return false;
            }
            let code = plain & CODE;
            byte.store(code, Ordering::Relaxed);
            self.push(address, code);
        }
        true
    }

    /// The usable size of the block that starts at `address`, which may be any, if it is a live one of this shard and of the
    /// common case.
    ///
    /// # Safety
    /// The caller is the shard's thread.
    #[inline(always)]
    pub(super) unsafe fn size(&self, address: usize) -> Option<usize> {
        // SAFETY: as in `free`.
        let byte = unsafe {
            let grain = self.holds(address)?;
            (*at::<AtomicU8>((address & !(SEGMENT - 1)) + OFFSET + grain)).load(Ordering::Relaxed)
        };
        class::size_of_plain(byte)
    }

    /// The block freed last of a class, live from now on. For shards with segments of 64 KiB.
    ///
    /// # Safety
    /// The caller is the shard's thread (or has the heap to itself); `plain` is the byte of a live block of the class.
    #[inline(always)]
    pub(super) unsafe fn pop(&self, plain: u8) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise; the block's byte is the shard's to change.
        unsafe {
            let block = self.unlist(plain)?;
            Table(block & !(SEGMENT - 1)).store(block, plain);
            Some(NonNull::new_unchecked(at::<u8>(block)))
        }
    }

    /// As [`pop`](Self::pop), for any shard, and without making it live.
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub(super) unsafe fn unlist(&self, plain: u8) -> Option<usize> {
        // SAFETY: the caller's promise. A block on a list is free memory of this shard's segments that holds the next
        // one's address.
        unsafe {
            let ready = self.ready.of_plain(plain);
            let mut block = ready.get();
            if block == 0 {
                let freed = self.freed.of_plain(plain);
                block = freed.get();
                if block == 0 {
                    return None;
                }
                freed.set(0);
            }
            ready.set(at::<usize>(block).read());
            Some(block)
        }
    }

    /// Puts a block whose byte says that it is free onto its list.
    ///
    /// # Safety
    /// As [`pop`](Self::pop); a free block of this class in a segment of this shard, on no list.
    #[inline(always)]
    pub(super) unsafe fn push(&self, block: usize, code: u8) {
        // SAFETY: the block is nobody's, and holds a word at the least; there is a list for each class.
        unsafe {
            let freed = self.freed.of(code);
            at::<usize>(block).write(freed.get());
            freed.set(block);
        }
    }

    /// A live block of a class, cut from the current region. Out of line: on the way there the first block of a list was
    /// looked for, and most blocks are not first ones.
    ///
    /// # Safety
    /// As [`pop`](Self::pop).
    #[cold]
    #[inline(never)]
    pub(super) unsafe fn cut_small(&self, plain: u8) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        let size = unsafe { class::size_of(plain & CODE) };
        let start = self.cursor.get();
        if self.limit.get() - start < size {
            return None;
        }
        self.cursor.set(start + size);
        // SAFETY: just cut, from a segment of 64 KiB of this shard.
        unsafe {
            Table(start & !(SEGMENT - 1)).store(start, plain);
            Some(NonNull::new_unchecked(at::<u8>(start)))
        }
    }

    /// Cuts `size` bytes, a multiple of the grain, from the current region; says whether they are zero.
    #[inline(always)]
    pub(super) fn cut(&self, size: usize) -> Option<(usize, bool)> {
        let start = self.cursor.get();
        if self.limit.get() - start < size {
            return None;
        }
        self.cursor.set(start + size);
        Some((start, start >= self.zero_from.get()))
    }

    /// From where on memory up to `end`, a segment's, is known to be zero.
    #[inline(always)]
    pub(super) fn zero_from(&self, end: usize) -> usize {
        let (limit, second) = (self.limit.get(), self.second.get());
        // While the second stretch waits, nothing behind the first one was used.
        if limit == end || second != 0 && second < end && end - second < SEGMENT {
            self.cursor.get().max(self.zero_from.get()).min(end)
        } else {
            end
        }
    }

    /// The end of the current region; 0 for none.
    pub(super) fn limit(&self) -> usize {
        self.limit.get()
    }

    /// Goes on to the second stretch of the current segment.
    ///
    /// # Safety
    /// As [`pop`](Self::pop).
    pub(super) unsafe fn open_second(&self) -> bool {
        let second = self.second.get();
        if second == 0 {
            return false;
        }
        let zero_from = self.zero_from.get();
        self.second.set(0);
        // SAFETY: the caller's promise.
        unsafe { self.close() };
        let end = (second & !(SEGMENT - 1)) + SEGMENT;
        self.open(second, end, zero_from.clamp(second, end));
        true
    }

    /// Takes the block that ends at the cursor `bytes` further, when that fits.
    pub(super) fn stretch(&self, end: usize, bytes: usize) -> bool {
        end == self.cursor.get() && self.cut(bytes).is_some()
    }

    /// Makes a region the current one.
    #[inline(always)]
    pub(super) fn open(&self, start: usize, end: usize, zero_from: usize) {
        self.cursor.set(start);
        self.limit.set(end);
        self.zero_from.set(zero_from);
    }

    /// Lets the rest of the current region wait with the others.
    ///
    /// # Safety
    /// As [`pop`](Self::pop).
    pub(super) unsafe fn close(&self) {
        let (start, end) = (self.cursor.get(), self.limit.get());
        let second = self.second.replace(0);
        self.open(0, 0, 0);
        if second != 0 {
            // SAFETY: nothing was cut from there yet.
            unsafe { self.add_region(second, (second & !(SEGMENT - 1)) + SEGMENT) };
        }
        if start < end {
            // SAFETY: the rest of the region is nobody's.
            unsafe { self.add_region(start, end) };
        }
    }

    /// # Safety
    /// As [`pop`](Self::pop); a stretch of whole grains in a segment of this shard, in no block and no other region.
    pub(super) unsafe fn add_region(&self, start: usize, end: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.regions.add(start, end) };
    }

    /// Makes a waiting region of at least `size` bytes the current one, and lets the rest of that wait.
    ///
    /// # Safety
    /// As [`pop`](Self::pop).
    pub(super) unsafe fn open_region(&self, size: usize) -> bool {
        let Some((start, end)) = self.regions.take(size) else { return false };
        // SAFETY: the caller's promise.
        unsafe { self.close() };
        self.open(start, end, end);
        true
    }

    /// Forgets all lists and regions, for a sweep that finds them again.
    pub(super) fn forget(&self) {
        for list in self.ready.0.iter().chain(&self.freed.0) {
            list.set(0);
        }
        self.second.set(0);
        self.regions.forget();
        self.open(0, 0, 0);
        self.freed_watches.set(0);
        self.empty.set(0);
    }

    /// Takes all blocks that other threads have handed back onto the lists; says whether there were any. Calls
    /// `freed_watch` for segments whose watch is among them.
    ///
    /// # Safety
    /// As [`pop`](Self::pop).
    pub(super) unsafe fn take_remote(&self, mut freed_watch: impl FnMut(&Segment)) -> bool {
        let mut block = self.remote.take();
        if block == 0 {
            return false;
        }
        while block != 0 {
            // SAFETY: the list's blocks are held ones of this shard's segments, each with the address of the next.
            unsafe {
                let next = at::<usize>(block).read();
                let table = self.table(block);
                let code = table.load(block) & CODE;
                debug_assert_eq!(table.load(block), HELD | code);
                table.store(block, code);
                self.push(block, code);
                if self.single.get() == 0 {
                    let segment = Segment::of(table);
                    if segment.watch.get() == block {
                        freed_watch(segment);
                    }
                }
                block = next;
            }
        }
        true
    }

    /// The next number of a small generator (xorshift).
    pub(super) fn random(&self) -> u32 {
        let mut x = self.seed.get();
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.seed.set(x);
        x
    }
}

impl Shard {
    /// Makes `segment`, in which the shard lives, its first one; blocks begin at `first`.
    ///
    /// # Safety
    /// The caller has the shard to itself, and its memory and whatever else lies before `first` is in no block.
    #[inline(always)]
    pub(super) unsafe fn adopt_home(&self, segment: &Segment, first: usize, zero_from: usize) {
        let first = first.next_multiple_of(class::GRAIN);
        segment.first.set(first);
        self.adopt(segment, zero_from);
    }

    /// Adds a segment without blocks, and makes it the current region; the last one is closed.
    #[inline(always)]
    pub(super) fn adopt(&self, segment: &Segment, zero_from: usize) {
        segment.next.set(self.segments.get());
        self.segments.set(segment);
        self.segment_count.set(self.segment_count.get() + 1);
        let first = segment.first.get();
        if self.single.get() == 0 {
            self.second.set(segment.behind_table());
            self.open(first, segment.table.0 + OFFSET, zero_from.max(first));
        } else {
            self.open(first, segment.end, zero_from);
        }
    }
}
