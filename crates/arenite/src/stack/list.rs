//! The list of a stack's blocks, at the high end of its range.

use super::{StackBlock, StackPlace, stack::Stack};

/// A block, as the list has it.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) serial: u64,
    /// The cursor before it was pushed.
    pub(super) before: usize,
    /// Address of its first byte.
    pub(super) start: usize,
    /// Values in it; bytes in one without type.
    pub(super) len: usize,
}

pub(super) const ENTRY: usize = size_of::<Entry>();

impl Stack<'_> {
    /// Puts a block at `start..end`, which `room` gave, on the list. Answers its serial number.
    #[inline(always)]
    pub(super) fn enter(&mut self, start: usize, end: usize, len: usize) -> u64 {
        let entry = Entry { serial: self.next_serial(), before: self.cursor, start, len };
        self.table -= ENTRY;
        // SAFETY: `room` found the bytes below the list to be usable and above every block.
        unsafe { self.range.write(self.table, entry) };
        self.cursor = end;
        self.serial
    }

    /// A number that no block had before. 2^64 are never used up.
    #[inline(always)]
    pub(super) fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The entry of the block with `index` others below it.
    #[inline(always)]
    pub(super) fn entry(&self, index: usize) -> Option<Entry> {
        // SAFETY: an entry of the list, written by `enter`.
        (index < self.depth()).then(|| unsafe { self.range.read(self.table_end - (index + 1) * ENTRY) })
    }

    #[inline(always)]
    pub(super) fn find<T>(&self, block: StackBlock<T>) -> Option<Entry> {
        if block.stack != self.range.id() {
            return None;
        }
        self.entry(block.index).filter(|entry| entry.serial == block.serial)
    }

    /// The top, unless the stack is sealed.
    #[inline(always)]
    pub(super) fn top(&self) -> Option<Entry> {
        // SAFETY: the list is not empty, so the lowest entry is one that `enter` wrote.
        (self.table < self.top_end).then(|| unsafe { self.range.read(self.table) })
    }

    #[inline(always)]
    pub(super) fn top_if<T>(&self, block: StackBlock<T>) -> Option<Entry> {
        self.top().filter(|top| top.serial == block.serial && block.stack == self.range.id())
    }

    /// The block with `index` others below it, which there is.
    pub(super) fn place(&self, index: usize) -> StackPlace {
        let start = self.entry(index).map_or(self.cursor, |entry| entry.start);
        let end = self.entry(index + 1).map_or(self.cursor, |above| above.before);
        StackPlace { index, offset: start - self.range.start(), size: end - start }
    }

    /// Takes the top block, whose entry is `top`, off the stack.
    #[inline(always)]
    pub(super) fn drop_top(&mut self, top: Entry) {
        self.note_use();
        self.cursor = top.before;
        self.table += ENTRY;
    }

    /// Makes the top block end at `end`, up to which there is room.
    pub(super) fn end_top_at(&mut self, top: Entry, end: usize) {
        self.note_use();
        // SAFETY: the lowest entry of the list, which is not empty: it has this block.
        unsafe { self.range.write(self.table, top) };
        self.cursor = end;
    }
}
