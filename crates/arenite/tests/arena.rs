//! Scenarios of the arena: the contract's section 1, line by line.

use arenite::{Arena, ArenaOptions, ArenaVec, ErrorKind, Retention};
use std::alloc::Layout;

#[test]
fn hundred_thousand_bytes_in_64_byte_pieces_take_five_chunks_of_124_kib() {
    let arena = Arena::new();
    for _ in 0..1600 {
        arena.alloc([0u8; 64]);
    }
    let stats = arena.stats();
    assert_eq!((stats.chunks, stats.allocated), (5, 124 << 10));
    assert_eq!(arena.chunk_sizes().collect::<Vec<_>>(), [4096, 8192, 16384, 32768, 65536]);
}

#[test]
fn the_same_work_after_a_reset_takes_no_new_chunk_for_ever() {
    let mut arena = Arena::new();
    let work = |arena: &Arena| {
        for i in 0..500 {
            arena.alloc_slice_fill(i, 1u8);
        }
        arena.alloc_slice_fill(50 << 10, 1u8);
        arena.alloc_slice_fill(200 << 10, 1u8);
    };
    work(&arena);
    let first = arena.stats();
    for _ in 0..1000 {
        arena.reset();
        assert_eq!(arena.used(), 0);
        work(&arena);
        let now = arena.stats();
        assert_eq!(
            (now.used, now.chunks, now.allocated, now.blocks_taken),
            (first.used, first.chunks, first.allocated, first.blocks_taken)
        );
    }
}

#[test]
fn a_large_request_gets_a_chunk_of_its_own_and_does_not_change_the_growth() {
    let arena = Arena::new();
    arena.alloc(1u64);
    let large = arena.alloc_slice_fill(50 << 10, 7u8);
    assert_eq!(arena.stats().used, 8 + (50 << 10));
    let next = arena.alloc(2u64);
    assert_eq!(large.len(), 50 << 10);
    assert_eq!(arena.stats().used, 16 + (50 << 10));
    arena.alloc_slice_fill(4096, 0u8);
    assert_eq!(arena.chunk_sizes().collect::<Vec<_>>(), [4096, 8192, 50 << 10]);
    assert_eq!(*next, 2);
}

#[test]
fn a_scope_takes_back_large_requests_of_its_own_and_keeps_those_before_it() {
    let arena = Arena::new();
    let before = arena.alloc_slice_fill(50 << 10, 1u8);
    let used = arena.used();
    for _ in 0..10 {
        let scope = arena.scope();
        scope.alloc_slice_fill(60 << 10, 2u8);
        scope.alloc_slice_fill(50 << 10, 3u8);
        drop(scope);
        assert_eq!(arena.used(), used);
        assert_eq!(arena.stats().chunks, 4);
    }
    assert!(before.iter().all(|&b| b == 1));
}

#[test]
fn clear_keeps_the_first_chunk_and_growth_starts_over() {
    let mut arena = Arena::new();
    for _ in 0..5000 {
        arena.alloc([0u8; 64]);
    }
    arena.clear();
    assert_eq!(arena.chunk_sizes().collect::<Vec<_>>(), [4096]);
    for _ in 0..100 {
        arena.alloc([0u8; 64]);
    }
    assert_eq!(arena.chunk_sizes().collect::<Vec<_>>(), [4096, 8192]);
}

#[test]
fn every_alignment_up_to_two_mebibytes_is_kept_in_every_chunk() {
    for options in [ArenaOptions::new(), ArenaOptions::new().reserve(64 << 20)] {
        let arena = options.build();
        for shift in 0..=21 {
            for size in [1, 8, 24, 4096] {
                let layout = Layout::from_size_align(size, 1 << shift).unwrap();
                let memory = arena.alloc_layout(layout);
                assert_eq!(memory.addr().get() % layout.align(), 0);
                // SAFETY: fresh memory of `size` bytes.
                unsafe { memory.write_bytes(0xAB, size) };
            }
        }
        let refused = arena.try_alloc_aligned(8, 4 << 20).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::BadAlignment);
        assert_eq!(arena.try_alloc_aligned(8, 3).unwrap_err().kind(), ErrorKind::BadAlignment);
        assert_eq!(arena.try_alloc_aligned(8, 0).unwrap_err().kind(), ErrorKind::BadAlignment);
    }
}

#[test]
fn one_gibibyte_is_served_and_one_byte_more_refused() {
    static VM: arenite::source::Vm = arenite::source::Vm::new();
    let arena = ArenaOptions::new().source(&VM).build();
    assert!(arena.try_alloc_layout(Layout::from_size_align(1 << 30, 8).unwrap()).is_ok());
    let before = arena.stats();
    let refused = arena.try_alloc_layout(Layout::from_size_align((1 << 30) + 1, 8).unwrap()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RequestTooLarge { max: 1 << 30 });
    assert_eq!(arena.stats(), before);
}

#[test]
fn a_vector_that_is_last_grows_in_place() {
    let arena = ArenaOptions::new().reserve(16 << 20).build();
    let mut vec = ArenaVec::new_in(&arena);
    vec.push(0u64);
    let start = vec.as_ptr();
    for i in 1..100_000 {
        vec.push(i);
    }
    assert_eq!(vec.as_ptr(), start);
    assert_eq!(vec.into_slice().len(), 100_000);
    assert_eq!(arena.used(), 800_000);
}

#[test]
fn after_a_spike_high_water_retention_gives_back_and_keeps_the_steady_size() {
    let mut arena = ArenaOptions::new().retention(Retention::HighWater(3)).build();
    let fill = |arena: &Arena, n: usize| {
        (0..n).for_each(|_| {
            arena.alloc([0u8; 64]);
        })
    };
    fill(&arena, 100_000);
    for _ in 0..4 {
        arena.reset();
        fill(&arena, 1000);
    }
    assert!(arena.stats().allocated < 256 << 10, "{:?}", arena.stats());
    let taken = arena.stats().blocks_taken;
    for _ in 0..100 {
        arena.reset();
        fill(&arena, 1000);
    }
    assert_eq!(arena.stats().blocks_taken, taken, "steady");
}

#[test]
fn counting_arenas_know_requests_and_give_them_back_at_scope_ends_and_rewinds() {
    let mut arena = ArenaOptions::new().counting(true).build();
    arena.alloc_slice_fill(100, 1u8);
    assert_eq!((arena.stats().used, arena.stats().requested, arena.stats().allocations), (104, Some(100), Some(1)));
    {
        let scope = arena.scope();
        scope.alloc_str("hello");
        scope.alloc_fmt(format_args!("{}-{}", 1, 22));
        assert_eq!(arena.stats().requested, Some(109));
        let inner = scope.scope();
        inner.alloc(1u8);
        assert_eq!(arena.stats().allocations, Some(4));
    }
    assert_eq!((arena.stats().requested, arena.stats().allocations), (Some(100), Some(1)));
    let mark = arena.checkpoint();
    arena.alloc(1u64);
    arena.restore(mark).unwrap();
    assert_eq!(arena.stats().requested, Some(100));
    arena.reset();
    assert_eq!((arena.stats().requested, arena.stats().used), (Some(0), 0));
}
