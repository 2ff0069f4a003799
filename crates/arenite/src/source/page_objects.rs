//! Blocks on pages of their own, whose addresses do not come again.

use super::{Reservation, ReservationOptions, VmError, page_size};
use crate::{
    bump::{MAX_ALIGN, round_down},
    error::ErrorKind,
    table::Table,
};
use allocator_api2::alloc::Allocator;
use core::{alloc::Layout, ptr::NonNull};

/// Gives each block pages of its own between guards, its end against the upper one (to within its alignment), and closes
/// them when it is retired. The address is kept back, so that no later block is mistaken for it, until the owner
/// [trims](Self::trim). It knows every block that is live or kept; these books lie in `M`.
///
/// Two system calls for a block and two for its end; 4 KiB of memory and 256 KiB of address space for the smallest one.
pub(crate) struct PageObjects<M: Allocator> {
    /// Live blocks, and retired ones whose addresses are kept back.
    objects: Table<PageObject, M>,
    /// Retired blocks in the order of their end, linked by address; 0 is none.
    oldest: usize,
    newest: usize,
    kept: usize,
    live: usize,
    committed: usize,
}

/// A block on pages of its own.
pub(crate) struct PageObject {
    reservation: Reservation,
    layout: Layout,
    /// Where its pages begin, in the reservation.
    pages: usize,
    live: bool,
    next_retired: usize,
    note: usize,
}

impl PageObject {
    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    /// Whether it was not retired yet.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// A word of its owner's; 0 unless set.
    pub(crate) fn note(&self) -> usize {
        self.note
    }

    pub(crate) fn set_note(&mut self, note: usize) {
        self.note = note;
    }

    /// The start of its pages, and their size.
    pub(crate) fn pages(&self) -> (NonNull<u8>, usize) {
        // SAFETY: the pages lie in the reservation.
        (unsafe { self.reservation.base().add(self.pages) }, self.reservation.size() - self.pages)
    }
}

impl<M: Allocator> PageObjects<M> {
    /// Address space that retired blocks are commonly let keep: 2 GiB, of 32-bit systems 128 MiB.
    pub(crate) const KEEP: usize = if usize::BITS == 64 { 2 << 30 } else { 128 << 20 };

    pub(crate) const fn new(metadata: M) -> Self {
        Self { objects: Table::new(metadata), oldest: 0, newest: 0, kept: 0, live: 0, committed: 0 }
    }

    /// Address space that retired blocks keep, guards not counted.
    pub(crate) fn kept(&self) -> usize {
        self.kept
    }

    /// Live blocks.
    pub(crate) fn live(&self) -> usize {
        self.live
    }

    /// Bytes of the live blocks' pages.
    pub(crate) fn committed(&self) -> usize {
        self.committed
    }

    /// The block that starts at `address`, live or kept.
    pub(crate) fn get(&self, address: usize) -> Option<&PageObject> {
        self.objects.get(address)
    }

    pub(crate) fn get_mut(&mut self, address: usize) -> Option<&mut PageObject> {
        self.objects.get_mut(address)
    }

    /// The block, live or kept, that holds `address`, and where it starts. O(blocks).
    pub(crate) fn around(&self, address: usize) -> Option<(usize, &PageObject)> {
        self.objects.iter().find(|(start, object)| address.wrapping_sub(*start) < object.layout.size())
    }

    /// Closes a live block and lets it wait. Nothing, when none starts there.
    pub(crate) fn retire(&mut self, address: usize) {
        let Some(object) = self.objects.get_mut(address).filter(|object| object.live) else { return };
        let range = object.pages..object.reservation.size();
        let (committed, size) = (range.len(), object.reservation.size());
        // SAFETY: the pages of this block alone, which is given up. A system that cannot close them leaves them open, and
        // their addresses kept: then a use after free goes unnoticed, and hits nobody else.
        let _ = unsafe { object.reservation.decommit(range) };
        object.live = false;
        self.committed -= committed;
        self.live -= 1;
        self.kept += size;
        match self.newest {
            0 => self.oldest = address,
            newest => {
                if let Some(before) = self.objects.get_mut(newest) {
                    before.next_retired = address;
                }
            }
        }
        self.newest = address;
    }

    /// Retires every live block. O(blocks).
    pub(crate) fn retire_all(&mut self) {
        let mut from = 0;
        while let Some((slot, address)) = self.objects.next(from, |object| object.live) {
            self.retire(address);
            from = slot + 1;
        }
    }

    /// Gives a live block back whose address nobody ever had: it may come again at once.
    pub(crate) fn discard(&mut self, address: usize) {
        if self.get(address).is_some_and(PageObject::is_live) {
            if let Some(object) = self.objects.remove(address) {
                self.committed -= object.pages().1;
                self.live -= 1;
            }
        }
    }

    /// Releases the blocks retired first until no more than `keep` bytes of address space are kept back.
    pub(crate) fn trim(&mut self, keep: usize) {
        while self.kept > keep {
            let Some(object) = self.objects.remove(self.oldest) else { return };
            self.kept -= object.reservation.size();
            self.oldest = object.next_retired;
            if self.oldest == 0 {
                self.newest = 0;
            }
        }
    }
}

impl<M: Allocator + Clone> PageObjects<M> {
    /// A zeroed block at the end of a fresh reservation.
    pub(crate) fn take(&mut self, layout: Layout) -> Result<NonNull<u8>, ErrorKind> {
        if layout.align() > MAX_ALIGN {
            return Err(ErrorKind::BadAlignment);
        }
        let spare = if layout.align() > page_size() { layout.align() } else { 0 };
        let size = layout.size().checked_add(spare).ok_or(ErrorKind::CapacityOverflow)?;
        if !self.objects.reserve() {
            return Err(ErrorKind::OutOfMemory);
        }
        let refused = |error: VmError| ErrorKind::ReserveRefused { code: error.code };
        let reservation = Reservation::new(ReservationOptions::new(size)).map_err(refused)?;
        let base = reservation.base();
        let start = round_down(base.addr().get() + reservation.size() - layout.size(), layout.align());
        let offset = start - base.addr().get();
        let pages = round_down(offset, page_size());
        reservation.commit(pages..reservation.size()).map_err(|_| ErrorKind::OutOfMemory)?;
        // SAFETY: the reservation holds `size` bytes, alignment included, so the start lies in it.
        let memory = unsafe { base.add(offset) };
        let object = PageObject { reservation, layout, pages, live: true, next_retired: 0, note: 0 };
        self.committed += object.pages().1;
        self.live += 1;
        self.objects.insert(start, object);
        Ok(memory)
    }
}
