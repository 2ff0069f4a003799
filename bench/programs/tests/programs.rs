//! The programs under `Global`, on documents of the repository: as they are, in scopes, and what is left of that.

use arenite::context::{pinned, scopes_active, with_arena, with_arena_reported};
use programs::{
    documents::Documents,
    dom,
    program::{Look, Program},
    programs::ALL,
};
use std::sync::Mutex;

#[global_allocator]
static ALLOCATOR: arenite::Global = arenite::Global::new();

/// What is pinned is counted over all threads.
static ALONE: Mutex<()> = Mutex::new(());

fn documents() -> Documents {
    Documents::in_repository().expect("the repository's own files")
}

fn started(program: &Program) -> programs::program::Call {
    (program.start)(&documents())
}

#[test]
fn a_scope_changes_no_result() {
    let _alone = ALONE.lock();
    for program in ALL.iter().chain(&dom::ALL) {
        let expected = started(program)(Look::Hash);
        assert_ne!(expected, 0, "{}", program.name);
        let mut call = started(program);
        for _ in 0..3 {
            assert_eq!(with_arena(|| call(Look::Hash)), expected, "{}", program.name);
            assert_eq!(call(Look::Hash), expected, "{}", program.name);
        }
    }
}

#[test]
fn what_one_heap_made_another_memory_ends_soundly() {
    let _alone = ALONE.lock();
    for program in &ALL {
        // Started inside: what the program keeps for its next calls is the region's, and outlives the scope.
        let mut call = with_arena(|| started(program));
        let expected = call(Look::Hash);
        assert_eq!(with_arena(|| call(Look::Hash)), expected, "{}", program.name);
        let elsewhere = std::thread::scope(|threads| threads.spawn(|| started(program)(Look::Hash)).join());
        assert_eq!(elsewhere.expect("no panic"), expected, "{}", program.name);
    }
}

#[test]
fn only_programs_with_caches_leave_anything_behind() {
    let _alone = ALONE.lock();
    assert_eq!(scopes_active(), Ok(()));
    for program in &ALL {
        let before = pinned().chunks;
        let mut call = started(program);
        let left: usize = (0..3).map(|_| with_arena_reported(|| call(Look::Away)).1.bytes()).sum();
        // rhai's engine keeps names of the scripts that it has run, for as long as it lives; regex makes something once
        // in a process.
        let has_cache = ["regex", "rhai"].contains(&program.name);
        assert!(left == 0 || has_cache, "{} left {left} bytes", program.name);
        assert!(left > 0 || program.name != "rhai", "rhai keeps nothing any more: this test has lost its example");
        drop(call);
        if !has_cache {
            assert_eq!(pinned().chunks, before, "{}", program.name);
        }
    }
}

#[test]
fn the_three_trees_are_one_tree() {
    let hashes: Vec<u64> = dom::ALL.iter().map(|program| started(program)(Look::Hash)).collect();
    assert!(hashes.iter().all(|&hash| hash == hashes[0]), "{hashes:x?}");
}

#[test]
fn the_parser_reads_what_json_is_and_refuses_what_it_is_not() {
    let text = |json: &str| format!("{:?}", dom::parse(json, dom::Heap));
    assert_eq!(
        text(r#" {"a": [1, -2.5e1, true, null], "b\n": "\u00e9\ud83d\ude00"} "#),
        r#"Ok(Object([("a", List([Number(1.0), Number(-25.0), Bool(true), Null])), ("b\n", String("é😀"))]))"#
    );
    for wrong in ["", "[1,]", "{\"a\" 1}", "\"open", "\"\\ud83d\"", "nul", "1 2", "--1", "\"\\u00\""] {
        assert!(dom::parse(wrong, dom::Heap).is_err(), "{wrong}");
    }
    assert!(dom::parse(&"[".repeat(200), dom::Heap).is_err_and(|(_, reason)| reason.starts_with("more than 128")));
}
