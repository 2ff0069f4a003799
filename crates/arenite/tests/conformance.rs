//! Every allocator and layer of the library, alone and composed, through the public suite.
//!
//! One line for each: `alone` for what one thread uses, `shared` for what several may. The closure makes a fresh allocator
//! each time; one that takes blocks from the test's source has each of those takes failed in turn.

use arenite::{
    Arena, ArenaOptions, BufferArena, Capabilities, DynAllocator, FixedBuffer, Heap, HeapOptions, Node, RangeOptions,
    Retention, SharedArena, SharedOptions, Tag, ThreadBlocks, TwoEnded,
    conformance::{SharedTest, Suite, Test},
    debug::{self, Grade},
    layer::{Failing, Fallback, Limited, Owned, Plain, Segregated, Shared, Tracked, Unmapping, Watched},
    pool::{BlockPool, BlockPoolOptions, ChunkedBlockPool},
    source::{System, Vm},
};
use std::{alloc::System as CHeap, mem::MaybeUninit, sync::Arc};

/// Runs the suite, and requires that no fewer promises are kept than are named here: what is skipped is meant.
#[track_caller]
fn expect(report: &arenite::conformance::Report, promised: &[&str]) {
    for check in promised {
        assert!(report.passed().any(|passed| passed == *check), "{check} was not checked:\n{report}");
    }
}

