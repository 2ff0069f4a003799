//! Blocks of an arena that is watched: each is noted, from [`Grade::Guard`] on between fences.

use super::{
    core::{CLAIMED, Core},
    refill::{Window, in_block},
    written::Written,
};
use crate::{
    bump::{MIN_ALIGN, round_up},
    debug::{
        self, After, BlockRecord, Fault, FaultKind, Fences, Grade, Guarded, NewBlock, Place, Site, Verdict, tools,
    },
    error::ErrorKind,
};
use core::{alloc::Layout, ops::Range, ptr::NonNull};

/// Whether a block may be freed with a size. Page objects keep theirs when the program shrinks them.
fn fits(record: &BlockRecord, size: usize) -> bool {
    record.size == size || (record.grade == Grade::Page && size < record.size)
}

/// The byte of a fence that was written, if one was.
type Broken = Option<(isize, debug::Difference)>;

/// What is known of a block that was just freed.
struct Freed {
    page: bool,
    broken: Broken,
    /// Where it lay, fences and gap included, if it was the last.
    last: Option<Range<usize>>,
}

/// What a noted block has behind it at least, so that the fast path never takes it for the last one.
const GAP: usize = MIN_ALIGN;

impl Core {
    /// A noted block, and the cursor behind it.
    #[cold]
    #[inline(never)]
    pub(super) fn take_noted(
        &self,
        cursor: *mut u8,
        size: usize,
        align: usize,
        place: Place,
    ) -> Result<(NonNull<u8>, *mut u8), ErrorKind> {
        let grade = self.grade();
        let layout = Layout::from_size_align(size, align).map_err(|_| ErrorKind::CapacityOverflow)?;
        let site = place.site().with_sampled_stack();
        if grade == Grade::Page {
            if let Some(taken) = self.take_page_object(cursor, layout, site)? {
                return Ok(taken);
            }
        }
        let padding = self.padding(align);
        let fences = if grade >= Grade::Guard { Fences::around(layout, padding) } else { None };
        let (front, whole) = match &fences {
            Some(fences) => (fences.front(), fences.whole().size()),
            None => (padding, padding.saturating_add(round_up(size, MIN_ALIGN)).saturating_add(GAP)),
        };
        let Ok((base, after)) = self.find_room(cursor, whole, align) else {
            // Where there is no room for fences, nor for a gap, a block goes without and is not noted: what fits without a
            // grade fits with one, and the fast path may take the block for the last.
            let (memory, after) = self.find_room(cursor, round_up(size, MIN_ALIGN), align)?;
            self.check_handed_out(memory, size, site);
            tools::undefined(memory.addr().get(), round_up(size, MIN_ALIGN));
            self.lose();
            return Ok((memory, after));
        };
        // SAFETY: `front` bytes lie at the start of what was taken.
        let memory = unsafe { base.add(front) };
        let grade = if fences.is_some() { grade.min(Grade::Quarantine) } else { Grade::Sites };
        let address = memory.addr().get();
        let wanted = grade >= Grade::Guard || debug::sampled();
        if grade < Grade::Guard {
            tools::undefined(address, round_up(size, MIN_ALIGN));
        }
        if fences.is_none() || self.seal.books.get().is_none() {
            self.check_handed_out(base, whole, site);
        }
        let position = self.position(after.addr());
        if wanted
            && self.enter_block(memory, layout, padding, grade, site, position, fences.map(|fences| (base, fences)))
        {
            // The end of what is in the books is told as well.
            tools::pool_alloc(self.anchor(), address, size);
        } else {
            self.lose();
        }
        Ok((memory, after))
    }

    /// A page object: its own pages, and one unit of the chain, which keeps the order of things.
    fn take_page_object(
        &self,
        cursor: *mut u8,
        layout: Layout,
        site: Site,
    ) -> Result<Option<(NonNull<u8>, *mut u8)>, ErrorKind> {
        let size = round_up(layout.size(), self.grain);
        self.charge(size)?;
        let Some(memory) = debug::pages().take(layout, false) else {
            self.refund(size);
            return Ok(None);
        };
        let taken = self.find_room(cursor, MIN_ALIGN, MIN_ALIGN).inspect_err(|_| {
            debug::pages().discard(memory.addr().get());
            self.refund(size);
        });
        let (token, after) = taken?;
        self.check_handed_out(token, MIN_ALIGN, site);
        let position = self.position(after.addr());
        if !self.enter_block(memory, layout, 0, Grade::Page, site, position, None) {
            // Nobody would give the pages back: an ordinary block instead. Its unit is lost until the arena goes back.
            debug::pages().discard(memory.addr().get());
            self.refund(size);
            return Ok(None);
        }
        self.seal.page_objects.set(self.seal.page_objects.get() + 1);
        self.seal.aside.set(self.seal.aside.get() + size - self.grain);
        Ok(Some((memory, after)))
    }

