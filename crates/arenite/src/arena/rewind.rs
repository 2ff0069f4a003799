//! Going back: the end of a scope, a restored mark, a reset.

use super::{
    block::BlockRef,
    chain::Chain,
    core::{CLAIMED, Core, LAST_TICKET, NEVER, SEALED},
    event::ArenaEvent,
    mark::Since,
    refill::Window,
    retention::{Keep, Retention},
    space::Space,
};
use crate::{
    debug::{Grade, Site},
    source::AddressMap,
};

/// The window that opens at 64 KiB steps from the start of an arena.
const FIRST_WINDOW: usize = 64 << 10;

impl Core {
    /// The block of the used part of the chain that holds `address`: the current one or one before it.
    pub(super) fn block_of(&self, address: usize) -> Option<BlockRef> {
        core::iter::successors(Some(self.current.get()), |block| block.prev.get()).find(|block| block.holds(address))
    }

    /// Takes everything back that was allocated since the cursor stood at `to` in this block of the used part, and what came after `since`.
    ///
    /// Values registered since then are dropped first; should one panic, the arena has gone back all the same.
    pub(super) fn rewind(&self, block: BlockRef, to: usize, since: Since, site: Site) {
        struct Back<'a>(&'a Core, BlockRef, usize, usize, usize, Site);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                let Self(core, block, to, position, count, site) = *self;
                core.end_from(block, to, site);
                let newer = |own: &BlockRef| own.position.get() >= position || core.own_count.get() > count;
                while let Some(own) = core.own.last().filter(newer) {
                    core.end_own(own, site);
                    core.spare_own(own);
                }
                core.go_back_to(block);
            }
        }
        let position = block.before.get() + (to - block.data.addr().get());
        let back = Back(self, block, to, position, since.own, site);
        self.drops.run_back_to(position, since.drops);
        drop(back);
        self.publish(self.used(to));
    }

    /// What there is before the place `to`: more than that may be there while a scope or claim has the cursor.
    pub(super) fn since(&self, to: usize) -> Since {
        let position = self.start_of(to).map_or(0, |block| block.before.get() + (to - block.data.addr().get()));
        let newer = self.own.iter_back().take_while(|own| own.position.get() >= position).count();
        Since { own: self.own_count.get() - newer, drops: self.drops.count_to(position) }
    }

    fn spare_own(&self, own: BlockRef) {
        self.own.remove(own);
        self.spare.push(own);
        self.own_count.set(self.own_count.get() - 1);
        self.own_bytes.set(self.own_bytes.get() - own.used.get());
        self.own_room.set(self.own_room.get() - own.capacity());
    }

    /// Keeps the block of the last large request for others, if it holds `address` and nothing came after it: whether
    /// the cursor goes back by the one unit that it moved.
    pub(super) fn spare_last_own(&self, address: usize, cursor: usize) -> bool {
        if self.grade() >= Grade::Quarantine {
            return false;
        }
        let behind = |own: &BlockRef| own.position.get() + self.grain;
        let last = self.own.last().filter(|own| own.holds(address) && self.position_behind(cursor) == behind(own));
        let spare = |&own: &BlockRef| {
            self.end_own(own, Site::UNKNOWN);
            self.spare_own(own);
        };
        last.inspect(spare).is_some()
    }

    /// The limits for an arena that starts over: that of its handle, and the one by which it knows that nothing has to
    /// be undone.
    fn fresh_limits(&self) -> (usize, usize) {
        if self.is_sealed() {
            return (SEALED, NEVER);
        }
        // As far as the cursor is known to have come: passing it takes the cold path, which records the new height.
        let first = self.first;
        let mut limit = self.first_peak.get().min(first.data.addr().get() + FIRST_WINDOW).min(first.end);
        if let Space::Range(span) = &self.space {
            limit = limit.min(self.committed.get());
            if let Some(step) = span.step().filter(|_| self.retention.get() != Retention::KeepAll) {
                // What is kept in any case: whoever needs more says so on a cold path.
                limit = limit.min(span.base.addr().get() + step);
            }
        }
        let saved = if self.retention.get() == Retention::KeepAll { limit } else { NEVER };
        (limit, saved)
    }

    /// Empties the arena and keeps of its blocks what the retention policy says, or `keep` bytes. The arena starts over
    /// with the window of [`started`](Self::started), also when a registered value panics.
    pub(super) fn start_over(&self, window: Window, keep: Option<Keep>, site: Site) {
        struct Over<'a>(&'a Core, Option<Keep>, Site);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                let Self(core, keep, site) = *self;
                core.end_all(site);
                core.look();
                if core.own_count.get() > 0 {
                    // Those used last come first: what is kept is what was needed.
                    core.own.append(&core.spare);
                    core.spare.append(&core.own);
                    core.own_count.set(0);
                    core.own_bytes.set(0);
                    core.own_room.set(0);
                }
                core.current.set(core.first);
                core.marks.close_all();
                if core.is_sealed() {
                    core.scope_counts.take();
                    core.requested.set(0);
                    core.allocations.set(0);
                }
                core.publish(0);
                let by_policy = core.cycles.end(core.retention.get(), core.cycle_room.take());
                if let Some(keep) = keep.or(by_policy) {
                    core.trim(keep);
                }
            }
        }
        // What a forgotten handle used behind its last cold path is not known.
        if window.limit != CLAIMED {
            self.note_use(window.cursor.addr());
        }
        let over = Over(self, keep, site);
        self.drops.run_back_to(0, 0);
        drop(over);
    }

    /// The limit of every window while the arena counts: a ticket that says how many scopes have remembered their counts.
    pub(super) fn ticket(&self) -> usize {
        let counts = self.scope_counts.take();
        let ticket = self.seal.first_ticket.get() + counts.len();
        self.scope_counts.set(counts);
        ticket.min(LAST_TICKET)
    }

    /// Where the arena counts: remembers the counts as they were before the first event of a scope.
    pub(super) fn remember_counts(&self) {
        let mut counts = self.scope_counts.take();
        counts.push((self.requested.get(), self.allocations.get()));
        self.scope_counts.set(counts);
    }

    /// Sets the counts back to what they were when `ticket` was the limit.
    pub(super) fn recall_counts(&self, ticket: usize) {
        let mut counts = self.scope_counts.take();
        let at = ticket.wrapping_sub(self.seal.first_ticket.get());
        if let Some(&(requested, allocations)) = counts.get(at) {
            self.requested.set(requested);
            self.allocations.set(allocations);
            counts.truncate(at);
        } else if at > LAST_TICKET {
            // It was open before the counting began, so all that was counted was its own.
            self.requested.set(0);
            self.allocations.set(0);
            counts.clear();
        }
        self.scope_counts.set(counts);
    }

    /// The usual way to start over: everything is kept, nothing was registered, nobody counts. The window at the start
    /// and the limit to save; `None` when it is not as usual, and nothing was done.
    pub(super) fn start_over_as_usual(&self, window: Window) -> Option<(Window, usize)> {
        let usual = window.limit != CLAIMED
            && self.drops.is_empty()
            && self.own_count.get() == 0
            && self.retention.get() == Retention::KeepAll
            && !self.is_sealed()
            && !self.look();
        if !usual {
            return None;
        }
        let cursor = window.cursor.addr();
        let start = self.start.addr().get();
        let (used, reached) =
            if self.current.get() == self.first { (cursor - start, cursor) } else { (self.used(cursor), self.end) };
        self.high_water.set(self.high_water.get().max(used));
        self.first_peak.set(self.first_peak.get().max(reached));
        self.current.set(self.first);
        self.marks.close_all();
        self.publish(0);
        let limit = self.first_peak.get().min(start + FIRST_WINDOW).min(self.end).min(self.committed.get());
        Some((Window { cursor: self.start.as_ptr(), limit }, limit))
    }

    /// The window of an arena that starts over, and the limit to save.
    pub(super) fn started(&self) -> (Window, usize) {
        let (limit, saved) = self.fresh_limits();
        (Window { cursor: self.first.data.as_ptr(), limit }, saved)
    }

    /// Gives back what goes beyond `keep` bytes of an empty arena. The first block stays.
    fn trim(&self, keep: Keep) {
        let before = self.allocated.get();
        match &self.space {
            Space::Range(_) => self.trim_range(keep.room.chain),
            Space::Chained { .. } => self.trim_chain(keep),
        }
        let size = before - self.allocated.get();
        if size > 0 {
            self.note_event(ArenaEvent::BlocksReturned { size });
        }
    }

    fn trim_chain(&self, keep: Keep) {
        let kept = self.trim_list(&self.chain, keep.room.chain);
        self.trim_list(&self.spare, keep.room.own.min(keep.total.saturating_sub(kept)));
    }

    /// Keeps the first blocks of a list up to `keep` bytes. How many that were.
    fn trim_list(&self, list: &Chain, keep: usize) -> usize {
        let (mut kept, mut full) = (0, false);
        for block in list.iter() {
            full |= kept + block.capacity() > keep;
            if block == self.first || !full {
                kept += block.capacity();
            } else {
                list.remove(block);
                self.give_back(block);
            }
        }
        kept
    }

    fn trim_range(&self, keep: usize) {
        let Space::Range(span) = &self.space else { return };
        let Some(step) = span.step() else { return };
        let base = span.base.addr().get();
        let data = self.first.data.addr().get();
        let committed = self.committed.get() - base;
        let target = crate::bump::round_up((data - base).saturating_add(keep.max(1)), step).min(committed);
        if target == committed {
            return;
        }
        // SAFETY: the arena is empty, so nothing behind `target` is in use.
        if unsafe { span.decommit(target, committed) } {
            AddressMap::remove(base + target, committed - target);
            self.committed.set(base + target);
            let (from, to) = self.first.dead.get();
            self.first.dead.set((from, to.min(base + target)));
            self.untouched.set(self.untouched.get().min(base + target));
            self.first_peak.set(self.first_peak.get().min(base + target));
            self.refund(committed - target);
            self.returned.set(self.returned.get() + 1);
            if let Some(node) = &self.node {
                node.count_returned();
            }
        }
    }
}
