//! Segments for heaps: 64 KiB pieces of the kernel's pages, kept warm.
//!
//! A heap that is made, used for a moment and destroyed would otherwise pay for system calls and page faults each time.
//! Pieces are cut from slabs of 4 MiB, taken from [`Vm`]: one mapping for 63 pieces, because a process may have only some
//! 65,000 mappings. What is known of a slab stands in its own first piece. In front of the slabs, each thread keeps a few
//! pieces that it reaches without a lock.
//!
//! A free piece that was used before says in its first word how many of its bytes are not zero any more.

mod front;

use super::{Source, Vm, os, reservation::GRANULE};
use crate::sync::{AtomicUsize, Lock, Ordering};
use core::{alloc::Layout, cell::Cell, ptr::NonNull, ptr::null_mut};

const SLAB: usize = 64 * GRANULE;
/// The largest block cut from a slab, in pieces; larger ones are mappings of their own.
const MOST: usize = 32;
/// How many free pieces a thread keeps for itself.
const FRONT: usize = 4;
const SLAB_LAYOUT: Layout = match Layout::from_size_align(SLAB, SLAB) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

/// The kernel's pages in multiples of 64 KiB, kept for reuse: the default source of a [`Heap`](crate::Heap), and with it
/// behind the feature `heap`.
///
/// Blocks of up to 2 MiB come from slabs of 4 MiB and go back to them; larger ones are as those of [`Vm`]. Of free memory
/// that was used, the process keeps up to [`retention`](Self::retention) (32 MiB unless set); what is beyond goes back to
/// the kernel as it is freed. Each thread has four pieces of its own, not counted in that.
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

static RETENTION: AtomicUsize = AtomicUsize::new(32 << 20);
static POOL: Lock<Pool> = Lock::new(Pool { open: null_mut(), kept: 0 });

impl SegmentCache {
    /// How many bytes of used memory are kept at the most, in bytes.
    #[must_use]
    pub fn retention() -> usize {
        RETENTION.load(Ordering::Relaxed)
    }

    /// Keeps at most `bytes` from now on. What is kept already goes at [`trim`](Self::trim).
    pub fn set_retention(bytes: usize) {
        RETENTION.store(bytes, Ordering::Relaxed);
    }

    /// Bytes of free memory that are kept now; those in the threads' own pieces are not counted.
    #[must_use]
    pub fn kept() -> usize {
        POOL.lock().kept
    }

