//! The walk over what is known of all blocks: are fences and fills as they were written?

use super::{
    BlockRecord, Difference, Fault, FaultKind, Grade, Guarded, Ledger, Metadata, Owner, Site, books::each_ledger,
    pages, settings, thread,
};
use allocator_api2::vec::Vec;

/// What a walk saw and found. Nothing is reported yet.
pub(crate) struct Checked {
    /// Allocators with books.
    pub(crate) allocators: usize,
    /// Live blocks whose fences were looked at.
    pub(crate) live: usize,
    /// Freed blocks, held back, whose fills were looked at.
    pub(crate) held: usize,
    /// Bytes of these blocks and of what lies around them.
    pub(crate) bytes: usize,
    /// Live blocks that nothing was put around.
    pub(crate) unchecked: usize,
    pub(crate) faults: Vec<Fault, Metadata>,
    /// There was memory to note every fault; one that was not noted is found by the next walk.
    pub(crate) complete: bool,
}

impl Checked {
    pub(crate) const fn new() -> Self {
        let faults = Vec::new_in(Metadata);
        Self { allocators: 0, live: 0, held: 0, bytes: 0, unchecked: 0, faults, complete: true }
    }

    /// Looks at every block of one ledger. A broken fence or fill is mended as it is noted: told once.
    ///
    /// The ledger is locked, and that keeps the blocks where they are: whoever frees one takes it out first.
    pub(crate) fn look(&mut self, owner: Owner, ledger: &Ledger, second: Site) {
        self.allocators += 1;
        for record in ledger.live().chain(ledger.held()) {
            if record.grade < Grade::Guard {
                self.unchecked += usize::from(record.is_live());
                continue;
            }
            if self.faults.try_reserve(1).is_err() {
                self.complete = false;
                return;
            }
            // SAFETY: live or held in the books, which are locked.
            let (bytes, found) = unsafe { look_at(record) };
            self.bytes += bytes;
            let (seen, kind) = match record.is_live() {
                true => (&mut self.live, FaultKind::Overrun),
                false => (&mut self.held, FaultKind::WriteAfterFree),
            };
            *seen += 1;
            if let Some((offset, difference)) = found {
                let fault = Fault::new(kind, owner).with_block(record).with_second(second);
                self.faults.push(fault.with_byte(offset, difference));
            }
        }
    }

    /// Reports what was found; the caller holds no lock.
    pub(crate) fn report(&self) {
        Fault::report_all(&self.faults);
    }
}

/// Looks at what is around a live block, or in one that is held: how many bytes belong to it, and the one that was written.
///
/// # Safety
/// The block is live or held in books that are locked.
unsafe fn look_at(record: &BlockRecord) -> (usize, Option<(isize, Difference)>) {
    match Guarded::of(record) {
        Some(guarded) => {
            // SAFETY: the caller's promise.
            let found = unsafe { if record.is_live() { guarded.broken() } else { guarded.written() } };
            (guarded.whole().size(), found)
        }
        None if record.is_live() => (record.size, pages().broken(record.address)),
        None => (record.size, None),
    }
}

/// Looks at every block of the allocators that `of` chooses. O(blocks, and bytes of fences and of held blocks).
pub(crate) fn check_books(second: Site, of: impl Fn(&Owner) -> bool) -> Checked {
    let mut checked = Checked::new();
    each_ledger(|owner, _, ledger| {
        if of(&owner) {
            checked.look(owner, ledger, second);
        }
    });
    checked
}

/// Looks at everything when it is this thread's turn by [`set_check_every`](super::set_check_every), and reports.
///
/// For the start of what an allocator does under a grade: no lock is held, and nothing has changed yet, so that a panic of
/// the policy loses nothing.
#[inline]
pub(crate) fn check_if_due(second: Site) {
    #[cold]
    fn check(second: Site) {
        thread::set_check_due(false);
        check_books(second, |_| true).report();
    }
    if super::ENABLED && settings::checks() && thread::is_check_due() && !thread::is_reporting() {
        check(second);
    }
}

/// Counts an operation in books: those that change what is live.
pub(super) fn count_operation() {
    if settings::check_turn() {
        thread::set_check_due(true);
    }
}
