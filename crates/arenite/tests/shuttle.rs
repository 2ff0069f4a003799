//! Models of what threads share, run by shuttle on the library's own code: every atomic, lock and thread-local of the
//! library is shuttle's here, and its scheduler tries interleavings that a machine seldom shows. Shuttle takes every
//! ordering for sequentially consistent: weaker ones are ThreadSanitizer's to judge (`.ci/nightly`).
//!
//! `RUSTFLAGS="--cfg arenite_shuttle" cargo test -p arenite --test shuttle`
#![cfg(arenite_shuttle)]

use arenite::{ArenaOptions, Node};
use shuttle::thread;

/// Tries some thousand interleavings, and the same number of nasty ones.
fn model(run: impl Fn() + Send + Sync + 'static) {
    // The library's statics belong to one model at a time.
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let run = std::sync::Arc::new(run);
    let (random, pct) = (run.clone(), run);
    shuttle::check_random(move || random(), 2_000);
    shuttle::check_pct(move || pct(), 2_000, 3);
}

#[test]
fn arenas_on_two_threads_never_charge_a_budget_beyond_its_hard_limit() {
    model(|| {
        let game = Node::new("game").hard_budget(3 * 4096).build();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let game = game.clone();
                thread::spawn(move || {
                    let arena = ArenaOptions::new().node(&game).try_build();
                    let blocks = arena.as_ref().map_or(0, |arena| {
                        let _ = arena.try_alloc_layout(core::alloc::Layout::from_size_align(4096, 8).unwrap());
                        arena.stats().chunks
                    });
                    assert!(game.stats().charged <= 3 * 4096, "{:?}", game.stats());
                    (arena.ok(), blocks)
                })
            })
            .collect();
        let arenas: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        drop(arenas);
        assert_eq!(game.stats().charged, 0);
        assert_eq!(game.stats().arenas, 0);
    });
}

#[test]
fn a_node_that_two_threads_drop_dies_once_and_after_its_children() {
    model(|| {
        let parent = Node::new("parent").build();
        let child = Node::new("child").parent(&parent).build();
        let deaths = std::sync::Arc::new(shuttle::sync::Mutex::new(Vec::new()));
        for (node, name) in [(&parent, "parent"), (&child, "child")] {
            let deaths = deaths.clone();
            node.on_death(move || deaths.lock().unwrap().push(name));
        }
        let threads = [(child.clone(), parent.clone()), (child, parent)].map(|(child, parent)| {
            thread::spawn(move || {
                drop(parent);
                drop(child);
            })
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*deaths.lock().unwrap(), ["child", "parent"]);
    });
}

#[test]
fn scratch_of_each_thread_is_its_own() {
    model(|| {
        let threads = [1u64, 2].map(|value| {
            thread::spawn(move || {
                arenite::scratch(|temp| {
                    let mine = temp.alloc(value);
                    thread::yield_now();
                    arenite::scratch(|inner| inner.alloc(77u64).wrapping_add(1));
                    assert_eq!(*mine, value);
                });
            })
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}
