//! The cold path of an allocation: room where the window has none.

use super::{
    block::{BLOCK_ALIGN, Block, BlockRef, HEADER},
    core::{CLAIMED, Core, SEALED},
    event::ArenaEvent,
    retention::Room,
    space::{Space, Span},
};
use crate::{
    bump::{MAX_ALIGN, MIN_ALIGN, bump_aligned, round_up},
    debug::{FaultKind, Grade, Place, Site, tools},
    error::{AllocError, ErrorKind},
    source::{AddressMap, SourceRef},
};
use core::{alloc::Layout, cell::Cell, ptr::NonNull};

/// The most that is open to the fast path at a time, so that a change thrown elsewhere is seen within as many bytes.
pub(super) const WINDOW: usize = 64 << 10;

/// The most that a range commits ahead of need.
const COMMIT_AHEAD: usize = 4 << 20;

/// A handle's cursor and limit, by value: cold calls take and return them so, that the handle itself can stay in
/// registers.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) cursor: *mut u8,
    pub(super) limit: usize,
}

/// Memory, and the window behind it.
pub(super) struct Grant {
    pub(super) memory: NonNull<u8>,
    pub(super) window: Window,
}

impl Core {
    pub(super) fn refuse(&self, kind: ErrorKind, size: usize, align: usize) -> AllocError {
        AllocError::new(kind, size, align, self.node_id())
    }

    /// Serves a request that the window could not. The new limit differs from `saved`, so that whoever holds `saved`
    /// takes the cold path when it goes back. `OWN`: in a block of its own, where memory comes in blocks and none is watched.
    pub(super) fn refill<const OWN: bool>(
        &self,
        window: Window,
        saved: usize,
        size: usize,
        align: usize,
        place: Place,
    ) -> Result<Grant, AllocError> {
        let granted = self.try_refill::<OWN>(window, saved, size, align, place);
        granted.map_err(|kind| {
            if let ErrorKind::LimitExceeded { limit, .. } = kind {
                self.note_event(ArenaEvent::LimitReached { request: size, limit });
            }
            self.refuse(kind, size, align)
        })
    }

    fn try_refill<const OWN: bool>(
        &self,
        window: Window,
        saved: usize,
        size: usize,
        align: usize,
        place: Place,
    ) -> Result<Grant, ErrorKind> {
        self.look();
        if window.limit == CLAIMED {
            self.note_conflict(size, align, place);
            return Err(ErrorKind::Claimed { by: self.claimed_by.get() });
        }
        if !align.is_power_of_two() || align > MAX_ALIGN {
            return Err(ErrorKind::BadAlignment);
        }
        if size > isize::MAX as usize {
            return Err(ErrorKind::CapacityOverflow);
        }
        if size > self.max_request {
            return Err(ErrorKind::RequestTooLarge { max: self.max_request });
        }
        self.note_start_if(window.limit == saved);
        let (rounded, align) = (round_up(size, MIN_ALIGN), align.max(MIN_ALIGN));
        let grant = if self.is_sealed() {
            self.refill_sealed(window, saved, size, align, place)?
        } else if OWN {
            self.find_own(window.cursor, rounded, align)?
        } else {
            self.find_room(window.cursor, rounded, align)?
        };
        self.note_use(grant.1.addr());
        Ok(Grant { memory: grant.0, window: Window { cursor: grant.1, limit: self.open(grant.1, saved) } })
    }

    /// As it is where the arena counts or is watched.
    #[cold]
    #[inline(never)]
    fn refill_sealed(
        &self,
        window: Window,
        saved: usize,
        size: usize,
        align: usize,
        place: Place,
    ) -> Result<(NonNull<u8>, *mut u8), ErrorKind> {
        let inside = (self.grade() >= Grade::Sites).then(|| self.come_in(place));
        let grant = if self.notes() {
            self.take_noted(window.cursor, size, align, place)?
        } else {
            let grant = self.find_room(window.cursor, round_up(size, MIN_ALIGN), align)?;
            if self.grade() >= Grade::Sites {
                self.check_handed_out(grant.0, size, place.site());
                tools::undefined(grant.0.addr().get(), round_up(size, MIN_ALIGN));
                self.lose();
            }
            grant
        };
        if let Some(other) = inside.as_ref().and_then(|inside| inside.other()) {
            self.note_threads(FaultKind::ConcurrentUse, other, Site::UNKNOWN);
        }
        if window.limit == saved {
            self.remember_counts();
        }
        self.seal.reached.set(grant.1.addr());
        self.requested.set(self.requested.get() + size);
        self.allocations.set(self.allocations.get() + 1);
        Ok(grant)
    }

