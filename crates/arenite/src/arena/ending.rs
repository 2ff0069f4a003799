//! The end of noted blocks: checked, filled, told to tools.

use super::{block::BlockRef, core::Core, dying::Dying, refill::in_block, space::Space};
use crate::{
    bump::round_up,
    debug::{self, BlockRecord, Dies, Difference, Fault, FaultKind, Fill, Grade, Guarded, Site, tools},
};

impl Core {
    /// Ends what lies from an address of a used block on, in the order of positions, while that is still in use: checks
    /// fences and what was freed before, then fills all that the cursor has passed.
    pub(super) fn end_from(&self, block: BlockRef, to: usize, site: Site) {
        if !self.has_books() {
            return;
        }
        let position = block.before.get() + (to - block.data.addr().get());
        let fills = self.grade() >= Grade::Guard || tools::active();
        let mut dying = fills.then(|| Dying::new(self, block, to));
        while let Some((record, broken)) = self.end_behind(position, site, dying.as_mut()) {
            self.end_record(&record, broken, site);
        }
        if let Some(dying) = &mut dying {
            dying.end();
        }
        self.seal.reached.set(to);
    }

    /// Takes the newest blocks out of the books that end behind the position (they may begin before it, where something was
    /// freed before a mark), up to one that more is to be done about; what was written of it. Of those that were freed and
    /// filled before, `dying` hears.
    fn end_behind(
        &self,
        position: usize,
        site: Site,
        mut dying: Option<&mut Dying<'_>>,
    ) -> Option<(BlockRecord, Option<(isize, Difference)>)> {
        let (holds, told) = (self.grade().holds(), tools::active());
        self.with_ledger(|ledger| {
            ledger.end_newest(site, |record| {
                if record.position <= position {
                    return Dies::Not;
                }
                let written = Guarded::of(record).and_then(|guarded| {
                    if record.is_live() {
                        // SAFETY: live in the books, which are locked.
                        return unsafe { guarded.broken() };
                    }
                    // SAFETY: held in the books, which are locked.
                    let written = if holds { unsafe { guarded.written() } } else { None };
                    if let Some(dying) = &mut dying {
                        dying.leave_out(record);
                    }
                    written
                });
                let more = written.is_some() || record.grade == Grade::Page || told;
                if more { Dies::And((*record, written)) } else { Dies::Quietly }
            })
        })
        .flatten()
    }

    fn end_record(&self, record: &BlockRecord, written: Option<(isize, Difference)>, site: Site) {
        if record.grade == Grade::Page {
            return self.end_page_object(record, site);
        }
        if let Some((offset, difference)) = written {
            let kind = if record.is_live() { FaultKind::Overrun } else { FaultKind::WriteAfterFree };
            let fault = Fault::new(kind, self.owner()).with_block(record).with_second(site);
            self.note_fault(fault.with_byte(offset, difference));
        }
        if record.is_live() {
            tools::pool_free(self.anchor(), record.address, record.size);
        }
    }

    /// Closes the pages of an object that has left the books.
    pub(super) fn end_page_object(&self, record: &BlockRecord, site: Site) {
        let size = round_up(record.size, self.grain);
        let broken = debug::pages().broken(record.address);
        debug::pages().retire(record.address);
        if let Some((offset, difference)) = broken {
            let fault = Fault::new(FaultKind::Overrun, self.owner()).with_block(record).with_second(site);
            self.note_fault(fault.with_byte(offset, difference));
        }
        self.refund(size);
        self.seal.page_objects.set(self.seal.page_objects.get() - 1);
        self.close_or_open();
        self.seal.aside.set(self.seal.aside.get() - (size - self.grain));
    }

    /// Fills dead memory and closes it to tools. Where blocks are not noted (page objects of an earlier grade are left) it
    /// stays open: nobody would open it for the next block.
    pub(super) fn kill(&self, block: BlockRef, from: usize, to: usize) {
        if self.grade() < Grade::Sites || from >= to || !block.holds(from) || !block.holds(to) {
            return;
        }
        if self.grade() >= Grade::Guard {
            let (start, _) = in_block(block, from, to);
            tools::undefined(from, to - from);
            // SAFETY: nobody uses what lies behind where the arena goes back to.
            unsafe { debug::fill(start, to - from, Fill::Reset) };
            block.now_dead(from, to);
        }
        tools::no_access(from, to - from);
    }

