//! A ring that is watched. Sealed, it has no room as far as its fast path can see.

use super::{Ring, RingError, RingSlice, record::Record};
use crate::{
    Node,
    bump::{MAX_ALIGN, bump_aligned},
    debug::{Counts, FaultKind, Fill, Grade, Heard, Metadata, Place, Site, check_if_due, fill, tools},
    range::RangeWatch,
};
use allocator_api2::{boxed::Box, vec::Vec};
use core::{alloc::Layout, ops::Range, ptr::NonNull};

/// What a ring has that was watched.
pub(super) struct RingWatch {
    range: RangeWatch,
    sealed: bool,
    /// Where the frames in flight were ended.
    promised: Vec<(u64, Site), Metadata>,
    /// The address and end of a block that was entered before the cursor passed it: making its values may panic.
    coming: Option<(usize, usize)>,
}

impl Ring<'_> {
    pub(super) fn is_sealed(&self) -> bool {
        self.watched.as_ref().is_some_and(|watched| watched.sealed)
    }

    fn watch_of(&mut self) -> Option<&mut RingWatch> {
        self.watched.as_deref_mut().filter(|watched| watched.sealed)
    }

    /// Follows the grade.
    pub(super) fn look(&mut self) {
        let node = self.range.node();
        if let Some(grade) = self.watch.look(node.and_then(Node::tag), node.map(Node::name)) {
            self.switch(grade);
        }
        let cursor = self.cursor;
        if let Some(watched) = self.watched.as_deref_mut() {
            // One that never came is struck.
            if let Some((address, _)) = watched.coming.take().filter(|(_, end)| *end != cursor) {
                watched.range.with(|ledger| ledger.forget(address));
            }
        }
    }

    #[cold]
    fn switch(&mut self, grade: Grade) {
        if self.watched.is_none() && grade > Grade::Off {
            // What the ring holds ends with its frames: no leak.
            let range = RangeWatch::new("a ring", self.range.node(), false);
            let watched = RingWatch { range, sealed: false, promised: Vec::new_in(Metadata), coming: None };
            // Without memory for its books a ring works on unwatched.
            self.watched = Box::try_new_in(watched, Metadata).ok();
        }
        let Some(watched) = self.watched.as_deref_mut() else { return };
        watched.range.switch(grade);
        watched.sealed = grade > Grade::Off;
        // What pointers to the range's bytes are made of from here on.
        let _ = self.range.at(self.data).expose_provenance();
        self.set_limit();
    }

    #[cold]
    #[inline(never)]
    pub(super) fn room_cold(&mut self, layout: Layout, place: Place) -> Result<(usize, usize), RingError> {
        self.look();
        check_if_due(place.site());
        // What the fast path would have done, were it not sealed.
        let near = Some(self.open_end()).filter(|_| self.is_sealed() && layout.align() <= MAX_ALIGN);
        let near = near.and_then(|end| bump_aligned(self.cursor, layout.size(), layout.align(), end));
        let room = near.map_or_else(|| self.find_room(layout), Ok);
        let mut heard = Heard::new();
        if let Ok(room) = room {
            self.note_room(room, layout, place.site(), &mut heard);
        }
        self.told(heard, &room, place);
        room
    }

    /// There is room for a block, which comes next.
    fn note_room(&mut self, (start, end): (usize, usize), layout: Layout, site: Site, heard: &mut Heard) {
        let (cursor, low_end) = (self.cursor, self.range.low_end());
        let run_end = if self.wrapped { self.tail } else { self.end }.min(low_end);
        let Some(watched) = self.watch_of() else { return };
        if layout.size() == 0 {
            watched.range.enter(start, layout, site);
            return;
        }
        if watched.range.fills() {
            let fence = RangeWatch::FENCE.min(run_end.saturating_sub(end));
            heard.add(watched.range.take(cursor..end + fence, site));
            // SAFETY: all of it is usable and promised to nobody; exposed when the ring was sealed.
            unsafe {
                watched.range.filled.add(cursor, start - cursor, Fill::Fence);
                let block = NonNull::new_unchecked(core::ptr::with_exposed_provenance_mut(start));
                fill(block, end - start, Fill::Fresh);
                tools::undefined(start, end - start);
                watched.range.filled.add(end, fence, Fill::Fence);
            }
        }
        watched.range.enter(start, layout, site);
        watched.coming = Some((start, end));
    }

    /// The open frame was ended.
    pub(super) fn note_end(&mut self, place: Place) {
        let frame = self.newest;
        let Some(watched) = self.watch_of().filter(|watched| watched.range.grade() >= Grade::Sites) else { return };
        if watched.promised.try_reserve(1).is_ok() {
            watched.promised.push((frame, place.site()));
        }
    }

    /// The oldest frame is about to be retired.
    pub(super) fn note_retired(&mut self, record: Record, place: Place, heard: &mut Heard) {
        let (frame, site) = (self.oldest, place.site());
        let next = if frame < self.newest { self.record(frame + 1).start } else { self.cursor };
        // Behind that nothing was committed: the end that was left unused when the cursor went back to the start.
        let (data, end) = (self.data, self.end.min(self.range.low_end()));
        let Some(watched) = self.watch_of() else { return };
        watched.promised.retain(|(promised, _)| *promised > frame);
        if record.bytes == 0 {
            return;
        }
        let parts =
            if record.start < next { [record.start..next, 0..0] } else { [record.start.min(end)..end, data..next] };
        for part in parts {
            watched.retire(part, frame, site, heard);
        }
    }

    /// Reports what was found, and a refusal because of what is promised. The ring is whole.
    pub(super) fn told<T>(&mut self, mut heard: Heard, result: &Result<T, RingError>, place: Place) {
        let request = match result {
            Err(RingError::Blocked { frame, size, .. }) => Some((*frame, *size)),
            Err(RingError::InFlight { frame, .. }) => Some((*frame, 0)),
            _ => None,
        };
        if let (Some((frame, size)), Some(watched)) = (request, self.watch_of()) {
            let promised = watched.promised.iter().find(|(promised, _)| *promised == frame);
            let fault = watched.range.fault(FaultKind::RingOvertaken, place.site());
            let fault = fault.with_first(promised.map_or(Site::UNKNOWN, |(_, site)| *site));
            heard.add(Some(if size > 0 { fault.with_request(size, 1) } else { fault }));
        }
        heard.report();
    }

    /// Nothing for values that are gone, which is reported; those of another ring are not.
    #[cold]
    #[inline(never)]
    pub(super) fn missed<T, R>(&self, values: RingSlice<T>, place: Place) -> Option<R> {
        let range = &self.watched.as_deref().filter(|watched| watched.sealed)?.range;
        if values.ring == self.range.id() && range.grade() >= Grade::Sites {
            let (allocated, retired) = range.past.find((values.frame, values.start as u64));
            let fault = range.fault(FaultKind::StaleHandle, place.site());
            fault.with_address(values.start).with_allocated(allocated).with_first(retired).report();
        }
        None
    }

    /// Checks the fences between values and behind the newest, and what was retired for writes after that, and reports each
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

    /// Pushes since the ring is watched (grade `count` and above), and those that ended with their frames. O(1).
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.watched.as_deref().map_or_else(Counts::default, |watched| watched.range.counts())
    }
}