    /// The limit of the window that opens at `cursor` in the current block: never `saved`.
    pub(super) fn open(&self, cursor: *mut u8, saved: usize) -> usize {
        let current = self.current.get();
        let mut end = current.end.min(cursor.addr().saturating_add(WINDOW));
        if matches!(self.space, Space::Range(_)) {
            end = end.min(self.committed.get());
            self.untouched.set(self.untouched.get().max(end));
            // A scope may come and go inside this window unseen: all of it counts as needed.
            let chain = end - current.data.addr().get();
            self.cycle_room.set(self.cycle_room.get().max(Room { chain, own: 0 }));
        }
        if self.is_sealed() {
            let ticket = self.ticket();
            // Never the saved one, for want of tickets either: then counts go back too far, and nothing else.
            return match (ticket == saved, saved) {
                (false, _) => ticket,
                (true, SEALED) => SEALED + 1,
                (true, _) => SEALED,
            };
        }
        if end == saved { end - MIN_ALIGN } else { end }
    }

    /// Memory in the current block, the next, or one of its own.
    pub(super) fn find_room(
        &self,
        cursor: *mut u8,
        size: usize,
        align: usize,
    ) -> Result<(NonNull<u8>, *mut u8), ErrorKind> {
        let size = round_up(size, self.grain);
        match (self.place(cursor, size, align)?, &self.space) {
            (Some(placed), _) => Ok(placed),
            (None, Space::Range(_)) => Err(ErrorKind::ReservationFull { reserved: self.first.capacity() }),
            (None, Space::Chained { source, max, .. }) => self.advance(cursor, size, align, source, *max),
        }
    }

    /// Memory in a block of its own, however much room the current one has; in a range, as any other.
    fn find_own(&self, cursor: *mut u8, size: usize, align: usize) -> Result<(NonNull<u8>, *mut u8), ErrorKind> {
        let Space::Chained { source, max, .. } = &self.space else { return self.find_room(cursor, size, align) };
        let size = round_up(size, self.grain);
        let needed = size.checked_add(align.saturating_sub(16)).ok_or(ErrorKind::CapacityOverflow)?;
        self.alone(cursor, size, align, needed, source, *max)
    }

    /// Whether `more` bytes at the cursor lie in the current block.
    pub(super) fn reaches(&self, cursor: usize, more: usize) -> bool {
        let current = self.current.get();
        current.holds(cursor) && more <= current.end - cursor
    }

    /// The address from which on fresh memory is zero: in a range of the system's, where nothing was handed out yet.
    pub(super) fn known_zero_from(&self) -> usize {
        match &self.space {
            Space::Range(span) if span.step().is_some() && !self.is_sealed() => self.untouched.get(),
            _ => usize::MAX,
        }
    }

    /// The position behind all that a handle with this cursor has handed out. A cursor in an earlier block (a callback
    /// took over meanwhile and went on, and was forgotten) counts as the end of that block.
    pub(super) fn position_behind(&self, cursor: usize) -> usize {
        if self.current.get().holds(cursor) { self.position(cursor) } else { self.current.get().before.get() }
    }

    /// Memory in the current block, with the cursor after it.
    fn place(&self, cursor: *mut u8, size: usize, align: usize) -> Result<Option<(NonNull<u8>, *mut u8)>, ErrorKind> {
        let current = self.current.get();
        let Some((start, end)) = bump_aligned(cursor.addr(), size, align, current.end) else { return Ok(None) };
        if let Space::Range(span) = &self.space {
            if end > self.committed.get() {
                self.commit(span, end)?;
            }
        }
        Ok(Some(in_block(current, start, end)))
    }

    /// Commits a range up to `needed` or somewhat beyond.
    fn commit(&self, span: &Span, needed: usize) -> Result<(), ErrorKind> {
        let base = span.base.addr().get();
        let committed = self.committed.get() - base;
        let Some(step) = span.step() else { return Ok(()) };
        let least = round_up(needed - base, step).min(span.size);
        let ahead = round_up(committed + (committed / 2).clamp(step, COMMIT_AHEAD.max(step)), step).min(span.size);
        let mut target = ahead.max(least);
        if self.charge(target - committed).is_err() {
            target = least;
            self.charge(target - committed)?;
        }
        if !span.commit(committed, target) {
            self.refund(target - committed);
            return Err(ErrorKind::OutOfMemory);
        }
        self.committed.set(base + target);
        AddressMap::insert(base + committed, target - committed, self.node_id());
        self.count_taken(target - committed);
        Ok(())
    }

