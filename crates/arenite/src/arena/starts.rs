//! Where scopes and marks began: how the end of one finds its block without looking at those it goes back over.
//!
//! A scope or mark knows the address that it goes back to, and the block of that address is seldom far among the *starts*:
//! the blocks in which a scope or mark began that is worth coming back to, and that have been left since. They are noted on
//! cold paths only:
//!
//! - A handle's first cold event finds the block in which it began still the current one: nobody else could have left it.
//!   Its limit still equals the saved one then, and never again.
//! - A block in which a mark was opened is noted when the cursor leaves it.
//!
//! Going back drops the starts behind where it goes to. So each step of a search is one that an earlier event paid for, and
//! scopes that end in turn find theirs at once. The first block is the last resort of each search and is in no list: a
//! reset, which makes it the current one, has nothing to do here.

use super::{block::BlockRef, core::Core};
use core::cell::Cell;

/// The newest start; older ones follow through the blocks' headers, each before the other in the chain.
#[derive(Default)]
pub(super) struct Starts(Cell<Option<BlockRef>>);

impl Core {
    /// Notes the current block, if `yes`: the handle that asks has its first cold event.
    #[inline]
    pub(super) fn note_start_if(&self, yes: bool) {
        if yes {
            self.note_start();
        }
    }

    /// Notes that a scope that began in the current block may come back to it. O(1).
    pub(super) fn note_start(&self) {
        let current = self.current.get();
        if current != self.first && self.starts.0.get() != Some(current) {
            current.earlier.set(self.starts.0.replace(Some(current)));
        }
    }

    /// The cursor leaves the current block for the one behind it.
    pub(super) fn leave_block(&self, current: BlockRef) {
        if current == self.first {
            // What is listed is of before the last reset, or of scopes that were gone back over.
            self.starts.0.set(None);
        } else if current.marks.get() != self.marks.opened() {
            self.note_start();
        }
    }

    /// The cursor goes back to a block of the used part.
    pub(super) fn go_back_to(&self, block: BlockRef) {
        if self.current.replace(block) == self.first || block == self.first {
            return;
        }
        while let Some(newest) = self.starts.0.get().filter(|start| start.room_before.get() > block.room_before.get()) {
            self.starts.0.set(newest.earlier.get());
        }
        self.note_start();
    }

    /// The block that holds `address`, at which a mark of this arena was opened. O(1) but for starts inside of it that nobody
    /// came back to.
    pub(super) fn start_of(&self, address: usize) -> Option<BlockRef> {
        // Of many open marks the outer ones are known by their depth alone: such a one may lie anywhere.
        self.starts().find(|start| start.holds(address)).or_else(|| self.block_of(address))
    }

    /// The same for an address at which a scope began, which is always a start.
    pub(super) fn start_of_scope(&self, address: usize) -> Option<BlockRef> {
        debug_assert!(self.starts().any(|start| start.holds(address)), "a scope that began where nothing was noted");
        self.start_of(address)
    }

    /// The current block, the starts from the newest on, and the first block.
    fn starts(&self) -> impl Iterator<Item = BlockRef> {
        let current = self.current.get();
        let newest = if current == self.first { None } else { self.starts.0.get() };
        let listed = core::iter::successors(newest, |start| start.earlier.get());
        core::iter::once(current).chain(listed).chain([self.first])
    }
}

#[cfg(test)]
mod tests {
    use crate::{Arena, ArenaOptions, Scope, arena::Handle};

    fn arena() -> Arena {
        ArenaOptions::new().initial(4096).max(4096).build()
    }

    /// More than half a chunk, so that each takes one.
    fn chunks(scope: &Handle, count: usize) {
        for _ in 0..count {
            scope.alloc_slice_fill(2500, 0u8);
        }
    }

    fn starts(arena: &Arena) -> usize {
        arena.as_handle().core().unwrap().starts().count()
    }

    /// The current block and the first; the others were noted.
    const NONE: usize = 2;

    #[test]
    fn a_scope_notes_the_one_block_in_which_it_began_however_many_it_fills() {
        let arena = arena();
        chunks(&arena, 3);
        let scope = arena.scope();
        chunks(&scope, 1000);
        assert_eq!(starts(&arena), NONE + 1);
        drop(scope);
        assert_eq!(arena.used(), 3 * 2504);
        chunks(&arena, 10);
        assert_eq!(starts(&arena), NONE + 1, "the same once more");
    }

    #[test]
    fn a_mark_notes_the_block_in_which_it_was_taken_however_often_it_is_restored() {
        let mut arena = arena();
        chunks(&arena, 3);
        let mark = arena.checkpoint();
        for _ in 0..3 {
            chunks(&arena, 1000);
            assert_eq!(starts(&arena), NONE + 1);
            arena.restore(mark).unwrap();
            assert_eq!(arena.used(), 3 * 2504);
        }
    }

    #[test]
    fn blocks_without_a_scope_or_mark_are_not_noted() {
        let mut arena = arena();
        let _ = arena.checkpoint();
        chunks(&arena, 100);
        assert_eq!(starts(&arena), NONE);
        arena.reset();
        chunks(&arena, 100);
        assert_eq!(starts(&arena), NONE);
    }

    #[test]
    fn scopes_in_scopes_end_each_in_its_own_block_at_the_newest_start() {
        fn descend(arena: &Arena, scope: &Scope<'_>, depth: usize) {
            let used = scope.used();
            chunks(scope, 2);
            if depth > 0 {
                let inner = scope.scope();
                descend(arena, &inner, depth - 1);
                drop(inner);
                assert_eq!((scope.used(), starts(arena)), (used + 2 * 2504, NONE + 51 - depth));
            }
        }
        let arena = arena();
        chunks(&arena, 1);
        let outer = arena.scope();
        descend(&arena, &outer, 50);
        drop(outer);
        assert_eq!((arena.used(), starts(&arena)), (2504, NONE));
    }

    #[test]
    fn a_registered_value_is_an_event_that_notes_where_its_scope_began() {
        let arena = arena();
        chunks(&arena, 2);
        let scope = arena.scope();
        let _ = scope.alloc_drop(String::from("first"));
        assert_eq!(starts(&arena), NONE + 1);
        chunks(&scope, 5);
        drop(scope);
        assert_eq!(arena.used(), 2 * 2504);
    }

    #[test]
    fn forgotten_scopes_are_passed_once_and_their_starts_dropped() {
        let arena = arena();
        chunks(&arena, 2);
        let outer = arena.scope();
        chunks(&outer, 2);
        {
            let inner = outer.scope();
            chunks(&inner, 2);
            let innermost = inner.scope();
            chunks(&innermost, 2);
            std::mem::forget(innermost);
            std::mem::forget(inner);
        }
        assert_eq!(starts(&arena), NONE + 3);
        drop(outer);
        assert_eq!((arena.used(), starts(&arena)), (2 * 2504, NONE + 1));
    }

    #[test]
    fn starts_of_before_a_reset_are_not_looked_at_after_it_has_given_their_blocks_back() {
        let mut arena = ArenaOptions::new().initial(4096).max(4096).retention(crate::Retention::KeepBytes(0)).build();
        for _ in 0..3 {
            chunks(&arena, 3);
            let scope = arena.scope();
            chunks(&scope, 3);
            std::mem::forget(scope);
            arena.reset();
            assert_eq!(arena.chunk_sizes().count(), 1);
            let scope = arena.scope();
            chunks(&scope, 3);
            assert_eq!(starts(&arena), NONE);
            drop(scope);
            assert_eq!(arena.used(), 0);
        }
    }
}
