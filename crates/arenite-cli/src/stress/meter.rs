//! What a piece of work does to the heap.

use crate::counting_heap::HeapFigures;

/// Sums over all that was measured; what happens between (a progress bar, a report) is left out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Meter {
    /// Heap calls of the work. `live` is what it has left behind since [`forget_left`](Self::forget_left).
    total: HeapFigures,
}

impl Meter {
    /// Runs `work` and adds what it did.
    pub(super) fn measure<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let before = HeapFigures::now();
        let result = work();
        let after = HeapFigures::now();
        self.total.allocations += after.allocations - before.allocations;
        self.total.reallocations += after.reallocations - before.reallocations;
        self.total.frees += after.frees - before.frees;
        self.total.live = self.total.live.wrapping_add(after.live.wrapping_sub(before.live));
        result
    }

    /// What the work has left behind does not count from here on.
    pub(super) fn forget_left(&mut self) {
        self.total.live = 0;
    }

    pub(super) fn heap(&self) -> HeapFigures {
        self.total
    }
}
