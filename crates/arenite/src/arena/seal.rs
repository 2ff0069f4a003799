//! How closely an arena is watched.
//!
//! An arena that is watched is *sealed*: its limit is a ticket below every address, so each allocation takes the cold
//! path, where what is here is done.

use super::{
    core::Core,
    mark::{Mark, RestoreError},
};
use crate::{
    bump::{FIRST_ADDRESS, MIN_ALIGN},
    debug::{
        self, BlockRecord, Books, Fault, FaultDetail, FaultKind, Grade, Ledger, Metadata, Owner, Place, Shake, Site,
        Watch, tools,
    },
    node::SoftCrossing,
    sync::{AtomicUsize, Ordering},
};
use allocator_api2::vec::Vec;
use core::cell::{Cell, OnceCell};

/// What an arena remembers of being watched.
pub(super) struct Seal {
    closed: Cell<bool>,
    watch: Cell<Watch>,
    /// The grade that the program set for this arena alone.
    own: Cell<Option<Grade>>,
    grade: Cell<Grade>,
    pub(super) books: OnceCell<Books>,
    /// Records of later blocks tell for certain that a free is a second one: no block came unnoted since.
    trusted: Cell<u64>,
    /// The number of the newest noted block.
    pub(super) newest: Cell<u64>,
    shake: Cell<Option<Shake>>,
    /// How far the cursor has come in the current block, from the first noted block on.
    pub(super) reached: Cell<usize>,
    /// Bytes of page objects that are in use, less what they moved the cursor by.
    pub(super) aside: Cell<usize>,
    pub(super) page_objects: Cell<usize>,
    /// Where the arena was last taken back whole.
    pub(super) ended: Cell<Site>,
    /// Found, and to be reported when the arena is whole.
    found: Cell<Vec<Fault, Metadata>>,
    /// Whether there is any: a cold path asks each time.
    found_any: Cell<bool>,
    /// The one thread that the arena is bound to, and where that was said; 0: none.
    bound: Cell<(usize, Site)>,
    /// Who asked last, of a watched arena.
    asked: Cell<Place>,
    /// The thread that is inside.
    inside: AtomicUsize,
    /// Room for a block that was there before is being taken: it is no block of its own.
    pub(super) extending: Cell<bool>,
    /// Added to the number of scopes that remembered their counts it makes the ticket; another after each switch.
    pub(super) first_ticket: Cell<usize>,
}

impl Seal {
    pub(super) const fn new(closed: bool) -> Self {
        Self {
            closed: Cell::new(closed),
            watch: Cell::new(Watch::new()),
            own: Cell::new(None),
            grade: Cell::new(Grade::Off),
            books: OnceCell::new(),
            trusted: Cell::new(0),
            newest: Cell::new(0),
            shake: Cell::new(None),
            reached: Cell::new(0),
            aside: Cell::new(0),
            page_objects: Cell::new(0),
            ended: Cell::new(Site::UNKNOWN),
            found: Cell::new(Vec::new_in(Metadata)),
            found_any: Cell::new(false),
            bound: Cell::new((0, Site::UNKNOWN)),
            asked: Cell::new(Place::NOWHERE),
            inside: AtomicUsize::new(0),
            extending: Cell::new(false),
            first_ticket: Cell::new(super::core::SEALED),
        }
    }

    /// What was found and not told.
    pub(super) fn take_found(&self) -> Vec<Fault, Metadata> {
        self.found_any.set(false);
        self.found.replace(Vec::new_in(Metadata))
    }
}

/// One thread is inside; ends when dropped.
pub(super) struct Inside<'a> {
    who: &'a AtomicUsize,
    me: usize,
}

impl Inside<'_> {
    /// The other thread that came in meanwhile and is inside.
    #[inline]
    pub(super) fn other(&self) -> Option<usize> {
        Some(self.who.load(Ordering::Relaxed)).filter(|&who| who != 0 && who != self.me)
    }
}

impl Drop for Inside<'_> {
    #[inline]
    fn drop(&mut self) {
        self.who.store(0, Ordering::Relaxed);
    }
}

impl Core {
    /// The grade in force, as it was last looked up.
    #[inline]
    pub(super) fn grade(&self) -> Grade {
        if debug::ENABLED { self.seal.grade.get() } else { Grade::Off }
    }

    /// Whether every allocation takes the cold path.
    #[inline(always)]
    pub(super) fn is_sealed(&self) -> bool {
        self.seal.closed.get()
    }

    /// Closes or opens what [`is_sealed`](Self::is_sealed) says.
    pub(super) fn close_or_open(&self) {
        self.seal.closed.set(self.counts() || self.seal.page_objects.get() > 0);
    }

