//! The system under debug grades.

use super::{MemorySystem, areas::Areas};
use crate::{
    Tag,
    debug::{self, Grade, LeakReport},
    report::{self, Allocations, EscapeError, EscapeReport, EscapeScan},
};

/// The names of the areas that are arenas.
const ZONES: [&str; 4] = ["permanent", "frame", "gui", "render"];

impl MemorySystem<'_> {
    /// Notes every allocation of every area with its place from now on ([`Grade::Sites`]), or no longer. What is there
    /// already stays valid and is not noted.
    ///
    /// As [`set_grade`](Self::set_grade).
    ///
    /// ```
    /// use arenite::{MemorySystem, Tag};
    /// let memory = MemorySystem::new()?;
    /// memory.enable_tracking(true);
    /// memory.permanent().push_tagged(Tag::SCENE, [0u8; 100])?;
    /// # #[cfg(not(feature = "debug"))] return Ok(());
    /// let list = memory.dump_allocations();
    /// assert_eq!((list.len(), list[0].block.size, list[0].block.tag), (1, 100, Some(Tag::SCENE)));
    /// # memory.enable_tracking(false);
    /// # Ok::<(), arenite::system::SystemError>(())
    /// ```
    pub fn enable_tracking(&self, enabled: bool) {
        self.set_grade(enabled.then_some(Grade::Sites));
    }

    /// Notes, from now on or no longer, every allocation of what nodes with this tag pay for, in the whole process: heaps,
    /// pools and arenas of the game's beside this system. A tagged push is noted when its area is
    /// ([`enable_tracking`](Self::enable_tracking)), and carries its tag in every report then.
    pub fn enable_tracking_of(&self, tag: Tag, enabled: bool) {
        debug::set_tag_grade(tag, enabled.then_some(Grade::Sites));
    }

    /// Watches every area as closely as that; `None`: as closely as the process is. Areas go by their names
    /// ([`debug::set_node_grade`]), so the areas of a second system in the process, and a node called "frame", are meant
    /// as well. Arenas see it at once, an open frame's temps when they end; ring, stack and pools when they next look.
    pub fn set_grade(&self, grade: impl Into<Option<Grade>>) {
        let grade = grade.into();
        ZONES.into_iter().chain(Areas::NAMES).for_each(|name| debug::set_node_grade(name, grade));
        self.zones().for_each(|zone| zone.arena.apply_grade());
    }

    /// Checks every area: fences, what was freed, what a clear left behind. Reports each fault; how many. What was broken
    /// is mended, so that it is told once. Of ring and stack those that nobody has at this moment. O(blocks, and bytes that
    /// were filled).
    ///
    /// # Panics
    /// By [`Policy::Panic`](debug::Policy::Panic), with the first report.
    ///
    /// ```
    /// use arenite::{MemorySystem, debug::Grade};
    /// let memory = MemorySystem::new()?;
    /// memory.set_grade(Grade::Guard);
    /// memory.permanent().alloc_slice_fill(100, 0u8);
    /// assert_eq!(memory.check_integrity(), 0);
    /// # memory.set_grade(None);
    /// # Ok::<(), arenite::system::SystemError>(())
    /// ```
    #[track_caller]
    pub fn check_integrity(&self) -> usize {
        // Not in a closure, which would be the caller then.
        let mut found = self.areas.check();
        for zone in self.zones() {
            found += zone.arena.check();
        }
        found
    }

    /// What was not given back, by the place where it was allocated: live blocks of the pools and of the stack that came
    /// while they were tracked. How many there are in all, tracked or not, and the temps that have not ended, say
    /// [`leaks`](Self::leaks). What lies in arenas is no leak.
    #[must_use]
    pub fn check_leaks(&self) -> LeakReport {
        report::leaks_of(self.node())
    }

    /// Who still points into what the last frame left, which the next [`begin_frame`](Self::begin_frame) clears? For what
    /// is looked at and what a finding is worth see [`EscapeScan`].
    ///
    /// # Errors
    /// As [`EscapeScan::run`].
    pub fn frame_escapes(&self) -> Result<EscapeReport, EscapeError> {
        EscapeScan::new().arena(&self.frame.arena).except(self).run()
    }

    /// Every live allocation of the system that was noted, with its place.
    #[must_use]
    pub fn dump_allocations(&self) -> Allocations {
        Allocations::of(self.node())
    }
}
