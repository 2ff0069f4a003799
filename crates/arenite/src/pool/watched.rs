//! Pools of raw blocks that are watched.

use super::{PoolError, holdings::Holdings};
use crate::{
    FreeError, FreeErrorKind,
    debug::{Freed, Grade, Place, Site, SlotBooks, SlotWatch, check_if_due},
};
use core::{alloc::Layout, ptr::NonNull};

/// What reports call these pools.
pub(super) const ALLOCATOR: &str = "a pool";

/// A pool of raw blocks, sealed or not. What is required works on its slots as if nobody watched; what is provided is what
/// its cold paths do.
pub(super) trait WatchedBlocks {
    /// Whether the program may be given objects in the place of slots: the pool promises nothing of where slots lie.
    const STAND_INS: bool;

    fn watch(&self) -> &SlotWatch;
    fn holdings(&self) -> Option<&Holdings>;
    fn seal(&self, sealed: bool);
    fn block(&self) -> Layout;
    /// The most blocks that there will be, as far as is known.
    fn most(&self) -> usize;
    fn take_slot(&self) -> Result<NonNull<u8>, PoolError>;
    /// `false`: no slot that is taken starts there.
    fn give_slot(&self, address: usize) -> bool;
    /// A slot that is taken lies idle: an object stands in for it. Nobody can give it back meanwhile.
    fn set_idle(&self, slot: usize, idle: bool);
    /// Why there is none.
    fn why_not(&self, address: usize) -> FreeErrorKind;

    /// Follows the grade.
    fn look(&self) {
        let watch = self.watch();
        let node = self.holdings().and_then(Holdings::node);
        let Some(sealed) = watch.look(ALLOCATOR, node) else { return };
        self.seal(sealed);
        if let Some(books) = watch.books().filter(|_| watch.grade() < Grade::Guard) {
            self.release(books, 0, Site::UNKNOWN);
        }
    }

    /// A block. After a look.
    fn take_block(&self, place: Place) -> Result<NonNull<u8>, PoolError> {
        let books = self.watch().books().filter(|_| self.watch().grade() > Grade::Off);
        let Some(books) = books else { return self.take_slot() };
        check_if_due(place.site());
        let slot = loop {
            match self.take_slot() {
                Ok(slot) => break slot,
                // Slots that are held back are used before a request is refused.
                Err(_) if !Self::STAND_INS && self.release_one(books, 0, place.site()) => {}
                Err(refused) => return Err(refused),
            }
        };
        // SAFETY: the slot was just taken, and is as large.
        let block = unsafe { books.enter(slot, self.block(), place.site(), Self::STAND_INS) };
        if block != slot {
            self.set_idle(slot.addr().get(), true);
        }
        Ok(block)
    }

    /// Takes a block back that the fast path refused.
    ///
    /// # Safety
    /// If a live block of this pool starts there, the caller owns it and gives it up.
    unsafe fn give_block(&self, address: usize, place: Place) -> Result<(), FreeError> {
        self.look();
        let site = place.site();
        check_if_due(site);
        let Some(books) = self.watch().books() else {
            return if self.give_slot(address) { Ok(()) } else { Err(self.refusal(self.why_not(address), address)) };
        };
        // SAFETY: the caller's promise.
        let (kind, fault) = match unsafe { books.free(address, site, !Self::STAND_INS) } {
            Freed::Slot(slot, fault) => {
                if slot != address {
                    self.set_idle(slot, false);
                }
                self.give_slot(slot);
                if let Some(fault) = fault {
                    fault.report();
                }
                self.trim(books, site);
                return Ok(());
            }
            Freed::Held => {
                self.trim(books, site);
                return Ok(());
            }
            Freed::Unknown if self.give_slot(address) => {
                books.count_free(self.block().size());
                return Ok(());
            }
            Freed::Unknown => books.refused(self.why_not(address), address, site),
            Freed::Wrong(kind, fault) => (kind, fault),
        };
        if self.watch().grade() > Grade::Off {
            fault.report();
        }
        Err(self.refusal(kind, address))
    }

    /// Whether a block that is freed is not the next to be handed out.
    fn holds_back(&self) -> bool {
        let grade = self.watch().grade();
        if Self::STAND_INS { grade >= Grade::Guard } else { grade.holds() }
    }

    /// The refusal of a block that was given another size.
    #[cold]
    fn refuse_size(&self, address: usize, given: usize, place: Place) -> FreeError {
        self.look();
        let kind = FreeErrorKind::WrongSize { given, asked: self.block().size() };
        if let Some(books) = self.watch().books().filter(|_| self.watch().grade() > Grade::Off) {
            let mut fault =
                books.refused(kind, address, place.site()).1.with_request(self.block().size(), self.block().align());
            if let Some(known) = books.known(address) {
                fault = fault.with_block(&known);
            }
            fault.report();
        }
        self.refusal(kind, address)
    }

    fn refusal(&self, kind: FreeErrorKind, address: usize) -> FreeError {
        let node = self.holdings().map_or(crate::NodeId::ANONYMOUS, Holdings::node_id);
        FreeError::new(kind, address, ALLOCATOR, node).with_block_size(self.block().size())
    }

    /// Lets go of what is held beyond the limit: 1 MiB, and half of the slots.
    fn trim(&self, books: &SlotBooks, site: Site) {
        let half = self.most() / 2;
        let limit = if Self::STAND_INS { usize::MAX } else { half.saturating_mul(self.block().size()) };
        self.release(books, limit.min(SlotBooks::HOLD), site);
    }

    fn release(&self, books: &SlotBooks, limit: usize, site: Site) {
        while self.release_one(books, limit, site) {}
    }

    /// Lets go of the block held longest, when more than `limit` bytes are held.
    fn release_one(&self, books: &SlotBooks, limit: usize, site: Site) -> bool {
        let Some(released) = books.release(limit, site) else { return false };
        if let Some(slot) = released.slot {
            self.give_slot(slot);
        }
        if let Some(fault) = released.fault {
            fault.report();
        }
        true
    }

    /// Whether a slot that is taken is held back: the program has given it up.
    fn is_held(&self, address: usize) -> bool {
        self.watch().books().is_some_and(|books| books.is_live(address) == Some(false))
    }
}
