//! Scopes around any code: what escapes stays whole, and what is held at the end is exactly what survived.

#[path = "../common/again.rs"]
mod again;
mod directed;
mod discard;
mod sites;
mod stress;

use arenite::context::{heap, pinned, scopes_active, with_arena, with_arena_reported};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[global_allocator]
static ALLOCATOR: arenite::Global = arenite::Global::new();

/// Tests of this process share its pinned chunks: one at a time.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    scopes_active().expect("scopes work here");
    // The default hook keeps what it learns of symbols, and the harness what is printed: they survive the scope that panics.
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
        if text.is_some_and(|text| !text.starts_with("grains")) {
            heap(|| eprintln!("{panic}"));
        }
    }));
    one
}

/// How long a long test runs: `ARENITE_STRESS_SECONDS`, or so many.
fn seconds(otherwise: u64) -> u64 {
    std::env::var("ARENITE_STRESS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// A number of the chunk that an address of a region lies in.
fn chunk_of<T>(pointer: *const T) -> usize {
    pointer.addr() >> 15
}

/// Runs on a thread of its own, whose end leaves its parked chunk.
fn on_a_thread<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|threads| threads.spawn(work).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[test]
fn what_is_returned_stays_whole_and_holds_one_chunk_until_it_is_dropped() {
    let _alone = alone();
    let before = pinned().chunks;
    let (kept, escapes) = on_a_thread(|| {
        with_arena_reported(|| {
            let garbage: Vec<String> = (0..10_000).map(|n| format!("garbage number {n}")).collect();
            garbage[77].clone()
        })
    });
    assert_eq!((escapes.bytes(), escapes.chunks(), escapes.inactive()), (24, 1, None));
    assert_eq!(pinned().chunks, before + 1);
    on_a_thread(|| (0..50).for_each(|_| with_arena(|| _ = vec![0xAAu8; 4000])));
    assert_eq!(kept, "garbage number 77");
    drop(kept);
    assert_eq!(pinned().chunks, before);
}

#[test]
fn a_panic_closes_the_scope_and_its_payload_is_whole() {
    let _alone = alone();
    let before = pinned().chunks;
    on_a_thread(|| {
        let payload = catch_unwind(AssertUnwindSafe(|| {
            with_arena(|| std::panic::panic_any(format!("{} of sand", "grains".repeat(3))))
        }))
        .unwrap_err();
        let (outside, escapes) = with_arena_reported(|| heap(|| vec![1u8; 100]));
        assert_eq!((outside.len(), escapes.bytes()), (100, 0));
        assert_eq!(payload.downcast_ref::<String>().unwrap(), "grainsgrainsgrains of sand");
    });
    assert_eq!(pinned().chunks, before);
}
