//! The short way of a block that is counted and nothing else: of an arena that notes none, or one that the sample of an arena
//! leaves out which notes one in so many.
//!
//! No gap lies behind it, by which it is known from noted ones: freed or grown as the last one it is served as in an arena
//! that nobody watches.

use super::{
    core::{CLAIMED, Core},
    refill::{Grant, Window, in_block},
    space::Space,
};
use crate::{
    bump::{MAX_ALIGN, MIN_ALIGN, bump_aligned, round_up},
    debug::{self, Grade},
};

impl Core {
    /// Whether blocks are left out of a sample, and nothing else is to be done about those: no tool is told, no thread checked, no
    /// seed moves them.
    #[inline]
    fn leaves_out(&self) -> bool {
        self.grade() == Grade::Sites && debug::sampling() && self.knows_its_grade() && self.takes_no_notice()
    }

    /// Memory for a block that is to be counted alone. `None`: it is to be noted, or the current block has no room, or there is
    /// more to be said about the request; nothing has changed.
    #[inline]
    pub(super) fn take_left_out(&self, window: Window, saved: usize, size: usize, align: usize) -> Option<Grant> {
        if !self.is_sealed() {
            return None;
        }
        let plain = align.is_power_of_two() && align <= MAX_ALIGN && size <= self.max_request.min(isize::MAX as usize);
        let counts_only = self.grade() < Grade::Sites && self.knows_its_grade();
        if window.limit == CLAIMED || !(counts_only || self.leaves_out()) || !plain {
            return None;
        }
        let (whole, current) = (round_up(round_up(size, MIN_ALIGN), self.grain), self.current.get());
        let end = match &self.space {
            Space::Chained { .. } => current.end,
            Space::Range(_) => current.end.min(self.committed.get()),
        };
        let (start, after) = bump_aligned(window.cursor.addr(), whole, align.max(MIN_ALIGN), end)?;
        if !counts_only && !self.seal.extending.get() && !debug::left_out() {
            return None;
        }
        let (memory, cursor) = in_block(current, start, after);
        self.lose();
        self.count(window.limit == saved, size, 1, after);
        Some(Grant { memory, window: Window { cursor, limit: self.open(cursor, saved) } })
    }

    /// Counts what a sealed arena hands out up to a cursor. `first`: it is the first event of its handle.
    #[inline]
    pub(super) fn count(&self, first: bool, requested: usize, allocations: usize, cursor: usize) {
        if first {
            self.note_start();
            self.remember_counts();
        }
        self.seal.reached.set(cursor);
        self.requested.set(self.requested.get() + requested);
        self.allocations.set(self.allocations.get() + allocations);
        self.note_use(cursor);
    }

    /// Whether a block that is given back is one that the sample left out: there is nothing to be done about it.
    #[inline]
    pub(super) fn was_left_out(&self, address: usize) -> bool {
        if !self.leaves_out() || !self.current.get().holds(address) {
            return false;
        }
        let unknown = self.with_ledger(|ledger| match ledger.at(address) {
            Some((record, held)) => !record.is_live() && !held && !self.is_trusted(record.serial),
            None => true,
        });
        unknown == Some(true)
    }
}
