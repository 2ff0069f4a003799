//! What an allocator of slots knows of them while it is watched.

use super::{
    After, BlockRecord, BlockState, Books, Counts, Fault, FaultDetail, FaultKind, Fill, Grade, Heard, LeakReport,
    Ledger, Metadata, NewBlock, Owner, Shake, Site, Verdict, fill, reporting, sampled, sampling, stand_ins::StandIns,
    tools,
};
use crate::{FreeErrorKind, sync::Lock};
use allocator_api2::vec::Vec;
use core::{alloc::Layout, ptr::NonNull};

mod object;

/// The books of a pool, and the objects that stand in for its slots.
///
/// A slot has no room for fences, and its pages are its neighbours' too. So from [`Grade::Guard`] on a pool that promises
/// nothing of where its slots lie takes one as ever - which keeps its figures, its budget and its refusals what they are -
/// and gives the program an object of the C heap instead, with fences, or on pages of its own; the slot lies idle
/// meanwhile. Where there is no memory for an object, and in pools whose slots are promised to lie side by side, the
/// program gets the slot: its record says [`Grade::Sites`], so that nobody looks for fences.
///
/// All of it lies behind one lock, which is never held while anything of the program's runs.
pub(crate) struct SlotBooks {
    owner: Owner,
    inner: Lock<Inner>,
}

struct Inner {
    grade: Grade,
    books: Option<Books>,
    stand_ins: StandIns,
    shake: Option<Shake>,
    counts: Counts,
}

/// What becomes of a slot whose block is freed. A fault is reported when the pool is whole again.
#[must_use]
pub(crate) enum Freed {
    /// It may be handed out again.
    Slot(usize, Option<Fault>),
    /// It is held back: [`SlotBooks::release`] gives it.
    Held,
    /// No block of this pool's starts there, for certain. Nothing was done.
    Wrong(FreeErrorKind, Fault),
    /// The books know nothing of it: the pool does.
    Unknown,
}

/// A block that is held back no longer.
#[must_use]
pub(crate) struct Released {
    /// The slot to be handed out again, when the block lay in one.
    pub(crate) slot: Option<usize>,
    /// What was done to it meanwhile.
    pub(crate) fault: Option<Fault>,
}

impl SlotBooks {
    /// Bytes of freed blocks that are held back at most.
    pub(crate) const HOLD: usize = 1 << 20;
    /// What [`Shake`] adds before a block at most.
    const PADDING: usize = 64;

    pub(crate) fn new(owner: Owner) -> Self {
        let (books, stand_ins) = (None, StandIns::new());
        let inner = Inner { grade: Grade::Off, books, stand_ins, shake: None, counts: Counts::default() };
        Self { owner, inner: Lock::new(inner) }
    }

