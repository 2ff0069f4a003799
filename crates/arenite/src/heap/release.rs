//! From an address to a free block: everything beyond the common case, and every refusal.

use super::{
    home::{Home, Kind},
    memory::Memory,
    segment::Segment,
    shard::Shard,
    state::State,
    table::{CODE, HELD, INNER, SPAN, at, is_live},
};
use crate::{FreeErrorKind, sync::Ordering};
use core::ptr::NonNull;

impl Home {
    /// Frees what starts at `address`, or says why not.
    ///
    /// # Safety
    /// If a live block of this heap starts there, nobody uses it any more.
    #[inline(never)]
    pub(super) unsafe fn release(&self, address: usize) -> Result<(), FreeErrorKind> {
        // SAFETY: the caller's promise.
        unsafe {
            if self.kind == Kind::Bounded {
                return self.release_bounded(address);
            }
            match self.find(address) {
                Some((segment, owner)) => self.release_small(segment, owner, address),
                None => self.release_alone(address),
            }
        }
    }

    /// # Safety
    /// As [`release`](Self::release); the address lies in this segment of this shard's.
    #[inline(always)]
    unsafe fn release_small(&self, segment: &Segment, owner: &Shard, address: usize) -> Result<(), FreeErrorKind> {
        let table = segment.table;
        // SAFETY: the address lies in the segment; of a live block that is this caller's to free, the bytes change only
        // here.
        unsafe {
            let mut byte = table.load(address);
            if address % 16 != 0 || !is_live(byte) {
                return Err(self.why_not(address));
            }
            let inner = byte & CODE == INNER;
            let start = if inner { table.outer(address, segment.first.get()) } else { address };
            let mine = Self::is_mine(owner);
            let after = if inner { 0 } else { HELD | (byte & CODE) };
            // Of two threads that free the same block, one finds it free. That the byte has changed is not enough: its owner
            // may have begun to watch the block. Relaxed: what the program did to the block travels with the list of remote
            // frees.
            let bytes = table.byte(address);
            while let Err(now) = bytes.compare_exchange(byte, after, Ordering::Relaxed, Ordering::Relaxed) {
                if !is_live(now) {
                    return Err(FreeErrorKind::DoubleFree);
                }
                byte = now;
            }
            if !mine {
                owner.remote.push(start);
                return Ok(());
            }
            let code = table.load(start) & CODE;
            table.store(start, code);
            owner.push(start, code);
            if segment.watch.get() == start {
                self.watch_freed_in(owner, segment);
                if self.sweep_is_due(owner) {
                    self.sweep(&mut self.state.lock(), owner, self.retain);
                }
            }
        }
        Ok(())
    }

    /// # Safety
    /// As [`release`](Self::release).
    unsafe fn release_alone(&self, address: usize) -> Result<(), FreeErrorKind> {
        let mut state = self.state.lock();
        let State { memory, large } = &mut *state;
        let Some(layout) = large.remove(address) else {
            drop(state);
            return Err(self.why_not(address));
        };
        // SAFETY: it was live, with this layout, and is the caller's to free.
        unsafe {
            let block = NonNull::new_unchecked(at::<u8>(address));
            Memory::leave(block, layout.size());
            memory.give(block, layout, layout.size());
        }
        Ok(())
    }

    /// # Safety
    /// As [`release`](Self::release), for a bounded heap.
    unsafe fn release_bounded(&self, address: usize) -> Result<(), FreeErrorKind> {
        let state = self.state.lock();
        let Some(segment) = self.segment_at(address) else {
            return Err(FreeErrorKind::Foreign);
        };
        let (table, shard) = (segment.table, &self.shard);
        // SAFETY: the address lies in the segment, and the lock is held.
        unsafe {
            let byte = table.load(address);
            if address % 16 != 0 || !is_live(byte) {
                return Err(self.why_not(address));
            }
            let mut start = address;
            if byte & CODE == INNER {
                start = table.outer(address, segment.first.get());
                table.store(address, 0);
            }
            let code = table.load(start) & CODE;
            if code == SPAN {
                let size = table.size(start, code);
                table.store(start, 0);
                shard.add_region(start, start + size);
            } else {
                table.store(start, code);
                shard.push(start, code);
            }
        }
        drop(state);
        Ok(())
    }
}
