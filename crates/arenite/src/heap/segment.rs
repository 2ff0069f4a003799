//! A segment: 64 KiB at a multiple of 64 KiB, or a buffer of the caller's, with a byte table in it.

use super::{
    class::GRAIN,
    shard::Shard,
    table::{CODE, GAP, HELD, INNER, OFFSET, SIZE, Table, at, is_live, is_plain},
};
use crate::sync::Ordering;
use core::cell::Cell;

/// Size and alignment of the segments of a heap that grows.
pub(super) const SEGMENT: usize = 64 << 10;
/// Where a segment that holds a shard has it; its header stands at the start.
pub(super) const HOME: usize = size_of::<Segment>().next_multiple_of(align_of::<Shard>());

/// A segment's header.
#[repr(C)]
pub(super) struct Segment {
    /// The shard's next segment.
    pub(super) next: Cell<*const Self>,
    /// The segment's address: that of its table.
    pub(super) table: Table,
    /// Where blocks begin and end.
    pub(super) first: Cell<usize>,
    pub(super) end: usize,
    /// A live block whose free is noticed, so that an empty segment is found without counting; 0 for none.
    pub(super) watch: Cell<usize>,
}

/// What stands somewhere in a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// A live block: its address and usable size.
    Live { start: usize, size: usize },
    /// A block that is free, or on its way home.
    Free { start: usize },
    /// The segment's own state, or memory without blocks.
    Nothing,
}

impl Segment {
    pub(super) const fn new(table: Table, first: usize, end: usize) -> Self {
        Self { next: Cell::new(core::ptr::null()), table, first: Cell::new(first), end, watch: Cell::new(0) }
    }

    /// Whether the shard lives in this segment, which then stays as long as the heap.
    pub(super) fn is_home_of(&self, shard: &Shard) -> bool {
        self.table.0 + HOME == (&raw const *shard).addr()
    }

    /// Where the second stretch of memory for blocks begins: behind the table.
    pub(super) fn behind_table(&self) -> usize {
        self.table.0 + OFFSET + SIZE
    }

    /// The header of a segment of 64 KiB.
    ///
    /// # Safety
    /// The segment is alive.
    #[inline]
    pub(super) unsafe fn of<'s>(table: Table) -> &'s Self {
        // SAFETY: the caller's promise; the header was written when the segment was taken.
        unsafe { &*at::<Self>(table.0) }
    }

    /// What stands at `address`, for messages and for blocks that are not the common case. Another thread may be changing
    /// it: then either answer.
    ///
    /// # Safety
    /// The segment is alive.
    pub(super) unsafe fn find(&self, address: usize) -> Found {
        if address < self.first.get() || address >= self.end {
            return Found::Nothing;
        }
        let table = self.table;
        let mut start = self.table.0 + (address - self.table.0) / GRAIN * GRAIN;
        // SAFETY: the walk stays between the first block and `address`.
        unsafe {
            while table.load(start) == 0 {
                if start <= self.first.get() {
                    return Found::Nothing;
                }
                start -= GRAIN;
            }
            let byte = table.load(start);
            if is_live(byte) && byte & CODE == INNER {
                let outer = table.outer(start, self.first.get());
                let code = table.load(outer) & CODE;
                if code == 0 || code == INNER {
                    return Found::Nothing;
                }
                let end = outer + table.size(outer, code);
                return if address < end { Found::Live { start, size: end - start } } else { Found::Nothing };
            }
            let size = table.size(start, byte & CODE);
            match byte {
                _ if byte & CODE == GAP => Found::Nothing,
                _ if address >= start + size => Found::Nothing,
                _ if is_live(byte) => Found::Live { start, size },
                _ => Found::Free { start },
            }
        }
    }

    /// Calls `visit` with start and usable size of each live block, in order of addresses.
    ///
    /// # Safety
    /// The segment is alive. Where other threads use it meanwhile, blocks that change are seen or not.
    pub(super) unsafe fn for_each_live(&self, mut visit: impl FnMut(usize, usize)) {
        let table = self.table;
        let mut place = self.first.get();
        while place < self.end {
            // SAFETY: `place` lies in the segment, at a block's start or in memory without blocks.
            unsafe {
                let byte = table.load(place);
                // An over-aligned block is met here only when its memory was cut while the walk passed.
                if byte == 0 || byte & CODE == INNER {
                    place += GRAIN;
                    continue;
                }
                let size = table.size(place, byte & CODE);
                if is_live(byte) {
                    visit(place, size);
                } else if byte & HELD != 0 {
                    // Perhaps memory around an over-aligned block.
                    let inner = (place + GRAIN..place + size).step_by(GRAIN).find(|&inner| is_live(table.load(inner)));
                    if let Some(inner) = inner {
                        visit(inner, place + size - inner);
                    }
                }
                place += size;
            }
        }
    }

    /// Watches a live block, chosen at random so that few watches are freed before the segment is empty; false when there
    /// is no live block, nor one on its way home. `freed` is where the last watch was.
    ///
    /// # Safety
    /// The caller is the thread of the segment's shard.
    pub(super) unsafe fn set_watch(&self, random: u32, freed: usize) -> bool {
        self.watch.set(0);
        let (first, end) = (self.first.get(), self.end);
        let middle = first + random as usize % ((end - first) / GRAIN) * GRAIN;
        // SAFETY: all places lie in the segment.
        unsafe {
            // Away from the last one: where blocks are freed in the order of their addresses, the next one is freed next.
            let found = if middle > freed {
                self.next_occupied(middle, end).or_else(|| self.last_occupied(first, middle))
            } else {
                self.last_occupied(first, middle).or_else(|| self.last_occupied(middle, end))
            };
            let Some(mut place) = found else { return false };
            // The first that is found is nearly always one to watch.
            loop {
                let byte = self.table.load(place);
                let bytes = self.table.byte(place);
                // Another thread may free the block at this moment: then it is none to watch.
                if is_plain(byte)
                    && bytes.compare_exchange(byte, byte & !HELD, Ordering::Relaxed, Ordering::Relaxed).is_ok()
                {
                    self.watch.set(place);
                    return true;
                }
                match self.next_occupied(place + GRAIN, end) {
                    Some(next) => place = next,
                    None => return true,
                }
            }
        }
    }

    /// Whether no block is live or on its way home.
    ///
    /// # Safety
    /// The caller is the thread of the segment's shard.
    pub(super) unsafe fn is_empty(&self) -> bool {
        // SAFETY: the whole of the segment.
        unsafe { self.next_occupied(self.first.get(), self.end).is_none() }
    }

    /// The first place from `from` to `to` with a byte that is live or held. (In a buffer's segment the place of the table's
    /// own byte lies outside.)
    ///
    /// # Safety
    /// The places lie in the segment, which is alive.
    unsafe fn next_occupied(&self, from: usize, to: usize) -> Option<usize> {
        // SAFETY: the caller's promise.
        unsafe { self.table.next_occupied(from, to, self.table.0.wrapping_add(OFFSET)) }
    }

    /// The last one.
    ///
    /// # Safety
    /// As [`next_occupied`](Self::next_occupied).
    unsafe fn last_occupied(&self, from: usize, to: usize) -> Option<usize> {
        // SAFETY: the caller's promise.
        unsafe { self.table.last_occupied(from, to, self.table.0.wrapping_add(OFFSET)) }
    }
}
