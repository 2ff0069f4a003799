//! What a watched allocator does with a request, by the grade in force.

use super::{
    Watched,
    notes::{Known, Notes},
    refused::Refused,
};
use crate::{
    AllocError, Capabilities, DynAllocator, FreeError, FreeErrorKind, NodeId, ResetError, ResetMode,
    debug::{self, BlockRecord, Fault, FaultKind, Fences, Grade, Guarded, NewBlock, Owner, Site, Verdict, tools},
    layer::relay::{Change, resized, take},
    sync::Ordering,
};
use core::{alloc::Layout, ptr::NonNull};

/// Where these stand among the figures; their bytes stand behind them.
const ALLOCATED: usize = 0;
const FREED: usize = 2;

impl<A: DynAllocator> Watched<A> {
    pub(super) fn owner(&self) -> Owner {
        Owner { name: self.name, tag: self.tag, ..Owner::new("watched", None) }
    }

    /// The grade in force. Tells nothing: it is asked also where a panic would lose a block.
    #[inline]
    pub(super) fn grade(&self) -> Grade {
        let (epoch, seen) = (debug::epoch(), self.seen.load(Ordering::Relaxed));
        if seen & !7 == epoch << 3 { Grade::ALL.get(seen & 7).copied().unwrap_or_default() } else { self.look(epoch) }
    }

    #[cold]
    fn look(&self, epoch: usize) -> Grade {
        let mut notes = self.notes.lock();
        let grade = notes.look(self.tag, &self.name, self.seen.load(Ordering::Relaxed) == 0);
        self.seen.store(epoch << 3 | grade as usize, Ordering::Relaxed);
        grade
    }

    /// Changes the books.
    fn note<T>(&self, change: impl FnOnce(&mut Notes) -> T) -> T {
        let mut notes = self.notes.lock();
        let result = change(&mut notes);
        self.noted.store(notes.any(), Ordering::Relaxed);
        result
    }

    /// Enters a block, or says that it is not in the books.
    fn enter(&self, address: usize, layout: Layout, grade: Grade, site: Site) -> bool {
        let block = NewBlock {
            address,
            size: layout.size(),
            align: layout.align(),
            tag: None,
            grade,
            padding: 0,
            position: 0,
            site,
        };
        self.note(|notes| notes.enter(self.owner(), block))
    }

    /// Enters a block without fences that was handed out. One that cannot be entered is lost to the books.
    fn enter_plain(&self, block: NonNull<[u8]>, layout: Layout, site: Site) {
        if debug::reporting() || !self.enter(block.cast::<u8>().addr().get(), layout, Grade::Sites, site) {
            self.note(Notes::lose);
        }
    }

    fn count(&self, grade: Grade, at: usize, size: usize) {
        if grade >= Grade::Count && size > 0 {
            self.counts[at].fetch_add(1, Ordering::Relaxed);
            self.counts[at + 1].fetch_add(size as u64, Ordering::Relaxed);
        }
    }

    pub(super) fn take_for(&self, site: Site, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        let grade = self.grade();
        let block = self.take_uncounted(grade, site, layout, zeroed)?;
        self.count(grade, ALLOCATED, layout.size());
        Ok(block)
    }

    #[cold]
    fn take_noted(&self, grade: Grade, site: Site, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        let site = if debug::reporting() { site } else { site.with_sampled_stack() };
        if grade >= Grade::Guard && !debug::reporting() {
            let guarded = self.take_guarded(grade, site, layout, zeroed);
            let guarded = guarded
                .or_else(|| self.release(0, site).then(|| self.take_guarded(grade, site, layout, zeroed)).flatten());
            if let Some(block) = guarded {
                return Ok(block);
            }
        }
        let block = take(&self.inner, layout, zeroed)?;
        if grade > Grade::Sites || debug::sampled() {
            self.enter_plain(block, layout, site);
        } else {
            self.note(Notes::lose);
        }
        Ok(block)
    }

