//! Changing the size of a block where it stands.

use super::{
    class::{self, LARGEST},
    home::{Home, Live},
    table::{CODE, INNER},
};

impl Home {
    /// The usable size of the block at `address` afterwards, when it can have `size` bytes without moving.
    ///
    /// # Safety
    /// If a live block of this heap starts there, it is the caller's.
    pub(super) unsafe fn resize(&self, address: usize, size: usize) -> Option<usize> {
        let live = self.live(address)?;
        if size <= live.size() {
            return Some(live.size());
        }
        // The block that was cut last can take more of its region.
        let Live::Small { table, byte, size: now } = live else { return None };
        let shard = self.shard()?;
        if size > LARGEST || byte & CODE == INNER || !core::ptr::eq(shard, self.find(address)?.1) {
            return None;
        }
        let code = class::of(size);
        if !shard.stretch(address + now, class::size(code) - now) {
            return None;
        }
        // SAFETY: a live block of this thread's shard, whose byte the caller alone may change.
        unsafe { table.store(address, byte & !CODE | code) };
        Some(class::size(code))
    }
}