    /// Ends the block of a large request, which does not lie in the order of positions.
    pub(super) fn end_own(&self, own: BlockRef, site: Site) {
        if !self.has_books() {
            return;
        }
        let data = own.data.addr().get();
        self.leave_pool(|record| (data..own.end).contains(&record.address));
        self.with_ledger(|ledger| ledger.forget_range(data..own.end, site));
        self.kill(own, data, data + own.before.get());
    }

    /// Checks all filled memory; how much of it was written. That is filled again, so that it is told once.
    fn check_filled(&self, site: Site) -> usize {
        let behind = core::iter::successors(Some(self.current.get()), |block| block.next.get());
        let mut found = 0;
        for block in behind.chain(self.spare.iter()) {
            let (from, to) = block.dead.get();
            if self.check_dead(block, from, to, site) {
                self.kill(block, from, to);
                found += 1;
            }
        }
        found
    }

    /// Looks at every fence and all filled memory; how many faults were noted.
    pub(super) fn check(&self, site: Site) -> usize {
        let mut found = 0;
        self.with_ledger(|ledger| {
            for record in ledger.live().chain(ledger.held()) {
                let written = match Guarded::of(record) {
                    // SAFETY: live or held in the books, which are locked.
                    Some(guarded) => unsafe { if record.is_live() { guarded.broken() } else { guarded.written() } },
                    None if record.grade == Grade::Page => debug::pages().broken(record.address),
                    None => None,
                };
                let Some((offset, difference)) = written else { continue };
                let kind = if record.is_live() { FaultKind::Overrun } else { FaultKind::WriteAfterFree };
                let fault = Fault::new(kind, self.owner()).with_block(record).with_second(site);
                self.note_fault(fault.with_byte(offset, difference));
                found += 1;
            }
        });
        if self.grade() >= Grade::Guard {
            found += self.check_filled(site);
        }
        found
    }

    /// Ends everything: the arena starts over, or is gone.
    pub(super) fn end_all(&self, site: Site) {
        if !self.has_books() {
            return;
        }
        if self.grade() >= Grade::Quarantine {
            self.check_filled(site);
        }
        self.end_from(self.first, self.start.addr().get(), site);
        for own in self.own.iter() {
            let data = own.data.addr().get();
            self.kill(own, data, data + own.before.get());
        }
        self.seal.ended.set(site);
    }

    /// Memory that was filled is handed out unseen from here on.
    pub(super) fn forget_dead(&self) {
        for block in self.chain.iter().chain(self.own.iter()).chain(self.spare.iter()) {
            block.dead.set((0, 0));
        }
        let current = self.current.get();
        let reached = self.seal.reached.get().max(current.data.addr().get());
        self.open_to_tools(reached, current.end);
        let behind = core::iter::successors(current.next.get(), |block| block.next.get());
        for block in behind.chain(self.spare.iter()) {
            self.open_to_tools(block.data.addr().get(), block.end);
        }
    }

    /// Lets memory that nobody has be used again, as far as tools are concerned.
    pub(super) fn open_to_tools(&self, from: usize, to: usize) {
        let to = self.committed_to(to);
        if self.seal.books.get().is_some() && from < to {
            tools::undefined(from, to - from);
        }
    }

    /// Tells tools that live blocks end.
    fn leave_pool(&self, which: impl Fn(&BlockRecord) -> bool) {
        if tools::active() {
            let anchor = self.anchor();
            let noted = |record: &&BlockRecord| record.grade != Grade::Page && which(record);
            self.with_ledger(|ledger| {
                ledger.live().filter(noted).for_each(|record| tools::pool_free(anchor, record.address, record.size));
            });
        }
    }

    /// Blocks are noted no longer: all memory is open to tools, what the program has as well as what it had.
    pub(super) fn open_all(&self) {
        self.leave_pool(|_| true);
        for block in self.chain.iter().chain(self.own.iter()).chain(self.spare.iter()) {
            let end = self.committed_to(block.end);
            tools::defined(block.data.addr().get(), end.saturating_sub(block.data.addr().get()));
        }
    }

    fn committed_to(&self, end: usize) -> usize {
        if matches!(self.space, Space::Range(_)) { end.min(self.committed.get()) } else { end }
    }

    /// Takes leave of tools: every block goes back to its source.
    pub(super) fn leave_tools(&self) {
        self.open_to_tools(self.start.addr().get(), self.end);
    }
}