    fn take_guarded(&self, grade: Grade, site: Site, layout: Layout, zeroed: bool) -> Option<NonNull<[u8]>> {
        let fences = Fences::around(layout, 0)?;
        let base = take(&self.inner, fences.whole(), false).ok()?.cast::<u8>();
        // SAFETY: a fresh block of that layout.
        let guarded = unsafe { Guarded::begin(base, fences, layout.size(), zeroed) };
        if !self.enter(guarded.block().addr().get(), layout, grade.min(Grade::Quarantine), site) {
            guarded.open();
            // SAFETY: it was taken above, and nobody has it.
            unsafe { self.inner.deallocate(base, fences.whole()) };
            return None;
        }
        Some(NonNull::slice_from_raw_parts(guarded.block(), layout.size()))
    }

    /// Hands back what is held above `limit` bytes, and reports what was written meanwhile; whether there was anything.
    pub(super) fn release(&self, limit: usize, site: Site) -> bool {
        let mut any = false;
        while let Some(record) = self.note(|notes| notes.with(|ledger| ledger.release(limit)).flatten()) {
            any = true;
            if let Some(fault) = self.release_one(&record, site) {
                fault.report();
            }
        }
        any
    }

    fn release_one(&self, record: &BlockRecord, site: Site) -> Option<Fault> {
        let guarded = Guarded::of(record)?;
        // SAFETY: it has just left the held ones, so the whole is this call's alone.
        let written = unsafe { guarded.written() };
        guarded.open();
        // SAFETY: as above; it was taken with this layout. Of a refusal there is nobody left to tell.
        let _ = unsafe { self.inner.try_deallocate(guarded.base(), guarded.whole()) };
        let (offset, difference) = written?;
        let fault = Fault::new(FaultKind::WriteAfterFree, self.owner()).with_block(record).with_second(site);
        Some(fault.with_byte(offset, difference))
    }

    fn overrun(&self, record: &BlockRecord, found: (isize, debug::Difference), site: Site) -> Fault {
        let fault = Fault::new(FaultKind::Overrun, self.owner()).with_block(record).with_second(site);
        fault.with_byte(found.0, found.1)
    }

    /// Reports what is wrong with an address, if something is.
    fn tell(&self, known: &Known, address: usize, site: Site) -> Result<(), FreeError> {
        let (fault, kind) = match known {
            Known::Live(_) | Known::Unknown => return Ok(()),
            Known::Foreign => (Some(Verdict::foreign(self.owner(), address, site)), FreeErrorKind::Foreign),
            Known::Wrong(verdict) => {
                let kind = match verdict {
                    Verdict::WrongSize(record, given) => FreeErrorKind::WrongSize { given: *given, asked: record.size },
                    Verdict::Inside(_, offset) => FreeErrorKind::Misaligned { offset: *offset },
                    _ => FreeErrorKind::DoubleFree,
                };
                (verdict.fault(self.owner(), address, site), kind)
            }
        };
        if let Some(fault) = fault {
            fault.report();
        }
        Err(FreeError::new(kind, address, "watched", NodeId::ANONYMOUS))
    }

    /// What is not in the books is foreign also when the allocator below is sure that it does not have it.
    fn surely(&self, known: Known, grade: Grade, memory: NonNull<u8>) -> Known {
        let sure = || self.inner.capabilities().contains(Capabilities::OWNS) && !self.inner.owns(memory.as_ptr());
        match known {
            Known::Unknown if grade >= Grade::Guard && sure() => Known::Foreign,
            known => known,
        }
    }

