//! From a request to a block: everything beyond the first look at a list.

use super::{
    class::{self, GRAIN, LARGEST},
    home::{Home, Kind},
    memory::take_segment,
    segment::Segment,
    shard::Shard,
    state::State,
    table::{HELD, INNER, LIVE, PLAIN, SPAN, Table, at},
    thread::Identity,
};
use crate::{
    bump::{MAX_ALIGN, round_up},
    error::ErrorKind,
};
use core::alloc::Layout;

/// A block's address, and whether its memory is known to be zero.
pub(super) type Placed = (usize, bool);

impl Home {
    /// A live block for any layout, as long as the heap is not watched: whether it is it only asks when the block is not
    /// at hand. `None`: it is.
    #[inline(never)]
    pub(super) fn place_unless_watched(&self, layout: Layout) -> Option<Result<Placed, ErrorKind>> {
        if let Some(placed) = self.place_at_hand(layout) {
            return Some(Ok(placed));
        }
        if self.is_watched() { None } else { Some(self.place_cold(layout.size(), layout.align())) }
    }

    /// A live block for any layout, whether the heap is watched or not.
    pub(super) fn place(&self, layout: Layout) -> Result<Placed, ErrorKind> {
        self.place_at_hand(layout).map_or_else(|| self.place_cold(layout.size(), layout.align()), Ok)
    }

    /// A block from the lists or the region of the thread's shard.
    #[inline(always)]
    pub(super) fn place_at_hand(&self, layout: Layout) -> Option<Placed> {
        let (size, align) = (layout.size(), layout.align());
        if align <= GRAIN && size <= LARGEST {
            if let Some(shard) = self.shard() {
                let code = class::of(size);
                // SAFETY: this thread's shard; the block was just cut from its region.
                unsafe {
                    if size > class::LOOKUP {
                        if let Some(block) = shard.pop(PLAIN | code) {
                            return Some((block.addr().get(), false));
                        }
                    }
                    if let Some((block, zero)) = shard.cut(class::size(code)) {
                        shard.table(block).store(block, PLAIN | code);
                        return Some((block, zero));
                    }
                }
            }
        }
        None
    }

    #[cold]
    #[inline(never)]
    fn place_cold(&self, size: usize, align: usize) -> Result<Placed, ErrorKind> {
        if align > MAX_ALIGN {
            return Err(ErrorKind::BadAlignment);
        }
        // A block at any multiple of the grain holds one of this size, a byte at the least, at a multiple of `align`.
        let around = size.max(1).checked_add(align.max(GRAIN) - GRAIN).ok_or(ErrorKind::CapacityOverflow)?;
        match self.kind {
            Kind::PassThrough => self.place_alone(size, align),
            Kind::Bounded => self.place_bounded(align, around),
            Kind::Segments if around > LARGEST => self.place_alone(size, align),
            Kind::Segments => {
                let identity = Identity::of_thread().ok_or(ErrorKind::OutOfMemory)?;
                let shard = match self.shard() {
                    Some(shard) => shard,
                    None => self.attach(&identity)?,
                };
                let code = class::of(around);
                // SAFETY: this thread's shard.
                unsafe {
                    let (block, zero) = match shard.unlist(PLAIN | code) {
                        Some(block) => (block, false),
                        None => self.refill(shard, code)?,
                    };
                    Ok((settle(shard.table(block), block, code, align), zero))
                }
            }
        }
    }

    /// A block of a class whose list is empty. Its byte is not yet that of a live one.
    ///
    /// # Safety
    /// The calling thread's shard.
    #[cold]
    unsafe fn refill(&self, shard: &Shard, code: u8) -> Result<Placed, ErrorKind> {
        let size = class::size(code);
        if let Some(cut) = shard.cut(size) {
            return Ok(cut);
        }
        // SAFETY: the caller's promise.
        unsafe {
            if shard.open_second() {
                if let Some(cut) = shard.cut(size) {
                    return Ok(cut);
                }
            }
            if shard.take_remote(|segment| self.watch_freed(shard, segment)) {
                if let Some(block) = shard.unlist(PLAIN | code) {
                    return Ok((block, false));
                }
            }
            self.watch_current(shard);
            if shard.open_region(size) {
                return shard.cut(size).ok_or(ErrorKind::OutOfMemory);
            }
            let mut state = self.state.lock();
            // Before the shard grows by a quarter, blocks that are free for other classes are joined, if many were freed.
            let (count, freed) = (shard.segment_count.get(), shard.freed_watches.get());
            if shard.remote.asked_for_trim() || count >= shard.sweep_at.get().max(4) && freed * 2 >= count {
                self.sweep(&mut state, shard, self.retain);
                if let Some(block) = shard.unlist(PLAIN | code) {
                    return Ok((block, false));
                }
                if shard.open_region(size) {
                    return shard.cut(size).ok_or(ErrorKind::OutOfMemory);
                }
            }
            self.grow(&mut state, shard)?;
        }
        // The first stretch of a segment may be too short, the second one never is.
        // SAFETY: the caller's promise.
        shard
            .cut(size)
            .or_else(|| if unsafe { shard.open_second() } { shard.cut(size) } else { None })
            .ok_or(ErrorKind::OutOfMemory)
    }

