//! Per-thread scratch: nested, in conflict, refused, panicking, at the end of threads and of the process.
//!
//! The node of scratch is the process's, so each test runs alone, in a thread of its own that starts without arenas and
//! has to leave nothing behind.

mod common;

use arenite::{Arena, Budget, ErrorKind, Handle, Scope, scratch, scratch_clear, scratch_node, try_scratch};
use common::{Deaths, panic_of};
use proptest::prelude::*;
use std::{
    cell::{Cell, RefCell},
    mem,
    sync::{Arc, Barrier, Mutex, PoisonError, mpsc},
    thread,
};

/// Runs `test` in a fresh thread and checks that its end gives everything back.
fn in_a_thread<R: Send + 'static>(test: impl FnOnce() -> R + Send + 'static) -> R {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let result = thread::spawn(test).join();
    scratch_node().set_budget(Budget::default());
    let stats = scratch_node().stats();
    let result = result.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    assert_eq!((stats.charged, stats.arenas), (0, 0), "a thread that ended left scratch behind");
    assert_eq!(stats.blocks_taken, stats.blocks_returned);
    result
}

fn fill(scope: &Handle, n: usize, seed: u8) -> &mut [u8] {
    scope.alloc_slice_fill_with(n, |i| seed ^ i as u8)
}

fn intact(bytes: &[u8], seed: u8) -> bool {
    bytes.iter().enumerate().all(|(i, &byte)| byte == seed ^ i as u8)
}

#[test]
fn scratch_after_scratch_uses_the_same_memory_and_takes_no_new_block() {
    in_a_thread(|| {
        let first = scratch(|s| std::ptr::from_mut(s.alloc(1u64)).addr());
        let taken = scratch_node().stats().blocks_taken;
        for i in 0..10_000u64 {
            let again = scratch(|s| {
                let n = s.alloc(i);
                assert_eq!(*n, i);
                s.alloc_slice_fill(i as usize % 3000, 0u64);
                std::ptr::from_mut(n).addr()
            });
            assert_eq!(again, first);
        }
        assert_eq!(scratch_node().stats().blocks_taken, taken);
        assert_eq!(scratch_node().stats().arenas, 1);
    });
}

#[test]
fn a_nested_scratch_has_memory_apart_from_every_outer_one_and_all_stay_usable() {
    fn level(depth: usize, outer: &[&Handle]) {
        scratch(|s| {
            let mine = fill(s, 300, depth as u8);
            let before: Vec<&mut [u8]> = outer.iter().map(|outer| fill(outer, 100, depth as u8)).collect();
            if depth < 40 {
                let all: Vec<&Handle> = outer.iter().copied().chain([&**s]).collect();
                level(depth + 1, &all);
            }
            assert!(intact(mine, depth as u8));
            assert!(before.iter().all(|bytes| intact(bytes, depth as u8)));
            assert!(outer.iter().all(|outer| !outer.owns(mine.as_ptr())));
        });
    }
    in_a_thread(|| {
        level(0, &[]);
        assert_eq!(scratch_node().stats().arenas, 1 + 8, "a thread keeps eight spare arenas");
        let taken = scratch_node().stats().blocks_taken;
        level(33, &[]);
        assert_eq!(scratch_node().stats().blocks_taken, taken, "levels that were there before take no block");
    });
}

/// The case that the rule is for: results in the caller's scratch, temporary memory in one's own, at every depth.
#[test]
fn results_in_any_outer_scratch_survive_the_scratch_of_who_made_them() {
    fn tree(depth: u32, results: &Handle) -> &str {
        scratch(|temp| {
            if depth == 0 {
                return &*results.alloc_str("leaf");
            }
            let left = tree(depth - 1, temp);
            fill(temp, 1000, 7);
            let right = tree(depth - 1, temp);
            &*results.alloc_fmt(format_args!("({left} {right})"))
        })
    }
    in_a_thread(|| {
        let expected = (0..6).fold(String::from("leaf"), |inner, _| format!("({inner} {inner})"));
        scratch(|results| {
            assert_eq!(tree(6, results), expected);
            // A scope or claim of the results' is a result arena too.
            let inner = results.scope();
            assert_eq!(tree(6, &inner), expected);
        });
        let arena = Arena::new();
        assert_eq!(tree(6, &arena), expected);
    });
}