    /// Enters a block. One between fences is looked at and begun under the lock of the books: whoever looks at all fences
    /// meanwhile finds these whole, what the books will read comes from memory as the block is looked at, and what is
    /// written is on its way there long before the next exchange with a lock, which would wait for it.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "two callers, both here")]
    fn enter_block(
        &self,
        memory: NonNull<u8>,
        layout: Layout,
        padding: usize,
        grade: Grade,
        site: Site,
        position: usize,
        fences: Option<(NonNull<u8>, Fences)>,
    ) -> bool {
        let block = NewBlock {
            address: memory.addr().get(),
            size: layout.size(),
            align: layout.align(),
            tag: None,
            grade,
            padding: padding as u32,
            position,
            site,
        };
        // SAFETY: a fresh whole of these fences.
        let begin = |base, fences| unsafe { Guarded::begin(base, fences, block.size, false) };
        let Some(books) = self.seal.books.get() else {
            fences.map(|(base, fences)| begin(base, fences));
            return false;
        };
        let mut found = None;
        let serial = books.with(|ledger| {
            let Some((base, fences)) = fences else { return ledger.insert(block) };
            ledger.expect(block.address);
            if let Some(written) = self.written_before(base, fences.whole().size()) {
                // SAFETY: found just now.
                let byte = unsafe { Written::at(written) };
                found = Some((byte, ledger.find(byte.address).copied()));
            }
            let serial = ledger.insert(block);
            begin(base, fences);
            serial
        });
        if let Some((written, record)) = found {
            self.note_written(written, record, site);
        }
        let Some(serial) = serial else { return false };
        self.seal.newest.set(serial);
        true
    }

    /// A block is given back by itself. The cursor, when it goes back over it.
    #[cold]
    #[inline(never)]
    pub(super) fn free_noted(&self, window: Window, memory: NonNull<u8>, size: usize, site: Site) -> Option<*mut u8> {
        if debug::reporting() {
            return None;
        }
        let address = memory.addr().get();
        // One visit to the books: it is what a free costs.
        let freed =
            self.with_ledger(|ledger| ledger.free_if(address, site, |record| self.end_freed(window, record, size)));
        let freed = freed?;
        let Some(Freed { page, broken, last }) = freed else {
            self.free_unknown(address, size, site);
            return None;
        };
        if page || broken.is_some() {
            self.tell_freed(address, page, broken, site);
        }
        if page {
            return None;
        }
        tools::pool_free(self.anchor(), address, size);
        let Range { start, end } = last?;
        if self.grade() >= Grade::Guard {
            self.current.get().now_dead(start, end);
        }
        tools::no_access(start, end - start);
        // What is filled once is not filled again by the end of its scope.
        self.seal.reached.set(start);
        Some(in_block(self.current.get(), start, start).1)
    }

    /// Checks and fills a block that is being freed, if it may be with this size; what becomes of it. The last one is to
    /// be gone back over, with what lies around it; others wait until the arena goes back before them, and keep their place
    /// in the books meanwhile: by that they are known then as filled.
    #[inline]
    fn end_freed(&self, window: Window, record: &BlockRecord, size: usize) -> Option<(After, Freed)> {
        if !fits(record, size) {
            return None;
        }
        let grade = self.grade();
        let guarded = Guarded::of(record);
        let whole = match &guarded {
            Some(guarded) => guarded.base().addr().get()..guarded.base().addr().get() + guarded.whole().size(),
            None => record.address..record.address + round_up(record.size, MIN_ALIGN) + GAP,
        };
        let open = window.limit != CLAIMED && !grade.holds() && record.grade != Grade::Page;
        let last = open && whole.end == window.cursor.addr() && self.current.get().holds(whole.start);
        // SAFETY: live in the books, which are locked.
        let broken = guarded.and_then(|guarded| unsafe { guarded.broken() });
        if last && grade >= Grade::Guard {
            let (start, size) = (whole.start, whole.end - whole.start);
            tools::undefined(start, size);
            let start = in_block(self.current.get(), start, start).0;
            // SAFETY: the program has given it back, and its cursor goes back over it.
            unsafe { debug::fill(start, size, debug::Fill::Freed) };
        } else if let Some(guarded) = &guarded {
            // SAFETY: the program gives it back, and this arena hands it out again only after this.
            unsafe { guarded.end(grade >= Grade::Guard) };
        }
        let stays = guarded.is_some() && grade >= Grade::Guard && !last;
        let after = if stays { After::Stay(whole.end - whole.start) } else { After::Reuse };
        Some((after, Freed { page: record.grade == Grade::Page, broken, last: last.then_some(whole) }))
    }

