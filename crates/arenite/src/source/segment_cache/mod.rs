//! Segments for heaps: 64 KiB pieces of the kernel's pages, kept warm.
//!
//! A heap that is made, used for a moment and destroyed would otherwise pay for system calls and page faults each time.
//! Pieces are cut from slabs of 4 MiB, taken from [`Vm`]: one mapping for 63 pieces, because a process may have only some
//! 65,000 mappings. What is known of a slab stands in its own first piece. In front of the slabs, each thread keeps a few
//! pieces that it reaches without a lock.
//!
//! A free piece that was used before says in its first word how many of its bytes are not zero any more.

mod front;
mod list;
mod pool;
mod slab;

use super::{Source, Vm, reservation::GRANULE};
use crate::sync::Lock;
use core::{alloc::Layout, ptr::NonNull};
use pool::Pool;

/// The largest block cut from a slab, in pieces; larger ones are mappings of their own.
const MOST: usize = 32;

/// The kernel's pages in multiples of 64 KiB, kept for reuse: the default source of a [`Heap`](crate::Heap), and with it
/// behind the feature `heap`.
///
/// Blocks of up to 2 MiB come from slabs of 4 MiB and go back to them; larger ones are as those of [`Vm`]. Of free memory
/// that was used, the process keeps up to [`retention`](Self::retention); what is beyond goes back to the kernel as it is
/// freed. Each thread has four pieces of its own, not counted in that.
///
/// The retention is 32 MiB at first. A program that comes back for what went to the kernel, as one does that makes and
/// destroys a heap of 500 MiB again and again, would pay for each page each time; so the retention grows by what it came
/// back for, by 1 GiB at the most, and shrinks again by what then lay idle while four times as much was taken.
/// [`set_retention`](Self::set_retention) sets it for good.
///
/// ```
/// use arenite::{Heap, source::SegmentCache};
/// let heap = Heap::new();
/// let block = heap.alloc(std::alloc::Layout::new::<[u64; 1000]>());
/// drop(heap);
/// SegmentCache::trim();
/// assert_eq!(SegmentCache::kept(), 0);
/// # let _ = block;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SegmentCache;

static POOL: Lock<Pool> = Lock::new(Pool::new());

impl SegmentCache {
    /// How many bytes of free used memory are kept at the most, as it is now.
    #[must_use]
    pub fn retention() -> usize {
        POOL.lock().retention()
    }

    /// Keeps at most `bytes` from now on, whatever the program comes back for. What is kept beyond goes with the next piece
    /// that is freed, or at [`trim`](Self::trim).
    pub fn set_retention(bytes: usize) {
        POOL.lock().set_retention(bytes);
    }

    /// Bytes of free memory that are kept now; those in the threads' own pieces are not counted.
    #[must_use]
    pub fn kept() -> usize {
        POOL.lock().kept()
    }

    /// Gives everything that is kept, this thread's pieces included, back to the kernel, and forgets what the program came
    /// back for; returns how many bytes. One system call for a slab that is free, two for each run of pieces otherwise.
    pub fn trim() -> usize {
        front::flush();
        POOL.lock().trim()
    }

    /// A block, and how many of its first bytes may not be zero.
    #[inline(always)]
    pub(crate) fn take_dirty(layout: Layout) -> Option<(NonNull<u8>, usize)> {
        let Some(pieces) = Self::pieces(layout) else { return Self::take_mapping(layout) };
        if pieces == 1 {
            if let Some(piece) = front::pop() {
                // SAFETY: a free piece, whose first word tells.
                return Some((piece, unsafe { piece.cast::<usize>().read() }));
            }
        }
        Self::take_shared(pieces)
    }

    #[cold]
    #[inline(never)]
    fn take_mapping(layout: Layout) -> Option<(NonNull<u8>, usize)> {
        Vm::new().take(layout).map(|block| (block, 0))
    }

    #[cold]
    #[inline(never)]
    fn take_shared(pieces: usize) -> Option<(NonNull<u8>, usize)> {
        POOL.lock().take(pieces)
    }

