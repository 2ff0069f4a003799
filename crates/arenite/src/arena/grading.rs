//! How closely an arena is watched: what the program says and asks.

use super::{Arena, Handle, core::Core};
use crate::{
    debug::{Grade, Site},
    error::AllocError,
};

impl Handle {
    /// Whether each block is noted, and so neither moved over nor grown in place.
    pub(crate) fn notes_blocks(&self) -> bool {
        self.core().is_some_and(|core| core.grade() >= Grade::Sites)
    }
}

/// Debugging.
impl Arena {
    /// Sets the debug grade of this arena alone; `None`: that of its node's name, its tag, or the process. In force at
    /// once, where those are seen within 64 KiB of allocation (see [`apply_grade`](Self::apply_grade)). Without the
    /// feature `debug` nothing happens.
    ///
    /// ```
    /// use arenite::{Arena, debug::Grade};
    /// let mut arena = Arena::new();
    /// arena.set_grade(Grade::Guard)?;
    /// arena.alloc_slice_fill(3, 7u8);
    /// assert_eq!(arena.check(), 0);
    /// # Ok::<(), arenite::AllocError>(())
    /// ```
    ///
    /// # Errors
    /// The arena has no block yet and the first is refused.
    pub fn set_grade(&mut self, grade: impl Into<Option<Grade>>) -> Result<(), AllocError> {
        let core = self.as_handle().core_or_create().map_err(|kind| self.as_handle().refused(kind))?;
        core.set_own_grade(grade.into());
        self.open_anew(core);
        Ok(())
    }

    /// Takes up the grade that is in force now. An arena does so by itself whenever a window ends, at most after 64 KiB;
    /// one whose cycles are shorter than that, each ended by a bare reset, is asked here. A scope or claim that has the
    /// cursor keeps its window. O(1).
    pub fn apply_grade(&self) {
        if let Some(core) = self.as_handle().core() {
            if core.look() {
                self.open_anew(core);
            }
        }
    }

    /// The debug grade in force, as the arena last saw it.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.as_handle().core().map_or(Grade::Off, Core::grade)
    }

    /// Checks the fences of every live block and all memory that was filled as dead, and reports each fault; how many.
    /// What was broken is mended, so that it is told once. O(blocks, and bytes that were filled).
    ///
    /// # Panics
    /// By [`Policy::Panic`](crate::debug::Policy::Panic), with the first report.
    #[track_caller]
    pub fn check(&self) -> usize {
        let Some(core) = self.as_handle().core() else { return 0 };
        let found = core.check(Site::here());
        core.tell();
        found
    }

    /// Binds the arena to the calling thread: from [`Grade::Sites`] on, an allocation by another is reported as
    /// [`WrongThread`](crate::debug::FaultKind::WrongThread) (and served). An arena may move between threads; this says
    /// that this one is not meant to.
    ///
    /// # Errors
    /// The arena has no block yet and the first is refused.
    #[track_caller]
    pub fn bind_to_thread(&self) -> Result<(), AllocError> {
        let core = self.as_handle().core_or_create().map_err(|kind| self.as_handle().refused(kind))?;
        core.bind(Site::here());
        Ok(())
    }
}
