//! The ends of an arena when there is nothing to undo, for the C library: they never unwind, call nobody back and need no
//! place, so that C pays for no border. Each says when it is not so, and then nothing has changed.

use super::{
    Arena,
    core::Core,
    mark::{BareMark, Mark, Since},
    refill::{WINDOW, Window},
};
use crate::{bump::FIRST_ADDRESS, debug::Site};

#[doc(hidden)]
impl Arena {
    /// [`reset`](Self::reset), when nothing but the cursor has moved since the arena started.
    ///
    /// # Safety
    /// As [`reset_unborrowed`](Self::reset_unborrowed).
    #[inline(always)]
    #[must_use]
    pub unsafe fn reset_at_hand(&self) -> bool {
        if self.handle.window().limit != self.handle.saved() {
            return false;
        }
        // SAFETY: the caller's promise; equal limits are the half of it that only moves the cursor.
        unsafe { self.reset_unborrowed() };
        true
    }

    /// [`checkpoint`](Self::checkpoint), when the arena has a block and is not watched. The mark has no place.
    #[inline(always)]
    #[must_use]
    pub fn checkpoint_at_hand(&self) -> Option<Mark> {
        let core = self.bare()?;
        Some(self.mark_here(core, core.marks.open(self.generation.get())))
    }

    /// The same for an arena that has counted nothing: the short form.
    #[inline(always)]
    #[must_use]
    pub fn bare_mark(&self) -> Option<BareMark> {
        let (core, generation) = (self.barest()?, self.generation.get());
        let (stamp, depth) = core.marks.open(generation);
        Some(BareMark { arena: core.id, generation, cursor: self.handle.window().cursor, stamp, depth })
    }

    /// [`restore_at_hand`](Self::restore_at_hand) in the first block and within the window.
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    #[must_use]
    pub unsafe fn restore_bare(&self, mark: &BareMark) -> bool {
        let Some(core) = self.barest() else { return false };
        let (Window { cursor, limit }, to) = (self.handle.window(), mark.cursor.addr());
        let near = core.id == mark.arena
            && mark.generation == self.generation.get()
            && to <= cursor.addr()
            && to >= core.start.addr().get()
            && limit.wrapping_sub(to) <= WINDOW
            && core.has_been_at(cursor.addr());
        if !near || !core.marks.close_inside_exact(mark.stamp, mark.depth) {
            return false;
        }
        self.handle.set_cursor(mark.cursor);
        if core.node.is_some() {
            core.publish_at(to);
        }
        true
    }

    /// As [`bare`](Self::bare), with nothing counted.
    #[inline(always)]
    fn barest(&self) -> Option<&Core> {
        if self.handle.window().limit < FIRST_ADDRESS {
            return None;
        }
        let core = self.handle.own_core()?;
        let counted = core.requested.get() | core.allocations.get();
        let nothing = counted | core.own_count.get() | core.drops.top_address() | core.checked.address() == 0;
        (nothing && core.knows_its_grade_at_hand()).then_some(core)
    }

    /// The same for an owner who knows himself which of his marks are open, and ends the newest first: nothing tells this one
    /// from others at its depth.
    #[inline(always)]
    #[must_use]
    pub fn unordered_checkpoint_at_hand(&self) -> Option<Mark> {
        let core = self.bare()?;
        Some(self.mark_here(core, core.marks.innermost(self.generation.get())))
    }

    #[inline(always)]
    fn mark_here(&self, core: &Core, (stamp, depth): (u64, usize)) -> Mark {
        Mark {
            arena: core.id,
            generation: self.generation.get(),
            cursor: self.handle.window().cursor,
            stamp,
            depth,
            since: Since { own: 0, drops: 0 },
            requested: core.requested.get(),
            allocations: core.allocations.get(),
            site: Site::UNKNOWN,
        }
    }

    /// [`restore`](Self::restore) to a good mark in the current block.
    ///
    /// # Safety
    /// As [`restore_unborrowed`](Self::restore_unborrowed).
    #[inline(always)]
    #[must_use]
    pub unsafe fn restore_at_hand(&self, mark: &Mark) -> bool {
        let Some(core) = self.bare() else { return false };
        let cursor = self.handle.window().cursor.addr();
        let good = core.id == mark.arena
            && mark.generation == self.generation.get()
            && core.marks.is_open(mark)
            && core.current.get().holds(mark.cursor.addr())
            && mark.cursor.addr() <= cursor
            && mark.since == Since { own: 0, drops: 0 };
        if !good {
            return false;
        }
        if !core.has_been_at(cursor) {
            core.note_use(cursor);
        }
        core.marks.close_inside(mark);
        if core.node.is_some() {
            core.publish(core.used(mark.cursor.addr()));
        }
        core.requested.set(mark.requested);
        core.allocations.set(mark.allocations);
        let mut limit = self.handle.window().limit;
        // A limit that was lowered for being the saved one may lie below a cursor at the end of its block.
        if limit.wrapping_sub(mark.cursor.addr()) > WINDOW {
            limit = core.open(mark.cursor, self.handle.saved());
        }
        self.handle.set_window(Window { cursor: mark.cursor, limit });
        true
    }