#[test]
fn an_outer_scope_used_while_its_inner_scope_is_open_is_refused_with_both_places_named() {
    in_a_thread(|| {
        scratch(|outer| {
            let kept = outer.alloc(41);
            let inner = outer.scope();
            let place = line!() - 1;
            inner.alloc(1);
            let refused = outer.try_alloc(2).unwrap_err();
            let ErrorKind::Claimed { by } = refused.kind() else { panic!("{refused}") };
            if cfg!(debug_assertions) {
                assert_eq!(by.map(|by| (by.file(), by.line())), Some((file!(), place)));
            }
            let at = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| outer.alloc(3))).is_err();
            assert!(at, "the plain form panics at its own place, with the other's in the text");
            let text = panic_of(|| outer.alloc(3));
            assert!(text.starts_with("\"scratch\" refused"), "{text}");
            assert!(!cfg!(debug_assertions) || text.contains(&format!("scratch.rs:{place}")), "{text}");
            // A scratch in between is no conflict.
            assert_eq!(scratch(|other| *other.alloc(5)), 5);
            drop(inner);
            assert_eq!((*outer.alloc(4), *kept), (4, 41));
        });
    });
}

#[test]
fn a_panic_ends_its_scratch_only_and_drops_what_is_registered() {
    in_a_thread(|| {
        let deaths = Deaths::default();
        scratch(|outer| {
            let kept = outer.alloc_drop(deaths.watch(1));
            let text = panic_of(|| {
                scratch(|inner| {
                    inner.alloc_drop(deaths.watch(2));
                    scratch(|innermost| {
                        innermost.alloc_drop(deaths.watch(3));
                        panic!("on purpose");
                    })
                })
            });
            assert_eq!(text, "on purpose");
            assert_eq!(deaths.take(), [3, 2]);
            assert_eq!(kept.id, 1);
        });
        assert_eq!(deaths.take(), [1]);
        assert_eq!(panic_of(|| scratch(|_| panic!("outermost"))), "outermost");
        assert_eq!(scratch(|s| *s.alloc(7)), 7);
        assert_eq!(scratch_node().stats().arenas, 3, "every arena came back");
    });
}

#[test]
fn a_registered_value_that_panics_as_it_is_dropped_leaves_the_arena_usable() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            scratch(|s| assert_eq!(*s.alloc(9), 9));
            panic!("in drop");
        }
    }
    in_a_thread(|| {
        for nested in [false, true] {
            let run = || {
                let at = scratch(|s| std::ptr::from_mut(s.alloc(1u64)).addr());
                let text = panic_of(|| scratch(|s| _ = s.alloc_drop(Bomb)));
                assert_eq!(text, "in drop");
                assert_eq!(scratch(|s| std::ptr::from_mut(s.alloc(1u64)).addr()), at);
            };
            if nested { scratch(|_| run()) } else { run() }
        }
    });
}

#[test]
fn a_hard_budget_refuses_the_first_block_and_what_is_open_stays() {
    in_a_thread(|| {
        let budget = |hard| scratch_node().set_budget(Budget { hard, ..Budget::default() });
        budget(Some(100));
        let refused = try_scratch(|_| unreachable!()).unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::BudgetExceeded { budget: 100, used: 0, .. }));
        assert_eq!(refused.node(), scratch_node().id());
        assert!(panic_of(|| scratch(|_| ())).contains("hard budget of \"scratch\" is 100 bytes"));
        budget(None);
        scratch(|outer| {
            let kept = fill(outer, 500, 3);
            assert!(scratch_node().stats().charged > 60_000, "the refused one is still made as the first");
            budget(Some(scratch_node().stats().charged));
            assert!(try_scratch(|_| ()).is_err(), "no second arena");
            assert!(outer.try_alloc_slice_fill(1 << 20, 0u8).is_err());
            assert_eq!(*outer.alloc(5), 5, "what fits in the block is served");
            assert!(intact(kept, 3));
            budget(None);
            assert_eq!(try_scratch(|inner| *inner.alloc(6)).unwrap(), 6);
        });
        assert_eq!(try_scratch(|s| *s.alloc(7)).unwrap(), 7);
        assert_eq!(scratch_node().stats().arenas, 2);
    });
}

