//! What an allocator does under the grades whose blocks are freed one by one.

mod change;
mod cover;
mod free;
mod notes;
mod refused;
mod take;

pub(crate) use change::Unchanged;
pub(crate) use refused::Refused;

use super::{
    BlockRecord, Counts, Fault, FaultKind, Grade, Guarded, Ledger, Metadata, NewBlock, Owner, Site, Verdict, leaks_of,
    tools,
};
use crate::{
    AllocError, FreeError, FreeErrorKind,
    sync::{AtomicBool, AtomicU64, AtomicUsize, Lock, Ordering},
};
use allocator_api2::vec::Vec;
use core::{alloc::Layout, ptr::NonNull};
use cover::Cover;
use notes::{Known, Notes};

/// An allocator as it is without its [`Keeper`].
pub(crate) trait Raw {
    /// Every block starts at a multiple of this, whatever its layout says.
    const ALIGN: usize = 1;

    /// Who it is, for faults and for the grade.
    fn owner(&self) -> Owner;

    /// The grade that was set for it alone.
    fn own_grade(&self) -> Option<Grade> {
        None
    }

    /// A block; zeroed when that is asked for.
    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError>;

    /// Takes a block back. The layout is that of the request, `None` when the program's free has none.
    ///
    /// # Safety
    /// If a live block starts there, nobody uses it any more, and the layout is the one that it was taken with.
    unsafe fn give(&self, memory: NonNull<u8>, layout: Option<Layout>) -> Result<(), FreeError>;

    /// Whether a live block starts there; `None` when it cannot say. The books are locked: it does not call its keeper.
    fn holds(&self, memory: NonNull<u8>) -> Option<bool>;

    /// Bytes of a live block that the program may use; `layout` is the one that it was taken with, if that is known.
    fn size(&self, memory: NonNull<u8>, layout: Option<Layout>) -> usize;

    /// The block is in the books: its free is to come to the keeper, also when nothing is watched any more.
    fn note(&self, _memory: NonNull<u8>) {}
}

/// Obeys the grades for an allocator whose blocks are freed one by one: fences, pages, fills, quarantine, books and
/// counts, around the allocator's own operations. One thing for all such allocators; each asks it where it would
/// otherwise take or give.
///
/// A block is checked by the grade that it was made under. One that is not in the books - it was there before the switch,
/// or was not drawn as a sample - is passed on to the allocator below. Faults are reported when no lock is held and all
/// is whole. A block for whose fences there is no room is handed out without them; what is held back is used before a
/// request is refused.
///
/// The lock of the notes is taken before the allocator's own locks, never after.
pub(crate) struct Keeper {
    hold: usize,
    /// The epoch that was seen last, times 8, and the grade then. Written under the lock of `notes`; alone it orders
    /// nothing, so relaxed.
    seen: AtomicUsize,
    /// Whether the books hold anything: spares the lock when they do not. Written under the lock; a block is handed out
    /// after its record is made, so whoever has it sees that.
    noted: AtomicBool,
    notes: Lock<Notes>,
    /// Allocations, their bytes, frees, their bytes: figures, relaxed.
    counts: [AtomicU64; 4],
}

/// Where these stand among the figures; their bytes stand behind them.
const ALLOCATED: usize = 0;
const FREED: usize = 2;

impl Keeper {
    /// Bytes of freed blocks that are held back unless said otherwise: 1 MiB.
    pub(crate) const HOLD: usize = 1 << 20;

    /// Holds back so many bytes of freed blocks under [`Grade::Quarantine`], fences and all.
    pub(crate) const fn new(hold: usize) -> Self {
        Self {
            hold,
            seen: AtomicUsize::new(0),
            noted: AtomicBool::new(false),
            notes: Lock::new(Notes::new()),
            counts: [const { AtomicU64::new(0) }; 4],
        }
    }

    pub(crate) const fn set_hold(&mut self, hold: usize) {
        self.hold = hold;
    }

    /// The grade in force. Tells nothing: it is asked also where a panic would lose a block.
    #[inline]
    pub(crate) fn grade(&self, raw: &impl Raw) -> Grade {
        let (epoch, seen) = (super::epoch(), self.seen.load(Ordering::Relaxed));
        if seen & !7 == epoch << 3 {
            Grade::ALL.get(seen & 7).copied().unwrap_or_default()
        } else {
            self.look(raw, epoch)
        }
    }