    /// Memory beyond the current block: in the next one kept, in a new one, or in a block of its own.
    fn advance(
        &self,
        cursor: *mut u8,
        size: usize,
        align: usize,
        source: &SourceRef,
        max: usize,
    ) -> Result<(NonNull<u8>, *mut u8), ErrorKind> {
        // The data of a block lies at a multiple of 16.
        let needed = size.checked_add(align.saturating_sub(16)).ok_or(ErrorKind::CapacityOverflow)?;
        let next = self.current.get().next.get();
        let room = next.map_or_else(|| self.next_size(max), |block| block.capacity());
        if needed > room {
            return self.alone(cursor, size, align, needed, source, max);
        }
        let block = match next {
            Some(kept) => kept,
            None => self.grow(source, needed, max)?,
        };
        self.enter(block, cursor);
        let placed = bump_aligned(block.data.addr().get(), size, align, block.end);
        let (start, end) = placed.expect("a block of at least size + alignment bytes");
        Ok(in_block(block, start, end))
    }

    /// The size of the next block: twice the last one's, up to the maximum. Derived from what is there, so that a refused
    /// request changes nothing and clearing starts over.
    fn next_size(&self, max: usize) -> usize {
        let last = match self.chain.last() {
            // As it was planned.
            Some(last) if self.has_whole_blocks() && last != self.first => last.capacity() + HEADER,
            Some(last) => last.capacity(),
            None => 0,
        };
        last.saturating_mul(2).min(max).max(last.min(max))
    }

    fn has_whole_blocks(&self) -> bool {
        matches!(self.space, Space::Chained { whole: true, .. })
    }

    /// A new block at the end of the chain, smaller than planned where limit, budget or source want it so.
    fn grow(&self, source: &SourceRef, needed: usize, max: usize) -> Result<BlockRef, ErrorKind> {
        let last = self.chain.last().map_or(0, |last| last.capacity());
        let mut size = self.next_size(max);
        let block = loop {
            // Where whole granules are taken anyway, the header comes out of the planned size.
            let inside = source.get().granule() > 16 || self.has_whole_blocks();
            let planned = if inside { size.saturating_sub(HEADER) } else { size };
            match self.take(source, planned.max(needed)) {
                Ok(block) => break block,
                Err(_) if size / 2 >= needed.max(64) => size /= 2,
                Err(refused) => return Err(refused),
            }
        };
        self.chain.push(block);
        if block.capacity() > last {
            self.note_event(ArenaEvent::Growth { from: last, to: block.capacity() });
        }
        Ok(block)
    }

    /// Makes `block` the current one.
    fn enter(&self, block: BlockRef, cursor: *mut u8) {
        let left = self.current.get();
        self.leave_block(left);
        left.used.set(cursor.addr() - left.data.addr().get());
        block.before.set(left.before.get() + left.used.get());
        block.room_before.set(left.room_before.get() + left.capacity());
        block.marks.set(self.marks.opened());
        self.current.set(block);
    }

    /// A block for a single large request. It does not become the current one and does not change the growth. The cursor
    /// moves by one unit, so that every later position is behind this request.
    fn alone(
        &self,
        cursor: *mut u8,
        size: usize,
        align: usize,
        needed: usize,
        source: &SourceRef,
        max: usize,
    ) -> Result<(NonNull<u8>, *mut u8), ErrorKind> {
        let kept = self.spare.iter().filter(|block| block.capacity() >= needed).min_by_key(|block| block.capacity());
        let block = match kept {
            Some(kept) => kept,
            None => self.take(source, needed)?,
        };
        let mut after = cursor;
        if bump_aligned(cursor.addr(), self.grain, MIN_ALIGN, self.current.get().end).is_none() {
            let next = match self.current.get().next.get() {
                Some(next) => next,
                None => self.grow(source, self.grain, max).inspect_err(|_| {
                    if kept.is_none() {
                        self.give_back(block);
                    }
                })?,
            };
            self.enter(next, cursor);
            after = next.data.as_ptr();
        }
        if kept.is_some() {
            self.spare.remove(block);
        }
        block.position.set(self.position(after.addr()));
        block.used.set(size);
        self.own.push(block);
        self.own_count.set(self.own_count.get() + 1);
        self.own_bytes.set(self.own_bytes.get() + size);
        self.own_room.set(self.own_room.get() + block.capacity());
        let start = round_up(block.data.addr().get(), align);
        block.before.set(start + size - block.data.addr().get());
        let (memory, _) = in_block(block, start, start + size);
        Ok((memory, after.wrapping_add(self.grain)))
    }