macro_rules! alone {
    ($($name:ident [$($promised:literal),*] $subject:expr;)*) => {$(
        #[test]
        fn $name() {
            let subject: fn(&mut Test<'_>) = $subject;
            expect(&Suite::new(stringify!($name)).run(subject), &[$($promised),*]);
        }
    )*};
}

macro_rules! shared {
    ($($name:ident [$($promised:literal),*] $subject:expr;)*) => {$(
        #[test]
        fn $name() {
            let subject: fn(&mut SharedTest<'_>) = $subject;
            expect(&Suite::new(stringify!($name)).run_shared(subject), &["threads", $($promised),*]);
        }
    )*};
}

/// The C heap, as the allocator of a third party.
fn heap() -> Plain<CHeap> {
    Plain::new(CHeap).promising(Capabilities::FREE | Capabilities::THREADS)
}

/// Watched under this grade, whatever that of the process is.
fn watched<A: DynAllocator>(inner: A, grade: Grade) -> Watched<A> {
    debug::set_node_grade(grade.name(), grade);
    Watched::new(inner).name(grade.name())
}

/// A heap with segments from the test's source, under this grade.
fn heap_under(test: &mut SharedTest<'_>, grade: Grade) {
    debug::set_node_grade(grade.name(), grade);
    if let Ok(heap) = HeapOptions::new().name(grade.name()).hold(32 << 10).source(test.source()).try_build() {
        test.on(&&heap);
    }
}

/// Pools with blocks from the test's source, under this grade.
fn pools_under(test: &mut Test<'_>, grade: Grade) {
    debug::set_node_grade(grade.name(), grade);
    let node = Node::new(grade.name()).build();
    if let Ok(pool) = BlockPoolOptions::new(256).node(&node).source(test.source()).try_build_chunked() {
        test.on(&&pool);
    }
    if let Ok(pool) = BlockPoolOptions::new(64).node(&node).capacity(1000).source(test.source()).try_build() {
        test.on(&&pool);
    }
}

/// Arenas, a scope and one in a buffer, under this grade. The suite measures memory before it begins, so what the arena
/// knows of itself is there by then.
fn arenas_under(test: &mut Test<'_>, grade: Grade) {
    if let Some(mut arena) = arena(test) {
        if arena.set_grade(grade).is_ok() {
            test.on(&&arena);
            arena.reset();
            arena.alloc(1u64);
            test.on(&&arena.scope());
        }
    }
    let mut arena = ArenaOptions::new().reserve(256 << 20).build();
    arena.set_grade(grade).unwrap();
    test.on(&&arena);
}

fn pool(block: usize) -> ChunkedBlockPool {
    BlockPoolOptions::new(block).capacity(4096).build_chunked()
}

/// An arena as one expects it, with blocks from the test's source; `None` when that fails.
fn arena(test: &Test<'_>) -> Option<Arena> {
    ArenaOptions::new().source(test.source()).try_build().ok()
}

// Arenas, and what takes their cursor over.
alone! {
    arena_of_chunks ["ownership", "reset", "resize in place", "reuse of the last block", "faults of the source"] |test| {
        if let Some(arena) = arena(test) {
            test.on(&&arena);
        }
    };
    arena_without_a_first_block ["reset"] |test| test.on(&&Arena::new());
    arena_in_one_range ["reset", "resize in place", "ownership"] |test| {
        test.on(&&ArenaOptions::new().reserve(256 << 20).build());
    };
    arenas_under_sites ["ownership", "reset", "faults of the source"] |test| arenas_under(test, Grade::Sites);
    arenas_under_guard ["ownership", "reset", "faults of the source"] |test| arenas_under(test, Grade::Guard);
    arenas_under_quarantine ["ownership", "reset", "faults of the source"] |test| arenas_under(test, Grade::Quarantine);
    arenas_under_page ["reset", "faults of the source"] |test| arenas_under(test, Grade::Page);
    arena_that_counts ["reset"] |test| test.on(&&ArenaOptions::new().counting(true).build());
    arena_with_a_high_water_policy ["reset"] |test| {
        test.on(&&ArenaOptions::new().retention(Retention::HighWater(4)).build());
    };
    arena_of_large_chunks_of_pages ["reset"] |test| {
        static PAGES: Vm = Vm::new();
        test.on(&&ArenaOptions::new().initial(1 << 20).max(4 << 20).source(&PAGES).build());
    };
    arena_in_a_buffer ["exhaustion and recovery", "ownership", "reset", "resize in place"] |test| {
        let mut buffer = vec![MaybeUninit::uninit(); 200_000];
        test.on(&&BufferArena::new(&mut buffer).unwrap());
    };
    owned_arena_in_a_buffer ["exhaustion and recovery"] |test| {
        let mut buffer = vec![MaybeUninit::uninit(); 10_000];
        test.on(&Owned::new(BufferArena::new(&mut buffer).unwrap()));
    };
    scope_of_an_arena ["ownership", "reuse of the last block", "faults of the source"] |test| {
        if let Some(arena) = arena(test) {
            arena.alloc(1u64);
            test.on(&&arena.scope());
        }
    };
    claim_of_an_arena ["ownership", "faults of the source"] |test| {
        if let Some(arena) = arena(test) {
            if let Ok(claim) = arena.try_claim() {
                test.on(&&claim);
            }
        }
    };
    handle_of_an_arena ["ownership"] |test| {
        let arena = Arena::new();
        let handle: &arenite::Handle = &arena;
        test.on(&handle);
    };
}

// Pools of raw blocks.
alone! {
    pool_of_64_byte_blocks ["double free", "foreign free", "last in, first out", "exhaustion and recovery", "reset"] |test| {
        let pool: BlockPool<'_> = BlockPoolOptions::new(64).capacity(1000).build();
        test.on(&&pool);
    };
    pool_of_4096_byte_blocks_in_a_range ["double free", "foreign free", "last in, first out"] |test| {
        test.on(&&BlockPoolOptions::new(4096).align(4096).reserve(64 << 20).build());
    };
    pools_under_sites ["double free", "foreign free", "last in, first out", "faults of the source"] |test| {
        pools_under(test, Grade::Sites);
    };
    pools_under_guard ["double free", "foreign free", "faults of the source"] |test| pools_under(test, Grade::Guard);
    pools_under_quarantine ["double free", "foreign free", "faults of the source"] |test| {
        pools_under(test, Grade::Quarantine);
    };
    pools_under_page ["double free", "foreign free", "faults of the source"] |test| pools_under(test, Grade::Page);
    chunked_pool ["double free", "foreign free", "last in, first out", "faults of the source"] |test| {
        if let Ok(pool) = BlockPoolOptions::new(256).source(test.source()).try_build_chunked() {
            test.on(&&pool);
        }
    };
}

// Each layer on its own.
alone! {
    limited ["exhaustion and recovery", "figures", "faults of the source"] |test| {
        if let Some(arena) = arena(test) {
            test.on(&Limited::new(&arena, 1 << 20));
        }
    };
    failing_that_never_does ["ownership", "reset"] |test| test.on(&Failing::new(&Arena::new()));
    owned_arena ["ownership", "reset", "resize in place", "faults of the source"] |test| {
        if let Some(arena) = arena(test) {
            test.on(&Owned::new(arena));
        }
    };
    owned_pool ["double free"] |test| test.on(&Owned::new(pool(512)));
    segregated_pool_and_arena ["ownership", "reset", "faults of the source"] |test| {
        if let Some(arena) = arena(test) {
            test.on(&Segregated::new(64, Owned::new(pool(64)), &arena));
        }
    };
    fallback_from_a_limited_arena_to_another ["ownership", "reset", "faults of the source"] |test| {
        if let (Some(first), Some(second)) = (arena(test), arena(test)) {
            test.on(&Fallback::new(Limited::new(&first, 30_000), &second));
        }
    };
    tracked_arena ["double free", "foreign free", "wrong size", "ownership", "reset", "faults of the source"] |test| {
        if let Some(arena) = arena(test) {
            test.on(&Tracked::new(&arena));
        }
    };
    tracked_from_here ["double free", "foreign free", "wrong size"] |test| {
        let arena = Arena::new();
        let memory = Tracked::new(&arena);
        test.on(&memory.here().tag(Tag::AI));
        assert!(memory.is_empty(), "{}", memory.leaks());
    };
    tracked_with_its_books_in_an_arena ["double free"] |test| {
        let books = Arena::new();
        test.on(&Tracked::with_metadata_in(heap(), &books));
    };
}

shared! {
    the_c_heap ["reuse of freed memory"] |test| test.on(&heap());
    shared_arena ["ownership", "reset", "faults of the source"] |test| {
        if let Ok(arena) = ArenaOptions::new().source(test.source()).try_build() {
            test.on(&Shared::new(Owned::new(arena)));
        }
    };
    unmapping ["double free", "foreign free", "wrong size", "ownership", "reset", "reuse of freed memory"] |test| {
        test.on(&Unmapping::new());
    };
    unmapping_that_keeps_little ["reset"] |test| test.on(&Unmapping::new().keep(8 << 20));
    limited_heap ["exhaustion and recovery", "figures", "reuse of freed memory"] |test| {
        test.on(&Limited::new(heap(), 1 << 20));
    };
    tracked_heap ["double free", "foreign free", "wrong size", "ownership", "figures"] |test| test.on(&Tracked::new(heap()));
    failing_heap ["reuse of freed memory"] |test| test.on(&Failing::new(heap()));
    segregated_heaps ["reuse of freed memory"] |test| test.on(&Segregated::new(256, heap(), heap()));
}

// Heaps.
shared! {
    a_heap ["double free", "foreign free", "ownership", "reuse of freed memory", "faults of the source"] |test| {
        if let Ok(heap) = HeapOptions::new().source(test.source()).try_build() {
            test.on(&&heap);
        }
    };
    a_heap_on_warm_segments ["double free", "foreign free", "ownership"] |test| test.on(&&Heap::new());
    a_heap_that_passes_through ["double free", "foreign free", "ownership", "faults of the source"] |test| {
        if let Ok(heap) = HeapOptions::new().pass_through(true).source(test.source()).try_build() {
            test.on(&&heap);
        }
    };
    a_heap_under_count ["double free", "foreign free", "ownership", "resize in place"] |test| {
        heap_under(test, Grade::Count);
    };
    a_heap_under_sites ["double free", "foreign free", "ownership", "resize in place"] |test| {
        heap_under(test, Grade::Sites);
    };
    a_heap_under_guard ["double free", "foreign free", "ownership", "reuse of freed memory"] |test| {
        heap_under(test, Grade::Guard);
    };
    a_heap_under_quarantine ["double free", "foreign free", "ownership", "reuse of freed memory"] |test| {
        heap_under(test, Grade::Quarantine);
    };
    a_heap_under_page ["double free", "foreign free", "ownership", "reuse of freed memory"] |test| {
        heap_under(test, Grade::Page);
    };
    a_heap_under_guard_that_passes_through ["double free", "foreign free", "ownership"] |test| {
        debug::set_node_grade("guard", Grade::Guard);
        // Below a tool what is freed is held back.
        let options = HeapOptions::new().name("guard").pass_through(true).hold(32 << 10);
        if let Ok(heap) = options.source(test.source()).try_build() {
            test.on(&&heap);
        }
    };
    a_heap_in_a_buffer ["double free", "exhaustion and recovery", "ownership"] |test| {
        let mut memory = vec![MaybeUninit::uninit(); 1 << 20];
        test.on(&&HeapOptions::new().try_build_in(&mut memory).unwrap());
    };
    a_heap_over_a_heap ["double free", "reuse of freed memory"] |test| {
        let below = Arc::new(Heap::new());
        test.on(&&HeapOptions::new().source(below.clone()).build());
        assert_eq!(below.stats().live, 0);
    };
    limited_tracked_heap ["double free", "wrong size", "exhaustion and recovery"] |test| {
        test.on(&Limited::new(Tracked::new(Owned::new(Heap::new())), 1 << 20));
    };
    segregated_heap_and_pages ["double free", "foreign free"] |test| {
        test.on(&Segregated::new(4096, Owned::new(Heap::new()), Unmapping::new()));
    };
}

alone! {
    arena_on_blocks_of_a_heap ["reset", "ownership"] |test| {
        let heap = Arc::new(Heap::new());
        test.on(&&ArenaOptions::new().source(heap.clone()).build());
        assert_eq!(heap.stats().live, 0);
    };
    fallback_from_a_buffer_heap_to_a_heap ["ownership"] |test| {
        let mut memory = vec![MaybeUninit::uninit(); 16 << 10];
        let (first, second) = (HeapOptions::new().try_build_in(&mut memory).unwrap(), Heap::new());
        test.on(&Fallback::new(&first, &second));
    };
}

// Compositions.
alone! {
    limited_over_tracked_over_arena ["wrong size", "exhaustion and recovery", "reset"] |test| {
        test.on(&Limited::new(Tracked::new(&Arena::new()), 1 << 20));
    };
    tracked_over_limited_over_arena ["wrong size", "exhaustion and recovery", "faults of the source"] |test| {
        if let Some(arena) = arena(test) {
            test.on(&Tracked::new(Limited::new(&arena, 1 << 20)));
        }
    };
    tracked_over_tracked ["double free", "foreign free", "wrong size"] |test| {
        test.on(&Tracked::new(Tracked::new(&Arena::new())));
    };
    fallback_from_a_pool_to_an_arena ["ownership", "reset", "faults of the source"] |test| {
        if let Some(arena) = arena(test) {
            test.on(&Fallback::new(Owned::new(pool(128)), Owned::new(arena)));
        }
    };
    fallback_from_a_buffer_to_the_heap [] |test| {
        let mut buffer = [const { MaybeUninit::uninit() }; 8192];
        let first = BufferArena::new(&mut buffer).unwrap();
        test.on(&Fallback::new(&first, heap()));
    };
    fallback_of_fallbacks ["ownership", "reset"] |test| {
        let [a, b, c] = [(); 3].map(|()| Arena::new());
        test.on(&Fallback::new(Fallback::new(Limited::new(&a, 1000), Limited::new(&b, 100_000)), &c));
    };
    fallback_from_tracked_heap_to_arena ["ownership", "figures"] |test| {
        test.on(&Fallback::new(Tracked::new(Limited::new(heap(), 20_000)), Tracked::new(&Arena::new())));
    };
    fallback_between_two_tracked_heaps ["double free", "foreign free", "wrong size", "reuse of freed memory"] |test| {
        test.on(&Fallback::new(Tracked::new(Limited::new(heap(), 50_000)), Tracked::new(heap())));
    };
    fallback_from_one_that_fails_at_random ["ownership", "reset"] |test| {
        let [first, second] = [(); 2].map(|()| Arena::new());
        test.on(&Fallback::new(Failing::new(&first).random(7, 3), &second));
    };
    fallback_from_one_that_always_fails ["reset"] |test| {
        let [first, second] = [(); 2].map(|()| Arena::new());
        test.on(&Fallback::new(Failing::new(&first).after(0), &second));
    };
    segregated_three_ways ["ownership", "reset"] |test| {
        let arena = Arena::new();
        test.on(&Segregated::new(32, Owned::new(pool(32)), Segregated::new(256, Owned::new(pool(256)), &arena)));
    };
    segregated_pool_and_unmapping ["double free", "foreign free", "reuse of freed memory", "figures"] |test| {
        test.on(&Segregated::new(1024, Owned::new(pool(1024)), Unmapping::new()));
    };
    tracked_over_segregated ["double free", "foreign free", "wrong size", "reset"] |test| {
        test.on(&Tracked::new(Segregated::new(64, Owned::new(pool(64)), Owned::new(Arena::new()))));
    };
    limited_over_segregated_over_pools ["exhaustion and recovery", "double free"] |test| {
        test.on(&Limited::new(Segregated::new(64, Owned::new(pool(64)), Owned::new(pool(2048))), 30_000));
    };
    limited_over_fallback_over_limited ["exhaustion and recovery", "reset", "figures"] |test| {
        let [first, second] = [(); 2].map(|()| Arena::new());
        let both = Fallback::new(Limited::new(&first, 10_000), Limited::new(&second, 40_000));
        test.on(&Limited::new(both, 45_000));
    };
    failing_over_shared_over_limited_over_pool ["double free", "exhaustion and recovery", "last in, first out"] |test| {
        test.on(&Failing::new(Shared::new(Limited::new(Owned::new(pool(96)), 50_000))));
    };
    every_layer_on_one_arena ["wrong size", "reset", "exhaustion and recovery"] |test| {
        let memory = Shared::new(Failing::new(Limited::new(Owned::new(Arena::new()), 1 << 19)));
        let both = Fallback::new(memory, Segregated::new(64, Owned::new(Arena::new()), Owned::new(Arena::new())));
        test.on(&Limited::new(Tracked::new(both), 1 << 20));
    };
    arena_on_blocks_of_an_unmapping ["reset"] |test| {
        let pages = Arc::new(Unmapping::new());
        test.on(&&ArenaOptions::new().source(pages.clone()).build());
        assert_eq!(pages.stats().live, Some(0));
    };
    scope_under_layers ["wrong size"] |test| {
        let arena = Arena::new();
        let scope = arena.scope();
        test.on(&Tracked::new(Limited::new(&scope, 8 << 20)));
    };
    what_is_only_known_by_the_interface ["wrong size", "reset"] |test| {
        let arena = Arena::new();
        let memory: &dyn DynAllocator = &Tracked::new(&arena);
        test.on(&Limited::new(memory, 8 << 20));
    };
}

shared! {
    shared_pool ["double free", "foreign free", "last in, first out"] |test| test.on(&Shared::new(Owned::new(pool(4096))));
    shared_over_tracked_over_arena ["wrong size", "reset"] |test| {
        test.on(&Shared::new(Tracked::new(Owned::new(Arena::new()))));
    };
    tracked_over_shared_over_arena ["wrong size", "reset"] |test| {
        test.on(&Tracked::new(Shared::new(Owned::new(Arena::new()))));
    };
    limited_over_shared_over_arena ["exhaustion and recovery", "figures"] |test| {
        test.on(&Limited::new(Shared::new(Owned::new(Arena::new())), 1 << 20));
    };
    segregated_over_shared_pool_and_heap ["reuse of freed memory"] |test| {
        test.on(&Segregated::new(64, Shared::new(Owned::new(pool(64))), heap()));
    };
    fallback_over_shared_pool_and_unmapping ["double free", "foreign free", "reuse of freed memory"] |test| {
        test.on(&Fallback::new(Shared::new(Owned::new(pool(512))), Unmapping::new()));
    };
    tracked_over_failing_over_heap ["wrong size"] |test| test.on(&Tracked::new(Failing::new(heap()).when(|_| false)));
    limited_over_tracked_over_unmapping ["double free", "exhaustion and recovery"] |test| {
        test.on(&Limited::new(Tracked::new(Unmapping::new().keep(64 << 20)), 100_000));
    };
    shared_scope_of_fallbacks ["reset"] |test| {
        let inner = Fallback::new(Limited::new(Owned::new(Arena::new()), 10_000), Owned::new(Arena::new()));
        test.on(&Shared::new(inner));
    };
}

// Fixed memory, two ends, and what threads have together.
alone! {
    fixed_buffer ["exhaustion and recovery", "ownership", "resize in place", "reset"] |test| {
        test.on(&&FixedBuffer::<10_000>::new());
    };
    fixed_buffer_of_a_few_bytes ["exhaustion and recovery", "reset"] |test| test.on(&&FixedBuffer::<8>::new());
    fallback_from_a_fixed_buffer ["reset", "ownership"] |test| {
        let (buffer, arena) = (FixedBuffer::<500>::new(), Arena::new());
        test.on(&Fallback::new(&buffer, &arena));
    };
    low_end_of_two ["ownership", "reset", "resize in place", "reuse of the last block"] |test| {
        test.on(&&TwoEnded::new(RangeOptions::reserve(64 << 20)).ends().0);
    };
    high_end_of_two ["ownership", "reset", "reuse of the last block"] |test| {
        test.on(&&TwoEnded::new(RangeOptions::reserve(64 << 20)).ends().1);
    };
    a_full_low_end_falls_back_to_the_high_one ["ownership", "reset"] |test| {
        let mut both = TwoEnded::new(RangeOptions::reserve(64 << 20));
        let (low, high) = both.ends();
        test.on(&Fallback::new(Limited::new(&low, 100_000), &high));
    };
    a_threads_own_part_of_a_shared_arena ["ownership", "resize in place", "faults of the source"] |test| {
        if let Ok(arena) = SharedOptions::new().source(test.source()).try_build_arena() {
            test.on(&&arena.local());
        }
    };
    a_threads_own_blocks ["ownership", "reuse of freed memory"] |test| {
        let blocks = ThreadBlocks::new();
        test.on(&&blocks.local());
    };
}

shared! {
    arena_for_threads ["ownership", "reset", "resize in place", "faults of the source"] |test| {
        if let Ok(arena) = SharedOptions::new().source(test.source()).try_build_arena() {
            test.on(&&arena);
        }
    };
    owned_arena_for_threads ["ownership", "reset"] |test| test.on(&Owned::new(SharedArena::new()));
    limited_arena_for_threads ["exhaustion and recovery", "figures"] |test| {
        test.on(&Limited::new(&SharedArena::new(), 1 << 20));
    };
    blocks_of_threads ["ownership", "reuse of freed memory", "faults of the source"] |test| {
        test.on(&&SharedOptions::new().source(test.source()).build_thread_blocks());
    };
    tracked_blocks_of_threads ["double free", "wrong size", "figures", "reuse of freed memory"] |test| {
        test.on(&Tracked::new(&ThreadBlocks::new()));
    };
    fallback_from_limited_blocks_of_threads_to_the_heap ["reuse of freed memory"] |test| {
        test.on(&Fallback::new(Limited::new(&ThreadBlocks::new(), 100_000), heap()));
    };
}

// Watched, by grade.
alone! {
    watched_arena_under_off ["ownership", "reset", "faults of the source"] |test| {
        if let Some(arena) = arena(test) {
            test.on(&watched(&arena, Grade::Off));
        }
    };
    watched_arena_under_guard ["ownership", "reset", "faults of the source"] |test| {
        if let Some(arena) = arena(test) {
            test.on(&watched(&arena, Grade::Guard).here());
        }
    };
    watched_arena_under_quarantine ["ownership", "reset", "faults of the source"] |test| {
        if let Some(arena) = arena(test) {
            test.on(&watched(&arena, Grade::Quarantine));
        }
    };
    watched_pool_under_quarantine ["double free", "foreign free", "exhaustion and recovery", "reset"] |test| {
        test.on(&watched(&BlockPoolOptions::new(256).capacity(1000).build(), Grade::Quarantine));
    };
}

shared! {
    watched_heap_under_off ["double free", "reuse of freed memory", "ownership"] |test| {
        test.on(&watched(&Heap::new(), Grade::Off));
    };
    watched_heap_under_sites ["double free", "reuse of freed memory"] |test| test.on(&watched(&Heap::new(), Grade::Sites));
    watched_heap_under_guard ["double free", "foreign free", "ownership", "reuse of freed memory"] |test| {
        test.on(&watched(&Heap::new(), Grade::Guard).hold(100_000));
    };
    watched_heap_under_quarantine ["double free", "foreign free", "ownership", "reuse of freed memory"] |test| {
        test.on(&watched(&Heap::new(), Grade::Quarantine).hold(100_000));
    };
    watched_limited_heap_under_quarantine ["exhaustion and recovery", "figures"] |test| {
        test.on(&watched(Limited::new(heap(), 1 << 20), Grade::Quarantine));
    };
    watched_tracked_heap_under_page ["wrong size", "double free", "figures"] |test| {
        test.on(&watched(Tracked::new(heap()), Grade::Page));
    };
}

// The suites of further allocators follow, one line each.

#[test]
fn sources_and_ranges_of_every_kind_make_arenas_and_pools_that_conform() {
    static HEAP: System = System;
    static HUGE: Vm = Vm::huge_pages();
    for source in [&HEAP as &'static dyn arenite::source::Source, &HUGE] {
        let source = arenite::source::SourceRef::Static(source);
        Suite::new("an arena of this source").run(|test| {
            test.on(&&ArenaOptions::new().source(source.clone()).max(8 << 20).build());
        });
    }
}
