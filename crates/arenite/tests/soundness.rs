//! The soundness bugs of other arenas, each as a test of ours. The source of each is named behind it; those about
//! lifetimes are in `compile_fail/`, those about callbacks and refusals in `callbacks.rs` and `bad_input.rs`.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, of the size in the line before.

mod common;

use allocator_api2::{alloc::Allocator, vec::Vec as ApiVec};
use arenite::{
    Arena, ArenaOptions, ArenaVec, ErrorKind,
    source::{Source, Vm},
};
use common::{Deaths, Ledger, panic_of};
use std::{
    alloc::Layout,
    mem::{self, MaybeUninit},
    ptr::NonNull,
    rc::Rc,
};

fn filled(memory: NonNull<[u8]>) -> NonNull<u8> {
    let memory = memory.cast::<u8>();
    for i in 0..200 {
        unsafe { memory.add(i).write(i as u8) };
    }
    memory
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

fn bytes<'a>(memory: NonNull<[u8]>) -> &'a [u8] {
    unsafe { memory.as_ref() }
}

// RUSTSEC-2020-0006 (bumpalo): realloc read the new size from the old block.
#[test]
fn growing_copies_the_old_size_only_and_leaves_the_neighbour_alone() {
    let arena = Arena::new();
    for new in [201, 300, 5000, 100_000] {
        let block = filled(Allocator::allocate(&&arena, layout(200, 8)).unwrap());
        let neighbour = arena.alloc_slice_fill(64, 0xEEu8);
        let grown = unsafe { Allocator::grow(&&arena, block, layout(200, 8), layout(new, 8)).unwrap() };
        assert_eq!(grown.len(), new);
        assert!(bytes(grown)[..200].iter().enumerate().all(|(i, &byte)| byte == i as u8));
        assert!(neighbour.iter().all(|&byte| byte == 0xEE));
    }
}

// bumpalo#143, PR #144: growing and shrinking into a larger alignment.
#[test]
fn resizing_into_a_larger_alignment_moves_and_keeps_the_contents() {
    for last in [true, false] {
        for (size, new) in [(200, 200), (200, 201), (200, 4000), (200, 199), (200, 3), (200, 0)] {
            for align in [16, 64, 4096, 2 << 20] {
                let arena = Arena::new();
                arena.alloc(1u64);
                let block = filled(Allocator::allocate(&&arena, layout(size, 8)).unwrap());
                if !last {
                    arena.alloc(2u64);
                }
                let (old, new) = (layout(size, 8), layout(new, align));
                let moved = unsafe {
                    if new.size() >= size { (&&arena).grow(block, old, new) } else { (&&arena).shrink(block, old, new) }
                };
                let moved = moved.unwrap();
                assert_eq!((moved.cast::<u8>().addr().get() % align, moved.len()), (0, new.size()));
                assert!(bytes(moved).iter().take(size).enumerate().all(|(i, &byte)| byte == i as u8));
            }
        }
    }
}

// bumpalo 2024-02: a shrink from 5 to 3 bytes copied onto itself as if apart; the end must stay where blocks start.
#[test]
fn shrinking_by_a_few_bytes_keeps_contents_place_and_alignment_of_what_follows() {
    let arena = Arena::new();
    for old in 1..40 {
        for new in 0..old {
            let block = filled_to(Allocator::allocate(&&arena, layout(old, 1)).unwrap());
            let shrunk = unsafe { (&&arena).shrink(block, layout(old, 1), layout(new, 1)).unwrap() };
            assert!(bytes(shrunk).iter().enumerate().all(|(i, &byte)| byte == i as u8));
            let word = arena.alloc(7u64);
            assert!(std::ptr::from_mut(word).addr() >= shrunk.cast::<u8>().addr().get() + new);
            assert_eq!(std::ptr::from_mut(word).addr() % 8, 0);
            assert!(bytes(shrunk).iter().enumerate().all(|(i, &byte)| byte == i as u8));
        }
    }
}

fn filled_to(memory: NonNull<[u8]>) -> NonNull<u8> {
    (0..memory.len()).for_each(|i| unsafe { memory.cast::<u8>().add(i).write(i as u8) });
    memory.cast()
}

// bumpalo#321: grow_zeroed left the new part as it was when the block moved.
#[test]
fn growing_zeroed_zeroes_exactly_the_new_part_in_place_and_moved() {
    let mut arena = Arena::new();
    for round in 0..3 {
        for last in [true, false] {
            for new in [200, 201, 208, 209, 1000, 9000] {
                let block = filled(Allocator::allocate(&&arena, layout(200, 8)).unwrap());
                let behind = (!last).then(|| arena.alloc_slice_fill(16, 0xEEu8));
                let grown = unsafe { (&&arena).grow_zeroed(block, layout(200, 8), layout(new, 8)).unwrap() };
                assert!(bytes(grown)[..200].iter().enumerate().all(|(i, &byte)| byte == i as u8));
                assert!(bytes(grown)[200..].iter().all(|&byte| byte == 0), "round {round}, {new} bytes");
                assert!(behind.is_none_or(|behind| behind.iter().all(|&byte| byte == 0xEE)));
            }
        }
        arena.alloc_slice_fill(20_000, 0xFFu8);
        arena.reset();
    }
}

// bumpalo#323: growing from nothing used the old layout.
#[test]
fn growing_from_nothing_gives_a_block_of_the_new_layout() {
    for arena in [Arena::new(), ArenaOptions::new().reserve(1 << 20).build()] {
        for used in [0, 8, 40] {
            arena.alloc_slice_fill(used, 1u8);
            let nothing = Allocator::allocate(&&arena, layout(0, 1)).unwrap();
            let grown = unsafe { (&&arena).grow(nothing.cast(), layout(0, 1), layout(100, 64)).unwrap() };
            assert_eq!((grown.len(), grown.cast::<u8>().addr().get() % 64), (100, 0));
            unsafe { grown.cast::<u8>().write_bytes(1, 100) };
            assert!(arena.owns(grown.cast::<u8>().as_ptr()));
        }
    }
}

// bumpalo#187, #247, #248: the last block's pointer, narrowed by a reference, must not become the cursor for what follows.
// Under a borrow checker of memory (Miri) this fails where the cursor is taken from the freed pointer.
#[test]
fn what_follows_a_freed_last_block_is_usable_to_its_end() {
    let arena = Arena::new();
    for _ in 0..100 {
        // A vector made of a reference to its elements: its pointer may go no further.
        let elements = arena.alloc_slice_copy(&[1u64, 2, 3]);
        let mut vec = unsafe { ApiVec::from_raw_parts_in(elements.as_mut_ptr(), 3, 3, &arena) };
        vec.extend_from_slice(&[4; 100]);
        assert_eq!((vec[0], vec[2], vec[102]), (1, 3, 4));
        drop(vec);
        assert!(arena.alloc_slice_fill(30, 5u64).iter().all(|&n| n == 5));
    }
}

// bump-scope 1.0.0: freeing an outer block inside a scope misaligned the cursor; GHSA-xhx6-q96x-pf9c: resizing a block of
// an ancestor scope.
#[test]
fn an_outer_vector_freed_or_shrunk_in_an_inner_scope_harms_neither() {
    for inner_first in [true, false] {
        for free in [true, false] {
            let arena = Arena::new();
            let mut outer: ApiVec<u8, &Arena> = ApiVec::with_capacity_in(13, &arena);
            outer.extend_from_slice(b"outer");
            let scope = arena.scope();
            let kept = inner_first.then(|| scope.alloc_slice_fill(100, 7u64));
            let mut outer = Some(outer);
            if free {
                outer = None;
            } else {
                outer.as_mut().unwrap().shrink_to_fit();
                assert!(outer.as_mut().unwrap().try_reserve(100).is_err(), "the scope has the cursor");
            }
            let words = scope.alloc_slice_fill(50, 9u64);
            assert_eq!(words.as_ptr().addr() % 8, 0);
            assert!(words.iter().all(|&n| n == 9) && kept.is_none_or(|kept| kept.iter().all(|&n| n == 7)));
            drop(scope);
            assert_eq!(arena.used(), if free { 0 } else { 8 });
            assert!(outer.is_none_or(|outer| *outer == *b"outer"));
            assert!(arena.alloc_slice_fill(300, 3u64).iter().all(|&n| n == 3));
        }
    }
}

// bumpalo#330, #335: too little reserved where the length is above the capacity.
#[test]
fn reserving_serves_every_pair_of_capacity_and_length() {
    for capacity in 0..40 {
        for length in 0..60 {
            let arena = ArenaOptions::new().initial(64).max(128).build();
            let mut vec = ArenaVec::with_capacity_in(capacity, &arena);
            let guard = arena.alloc(u64::MAX);
            vec.extend_from_slice(&vec![3u16; length]);
            assert!(vec.capacity() >= length && vec.iter().all(|&n| n == 3));
            vec.try_reserve(length).unwrap();
            assert!(vec.capacity() >= 2 * length);
            assert_eq!((vec.into_slice().len(), *guard), (length, u64::MAX));
        }
    }
}

// bump-scope 2.4.1, PR #134: claims and scopes of a claimed arena.
#[test]
fn a_taken_cursor_is_refused_and_named_until_it_is_back() {
    let arena = Arena::new();
    arena.alloc(1u64);
    let scope = arena.scope();
    let line = line!() - 1;
    let refused = arena.try_alloc(2u64).unwrap_err();
    let ErrorKind::Claimed { by } = refused.kind() else { panic!("{refused}") };
    if cfg!(debug_assertions) {
        assert_eq!(by.unwrap().line(), line);
        assert!(panic_of(|| arena.scope()).contains("soundness.rs"));
    }
    assert!(arena.try_scope().is_err() && arena.try_claim().is_err() && arena.try_alloc_str("x").is_err());
    assert!(arena.try_alloc_fmt(format_args!("{}", 1)).is_err());
    assert!(arena.try_alloc_drop(String::new()).is_err() && arena.try_boxed(1u8).is_err());
    let inner = scope.claim();
    assert!(scope.try_alloc(3u64).is_err() && scope.try_scope().is_err());
    inner.alloc(4u64);
    drop(inner);
    scope.alloc(5u64);
    drop(scope);
    assert_eq!((*arena.alloc(6u64), arena.used()), (6, 16));
}

// stumpalo 0.2.1 and others: what was moved in is dropped once, whoever refuses or panics.
#[test]
fn values_moved_in_are_dropped_exactly_once_when_the_request_is_refused() {
    let deaths = Deaths::default();
    let arena = ArenaOptions::new().limit(4096).build();
    arena.alloc_slice_fill(4080, 0u8);
    assert!(arena.try_boxed(deaths.watch(1)).is_err());
    assert!(arena.try_alloc_drop(deaths.watch(2)).is_err());
    let mut vec = ArenaVec::new_in(&arena);
    assert!(vec.try_push(deaths.watch(3)).is_err());
    assert_eq!((deaths.take(), vec.len()), (vec![1, 2, 3], 0));
    panic_of(|| arena.boxed(deaths.watch(4)));
    assert_eq!(deaths.take(), [4]);
    let arena = Arena::new();
    drop(arena.boxed(deaths.watch(5)));
    let taken = arena.boxed(deaths.watch(6)).into_inner();
    assert_eq!(deaths.take(), [5]);
    drop(taken);
    assert_eq!(deaths.take(), [6]);
    let mut vec = ArenaVec::new_in(&arena);
    (0..9).for_each(|id| vec.push(deaths.watch(id)));
    vec.truncate(7);
    let popped = vec.pop();
    drop(vec);
    drop(popped);
    assert_eq!(deaths.take(), [7, 8, 0, 1, 2, 3, 4, 5, 6]);
}

// bumpalo#314, bump-scope 0.8.0: a closure allocates from the arena and fails across a change of the block.
#[test]
fn a_closure_that_changes_the_block_and_panics_frees_nothing_of_what_it_allocated() {
    for size in [8, 100, 5000, 70_000] {
        let arena = Arena::new();
        let mut kept: Option<&mut [u8]> = None;
        panic_of(|| {
            arena.alloc_with(|| -> [u64; 4] {
                kept = Some(arena.alloc_slice_fill(size, 0xAAu8));
                panic!()
            })
        });
        arena.alloc_slice_fill(10_000, 0xBBu8);
        assert!(kept.unwrap().iter().all(|&byte| byte == 0xAA), "{size}");
    }
}

// bumpalo#45, #8, bump-scope#32: chunks for large alignments, and bases that are aligned to less.
#[test]
fn every_alignment_is_served_in_chunks_of_every_source() {
    struct Odd;
    // Blocks at odd multiples of 16: what a source must give at the least.
    unsafe impl Source for Odd {
        fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
            let block = unsafe { std::alloc::alloc(Layout::from_size_align(layout.size() + 32, 32).ok()?) };
            NonNull::new(block).map(|block| unsafe { block.add(16) })
        }
        unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
            let layout = Layout::from_size_align(layout.size() + 32, 32).unwrap();
            unsafe { std::alloc::dealloc(block.sub(16).as_ptr(), layout) }
        }
    }
    static ODD: Odd = Odd;
    static VM: Vm = Vm::new();
    for options in [ArenaOptions::new().source(&ODD), ArenaOptions::new().source(&VM)] {
        let mut arena = options.initial(64).max(4096).build();
        for _ in 0..2 {
            for shift in 0..=21 {
                for size in [1, 24, 100, 4096] {
                    let memory = arena.alloc_layout(layout(size, 1 << shift));
                    assert_eq!(memory.addr().get() % (1 << shift), 0);
                    unsafe { memory.write_bytes(0xCD, size) };
                }
            }
            arena.reset();
        }
    }
}

