//! Objects that stand in for slots, and what is found at blocks.

use super::{Inner, Released, SlotBooks, in_slot};
use crate::debug::{
    After, BlockRecord, Difference, Fault, FaultKind, Fences, Fill, Grade, Guarded, Metadata, NewBlock, Owner, Shake,
    Site, fill, first_difference, pages, tools,
};
use allocator_api2::alloc::Allocator;
use core::{alloc::Layout, ptr::NonNull};

/// A byte that is not what it was filled with, so many bytes from the start of a block.
pub(super) struct Found(isize, Difference);

impl Found {
    pub(super) fn into_overrun(self, owner: Owner, record: &BlockRecord, site: Site) -> Fault {
        Fault::new(FaultKind::Overrun, owner).with_block(record).with_byte(self.0, self.1).with_second(site)
    }

    pub(super) fn into_fault(self, owner: Owner, record: &BlockRecord, site: Site) -> Fault {
        let mut fault = self.into_overrun(owner, record, site);
        if !record.is_live() {
            fault.kind = FaultKind::WriteAfterFree;
        }
        fault
    }
}

impl Inner {
    /// An object in the place of the slot at `slot`, entered in the books. `None`: there is no memory for it.
    pub(super) fn stand_in(&mut self, owner: Owner, slot: usize, layout: Layout, site: Site) -> Option<NonNull<u8>> {
        let on_pages = if self.grade == Grade::Page { pages().take(layout, false) } else { None };
        let (object, grade, padding) = match on_pages {
            Some(object) => (object, Grade::Page, 0),
            None => {
                let align = layout.align().max(8);
                let padding =
                    self.shake.as_mut().map_or(0, |shake: &mut Shake| shake.padding(SlotBooks::PADDING, align));
                let fences = Fences::around(layout, padding)?;
                let base = Metadata.allocate(fences.whole()).ok()?.cast::<u8>();
                // SAFETY: fresh, and as large as the whole.
                let guarded = unsafe { Guarded::begin(base, fences, layout.size(), false) };
                (guarded.block(), self.grade.min(Grade::Quarantine), padding as u32)
            }
        };
        let address = object.as_ptr().expose_provenance();
        let (size, align) = (layout.size(), layout.align());
        let block = NewBlock { address, size, align, tag: None, grade, padding, position: 0, site };
        if self.stand_ins.insert(address, slot) {
            if self.insert(owner, block) {
                return Some(object);
            }
            self.stand_ins.remove(address);
        }
        match Fences::around(layout, padding as usize).filter(|_| grade < Grade::Page) {
            // SAFETY: the object lies behind the front fence of what was taken.
            Some(fences) => give(unsafe { object.sub(fences.front()) }, fences.whole()),
            None => pages().discard(address),
        }
        None
    }

    /// Ends a live object: fills it and holds it back, or closes its pages.
    ///
    /// # Safety
    /// It is live in the books and the program has given it up.
    pub(super) unsafe fn end_object(&mut self, record: &BlockRecord, site: Site) -> Option<Found> {
        let guarded = Guarded::of(record);
        let whole = guarded.map_or(0, |guarded| guarded.whole().size());
        // Also under `guard`: a write after free does no harm in a slot, and is not to do any in the C heap. Closed pages
        // find more than being held back would.
        let held = guarded.is_some() && whole <= SlotBooks::HOLD;
        // Under the books' lock: who walks them from elsewhere sees the object whole and live, or ended.
        let found = self.with(|ledger| {
            // SAFETY: live in the books.
            let found = unsafe { examine(record) };
            match &guarded {
                // SAFETY: the program has given it up.
                Some(guarded) => unsafe { guarded.end(held) },
                None => pages().retire(record.address),
            }
            let _ = ledger.free(record.address, None, site, if held { After::Hold(whole) } else { After::Reuse });
            found
        });
        if let Some(guarded) = guarded.filter(|_| !held) {
            give_guarded(&guarded);
        }
        found.flatten()
    }

    /// Checks a block that is held no longer, and gives it back when it is an object.
    ///
    /// # Safety
    /// Its record has just left those that are held.
    pub(super) unsafe fn let_go(&self, owner: Owner, record: &BlockRecord, site: Site) -> Released {
        // SAFETY: the caller's promise.
        let found = unsafe { examine(record) };
        let fault = found.map(|found| found.into_fault(owner, record, site));
        let slot = match Guarded::of(record) {
            Some(guarded) => {
                give_guarded(&guarded);
                None
            }
            None => {
                tools::undefined(record.address, record.size);
                Some(record.address)
            }
        };
        Released { slot, fault }
    }
}

/// Checks a live object and gives it back; its record stays.
///
/// # Safety
/// It is live in books that are locked, and nobody comes back to the record as one of a live block.
pub(super) unsafe fn discard(record: &BlockRecord) -> Option<Found> {
    // SAFETY: the caller's promise.
    let found = unsafe { examine(record) };
    match Guarded::of(record) {
        Some(guarded) => give_guarded(&guarded),
        None => pages().retire(record.address),
    }
    found
}

/// What is wrong with a block; it is mended afterwards.
///
/// # Safety
/// It is live or held in books that are locked, or its record has just left them.
pub(super) unsafe fn examine(record: &BlockRecord) -> Option<Found> {
    let found = match Guarded::of(record) {
        // SAFETY: the caller's promise.
        Some(guarded) => unsafe { if record.is_live() { guarded.broken() } else { guarded.written() } },
        None if record.is_live() && record.grade == Grade::Page => pages().broken(record.address),
        None if record.is_live() => None,
        None => {
            let slot = in_slot(record.address);
            tools::defined(record.address, record.size);
            // SAFETY: `free` filled the slot, which is nobody's while it is held.
            let difference = unsafe { first_difference(slot, record.size, Fill::Freed) };
            if difference.is_some() {
                // SAFETY: as above.
                unsafe { fill(slot, record.size, Fill::Freed) };
            }
            tools::no_access(record.address, record.size);
            difference.map(|difference| (difference.offset as isize, difference))
        }
    };
    found.map(|(offset, difference)| Found(offset, difference))
}

fn give_guarded(guarded: &Guarded) {
    guarded.open();
    give(guarded.base(), guarded.whole());
}

/// Gives the memory of an object back to the C heap.
fn give(base: NonNull<u8>, whole: Layout) {
    // SAFETY: taken with this layout, and used no more.
    unsafe { Metadata.deallocate(base, whole) };
}