    /// Takes a block back of which all bytes from `dirty` on are zero.
    ///
    /// # Safety
    /// As [`Source::give`], for a block of [`take_dirty`](Self::take_dirty).
    #[inline(always)]
    pub(crate) unsafe fn give_dirty(block: NonNull<u8>, layout: Layout, dirty: usize) {
        // SAFETY: the caller's block, of which nothing is used any more. A piece is larger than a word, and what is larger
        // than a slab serves came from `Vm`.
        unsafe {
            if Self::pieces(layout) == Some(1) {
                block.cast::<usize>().write(dirty.clamp(size_of::<usize>(), GRANULE));
                if front::push(block) {
                    return;
                }
            }
            Self::give_shared(block, layout);
        }
    }

    /// # Safety
    /// As [`give_dirty`](Self::give_dirty); a single piece says already how much of it is dirty.
    #[cold]
    #[inline(never)]
    unsafe fn give_shared(block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe {
            let Some(pieces) = Self::pieces(layout) else { return Vm::new().give(block, layout) };
            if pieces > 1 {
                for piece in 0..pieces {
                    block.add(piece * GRANULE).cast::<usize>().write(GRANULE);
                }
            }
            POOL.lock().give(block, pieces);
        }
    }

    /// Lets a block have `size` bytes where it lies, more than before: when the pieces behind it are free. What is in them is
    /// not known.
    ///
    /// # Safety
    /// A block of [`take_dirty`](Self::take_dirty) for this layout, which is the caller's; from now on it has the new size.
    pub(crate) unsafe fn extend(block: NonNull<u8>, layout: Layout, size: usize) -> bool {
        let Ok(longer) = Layout::from_size_align(size, layout.align()) else { return false };
        match (Self::pieces(layout), Self::pieces(longer)) {
            (Some(now), Some(then)) if now == then => true,
            // SAFETY: the caller's promise.
            (Some(now), Some(then)) => unsafe { POOL.lock().extend(block, now, then) },
            _ => false,
        }
    }

    fn pieces(layout: Layout) -> Option<usize> {
        let pieces = layout.size().div_ceil(GRANULE);
        (pieces <= MOST && layout.align() <= GRANULE).then_some(pieces)
    }
}

// SAFETY: a piece is marked as taken, under the lock or in a thread's own list, as long as it is out; slabs are committed
// mappings. Nothing here unwinds: there is no arithmetic on what a caller gave.
unsafe impl Source for SegmentCache {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        Self::take_dirty(layout).map(|(block, _)| block)
    }

    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { Self::give_dirty(block, layout, layout.size().next_multiple_of(GRANULE)) }
    }

    fn granule(&self) -> usize {
        GRANULE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(count: usize) -> Layout {
        Layout::from_size_align(count * GRANULE, GRANULE).unwrap()
    }

    #[test]
    fn pieces_are_apart_and_come_back_with_the_truth_about_their_zeros() {
        let taken: Vec<_> = (0..200).map(|_| SegmentCache::take_dirty(pieces(1)).unwrap().0).collect();
        let mut addresses: Vec<_> = taken.iter().map(|piece| piece.addr().get()).collect();
        addresses.sort_unstable();
        assert!(addresses.windows(2).all(|pair| pair[0] + GRANULE <= pair[1] && pair[0] % GRANULE == 0));
        for piece in taken {
            // SAFETY: ours until given back.
            unsafe {
                piece.as_ptr().write_bytes(0xAB, 300);
                piece.as_ptr().add(300).write_bytes(0, GRANULE - 300);
                SegmentCache::give_dirty(piece, pieces(1), 300);
            }
        }
        for count in [1, 2, 5, 16, 17, 40, 1, 3] {
            let (block, dirty) = SegmentCache::take_dirty(pieces(count)).unwrap();
            // SAFETY: ours until given back.
            unsafe {
                let rest = core::slice::from_raw_parts(block.as_ptr().add(dirty), count * GRANULE - dirty);
                assert!(rest.iter().all(|&byte| byte == 0), "{count} pieces, {dirty} dirty");
                block.as_ptr().write_bytes(0xCD, count * GRANULE);
                SegmentCache.give(block, pieces(count));
            }
        }
        SegmentCache::trim();
        let (block, dirty) = SegmentCache::take_dirty(pieces(2)).unwrap();
        // SAFETY: ours until given back.
        unsafe {
            let rest = core::slice::from_raw_parts(block.as_ptr().add(dirty), 2 * GRANULE - dirty);
            assert!(rest.iter().all(|&byte| byte == 0));
            SegmentCache.give(block, pieces(2));
        }
    }
}