    /// Frees a block; the overrun that its fences showed. Lets nothing go of what is held.
    unsafe fn end(
        &self,
        grade: Grade,
        site: Site,
        memory: NonNull<u8>,
        layout: Layout,
    ) -> Result<Option<Fault>, Refused> {
        let address = memory.addr().get();
        let hold = self.held_under(grade);
        let (base, whole, fault) = match self.note(|notes| notes.free(address, layout.size(), site, hold)) {
            Err(known) => {
                self.tell(&self.surely(known, grade, memory), address, site).map_err(Refused::Told)?;
                (memory, layout, None)
            }
            Ok(ended) => {
                let fault = ended.overrun.map(|found| self.overrun(&ended.record, found, site));
                match Guarded::of(&ended.record) {
                    Some(_) if ended.held => return Ok(fault),
                    Some(guarded) => {
                        guarded.open();
                        (guarded.base(), guarded.whole(), fault)
                    }
                    None => (memory, layout, fault),
                }
            }
        };
        // SAFETY: the whole of a block that has left the books, or the caller's promise.
        unsafe { self.inner.try_deallocate(base, whole) }.map_err(Refused::Below)?;
        Ok(fault)
    }

    fn held_under(&self, grade: Grade) -> usize {
        if grade >= Grade::Quarantine { self.hold } else { 0 }
    }

    fn relays(&self, grade: Grade) -> bool {
        grade < Grade::Sites && !self.noted.load(Ordering::Relaxed)
    }

    pub(super) unsafe fn give_for(&self, site: Site, memory: NonNull<u8>, layout: Layout) -> Result<(), Refused> {
        let grade = self.grade();
        if layout.size() == 0 || self.relays(grade) {
            // SAFETY: the caller's promise.
            unsafe { self.inner.try_deallocate(memory, layout) }.map_err(Refused::Below)?;
            self.count(grade, FREED, layout.size());
            return Ok(());
        }
        // SAFETY: the caller's promise.
        let overrun = unsafe { self.end(grade, site, memory, layout)? };
        self.count(grade, FREED, layout.size());
        self.release(self.held_under(grade), site);
        if let Some(fault) = overrun {
            fault.report();
        }
        Ok(())
    }

    pub(super) unsafe fn change_for(
        &self,
        site: Site,
        memory: NonNull<u8>,
        [old, new]: [Layout; 2],
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        let (grade, address) = (self.grade(), memory.addr().get());
        let known = if old.size() == 0 || self.relays(grade) {
            Known::Unknown
        } else {
            let known = self.notes.lock().judge(address, old.size());
            self.surely(known, grade, memory)
        };
        self.tell(&known, address, site).map_err(|_| allocator_api2::alloc::AllocError)?;
        let record = if let Known::Live(record) = known { Some(record) } else { None };
        let guarded = record.as_ref().and_then(Guarded::of);
        let block = if let (None, true) = (guarded, grade < Grade::Guard) {
            // SAFETY: the caller's promise; the block has no fences.
            unsafe { self.change_plain(site, record, memory, [old, new], change)? }
        } else {
            // What is told is told now, when nothing has changed: a panic after the move would leave its owner with a
            // freed block. So what is held may be one block above its limit until the next call.
            self.release(self.held_under(grade), site);
            if let (Some(guarded), Some(record)) = (guarded, record) {
                let locked = self.notes.lock();
                // SAFETY: live in the books, which are locked.
                let broken = unsafe { guarded.broken() };
                drop(locked);
                if let Some(found) = broken {
                    self.overrun(&record, found, site).report();
                }
            }
            let site_of_new = if site == Site::UNKNOWN { record.map_or(site, |old| old.allocated) } else { site };
            let block = self.take_uncounted(grade, site_of_new, new, change.zeroed())?;
            // SAFETY: both have that many bytes, and a new block overlaps no live one.
            unsafe { block.cast::<u8>().copy_from_nonoverlapping(memory, old.size().min(new.size())) };
            // SAFETY: the caller's promise. What was wrong with it was told above.
            let _ = unsafe {
                if old.size() == 0 {
                    self.inner.try_deallocate(memory, old).map_err(Refused::Below).map(|()| None)
                } else {
                    self.end(grade, site, memory, old)
                }
            };
            block
        };
        self.count(grade, FREED, old.size());
        self.count(grade, ALLOCATED, new.size());
        Ok(block)
    }

