//! Objects that stand in for slots, and what is found at blocks.

use super::{Inner, Released, SlotBooks, in_slot};
use crate::debug::{
    After, BlockRecord, Difference, Fault, FaultKind, Fences, Fill, Grade, Guarded, Metadata, NewBlock, Owner, Shake,
    Site, fill, first_difference, tools,
};
use allocator_api2::alloc::Allocator;
use core::{alloc::Layout, ptr::NonNull};

/// A byte that is not what it was filled with, so many bytes from the start of a block.
pub(super) struct Found(isize, Difference);

impl Found {
    pub(super) fn as_overrun(self, owner: Owner, record: &BlockRecord, site: Site) -> Fault {
        Fault::new(FaultKind::Overrun, owner).with_block(record).with_byte(self.0, self.1).with_second(site)
    }

    pub(super) fn into_fault(self, owner: Owner, record: &BlockRecord, site: Site) -> Fault {
        let mut fault = self.as_overrun(owner, record, site);
        if !record.is_live() {
            fault.kind = FaultKind::WriteAfterFree;
        }
        fault
    }
}

impl Inner {
    /// An object in the place of the slot at `slot`, entered in the books. `None`: there is no memory for it.
    pub(super) fn stand_in(&mut self, owner: Owner, slot: usize, layout: Layout, site: Site) -> Option<NonNull<u8>> {
        let align = layout.align().max(8);
        let padding = self.shake.as_mut().map_or(0, |shake: &mut Shake| shake.padding(SlotBooks::PADDING, align));
        let fences = Fences::around(layout, padding)?;
        let grade = self.grade.min(Grade::Quarantine);
        let base = Metadata.allocate(fences.whole()).ok()?.cast::<u8>();
        // SAFETY: fresh, and as large as the whole.
        let guarded = unsafe { Guarded::begin(base, fences, layout.size(), false) };
        let object = guarded.block();
        let address = object.as_ptr().expose_provenance();
        let (size, align, padding) = (layout.size(), layout.align(), padding as u32);
        let block = NewBlock { address, size, align, tag: None, grade, padding, position: 0, site };
        if self.stand_ins.insert(address, slot) {
            if self.insert(owner, block) {
                return Some(object);
            }
            self.stand_ins.remove(address);
        }
        give(&guarded);
        None
    }

    /// Ends a live object: fills it, and holds it back or gives it back.
    ///
    /// # Safety
    /// It is live in the books and the program has given it up.
    pub(super) unsafe fn end_object(&mut self, record: &BlockRecord, site: Site) -> Option<Found> {
        let guarded = Guarded::of(record)?;
        let whole = guarded.whole().size();
        // Also under `guard`: a write after free does no harm in a slot, and is not to do any in the C heap.
        let held = whole <= SlotBooks::HOLD;
        // Under the books' lock: who walks them from elsewhere sees the object whole and live, or ended.
        let broken = self.with(|ledger| {
            // SAFETY: live in the books.
            let broken = unsafe { guarded.broken() };
            // SAFETY: the program has given it up.
            unsafe { guarded.end(held) };
            let _ = ledger.free(record.address, None, site, if held { After::Hold(whole) } else { After::Reuse });
            broken
        });
        if !held {
            give(&guarded);
        }
        broken.flatten().map(|(offset, difference)| Found(offset, difference))
    }

    /// Checks a live object and gives it back; its record stays.
    ///
    /// # Safety
    /// As [`end_object`](Self::end_object), and nobody comes back to the record as one of a live block.
    pub(super) unsafe fn discard(&self, record: &BlockRecord) -> Option<Found> {
        let guarded = Guarded::of(record)?;
        // SAFETY: live in the books.
        let broken = unsafe { guarded.broken() };
        give(&guarded);
        broken.map(|(offset, difference)| Found(offset, difference))
    }

    /// Checks a block that is held no longer, and gives it back when it is an object.
    ///
    /// # Safety
    /// Its record has just left those that are held.
    pub(super) unsafe fn let_go(&self, owner: Owner, record: &BlockRecord, site: Site) -> Released {
        // SAFETY: the caller's promise.
        let found = unsafe { self.examine(record) };
        let fault = found.map(|found| found.into_fault(owner, record, site));
        let slot = match Guarded::of(record) {
            Some(guarded) => {
                give(&guarded);
                None
            }
            None => {
                tools::undefined(record.address, record.size);
                Some(record.address)
            }
        };
        Released { slot, fault }
    }

    /// What is wrong with a block; it is mended afterwards.
    ///
    /// # Safety
    /// It is live or held in the books, which are locked, or its record has just left them.
    pub(super) unsafe fn examine(&self, record: &BlockRecord) -> Option<Found> {
        let found = match Guarded::of(record) {
            // SAFETY: the caller's promise.
            Some(guarded) => unsafe { if record.is_live() { guarded.broken() } else { guarded.written() } },
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
}

/// Gives an object back to the C heap.
fn give(guarded: &Guarded) {
    guarded.open();
    // SAFETY: taken with this layout, and used no more.
    unsafe { Metadata.deallocate(guarded.base(), guarded.whole()) };
}
