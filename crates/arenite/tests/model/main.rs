//! The arena against a plain model of itself: random programs of every operation, over every way to grow, with sources
//! that refuse. After each step all live blocks are apart and keep their contents, and the figures add up.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the model's own, of the size that it keeps.
#![allow(unreachable_pub)] // The rooms of one test.

#[path = "../common/mod.rs"]
mod common;
mod ops;
mod plain;
mod run;

use arenite::{Arena, ArenaOptions, RestoreError};
use common::{Deaths, Ledger};
use ops::{Op, ops};
use plain::{Marked, Model};
use proptest::prelude::*;
use run::{Place, Stack, Stop, run};
use std::collections::BTreeMap;

/// What needs the arena to itself.
fn exclusive(model: &mut Model, arena: &mut Arena, op: Op) {
    let before = arena.stats();
    match op {
        Op::Restore(i) => {
            let generation = before.generation;
            let open = model.marks.iter().filter(|m| m.open && m.generation == generation).count();
            let Some(i) = model.marks.len().checked_sub(1).map(|last| last - i.min(last)) else { return };
            let Marked { mark, generation: of, base, open: is_open, requested } = model.marks[i];
            let expected = match () {
                () if of != generation => Err(RestoreError::Reset),
                () if !is_open => Err(RestoreError::OutOfOrder),
                () => Ok(()),
            };
            if open > 16 && expected.is_err() {
                return;
            }
            assert_eq!(Arena::new().restore(mark), Err(RestoreError::Foreign));
            assert_eq!(arena.restore(mark), expected);
            if expected.is_err() {
                assert_eq!(arena.stats(), before);
                return;
            }
            model.marks[i + 1..].iter_mut().for_each(|marked| marked.open = false);
            model.gone_since(base.seq);
            model.levels[0].taken = None;
            let now = arena.stats();
            base.check(model.frees, now.used);
            if let Some((_, n)) = requested.filter(|r| r.0 == model.counted) {
                assert_eq!(now.requested, Some(n));
            }
        }
        Op::Reset | Op::Clear => {
            if matches!(op, Op::Reset) {
                arena.reset()
            } else {
                arena.clear()
            }
            model.gone_since(0);
            model.levels[0].taken = None;
            let now = arena.stats();
            assert_eq!((now.used, now.generation), (0, before.generation + 1));
            assert!(now.allocated <= before.allocated);
            assert_eq!((now.requested, now.allocations), (before.requested.map(|_| 0), before.allocations.map(|_| 0)));
            if matches!(op, Op::Clear) && model.chained {
                assert_eq!(now.chunks, 1);
            }
        }
        Op::Counting(yes) => {
            arena.set_counting(yes).unwrap();
            model.counted += 1;
            assert_eq!((arena.stats().requested, arena.used()), (yes.then_some(0), before.used));
        }
        Op::Limit(limit) => arena.set_limit(limit).unwrap(),
        Op::Retention(policy) => arena.set_retention(policy).unwrap(),
        _ => {}
    }
    model.figures(arena);
}

fn program(options: ArenaOptions, chained: bool, ops: Vec<Op>) {
    let (ledger, deaths) = (Ledger::new(), Deaths::default());
    let mut arena = options.name("model").source(ledger.clone()).build();
    let mut model = Model {
        ops: ops.into_iter(),
        blocks: BTreeMap::new(),
        values: Vec::new(),
        seq: 0,
        frees: 0,
        counted: 0,
        deaths,
        ledger,
        chained,
        levels: Vec::new(),
        marks: Vec::new(),
    };
    model.enter(0);
    // Between two runs the arena is not borrowed: it is reset, restored and set.
    while let Stop::Exclusive(op) = run(&mut model, &arena, &Stack { place: Place::Arena(&arena), outer: None }) {
        model.intact();
        exclusive(&mut model, &mut arena, op);
    }
    model.intact();
    let node = arena.node().unwrap().clone();
    drop(arena);
    let expected: Vec<_> = model.values.iter().rev().map(|value| value.1).collect();
    assert_eq!(model.deaths.take(), expected, "every value dies with its arena");
    assert_eq!((model.ledger.live(), node.stats().charged, node.stats().used), (0, 0, 0));
    assert!(!chained || node.stats().blocks_taken == node.stats().blocks_returned);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn an_arena_of_tiny_chunks_behaves_as_its_model(ops in ops(), initial in prop::sample::select(vec![16usize, 64, 100])) {
        program(ArenaOptions::new().initial(initial).max(256), true, ops);
    }

    #[test]
    fn an_arena_with_the_default_chunks_behaves_as_its_model(ops in ops()) {
        program(ArenaOptions::new(), true, ops);
    }

    #[test]
    fn an_arena_with_large_chunks_and_many_windows_behaves_as_its_model(ops in ops()) {
        program(ArenaOptions::new().initial(100_000).max(1 << 20), true, ops);
    }

    #[test]
    fn an_arena_in_a_reserved_range_behaves_as_its_model(ops in ops(), size in prop::sample::select(vec![3000usize, 200_000, 8 << 20])) {
        program(ArenaOptions::new().reserve(size), false, ops);
    }

    #[test]
    fn a_counting_arena_behaves_as_its_model(ops in ops(), small in any::<bool>()) {
        let options = ArenaOptions::new().counting(true);
        program(if small { options.initial(64).max(256) } else { options }, true, ops);
    }
}