    #[cold]
    fn look(&self, raw: &impl Raw, epoch: usize) -> Grade {
        let mut notes = self.notes.lock();
        let grade = notes.look(raw.owner(), raw.own_grade(), self.seen.load(Ordering::Relaxed) == 0);
        self.seen.store(epoch << 3 | grade as usize, Ordering::Relaxed);
        grade
    }

    /// Whether blocks are to pass by unseen.
    fn relays(&self, grade: Grade) -> bool {
        grade < Grade::Sites && !self.noted.load(Ordering::Relaxed)
    }

    /// Changes the books.
    fn change_notes<T>(&self, change: impl FnOnce(&mut Notes) -> T) -> T {
        let mut notes = self.notes.lock();
        let result = change(&mut notes);
        self.noted.store(notes.any(), Ordering::Relaxed);
        result
    }

    fn count(&self, grade: Grade, at: usize, size: usize) {
        if grade >= Grade::Count && size > 0 {
            self.counts[at].fetch_add(1, Ordering::Relaxed);
            self.counts[at + 1].fetch_add(size as u64, Ordering::Relaxed);
        }
    }

    fn held_under(&self, grade: Grade) -> usize {
        if grade.holds() { self.hold } else { 0 }
    }

    /// The figures so far. O(blocks held).
    pub(crate) fn counts(&self) -> Counts {
        let [allocations, allocated_bytes, frees, freed_bytes] =
            [0, 1, 2, 3].map(|at| self.counts[at].load(Ordering::Relaxed));
        let requests = Counts { allocations, allocated_bytes, frees, freed_bytes, ..Counts::default() };
        let of = |ledger: &mut Ledger| Counts {
            live: ledger.live_blocks(),
            live_bytes: ledger.live_bytes(),
            held: ledger.held().count(),
            held_bytes: ledger.held_bytes(),
            ..requests
        };
        self.notes.lock().with(of).unwrap_or(requests)
    }

    /// What the figures of the allocator below are to be corrected by: blocks of its that are held back, its bytes in
    /// place of those that the program has, and these. O(blocks).
    pub(crate) fn covered(&self, raw: &impl Raw) -> [usize; 3] {
        let sum = |ledger: &mut Ledger| {
            let (mut held, mut below, mut bytes) = (0, 0, 0);
            for record in ledger.live().chain(ledger.held()) {
                let Some((start, whole)) = Cover::of(record).and_then(|cover| cover.below(record)) else { continue };
                below += raw.size(start, Some(whole));
                if record.is_live() {
                    bytes += record.size;
                } else {
                    held += 1;
                }
            }
            [held, below, bytes]
        };
        self.notes.lock().with(sum).unwrap_or_default()
    }

    /// Whether the books know a block that holds the address or held it: live, held back, or one of the last that ended.
    #[cfg_attr(not(feature = "std"), allow(dead_code, reason = "for the C library"))]
    pub(crate) fn knows(&self, address: usize) -> bool {
        self.notes.lock().with(|ledger| ledger.find(address).is_some()).unwrap_or_default()
    }

    /// The usable size of a live block that is not the very one of the allocator below.
    pub(crate) fn covered_size(&self, memory: NonNull<u8>) -> Option<usize> {
        if !self.noted.load(Ordering::Relaxed) {
            return None;
        }
        let record = self.live_at(memory.addr().get())?;
        Cover::of(&record).map(|_| record.size)
    }

    fn live_at(&self, address: usize) -> Option<BlockRecord> {
        let notes = self.notes.lock();
        let at = notes.with(|ledger| ledger.at(address).map(|(record, _)| *record)).flatten();
        at.filter(BlockRecord::is_live)
    }

    /// Whether an address lies in a live block of the books; `below` is the start of the block of the allocator below that
    /// holds it, if one does. O(live blocks) when no block starts there.
    pub(crate) fn owns(&self, address: usize, below: Option<usize>) -> bool {
        if !self.noted.load(Ordering::Relaxed) {
            return below.is_some();
        }
        let notes = self.notes.lock();
        let known = notes.with(|ledger| ledger.find(address).copied()).flatten();
        known.is_some_and(|record| record.is_live() && record.contains(address))
            || below.is_some_and(|below| notes.in_place_of(below).is_none())
    }

