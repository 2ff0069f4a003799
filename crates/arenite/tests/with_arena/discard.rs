//! Scopes whose contents end with them.

use crate::{alone, on_a_thread};
use arenite::context::{heap, pinned, with_arena, with_arena_skipping_drops};
use std::{
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What a scope builds up and never drops: small blocks, large ones, some that grow, and scopes in it.
fn build(size: usize) -> usize {
    let words = ManuallyDrop::new((0..size).map(|n| n.to_string()).collect::<Vec<String>>());
    let mut large = ManuallyDrop::new(vec![1u8; 100_000]);
    large.extend([2; 200_000]);
    drop(vec![3u8; 50_000]);
    let inner = ManuallyDrop::new(with_arena(|| vec![String::from("inner"); 10]));
    words.len() + large.len() + inner.len()
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "resident memory is Linux's to tell")]
fn what_is_forgotten_in_a_discarding_scope_holds_nothing_and_is_given_back() {
    let _alone = alone();
    let before = pinned().chunks;
    let resident = || -> usize {
        let text = std::fs::read_to_string("/proc/self/statm").unwrap();
        text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
    };
    on_a_thread(|| {
        // SAFETY: nothing leaves `build` but a number; the scope inside of it is dropped by nobody.
        let run = || assert_eq!(unsafe { with_arena_skipping_drops(|| build(3000)) }, 3000 + 300_000 + 10);
        (0..50).for_each(|_| run()); // until what is held back is full
        let warm = resident();
        (0..300).for_each(|_| run());
        // 300 times half a megabyte would show. AddressSanitizer holds back more than that by itself.
        let sanitized = std::env::var_os("ASAN_OPTIONS").is_some();
        assert!(sanitized || resident() < warm + (8 << 20), "{} of {warm}", resident());
    });
    // The inner scope's survivors are its own, and pinned: only what belongs to the discarding scope itself ends with it.
    assert!(pinned().chunks <= before + 350);
}

#[test]
fn the_heaps_own_survives_a_discarding_scope_and_a_panic_makes_it_an_ordinary_one() {
    let _alone = alone();
    on_a_thread(|| {
        // SAFETY: the result is the heap's; the rest is forgotten.
        let kept = unsafe {
            with_arena_skipping_drops(|| {
                let words = ManuallyDrop::new(vec![String::from("many"), String::from("grains")]);
                heap(|| (words.join(" "), vec![7u8; 100_000]))
            })
        };
        // SAFETY: it does not return.
        let payload = catch_unwind(AssertUnwindSafe(|| unsafe {
            with_arena_skipping_drops(|| -> () { std::panic::panic_any((String::from("payload"), vec![1u8; 60_000])) })
        }))
        .unwrap_err();
        (0..100).for_each(|_| with_arena(|| drop(vec![0xFFu8; 4000])));
        let payload = payload.downcast::<(String, Vec<u8>)>().unwrap();
        assert!(payload.0 == "payload" && payload.1 == [1; 60_000]);
        assert!(kept.0 == "many grains" && kept.1 == [7; 100_000]);
    });
}

/// The child of the test below: it breaks the promise.
#[test]
fn child_that_frees_after_the_end() {
    if std::env::var_os("ARENITE_BREAK_PROMISE").is_none() {
        return;
    }
    let _alone = alone();
    // SAFETY: none: the string outlives the scope, which is what is to be found.
    drop(unsafe { with_arena_skipping_drops(|| String::from("outlives its scope")) });
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "checked where debug assertions are on")]
fn a_block_freed_after_its_discarding_scope_ends_the_process_and_says_why() {
    let output = crate::again::again()
        .args(["discard::child_that_frees_after_the_end", "--exact", "--nocapture"])
        .env("ARENITE_BREAK_PROMISE", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(text.contains("a block of 18 bytes") && text.contains("after the end"), "{text}");
}
