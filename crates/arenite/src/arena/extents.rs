//! Where an arena's memory lies, for who looks at all of it.

use super::{
    arena::Arena,
    core::{CLAIMED, Core},
};
use crate::debug::Grade;
use core::ops::Range;

impl Core {
    /// Shows each block: the whole of it, headers too, and the part that may have been handed out. `cursor` is where the
    /// arena's stands, if no scope has it.
    fn each_block(&self, cursor: Option<usize>, mut each: impl FnMut(Range<usize>, Range<usize>)) {
        for list in [&self.chain, &self.own, &self.spare] {
            for block in list.iter() {
                let mut data = block.data.addr().get()..block.end;
                let mut whole = block.taken.addr().get()..data.end.max(block.taken.addr().get() + block.taken_size);
                if block == self.first {
                    whole.start = core::ptr::from_ref(self).addr();
                    // Of a range most may never have been used.
                    let reached = match cursor.filter(|&cursor| block == self.current.get() && block.holds(cursor)) {
                        Some(cursor) => cursor.max(self.first_peak.get()),
                        None => data.end,
                    };
                    data.end = reached.min(self.committed.get()).clamp(data.start, data.end);
                }
                each(whole, data);
            }
        }
        // Objects on pages of their own.
        self.with_ledger(|ledger| {
            for object in ledger.live().filter(|record| record.grade == Grade::Page) {
                let object = object.address..object.address + object.size;
                each(object.clone(), object);
            }
        });
    }
}

impl Arena {
    /// Shows each block that the arena holds, those kept from earlier cycles too: the whole of it, and the part that may
    /// have been handed out.
    pub(crate) fn each_block(&self, each: impl FnMut(Range<usize>, Range<usize>)) {
        if let Some(core) = self.core() {
            let window = self.window();
            core.each_block(Some(window.cursor.addr()).filter(|_| window.limit != CLAIMED), each);
        }
    }
}
