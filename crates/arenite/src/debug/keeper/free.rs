//! A block that comes back.

use super::{
    BlockRecord, Cover, FREED, Fault, FaultKind, FreeError, FreeErrorKind, Grade, Keeper, Known, Layout, NonNull, Raw,
    Refused, Site, Verdict,
};
use crate::debug::{self, Difference};

impl Keeper {
    /// Takes a block back. The layout is that of the request, `None` when the program's free has none.
    ///
    /// # Safety
    /// If the program has a live block there, nobody uses it any more; without books the layout is the right one.
    pub(crate) unsafe fn give<R: Raw>(
        &self,
        raw: &R,
        site: Site,
        memory: NonNull<u8>,
        layout: Option<Layout>,
    ) -> Result<(), Refused> {
        let grade = self.grade(raw);
        debug::check_if_due(site);
        let nothing = layout.is_some_and(|layout| layout.size() == 0);
        if nothing || self.relays(grade) {
            let size = if grade >= Grade::Count && !nothing { raw.size(memory, layout) } else { 0 };
            // SAFETY: the caller's promise.
            unsafe { raw.give(memory, layout) }.map_err(Refused::Below)?;
            self.count(grade, FREED, size);
            return Ok(());
        }
        // SAFETY: the caller's promise.
        let (broken, size) = unsafe { self.end_block(raw, grade, site, memory, layout)? };
        self.count(grade, FREED, size);
        self.release(raw, self.held_under(grade), site);
        if let Some(fault) = broken {
            fault.report();
        }
        Ok(())
    }

    /// Frees a block; what was found broken around it, and its size. Lets nothing go of what is held.
    ///
    /// # Safety
    /// As [`give`](Self::give).
    pub(super) unsafe fn end_block<R: Raw>(
        &self,
        raw: &R,
        grade: Grade,
        site: Site,
        memory: NonNull<u8>,
        layout: Option<Layout>,
    ) -> Result<(Option<Fault>, usize), Refused> {
        let (address, hold) = (memory.addr().get(), self.held_under(grade));
        let ended = self.change_notes(|notes| {
            match notes.judge(address, layout.map(|layout| layout.size()), || surely(raw, grade, memory)) {
                Known::Live(record) => Ok(notes.end(record, site, hold)),
                other => Err(other),
            }
        });
        let (below, layout, broken, size) = match ended {
            Err(known) => {
                self.tell(raw, &known, address, site).map_err(Refused::Told)?;
                (memory, layout, None, raw.size(memory, layout))
            }
            Ok(ended) => {
                let broken = ended.broken.map(|found| self.overrun(raw, &ended.record, found, site));
                let size = ended.record.size;
                match ended.below {
                    _ if ended.held => return Ok((broken, size)),
                    Some((below, whole)) => (below, Some(whole), broken, size),
                    None => {
                        let of_record = Layout::from_size_align(size, ended.record.align).ok();
                        (memory, layout.or(of_record), broken, size)
                    }
                }
            }
        };
        // SAFETY: what stood for a block that has left the books, or the caller's promise.
        unsafe { raw.give(below, layout) }.map_err(Refused::Below)?;
        Ok((broken, size))
    }

    /// Hands back what is held above `limit` bytes, and reports what was written meanwhile; whether there was anything.
    pub(super) fn release<R: Raw>(&self, raw: &R, limit: usize, site: Site) -> bool {
        let mut any = false;
        while let Some(record) = self.change_notes(|notes| notes.with(|ledger| ledger.release(limit)).flatten()) {
            any = true;
            if let Some(fault) = self.release_one(raw, &record, site) {
                fault.report();
            }
        }
        any
    }

    fn release_one<R: Raw>(&self, raw: &R, record: &BlockRecord, site: Site) -> Option<Fault> {
        let Some(Cover::Fences(guarded)) = Cover::of(record) else { return None };
        // SAFETY: it has just left the held ones, so the whole is this call's alone.
        let written = unsafe { guarded.written() };
        guarded.open();
        self.change_notes(|notes| notes.uncover(guarded.base().addr().get()));
        // SAFETY: as above; it was taken with this layout. Of a refusal there is nobody left to tell.
        let _ = unsafe { raw.give(guarded.base(), Some(guarded.whole())) };
        let (offset, difference) = written?;
        let fault = Fault::new(FaultKind::WriteAfterFree, raw.owner()).with_block(record).with_second(site);
        Some(fault.with_byte(offset, difference))
    }

    pub(super) fn overrun<R: Raw>(
        &self,
        raw: &R,
        record: &BlockRecord,
        found: (isize, Difference),
        site: Site,
    ) -> Fault {
        let fault = Fault::new(FaultKind::Overrun, raw.owner()).with_block(record).with_second(site);
        fault.with_byte(found.0, found.1)
    }

    /// Reports what is wrong with an address, if something is.
    pub(super) fn tell<R: Raw>(&self, raw: &R, known: &Known, address: usize, site: Site) -> Result<(), FreeError> {
        let owner = raw.owner();
        let (fault, kind) = match known {
            Known::Live(_) | Known::Unknown => return Ok(()),
            Known::Foreign => (Some(Verdict::foreign(owner, address, site)), FreeErrorKind::Foreign),
            Known::Wrong(verdict) => {
                let kind = match verdict {
                    Verdict::WrongSize(record, given) => FreeErrorKind::WrongSize { given: *given, asked: record.size },
                    Verdict::Inside(_, offset) => FreeErrorKind::Misaligned { offset: *offset },
                    _ => FreeErrorKind::DoubleFree,
                };
                (verdict.fault(owner, address, site), kind)
            }
        };
        if let Some(fault) = fault {
            fault.report();
        }
        Err(FreeError::new(kind, address, owner.allocator, owner.node))
    }
}

/// What the allocator below knows of an address, where somebody wants to hear of it.
pub(super) fn surely<R: Raw>(raw: &R, grade: Grade, memory: NonNull<u8>) -> Option<bool> {
    if grade >= Grade::Sites { raw.holds(memory) } else { None }
}
