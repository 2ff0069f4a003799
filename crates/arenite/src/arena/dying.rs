//! What dies at the end of a scope, and is to be filled as dead: all that the cursor has passed, but for what was freed by
//! itself and filled then. A byte is filled as dead once.

use super::{block::BlockRef, core::Core, refill::in_block};
use crate::debug::{self, BlockRecord, Fill, Grade, tools};

/// Goes back from where the cursor stands to where it will stand, block by block, and hears on its way of what is filled
/// already, from the newest to the oldest. Only what was used is touched.
pub(super) struct Dying<'a> {
    core: &'a Core,
    target: BlockRef,
    to: usize,
    block: BlockRef,
    /// How far the block was used.
    end: usize,
    /// How far that is still to be looked at: what lies behind is filled.
    top: usize,
}

impl<'a> Dying<'a> {
    /// Back to an address of a used block.
    pub(super) fn new(core: &'a Core, target: BlockRef, to: usize) -> Self {
        let end = core.seal.reached.get();
        Self { core, target, to, block: core.current.get(), end, top: end }
    }

    /// Where the block that is being looked at dies from.
    fn floor(&self) -> usize {
        if self.block == self.target { self.to } else { self.block.data.addr().get() }
    }

    /// A block of the program's that was freed by itself: it is filled, but not what lies around it.
    pub(super) fn leave_out(&mut self, record: &BlockRecord) {
        while record.position <= self.block.before.get() {
            if !self.pass() {
                return;
            }
        }
        let (start, end) = (record.address, record.address + record.size);
        // A large request lies in a block of its own, elsewhere.
        if self.block.holds(start) && end <= self.top && end > self.floor() {
            self.fill_from(end);
            self.top = start;
        }
    }

    /// Fills the rest.
    pub(super) fn end(&mut self) {
        while self.pass() {}
    }

    /// Ends the block that is being looked at and goes on to the one before it, if there is any to go on to.
    fn pass(&mut self) -> bool {
        let from = self.floor();
        if self.is_used(from, self.end) {
            self.fill_from(from);
            if self.core.grade() >= Grade::Guard {
                self.block.now_dead(from, self.end);
            }
            tools::no_access(from, self.end - from);
        }
        self.top = from;
        self.end = from;
        if self.block == self.target {
            return false;
        }
        let Some(before) = self.block.prev.get() else { return false };
        self.block = before;
        self.end = before.left_at().addr();
        self.top = self.end;
        true
    }

    /// Whether anything was used between two addresses, of a block that is watched. Where none is noted (page objects of an
    /// earlier grade are left) memory stays open to tools: nobody would open it for the next block.
    fn is_used(&self, from: usize, to: usize) -> bool {
        self.core.grade() >= Grade::Sites && from < to && self.block.holds(from) && self.block.holds(to)
    }

    fn fill_from(&self, from: usize) {
        if self.core.grade() >= Grade::Guard && self.is_used(from, self.top) {
            let (size, (start, _)) = (self.top - from, in_block(self.block, from, self.top));
            tools::undefined(from, size);
            // SAFETY: nobody uses what lies behind where the arena goes back to.
            unsafe { debug::fill(start, size, Fill::Reset) };
        }
    }
}
