//! Blocks, and lists of them.

use crate::bump::round_up;
use core::{alloc::Layout, ptr::NonNull};

/// What blocks and windows start at a multiple of: two cache lines, as processors fetch them in pairs, so that no thread
/// writes beside what another writes.
pub(super) const LINES: usize = 128;

/// The header at the start of a block. The block is live as long as a list of its arena has it.
pub(super) struct Block {
    next: Option<NonNull<Block>>,
    size: usize,
}

/// Room for a header. Data behind it is aligned to 16.
pub(super) const HEADER: usize = round_up(size_of::<Block>(), 16);

/// A list of blocks, last in, first out, with the sum of their sizes.
#[derive(Default)]
pub(super) struct Blocks {
    first: Option<NonNull<Block>>,
    bytes: usize,
}

impl Blocks {
    /// Lists a block.
    ///
    /// # Safety
    /// `block` is memory of `size` bytes, aligned to [`LINES`], that is the list's from now on.
    pub(super) unsafe fn push(&mut self, block: NonNull<u8>, size: usize) {
        let header = block.cast::<Block>();
        // SAFETY: as promised; every block is longer than its header.
        unsafe { header.write(Block { next: self.first, size }) };
        self.first = Some(header);
        self.bytes += size;
    }

    /// The block listed last, with its size.
    pub(super) fn pop(&mut self) -> Option<(NonNull<u8>, usize)> {
        let first = self.first?;
        // SAFETY: listed, so live.
        let Block { next, size } = unsafe { first.read() };
        self.first = next;
        self.bytes -= size;
        Some((first.cast(), size))
    }

    /// Takes out the smallest block of at least `size` bytes, and at most four times as many. O(n).
    pub(super) fn fitting(&mut self, size: usize) -> Option<(NonNull<u8>, usize)> {
        let fits = |block: &(NonNull<u8>, usize)| (size..=size.saturating_mul(4)).contains(&block.1);
        let found = self.iter().filter(fits).min_by_key(|&(_, size)| size)?;
        let mut kept = Self::default();
        while let Some((block, size)) = self.pop() {
            if block != found.0 {
                // SAFETY: just taken from the list.
                unsafe { kept.push(block, size) };
            }
        }
        *self = kept;
        Some(found)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (NonNull<u8>, usize)> + '_ {
        // SAFETY: blocks of the list are live.
        let headers = core::iter::successors(self.first, |block| unsafe { block.as_ref() }.next);
        // SAFETY: as above.
        headers.map(|block| (block.cast(), unsafe { block.as_ref() }.size))
    }

    /// Moves every block of `other` here. O(blocks of `other`).
    pub(super) fn append(&mut self, other: &mut Self) {
        while let Some((block, size)) = other.pop() {
            // SAFETY: just taken from the other list.
            unsafe { self.push(block, size) };
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// What a block of `size` bytes is taken and given back with.
pub(super) fn layout_of(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, LINES).ok()
}