    /// What there is to say and to do about a block that was just freed.
    #[cold]
    #[inline(never)]
    fn tell_freed(&self, address: usize, page: bool, broken: Broken, site: Site) {
        let record = self.with_ledger(|ledger| ledger.at(address).map(|(record, _)| *record)).flatten();
        let Some(record) = record else { return };
        if page {
            self.end_page_object(&record, site);
        }
        if let Some((offset, difference)) = broken {
            let fault = Fault::new(FaultKind::Overrun, self.owner()).with_block(&record).with_second(site);
            self.note_fault(fault.with_byte(offset, difference));
        }
    }

    /// What is freed is no live block of this size.
    #[cold]
    #[inline(never)]
    fn free_unknown(&self, address: usize, size: usize, site: Site) {
        let known = self.with_ledger(|ledger| match ledger.at(address) {
            Some((record, _)) if record.is_live() => Some(*record),
            // Of a sample most blocks are not in the books: they are not searched for each.
            known if debug::sampling() => known.map(|(record, _)| *record),
            _ => ledger.find(address).copied(),
        });
        self.note_wrong_free(known.flatten(), address, size, site);
    }

    fn note_wrong_free(&self, known: Option<BlockRecord>, address: usize, size: usize, site: Site) {
        let verdict = match known {
            Some(record) if record.is_live() => match address - record.address {
                0 => Verdict::WrongSize(record, size),
                offset => Verdict::Inside(record, offset),
            },
            Some(record) if self.is_trusted(record.serial) => Verdict::Ended(record),
            _ if !self.owns(address) => {
                self.note_fault(Verdict::foreign(self.owner(), address, site));
                return;
            }
            _ => return,
        };
        if let Some(fault) = verdict.fault(self.owner(), address, site) {
            self.note_fault(fault);
        }
    }

    /// A noted block without fences becomes larger where it is, if it is the last, the current block has room and no tool
    /// has to be told. The window behind it.
    #[cold]
    #[inline(never)]
    pub(super) fn extend_noted(
        &self,
        window: Window,
        saved: usize,
        memory: NonNull<u8>,
        old: usize,
        new: usize,
        place: Place,
    ) -> Option<Window> {
        let address = memory.addr().get();
        let (cursor, more) = (window.cursor.addr(), round_up(new, MIN_ALIGN) - round_up(old, MIN_ALIGN));
        let is_last = cursor == address + round_up(old, MIN_ALIGN) + GAP;
        let may = !self.look() && self.grade() == Grade::Sites && !debug::reporting() && !tools::active();
        if window.limit == CLAIMED || !is_last || !may || more % self.grain != 0 || !self.reaches(cursor, more) {
            return None;
        }
        let _inside = self.come_in(place);
        let known = |record: &BlockRecord| record.is_live() && record.size == old && record.grade == Grade::Sites;
        let may = self.with_ledger(|ledger| ledger.at(address).is_some_and(|(record, _)| known(record)));
        if may != Some(true) {
            return None;
        }
        let after = if more > 0 { self.find_room(window.cursor, more, MIN_ALIGN).ok()?.1 } else { window.cursor };
        let (position, site) = (self.position(after.addr()), place.site().with_sampled_stack());
        self.with_ledger(|ledger| {
            ledger.extend(address, new, position);
            if site != Site::UNKNOWN {
                ledger.set_site(address, site);
            }
        });
        // A resize asks for bytes, but is no allocation.
        self.count(window.limit == saved, new - old, 0, after.addr());
        Some(Window { cursor: after, limit: self.open(after, saved) })
    }

    /// A noted block becomes smaller where it is.
    pub(super) fn shrink_noted(&self, memory: NonNull<u8>, old: usize, new: usize, place: Place) {
        let address = memory.addr().get();
        self.with_ledger(|ledger| {
            let Some(record) = ledger.find(address).copied() else { return };
            if !record.is_live() || record.address != address || record.size != old {
                return;
            }
            if place.site() != Site::UNKNOWN {
                ledger.set_site(address, place.site());
            }
            if new == old || new == 0 || record.grade == Grade::Page {
                return;
            }
            if let Some(guarded) = Guarded::of(&record) {
                // SAFETY: live in the books, which are locked; the program has given up what lies behind the new size.
                unsafe { guarded.shrink(new) };
            }
            ledger.resize(address, new);
        });
    }
}