    /// Whether requested bytes and allocations are counted.
    pub(super) fn counts(&self) -> bool {
        self.counting.get() || self.grade() >= Grade::Count
    }

    /// Whether blocks are noted one by one.
    #[inline]
    pub(super) fn notes(&self) -> bool {
        self.grade() >= Grade::Sites && !self.seal.extending.get() && !debug::reporting()
    }

    /// Whether nothing is to be done about a block but to note it: no thread is bound, no seed moves it, no tool listens.
    #[inline]
    pub(super) fn takes_no_notice(&self) -> bool {
        self.seal.bound.get().0 == 0 && self.seal.shake.get().is_none() && !tools::active()
    }

    /// Whether no grade was changed since the arena looked. One load.
    #[inline(always)]
    pub(super) fn knows_its_grade(&self) -> bool {
        self.seal.watch.get().is_current()
    }

    /// The same, without a call; `false` says nothing.
    #[inline(always)]
    pub(super) fn knows_its_grade_at_hand(&self) -> bool {
        self.seal.watch.get().is_current_at_hand()
    }

    /// Looks up the grade, on cold paths; whether it is another. One load when nothing was changed.
    #[inline(always)]
    pub(super) fn look(&self) -> bool {
        !self.knows_its_grade() && self.look_up()
    }

    #[cold]
    #[inline(never)]
    fn look_up(&self) -> bool {
        let mut watch = self.seal.watch.get();
        let (tag, name) = self.node.as_ref().map_or((None, None), |node| (node.tag(), Some(node.name())));
        let _ = watch.look(tag, name);
        self.seal.watch.set(watch);
        self.take_up(self.seal.own.get().unwrap_or(watch.grade()))
    }

    /// Sets the grade for this arena alone.
    pub(super) fn set_own_grade(&self, grade: Option<Grade>) {
        self.seal.own.set(grade);
        self.look_up();
    }

    fn take_up(&self, grade: Grade) -> bool {
        let before = self.seal.grade.get();
        if !debug::ENABLED || grade == before {
            return false;
        }
        if before < Grade::Sites && grade >= Grade::Sites {
            self.begin_notes();
        } else if before >= Grade::Guard && grade < Grade::Guard {
            // From here on memory is handed out and written unseen.
            self.forget_dead();
        }
        if grade < Grade::Sites && before >= Grade::Sites {
            self.open_all();
            // Page objects have to be given back one by one; everything else is unchecked from now on.
            self.with_ledger(|ledger| ledger.retain(|record| record.grade == Grade::Page && record.is_live()));
        }
        if before < Grade::Count && !self.counting.get() {
            self.requested.set(0);
            self.allocations.set(0);
        }
        let used = self.scope_counts.take().len();
        let next = self.seal.first_ticket.get() + used + 1;
        self.seal.first_ticket.set(if next < FIRST_ADDRESS / 2 { next } else { super::core::SEALED });
        self.seal.grade.set(grade);
        self.close_or_open();
        true
    }

    fn begin_notes(&self) {
        if self.seal.books.get().is_none() {
            if let Some(books) = Books::open(Owner::new("an arena", self.node.as_ref()), false) {
                // Under `sites` blocks lie side by side.
                let _ = self.seal.books.set(books.with_pool(0));
            }
        }
        self.with_ledger(|ledger| ledger.retain(|record| record.grade == Grade::Page && record.is_live()));
        self.seal.shake.set(Shake::for_stream(self.node.as_ref().map_or(0, |node| u64::from(node.id().get()))));
        self.lose();
        self.seal.reached.set(0);
    }

    /// What tools know the arena by.
    pub(super) fn anchor(&self) -> usize {
        self.seal.books.get().map_or(0, Books::anchor)
    }

    /// A block was handed out that is not in the books: what ended before it may stand at its address.
    #[inline]
    pub(super) fn lose(&self) {
        self.seal.trusted.set(self.seal.newest.get());
    }

    /// Whether the record of a block that ended tells for certain what a later free of its address is.
    pub(super) fn is_trusted(&self, serial: u64) -> bool {
        serial > self.seal.trusted.get()
    }

    pub(super) fn with_ledger<T>(&self, run: impl FnOnce(&mut Ledger) -> T) -> Option<T> {
        self.seal.books.get().map(|books| books.with(run))
    }

    /// Whether anything is in the books that ends with its memory.
    pub(super) fn has_books(&self) -> bool {
        self.seal.books.get().is_some() && (self.grade() >= Grade::Sites || self.seal.page_objects.get() > 0)
    }