    pub(super) fn charge(&self, bytes: usize) -> Result<(), ErrorKind> {
        let allocated = self.allocated.get();
        if let Some(limit) = self.limit.get().filter(|&limit| bytes > limit.saturating_sub(allocated)) {
            return Err(ErrorKind::LimitExceeded { limit, allocated });
        }
        if let Some(node) = &self.node {
            node.charge(bytes)?;
        }
        self.allocated.set(allocated + bytes);
        Ok(())
    }

    pub(super) fn refund(&self, bytes: usize) {
        self.allocated.set(self.allocated.get() - bytes);
        if let Some(node) = &self.node {
            node.refund(bytes);
        }
    }

    fn count_taken(&self, size: usize) {
        self.taken.set(self.taken.get() + 1);
        if let Some(node) = &self.node {
            node.count_taken();
        }
        self.note_event(ArenaEvent::BlockTaken { size });
    }

    /// A block of at least `capacity` bytes, in no list yet.
    fn take(&self, source: &SourceRef, capacity: usize) -> Result<BlockRef, ErrorKind> {
        let size = capacity.checked_add(HEADER).ok_or(ErrorKind::CapacityOverflow)?;
        let size = round_up(size, source.get().granule().max(16));
        let layout = Layout::from_size_align(size, BLOCK_ALIGN).map_err(|_| ErrorKind::CapacityOverflow)?;
        let capacity = size - HEADER;
        self.charge(capacity)?;
        let Some(taken) = source.get().take(layout) else {
            self.refund(capacity);
            return Err(ErrorKind::OutOfMemory);
        };
        // SAFETY: the layout has room for the header.
        let data = unsafe { taken.add(HEADER) };
        let header = taken.cast::<Block>();
        // SAFETY: fresh memory of the block's own, aligned to 16.
        unsafe {
            header.write(Block {
                prev: Cell::new(None),
                next: Cell::new(None),
                data,
                end: data.addr().get() + capacity,
                before: Cell::new(0),
                room_before: Cell::new(0),
                used: Cell::new(0),
                position: Cell::new(0),
                dead: Cell::new((0, 0)),
                taken,
                taken_size: size,
                earlier: Cell::new(None),
                marks: Cell::new(0),
            });
        }
        AddressMap::insert(taken.addr().get(), size, self.node_id());
        self.chunks.set(self.chunks.get() + 1);
        self.count_taken(capacity);
        // SAFETY: the header stays until `give_back`.
        Ok(unsafe { BlockRef::new(header) })
    }

    /// Returns a block that is in no list to the source.
    pub(super) fn give_back(&self, block: BlockRef) {
        let Space::Chained { source, .. } = &self.space else { return };
        self.open_to_tools(block.data.addr().get(), block.end);
        let capacity = block.capacity();
        AddressMap::remove(block.taken.addr().get(), block.taken_size);
        let taken = block.taken;
        let layout = Layout::from_size_align(block.taken_size, BLOCK_ALIGN).expect("the layout it was taken with");
        // SAFETY: taken with this layout; in no list, so nobody refers to it any more.
        unsafe { source.get().give(taken, layout) };
        self.refund(capacity);
        self.chunks.set(self.chunks.get() - 1);
        self.returned.set(self.returned.get() + 1);
        if let Some(node) = &self.node {
            node.count_returned();
        }
    }
}

/// Pointers to two addresses of a block, with the block's provenance.
pub(super) fn in_block(block: BlockRef, start: usize, end: usize) -> (NonNull<u8>, *mut u8) {
    let base = block.data;
    // SAFETY: `start` and `end` lie in the block, as the placement checked, so neither offset leaves it.
    unsafe { (base.add(start - base.addr().get()), base.as_ptr().add(end - base.addr().get())) }
}