    /// What is noted from here on. Below [`Grade::Sites`] blocks in slots leave the books, and what is known of past
    /// ones: what becomes of them will not be heard of. Objects stay in them until they are freed. Who holds slots back asks for them after a switch.
    pub(crate) fn switch(&self, grade: Grade) {
        let mut inner = self.inner.lock();
        inner.grade = grade;
        inner.shake = Shake::for_stream(u64::from(self.owner.node.get()));
        if grade < Grade::Sites {
            inner.forget_slots();
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        let inner = self.inner.lock();
        let books = inner.books.as_ref();
        let held = |ledger: &mut Ledger| {
            (ledger.live_blocks(), ledger.live_bytes(), ledger.held().count(), ledger.held_bytes())
        };
        let (live, live_bytes, held, held_bytes) = books.map(|books| books.with(held)).unwrap_or_default();
        Counts { live, live_bytes, held, held_bytes, ..inner.counts }
    }

    /// Counts the free of a block that the books did not know.
    pub(crate) fn count_free(&self, bytes: usize) {
        let mut inner = self.inner.lock();
        if inner.grade >= Grade::Count {
            inner.counts.freed(bytes);
        }
    }

    /// Enters a block of `layout` in a slot. What the program gets is the slot, or an object in its place when
    /// `stand_in` allows that.
    ///
    /// # Safety
    /// `slot` has room for `layout`, is not empty, and nobody uses it.
    pub(crate) unsafe fn enter(&self, slot: NonNull<u8>, layout: Layout, site: Site, stand_in: bool) -> NonNull<u8> {
        let telling = reporting();
        let site = if telling { site } else { site.with_sampled_stack() };
        let mut inner = self.inner.lock();
        if inner.grade >= Grade::Count {
            inner.counts.allocated(layout.size());
        }
        let (grade, address) = (inner.grade, slot.as_ptr().expose_provenance());
        let noted = grade >= Grade::Sites && !telling && (grade > Grade::Sites || sampled());
        if !noted {
            inner.with(|ledger| ledger.forget(address));
            return slot;
        }
        if grade >= Grade::Guard && stand_in {
            if let Some(object) = inner.stand_in(self.owner, address, layout, site) {
                return object;
            }
        }
        let block = NewBlock {
            address,
            size: layout.size(),
            align: layout.align(),
            tag: None,
            grade: Grade::Sites,
            padding: 0,
            position: 0,
            site,
        };
        inner.insert(self.owner, block);
        if grade >= Grade::Guard {
            // SAFETY: the caller's promise.
            unsafe { fill(slot, layout.size(), Fill::Fresh) };
            tools::undefined(address, layout.size());
        }
        slot
    }

    /// Frees the block at `address`, if the books have it. From [`Grade::Quarantine`] on a block in a slot is held back
    /// when `hold` says so.
    ///
    /// # Safety
    /// If a live block of the pool's starts there, it is the caller's and given up.
    pub(crate) unsafe fn free(&self, address: usize, site: Site, hold: bool) -> Freed {
        let mut inner = self.inner.lock();
        let (grade, owner) = (inner.grade, self.owner);
        let found = inner.with(|ledger| {
            let record = match ledger.at(address) {
                Some((record, _)) if record.is_live() => *record,
                // Of a sample most blocks are not in the books: they are not searched for each.
                known if sampling() => *known?.0,
                _ => *ledger.find(address)?,
            };
            let held = !record.is_live() && ledger.held().any(|held| held.serial == record.serial);
            Some((record, held))
        });
        let Some((record, held)) = found.flatten() else { return Freed::Unknown };
        if !record.is_live() {
            // Of one that is not held the pool knows more: its slot may have been handed out since, unnoted.
            if !held || record.address != address {
                return Freed::Unknown;
            }
            let fault = Verdict::Ended(record).fault(owner, address, site);
            return fault.map_or(Freed::Unknown, |fault| Freed::Wrong(FreeErrorKind::DoubleFree, fault));
        }
        if record.address != address {
            let offset = address - record.address;
            let fault = Verdict::Inside(record, offset).fault(owner, address, site);
            return fault.map_or(Freed::Unknown, |fault| Freed::Wrong(FreeErrorKind::Misaligned { offset }, fault));
        }
        if grade >= Grade::Count {
            inner.counts.freed(record.size);
        }
        if let Some(slot) = inner.stand_ins.remove(address) {
            // SAFETY: live in the books, and given up by the caller.
            let fault = unsafe { inner.end_object(&record, site) };
            return Freed::Slot(slot, fault.map(|found| found.into_overrun(owner, &record, site)));
        }
        let hold = hold && grade.holds() && record.size <= Self::HOLD;
        if grade >= Grade::Guard {
            // SAFETY: the caller gives the block up; `enter` exposed it.
            unsafe { fill(in_slot(address), record.size, Fill::Freed) };
        }
        let after = if hold { After::Hold(record.size) } else { After::Reuse };
        let _ = inner.with(|ledger| ledger.free(address, None, site, after));
        if hold {
            tools::no_access(address, record.size);
            return Freed::Held;
        }
        Freed::Slot(address, None)
    }

    /// The fault of a free that the pool itself refused, with all that the books know of the address, and the reason that
    /// is right then: an object's address is foreign to the pool.
    pub(crate) fn refused(&self, kind: FreeErrorKind, address: usize, site: Site) -> (FreeErrorKind, Fault) {
        let known = self.inner.lock().with(|ledger| ledger.find(address).copied()).flatten();
        let known = known.filter(|record| record.address == address && !record.is_live());
        let told = match (kind, known) {
            (FreeErrorKind::Foreign | FreeErrorKind::DoubleFree, Some(record)) => {
                let fault = Verdict::Ended(record).fault(self.owner, address, site);
                // An object is foreign to the pool in any case; of a slot the pool knows better what to answer.
                let object = record.grade >= Grade::Guard && matches!(record.state, BlockState::Freed { .. });
                let kind = if object { FreeErrorKind::DoubleFree } else { kind };
                return (kind, fault.unwrap_or(Verdict::foreign(self.owner, address, site)));
            }
            (FreeErrorKind::DoubleFree, None) => Fault::new(FaultKind::DoubleFree, self.owner),
            (FreeErrorKind::Misaligned { offset }, _) => {
                Fault::new(FaultKind::WrongSize, self.owner).with_detail(FaultDetail::Inside { offset })
            }
            (FreeErrorKind::WrongSize { given, asked }, _) => {
                Fault::new(FaultKind::WrongSize, self.owner).with_detail(FaultDetail::Sizes { given, asked })
            }
            (FreeErrorKind::Foreign, None) => Fault::new(FaultKind::ForeignFree, self.owner),
        };
        (kind, told.with_address(address).with_second(site))
    }

    /// The block held longest, when more than `limit` bytes are held. To be asked until there is none.
    pub(crate) fn release(&self, limit: usize, site: Site) -> Option<Released> {
        let inner = self.inner.lock();
        let record = inner.with(|ledger| ledger.release(limit)).flatten()?;
        // SAFETY: it was held, and its record has left those.
        Some(unsafe { inner.let_go(self.owner, &record, site) })
    }

    /// Checks every block, and reports each fault; how many. What was broken is mended, so that it is told once.
    ///
    /// # Panics
    /// By the policy, with the first report.
    pub(crate) fn check(&self, site: Site) -> usize {
        let mut heard = Heard::new();
        let inner = self.inner.lock();
        inner.with(|ledger| {
            for record in ledger.live().chain(ledger.held()) {
                // SAFETY: live or held in the books, which are locked.
                let found = unsafe { object::examine(record) };
                heard.add(found.map(|found| found.into_fault(self.owner, record, site)));
            }
        });
        drop(inner);
        heard.report()
    }

    /// The block held at `address` was given back once more, and its first `size` bytes were written by that: they are as
    /// before again.
    pub(crate) fn mend(&self, address: usize, size: usize) {
        self.inner.lock().with(|ledger| {
            if ledger.held().any(|held| held.address == address && held.size >= size) {
                tools::undefined(address, size);
                // SAFETY: held, so the pool's, and the books are locked.
                unsafe { fill(in_slot(address), size, Fill::Freed) };
                tools::no_access(address, size);
            }
        });
    }

    /// The object that stands in for a slot.
    pub(crate) fn object_of(&self, slot: usize) -> Option<NonNull<u8>> {
        let object = self.inner.lock().stand_ins.object_of(slot)?;
        NonNull::new(core::ptr::with_exposed_provenance_mut(object))
    }

    /// The slot that an object stands in for.
    pub(crate) fn slot_of(&self, object: usize) -> Option<usize> {
        self.inner.lock().stand_ins.slot_of(object)
    }

    /// Whether an object stands in for a slot.
    pub(crate) fn has_objects(&self) -> bool {
        !self.inner.lock().stand_ins.is_empty()
    }

    /// Whether a block starts there that the books have as live, or that they hold back: `Some(false)`.
    pub(crate) fn is_live(&self, address: usize) -> Option<bool> {
        let known = self.inner.lock().with(|ledger| {
            let record = *ledger.find(address).filter(|record| record.address == address)?;
            if record.is_live() {
                return Some(true);
            }
            ledger.held().any(|held| held.serial == record.serial).then_some(false)
        });
        known.flatten()
    }

    /// Whether the address lies in an object, or in one that is held back.
    pub(crate) fn owns(&self, address: usize) -> bool {
        let inside = |record: &BlockRecord| record.grade >= Grade::Guard && record.contains(address);
        let found = |ledger: &mut Ledger| ledger.live().chain(ledger.held()).any(inside);
        self.inner.lock().with(found).unwrap_or(false)
    }

    /// How many blocks are held back in slots.
    pub(crate) fn held_slots(&self) -> usize {
        let held = |ledger: &mut Ledger| ledger.held().filter(|record| record.grade < Grade::Guard).count();
        self.inner.lock().with(held).unwrap_or(0)
    }

    /// What the books know of the block that starts at `address`.
    pub(crate) fn known(&self, address: usize) -> Option<BlockRecord> {
        let known = self.inner.lock().with(|ledger| ledger.find(address).copied()).flatten();
        known.filter(|record| record.address == address)
    }

    /// The owner, for faults that the pool finds itself.
    pub(crate) fn owner(&self) -> Owner {
        self.owner
    }

    /// Ends every block: the pool is cleared. What is to be reported when it is whole again.
    ///
    /// # Safety
    /// No block is used any more.
    pub(crate) unsafe fn clear(&self, site: Site) -> Ending {
        let mut heard = Heard::new();
        // SAFETY: the caller's promise.
        unsafe { self.inner.lock().end_all(self.owner, site, &mut heard) };
        Ending { owner: self.owner, heard, leaked: None }
    }

    /// The end of the pool: as [`clear`](Self::clear), and live blocks are leaks. To be asked while the slots are there
    /// still.
    ///
    /// # Safety
    /// No block is used any more.
    pub(crate) unsafe fn end(&self) -> Ending {
        let leaked = self.inner.lock().books.as_ref().map(super::leaks_of);
        // SAFETY: the caller's promise.
        Ending { leaked, ..unsafe { self.clear(Site::UNKNOWN) } }
    }
}

/// What came to light when blocks ended.
#[must_use]
pub(crate) struct Ending {
    owner: Owner,
    heard: Heard,
    leaked: Option<LeakReport>,
}

impl Ending {
    /// Reports it: leaks by the place where they were allocated.
    ///
    /// # Panics
    /// By the policy, with the first report.
    pub(crate) fn report(self) {
        self.heard.report();
        for leak in self.leaked.iter().flat_map(|report| report.iter()) {
            let mut fault = leak.fault();
            (fault.owner.name, fault.owner.node) = (self.owner.name, self.owner.node);
            fault.report();
        }
    }
}

impl Inner {
    fn with<T>(&self, run: impl FnOnce(&mut Ledger) -> T) -> Option<T> {
        self.books.as_ref().map(|books| books.with(run))
    }