    /// Takes a segment for a shard.
    ///
    /// # Safety
    /// The calling thread's shard.
    unsafe fn grow(&self, state: &mut State, shard: &Shard) -> Result<(), ErrorKind> {
        let (segment, zero_from) = take_segment(&mut state.memory, |_| shard.entry())?;
        // SAFETY: the caller's promise.
        unsafe { shard.close() };
        shard.adopt(segment, zero_from);
        Ok(())
    }

    /// Begins to watch the segment of the current region, which the shard is about to leave.
    ///
    /// # Safety
    /// The calling thread's shard.
    unsafe fn watch_current(&self, shard: &Shard) {
        if shard.limit() == 0 {
            return;
        }
        // SAFETY: the region lies in a segment of this shard.
        let segment = unsafe { Segment::of(shard.table(shard.limit() - 1)) };
        if segment.watch.get() == 0 && !segment.is_home_of(shard) {
            // SAFETY: the caller's promise.
            unsafe { segment.set_watch(shard.random(), segment.end) };
        }
    }

    /// A block with memory of its own.
    fn place_alone(&self, size: usize, align: usize) -> Result<Placed, ErrorKind> {
        let mut state = self.state.lock();
        let State { memory, large } = &mut *state;
        let layout = if self.kind == Kind::PassThrough {
            Layout::from_size_align(size.max(1), align)
        } else {
            // What the source would round up to belongs to the block.
            let size = size.max(1).checked_next_multiple_of(memory.granule()).ok_or(ErrorKind::CapacityOverflow)?;
            Layout::from_size_align(size, align.max(GRAIN))
        };
        let layout = layout.map_err(|_| ErrorKind::CapacityOverflow)?;
        let (before, (block, dirty)) = (memory.high_water, memory.take(layout)?);
        if let Err(refused) = large.reserve(memory) {
            // SAFETY: just taken, and unused.
            unsafe { memory.take_back(block, layout, dirty, before) };
            return Err(refused);
        }
        large.insert(block, layout);
        memory.enter(block, layout.size());
        Ok((block.addr().get(), dirty == 0))
    }

    /// A block in memory of the caller's.
    fn place_bounded(&self, align: usize, around: usize) -> Result<Placed, ErrorKind> {
        let state = self.state.lock();
        let shard = &self.shard;
        let small = around <= LARGEST;
        let code = if small { class::of(around) } else { SPAN };
        let full = ErrorKind::ReservationFull { reserved: self.bounds() };
        let bytes = if small {
            class::size(code)
        } else {
            let bytes = around.checked_add(2 * GRAIN).ok_or(ErrorKind::CapacityOverflow)?;
            if bytes > self.bounds() {
                return Err(full);
            }
            round_up(bytes - GRAIN, GRAIN)
        };
        // SAFETY: the lock is held, without which nobody uses a bounded heap's shard.
        unsafe {
            let find = || {
                let listed = if small { shard.unlist(PLAIN | code) } else { None };
                listed
                    .map(|block| (block, false))
                    .or_else(|| shard.cut(bytes))
                    .or_else(|| if shard.open_region(bytes) { shard.cut(bytes) } else { None })
            };
            let found = find().or_else(|| {
                self.sweep_single(shard);
                find()
            });
            let (block, zero) = found.ok_or(full)?;
            let table = shard.table(block);
            let start = if code == SPAN {
                at::<usize>(block).write(bytes);
                let inner = round_up(block + GRAIN, align.max(GRAIN));
                put_inner(table, block, inner, code);
                inner
            } else {
                settle(table, block, code, align)
            };
            drop(state);
            Ok((start, zero))
        }
    }

    /// The size of a bounded heap's memory.
    fn bounds(&self) -> usize {
        // SAFETY: a bounded heap's only segment.
        let single = unsafe { &*self.shard.segments.get() };
        single.end - single.table.0 - super::table::FRONT
    }
}

/// Makes a block live: at its start, or at the first multiple of `align` in it. Returns where.
///
/// # Safety
/// A block of this class of the caller's shard, on no list.
unsafe fn settle(table: Table, block: usize, code: u8, align: usize) -> usize {
    let inner = round_up(block, align.max(GRAIN));
    // SAFETY: the caller's block, and its bytes.
    unsafe {
        if inner == block {
            table.store(block, PLAIN | code);
        } else {
            put_inner(table, block, inner, code);
        }
    }
    inner
}

/// # Safety
/// As [`settle`]; `inner` lies in the block, behind its start.
unsafe fn put_inner(table: Table, block: usize, inner: usize, code: u8) {
    // SAFETY: the caller's promise.
    unsafe {
        table.store(block, HELD | code);
        table.store(inner, LIVE | INNER);
    }
}
