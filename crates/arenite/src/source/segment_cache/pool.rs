//! The slabs of the process, and how much of their free memory is kept.

use super::{
    super::reservation::GRANULE,
    list::List,
    slab::{Cut, Pieces, Slab},
};
use core::ptr::NonNull;

/// What is kept at first, in bytes.
const RETENTION: usize = 32 << 20;
/// The most that is kept beyond it because the program came back for as much.
const MOST_MORE: usize = 1 << if usize::BITS == 64 { 30 } else { 27 };
/// How far below the retention a pool goes once it is above, so that not every piece is a system call.
const SLACK: usize = 4 << 20;

/// The slabs that have a free piece.
pub(super) struct Pool {
    /// Those with a free piece that was used; what was freed last in front.
    warm: List,
    /// Those with none.
    cold: List,
    /// Bytes of used free pieces.
    kept: usize,
    /// The most that is kept, but for what the program came back for.
    base: usize,
    /// Whether that is all: the program said so.
    exact: bool,
    /// Bytes that went to the kernel for want of retention, and that nobody came back for. This and `taken` are sums over
    /// time, which pass what 32 bits count: they stop at `usize::MAX`, far beyond all that they are compared with.
    gone: usize,
    /// Bytes that somebody came back for, less what lay idle since.
    more: usize,
    /// Bytes taken in this span of work, and the least that was kept meanwhile.
    taken: usize,
    idle: usize,
}

// SAFETY: the slabs are the pool's, reached through its lock alone.
unsafe impl Send for Pool {}

impl Pool {
    pub(super) const fn new() -> Self {
        Self {
            warm: List::new(),
            cold: List::new(),
            kept: 0,
            base: RETENTION,
            exact: false,
            gone: 0,
            more: 0,
            taken: 0,
            idle: 0,
        }
    }

    pub(super) fn kept(&self) -> usize {
        self.kept
    }

    pub(super) fn retention(&self) -> usize {
        self.base + self.more
    }

    pub(super) fn set_retention(&mut self, bytes: usize) {
        (self.base, self.exact) = (bytes, true);
        self.forget();
    }

    fn forget(&mut self) {
        (self.gone, self.more, self.taken, self.idle) = (0, 0, 0, self.kept);
    }

    /// A block of neighbouring pieces, and how many of its first bytes may not be zero. O(slabs), O(1) for a single piece.
    pub(super) fn take(&mut self, count: usize) -> Option<(NonNull<u8>, usize)> {
        let short = self.kept < count * GRANULE;
        let (slab, Cut { block, dirty, used }) = self.cut(count)?;
        // SAFETY: the slab that it was cut from.
        unsafe { self.file(slab, used) };
        self.kept -= used * GRANULE;
        if short {
            let back = ((count - used) * GRANULE).min(self.gone).min(MOST_MORE - self.more);
            self.gone -= back;
            self.more += back;
        }
        self.idle = self.idle.min(self.kept);
        self.taken = self.taken.saturating_add(count * GRANULE);
        if self.more > 0 && self.taken / 4 >= self.retention() {
            self.more -= self.more.min(self.idle);
            self.gone = self.gone.saturating_add(self.shrink(self.retention()));
            (self.taken, self.idle) = (0, self.kept);
        }
        Some((block, dirty))
    }

    /// Cuts a block, from warm pieces first. Its slab is still in the list in which it was.
    fn cut(&mut self, count: usize) -> Option<(NonNull<Slab>, Cut)> {
        // SAFETY: slabs of the lists are alive, and the pool is the caller's alone.
        let from = |slab: NonNull<Slab>, which| Some((slab, unsafe { Slab::cut(slab, count, which) }?));
        self.warm
            .iter()
            .find_map(|slab| from(slab, Pieces::Used))
            .or_else(|| self.cold.iter().chain(self.warm.iter()).find_map(|slab| from(slab, Pieces::Any)))
            .or_else(|| {
                let slab = Slab::new()?;
                // SAFETY: a slab in no list.
                unsafe { self.cold.push_front(slab) };
                from(slab, Pieces::Any)
            })
    }

