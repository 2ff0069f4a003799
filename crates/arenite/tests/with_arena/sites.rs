//! What outlived a scope, by the stack that asked for it.

use crate::{alone, on_a_thread};
use arenite::{
    context::{heap, with_arena, with_arena_reported},
    debug::{self, Grade},
    report::Allocations,
};

#[inline(never)]
fn keeps_one(kept: &mut Vec<String>) {
    kept.push(String::from("kept, by the cache"));
}

/// A grade for the time of a test, by the name of scopes: others of the process are not watched.
struct Watched;

impl Watched {
    fn new() -> Self {
        debug::set_node_grade("with_arena", Grade::Sites);
        Self
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        debug::set_node_grade("with_arena", Grade::Off);
    }
}

#[test]
fn each_escape_is_reported_with_its_stack_and_none_that_was_freed_is() {
    let _alone = alone();
    on_a_thread(|| {
        let mut kept = Vec::with_capacity(10);
        let unwatched = with_arena(|| String::from("from before"));
        let watched = Watched::new();
        let ((), escapes) = with_arena_reported(|| {
            let mut garbage: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
            garbage.iter_mut().for_each(|text| text.push_str(" and more"));
            for _ in 0..3 {
                keeps_one(&mut kept);
            }
            kept[0].shrink_to_fit();
            drop(unwatched);
        });
        let sites = escapes.sites().expect("watched");
        assert_eq!((sites.blocks(), sites.bytes()), (3, 3 * 18), "{escapes}");
        assert_eq!(sites.len(), 1, "one stack: {escapes}");
        assert_eq!(escapes.bytes(), 3 * 24);
        if cfg!(not(miri)) {
            assert!(sites[0].site.stack().is_some());
            let text = heap(|| escapes.to_string());
            assert!(!text.contains("an unknown place"), "{text}");
            if cfg!(feature = "symbols") {
                assert!(text.contains("allocated at with_arena::sites::keeps_one at "), "{text}");
            }
        }
        let (again, escapes) = with_arena_reported(|| kept.drain(1..).collect::<Vec<_>>());
        let sites = escapes.sites().expect("watched");
        assert_eq!(
            (sites.blocks(), sites.bytes()),
            (1, 2 * size_of::<String>()),
            "the new vector; its strings are the other scope's: {escapes}"
        );
        drop(watched);
        let ((), escapes) = with_arena_reported(|| drop(again));
        assert!(escapes.sites().is_none() && escapes.is_empty(), "{escapes}");
    });
}

/// Books hold what they were told of until they are told of its end: by whoever frees it, whoever owns the chunk then.
#[test]
fn a_watched_block_that_anyone_frees_after_its_scope_is_forgotten() {
    let _alone = alone();
    let before = Allocations::take().bytes();
    for frees_it in 0..3 {
        let watched = Watched::new();
        let escaped = on_a_thread(|| {
            let (escaped, escapes) = with_arena_reported(|| Box::new([0x5Au8; 40]));
            assert_eq!(escapes.sites().expect("watched").blocks(), 1, "{escapes}");
            if frees_it == 0 {
                drop(escaped); // its owner, which goes on in the chunk
                return None;
            }
            Some(escaped)
        });
        if frees_it == 2 {
            on_a_thread(|| drop(escaped));
        } else {
            drop(escaped);
        }
        drop(watched);
        assert_eq!(Allocations::take().bytes(), before, "what was freed is in no books, case {frees_it}");
    }
}

#[test]
fn a_switch_in_the_middle_of_scopes_loses_and_invents_nothing() {
    let _alone = alone();
    let before = arenite::context::pinned().chunks;
    on_a_thread(|| {
        with_arena(|| {
            let outer: Vec<String> = (0..500).map(|n| format!("outer {n}")).collect();
            let watched = Watched::new();
            let (inner, escapes) = with_arena_reported(|| (0..100).map(|n| format!("inner {n}")).collect::<Vec<_>>());
            assert_eq!(escapes.sites().unwrap().blocks(), 101, "{escapes}");
            drop(watched);
            drop(outer);
            let more: Vec<String> = (0..500).map(|n| format!("more {n}")).collect();
            assert!(inner.iter().enumerate().all(|(n, text)| *text == format!("inner {n}")));
            assert!(more.iter().enumerate().all(|(n, text)| *text == format!("more {n}")));
        });
    });
    assert_eq!(arenite::context::pinned().chunks, before);
}
