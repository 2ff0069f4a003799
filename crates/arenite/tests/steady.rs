//! Cycles that are steady, and cycles that are not. What is counted is the process's, so tests take turns.

use allocator_api2::alloc::{Allocator, Layout};
use arenite::{
    Arena, ArenaOptions, Heap, Node, Retention,
    debug::{self, Grade},
    layer::Watched,
    report::{self, Steady},
};
use std::{
    panic,
    sync::{Mutex, MutexGuard, PoisonError},
};

fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_frame_on_a_warm_arena_is_steady() {
    let _turn = turn();
    let mut arena = ArenaOptions::new().name("frame").build();
    let mut runs = 0;
    report::assert_steady(|| {
        runs += 1;
        arena.alloc_slice_fill(20_000, 1u64);
        arena.scope().alloc_slice_fill(50_000, 2u64);
        arena.reset();
    });
    assert_eq!(runs, 3 + 10);
}

#[test]
fn an_arena_that_is_never_reset_is_named_with_its_blocks_and_bytes() {
    let _turn = turn();
    let arena = ArenaOptions::new().name("never reset").build();
    let mut taken = 0;
    let unsteady = Steady::new()
        .warm_up(1)
        .cycles(4)
        .try_run(|| {
            arena.alloc_slice_fill(100_000, 1u64);
            taken += 1;
        })
        .unwrap_err();
    assert_eq!(taken, 5, "all cycles run");
    let node = &unsteady.nodes()[0];
    assert_eq!((&*node.name, node.blocks_taken), ("never reset", 4));
    assert!(node.bytes >= 4 * 800_000 && unsteady.nodes().len() == 1, "{unsteady}");
    assert_eq!(unsteady.first_cycle(), Some(1));
    let text = unsteady.to_string();
    assert!(text.starts_with("not steady over 4 cycles:\n  "), "{text}");
    assert!(text.contains("\"never reset\" took 4 blocks and holds "), "{text}");
}

#[test]
fn a_cycle_that_gives_back_what_it_takes_touches_the_heap_all_the_same() {
    let _turn = turn();
    let mut number = 0;
    let unsteady = Steady::new()
        .try_run(|| {
            number += 1;
            if number == 3 + 7 {
                Arena::new().alloc(1u64); // without a node: only the calls tell
            }
        })
        .unwrap_err();
    assert_eq!((unsteady.heap_calls(), unsteady.system_calls()), (2, 0));
    assert_eq!(unsteady.first_cycle(), Some(7));
    assert!(unsteady.nodes().is_empty() && unsteady.live().is_empty());
}

#[test]
fn system_calls_are_found_where_a_reservation_gives_its_pages_back() {
    let _turn = turn();
    let options = ArenaOptions::new().name("gives back").reserve(1 << 24).retention(Retention::GiveBack);
    let mut arena = options.build();
    let unsteady = Steady::new()
        .try_run(|| {
            arena.alloc_slice_fill(1 << 20, 1u8);
            arena.reset();
        })
        .unwrap_err();
    assert!(unsteady.system_calls() >= 10 && unsteady.heap_calls() == 0, "{unsteady}");
}

#[cfg(feature = "debug")]
#[test]
fn watched_blocks_that_stay_are_named_by_their_place() {
    let _turn = turn();
    let node = Node::new("tokens").build();
    let heap = Heap::new();
    let memory = Watched::new(&heap).name("tokens");
    debug::set_node_grade("tokens", Grade::Sites);
    let (mut kept, mut line) = (Vec::with_capacity(100), 0);
    let unsteady = Steady::new()
        .cycles(5)
        .try_run(|| {
            line = line!() + 1;
            kept.push(memory.here().allocate(Layout::new::<[u8; 40]>()).unwrap());
        })
        .unwrap_err();
    let site = &unsteady.live()[0];
    assert_eq!((site.blocks, site.bytes, site.site.line()), (5, 200, Some(line)));
    assert_eq!(site.site.file(), Some(file!()));
    assert!(unsteady.to_string().contains("came on top and stayed: 200 bytes in 5 blocks are live:"), "{unsteady}");
    drop(node);
}

#[test]
fn the_assertion_panics_with_the_report() {
    let _turn = turn();
    let arena = Arena::new();
    let cycle = panic::AssertUnwindSafe(|| _ = arena.alloc_slice_fill(1 << 20, 0u8));
    let panic = panic::catch_unwind(move || report::assert_steady({ cycle }.0)).unwrap_err();
    assert!(panic.downcast_ref::<String>().unwrap().starts_with("not steady over 10 cycles:"));
}
