//! A stack that is watched, and why a block is not the top.
//!
//! Sealed, a stack has no room and no top, as far as its fast paths can see. Everything comes here, and is done as ever.

use super::{Stack, StackBlock, StackError, list::Entry};
use crate::{
    Node,
    debug::{
        Counts, Fault, FaultDetail, FaultKind, Fill, Grade, Heard, Metadata, Past, Place, Site, check_if_due, fill,
        tools,
    },
    range::RangeWatch,
};
use allocator_api2::{boxed::Box, vec::Vec};
use core::{alloc::Layout, ptr::NonNull};

/// What a stack has that was watched.
pub(super) struct StackWatch {
    range: RangeWatch,
    sealed: bool,
    /// Where the fence behind the top ends.
    fence_end: usize,
    /// The serial number and address of a block that was entered before it was on the stack: making its values may panic.
    coming: Option<(u64, usize)>,
}

/// A block that a caller names.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    Typed { stack: u64, serial: u64, index: usize },
    Raw { address: usize, size: usize },
}

impl Wanted {
    pub(super) fn of<T>(block: StackBlock<T>) -> Self {
        Self::Typed { stack: block.stack, serial: block.serial, index: block.index }
    }
}

impl Stack<'_> {
    pub(super) fn is_sealed(&self) -> bool {
        self.watched.as_ref().is_some_and(|watched| watched.sealed)
    }

    fn watch_of(&mut self) -> Option<&mut StackWatch> {
        self.watched.as_deref_mut().filter(|watched| watched.sealed)
    }

    /// Follows the grade.
    pub(super) fn look(&mut self) {
        let node = self.range.node();
        if let Some(grade) = self.watch.look(node.and_then(Node::tag), node.map(Node::name)) {
            self.switch(grade);
        }
        self.settle();
    }

    #[cold]
    fn switch(&mut self, grade: Grade) {
        if self.watched.is_none() && grade > Grade::Off {
            let (range, fence_end) = (RangeWatch::new("a stack", self.range.node(), true), self.cursor);
            let watched = StackWatch { range, sealed: false, fence_end, coming: None };
            // Without memory for its books a stack works on unwatched.
            self.watched = Box::try_new_in(watched, Metadata).ok();
        }
        let Some(watched) = self.watched.as_deref_mut() else { return };
        watched.range.switch(grade);
        watched.sealed = grade > Grade::Off;
        (self.limit, self.top_end) = if watched.sealed { (0, 0) } else { (self.range.low_end(), self.table_end) };
        // What pointers to the range's bytes are made of from here on.
        let _ = self.range.at(self.range.start()).expose_provenance();
        self.fence();
    }

    /// Strikes a block that never came.
    fn settle(&mut self) {
        let serial = self.serial;
        let Some(watched) = self.watched.as_deref_mut() else { return };
        if let Some((_, address)) = watched.coming.take().filter(|(coming, _)| *coming > serial) {
            watched.range.with(|ledger| ledger.forget(address));
        }
    }

    /// Lays the fence behind the top, as far as there is room.
    fn fence(&mut self) {
        let (start, end) = (self.cursor, self.range.low_end().min(self.table));
        let Some(watched) = self.watched.as_deref_mut().filter(|watched| watched.range.fills()) else { return };
        let size = RangeWatch::FENCE.min(end.saturating_sub(start));
        watched.fence_end = start + size;
        // SAFETY: usable, above every block and below the list; exposed when the stack was sealed.
        unsafe { watched.range.filled.add(start, size, Fill::Fence) };
    }

    /// There is room for a block, which comes next (`entry` is not 0), or for the top to change its size.
    pub(super) fn note_room(
        &mut self,
        from: usize,
        (start, end): (usize, usize),
        layout: Layout,
        entry: usize,
        site: Site,
    ) -> Heard {
        let mut heard = Heard::new();
        let (serial, before, table, low_end) = (self.serial + 1, self.cursor, self.table, self.range.low_end());
        let Some(watched) = self.watched.as_deref_mut().filter(|watched| watched.sealed) else { return heard };
        let (fence_end, room) = (watched.fence_end.max(before), low_end.min(table - entry));
        if watched.range.fills() {
            let new_end = end + RangeWatch::FENCE.min(room.saturating_sub(end));
            // The list grows into what may be a fence.
            heard.add(watched.range.take(table - entry..table, site));
            heard.add(watched.range.take(before..new_end.max(fence_end.min(room)), site));
            // SAFETY: all of it is usable, above every block that stays and below the list; exposed.
            unsafe {
                if entry > 0 {
                    watched.range.filled.add(from, start - from, Fill::Fence);
                    let block = NonNull::new_unchecked(core::ptr::with_exposed_provenance_mut(start));
                    fill(block, end - start, Fill::Fresh);
                    tools::undefined(start, end - start);
                } else if end < before {
                    watched.range.filled.add(end, before - end, Fill::Freed);
                }
                watched.range.filled.add(end, new_end - end, Fill::Fence);
            }
            watched.fence_end = new_end;
        }
        if entry > 0 {
            watched.range.enter(start, layout, site);
            watched.coming = Some((serial, start));
        } else {
            watched.range.resize(start, before - start, layout, site);
        }
        heard
    }

    /// The top, when it is the block that is named, sealed or not; what else is asked is reported.
    #[cold]
    #[inline(never)]
    pub(super) fn top_cold(&mut self, wanted: Wanted, place: Place) -> Result<Entry, StackError> {
        self.look();
        check_if_due(place.site());
        let top = self.depth().checked_sub(1).and_then(|index| self.entry(index)).filter(|top| match wanted {
            Wanted::Typed { stack, serial, .. } => top.serial == serial && stack == self.range.id(),
            Wanted::Raw { address, size } => top.start == address && self.cursor - top.start == size,
        });
        if let Some(top) = top {
            return Ok(top);
        }
        let refused = match wanted {
            Wanted::Typed { stack, serial, index } => self.why_not(stack, serial, index),
            Wanted::Raw { address, size } => self.why_not_raw(address, size),
        };
        if let Some(fault) = self.fault(refused, wanted, place.site()) {
            fault.report();
        }
        Err(refused)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn pop_cold(&mut self, wanted: Wanted, place: Place) -> Result<(), StackError> {
        let top = self.top_cold(wanted, place)?;
        let heard = self.end_top(top, place.site());
        self.drop_top(top);
        self.fence();
        heard.report();
        Ok(())
    }

    /// Ends the top, which is about to be popped.
    fn end_top(&mut self, top: Entry, site: Site) -> Heard {
        let (cursor, mut heard) = (self.cursor, Heard::new());
        let Some(watched) = self.watch_of() else { return heard };
        let range = &mut watched.range;
        let fence_end = watched.fence_end.max(cursor);
        if range.fills() {
            heard.add(range.take(cursor..fence_end, site));
            heard.add(range.take(top.before..top.start, site));
        }
        if range.grade() >= Grade::Sites {
            range.past.add((top.serial, 0), range.allocated(top.start), site);
        }
        if cursor > top.start {
            let _ = range.with(|ledger| ledger.free(top.start, None, site, crate::debug::After::Reuse));
        }
        range.count_free(cursor - top.start);
        if range.fills() {
            // SAFETY: the block was given up, and what lay around it is free.
            unsafe { range.filled.add(top.before, fence_end - top.before, Fill::Freed) };
        }
        heard
    }

    /// Ends every block: a reset.
    pub(super) fn end_all(&mut self, site: Site) -> Heard {
        let (start, cursor, depth) = (self.range.start(), self.cursor, self.depth());
        if self.watch_of().is_none() {
            return Heard::new();
        }
        let mut sizes = Vec::new_in(Metadata);
        let mut newest = Vec::new_in(Metadata);
        sizes.extend((0..depth).map(|index| self.place(index).size));
        newest.extend((depth.saturating_sub(Past::MOST)..depth).filter_map(|index| self.entry(index)));
        let Some(watched) = self.watch_of() else { return Heard::new() };
        let range = &mut watched.range;
        let heard = range.check(site);
        if range.grade() >= Grade::Sites {
            newest.iter().for_each(|entry| range.past.add((entry.serial, 0), range.allocated(entry.start), site));
        }
        range.with(|ledger| ledger.forget_since(0, site));
        sizes.into_iter().for_each(|size| range.count_free(size));
        if range.fills() {
            let end = watched.fence_end.max(cursor);
            // SAFETY: every block has ended.
            unsafe { range.filled.add(start, end - start, Fill::Reset) };
        }
        heard
    }

    fn why_not(&self, stack: u64, serial: u64, index: usize) -> StackError {
        let (node, depth) = (self.range.node_id(), self.depth());
        if stack != self.range.id() {
            return StackError::Foreign { node };
        }
        match self.entry(index).filter(|entry| entry.serial == serial) {
            Some(_) => StackError::NotTop { node, asked: self.place(index), top: self.place(depth - 1) },
            None => StackError::Gone { node, index, depth },
        }
    }

    fn why_not_raw(&self, address: usize, size: usize) -> StackError {
        let node = self.range.node_id();
        let start_of = |index| self.entry(index).map_or(0, |entry| entry.start);
        // Starts never fall from a block to the one above it: find the last at or below the address.
        let (mut below, mut depth) = (0, self.depth());
        while below < depth {
            let middle = below.midpoint(depth);
            if start_of(middle) <= address { below = middle + 1 } else { depth = middle }
        }
        let Some(index) = below.checked_sub(1).filter(|&index| start_of(index) == address) else {
            let inside = (self.range.start()..self.range.end()).contains(&address);
            return StackError::NoBlock { node, address, inside };
        };
        let (asked, top) = (self.place(index), self.place(self.depth() - 1));
        if index == top.index {
            StackError::WrongSize { node, top, given: size }
        } else {
            StackError::NotTop { node, asked, top }
        }
    }

    /// The fault that a refusal tells of, with its places.
    fn fault(&self, refused: StackError, wanted: Wanted, site: Site) -> Option<Fault> {
        let range = &self.watched.as_deref().filter(|watched| watched.sealed)?.range;
        let fault = |kind| range.fault(kind, site);
        let start = self.range.start();
        let known = |address| range.with(|ledger| ledger.find(address).copied()).flatten();
        Some(match refused {
            StackError::Refused(_) => return None,
            StackError::Foreign { .. } => fault(FaultKind::ForeignFree),
            StackError::NotTop { asked, top, .. } => fault(FaultKind::OutOfOrder)
                .with_address(start + asked.offset)
                .with_request(asked.size, 1)
                .with_allocated(range.allocated(start + asked.offset))
                .with_first(range.allocated(start + top.offset)),
            StackError::Gone { .. } => {
                let Wanted::Typed { serial, .. } = wanted else { return None };
                let (allocated, popped) = range.past.find((serial, 0));
                fault(FaultKind::DoubleFree).with_allocated(allocated).with_first(popped)
            }
            StackError::NoBlock { address, inside, .. } => match known(address).filter(|_| inside) {
                Some(record) if record.is_live() => {
                    let offset = address - record.address;
                    fault(FaultKind::WrongSize).with_block(&record).with_detail(FaultDetail::Inside { offset })
                }
                Some(record) if record.address == address => fault(FaultKind::DoubleFree).with_block(&record),
                _ => fault(FaultKind::ForeignFree).with_address(address),
            },
            StackError::WrongSize { top, given, .. } => fault(FaultKind::WrongSize)
                .with_address(start + top.offset)
                .with_request(top.size, 1)
                .with_detail(FaultDetail::Sizes { given, asked: top.size })
                .with_allocated(range.allocated(start + top.offset)),
        })
    }

    /// Nothing for a block that is gone, which is reported; one of another stack is not.
    #[cold]
    #[inline(never)]
    pub(super) fn missed<T, R>(&self, block: StackBlock<T>, place: Place) -> Option<R> {
        let range = &self.watched.as_deref().filter(|watched| watched.sealed)?.range;
        if block.stack == self.range.id() && range.grade() >= Grade::Sites {
            let (allocated, popped) = range.past.find((block.serial, 0));
            range.fault(FaultKind::StaleHandle, place.site()).with_allocated(allocated).with_first(popped).report();
        }
        None
    }

    /// Checks the fences between the blocks and behind the top, and what was popped for writes after that, and reports each
    /// fault; how many. What was broken is mended, so that it is told once. Follows a grade that was changed. O(what was
    /// filled).
    ///
    /// # Panics
    /// By [`Policy::Panic`](crate::debug::Policy::Panic), with the first report.
    #[track_caller]
    pub fn check(&mut self) -> usize {
        let site = Site::here();
        self.look();
        self.watch_of().map_or_else(Heard::new, |watched| watched.range.check(site)).report()
    }

    /// Pushes and pops since the stack is watched (grade `count` and above). O(1).
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.watched.as_deref().map_or_else(Counts::default, |watched| watched.range.counts())
    }
}

impl Drop for Stack<'_> {
    fn drop(&mut self) {
        if self.watched.is_none() {
            return;
        }
        self.settle();
        let Some(watched) = self.watched.as_deref_mut() else { return };
        let mut heard = watched.range.check(Site::UNKNOWN);
        heard.append(watched.range.leaks());
        // The memory goes back to its source after this, open.
        watched.range.filled.clear();
        heard.report();
    }
}
