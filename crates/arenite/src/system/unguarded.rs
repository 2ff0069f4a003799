//! The system without guards, for callers that no compiler holds to a lifetime: the C library.

use super::{Area, MemorySystem, SystemError, Zone};
use crate::{Budget, Mark, RestoreError, Tag};
use core::ptr::NonNull;

/// A place in a zone to go back to: a [`Mark`], and the tags that had something counted. What they had lies in a list beside
/// the marks, the newest last: a temp that knows few tags is small.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ZoneMark {
    mark: Mark,
    touched: u32,
    /// How long the list was before.
    counts: u32,
}

#[doc(hidden)]
impl Zone {
    /// Notes where the zone stands: what is counted under tags goes to the end of `counts`.
    ///
    /// # Errors
    /// The arena's refusal.
    #[track_caller]
    pub fn mark(&self, counts: &mut Vec<usize>) -> Result<ZoneMark, SystemError> {
        let mark = self.arena.try_checkpoint()?;
        let before = counts.len() as u32;
        counts.extend(self.counts().touched().map(|(_, bytes)| bytes));
        Ok(ZoneMark { mark, touched: self.counts().touched_bits(), counts: before })
    }

    /// The same where nothing stands in the way, and `counts` has the room for all tags: it never unwinds. The caller ends the
    /// newest mark first.
    #[inline(always)]
    #[must_use]
    pub fn mark_at_hand(&self, counts: &mut Vec<usize>) -> Option<ZoneMark> {
        let before = counts.len();
        if counts.capacity() - before < Tag::COUNT {
            return None;
        }
        let mark = self.arena.unordered_checkpoint_at_hand()?;
        for (_, bytes) in self.counts().touched() {
            counts.push(bytes);
        }
        Some(ZoneMark { mark, touched: self.counts().touched_bits(), counts: before as u32 })
    }

    /// Takes back what was pushed since `mark`, and what was counted for it. It is the newest one with anything in `counts`;
    /// those go.
    ///
    /// # Safety
    /// Nothing that the zone handed out since the mark is used any more, and no temp, scope or claim of it is alive.
    ///
    /// # Errors
    /// As [`Arena::restore`](crate::Arena::restore). Nothing changes.
    #[track_caller]
    pub unsafe fn rewind_unborrowed(&self, mark: &ZoneMark, counts: &mut Vec<usize>) -> Result<(), RestoreError> {
        // SAFETY: the caller's promise.
        unsafe { self.arena.restore_unborrowed(mark.mark) }?;
        self.refund_down_to(mark, counts);
        Ok(())
    }

    /// The same where nothing but the cursor has to go back; `false`: it has, and nothing has changed. It never unwinds.
    ///
    /// # Safety
    /// As [`rewind_unborrowed`](Self::rewind_unborrowed).
    #[inline(always)]
    #[must_use]
    pub unsafe fn rewind_at_hand(&self, mark: &ZoneMark, counts: &mut Vec<usize>) -> bool {
        // SAFETY: the caller's promise.
        let rewound = unsafe { self.arena.restore_at_hand(&mark.mark) };
        if rewound {
            self.refund_down_to(mark, counts);
        }
        rewound
    }

    /// Takes everything back.
    ///
    /// # Safety
    /// Nothing that the zone handed out is used any more, and no guard, temp, scope or claim of it is alive.
    #[track_caller]
    pub unsafe fn reset_unborrowed(&self) {
        // SAFETY: the caller's promise.
        unsafe { self.take_back() }
    }

    /// Memory where the open window has it: the fast path, which never unwinds. Not for a size of 0 or above `isize::MAX`, or
    /// an alignment that is none up to 2 MiB.
    #[inline(always)]
    #[must_use]
    pub fn take_at_hand(&self, size: usize, align: usize) -> Option<NonNull<u8>> {
        self.arena.take_in_window(size, align)
    }

    /// The same, counted under a tag; `None` also when its hard budget would be passed. A soft one calls back.
    #[inline]
    #[must_use]
    pub fn take_at_hand_tagged(&self, tag: Tag, size: usize, align: usize) -> Option<NonNull<u8>> {
        let bytes = crate::bump::round_up(size, crate::bump::MIN_ALIGN);
        self.tags.charge(tag, bytes).ok()?;
        let Some(memory) = self.arena.take_in_window(size, align) else {
            self.tags.refund(tag, bytes);
            return None;
        };
        self.counts().add(tag, bytes);
        self.tags.report_crossing(tag);
        Some(memory)
    }

    /// Gives back what was counted since a mark, whose counts are the last of `counts`: in the order of the tags, which only
    /// a reset of the zone, and thus an end of all marks, takes away.
    #[inline]
    fn refund_down_to(&self, mark: &ZoneMark, counts: &mut Vec<usize>) {
        let (touched, from) = (mark.touched, mark.counts as usize);
        let mut before = counts.get(from..).unwrap_or_default().iter();
        for (tag, now) in self.counts().touched() {
            let had = if touched >> tag.number() & 1 == 1 { before.next().copied().unwrap_or(now) } else { 0 };
            let given_back = now.saturating_sub(had);
            if given_back > 0 {
                self.counts().subtract(tag, given_back);
                self.tags.refund(tag, given_back);
            }
        }
        counts.truncate(from);
    }
}