    /// The core of an arena with nothing in it that an end would have to look after: no large request, registered value or
    /// checked handle, and nobody who watches it or wants to.
    #[inline(always)]
    fn bare(&self) -> Option<&Core> {
        let core = self.handle.core()?;
        let bare = self.handle.window().limit >= FIRST_ADDRESS
            && core.own_count.get() == 0
            && core.drops.is_empty()
            && core.has_no_checked()
            && core.knows_its_grade();
        bare.then_some(core)
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::{ArenaOptions, RestoreError};

    #[test]
    fn a_mark_at_hand_is_a_mark_and_its_end_leaves_the_same_as_a_restore() {
        let _stay = crate::debug::turns::stay();
        let ways: [fn(&Arena, Mark) -> bool; 2] = [
            // SAFETY: nothing is used here that was handed out.
            |arena, mark| unsafe { arena.restore_at_hand(&mark) },
            // SAFETY: as above.
            |arena, mark| unsafe { arena.restore_unborrowed(mark) }.is_ok(),
        ];
        let [at_hand, by_restore] = ways.map(|end| {
            let arena = ArenaOptions::new().name("ends").build();
            arena.alloc([1u8; 100]);
            let outer = arena.checkpoint_at_hand().unwrap();
            arena.alloc([2u8; 200]);
            let inner = arena.checkpoint_at_hand().unwrap();
            arena.alloc([3u8; 300]);
            assert!(end(&arena, outer));
            assert!(!end(&arena, inner), "it was inside one that was restored");
            let shown = arena.node().unwrap().stats().used;
            arena.alloc(7u64);
            (arena.used(), shown, arena.stats().high_water)
        });
        assert_eq!(at_hand, by_restore);
        assert_eq!(at_hand, (112, 104, 608));
    }

    #[test]
    fn a_bare_mark_is_gone_back_to_as_often_as_it_is_open_and_closes_those_inside() {
        let _stay = crate::debug::turns::stay();
        let arena = Arena::new();
        arena.alloc([0u8; 4096]);
        // SAFETY: nothing is used here that was handed out.
        unsafe {
            arena.reset_unborrowed();
            let outer = arena.bare_mark().unwrap();
            let marks: Vec<_> = (0..20u64)
                .map(|number| {
                    arena.alloc(number);
                    arena.bare_mark().unwrap()
                })
                .collect();
            assert!(arena.restore_bare(&marks[18]) && arena.restore_bare(&marks[18]) && arena.used() == 19 * 8);
            assert!(!arena.restore_bare(&marks[19]), "it was inside");
            assert_eq!(arena.restore_unborrowed(marks[19].into()), Err(RestoreError::OutOfOrder));
            assert!(!arena.restore_bare(&outer), "it has lost its stamp to deeper ones");
            assert_eq!(arena.restore_unborrowed(outer.into()), Ok(()));
            assert_eq!(arena.used(), 0);
            assert!(!arena.restore_bare(&marks[18]) && !Arena::new().restore_bare(&outer));
            let ahead = BareMark { cursor: outer.cursor.add(8), ..arena.bare_mark().unwrap() };
            assert!(!arena.restore_bare(&ahead), "the arena has not been there");
            arena.reset_unborrowed();
            assert!(!arena.restore_bare(&outer));
            assert_eq!(arena.restore_unborrowed(outer.into()), Err(RestoreError::Reset));
        }
    }

    #[test]
    fn a_bare_mark_of_a_named_arena_leaves_its_node_the_same_as_a_restore() {
        let _stay = crate::debug::turns::stay();
        let [bare, by_restore] = [true, false].map(|bare| {
            let arena = ArenaOptions::new().name("shown").build();
            arena.alloc([0u8; 512]);
            // SAFETY: nothing is used here that was handed out.
            unsafe {
                arena.reset_unborrowed();
                arena.alloc([1u8; 100]);
                let mark = arena.bare_mark().unwrap();
                arena.alloc([2u8; 300]);
                assert!(if bare { arena.restore_bare(&mark) } else { arena.restore_unborrowed(mark.into()).is_ok() });
            }
            (arena.used(), arena.node().unwrap().stats().used, arena.stats().high_water)
        });
        assert_eq!(bare, by_restore);
    }

    #[test]
    fn there_is_no_bare_mark_where_something_is_looked_after_or_counted() {
        let _stay = crate::debug::turns::stay();
        // SAFETY: nothing is used here that was handed out.
        unsafe {
            let arena = Arena::new();
            assert!(arena.bare_mark().is_none(), "no block yet");
            arena.alloc(1);
            let mark = arena.bare_mark().unwrap();
            let other = Arena::new();
            other.alloc(1);
            assert!(!other.restore_bare(&mark), "another's");
            arena.alloc_slice_fill(1 << 20, 0u8);
            assert!(!arena.restore_bare(&mark), "a block of its own");
            assert_eq!(arena.restore_unborrowed(mark.into()), Ok(()));
            let scope = arena.scope();
            assert!(!arena.restore_bare(&mark) && arena.bare_mark().is_none(), "a scope has the cursor");
            drop(scope);
            let _ = arena.alloc_drop(String::from("registered"));
            assert!(!arena.restore_bare(&mark) && arena.bare_mark().is_none(), "a value to drop");
            let counting = ArenaOptions::new().counting(true).build();
            counting.alloc(1);
            assert!(counting.bare_mark().is_none(), "it counts");
        }
    }

    #[test]
    fn what_has_to_be_looked_after_is_left_to_the_cold_ends() {
        let _stay = crate::debug::turns::stay();
        // SAFETY: nothing is used here that was handed out.
        unsafe {
            let arena = Arena::new();
            assert!(arena.checkpoint_at_hand().is_none(), "no block yet");
            arena.alloc(1);
            let mark = arena.checkpoint_at_hand().unwrap();
            let other = Arena::new();
            other.alloc(1);
            assert!(!other.restore_at_hand(&mark), "another's");
            arena.alloc_slice_fill(1 << 20, 0u8);
            assert!(!arena.restore_at_hand(&mark) && !arena.reset_at_hand(), "a block of its own");
            assert_eq!(arena.restore_unborrowed(mark), Ok(()));
            let scope = arena.scope();
            assert!(!arena.restore_at_hand(&mark) && !arena.reset_at_hand(), "a scope has the cursor");
            drop(scope);
            let _ = arena.alloc_drop(String::from("registered"));
            assert!(!arena.restore_at_hand(&mark) && arena.checkpoint_at_hand().is_none(), "a value to drop");
            arena.reset_unborrowed();
            arena.alloc(1);
            assert!(!arena.restore_at_hand(&mark), "taken before the reset");
            assert_eq!(arena.restore_unborrowed(mark), Err(RestoreError::Reset));
        }
    }

    #[test]
    fn a_mark_at_the_very_end_of_a_block_is_gone_back_to() {
        let _stay = crate::debug::turns::stay();
        let arena = ArenaOptions::new().initial(4096).build();
        arena.alloc([0u8; 4096]);
        // SAFETY: nothing is used here that was handed out.
        unsafe {
            arena.reset_unborrowed();
            arena.alloc([0u8; 4096]);
            let mark = arena.checkpoint();
            assert_eq!(arena.restore_unborrowed(mark), Ok(()), "which lowers the limit below the cursor");
            assert!(arena.handle.window().limit < arena.handle.window().cursor.addr());
            assert!(arena.restore_at_hand(&mark) && arena.used() == 4096);
        }
    }

    #[test]
    fn a_reset_at_hand_takes_everything_back_and_ends_the_marks() {
        let _stay = crate::debug::turns::stay();
        let arena = Arena::new();
        arena.alloc([0u8; 512]);
        // SAFETY: nothing is used here that was handed out.
        unsafe {
            arena.reset_unborrowed();
            arena.alloc([0u8; 256]);
            let mark = arena.checkpoint_at_hand().unwrap();
            assert!(arena.reset_at_hand());
            assert_eq!((arena.used(), arena.stats().generation), (0, 2));
            assert!(!arena.restore_at_hand(&mark));
        }
    }

    #[test]
    fn marks_without_an_order_leave_those_with_one_open_and_die_with_the_reset() {
        let _stay = crate::debug::turns::stay();
        let arena = Arena::new();
        arena.alloc([0u8; 512]);
        // SAFETY: nothing is used here that was handed out.
        unsafe {
            arena.reset_unborrowed();
            let left_open = arena.checkpoint();
            assert!(arena.reset_at_hand());
            let outer = arena.unordered_checkpoint_at_hand().unwrap();
            arena.alloc(1u64);
            let ordered = arena.checkpoint();
            arena.alloc(2u64);
            let inner = arena.unordered_checkpoint_at_hand().unwrap();
            arena.alloc(3u64);
            assert!(arena.restore_at_hand(&inner) && arena.used() == 16);
            assert_eq!(arena.restore_unborrowed(ordered), Ok(()), "still open");
            assert!(arena.restore_at_hand(&outer) && arena.used() == 0);
            assert_eq!(arena.restore_unborrowed(left_open), Err(RestoreError::Reset));
            arena.reset_unborrowed();
            assert!(!arena.restore_at_hand(&outer));
        }
    }
}
