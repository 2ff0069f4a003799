//! What resets keep: steady work takes no block, commits nothing, for ever; limits and policies hold.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, of the size in the line before.

mod common;

use arenite::{Arena, ArenaOptions, Retention};
use common::Ledger;

/// Blocks taken and returned (or committed and decommitted) in the last `cycles` of `work`, after as many to warm up.
fn churn(arena: &mut Arena, cycles: usize, mut work: impl FnMut(&Arena, usize)) -> u64 {
    let mut before = 0;
    for i in 0..2 * cycles {
        if i == cycles {
            before = arena.stats().blocks_taken + arena.stats().blocks_returned;
        }
        work(arena, i);
        arena.reset();
    }
    arena.stats().blocks_taken + arena.stats().blocks_returned - before
}

const POLICIES: [Retention; 4] =
    [Retention::KeepAll, Retention::KeepBytes(256 << 10), Retention::HighWater(3), Retention::HighWater(1)];

#[test]
fn a_large_request_of_every_cycle_is_kept_though_an_older_smaller_one_is_there_too() {
    for policy in POLICIES {
        let mut arena = ArenaOptions::new().retention(policy).build();
        let taken = churn(&mut arena, 40, |arena, i| {
            if i == 0 {
                arena.alloc_slice_fill(10 << 10, 0u8);
            }
            arena.alloc_slice_fill(50 << 10, 0u8);
        });
        assert_eq!(taken, 0, "{policy:?}");
    }
}

#[test]
fn a_large_request_of_every_cycle_is_kept_though_a_spike_left_a_long_chain() {
    for policy in [Retention::KeepBytes(70 << 10), Retention::HighWater(3), Retention::HighWater(16)] {
        let mut arena = ArenaOptions::new().retention(policy).build();
        let taken = churn(&mut arena, 40, |arena, i| {
            arena.alloc_slice_fill(50 << 10, 0u8);
            for _ in 0..if i == 0 { 2000 } else { 10 } {
                arena.alloc([0u8; 64]);
            }
        });
        assert_eq!(taken, 0, "{policy:?}");
    }
}

#[test]
fn work_that_alternates_within_the_high_water_window_is_steady() {
    let mut arena = ArenaOptions::new().retention(Retention::HighWater(4)).build();
    let taken = churn(&mut arena, 40, |arena, i| {
        if i % 2 == 0 {
            arena.alloc_slice_fill(100 << 10, 0u8);
        } else {
            for _ in 0..2000 {
                arena.alloc([0u8; 64]);
            }
        }
    });
    assert_eq!(taken, 0);
}

#[test]
fn a_range_counts_what_a_scope_used_inside_its_window() {
    // The scope's bytes lie in a window that the arena opened, beyond the step of 64 KiB that the arena itself needs.
    for policy in [Retention::HighWater(3), Retention::HighWater(1), Retention::KeepBytes(1 << 20)] {
        for piece in [7 << 10, 30 << 10] {
            for pieces in 0..14 {
                for inner in [1, 20, 40, 62] {
                    let mut arena = ArenaOptions::new().reserve(16 << 20).retention(policy).build();
                    let taken = churn(&mut arena, 8, |arena, _| {
                        for _ in 0..pieces {
                            arena.try_alloc_slice_uninit::<u8>(piece).unwrap();
                        }
                        let scope = arena.scope();
                        for _ in 0..inner {
                            scope.try_alloc_slice_uninit::<u8>(1024).unwrap();
                        }
                    });
                    assert_eq!(taken, 0, "{policy:?}: {pieces} of {piece} bytes, a scope of {inner} KiB");
                }
            }
        }
    }
}

#[test]
fn a_range_forgets_a_spike() {
    for policy in [Retention::HighWater(3), Retention::KeepBytes(200 << 10), Retention::GiveBack] {
        let mut arena = ArenaOptions::new().reserve(64 << 20).retention(policy).build();
        arena.alloc_slice_fill(20 << 20, 1u8);
        for _ in 0..5 {
            arena.reset();
            arena.alloc_slice_fill(20 << 10, 1u8);
        }
        assert!(arena.stats().allocated <= 256 << 10, "{policy:?} {:?}", arena.stats());
    }
}

#[test]
fn keep_bytes_keeps_no_more_and_the_first_block_always() {
    for keep in [0, 4096, 10_000, 60 << 10, 1 << 20] {
        let ledger = Ledger::new();
        let mut arena = ArenaOptions::new().source(ledger.clone()).retention(Retention::KeepBytes(keep)).build();
        for round in 0..5 {
            for i in 0..300 {
                arena.alloc_slice_fill(i * 3 + round, 0u8);
            }
            arena.alloc_slice_fill(90_000, 0u8);
            arena.reset();
            let stats = arena.stats();
            assert!(stats.allocated <= keep.max(4096), "{keep}: {stats:?}");
            assert_eq!(stats.allocated, arena.chunk_sizes().sum::<usize>());
            assert_eq!(stats.chunks, ledger.live());
            assert_eq!(stats.blocks_taken - stats.blocks_returned, stats.chunks as u64);
        }
        drop(arena);
        assert_eq!(ledger.live(), 0);
    }
}

#[test]
fn a_policy_set_in_the_middle_counts_from_the_next_reset() {
    let mut arena = Arena::new();
    let fill = |arena: &Arena| arena.alloc_slice_fill(30, [0u8; 1000]).len();
    fill(&arena);
    arena.reset();
    fill(&arena);
    let held = arena.stats().allocated;
    arena.set_retention(Retention::GiveBack).unwrap();
    assert_eq!(arena.stats().allocated, held);
    arena.reset();
    assert_eq!(arena.chunk_sizes().collect::<Vec<_>>(), [4096]);
    arena.set_retention(Retention::KeepAll).unwrap();
    fill(&arena);
    let held = arena.stats().allocated;
    arena.reset();
    arena.reset();
    assert_eq!(arena.stats().allocated, held);
}

#[test]
fn memory_asked_for_as_zero_is_zero_after_any_reset() {
    let zero = |bytes: std::ptr::NonNull<u8>, n| {
        let bytes = unsafe { std::slice::from_raw_parts(bytes.as_ptr(), n) };
        bytes.chunks(4096).all(|part| *part == [0u8; 4096][..part.len()])
    };
    for policy in POLICIES.into_iter().chain([Retention::GiveBack, Retention::KeepBytes(100 << 10)]) {
        for reserve in [false, true] {
            let options = ArenaOptions::new().retention(policy);
            let mut arena = if reserve { options.reserve(8 << 20).build() } else { options.build() };
            for round in 0..6usize {
                for (i, size) in [3, 100, 65_536, 40_000, 70_001, 8, 130_000, 1 << 20].into_iter().enumerate() {
                    let layout = std::alloc::Layout::from_size_align(size, 1 << ((i + round) % 8)).unwrap();
                    let memory = arena.alloc_zeroed(layout);
                    assert!(zero(memory, size), "{policy:?} reserve {reserve} round {round}, {size} bytes");
                    unsafe { memory.write_bytes(0xFF, size) };
                    {
                        let scope = arena.scope();
                        scope.alloc_slice_fill(size / (1 + round), 0xEEu8);
                    }
                    let mark = arena.checkpoint();
                    let memory = arena.alloc_zeroed(layout);
                    assert!(zero(memory, size), "after a scope");
                    unsafe { memory.write_bytes(0xFF, size) };
                    if round % 2 == 0 {
                        arena.restore(mark).unwrap();
                    }
                }
                if round == 3 { arena.clear() } else { arena.reset() }
            }
        }
    }
}
