//! The lifetime tree: who pays, who dies first, what moves, and handles that know when their value is gone.

mod common;

use arenite::{Arena, ArenaHandle, ArenaOptions, ErrorKind, Node, Tag, report};
use common::panic_of;
use proptest::prelude::*;
use std::sync::{Arc, Mutex};

#[test]
fn a_parent_dies_after_its_children_and_actions_run_once_newest_first() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let note = |node: &Node, what: &'static str| {
        let log = log.clone();
        node.on_death(move || log.lock().unwrap().push(what));
    };
    let game = Node::new("game").build();
    let level = Node::new("level").parent(&game).build();
    note(&game, "game");
    note(&level, "level, first action");
    note(&level, "level, second action");
    let arena = ArenaOptions::new().node(&level).build();
    drop((game, level));
    assert!(log.lock().unwrap().is_empty(), "the arena holds them");
    drop(arena);
    assert_eq!(*log.lock().unwrap(), ["level, second action", "level, first action", "game"]);
}

#[test]
fn totals_are_inclusive_and_budgets_add_up_the_tree() {
    let game = Node::new("game").hard_budget(20_000).build();
    let levels = [1, 2].map(|_| Node::new("level").tag(Tag::SCENE).parent(&game).hard_budget(16_384).build());
    let arenas = levels.each_ref().map(|level| ArenaOptions::new().node(level).build());
    for arena in &arenas {
        arena.alloc_slice_fill(3_000, 1u8);
    }
    assert_eq!(game.stats().charged, 8_192);
    assert_eq!((game.stats().own, levels[0].stats().charged, levels[0].stats().own), (0, 4_096, 4_096));
    assert_eq!(game.children().iter().map(Node::id).collect::<Vec<_>>(), levels.each_ref().map(Node::id));
    arenas[0].alloc_slice_fill(6_000, 1u8);
    assert_eq!(game.stats().charged, 16_384);
    let before = (game.stats(), levels[1].stats());
    let refused = arenas[1].try_alloc_slice_fill(6_000, 1u8).unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::BudgetExceeded { node, .. } if node == game.id()), "{refused}");
    assert_eq!((game.stats(), levels[1].stats()), before, "nothing is charged on the way up");
}

#[test]
fn an_arena_that_moves_takes_its_charges_and_its_name_along() {
    let loading = Node::new("loading").build();
    let game = Node::new("game").build();
    let level = Node::new("level").parent(&game).build();
    let mut arena = ArenaOptions::new().node(&loading).build();
    let kept: *const u64 = arena.alloc(77u64);
    arena.alloc_slice_fill(200_000, 1u8);
    let held = loading.stats();
    let inside: *const u8 = arena.alloc_slice_fill(200_000, 2u8).as_ptr().wrapping_add(100_000);
    let charged = loading.stats().charged;
    assert_eq!(report::owner(inside), Some(loading.id()));

    arena.set_node(&level).unwrap();

    assert_eq!((loading.stats().charged, loading.stats().own, loading.stats().arenas), (0, 0, 0));
    assert_eq!((level.stats().charged, game.stats().charged, level.stats().arenas), (charged, charged, 1));
    assert_eq!(report::owner(inside), Some(level.id()));
    let left = loading.stats();
    assert_eq!(left.blocks_taken, left.blocks_returned, "churn balances: {held:?}");
    // SAFETY: nothing was freed.
    assert_eq!(unsafe { *kept }, 77);
    assert_eq!(arena.node().unwrap().id(), level.id());
    arena.alloc_slice_fill(300_000, 1u8);
    assert!(game.stats().charged > charged);
    drop(arena);
    assert_eq!((level.stats().charged, game.stats().charged), (0, 0));
    assert_eq!(level.stats().blocks_taken, level.stats().blocks_returned);
}

#[test]
fn a_move_that_a_budget_refuses_moves_nothing() {
    let (from, to) = (Node::new("from").build(), Node::new("to").hard_budget(100).build());
    for options in [ArenaOptions::new(), ArenaOptions::new().reserve(1 << 20)] {
        let mut arena = options.node(&from).build();
        arena.alloc_slice_fill(10_000, 1u8);
        let before = (from.stats(), to.stats());
        let refused = arena.set_node(&to).unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::BudgetExceeded { budget: 100, .. }), "{refused}");
        assert_eq!((from.stats().charged, to.stats().charged), (before.0.charged, 0));
        assert_eq!(arena.node().unwrap().id(), from.id());
        to.set_budget(arenite::Budget::default());
        arena.set_node(&to).unwrap();
        assert_eq!(to.stats().charged, before.0.charged);
        drop(arena);
        to.set_budget(arenite::Budget { hard: Some(100), soft: None });
    }
}

