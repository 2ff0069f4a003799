//! Where an arena's memory lies, for who looks at all of it.

use super::{arena::Arena, core::Core};
use core::ops::Range;

impl Core {
    /// Shows each block: the whole of it, headers too, and the part that is handed out.
    fn each_block(&self, mut each: impl FnMut(Range<usize>, Range<usize>)) {
        for list in [&self.chain, &self.own, &self.spare] {
            for block in list.iter() {
                let data = block.data.addr().get()..block.end;
                let start =
                    if block == self.first { core::ptr::from_ref(self).addr() } else { block.taken.addr().get() };
                let end = data.end.max(start + block.taken_size);
                each(start.min(data.start)..end, data);
            }
        }
    }
}

impl Arena {
    /// Shows each block that the arena holds, those kept from earlier cycles too: the whole of it, and the part that is
    /// handed out.
    pub(crate) fn each_block(&self, each: impl FnMut(Range<usize>, Range<usize>)) {
        if let Some(core) = self.core() {
            core.each_block(each);
        }
    }
}
