//! Changing the size of a block where it stands.

use super::{
    class::{self, GRAIN, LARGEST},
    home::{Home, Kind, Live},
    memory::Memory,
    state::State,
    table::{CODE, INNER, at},
};
use crate::error::AllocError;
use core::{alloc::Layout, ptr::NonNull};

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
        let (table, byte, now) = match live {
            // The block that was cut last can take more of its region.
            Live::Small { table, byte, size } => (table, byte, size),
            // SAFETY: the caller's block.
            Live::Large { .. } => return unsafe { self.extend(address, size) },
        };
        if size > LARGEST || byte & CODE == INNER {
            return None;
        }
        let (_, shard) = self.find(address)?;
        if !Self::is_mine(shard) {
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

    /// The same for a block with memory of its own, which can take what is free behind it.
    ///
    /// # Safety
    /// A live block, the caller's; more than it has.
    unsafe fn extend(&self, address: usize, size: usize) -> Option<usize> {
        if self.kind != Kind::Segments {
            return None;
        }
        let mut state = self.state.lock();
        let State { memory, large } = &mut *state;
        let (layout, size) = (large.get(address)?, size.checked_next_multiple_of(memory.granule())?);
        // SAFETY: a live block, whose address is not 0, with the layout that it was entered with.
        unsafe {
            let block = NonNull::new_unchecked(at::<u8>(address));
            if !memory.extend(block, layout, size) {
                return None;
            }
            Memory::leave(block, layout.size());
            memory.enter(block, size);
        }
        large.set_size(address, size);
        Some(size)
    }

    /// A block of `layout` with the contents of this one: the same where that is possible and wastes no more than half of
    /// it, else a new one.
    ///
    /// # Safety
    /// A live block of this heap, which is the caller's; not used any more, unless it is the result.
    pub(super) unsafe fn change(&self, block: NonNull<u8>, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        let address = block.addr().get();
        let old = self.live(address).map_or(0, Live::size);
        let wasteful = layout.size() < old / 2 && old > 4 * GRAIN;
        // SAFETY: the caller's block; the new one is at least as long as what is copied.
        unsafe {
            // The whole of the block, of which the caller's pointer may know but a part.
            let whole = NonNull::new_unchecked(at::<u8>(address));
            if address % layout.align() == 0 && !wasteful && self.resize(address, layout.size()).is_some() {
                return Ok(whole);
            }
            let new = self.place_raw(layout, false)?;
            new.copy_from_nonoverlapping(whole, old.min(layout.size()));
            // It was live a moment ago, and is the caller's.
            let _ = self.release(address);
            Ok(new)
        }
    }
}
