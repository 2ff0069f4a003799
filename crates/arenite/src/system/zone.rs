//! An area of the system, as its user sees it.

use super::{
    error::SystemError,
    tags::{TagCounts, TagTable},
    temp::Temp,
};
use crate::{Arena, Tag, arena::Handle};
use core::{alloc::Layout, cell::Cell, mem, ops::Deref, ptr::NonNull, slice};
use std::sync::Arc;

/// One area: an arena that also knows tags.
///
/// Dereferences to the [`Arena`] for everything untagged, which stays a bare bump. A tagged push counts its aligned
/// bytes under its tag, in the whole system, until the area is cleared or the temp that made it ends.
pub struct Zone {
    pub(super) arena: Arena,
    pub(super) tags: Arc<TagTable>,
    counts: TagCounts,
    /// A guard has the zone.
    open: Cell<bool>,
}

impl Zone {
    pub(super) fn new(arena: Arena, tags: &Arc<TagTable>) -> Self {
        Self { arena, tags: tags.clone(), counts: TagCounts::default(), open: Cell::new(false) }
    }

    /// Opens the zone for a guard and clears what the last one left. `false`: a guard has it.
    pub(super) fn reenter(&self) -> bool {
        if self.open.replace(true) {
            return false;
        }
        /// Closes the zone again when a value of the last frame panics as it is dropped.
        struct Close<'a>(&'a Zone);
        impl Drop for Close<'_> {
            fn drop(&mut self) {
                self.0.close();
            }
        }
        let close = Close(self);
        self.clear();
        mem::forget(close);
        true
    }

    /// Takes everything back, at the end of a guard's rights.
    pub(super) fn clear(&self) {
        debug_assert!(self.open.get());
        // SAFETY: results borrow the guard that had the zone, and there was none when this one was opened: whoever calls
        // this has the zone open and has handed nothing out, or takes it from a guard that is gone.
        unsafe { self.take_back() }
    }

    /// # Safety
    /// Nothing that the zone handed out is used any more.
    #[track_caller]
    pub(super) unsafe fn take_back(&self) {
        self.counts.drain().for_each(|(tag, bytes)| self.tags.refund(tag, bytes));
        // SAFETY: the caller's promise.
        unsafe { self.arena.reset_unborrowed() }
        // A frame may never come to the end of a window, where an arena looks by itself.
        self.arena.apply_grade();
    }

    pub(super) fn close(&self) {
        self.open.set(false);
    }

    /// Whether a temp, scope or claim has the cursor.
    pub(super) fn is_claimed(&self) -> bool {
        self.arena.is_claimed()
    }

    pub(super) fn counts(&self) -> &TagCounts {
        &self.counts
    }

    /// A temp: what it hands out, and counts under tags, goes back when it is dropped.
    ///
    /// # Errors
    /// Another temp, scope or claim of the zone has its cursor.
    #[track_caller]
    pub fn temp(&self) -> Result<Temp<'_>, SystemError> {
        Ok(Temp::new(self.arena.try_scope()?, self))
    }

    /// Pushes a value under a tag.
    ///
    /// ```
    /// use arenite::{MemorySystem, Tag};
    /// let memory = MemorySystem::new()?;
    /// let health = memory.permanent().push_tagged(Tag::SCENE, 100u32)?;
    /// *health -= 1;
    /// assert_eq!(memory.used_by_tag(Tag::SCENE), 8);
    /// # Ok::<(), arenite::system::SystemError>(())
    /// ```
    ///
    /// # Errors
    /// The tag's hard budget, or the arena's refusal.
    #[track_caller]
    pub fn push_tagged<T>(&self, tag: Tag, value: T) -> Result<&mut T, SystemError> {
        push_tagged(&self.arena, &self.tags, &[&self.counts], tag, value)
    }

    /// Pushes `n` copies of a value under a tag.
    ///
    /// # Errors
    /// The tag's hard budget, or the arena's refusal, an overflowing size included.
    #[track_caller]
    pub fn push_array_tagged<T: Copy>(&self, tag: Tag, n: usize, value: T) -> Result<&mut [T], SystemError> {
        push_array_tagged(&self.arena, &self.tags, &[&self.counts], tag, n, value)
    }

    /// Pushes uninitialised memory under a tag.
    ///
    /// # Errors
    /// The tag's hard budget, or the arena's refusal.
    #[track_caller]
    pub fn push_size_tagged(&self, tag: Tag, layout: Layout) -> Result<NonNull<u8>, SystemError> {
        push_size_tagged(&self.arena, &self.tags, &[&self.counts], tag, layout)
    }
}

impl Deref for Zone {
    type Target = Arena;

    fn deref(&self) -> &Arena {
        &self.arena
    }
}

#[track_caller]
pub(super) fn push_size_tagged(
    handle: &Handle,
    tags: &TagTable,
    counts: &[&TagCounts],
    tag: Tag,
    layout: Layout,
) -> Result<NonNull<u8>, SystemError> {
    let bytes = crate::bump::round_up(layout.size(), crate::bump::MIN_ALIGN);
    tags.charge(tag, bytes)?;
    match handle.try_alloc_layout(layout) {
        Ok(memory) => {
            handle.note_tag(memory, tag);
            counts.iter().for_each(|counts| counts.add(tag, bytes));
            tags.report_crossing(tag);
            Ok(memory)
        }
        Err(refused) => {
            tags.refund(tag, bytes);
            Err(refused.into())
        }
    }
}

#[track_caller]
pub(super) fn push_tagged<'a, T>(
    handle: &'a Handle,
    tags: &TagTable,
    counts: &[&TagCounts],
    tag: Tag,
    value: T,
) -> Result<&'a mut T, SystemError> {
    const { assert!(!mem::needs_drop::<T>(), "a value that needs Drop: use alloc_drop or boxed") };
    let slot = push_size_tagged(handle, tags, counts, tag, Layout::new::<T>())?.cast::<T>();
    // SAFETY: fresh memory for a T, handed out once, valid while the handle is borrowed.
    Ok(unsafe {
        slot.write(value);
        &mut *slot.as_ptr()
    })
}

#[track_caller]
pub(super) fn push_array_tagged<'a, T: Copy>(
    handle: &'a Handle,
    tags: &TagTable,
    counts: &[&TagCounts],
    tag: Tag,
    n: usize,
    value: T,
) -> Result<&'a mut [T], SystemError> {
    let layout = Layout::array::<T>(n).map_err(|_| handle.overflow(align_of::<T>()))?;
    let slots = push_size_tagged(handle, tags, counts, tag, layout)?.cast::<T>();
    for i in 0..n {
        // SAFETY: there is room for n.
        unsafe { slots.add(i).write(value) };
    }
    // SAFETY: all n were written; handed out once, valid while the handle is borrowed.
    Ok(unsafe { slice::from_raw_parts_mut(slots.as_ptr(), n) })
}