    /// Whether a page object of this arena's holds the address.
    pub(super) fn has_page_object(&self, address: usize) -> bool {
        let holds = |record: &BlockRecord| record.is_live() && record.contains(address);
        self.seal.page_objects.get() > 0
            && self.with_ledger(|ledger| ledger.find(address).is_some_and(holds)).unwrap_or(false)
    }

    pub(super) fn owner(&self) -> Owner {
        Owner::new("an arena", self.node.as_ref())
    }

    /// Bytes more before a block, from a seed.
    pub(super) fn padding(&self, align: usize) -> usize {
        let Some(mut shake) = self.seal.shake.take() else { return 0 };
        let padding = shake.padding((8 * align.max(MIN_ALIGN)).min(4096), align.max(MIN_ALIGN));
        self.seal.shake.set(Some(shake));
        padding
    }

    /// Notes a fault, which [`tell`](Self::tell) reports when the arena is whole.
    pub(super) fn note_fault(&self, fault: Fault) {
        let mut found = self.seal.take_found();
        // Without memory for it the fault goes untold.
        if found.try_reserve(1).is_ok() {
            found.push(fault);
        }
        self.seal.found_any.set(!found.is_empty());
        self.seal.found.set(found);
    }

    pub(super) fn has_found(&self) -> bool {
        self.seal.found_any.get()
    }

    /// Reports what was found. The arena is whole.
    pub(super) fn tell(&self) {
        if debug::ENABLED && self.has_found() {
            Fault::report_all(&self.seal.take_found());
        }
        debug::check_if_due(Site::UNKNOWN);
    }

    /// Lets no other thread than this one use the arena.
    pub(super) fn bind(&self, site: Site) {
        self.seal.bound.set((debug::this_thread(), site));
    }

    /// Notes who uses a watched arena, and whether it may.
    #[inline]
    pub(super) fn come_in(&self, place: Place) -> Inside<'_> {
        self.seal.asked.set(place);
        let inside = Inside { who: &self.seal.inside, me: debug::this_thread() };
        if let Some(other) = inside.other() {
            self.note_threads(FaultKind::ConcurrentUse, other, Site::UNKNOWN);
        }
        // No exchange: of two that come in at once, whoever wrote first finds the other when it has been at the books, whose
        // lock puts the writes of both before the last look of either.
        self.seal.inside.store(inside.me, Ordering::Relaxed);
        let (bound, site) = self.seal.bound.get();
        if bound != 0 && bound != inside.me {
            self.note_threads(FaultKind::WrongThread, bound, site);
        }
        inside
    }

    /// Notes that the arena was somebody else's as this thread used it.
    #[cold]
    #[inline(never)]
    pub(super) fn note_threads(&self, kind: FaultKind, owner: usize, first: Site) {
        let detail = FaultDetail::Threads { owner, user: debug::this_thread() };
        let fault = Fault::new(kind, self.owner()).with_first(first).with_second(self.seal.asked.get().site());
        self.note_fault(fault.with_detail(detail));
    }

    /// Notes that the arena was asked while a scope or claim has its cursor.
    #[cold]
    #[inline(never)]
    pub(super) fn note_conflict(&self, size: usize, align: usize, place: Place) {
        if self.notes() {
            let first = self.claimed_by.get().map_or(Site::UNKNOWN, Site::from);
            let fault = Fault::new(FaultKind::ScratchConflict, self.owner()).with_request(size, align);
            self.note_fault(fault.with_first(first).with_second(place.site()));
        }
    }

    /// Notes that a mark was refused.
    pub(super) fn refuse_mark(&self, mark: &Mark, why: RestoreError, site: Site) {
        if self.grade() < Grade::Sites {
            return;
        }
        let (kind, first) = match why {
            RestoreError::OutOfOrder => (FaultKind::OutOfOrder, Site::UNKNOWN),
            _ => (FaultKind::StaleRestore, self.seal.ended.get()),
        };
        let fault = Fault::new(kind, self.owner()).with_allocated(mark.site);
        self.note_fault(fault.with_first(first).with_second(site));
        self.tell();
    }

    /// Notes that a budget was crossed by a block of this arena's.
    #[cold]
    #[inline(never)]
    pub(super) fn note_crossing(&self, crossing: SoftCrossing) {
        if self.grade() >= Grade::Sites {
            let detail = FaultDetail::Budget { budget: crossing.budget, charged: crossing.charged };
            self.note_fault(
                Fault::new(FaultKind::BudgetCrossed, self.owner())
                    .with_detail(detail)
                    .with_second(self.seal.asked.get().site()),
            );
        }
    }
}