#[test]
fn clearing_gives_a_spike_back_and_leaves_what_is_open() {
    in_a_thread(|| {
        scratch(|s| fill(s, 50 << 20, 1).len());
        assert!(scratch_node().stats().charged > 50 << 20);
        scratch(|open| {
            let kept = fill(open, 1 << 20, 2);
            scratch(|s| fill(s, 20 << 20, 1).len());
            let before = scratch_node().stats().charged;
            scratch_clear();
            assert!(scratch_node().stats().charged <= before - (20 << 20), "the spare arena went");
            assert!(intact(kept, 2));
        });
        scratch_clear();
        assert!(scratch_node().stats().charged < 128 << 10);
        assert_eq!(scratch(|s| *s.alloc(7)), 7);
    });
}

#[test]
fn each_thread_has_its_own() {
    in_a_thread(|| {
        let (told, tell) = mpsc::channel();
        let all = Arc::new(Barrier::new(4));
        let threads: Vec<_> = (0..4u8)
            .map(|seed| {
                let (told, all) = (told.clone(), all.clone());
                thread::spawn(move || {
                    scratch(|s| {
                        let mine = fill(s, 10_000, seed);
                        told.send(mine.as_ptr().addr()).unwrap();
                        all.wait();
                        for _ in 0..1000 {
                            scratch(|inner| assert!(intact(fill(inner, 100, seed), seed)));
                        }
                        assert!(intact(mine, seed));
                    });
                })
            })
            .collect();
        let mut places: Vec<usize> = tell.iter().take(4).collect();
        for thread in threads {
            thread.join().unwrap();
        }
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 4);
    });
}

/// Uses scratch when its thread ends.
struct Late(u32);

impl Drop for Late {
    fn drop(&mut self) {
        let sum = scratch(|s| {
            let outer = fill(s, 5000, 9);
            let inner = scratch(|s| *s.alloc(1u32) + scratch(|s| *s.alloc(1u32)));
            assert!(intact(outer, 9));
            inner
        });
        scratch_clear();
        assert_eq!((sum, try_scratch(|s| *s.alloc(3u32)).unwrap()), (2, 3));
        RUNS.lock().unwrap().push(self.0);
    }
}

static RUNS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

thread_local! {
    static BEFORE: Late = const { Late(1) };
    static AFTER: Late = const { Late(2) };
}

#[test]
fn the_destructors_of_thread_locals_can_use_scratch_before_and_after_its_own_has_run() {
    in_a_thread(|| {
        // Registered on both sides of scratch's own destructor: one of them runs when that is gone.
        BEFORE.with(|late| late.0);
        scratch(|s| *s.alloc(1));
        AFTER.with(|late| late.0);
    });
    let mut runs = mem::take(&mut *RUNS.lock().unwrap());
    runs.sort_unstable();
    assert_eq!(runs, [1, 2]);
    // A thread whose first scratch is in a destructor.
    in_a_thread(|| BEFORE.with(|late| late.0));
    assert_eq!(mem::take(&mut *RUNS.lock().unwrap()), [1]);
}

/// Ends the process inside of a scratch while other threads read it: nothing may be freed under them. (Under
/// AddressSanitizer or valgrind a use after free would show.)
#[test]
fn a_process_that_ends_inside_of_a_scratch_frees_nothing_that_is_open() {
    const CHILD: &str = "ARENITE_SCRATCH_CHILD";
    if std::env::var_os(CHILD).is_some() {
        scratch(|s| {
            let bytes = fill(s, 60_000, 5);
            let bytes = &*bytes;
            thread::scope(|threads| {
                for _ in 0..2 {
                    threads.spawn(|| {
                        loop {
                            assert!(intact(bytes, 5));
                        }
                    });
                }
                thread::sleep(std::time::Duration::from_millis(20));
                std::process::exit(17);
            });
        });
    }
    let name = "a_process_that_ends_inside_of_a_scratch_frees_nothing_that_is_open";
    let child = common::again::again().args(["--exact", name]).env(CHILD, "1").output().unwrap();
    let text = String::from_utf8_lossy(&child.stderr);
    assert_eq!(child.status.code(), Some(17), "{text}");
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn a_callback_in_the_middle_of_a_scratch_may_use_scratch() {
    thread_local!(static SEEN: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) });
    in_a_thread(|| {
        let node = arenite::Node::new("level").soft_budget(1).on_soft(|_| {
            let n = scratch(|s| *s.alloc(11));
            SEEN.with(|seen| seen.borrow_mut().push(n));
        });
        let node = node.build();
        scratch(|s| {
            let kept = s.alloc(1);
            let arena = arenite::ArenaOptions::new().node(&node).build();
            arena.alloc(2);
            assert_eq!(*kept, 1);
        });
        assert_eq!(SEEN.take(), [11]);
    });
}