#[test]
fn a_handle_finds_its_value_until_the_arena_goes_back_before_it() {
    let mut arena = Arena::new();
    let outer = arena.alloc_checked(1u32);
    let mark = arena.checkpoint();
    let inner = arena.alloc_checked([2u64; 50]);
    let own = arena.alloc_checked([3u8; 200_000]);
    assert_eq!((arena.get(outer), arena.get(inner).map(|v| v[49])), (Some(&1), Some(2)));
    assert_eq!(arena.get(own).map(|v| v[199_999]), Some(3));
    arena.scope().alloc(5u64);
    assert!(arena.get(inner).is_some(), "the end of a scope takes back what the scope gave");
    arena.restore(mark).unwrap();
    assert_eq!(arena.get(outer), Some(&1));
    assert!(arena.get(inner).is_none() && arena.get(own).is_none());
    let again = arena.alloc_checked([4u64; 50]);
    assert!(arena.get(inner).is_none(), "another value lies there now");
    assert_eq!(arena.get(again).map(|v| v[0]), Some(4));
    *arena.get_mut(outer).unwrap() = 9;
    assert_eq!(arena.get(outer), Some(&9));
    arena.reset();
    assert!(arena.get(outer).is_none() && arena.get(again).is_none() && arena.get_mut(again).is_none());
    arena.alloc_checked(1u32);
    assert!(arena.get(outer).is_none());
}

#[test]
fn a_handle_of_another_arena_finds_nothing_and_one_in_a_scope_is_refused() {
    let (a, b) = (Arena::new(), Arena::new());
    let handle = a.alloc_checked(1u8);
    assert!(b.get(handle).is_none());
    b.alloc_checked(1u8);
    assert!(b.get(handle).is_none());
    let scope = a.scope();
    assert!(matches!(a.try_alloc_checked(2u8).unwrap_err().kind(), ErrorKind::Claimed { .. }));
    assert!(panic_of(|| a.alloc_checked(2u8)).contains("scope or claim"));
    assert_eq!(a.get(handle), Some(&1));
    drop(scope);
}

#[derive(Clone, Debug)]
enum Step {
    Alloc(u8),
    Mark,
    Restore(prop::sample::Index),
    Reset,
    Scope,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => any::<u8>().prop_map(Step::Alloc),
        3 => Just(Step::Mark),
        2 => any::<prop::sample::Index>().prop_map(Step::Restore),
        1 => Just(Step::Reset),
        2 => Just(Step::Scope),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #[test]
    fn handles_are_alive_exactly_as_long_as_their_values(steps in steps()) {
        let mut arena = Arena::new();
        // Every handle ever made, and whether its value is alive, in a plain model.
        let mut all: Vec<(ArenaHandle<[u64; 20]>, u64, bool)> = Vec::new();
        let mut marks: Vec<(arenite::Mark, usize)> = Vec::new();
        let mut alive: Vec<usize> = Vec::new();
        for step in steps {
            match step {
                Step::Alloc(value) => {
                    all.push((arena.alloc_checked([u64::from(value); 20]), u64::from(value), true));
                    alive.push(all.len() - 1);
                }
                Step::Mark => marks.push((arena.checkpoint(), alive.len())),
                Step::Restore(which) if !marks.is_empty() => {
                    let index = which.index(marks.len());
                    let (mark, length) = marks[index];
                    arena.restore(mark).unwrap();
                    marks.truncate(index + 1);
                    alive.drain(length..).for_each(|gone| all[gone].2 = false);
                }
                Step::Restore(_) => {}
                Step::Reset => {
                    arena.reset();
                    marks.clear();
                    alive.drain(..).for_each(|gone| all[gone].2 = false);
                }
                Step::Scope => {
                    arena.scope().alloc_slice_fill(3000, 0u8);
                }
            }
            for &(handle, value, there) in &all {
                prop_assert_eq!(arena.get(handle).copied(), there.then_some([value; 20]));
            }
        }
    }
}

#[test]
fn children_are_told_oldest_first_without_those_that_ended() {
    let parent = Node::new("a level").build();
    let children: Vec<Node> = (0..300).map(|_| Node::new("a room").parent(&parent).build()).collect();
    let (ended, live): (Vec<Node>, Vec<Node>) = children.into_iter().partition(|child| child.id().get() % 3 == 0);
    drop(ended);
    let ids = |nodes: &[Node]| nodes.iter().map(Node::id).collect::<Vec<_>>();
    assert_eq!(ids(&parent.children()), ids(&live));
    let last = Node::new("a late room").parent(&parent).build();
    drop(live);
    assert_eq!(ids(&parent.children()), [last.id()]);
}