    fn take_uncounted(
        &self,
        grade: Grade,
        site: Site,
        layout: Layout,
        zeroed: bool,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if grade >= Grade::Sites && layout.size() > 0 {
            return self.take_noted(grade, site, layout, zeroed);
        }
        let block = take(&self.inner, layout, zeroed)?;
        // Switched on meanwhile: others trust the books already.
        if self.grade() >= Grade::Sites && layout.size() > 0 {
            self.enter_plain(block, layout, site);
        }
        Ok(block)
    }

    /// Changes a block without fences where there are to be none. It leaves the books first: the allocator below may hand
    /// its address to another thread before this one hears of it.
    unsafe fn change_plain(
        &self,
        site: Site,
        record: Option<BlockRecord>,
        memory: NonNull<u8>,
        [old, new]: [Layout; 2],
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        if record.is_some() {
            let _ = self.note(|notes| notes.free(memory.addr().get(), old.size(), site, 0));
        }
        // SAFETY: the caller's promise.
        let result = unsafe { change.ask(&self.inner, memory, old, new) };
        let (block, layout) = match result {
            Ok(block) => (block, new),
            Err(_) => (NonNull::slice_from_raw_parts(memory, old.size()), old),
        };
        let site = record.filter(|_| site == Site::UNKNOWN || result.is_err()).map_or(site, |record| record.allocated);
        let noted = record.is_some() || (result.is_ok() && self.grade() >= Grade::Sites);
        if noted && layout.size() > 0 {
            self.enter_plain(block, layout, site);
            if record.is_some_and(|record| record.not_a_leak) {
                self.note(|notes| notes.with(|ledger| ledger.mark_not_a_leak(block.cast::<u8>().addr().get())));
            }
        }
        result
    }

    pub(super) unsafe fn resize_for(&self, site: Site, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        let (grade, address) = (self.grade(), memory.addr().get());
        let known = if old.size() == 0 || self.relays(grade) {
            Known::Unknown
        } else {
            let known = self.notes.lock().judge(address, old.size());
            self.surely(known, grade, memory)
        };
        if self.tell(&known, address, site).is_err() {
            return false;
        }
        if let Known::Live(record) = &known {
            if Guarded::of(record).is_some() {
                return new_size == old.size();
            }
        }
        // SAFETY: the caller's promise; the block has no fences.
        if !unsafe { self.inner.resize(memory, old, new_size) } {
            return false;
        }
        match known {
            Known::Live(_) => _ = self.note(|notes| notes.with(|ledger| ledger.resize(address, new_size))),
            // A block of no bytes is in no books; now it has some.
            _ if old.size() == 0 && grade >= Grade::Sites => {
                let layout = resized(old, new_size);
                self.enter_plain(NonNull::slice_from_raw_parts(memory, new_size), layout, site);
            }
            _ => {}
        }
        self.count(grade, FREED, old.size());
        self.count(grade, ALLOCATED, new_size);
        true
    }

    pub(super) unsafe fn reset_for(&self, site: Site, mode: ResetMode) -> Result<(), ResetError> {
        self.release(0, site);
        self.each_live(Guarded::open_fences);
        // SAFETY: the caller's promise.
        let result = unsafe { self.inner.reset(mode) };
        match result {
            Ok(()) => self.note(|notes| notes.reset(site)),
            Err(_) => self.each_live(Guarded::close_fences),
        }
        result
    }

    /// Shows the live blocks with fences, when a tool wants to know of them.
    pub(super) fn each_live(&self, show: impl Fn(&Guarded)) {
        if tools::active() {
            self.notes.lock().with(|ledger| ledger.live().filter_map(Guarded::of).for_each(|guarded| show(&guarded)));
        }
    }
}