// bump-scope#127: the next chunk exists but is too small, and the search for one went on for ever.
#[test]
fn a_kept_block_that_is_too_small_is_passed_by() {
    let mut arena = ArenaOptions::new().initial(16).max(64).build();
    (0..50).for_each(|_| assert_eq!(*arena.alloc([1u64; 3]), [1; 3]));
    arena.reset();
    for size in [1000, 17, 64, 65, 33, 2000] {
        assert_eq!(arena.alloc_slice_fill(size, 3u8).len(), size);
    }
}

// bump-scope#91, oxc#18186: values of no size on an empty arena touch nothing; with an alignment they are aligned.
#[test]
fn values_of_no_size_are_aligned_take_nothing_and_are_dropped_once() {
    #[repr(align(4096))]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Nothing;
    let deaths = Deaths::default();
    let arena = Arena::new();
    assert_eq!(std::ptr::from_mut(arena.alloc(Nothing)).addr() % 4096, 0);
    assert_eq!(arena.alloc_slice_fill(1000, Nothing).as_ptr().addr() % 4096, 0);
    assert_eq!(arena.alloc_slice_copy(&[Nothing; 7]).len(), 7);
    assert_eq!(arena.alloc_slice_from_iter([(); 100]).len(), 100);
    let mut vec = ArenaVec::new_in(&arena);
    (0..1000).for_each(|_| vec.push(Nothing));
    assert_eq!((vec.len(), vec.capacity()), (1000, usize::MAX));
    assert!(vec.try_reserve(usize::MAX).is_err());
    assert_eq!(vec.into_slice().len(), 1000);
    let empty: &mut [u64] = arena.alloc_slice_copy(&[]);
    assert_eq!((empty.len(), arena.stats()), (0, arenite::ArenaStats::default()));
    thread_local!(static DROPPED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) });
    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPPED.set(DROPPED.get() + 1);
        }
    }
    let mut vec = ArenaVec::new_in(&arena);
    (0..10).for_each(|_| vec.push(Counted));
    vec.truncate(4);
    assert_eq!(DROPPED.get(), 6);
    drop(vec);
    drop(arena.boxed(Counted));
    arena.alloc_drop(Counted);
    assert_eq!(DROPPED.get(), 11);
    drop(arena);
    assert_eq!((DROPPED.get(), deaths.take()), (12, vec![]));
}

