//! A planted race. `.ci/nightly` runs it under ThreadSanitizer and fails unless it is reported: a sanitizer that says
//! nothing about the other tests must have shown that it can speak.
#![cfg(arenite_canary)]
#![allow(clippy::undocumented_unsafe_blocks)] // Wrong on purpose.

use arenite::Arena;
use std::thread;

struct Shared(*mut u64);
unsafe impl Send for Shared {}

#[test]
fn a_planted_race() {
    let arena = Arena::new();
    let value: *mut u64 = arena.alloc(0u64);
    thread::scope(|threads| {
        for n in 1..=2 {
            let shared = Shared(value);
            threads.spawn(move || {
                let Shared(value) = { shared };
                (0..1000).for_each(|i| unsafe { value.write_volatile(n * i) });
            });
        }
    });
}
