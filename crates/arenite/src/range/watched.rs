//! What a stack or a ring knows of its range while it is watched.

use crate::{
    Node,
    debug::{
        self, Books, Counts, Fault, FaultKind, Fill, Filled, Grade, Heard, Ledger, NewBlock, Owner, Past, Site,
        Written, reporting, sampled,
    },
};
use core::{alloc::Layout, ops::Range};

/// The books of an allocator on one range, and what of the range has to stay as it was filled.
///
/// Blocks lie side by side, and where is a promise: so their only fences are the bytes between them that alignment leaves,
/// and those behind the newest, which the next one takes. Records say [`Grade::Sites`], so that nobody looks for others.
pub(crate) struct RangeWatch {
    owner: Owner,
    counts_as_leaks: bool,
    grade: Grade,
    books: Option<Books>,
    pub(crate) filled: Filled,
    pub(crate) past: Past,
    counts: Counts,
}

impl RangeWatch {
    /// Bytes behind the newest block that are a fence.
    pub(crate) const FENCE: usize = 16;

    pub(crate) fn new(allocator: &'static str, node: Option<&Node>, counts_as_leaks: bool) -> Self {
        Self {
            owner: Owner::new(allocator, node),
            counts_as_leaks,
            grade: Grade::Off,
            books: None,
            filled: Filled::new(),
            past: Past::new(),
            counts: Counts::default(),
        }
    }

    pub(crate) fn switch(&mut self, grade: Grade) {
        self.grade = grade;
        if grade < Grade::Guard {
            self.filled.clear();
        }
        if grade < Grade::Sites {
            self.books = None;
        }
    }

    pub(crate) fn grade(&self) -> Grade {
        self.grade
    }

    /// Whether memory is filled and watched: not while a fault is told.
    pub(crate) fn fills(&self) -> bool {
        self.grade >= Grade::Guard
    }

    pub(crate) fn counts(&self) -> Counts {
        let live = |ledger: &mut Ledger| (ledger.live_blocks(), ledger.live_bytes());
        let (live, live_bytes) = self.with(live).unwrap_or_default();
        Counts { live, live_bytes, ..self.counts }
    }

    /// A block changes its size in place.
    pub(crate) fn resize(&mut self, address: usize, old: usize, layout: Layout, site: Site) {
        self.counts.freed(old);
        match (old, layout.size()) {
            // One of no bytes was in no books.
            (0, _) => return self.enter(address, layout, site),
            (_, 0) => _ = self.with(|ledger| ledger.forget(address)),
            (_, new) => _ = self.with(|ledger| ledger.resize(address, new)),
        }
        self.counts.allocated(layout.size());
    }

    pub(crate) fn fault(&self, kind: FaultKind, site: Site) -> Fault {
        Fault::new(kind, self.owner).with_second(site)
    }

    pub(crate) fn with<T>(&self, run: impl FnOnce(&mut Ledger) -> T) -> Option<T> {
        self.books.as_ref().map(|books| books.with(run))
    }

    /// The place where the block that starts at `address` was allocated, if it is live in the books.
    pub(crate) fn allocated(&self, address: usize) -> Site {
        let known = self.with(|ledger| ledger.find(address).filter(|record| record.address == address).copied());
        known.flatten().map_or(Site::UNKNOWN, |record| record.allocated)
    }

    /// Enters a block.
    pub(crate) fn enter(&mut self, address: usize, layout: Layout, site: Site) {
        self.counts.allocated(layout.size());
        let noted =
            self.grade >= Grade::Sites && layout.size() > 0 && !reporting() && (self.grade > Grade::Sites || sampled());
        if noted && self.books.is_none() {
            self.books = Books::open(self.owner, self.counts_as_leaks);
        }
        let block = NewBlock {
            address,
            size: layout.size(),
            align: layout.align(),
            tag: None,
            grade: Grade::Sites,
            padding: 0,
            position: 0,
            site: if noted { site.with_sampled_stack() } else { site },
        };
        self.with(|ledger| if noted { ledger.insert(block).is_some() } else { (ledger.forget(address), true).1 });
    }

    /// Counts the end of a block.
    pub(crate) fn count_free(&mut self, size: usize) {
        self.counts.freed(size);
    }

    /// What was written where nobody was to write: the block next to it, or the one that was there.
    pub(crate) fn written(&self, written: Written, site: Site) -> Fault {
        let Written { address, difference } = written;
        let kind = match difference.was {
            Fill::Freed => FaultKind::WriteAfterFree,
            Fill::Reset => FaultKind::UseAfterReset,
            Fill::Fence | Fill::Fresh => FaultKind::Overrun,
        };
        let known = self.with(|ledger| match kind {
            // A fence follows a block, or comes before the first that the books have.
            FaultKind::Overrun => {
                let below = ledger.live().filter(|record| record.address + record.size <= address);
                let below = below.max_by_key(|record| record.address + record.size).copied();
                below.or_else(|| {
                    ledger.live().filter(|record| record.address > address).min_by_key(|r| r.address).copied()
                })
            }
            _ => ledger.find(address).copied().filter(|record| record.contains(address)),
        });
        let fault = self.fault(kind, site);
        match known.flatten() {
            Some(record) => fault.with_block(&record).with_byte(address as isize - record.address as isize, difference),
            None => fault.with_address(address).with_byte(0, difference),
        }
    }

    /// Takes a range for use again, and says what was written there.
    pub(crate) fn take(&mut self, range: Range<usize>, site: Site) -> Option<Fault> {
        let written = self.filled.take(range)?;
        Some(self.written(written, site))
    }

    /// Looks at all that was filled, and mends it.
    pub(crate) fn check(&mut self, site: Site) -> Heard {
        let mut heard = Heard::new();
        let mut filled = core::mem::replace(&mut self.filled, Filled::new());
        filled.check(|written| heard.add(Some(self.written(written, site))));
        self.filled = filled;
        heard
    }

    /// What is still live, as faults: by place.
    pub(crate) fn leaks(&self) -> Heard {
        let mut heard = Heard::new();
        let report = self.books.as_ref().map(debug::leaks_of);
        for leak in report.iter().flat_map(|report| report.iter()) {
            let mut fault = leak.fault();
            (fault.owner.name, fault.owner.node) = (self.owner.name, self.owner.node);
            heard.add(Some(fault));
        }
        heard
    }
}