// RUSTSEC-2020-0040, 2022-0094: references to over-aligned types.
#[test]
fn over_aligned_types_are_aligned_wherever_they_are_made() {
    #[repr(align(256))]
    #[derive(Clone, Copy)]
    struct Wide(#[allow(dead_code, reason = "held for its size")] u8);
    for arena in
        [Arena::new(), ArenaOptions::new().initial(16).max(64).build(), ArenaOptions::new().reserve(1 << 20).build()]
    {
        for i in 0..20 {
            arena.alloc(i);
            let aligned = [
                std::ptr::from_ref(arena.alloc(Wide(i))).addr(),
                std::ptr::from_ref(arena.alloc_with(|| Wide(i))).addr(),
                arena.alloc_slice_fill(3, Wide(i)).as_ptr().addr(),
                std::ptr::from_ref(&*arena.boxed(Wide(i))).addr(),
                std::ptr::from_ref(&arena.alloc_drop((Wide(i), String::new())).0).addr(),
                arena.claim().alloc_slice_copy(&[Wide(i)]).as_ptr().addr(),
            ];
            assert!(aligned.iter().all(|at| at % 256 == 0), "{aligned:x?}");
        }
    }
}

// bumpalo 3.18, bump-scope 0.17: byte counts leave the headers out, and fall again.
#[test]
fn byte_counts_leave_headers_out_and_fall_at_scope_ends_and_resets() {
    let ledger = Ledger::new();
    let mut arena = ArenaOptions::new().initial(256).max(256).source(ledger.clone()).build();
    for _ in 0..32 {
        arena.alloc([0u64; 4]);
    }
    let stats = arena.stats();
    assert_eq!((stats.allocated, stats.used, stats.waste, stats.chunks), (1024, 1024, 0, 4));
    arena.scope().alloc([0u64; 500]);
    assert_eq!(arena.stats().used, 1024);
    arena.clear();
    assert_eq!((arena.stats().allocated, arena.stats().used, ledger.live()), (256, 0, 1));
}

// Copies go byte by byte of whatever state: padding, uninitialised bytes, parts of pointers.
#[test]
fn copied_slices_keep_padding_uninitialised_bytes_and_pointers() {
    let arena = Arena::new();
    let texts = ["a", "b", "c"];
    assert_eq!(arena.alloc_slice_copy(&texts[..2]), ["a", "b"]);
    assert_eq!(arena.alloc_slice_copy(&[Some(&texts)])[0], Some(&texts));
    let half = [MaybeUninit::new(7u8), MaybeUninit::uninit(), MaybeUninit::new(9)];
    let copy = arena.alloc_slice_copy(&half);
    assert_eq!(unsafe { (copy[0].assume_init(), copy[2].assume_init()) }, (7, 9));
    assert_eq!(arena.alloc_slice_copy(&[(1u8, 2u32), (3, 4)]), [(1, 2), (3, 4)]);
}

// What was forgotten is never dropped, and what borrows is not kept beyond its borrow.
#[test]
fn forgotten_boxes_vectors_scopes_and_claims_leak_and_no_more() {
    let shared = Rc::new(());
    let mut arena = Arena::new();
    mem::forget(arena.boxed(shared.clone()));
    mem::forget({
        let mut vec = ArenaVec::new_in(&arena);
        vec.push(shared.clone());
        vec
    });
    mem::forget(arena.scope());
    assert!(arena.try_alloc(1u8).is_err());
    arena.reset();
    mem::forget(arena.claim());
    arena.clear();
    arena.alloc_slice_fill(5000, 0xFFu8);
    drop(arena);
    assert_eq!(Rc::strong_count(&shared), 3);
    // Taken back for the leak checkers' sake.
    (0..2).for_each(|_| unsafe { Rc::decrement_strong_count(Rc::as_ptr(&shared)) });
}