#[doc(hidden)]
impl MemorySystem<'_> {
    /// An area that is an arena; of the render area the buffer that is recorded next. `None` for the others.
    ///
    /// # Safety
    /// What it hands out is not used after its area was cleared: by [`begin_frame`](Self::begin_frame),
    /// [`begin_gui`](Self::begin_gui), [`begin_commands`](Self::begin_commands) or
    /// [`run_commands`](Self::run_commands).
    #[must_use]
    pub unsafe fn zone(&self, area: Area) -> Option<&Zone> {
        match area {
            Area::Permanent => Some(self.permanent()),
            Area::Frame => Some(&self.frame),
            Area::Gui => Some(&self.gui),
            Area::Render => Some(self.render.next_zone()),
            _ => None,
        }
    }

    /// Clears the render area's buffer that is recorded next.
    ///
    /// # Safety
    /// Nothing that it handed out is used any more, and nobody is recording into it.
    ///
    /// # Errors
    /// It holds commands that have not run.
    pub unsafe fn clear_render(&self) -> Result<(), SystemError> {
        self.render.next_is_free()?;
        // SAFETY: the caller's promise; no commands are in it.
        unsafe { self.render.next_zone().take_back() };
        Ok(())
    }

    /// Changes a tag's budget. What is in use already is kept, even above a new hard budget.
    pub fn set_budget(&self, tag: Tag, budget: Budget) {
        self.tags.account(tag).set_budget(budget);
    }

    /// A tag's budget.
    #[must_use]
    pub fn budget(&self, tag: Tag) -> Budget {
        self.tags.account(tag).budget()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::SystemLayout;
    use core::alloc::Layout;

    fn bytes(size: usize) -> Layout {
        Layout::from_size_align(size, 16).unwrap()
    }

    #[test]
    fn a_rewound_zone_gives_back_what_was_counted_since_its_mark_and_no_more() {
        let memory = MemorySystem::with_layout(SystemLayout::scaled(64 << 20)).unwrap();
        // SAFETY: nothing is used here that was handed out.
        let zone = unsafe { memory.zone(Area::Frame) }.unwrap();
        zone.push_size_tagged(Tag::AI, bytes(64)).unwrap();
        let mut counts = Vec::new();
        let outer = zone.mark(&mut counts).unwrap();
        zone.push_size_tagged(Tag::AI, bytes(100)).unwrap();
        let inner = zone.mark(&mut counts).unwrap();
        zone.push_size_tagged(Tag::AUDIO, bytes(8)).unwrap();
        // SAFETY: as above.
        unsafe {
            zone.rewind_unborrowed(&inner, &mut counts).unwrap();
            assert_eq!((memory.used_by_tag(Tag::AI), memory.used_by_tag(Tag::AUDIO)), (168, 0));
            zone.rewind_unborrowed(&outer, &mut counts).unwrap();
            assert_eq!(memory.used_by_tag(Tag::AI), 64);
            zone.reset_unborrowed();
            assert_eq!((memory.used_by_tag(Tag::AI), zone.used()), (0, 0));
            assert_eq!(zone.rewind_unborrowed(&outer, &mut counts), Err(RestoreError::Reset));
        }
    }

    #[test]
    fn marks_at_hand_give_back_the_same_and_ask_for_room_first() {
        let memory = MemorySystem::with_layout(SystemLayout::scaled(64 << 20)).unwrap();
        // SAFETY: nothing is used here that was handed out.
        let zone = unsafe { memory.zone(Area::Frame) }.unwrap();
        zone.push_size_tagged(Tag::AI, bytes(64)).unwrap();
        zone.push_size_tagged(Tag::GUI, bytes(32)).unwrap();
        assert!(zone.mark_at_hand(&mut Vec::new()).is_none(), "no room for the counts");
        let mut counts = Vec::with_capacity(2 * Tag::COUNT);
        let outer = zone.mark_at_hand(&mut counts).unwrap();
        zone.push_size_tagged(Tag::AUDIO, bytes(8)).unwrap();
        zone.push_size_tagged(Tag::AI, bytes(16)).unwrap();
        let inner = zone.mark_at_hand(&mut counts).unwrap();
        zone.push_size_tagged(Tag::AUDIO, bytes(800)).unwrap();
        let used = || [Tag::AI, Tag::GUI, Tag::AUDIO].map(|tag| memory.used_by_tag(tag));
        // SAFETY: as above.
        unsafe {
            assert!(zone.rewind_at_hand(&inner, &mut counts));
            assert_eq!(used(), [80, 32, 8]);
            assert!(zone.rewind_at_hand(&outer, &mut counts));
            assert_eq!((used(), counts.len()), ([64, 32, 0], 0));
        }
    }

    #[test]
    fn a_budget_that_was_changed_holds_from_then_on() {
        let memory = MemorySystem::with_layout(SystemLayout::scaled(64 << 20)).unwrap();
        memory.permanent().push_size_tagged(Tag::SCENE, bytes(100)).unwrap();
        memory.set_budget(Tag::SCENE, Budget { soft: None, hard: Some(50) });
        assert_eq!(memory.budget(Tag::SCENE).hard, Some(50));
        assert!(memory.permanent().push_size_tagged(Tag::SCENE, bytes(1)).is_err());
        assert_eq!(memory.used_by_tag(Tag::SCENE), 104);
    }
}