    fn insert(&mut self, owner: Owner, block: NewBlock) -> bool {
        if self.books.is_none() {
            self.books = Books::open(owner, true);
        }
        self.with(|ledger| ledger.insert(block)).flatten().is_some()
    }

    fn forget_slots(&mut self) {
        let Some(books) = &self.books else { return };
        books.with(|ledger| {
            let mut slots = Vec::new_in(Metadata);
            slots.extend(ledger.live().filter(|record| record.grade < Grade::Guard).map(|record| record.address));
            slots.into_iter().for_each(|slot: usize| ledger.forget(slot));
            ledger.forget_past();
        });
    }

    /// # Safety
    /// No block is used any more.
    unsafe fn end_all(&mut self, owner: Owner, site: Site, heard: &mut Heard) {
        while let Some(record) = self.with(|ledger| ledger.release(0)).flatten() {
            // SAFETY: it was held, and its record has left those.
            let released = unsafe { self.let_go(owner, &record, site) };
            heard.add(released.fault);
        }
        let Some(books) = self.books.take() else { return };
        books.with(|ledger| {
            for record in ledger.live().filter(|record| self.stand_ins.slot_of(record.address).is_some()) {
                // SAFETY: live in the books until now, and used no more.
                let found = unsafe { object::discard(record) };
                heard.add(found.map(|found| found.into_overrun(owner, record, site)));
            }
            ledger.forget_since(0, site);
        });
        self.books = Some(books);
        self.stand_ins.clear();
    }
}

impl Drop for SlotBooks {
    fn drop(&mut self) {
        // SAFETY: the pool is gone, and its blocks with it. What is found now was to be reported by `end`.
        unsafe { self.inner.lock().end_all(self.owner, Site::UNKNOWN, &mut Heard::new()) };
    }
}

/// A pointer to a block in a slot, which `enter` exposed.
fn in_slot(address: usize) -> NonNull<u8> {
    // SAFETY: the address of a block.
    unsafe { NonNull::new_unchecked(core::ptr::with_exposed_provenance_mut(address)) }
}
