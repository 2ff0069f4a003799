//! Writes to memory of a watched arena that nobody has.

use super::{block::BlockRef, core::Core, refill::in_block};
use crate::debug::{self, BlockRecord, Fault, FaultKind, Grade, Site, tools};
use core::ptr::NonNull;

/// A byte of dead memory that was written.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub(super) address: usize,
    found: u8,
}

impl Written {
    /// # Safety
    /// [`Core::written_before`] or [`Core::written_in`] has found it, and nobody has written it since.
    #[cold]
    pub(super) unsafe fn at(byte: NonNull<u8>) -> Self {
        // SAFETY: the caller's promise: dead memory, which is the arena's.
        Self { address: byte.addr().get(), found: unsafe { byte.read() } }
    }
}

impl Core {
    /// Tells of a byte that was written since its memory died, and takes that memory out of what is dead.
    pub(super) fn check_handed_out(&self, base: NonNull<u8>, size: usize, site: Site) {
        if self.grade() >= Grade::Guard {
            if let Some(written) = self.written_before(base, size) {
                self.tell_written(written, site);
            }
        }
    }

    /// A byte that was written since its memory died; takes that memory out of what is dead.
    #[inline]
    pub(super) fn written_before(&self, base: NonNull<u8>, size: usize) -> Option<NonNull<u8>> {
        let (start, current) = (base.addr().get(), self.current.get());
        let block = if current.holds(start) { current } else { self.own.last().filter(|own| own.holds(start))? };
        let end = start + size;
        let written = Self::written_in(block, start, end);
        block.dead.set((block.dead.get().0.max(end), block.dead.get().1));
        written
    }

    /// Tells of a byte between two addresses of a block that was written since its memory died; whether there is one.
    pub(super) fn check_dead(&self, block: BlockRef, from: usize, to: usize, site: Site) -> bool {
        Self::written_in(block, from, to).inspect(|&written| self.tell_written(written, site)).is_some()
    }

    #[inline]
    fn written_in(block: BlockRef, from: usize, to: usize) -> Option<NonNull<u8>> {
        let dead = block.dead.get();
        let (from, to) = (from.max(dead.0), to.min(dead.1));
        if from >= to {
            return None;
        }
        tools::defined(from, to - from);
        let (start, _) = in_block(block, from, to);
        // SAFETY: every byte of what is dead was filled, and nobody has it.
        let found = unsafe { debug::first_written(start, to - from) };
        tools::no_access(from, to - from);
        // SAFETY: the offset lies below the size.
        found.map(|(offset, _)| unsafe { start.add(offset) })
    }

    #[cold]
    #[inline(never)]
    fn tell_written(&self, byte: NonNull<u8>, site: Site) {
        let record = self.with_ledger(|ledger| ledger.find(byte.addr().get()).copied()).flatten();
        // SAFETY: found just now.
        self.note_written(unsafe { Written::at(byte) }, record, site);
    }

    /// Notes that a byte of dead memory was written, of what was last the block of this record.
    #[cold]
    #[inline(never)]
    pub(super) fn note_written(&self, Written { address, found }: Written, record: Option<BlockRecord>, site: Site) {
        let record = record.filter(|record| !record.is_live());
        let kind = match record.map(|record| record.state) {
            Some(debug::BlockState::Freed { .. }) => FaultKind::WriteAfterFree,
            _ => FaultKind::UseAfterReset,
        };
        let was = if kind == FaultKind::WriteAfterFree { debug::Fill::Freed } else { debug::Fill::Reset };
        let fault = Fault::new(kind, self.owner()).with_address(address).with_first(self.seal.ended.get());
        let fault = match &record {
            Some(record) => {
                let offset = address.wrapping_sub(record.address) as isize;
                fault.with_block(record).with_byte(offset, debug::Difference { offset: 0, was, found })
            }
            None => fault.with_byte(0, debug::Difference { offset: 0, was, found }),
        };
        self.note_fault(fault.with_second(site));
    }
}