    /// Takes back a block of [`take`](Self::take).
    ///
    /// # Safety
    /// It had so many pieces, and nobody uses it any more.
    pub(super) unsafe fn give(&mut self, block: NonNull<u8>, count: usize) {
        // SAFETY: the block lies in a live slab, in a list if it has a free piece.
        unsafe {
            let (slab, first) = Slab::of(block);
            let this = &mut *slab.as_ptr();
            let (had_free, had_used) = (this.has_free(), this.used() > 0);
            this.put_back(first, count);
            if !had_used {
                if had_free {
                    self.cold.remove(slab);
                }
                self.warm.push_front(slab);
            }
        }
        self.kept += count * GRANULE;
        self.hold();
    }

    /// Adds the pieces behind a block to it, if they are free. O(1).
    ///
    /// # Safety
    /// A block of `now` pieces that [`take`](Self::take) returned; `then` is more.
    pub(super) unsafe fn extend(&mut self, block: NonNull<u8>, now: usize, then: usize) -> bool {
        // SAFETY: the block lies in a live slab, which is in a list when it has a free piece.
        unsafe {
            let (slab, first) = Slab::of(block);
            let Some(Cut { used, .. }) = Slab::cut_at(slab, first + now as u32, then - now) else { return false };
            self.file(slab, used);
            self.kept -= used * GRANULE;
        }
        self.idle = self.idle.min(self.kept);
        true
    }

    /// Moves a slab to where it belongs after a block was cut from it, of which so many pieces were used.
    ///
    /// # Safety
    /// A live slab, in the list in which it was before.
    unsafe fn file(&mut self, slab: NonNull<Slab>, cut: usize) {
        // SAFETY: the caller's slab.
        unsafe {
            let (used, has_free) = (slab.as_ref().used(), slab.as_ref().has_free());
            let was_warm = used + cut > 0;
            if was_warm && used == 0 {
                self.warm.remove(slab);
                if has_free {
                    self.cold.push_front(slab);
                }
            }
            if !was_warm && !has_free {
                self.cold.remove(slab);
            }
        }
    }

    /// Gives memory back to the kernel until no more than so many bytes are kept, first what lay longest; how many bytes.
    fn shrink(&mut self, to: usize) -> usize {
        let before = self.kept;
        let mut at = self.warm.last();
        while let Some(slab) = at.filter(|_| self.kept > to) {
            // SAFETY: a slab of the list, which is not looked at after it went. Nobody uses a slab that is all free.
            unsafe {
                at = NonNull::new(slab.as_ref().previous);
                if slab.as_ref().is_all_free() {
                    self.warm.remove(slab);
                    self.kept -= slab.as_ref().used() * GRANULE;
                    Slab::delete(slab);
                } else {
                    self.kept -= Slab::hollow_out(slab) * GRANULE;
                    if slab.as_ref().used() == 0 {
                        self.warm.remove(slab);
                        self.cold.push_front(slab);
                    }
                }
            }
        }
        before - self.kept
    }

    /// Gives back what is beyond the retention.
    fn hold(&mut self) {
        let most = self.retention();
        if self.kept > most {
            let gone = self.shrink(most - SLACK.min(most / 2));
            if !self.exact {
                self.gone = self.gone.saturating_add(gone);
            }
        }
    }

