//! Stretches of memory without blocks that wait to be cut, by size.

use super::{class::GRAIN, table::at};
use core::cell::Cell;

/// Regions of `2^n` grains and more hang on list `n`; the last list takes all that are larger, which are those of a buffer.
const LISTS: usize = 13;
/// How many regions are looked at on a list where not every one is large enough.
const LOOK: usize = 4;

/// A free stretch of memory; stands at its start.
struct Region {
    next: usize,
    size: usize,
}

/// All zero is an empty one.
pub(super) struct Regions([Cell<usize>; LISTS]);

impl Regions {
    fn list_of(size: usize) -> usize {
        ((size / GRAIN).ilog2() as usize).min(LISTS - 1)
    }

    /// # Safety
    /// A stretch of whole grains, one at the least, that is nobody's.
    pub(super) unsafe fn add(&self, start: usize, end: usize) {
        let size = end - start;
        let list = &self.0[Self::list_of(size)];
        // SAFETY: the caller's promise; a grain holds a region's two words.
        unsafe { at::<Region>(start).write(Region { next: list.get(), size }) };
        list.set(start);
    }

    /// Start and end of a region of at least `size` bytes, which does not wait any more.
    pub(super) fn take(&self, size: usize) -> Option<(usize, usize)> {
        for (index, list) in self.0.iter().enumerate().skip(Self::list_of(size)) {
            let look = if index == LISTS - 1 { usize::MAX } else { LOOK };
            let mut link: *const Cell<usize> = list;
            for _ in 0..look {
                // SAFETY: the list's head, or the link of a region on it; regions are nobody's memory.
                unsafe {
                    let start = (*link).get();
                    if start == 0 {
                        break;
                    }
                    let region = at::<Region>(start);
                    if (*region).size >= size {
                        (*link).set((*region).next);
                        return Some((start, start + (*region).size));
                    }
                    link = (&raw const (*region).next).cast();
                }
            }
        }
        None
    }

    pub(super) fn forget(&self) {
        self.0.iter().for_each(|list| list.set(0));
    }
}
