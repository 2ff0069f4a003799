//! The pool of arenas: who has what, what is kept, and what the figures say.

mod common;

use arenite::{
    Arena, ArenaOptions, ArenaPool, ArenaPoolError, ArenaPoolOptions, ArenaPoolStats, ErrorKind, Node, Retention, Tag,
};
use common::{Deaths, Ledger, panic_of};
use proptest::prelude::*;
use std::{mem, sync::Arc, thread};

fn on(ledger: &Arc<Ledger>, keep: usize) -> ArenaPoolOptions {
    let ledger = ledger.clone();
    ArenaPoolOptions::new().keep(keep).arenas(move || ArenaOptions::new().source(ledger.clone()))
}

#[test]
fn an_arena_that_comes_back_is_the_next_to_go_empty_and_warm() {
    let ledger = Ledger::new();
    let pool = on(&ledger, 4).build();
    assert_eq!(ledger.takes(), 0);
    for round in 0..10 {
        let mut arena = pool.take();
        assert_eq!(arena.used(), 0);
        for i in 0..5000u64 {
            assert_eq!(*arena.alloc(i), i);
        }
        assert_eq!(arena.stats().generation, 2 * round, "it is the same one");
        arena.reset();
        arena.alloc_str("in use again");
        mem::drop(arena);
    }
    let expected = ArenaPoolStats { taken: 10, returned: 10, made: 1, dropped: 0, kept: 1, out: 0, most_out: 1 };
    assert_eq!(pool.stats(), expected);
    let warm = ledger.takes();
    for _ in 0..10 {
        let arena = pool.take();
        (0..5000u64).for_each(|i| _ = arena.alloc(i));
    }
    assert_eq!(ledger.takes(), warm);
    drop(pool);
    assert_eq!(ledger.live(), 0);
}

#[derive(Clone, Debug)]
enum Op {
    Take,
    Return(usize),
    Swap(usize),
    Clear,
    RefuseNext,
}

proptest! {
    #[test]
    fn the_figures_follow_the_model(
        keep in 0usize..4,
        most in 1usize..6,
        ops in prop::collection::vec(prop_oneof![
            5 => Just(Op::Take),
            4 => (0usize..8).prop_map(Op::Return),
            1 => (0usize..8).prop_map(Op::Swap),
            1 => Just(Op::Clear),
            1 => Just(Op::RefuseNext),
        ], 1..60),
    ) {
        let ledger = Ledger::new();
        let pool = on(&ledger, keep).at_most(most).build();
        let mut out = Vec::new();
        let mut model = ArenaPoolStats::default();
        for op in ops {
            match op {
                Op::Take => match pool.try_take() {
                    Ok(arena) => {
                        prop_assert!(model.out < most && arena.used() == 0);
                        model.taken += 1;
                        model.out += 1;
                        model.most_out = model.most_out.max(model.out);
                        if model.kept > 0 { model.kept -= 1 } else { model.made += 1 }
                        arena.alloc([7u8; 100]);
                        out.push(arena);
                    }
                    Err(refused) => prop_assert_eq!(refused, ArenaPoolError::AllOut { node: arenite::NodeId::ANONYMOUS, most }),
                },
                Op::Return(which) if !out.is_empty() => {
                    let which = which % out.len();
                    out.swap_remove(which);
                    model.out -= 1;
                    model.returned += 1;
                    if model.kept < keep { model.kept += 1 } else { model.dropped += 1 }
                }
                // Whose arena it is does not matter.
                Op::Swap(which) if !out.is_empty() => {
                    let which = which % out.len();
                    drop(mem::replace(&mut *out[which], Arena::new()));
                }
                Op::Clear => {
                    pool.clear();
                    model.dropped += model.kept as u64;
                    model.kept = 0;
                }
                Op::RefuseNext if model.kept == 0 && model.out < most => {
                    ledger.refuse_nth(1);
                    let refused = pool.try_take().map(|_| ()).unwrap_err();
                    prop_assert!(matches!(refused, ArenaPoolError::Refused(error) if error.kind() == ErrorKind::OutOfMemory));
                }
                _ => {}
            }
            prop_assert_eq!(pool.stats(), model);
        }
        drop(out);
        drop(pool);
        prop_assert_eq!(ledger.live(), 0);
    }
}

