//! 4 MiB of the kernel's pages, cut into 63 pieces.

use super::super::{Source, Vm, os, reservation::GRANULE};
use core::{
    alloc::Layout,
    ptr::{NonNull, null_mut},
};

/// As many as a word has bits.
const PIECES: usize = u64::BITS as usize;
const SLAB: usize = PIECES * GRANULE;
const LAYOUT: Layout = match Layout::from_size_align(SLAB, SLAB) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

/// All pieces but the slab's own.
const ALL: u64 = !1;

/// A slab's state, in its first piece. One bit per piece.
pub(super) struct Slab {
    pub(super) next: *mut Slab,
    pub(super) previous: *mut Slab,
    free: u64,
    /// Free pieces that were used since the kernel gave them.
    used: u64,
    /// Pieces whose memory was given back; they must be committed again.
    hollow: u64,
}

/// Which pieces a block is to be cut from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pieces {
    /// Used ones, which are warm.
    Used,
    /// Any.
    Any,
}

/// A block that was cut from a slab.
pub(super) struct Cut {
    pub(super) block: NonNull<u8>,
    /// How many of its first bytes may not be zero.
    pub(super) dirty: usize,
    /// How many of its pieces were used.
    pub(super) used: usize,
}

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

impl Slab {
    /// A slab of the kernel's, all free, in no list.
    pub(super) fn new() -> Option<NonNull<Self>> {
        let slab = Vm::new().take(LAYOUT)?.cast::<Self>();
        // SAFETY: a fresh mapping, larger than this.
        unsafe { slab.write(Self { next: null_mut(), previous: null_mut(), free: ALL, used: 0, hollow: 0 }) };
        Some(slab)
    }

    /// Gives a slab back to the kernel.
    ///
    /// # Safety
    /// Of [`new`](Self::new), in no list, and nobody uses a piece of it.
    pub(super) unsafe fn delete(slab: NonNull<Self>) {
        // SAFETY: the caller's promise.
        unsafe { Vm::new().give(slab.cast(), LAYOUT) };
    }

    /// The slab that a block lies in, and its first piece.
    ///
    /// # Safety
    /// The block was cut from a slab that is alive.
    pub(super) unsafe fn of(block: NonNull<u8>) -> (NonNull<Self>, u32) {
        let first = block.addr().get() % SLAB / GRANULE;
        // SAFETY: slabs are aligned to their size, and start with their state.
        (unsafe { block.sub(first * GRANULE).cast() }, first as u32)
    }

    /// Cuts a block of so many pieces; `None`: there is no such run, or the kernel refuses the memory.
    ///
    /// # Safety
    /// A live slab, of which nobody else looks at the state.
    pub(super) unsafe fn cut(slab: NonNull<Self>, count: usize, which: Pieces) -> Option<Cut> {
        // SAFETY: the caller's slab.
        unsafe {
            let this = slab.as_ref();
            let among = if which == Pieces::Used { this.free & this.used } else { this.free };
            Self::cut_at(slab, run_of(among, count)?, count)
        }
    }

    /// As [`cut`](Self::cut), for the pieces from the `first` on; `None` also where they are not all free.
    ///
    /// # Safety
    /// As there.
    pub(super) unsafe fn cut_at(slab: NonNull<Self>, first: u32, count: usize) -> Option<Cut> {
        if first as usize + count > PIECES {
            return None;
        }
        // SAFETY: the caller's slab. The pieces are free, so nobody uses their memory.
        unsafe {
            let this = &mut *slab.as_ptr();
            let bits = mask(first, count);
            if this.free & bits != bits {
                return None;
            }
            let block = slab.cast::<u8>().add(first as usize * GRANULE);
            if this.hollow & bits != 0 {
                os::commit(block.as_ptr(), count * GRANULE).ok()?;
                this.hollow &= !bits;
            }
            let used = (this.used & bits).count_ones() as usize;
            let dirty = match (used, count) {
                (0, _) => 0,
                (_, 1) => block.cast::<usize>().read(),
                _ => count * GRANULE,
            };
            this.used &= !bits;
            this.free &= !bits;
            Some(Cut { block, dirty, used })
        }
    }

    /// Takes back pieces that were cut.
    pub(super) fn put_back(&mut self, first: u32, count: usize) {
        self.free |= mask(first, count);
        self.used |= mask(first, count);
    }

    /// How many free pieces were used.
    pub(super) fn used(&self) -> usize {
        self.used.count_ones() as usize
    }

    pub(super) fn has_free(&self) -> bool {
        self.free != 0
    }

    pub(super) fn is_all_free(&self) -> bool {
        self.free == ALL
    }

    /// Gives the memory of used free pieces back to the kernel, run by run; how many.
    ///
    /// # Safety
    /// A live slab, of which nobody else looks at the state.
    pub(super) unsafe fn hollow_out(slab: NonNull<Self>) -> usize {
        // SAFETY: the caller's slab; nobody uses free pieces.
        unsafe {
            let this = &mut *slab.as_ptr();
            let (mut rest, mut done) = (this.used, 0);
            while rest != 0 {
                let first = rest.trailing_zeros();
                let count = (rest >> first).trailing_ones() as usize;
                let bits = mask(first, count);
                rest &= !bits;
                if os::decommit(slab.cast::<u8>().add(first as usize * GRANULE).as_ptr(), count * GRANULE).is_ok() {
                    this.used &= !bits;
                    this.hollow |= bits;
                    done += count;
                }
            }
            done
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_bits_are_found_lowest_first() {
        assert_eq!(run_of(0b0110_1110, 3), Some(1));
        assert_eq!(run_of(0b0110_1110, 2), Some(1));
        assert_eq!(run_of(0b0110_0010, 2), Some(5));
        assert_eq!(run_of(0b0101_0101, 2), None);
        assert_eq!(run_of(u64::MAX, 16), Some(0));
    }

    #[test]
    fn a_slab_gives_the_memory_of_what_is_free_back_in_runs_and_has_it_again() {
        let slab = Slab::new().unwrap();
        // SAFETY: this test's own slab, and its blocks while they are out.
        unsafe {
            let cut = |count, which| Slab::cut(slab, count, which);
            assert!(cut(1, Pieces::Used).is_none(), "nothing was used yet");
            let blocks: Vec<_> = (0..6).map(|_| cut(2, Pieces::Any).unwrap().block).collect();
            for block in &blocks {
                block.write_bytes(0xAB, 2 * GRANULE);
            }
            for block in [blocks[1], blocks[2], blocks[4]] {
                let (found, first) = Slab::of(block);
                assert_eq!(found, slab);
                (*slab.as_ptr()).put_back(first, 2);
            }
            assert_eq!(cut(4, Pieces::Used).unwrap().block, blocks[1], "two that were freed side by side");
            (*slab.as_ptr()).put_back(Slab::of(blocks[1]).1, 4);
            let calls = os::system_calls();
            assert_eq!(Slab::hollow_out(slab), 6);
            // Other tests make calls of their own meanwhile; a run takes one or two.
            assert!(os::system_calls() - calls >= 2);
            assert_eq!((*slab.as_ptr()).used(), 0);
            let again = cut(4, Pieces::Any).unwrap();
            assert_eq!((again.block, again.dirty, again.used), (blocks[1], 0, 0));
            let bytes = core::slice::from_raw_parts(again.block.as_ptr(), 4 * GRANULE);
            assert!(bytes.iter().all(|&byte| byte == 0));
            Slab::delete(slab);
        }
    }
}
