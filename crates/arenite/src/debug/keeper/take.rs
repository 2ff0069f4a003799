//! A new block.

use super::{ALLOCATED, Cover, Grade, Keeper, Layout, NewBlock, NonNull, Raw, Site, notes::Notes};
use crate::{
    AllocError,
    debug::{self, Fences, Guarded, pages, tools},
};

impl Keeper {
    /// A block by the grade in force; zeroed when that is asked for. One of no bytes is the allocator's below.
    pub(crate) fn take<R: Raw>(
        &self,
        raw: &R,
        site: Site,
        layout: Layout,
        zeroed: bool,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let grade = self.grade(raw);
        debug::check_if_due(site);
        if !grade.holds() && !self.relays(grade) {
            self.release(raw, 0, site);
        }
        let block = self.take_uncounted(raw, grade, site, layout, zeroed)?;
        self.count(grade, ALLOCATED, layout.size());
        Ok(block)
    }

    pub(super) fn take_uncounted<R: Raw>(
        &self,
        raw: &R,
        grade: Grade,
        site: Site,
        layout: Layout,
        zeroed: bool,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if grade >= Grade::Sites && layout.size() > 0 {
            return self.take_noted(raw, grade, site, layout, zeroed);
        }
        let block = raw.take(layout, zeroed)?;
        // Switched on meanwhile: others trust the books already.
        if self.grade(raw) >= Grade::Sites && layout.size() > 0 {
            self.enter_plain(raw, block.cast(), layout, site);
        }
        Ok(block)
    }

    #[cold]
    fn take_noted<R: Raw>(
        &self,
        raw: &R,
        grade: Grade,
        site: Site,
        layout: Layout,
        zeroed: bool,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let telling = debug::reporting();
        let wanted = !telling && (grade > Grade::Sites || debug::sampled());
        let site = if wanted { site.with_sampled_stack() } else { site };
        if wanted {
            let take = || self.take_covered(raw, grade, site, layout, zeroed);
            if let Some(block) = take().or_else(|| self.release(raw, 0, site).then(take).flatten()) {
                return Ok(NonNull::slice_from_raw_parts(block, layout.size()));
            }
        }
        let block = raw.take(layout, zeroed)?;
        if wanted {
            self.enter_plain(raw, block.cast(), layout, site);
        } else {
            self.change_notes(Notes::lose);
        }
        Ok(block)
    }

    /// A block that is not the very one of the allocator below; `None`: it is not to be covered, or there is no room.
    fn take_covered<R: Raw>(
        &self,
        raw: &R,
        grade: Grade,
        site: Site,
        layout: Layout,
        zeroed: bool,
    ) -> Option<NonNull<u8>> {
        let padding = self.notes.lock().padding(layout.align().max(R::ALIGN));
        let new = NewBlock {
            address: 0,
            size: layout.size(),
            align: layout.align(),
            tag: None,
            grade,
            padding: padding as u32,
            position: 0,
            site,
        };
        if grade == Grade::Page {
            if let Some(object) = self.take_pages(raw, NewBlock { padding: 0, ..new }, layout, zeroed) {
                return Some(object);
            }
        }
        if grade >= Grade::Guard {
            let fences = Fences::around(layout, padding)?;
            let base = raw.take(fences.whole(), false).ok()?.cast::<u8>();
            // SAFETY: a fresh block of that layout.
            let guarded = unsafe { Guarded::begin(base, fences, layout.size(), zeroed) };
            let cover = Cover::Fences(guarded);
            let new = NewBlock { grade: grade.min(Grade::Quarantine), ..new };
            let entered = self.enter_covered(raw, guarded.block(), new, &cover, base, fences.whole());
            if entered.is_some() && tools::active() {
                let notes = self.notes.lock();
                let anchor = notes.anchor();
                notes.with(|_| guarded.enter_pool(anchor, zeroed));
            }
            return entered;
        }
        if padding == 0 {
            return None;
        }
        let whole = Layout::from_size_align(padding.checked_add(layout.size())?, layout.align()).ok()?;
        let base = raw.take(whole, zeroed).ok()?.cast::<u8>();
        let start = base.as_ptr().expose_provenance();
        // SAFETY: the whole has so many bytes before the block.
        let block = unsafe { base.add(padding) };
        self.enter_covered(raw, block, new, &Cover::Shifted(start), base, whole)
    }

    /// A block on pages of its own, and one of the allocator below that stands for it.
    fn take_pages<R: Raw>(&self, raw: &R, new: NewBlock, layout: Layout, zeroed: bool) -> Option<NonNull<u8>> {
        let aligned = layout.align_to(R::ALIGN).ok()?;
        let stand_in = raw.take(layout, false).ok()?.cast::<u8>();
        let Some(object) = pages().take(aligned, zeroed) else {
            // SAFETY: it was taken above, and nobody has it.
            let _ = unsafe { raw.give(stand_in, Some(layout)) };
            return None;
        };
        let address = object.as_ptr().expose_provenance();
        pages().set_note(address, stand_in.as_ptr().expose_provenance());
        let entered = self.enter_covered(raw, object, new, &Cover::Pages(address), stand_in, layout);
        if entered.is_none() {
            pages().discard(address);
        }
        entered
    }

    /// Enters a covered block; what was taken for it goes back when that is not possible.
    fn enter_covered<R: Raw>(
        &self,
        raw: &R,
        block: NonNull<u8>,
        new: NewBlock,
        cover: &Cover,
        below: NonNull<u8>,
        whole: Layout,
    ) -> Option<NonNull<u8>> {
        raw.note(below);
        let new = NewBlock { address: block.addr().get(), ..new };
        if self.change_notes(|notes| notes.enter(raw.owner(), new, Some(below.addr().get()))) {
            return Some(block);
        }
        cover.open();
        // SAFETY: it was taken for the block, which nobody has.
        let _ = unsafe { raw.give(below, Some(whole)) };
        None
    }

    /// Enters a block as it came from below. One that cannot be entered is lost to the books.
    pub(super) fn enter_plain<R: Raw>(&self, raw: &R, block: NonNull<u8>, layout: Layout, site: Site) {
        let new = NewBlock {
            address: block.addr().get(),
            size: layout.size(),
            align: layout.align(),
            tag: None,
            grade: Grade::Sites,
            padding: 0,
            position: 0,
            site,
        };
        raw.note(block);
        self.change_notes(|notes| {
            if debug::reporting() || !notes.enter(raw.owner(), new, None) {
                notes.lose();
            }
        });
    }
}