    /// Gives everything that is kept back; how many bytes.
    pub(super) fn trim(&mut self) -> usize {
        let gone = self.shrink(0);
        self.forget();
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a program does that fills a heap of so many pieces and destroys it; how many pieces the pool had for it.
    fn cycle(pool: &mut Pool, pieces: usize) -> usize {
        let had = pool.kept() / GRANULE;
        let blocks: Vec<_> = (0..pieces).map(|_| pool.take(1).unwrap().0).collect();
        // SAFETY: blocks of this pool's, used by nobody.
        blocks.into_iter().for_each(|block| unsafe { pool.give(block, 1) });
        assert!(pool.kept() <= pool.retention());
        had
    }

    #[test]
    fn what_a_program_comes_back_for_is_kept_from_then_on() {
        let mut pool = Pool::new();
        pool.base = 4 << 20;
        let pieces = 300;
        assert_eq!(cycle(&mut pool, pieces), 0);
        assert!(pool.kept() <= 4 << 20 && pool.retention() == 4 << 20, "nobody came back yet");
        assert!(cycle(&mut pool, pieces) <= 64);
        for _ in 0..100 {
            assert_eq!(cycle(&mut pool, pieces), pieces, "the kernel is asked no more");
        }
        assert!(pool.trim() == pieces * GRANULE && pool.kept() == 0);
        assert_eq!(pool.retention(), 4 << 20, "forgotten");
        assert_eq!(cycle(&mut pool, pieces), 0);
        assert_eq!(pool.retention(), 4 << 20);
        pool.trim();
    }

    #[test]
    fn a_program_takes_more_than_an_address_can_count() {
        let mut pool = Pool::new();
        pool.base = 4 << 20;
        pool.taken = usize::MAX - GRANULE;
        let blocks: Vec<_> = (0..300).map(|_| pool.take(1).unwrap().0).collect();
        pool.gone = usize::MAX - GRANULE;
        // SAFETY: blocks of this pool's, used by nobody.
        blocks.into_iter().for_each(|block| unsafe { pool.give(block, 1) });
        assert_eq!((pool.taken, pool.gone), (usize::MAX, usize::MAX));
        (0..3).for_each(|_| _ = cycle(&mut pool, 300));
        assert_eq!(cycle(&mut pool, 300), 300, "kept as ever");
        pool.trim();
    }

    #[test]
    fn what_lies_idle_while_four_times_as_much_is_taken_goes_back() {
        let mut pool = Pool::new();
        pool.base = 4 << 20;
        (0..3).for_each(|_| _ = cycle(&mut pool, 300));
        assert!(pool.kept() == 300 * GRANULE);
        (0..100).for_each(|_| _ = cycle(&mut pool, 100));
        assert!(pool.kept() < 150 * GRANULE && pool.kept() >= 100 * GRANULE, "{} are kept", pool.kept() / GRANULE);
        (0..200).for_each(|_| _ = cycle(&mut pool, 10));
        assert!(pool.retention() < 5 << 20, "{} of {}", pool.kept(), pool.retention());
        pool.trim();
    }

    #[test]
    fn a_retention_that_was_set_stays() {
        let mut pool = Pool::new();
        for bytes in [0, 1 << 20, 5 << 20] {
            pool.set_retention(bytes);
            for _ in 0..3 {
                cycle(&mut pool, 200);
                assert_eq!(pool.retention(), bytes);
            }
        }
        pool.trim();
        assert_eq!(pool.kept(), 0);
    }

    #[test]
    fn a_block_takes_the_free_pieces_behind_it_and_no_others() {
        let mut pool = Pool::new();
        // SAFETY: blocks of this pool, each given back once with the pieces that it has then.
        unsafe {
            let (first, _) = pool.take(2).unwrap();
            assert!(pool.extend(first, 2, 4));
            let (second, _) = pool.take(1).unwrap();
            assert_eq!(second, first.add(4 * GRANULE), "the pieces in between are the first one's");
            assert!(!pool.extend(first, 4, 5), "the second one lies there");
            assert!(!pool.extend(second, 1, 63) && pool.extend(second, 1, 59), "a slab ends behind its 64th piece");
            assert!(pool.cold.last().is_none() && pool.warm.last().is_none(), "it is full");
            second.write_bytes(7, 59 * GRANULE);
            pool.give(second, 59);
            assert_eq!(pool.kept, 59 * GRANULE);
            assert!(pool.extend(first, 4, 6));
            assert_eq!((pool.kept, first.add(6 * GRANULE - 1).read()), (57 * GRANULE, 7), "warm ones are no others");
            pool.give(first, 6);
            pool.trim();
            assert!(pool.cold.last().is_none() && pool.warm.last().is_none() && pool.kept == 0);
        }
    }

    #[test]
    fn warm_pieces_come_first_wherever_they_lie() {
        let mut pool = Pool::new();
        let blocks: Vec<_> = (0..130).map(|_| pool.take(1).unwrap().0).collect();
        // SAFETY: blocks of this pool's; the first of each slab is looked at after it was given, as the pool does.
        unsafe {
            blocks.iter().for_each(|block| block.cast::<usize>().write(GRANULE));
            for block in [blocks[10], blocks[70], blocks[71]] {
                pool.give(block, 1);
            }
            assert_eq!(pool.kept(), 3 * GRANULE);
            let pair = pool.take(2).unwrap();
            assert_eq!((pair.0, pair.1), (blocks[70], 2 * GRANULE));
            assert_eq!(pool.take(1).unwrap(), (blocks[10], GRANULE));
            assert_eq!((pool.kept(), pool.take(1).unwrap().1), (0, 0));
        }
    }
}