impl RingWatch {
    /// Ends what lies in a part of the range, which is promised no longer.
    fn retire(&mut self, part: Range<usize>, frame: u64, site: Site, heard: &mut Heard) {
        if part.is_empty() {
            return;
        }
        let Self { range, .. } = self;
        if range.fills() {
            // Fences between values; the one behind the newest stays, when that is not in this part.
            heard.add(range.take(part.clone(), site));
        }
        let mut ended = Vec::new_in(Metadata);
        range.with(|ledger| {
            let inside = ledger.live().filter(|record| part.contains(&record.address));
            ended.extend(inside.map(|record| (record.address, record.size, record.allocated)));
            ledger.forget_range(part.clone(), site);
        });
        for (address, size, allocated) in ended {
            range.past.add((frame, address as u64), allocated, site);
            range.count_free(size);
        }
        if range.fills() {
            // SAFETY: promised no longer, and exposed.
            unsafe { range.filled.add(part.start, part.end - part.start, Fill::Reset) };
        }
    }
}

impl Drop for Ring<'_> {
    fn drop(&mut self) {
        let Some(watched) = self.watched.as_deref_mut() else { return };
        let heard = watched.range.check(Site::UNKNOWN);
        // The memory goes back to its source after this, open.
        watched.range.filled.clear();
        heard.report();
    }
}
