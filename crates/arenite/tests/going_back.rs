//! What stands between a place to go back to and where the arena is now: freed and reused tails, forgotten scopes, open
//! marks by the dozen, counts.

mod common;

use allocator_api2::vec::Vec as ApiVec;
use arenite::{Arena, ArenaOptions, RestoreError};
use common::{Deaths, Ledger};
use std::{
    mem,
    sync::atomic::{AtomicUsize, Ordering},
};

fn tiny() -> Arena {
    ArenaOptions::new().initial(16).max(256).build()
}

#[test]
fn a_registered_value_across_a_mark_whose_tail_was_freed_is_dropped_at_the_restore() {
    // The entry of the value straddles the mark: a vector ended there and was freed before the value came.
    for freed in (8..200).step_by(8) {
        let deaths = Deaths::default();
        let mut arena = Arena::new();
        arena.alloc(0u64);
        let last: ApiVec<u8, _> = ApiVec::with_capacity_in(freed, &arena);
        let mark = arena.checkpoint();
        drop(last);
        for id in 0..4 {
            arena.alloc_drop(deaths.watch(id));
        }
        arena.restore(mark).unwrap();
        let dropped = deaths.take();
        arena.alloc_slice_fill(1000, 0xFFu8);
        drop(arena);
        let rest = deaths.take();
        let mut all = [dropped, rest].concat();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3], "each once, with {freed} bytes freed");
    }
}

#[test]
fn values_in_the_next_block_are_dropped_though_the_mark_lies_behind_where_the_first_was_left() {
    // A value of no size, or one whose alignment the first block cannot serve: its entry comes first in the next block,
    // at a position before the mark's.
    static DEAD: AtomicUsize = AtomicUsize::new(0);
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            DEAD.fetch_add(1, Ordering::Relaxed);
        }
    }
    #[repr(align(512))]
    struct Wide(#[allow(dead_code, reason = "held for its size and drop")] Nothing);
    for freed in (8..400).step_by(8) {
        let mut arena = Arena::new();
        arena.alloc_slice_fill(4096 - freed, 1u8);
        let last: ApiVec<u8, _> = ApiVec::with_capacity_in(freed, &arena);
        let mark = arena.checkpoint();
        drop(last);
        if freed < 32 {
            arena.alloc_drop(Nothing);
        }
        arena.alloc_drop(Wide(Nothing));
        arena.alloc_drop(Nothing);
        assert_eq!(arena.stats().chunks, 2);
        let before = DEAD.load(Ordering::Relaxed);
        arena.restore(mark).unwrap();
        let dead = DEAD.load(Ordering::Relaxed) - before;
        assert_eq!(dead, if freed < 32 { 3 } else { 2 }, "with {freed} bytes freed");
        arena.alloc_slice_fill(6000, 0xFFu8);
        drop(arena);
        assert_eq!(DEAD.load(Ordering::Relaxed) - before, dead);
    }
}

#[test]
fn switching_counting_leaves_an_arena_with_a_forgotten_scope_or_claim_refusing() {
    for (counting, claim) in [(true, false), (false, false), (true, true), (false, true)] {
        let deaths = Deaths::default();
        let mut arena = tiny();
        arena.alloc(0u64);
        if claim {
            let claim = arena.claim();
            for i in 0..500u64 {
                claim.alloc(i);
            }
            mem::forget(claim);
        } else {
            let scope = arena.scope();
            for id in 0..20 {
                scope.alloc_drop(deaths.watch(id));
            }
            mem::forget(scope);
        }
        arena.set_counting(counting).unwrap();
        assert!(arena.try_alloc([0xFFu8; 64]).is_err(), "the forgotten handle still has the cursor");
        arena.reset();
        assert_eq!(deaths.take().len(), if claim { 0 } else { 20 });
        arena.alloc([0xFFu8; 64]);
        assert_eq!(arena.used(), 64);
    }
}

#[test]
fn an_outer_mark_stays_good_however_deep_the_marks_inside_it_went() {
    let mut arena = Arena::new();
    let marks: Vec<_> = (0..40u64)
        .map(|i| {
            let mark = arena.checkpoint();
            arena.alloc(i);
            mark
        })
        .collect();
    for (i, mark) in marks.iter().enumerate().rev() {
        assert_eq!(arena.restore(*mark), Ok(()), "mark {i}");
        assert_eq!(arena.used(), i * 8);
    }
    assert_eq!(arena.restore(marks[1]), Err(RestoreError::OutOfOrder));
}

#[test]
fn a_stale_mark_that_is_taken_for_an_open_one_does_no_harm() {
    // Far out only depths are compared: the mark below lies in the middle of registered values.
    for at in 0..12 {
        let deaths = Deaths::default();
        let mut arena = Arena::new();
        let first = arena.checkpoint();
        arena.alloc_slice_fill(8 + at * 8, 0u8);
        let stale = arena.checkpoint();
        arena.restore(first).unwrap();
        for id in 0..30 {
            arena.checkpoint();
            arena.alloc_drop(deaths.watch(id));
        }
        let _ = arena.restore(stale);
        arena.alloc_slice_fill(2000, 0xFFu8);
        drop(arena);
        let mut dead = deaths.take();
        dead.sort_unstable();
        assert_eq!(dead, (0..30).collect::<Vec<_>>());
    }
}

#[test]
fn figures_can_be_read_while_a_scope_holds_large_requests() {
    let arena = Arena::new();
    let scope = arena.scope();
    scope.alloc_slice_fill(50 << 10, 1u8);
    assert_eq!(scope.used(), 50 << 10);
    assert!(arena.used() <= 50 << 10);
    assert!(format!("{arena:?}").contains("used"));
    drop(scope);
    assert_eq!(arena.used(), 0);
}