    /// Gives everything that is kept, this thread's pieces included, back to the kernel; returns how many bytes. Two
    /// system calls per piece.
    pub fn trim() -> usize {
        front::flush();
        let mut pool = POOL.lock();
        let before = pool.kept;
        pool.purge();
        before - pool.kept
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

/// A slab's state, in its first piece. One bit per piece.
struct Slab {
    next: *mut Slab,
    previous: *mut Slab,
    free: u64,
    /// Free pieces that were used since the kernel gave them.
    used: u64,
    /// Pieces whose memory was given back; they must be committed again.
    hollow: u64,
}

/// All pieces but the slab's own.
const ALL: u64 = !1;

/// The slabs that have a free piece.
struct Pool {
    open: *mut Slab,
    /// Bytes of used free pieces.
    kept: usize,
}

// SAFETY: the slabs are the pool's, reached through its lock alone.
unsafe impl Send for Pool {}

/// The lowest of `count` neighbouring bits that are all set.
const fn run_of(bits: u64, count: usize) -> Option<u32> {
    let mut runs = bits;
    let mut done = 1;
    while done < count {
        runs &= bits >> done;
        done += 1;
    }
    if runs == 0 { None } else { Some(runs.trailing_zeros()) }
}

const fn mask(first: u32, count: usize) -> u64 {
    ((1 << count) - 1) << first
}

impl Pool {
    fn take(&mut self, pieces: usize) -> Option<(NonNull<u8>, usize)> {
        // SAFETY: slabs of the list are live mappings, whose first piece is their state; the lock is held.
        unsafe {
            let mut slab = self.open;
            while !slab.is_null() {
                // Warm pieces first.
                let first = run_of((*slab).free & (*slab).used, pieces).or_else(|| run_of((*slab).free, pieces));
                if let Some(first) = first {
                    return self.cut(slab, first, pieces);
                }
                slab = (*slab).next;
            }
            let slab = Vm::new().take(SLAB_LAYOUT)?.cast::<Slab>().as_ptr();
            slab.write(Slab { next: null_mut(), previous: null_mut(), free: ALL, used: 0, hollow: 0 });
            self.link(slab);
            self.cut(slab, 1, pieces)
        }
    }

    /// # Safety
    /// A slab of the list, with these pieces free.
    unsafe fn cut(&mut self, slab: *mut Slab, first: u32, pieces: usize) -> Option<(NonNull<u8>, usize)> {
        // SAFETY: the pieces are free, so nobody uses their memory; the caller's promise.
        unsafe {
            let bits = mask(first, pieces);
            let block = slab.cast::<u8>().add(first as usize * GRANULE);
            if (*slab).hollow & bits != 0 {
                os::commit(block, pieces * GRANULE).ok()?;
                (*slab).hollow &= !bits;
            }
            let used = (*slab).used & bits;
            let dirty = match (used, pieces) {
                (0, _) => 0,
                (_, 1) => block.cast::<usize>().read(),
                _ => pieces * GRANULE,
            };
            self.kept -= used.count_ones() as usize * GRANULE;
            (*slab).used &= !bits;
            (*slab).free &= !bits;
            if (*slab).free == 0 {
                self.unlink(slab);
            }
            Some((NonNull::new_unchecked(block), dirty))
        }
    }

    /// Adds the pieces behind a block to it, if they are free.
    ///
    /// # Safety
    /// A block that `take` returned for `now` pieces; `then` is more.
    unsafe fn extend(&mut self, block: NonNull<u8>, now: usize, then: usize) -> bool {
        let first = block.addr().get() % SLAB / GRANULE;
        if first + then > SLAB / GRANULE {
            return false;
        }
        // SAFETY: the block lies in a slab, which are aligned to their size; and in the list of those that have a free piece,
        // when one is free.
        unsafe {
            let slab = block.as_ptr().sub(first * GRANULE).cast::<Slab>();
            let bits = mask((first + now) as u32, then - now);
            (*slab).free & bits == bits && self.cut(slab, (first + now) as u32, then - now).is_some()
        }
    }

    /// # Safety
    /// A block that `take` returned for so many pieces, unused from now on.
    unsafe fn give(&mut self, block: NonNull<u8>, pieces: usize) {
        // SAFETY: the block lies in a slab, and slabs are aligned to their size.
        unsafe {
            let first = block.addr().get() % SLAB / GRANULE;
            let slab = block.as_ptr().sub(first * GRANULE).cast::<Slab>();
            let bits = mask(first as u32, pieces);
            if (*slab).free == 0 {
                self.link(slab);
            }
            (*slab).free |= bits;
            (*slab).used |= bits;
            self.kept += pieces * GRANULE;
            if self.kept > RETENTION.load(Ordering::Relaxed) {
                self.hollow_out(slab, bits);
            }
        }
    }

    /// Gives the memory of used free pieces back: the whole slab where it is free, else the pages.
    ///
    /// # Safety
    /// A slab of the list; `bits` are used free pieces of it.
    unsafe fn hollow_out(&mut self, slab: *mut Slab, bits: u64) {
        // SAFETY: nobody uses free pieces, and nobody a slab that is all free.
        unsafe {
            if (*slab).free == ALL {
                self.kept -= (*slab).used.count_ones() as usize * GRANULE;
                self.unlink(slab);
                // Whole pages must be accessible again for `Vm` to find its own word in front: it lies outside the slab.
                return Vm::new().give(NonNull::new_unchecked(slab.cast()), SLAB_LAYOUT);
            }
            let mut rest = bits;
            while rest != 0 {
                let piece = rest.trailing_zeros();
                rest &= rest - 1;
                if os::decommit(slab.cast::<u8>().add(piece as usize * GRANULE), GRANULE).is_ok() {
                    (*slab).used &= !(1 << piece);
                    (*slab).hollow |= 1 << piece;
                    self.kept -= GRANULE;
                }
            }
        }
    }

    fn purge(&mut self) {
        let mut slab = self.open;
        while !slab.is_null() {
            // SAFETY: a slab of the list; the next one is read before this one may go.
            unsafe {
                let next = (*slab).next;
                self.hollow_out(slab, (*slab).used);
                slab = next;
            }
        }
    }

    /// # Safety
    /// A live slab that is not in the list.
    unsafe fn link(&mut self, slab: *mut Slab) {
        // SAFETY: the caller's slab, and those of the list.
        unsafe {
            (*slab).previous = null_mut();
            (*slab).next = self.open;
            if !self.open.is_null() {
                (*self.open).previous = slab;
            }
        }
        self.open = slab;
    }

    /// # Safety
    /// A slab of the list.
    unsafe fn unlink(&mut self, slab: *mut Slab) {
        // SAFETY: the caller's slab and its neighbours are in the list.
        unsafe {
            let (next, previous) = ((*slab).next, (*slab).previous);
            if !next.is_null() {
                (*next).previous = previous;
            }
            if previous.is_null() {
                self.open = next;
            } else {
                (*previous).next = next;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(count: usize) -> Layout {
        Layout::from_size_align(count * GRANULE, GRANULE).unwrap()
    }

    #[test]
    fn a_block_takes_the_free_pieces_behind_it_and_no_others() {
        let mut pool = Pool { open: null_mut(), kept: 0 };
        // SAFETY: blocks of this pool, each given back once with the pieces that it has then.
        unsafe {
            let (first, _) = pool.take(2).unwrap();
            assert!(pool.extend(first, 2, 4));
            let (second, _) = pool.take(1).unwrap();
            assert_eq!(second, first.add(4 * GRANULE), "the pieces in between are the first one's");
            assert!(!pool.extend(first, 4, 5), "the second one lies there");
            assert!(!pool.extend(second, 1, 63) && pool.extend(second, 1, 59), "a slab ends behind its 64th piece");
            assert!((*first.as_ptr().sub(GRANULE).cast::<Slab>()).free == 0 && pool.open.is_null(), "it is full");
            second.write_bytes(7, 59 * GRANULE);
            pool.give(second, 59);
            assert_eq!(pool.kept, 59 * GRANULE);
            assert!(pool.extend(first, 4, 6));
            assert_eq!((pool.kept, first.add(6 * GRANULE - 1).read()), (57 * GRANULE, 7), "warm ones are no others");
            pool.give(first, 6);
            pool.purge();
            assert!(pool.open.is_null() && pool.kept == 0);
        }
    }

    #[test]
    fn runs_of_bits_are_found_lowest_first() {
        assert_eq!(run_of(0b0110_1110, 3), Some(1));
        assert_eq!(run_of(0b0110_1110, 2), Some(1));
        assert_eq!(run_of(0b0110_0010, 2), Some(5));
        assert_eq!(run_of(0b0101_0101, 2), None);
        assert_eq!(run_of(u64::MAX, 16), Some(0));
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
