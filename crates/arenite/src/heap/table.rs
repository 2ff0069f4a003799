//! The byte table of a segment: one byte per 16 bytes of memory, which says what starts there.
//!
//! | bits | meaning |
//! |---|---|
//! | 0 | nothing starts here: inside of a block, or free memory that is no block |
//! | `code` | a free block of this class, on its shard's list |
//! | `HELD \| code` | a block that is neither live nor to be used: on its way home from another thread, or the memory around an over-aligned block |
//! | `PLAIN \| code` | a live block |
//! | `LIVE \| code` | a live block whose free is wanted to be noticed: the segment's *watch* |
//! | `LIVE \| INNER` | a live over-aligned block inside of a `HELD` one |
//! | `HELD \| GAP` | the table itself |
//!
//! The common case has the highest bytes, so that one comparison finds it.
//!
//! Nothing else is kept about a block: no header stands before it, and no counter anywhere. Finding a byte is mask, shift
//! and an addition: byte `i` stands for the bytes `16 i` to `16 i + 15` of its segment. The table does not begin with the
//! segment but [`OFFSET`] bytes into it, so that the bytes for the first page lie in that page, behind its blocks: a small
//! heap is one page.

use super::class::{self, CLASSES, GRAIN};
use crate::sync::{AtomicU8, Ordering};
use core::ptr::with_exposed_provenance_mut;

pub(super) const LIVE: u8 = 0x80;
pub(super) const HELD: u8 = 0x40;
/// A live block of a class, not watched and not over-aligned: the common case.
pub(super) const PLAIN: u8 = LIVE | HELD;
pub(super) const CODE: u8 = 0x3F;
/// The code of an over-aligned block, whose memory starts at the `HELD` byte before it.
pub(super) const INNER: u8 = 60;
/// The code of memory whose size stands in its first word: blocks above the classes, in memory of the caller's.
pub(super) const SPAN: u8 = 61;

/// The code of the table's own memory.
pub(super) const GAP: u8 = 62;
/// Where the table begins in its segment: so far before the end of the first page as that has bytes in it.
pub(super) const OFFSET: usize = 4096 - 4096 / GRAIN;
/// The size of a table of a segment of 64 KiB.
pub(super) const SIZE: usize = 4096;

/// Where a table begins that is the first thing in its memory: so far below that the segment would begin.
pub(super) const FRONT: usize = 4096;

/// The table of one segment, by the segment's address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Table(pub(super) usize);

/// Memory of ours by its address: the provenance of every segment is exposed when it is taken.
#[inline(always)]
pub(super) fn at<T>(address: usize) -> *mut T {
    with_exposed_provenance_mut(address)
}

/// Whether a byte is that of a live block of a class, not watched and not over-aligned: the common case.
#[inline(always)]
pub(super) const fn is_plain(byte: u8) -> bool {
    byte >= PLAIN
}

/// Whether a byte is that of a live block.
#[inline(always)]
pub(super) const fn is_live(byte: u8) -> bool {
    byte & LIVE != 0
}

impl Table {
    /// The byte for `address`, which lies in this segment.
    ///
    /// # Safety
    /// The segment is alive, and `address` in it.
    #[inline(always)]
    pub(super) unsafe fn byte<'s>(self, address: usize) -> &'s AtomicU8 {
        // SAFETY: the table's bytes lie in the segment, and are only accessed as atomics while it is a heap's.
        unsafe { &*at::<AtomicU8>(self.0 + OFFSET + (address.wrapping_sub(self.0) / GRAIN)) }
    }

    /// # Safety
    /// As [`byte`](Self::byte).
    #[inline(always)]
    pub(super) unsafe fn load(self, address: usize) -> u8 {
        // SAFETY: the caller's promise. Relaxed: a byte orders nothing but itself; a block's contents travel with the
        // program's own synchronisation, or with a shard's list of remote frees.
        unsafe { self.byte(address) }.load(Ordering::Relaxed)
    }

    /// # Safety
    /// As [`byte`](Self::byte); the byte is the caller's to change.
    #[inline(always)]
    pub(super) unsafe fn store(self, address: usize, byte: u8) {
        // SAFETY: the caller's promise. Relaxed: as in `load`.
        unsafe { self.byte(address) }.store(byte, Ordering::Relaxed);
    }

    /// The size of the memory of the block whose byte has `code`, in bytes.
    ///
    /// # Safety
    /// As [`byte`](Self::byte), and a block with this code starts at `address`.
    pub(super) unsafe fn size(self, address: usize, code: u8) -> usize {
        if code <= CLASSES {
            // SAFETY: just compared.
            return unsafe { class::size_of(code) };
        }
        if code == GAP {
            return SIZE;
        }
        debug_assert_eq!(code, SPAN);
        // SAFETY: the caller's block; a span begins with its size.
        unsafe { at::<usize>(address).read() }
    }

    /// Where the memory around the over-aligned block at `address` starts. `first` is where the segment's blocks begin.
    ///
    /// # Safety
    /// As [`byte`](Self::byte), and `first` lies in the segment too.
    pub(super) unsafe fn outer(self, address: usize, first: usize) -> usize {
        let mut start = address;
        while start > first {
            start -= GRAIN;
            // SAFETY: between two places of the segment.
            if unsafe { self.load(start) } != 0 {
                break;
            }
        }
        start
    }
}