#[test]
fn counts_go_back_at_the_end_of_a_scope_whose_inner_scope_allocated_first() {
    let arena = ArenaOptions::new().counting(true).build();
    arena.alloc_str("kept");
    for _ in 0..3 {
        let outer = arena.scope();
        for _ in 0..3 {
            let inner = outer.scope();
            inner.alloc_str("inner");
            drop(inner);
            outer.alloc_str("outer");
        }
        assert_eq!(arena.stats().requested, Some(4 + 15));
        drop(outer);
        assert_eq!((arena.stats().requested, arena.stats().allocations), (Some(4), Some(1)));
    }
}

#[test]
fn counts_of_formatted_text_are_what_was_written() {
    let arena = ArenaOptions::new().counting(true).build();
    let (a, b) = ("x".repeat(100), "y".repeat(61));
    let text = arena.alloc_fmt(format_args!("{a}{b}{a}"));
    assert_eq!(text.len(), 261);
    assert_eq!(arena.stats().requested, Some(261));
}

#[test]
fn a_refused_registered_value_is_dropped_and_leaves_the_arena_as_it_was() {
    for size in (8..256).step_by(8) {
        let (ledger, deaths) = (Ledger::new(), Deaths::default());
        let arena = ArenaOptions::new().initial(256).max(256).source(ledger.clone()).build();
        arena.alloc_slice_fill(256 - size, 0u8);
        ledger.refuse_after(0);
        let mut served = 0;
        loop {
            let before = arena.stats();
            if arena.try_alloc_drop(deaths.watch(served)).is_err() {
                assert_eq!(arena.stats(), before, "with {size} bytes left");
                break;
            }
            served += 1;
        }
        assert_eq!(deaths.take(), [served], "the refused one");
        drop(arena);
        assert_eq!(deaths.take(), (0..served).rev().collect::<Vec<_>>());
        assert_eq!(ledger.live(), 0);
    }
}

#[test]
fn values_are_dropped_newest_first_across_scopes_blocks_and_own_blocks() {
    let deaths = Deaths::default();
    let mut arena = tiny();
    for id in 0..5 {
        arena.alloc_drop(deaths.watch(id));
    }
    {
        let scope = arena.scope();
        for id in 5..9 {
            scope.alloc_drop(deaths.watch(id));
            scope.alloc_slice_fill(700, 1u8);
        }
        {
            let inner = scope.scope();
            inner.alloc_drop(deaths.watch(9));
            inner.alloc_drop(deaths.watch(10));
        }
        assert_eq!(deaths.take(), [10, 9]);
        scope.alloc_drop(deaths.watch(11));
    }
    assert_eq!(deaths.take(), [11, 8, 7, 6, 5]);
    arena.reset();
    assert_eq!(deaths.take(), [4, 3, 2, 1, 0]);
}

#[test]
fn a_value_that_panics_as_it_dies_does_not_keep_others_or_the_arena_from_going_back() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("bomb");
        }
    }
    let deaths = Deaths::default();
    let mut arena = tiny();
    arena.alloc_drop(deaths.watch(1));
    let used = arena.used();
    assert_eq!(
        common::panic_of(|| {
            let scope = arena.scope();
            scope.alloc_drop(deaths.watch(2));
            scope.alloc_drop(Bomb);
            scope.alloc_slice_fill(1000, 0u8);
            scope.alloc_drop(deaths.watch(3));
        }),
        "bomb"
    );
    assert_eq!((deaths.take(), arena.used()), (vec![3, 2], used), "the scope is over");
    let mark = arena.checkpoint();
    arena.alloc_drop(deaths.watch(4));
    arena.alloc_drop(Bomb);
    assert_eq!(common::panic_of(|| arena.restore(mark)), "bomb");
    assert_eq!((deaths.take(), arena.used()), (vec![4], used));
    arena.alloc_drop(Bomb);
    assert_eq!(common::panic_of(|| arena.reset()), "bomb");
    assert_eq!((deaths.take(), arena.used()), (vec![1], 0));
    arena.alloc_drop(Bomb);
    arena.alloc_drop(deaths.watch(5));
    assert_eq!(common::panic_of(move || drop(arena)), "bomb");
    assert_eq!(deaths.take(), [5]);
}

#[test]
fn what_came_after_a_mark_goes_at_its_restore_though_it_lies_where_older_things_were_freed() {
    for large in [false, true] {
        let deaths = Deaths::default();
        let mut arena = Arena::new();
        let freed: ApiVec<u8, _> = ApiVec::with_capacity_in(2000, &arena);
        let mark = arena.checkpoint();
        drop(freed);
        arena.alloc_drop(deaths.watch(1));
        if large {
            arena.alloc_slice_fill(50 << 10, 1u8);
        }
        arena.alloc_drop(deaths.watch(2));
        arena.restore(mark).unwrap();
        assert_eq!(deaths.take(), [2, 1]);
        assert!(arena.used() < 2000);
    }
}

#[test]
fn a_mark_taken_while_a_scope_is_open_stands_where_the_scope_began() {
    let deaths = Deaths::default();
    let mut arena = Arena::new();
    arena.alloc_drop(deaths.watch(1));
    let used = arena.used();
    let scope = arena.scope();
    scope.alloc_drop(deaths.watch(2));
    scope.alloc_slice_fill(50 << 10, 1u8);
    let mark = arena.checkpoint();
    drop(scope);
    deaths.take();
    arena.alloc_slice_fill(50 << 10, 2u8);
    arena.alloc_drop(deaths.watch(3));
    arena.restore(mark).unwrap();
    assert_eq!((deaths.take(), arena.used()), (vec![3], used));
}