/// What a random program does in a scratch.
#[derive(Clone, Debug)]
enum Act {
    Alloc(usize),
    /// Into the `n`-th outer scratch, counted from the outermost.
    AllocOuter(usize, usize),
    Keep,
    Nested(Vec<Act>, bool),
    Scope(Vec<usize>),
    Clear,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let leaf = prop_oneof![
        (0usize..5000).prop_map(Act::Alloc),
        (60_000usize..200_000).prop_map(Act::Alloc),
        (0usize..8, 0usize..3000).prop_map(|(n, size)| Act::AllocOuter(n, size)),
        Just(Act::Keep),
        prop::collection::vec(0usize..9000, 0..4).prop_map(Act::Scope),
        Just(Act::Clear),
    ];
    let act = leaf.prop_recursive(6, 40, 6, |inner| {
        (prop::collection::vec(inner, 0..6), prop::bool::weighted(0.1)).prop_map(|(acts, bomb)| Act::Nested(acts, bomb))
    });
    prop::collection::vec(act, 0..12)
}

/// Runs `acts` in a scratch: every byte given out anywhere has to be intact whenever a scratch ends.
fn run(acts: &[Act], bomb: bool, outer: &[&Scope<'_>], deaths: &Deaths, seed: &Cell<u8>) {
    scratch(|s| {
        assert!(deaths.take().is_empty(), "nothing dies before its scratch ends");
        let next = || {
            seed.set(seed.get().wrapping_add(37));
            seed.get()
        };
        let mut given: Vec<(&[u8], u8)> = Vec::new();
        let mut registered = 0u64;
        let mut all = outer.to_vec();
        all.push(s);
        for act in acts {
            match act {
                Act::Alloc(n) => {
                    let seed = next();
                    given.push((fill(s, *n, seed), seed));
                }
                Act::AllocOuter(n, size) => {
                    let seed = next();
                    given.push((fill(all[n % all.len()], *size, seed), seed));
                }
                Act::Keep => {
                    registered += 1;
                    s.alloc_drop(deaths.watch(registered));
                }
                Act::Nested(acts, bomb) => {
                    if *bomb {
                        assert_eq!(panic_of(|| run(acts, true, &all, &Deaths::default(), seed)), "bomb");
                    } else {
                        run(acts, false, &all, &Deaths::default(), seed);
                    }
                }
                Act::Scope(sizes) => {
                    let inner = s.scope();
                    let seed = next();
                    let parts: Vec<&mut [u8]> = sizes.iter().map(|&n| fill(&inner, n, seed)).collect();
                    assert!(s.try_alloc(1u8).is_err());
                    assert!(parts.iter().all(|part| intact(part, seed)));
                }
                Act::Clear => scratch_clear(),
            }
            assert!(given.iter().all(|(bytes, seed)| intact(bytes, *seed)));
        }
        let mut places: Vec<(usize, usize)> =
            given.iter().filter(|(bytes, _)| !bytes.is_empty()).map(|(b, _)| (b.as_ptr().addr(), b.len())).collect();
        places.sort_unstable();
        assert!(places.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0), "two results share memory");
        if bomb {
            std::panic::panic_any(String::from("bomb"));
        }
    });
    let dead = deaths.take();
    assert!(dead.iter().rev().copied().eq(1..=dead.len() as u64), "newest first, all of them");
    assert_eq!(dead.len(), acts.iter().filter(|act| matches!(act, Act::Keep)).count());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn random_nests_of_scratch_keep_every_result_apart_and_leave_nothing(acts in acts()) {
        in_a_thread(move || {
            for round in 0..3 {
                run(&acts, false, &[], &Deaths::default(), &Cell::new(round));
            }
        });
    }
}