    /// What the program has in the place of a live block of the allocator below: start and usable size, `None` when that
    /// is held back.
    pub(crate) fn seen_as(&self, below: (usize, usize)) -> Option<(usize, usize)> {
        let notes = self.notes.lock();
        let Some(block) = notes.in_place_of(below.0) else { return Some(below) };
        let record = notes.with(|ledger| ledger.at(block).map(|(record, _)| *record)).flatten()?;
        record.is_live().then_some((block, record.size))
    }

    /// Checks what lies around every live block, and what is held back, and reports each fault; how many. What was broken
    /// is mended, so that it is told once. O(bytes held and blocks).
    pub(crate) fn check(&self, raw: &impl Raw, site: Site) -> usize {
        let (owner, mut faults) = (raw.owner(), Vec::new_in(Metadata));
        self.notes.lock().with(|ledger| {
            for record in ledger.live().chain(ledger.held()) {
                // Without memory to note a fault it is left for the next check, or the block's free.
                if faults.try_reserve(1).is_err() {
                    return;
                }
                let Some(cover) = Cover::of(record) else { continue };
                let (kind, found) = match (&cover, record.is_live()) {
                    // SAFETY: live in the books, which are locked.
                    (_, true) => (FaultKind::Overrun, unsafe { cover.broken() }),
                    // SAFETY: held in the books, which are locked.
                    (Cover::Fences(guarded), false) => (FaultKind::WriteAfterFree, unsafe { guarded.written() }),
                    _ => continue,
                };
                if let Some((offset, difference)) = found {
                    let fault = Fault::new(kind, owner).with_block(record).with_byte(offset, difference);
                    faults.push(fault.with_second(site));
                }
            }
        });
        let count = faults.len();
        Fault::report_all(&faults);
        count
    }

    /// Reports as [`FaultKind::Leak`], by place, what is still in the books.
    pub(crate) fn report_leaks(&self, owner: Owner) {
        let report = self.notes.lock().books.as_ref().map(leaks_of);
        for leak in report.iter().flat_map(|report| report.iter()) {
            let mut fault = leak.fault();
            (fault.owner.name, fault.owner.node) = (owner.name, owner.node);
            fault.report();
        }
    }

    /// The allocator ends, and what it holds with it: what is held back is checked and goes, pages are closed, and tools
    /// are told that the rest may be touched. Reports what it finds.
    pub(crate) fn end(&self, raw: &impl Raw, site: Site) {
        self.open_live();
        self.release(raw, 0, site);
        self.notes.lock().with(|ledger| {
            ledger.live().filter(|record| record.grade == Grade::Page).filter_map(Cover::of).for_each(|cover| {
                // SAFETY: nobody uses the allocator's blocks any more.
                unsafe { cover.end(false) };
            });
        });
    }

    /// Shows the live blocks with fences and the anchor of their pool, when a tool wants to know of them.
    fn each_guarded(&self, show: impl Fn(&Guarded, usize)) {
        if tools::active() {
            let notes = self.notes.lock();
            let anchor = notes.anchor();
            notes.with(|ledger| {
                let fences = ledger.live().filter_map(Cover::of).filter_map(|cover| cover.fences().copied());
                fences.for_each(|guarded| show(&guarded, anchor));
            });
        }
    }

    /// Lets the allocator below have all live blocks again, as far as tools are concerned.
    fn open_live(&self) {
        self.each_guarded(|guarded, anchor| {
            guarded.leave_pool(anchor);
            guarded.open();
        });
    }

    /// Everything below was taken back at once, or that was refused: `reset` does it.
    pub(crate) fn reset<E>(&self, raw: &impl Raw, site: Site, reset: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        self.release(raw, 0, site);
        self.open_live();
        let result = reset();
        match result {
            Ok(()) => self.change_notes(|notes| notes.reset(site)),
            Err(_) => self.each_guarded(|guarded, anchor| guarded.enter_pool(anchor, true)),
        }
        result
    }
}
