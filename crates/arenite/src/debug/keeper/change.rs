//! A block that changes its size.

use super::{
    ALLOCATED, BlockRecord, Cover, FREED, Grade, Keeper, Known, Layout, NonNull, Raw, Refused, Site, free::surely,
};
use crate::{
    AllocError, FreeError,
    debug::{self, After},
};

/// Why a block was not changed.
pub(crate) enum Unchanged<E> {
    /// It is none that can be; the fault was told.
    Wrong(FreeError),
    /// There is no memory.
    Refused(E),
}

impl Keeper {
    /// A block of `new`, zeroed beyond the contents when that is asked for, with the contents of `memory`, which was taken
    /// with `old` if that is known. `change` asks the allocator below for it: where there are no fences and are to be none.
    ///
    /// # Safety
    /// If the program has a live block there, it is the caller's, and not used any more when this succeeds.
    pub(crate) unsafe fn change<R: Raw, E: From<AllocError>>(
        &self,
        raw: &R,
        site: Site,
        memory: NonNull<u8>,
        (old, new): (Option<Layout>, Layout),
        zeroed: bool,
        change: impl FnOnce() -> Result<NonNull<[u8]>, E>,
    ) -> Result<NonNull<[u8]>, Unchanged<E>> {
        let grade = self.grade(raw);
        debug::check_if_due(site);
        let record = self.known(raw, grade, site, memory, old).map_err(Unchanged::Wrong)?;
        let cover = record.as_ref().and_then(Cover::of);
        let old_size = match (&cover, record) {
            (Some(_), Some(record)) => record.size,
            _ => raw.size(memory, old),
        };
        let block = if cover.is_none() && grade < Grade::Guard {
            self.change_plain(raw, site, record, memory, new, change).map_err(Unchanged::Refused)?
        } else {
            // What is told is told now, when nothing has changed: a panic after the move would leave its owner with a
            // freed block. So what is held may be one block above its limit until the next call.
            self.release(raw, self.held_under(grade), site);
            if let (Some(cover), Some(record)) = (cover, record) {
                // SAFETY: live in the books, which are locked.
                let broken = self.notes.lock().with(|_| unsafe { cover.broken() }).flatten();
                if let Some(found) = broken {
                    self.overrun(raw, &record, found, site).report();
                }
            }
            let site_of_new = if site == Site::UNKNOWN { record.map_or(site, |old| old.allocated) } else { site };
            let block = self.take_uncounted(raw, grade, site_of_new, new, zeroed);
            let block = block.map_err(|refused| Unchanged::Refused(refused.into()))?;
            // SAFETY: both have that many bytes, and a new block overlaps no live one.
            unsafe { block.cast::<u8>().copy_from_nonoverlapping(memory, old_size.min(new.size())) };
            self.carry_mark(record, block);
            // SAFETY: the caller's promise. What was wrong with it was told above.
            let _ = unsafe {
                if old.is_some_and(|old| old.size() == 0) {
                    raw.give(memory, old).map_err(Refused::Below).map(|()| (None, 0))
                } else {
                    self.end_block(raw, grade, site, memory, old)
                }
            };
            block
        };
        self.count(grade, FREED, record.map_or(old_size, |record| record.size));
        self.count(grade, ALLOCATED, new.size());
        Ok(block)
    }

    /// The live block of the books that starts there, if it is in them. A fault is told.
    fn known<R: Raw>(
        &self,
        raw: &R,
        grade: Grade,
        site: Site,
        memory: NonNull<u8>,
        layout: Option<Layout>,
    ) -> Result<Option<BlockRecord>, FreeError> {
        if layout.is_some_and(|layout| layout.size() == 0) || self.relays(grade) {
            return Ok(None);
        }
        let (address, size) = (memory.addr().get(), layout.map(|layout| layout.size()));
        let known = self.notes.lock().judge(address, size, || surely(raw, grade, memory));
        self.tell(raw, &known, address, site)?;
        Ok(if let Known::Live(record) = known { Some(record) } else { None })
    }

    /// Who was not to be told as a leak is not after it has moved.
    fn carry_mark(&self, record: Option<BlockRecord>, to: NonNull<[u8]>) {
        if record.is_some_and(|record| record.not_a_leak) {
            self.change_notes(|notes| notes.with(|ledger| ledger.mark_not_a_leak(to.cast::<u8>().addr().get())));
        }
    }

    /// Changes a block without fences where there are to be none. It leaves the books first: the allocator below may hand
    /// its address to another thread before this one hears of it.
    fn change_plain<R: Raw, E>(
        &self,
        raw: &R,
        site: Site,
        record: Option<BlockRecord>,
        memory: NonNull<u8>,
        new: Layout,
        change: impl FnOnce() -> Result<NonNull<[u8]>, E>,
    ) -> Result<NonNull<[u8]>, E> {
        if record.is_some() {
            let address = memory.addr().get();
            self.change_notes(|notes| notes.with(|ledger| _ = ledger.free(address, None, site, After::Reuse)));
        }
        let result = change();
        let site = record.filter(|_| site == Site::UNKNOWN || result.is_err()).map_or(site, |record| record.allocated);
        let entered = match (&result, record) {
            (Ok(block), _) => Some((block.cast(), new)),
            (Err(_), Some(record)) => Layout::from_size_align(record.size, record.align).ok().map(|old| (memory, old)),
            (Err(_), None) => None,
        };
        let noted = record.is_some() || self.grade(raw) >= Grade::Sites;
        if let Some((block, layout)) = entered.filter(|(_, layout)| noted && layout.size() > 0) {
            self.enter_plain(raw, block, layout, site);
            self.carry_mark(record, NonNull::slice_from_raw_parts(block, layout.size()));
        }
        result
    }

    /// Changes the size of a block where it stands, if that is possible.
    ///
    /// # Safety
    /// If the program has a live block there, it is the caller's.
    pub(crate) unsafe fn resize<R: Raw>(
        &self,
        raw: &R,
        site: Site,
        memory: NonNull<u8>,
        old: Option<Layout>,
        new_size: usize,
        resize: impl FnOnce() -> bool,
    ) -> bool {
        let grade = self.grade(raw);
        debug::check_if_due(site);
        let Ok(record) = self.known(raw, grade, site, memory, old) else { return false };
        if let Some(record) = record.filter(|record| Cover::of(record).is_some()) {
            return new_size == record.size;
        }
        let old_size = record.map_or_else(|| raw.size(memory, old), |record| record.size);
        if !resize() {
            return false;
        }
        if record.is_some() {
            self.change_notes(|notes| notes.with(|ledger| ledger.resize(memory.addr().get(), new_size)));
        } else if let Some(old) = old.filter(|old| old.size() == 0 && grade >= Grade::Sites) {
            // A block of no bytes is in no books; now it has some.
            if let Ok(layout) = Layout::from_size_align(new_size, old.align()) {
                self.enter_plain(raw, memory, layout, site);
            }
        }
        self.count(grade, FREED, old_size);
        self.count(grade, ALLOCATED, new_size);
        true
    }
}
