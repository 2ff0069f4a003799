//! The slots of all chunks, sealed or not.

use super::ChunkedBlockPool;
use crate::{
    FreeErrorKind,
    debug::SlotWatch,
    pool::{PoolError, holdings::Holdings, watched::WatchedBlocks},
};
use core::{alloc::Layout, ptr::NonNull};

impl WatchedBlocks for ChunkedBlockPool {
    const STAND_INS: bool = true;

    fn watch(&self) -> &SlotWatch {
        &self.watch
    }

    fn holdings(&self) -> Option<&Holdings> {
        Some(&self.holdings)
    }

    fn seal(&self, sealed: bool) {
        self.regions().for_each(|region| region.seal(sealed));
    }

    fn block(&self) -> Layout {
        // SAFETY: a shape that was good when the pool was made: a power of two, and a multiple of it that memory holds.
        unsafe { Layout::from_size_align_unchecked(self.block_size(), self.block_align()) }
    }

    fn most(&self) -> usize {
        self.options.capacity_limit()
    }

    /// A block of another chunk, or one that was never handed out. Free blocks come first, so that a block is handed out
    /// for the first time only when all others are live: that makes the high-water mark exact.
    fn take_slot(&self) -> Result<NonNull<u8>, PoolError> {
        loop {
            // A callback of the last round may have freed a block.
            if let Some(block) = self.current.get().take() {
                return Ok(block);
            }
            if self.listed_elsewhere.get() {
                match self.regions().find(|region| region.has_listed()) {
                    Some(region) => self.current.set(region),
                    None => self.listed_elsewhere.set(false),
                }
                continue;
            }
            if let Some(block) = self.carve() {
                return Ok(block);
            }
            self.grow().map_err(|kind| self.refuse(kind))?;
            self.holdings.report();
        }
    }

    fn give_slot(&self, address: usize) -> bool {
        let Some(region) = self.regions().find(|region| region.covers(address)) else { return false };
        let given = region.give(address);
        if given && region != self.current.replace(region) {
            self.listed_elsewhere.set(true);
        }
        given
    }

    fn set_idle(&self, slot: usize, idle: bool) {
        if let Some(region) = self.regions().find(|region| region.covers(slot)) {
            region.set_idle(slot, idle);
        }
    }

    fn why_not(&self, address: usize) -> FreeErrorKind {
        let found = self.regions().find(|region| region.covers(address));
        found.map_or(FreeErrorKind::Foreign, |region| region.diagnose(address))
    }
}