#[test]
fn four_threads_take_and_return_and_every_arena_is_one_threads_alone() {
    const N: usize = if cfg!(debug_assertions) { 3000 } else { 50_000 };
    let ledger = Ledger::new();
    let pool = on(&ledger, 3).name("request").build();
    thread::scope(|threads| {
        for n in 0..4u64 {
            let pool = &pool;
            threads.spawn(move || {
                for i in 0..N as u64 {
                    let arena = pool.take();
                    let values = arena.alloc_slice_fill_with(50, |k| n << 48 | i << 16 | k as u64);
                    let more = (i % 3 == 0).then(|| pool.take());
                    if let Some(more) = &more {
                        more.alloc_slice_fill_with(500, |_| u64::MAX);
                    }
                    assert!(values.iter().enumerate().all(|(k, &value)| value == n << 48 | i << 16 | k as u64));
                }
            });
        }
    });
    let stats = pool.stats();
    assert_eq!((stats.taken, stats.out), (stats.returned, 0));
    assert_eq!(stats.taken, 4 * (N + N.div_ceil(3)) as u64);
    assert_eq!(stats.made, stats.dropped + stats.kept as u64);
    assert!(stats.kept <= 3 && stats.most_out <= 8);
    let node = pool.node().unwrap().clone();
    assert_eq!(node.stats().charged, stats.kept * 4096);
    drop(pool);
    assert_eq!((ledger.live(), node.stats().charged), (0, 0));
}

#[test]
fn a_panic_in_a_registered_value_gives_the_arena_back_all_the_same() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            // Not while the test fails for another reason: that would abort, without a report.
            assert!(thread::panicking(), "a value that panics");
        }
    }
    let deaths = Deaths::default();
    let pool = ArenaPool::new();
    let arena = pool.take();
    arena.alloc_drop(deaths.watch(1));
    arena.alloc_drop(Bomb);
    assert!(panic_of(|| drop(arena)).contains("panics"));
    assert_eq!(deaths.take(), [1]);
    assert_eq!((pool.stats().kept, pool.stats().out), (1, 0));
    assert_eq!(pool.take().used(), 0);
    // A panic of the holder's own gives it back too.
    panic_of(|| {
        let arena = pool.take();
        arena.alloc_drop(deaths.watch(2));
        panic!("the request failed");
    });
    assert_eq!((deaths.take(), pool.stats().out), (vec![2], 0));
}

#[test]
fn retention_bounds_what_a_kept_arena_holds() {
    let ledger = Ledger::new();
    let from = ledger.clone();
    let options = ArenaPoolOptions::new()
        .arenas(move || ArenaOptions::new().source(from.clone()).retention(Retention::KeepBytes(64 << 10)));
    let pool = options.name("request").build();
    pool.take().alloc_slice_fill(5_000_000, 1u8);
    assert!(pool.node().unwrap().stats().charged <= 80 << 10);
    pool.clear();
    assert_eq!((pool.node().unwrap().stats().charged, ledger.live()), (0, 0));
}

#[test]
fn the_arenas_of_a_named_pool_are_told_apart_in_the_tree() {
    let server = Node::new("server").hard_budget(3 * 4096).build();
    let pool = ArenaPoolOptions::new().name("request").tag(Tag::AI).parent(&server).at_most(9).build();
    let all = [pool.take(), pool.take(), pool.take()];
    let names: Vec<_> = all.iter().map(|arena| arena.node().unwrap().name().to_owned()).collect();
    assert_eq!(names, ["request 1", "request 2", "request 3"]);
    let (node, above) = (all[0].node().unwrap(), pool.node().unwrap());
    assert_eq!((node.parent().map(Node::id), node.tag()), (Some(above.id()), Some(Tag::AI)));
    let refused = pool.try_take().map(|_| ()).unwrap_err();
    let ArenaPoolError::Refused(error) = refused else { panic!("{refused}") };
    assert!(matches!(error.kind(), ErrorKind::BudgetExceeded { node, .. } if node == server.id()), "{error}");
    assert_eq!(pool.stats().out, 3);
    drop(all);
    assert_eq!(server.stats().charged, 3 * 4096, "all are kept");
    drop(pool);
    assert_eq!(server.stats().charged, 0);
}

#[test]
fn a_pool_that_lends_no_more_says_how_many_are_out() {
    let pool = ArenaPoolOptions::new().name("request").at_most(2).build();
    let _both = [pool.take(), pool.take()];
    let text = panic_of(|| pool.take().used());
    assert!(text.contains("\"request\"") && text.contains("all 2"), "{text}");
    let none = ArenaPoolOptions::new().keep(0).build();
    drop(none.take());
    assert_eq!((none.stats().kept, none.stats().dropped), (0, 1));
}
