//! A heap that obeys the debug grades. The grade of a name is the test's own, and so are the faults that carry it.

#![cfg(feature = "debug")]
// The tests commit the very faults that unsafe code promises not to: each on blocks of its own.
#![allow(clippy::undocumented_unsafe_blocks)]

mod common;

use allocator_api2::alloc::Allocator;
use arenite::{
    Capabilities, DynAllocator, FreeErrorKind, Heap, HeapOptions, Node,
    debug::{self, Fault, FaultDetail, FaultKind, Fill, Grade, Site},
};
use common::faults::{faults, grade, stopped_by_the_sanitizer};
use std::{alloc::Layout, mem::MaybeUninit, ptr::NonNull};

fn heap(name: &'static str, now: Grade) -> Heap {
    grade(name, now);
    HeapOptions::new().name(name).build()
}

#[track_caller]
fn one(name: &str) -> Fault {
    let faults = faults(name);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].owner.allocator, "a heap");
    faults[0]
}

fn bytes(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

fn at(site: Site) -> (Option<&'static str>, Option<u32>) {
    (site.file(), site.line())
}

fn line(line: u32) -> (Option<&'static str>, Option<u32>) {
    (Some(file!()), Some(line))
}

#[test]
fn a_double_free_is_told_with_all_three_places_in_every_grade_from_sites_on() {
    for (name, now) in [("double s", Grade::Sites), ("double g", Grade::Guard), ("double q", Grade::Quarantine)]
        .into_iter()
        .chain([("double p", Grade::Page)])
    {
        let heap = heap(name, now);
        for size in [24, 5000, 100_000] {
            let block = heap.alloc(bytes(size));
            let made = line!() - 1;
            unsafe { heap.free(block) };
            let first = line!() - 1;
            let refused = unsafe { heap.try_free(block) }.unwrap_err();
            let second = line!() - 1;
            assert_eq!(refused.kind(), FreeErrorKind::DoubleFree);
            let fault = one(name);
            assert_eq!((fault.kind, fault.request), (FaultKind::DoubleFree, Some((size, 8))));
            assert_eq!([at(fault.allocated), at(fault.first), at(fault.second)], [made, first, second].map(line));
            // The policy lets the program go on, and nothing has changed.
            unsafe { heap.free(block) };
            assert_eq!((one(name).kind, heap.stats().live), (FaultKind::DoubleFree, 0));
        }
    }
}

#[test]
fn in_quarantine_a_double_free_is_found_after_others_were_allocated() {
    let name = "late";
    let heap = heap(name, Grade::Quarantine);
    let block = heap.alloc(bytes(64));
    unsafe { heap.free(block) };
    let first = line!() - 1;
    let others: Vec<_> = (0..100).map(|_| heap.alloc(bytes(64))).collect();
    assert!(others.iter().all(|&other| other != block));
    unsafe { heap.free(block) };
    let fault = one(name);
    assert_eq!((fault.kind, at(fault.first)), (FaultKind::DoubleFree, line(first)));
    others.iter().for_each(|&other| unsafe { heap.free(other) });
    assert!(faults(name).is_empty() && heap.stats().live == 0);
}

#[test]
fn a_foreign_address_an_inner_one_and_that_of_a_fence_are_refused() {
    let name = "foreign";
    let heap = heap(name, Grade::Guard);
    let other = Heap::new();
    let theirs = other.alloc(bytes(8));
    let mine = heap.alloc(bytes(100));
    let made = line!() - 1;
    let stack = 0u64;
    for address in [theirs, NonNull::from(&stack).cast(), NonNull::<u64>::dangling().cast()] {
        let refused = unsafe { heap.try_free(address) }.unwrap_err();
        let second = line!() - 1;
        assert_eq!(refused.kind(), FreeErrorKind::Foreign);
        let fault = one(name);
        assert_eq!((fault.kind, fault.address), (FaultKind::ForeignFree, Some(address.addr().get())));
        assert_eq!(at(fault.second), line(second));
    }
    let refused = unsafe { heap.try_free(mine.add(10)) }.unwrap_err();
    assert_eq!(refused.kind(), FreeErrorKind::Misaligned { offset: 10 });
    let fault = one(name);
    assert_eq!((fault.detail, at(fault.allocated)), (FaultDetail::Inside { offset: 10 }, line(made)));
    // Where the heap's own block starts, in which the fences lie, also when nothing is watched any more.
    for now in [Grade::Guard, Grade::Off] {
        grade(name, now);
        assert!(unsafe { heap.try_free(mine.sub(16)) }.is_err());
        assert_eq!(one(name).kind, FaultKind::ForeignFree);
    }
    unsafe { other.free(theirs) };
    unsafe { heap.free(mine) };
    assert!(faults(name).is_empty() && heap.stats().live == 0);
}

#[test]
fn a_wrong_size_is_told_with_both_places() {
    let name = "size";
    for now in [Grade::Sites, Grade::Guard, Grade::Page] {
        let heap = heap(name, now);
        let block = heap.alloc(bytes(100));
        let made = line!() - 1;
        let refused = unsafe { heap.try_free_sized(block, bytes(99)) }.unwrap_err();
        let freed = line!() - 1;
        assert_eq!(refused.kind(), FreeErrorKind::WrongSize { given: 99, asked: 100 });
        let fault = one(name);
        assert_eq!((fault.kind, fault.detail), (FaultKind::WrongSize, FaultDetail::Sizes { given: 99, asked: 100 }));
        assert_eq!([at(fault.allocated), at(fault.second)], [made, freed].map(line));
        unsafe { (&heap).deallocate(block, bytes(101)) };
        assert_eq!(one(name).detail, FaultDetail::Sizes { given: 101, asked: 100 });
        unsafe { heap.free_sized(block, bytes(100)) };
        // A block of no bytes is one too.
        let empty = heap.alloc(bytes(0));
        unsafe { heap.free_sized(empty, bytes(0)) };
        assert!(faults(name).is_empty() && heap.stats().live == 0);
    }
}

#[test]
fn an_overrun_on_either_side_is_found_by_a_check_once_by_the_free_and_by_a_move() {
    if stopped_by_the_sanitizer() {
        return;
    }
    let name = "overrun";
    let heap = heap(name, Grade::Guard);
    for (size, align, offset) in [(13, 1, -1isize), (13, 1, 13), (4096, 64, 4096), (100_000, 16, -16)] {
        let block = heap.alloc(Layout::from_size_align(size, align).unwrap());
        let made = line!() - 1;
        assert!((0..size).all(|n| unsafe { block.add(n).read() } == Fill::Fresh.byte()));
        assert_eq!((block.addr().get() % align.max(16), heap.usable_size(block)), (0, Some(size)));
        unsafe { block.offset(offset).write(7) };
        assert_eq!(heap.check(), 1);
        let found = line!() - 1;
        let fault = one(name);
        let byte = FaultDetail::Byte { offset, was: Fill::Fence, found: 7 };
        assert_eq!((fault.kind, fault.detail), (FaultKind::Overrun, byte));
        assert_eq!([at(fault.allocated), at(fault.second)], [made, found].map(line));
        assert_eq!(heap.check(), 0);
        unsafe { block.offset(offset).write(8) };
        unsafe { heap.try_free(block) }.unwrap();
        let freed = line!() - 1;
        let fault = one(name);
        assert_eq!(fault.detail, FaultDetail::Byte { offset, was: Fill::Fence, found: 8 });
        assert_eq!([at(fault.allocated), at(fault.second)], [made, freed].map(line));
    }
    let block = heap.alloc(bytes(13));
    unsafe { block.add(14).write(9) };
    let moved = unsafe { heap.realloc(block, bytes(20)) };
    assert_eq!((one(name).kind, heap.check()), (FaultKind::Overrun, 0));
    unsafe { heap.free(moved) };
    assert!(faults(name).is_empty() && heap.stats().live == 0);
}

#[test]
fn a_write_after_free_is_found_by_a_check_when_the_block_leaves_and_at_the_heaps_end() {
    if stopped_by_the_sanitizer() {
        return;
    }
    let name = "after free";
    let heap = heap(name, Grade::Quarantine);
    let block = heap.alloc(bytes(50));
    let made = line!() - 1;
    unsafe { heap.free(block) };
    let freed = line!() - 1;
    assert_eq!(unsafe { block.add(3).read() }, Fill::Freed.byte());
    unsafe { block.add(3).write(1) };
    assert_eq!(heap.check(), 1);
    let checked = line!() - 1;
    let fault = one(name);
    let byte = FaultDetail::Byte { offset: 3, was: Fill::Freed, found: 1 };
    assert_eq!((fault.kind, fault.detail), (FaultKind::WriteAfterFree, byte));
    assert_eq!([at(fault.allocated), at(fault.first), at(fault.second)], [made, freed, checked].map(line));
    unsafe { block.add(4).write(2) };
    let large = heap.alloc(bytes((1 << 20) - 100));
    assert!(faults(name).is_empty());
    unsafe { heap.free(large) };
    let left = line!() - 1;
    let fault = one(name);
    assert_eq!(fault.detail, FaultDetail::Byte { offset: 4, was: Fill::Freed, found: 2 });
    assert_eq!([at(fault.allocated), at(fault.first), at(fault.second)], [made, freed, left].map(line));
    let last = heap.alloc(bytes(8));
    unsafe { heap.free(last) };
    unsafe { last.write(1) };
    drop(heap);
    assert_eq!(one(name).kind, FaultKind::WriteAfterFree);
}

#[test]
fn live_blocks_are_listed_by_place_and_told_at_the_end_when_asked() {
    let name = "leaks";
    for asked in [false, true] {
        grade(name, Grade::Sites);
        let heap = HeapOptions::new().name(name).report_leaks(asked).build();
        let mut place = 0;
        for _ in 0..3 {
            let _ = heap.alloc(bytes(100));
            place = line!() - 1;
        }
        let kept = heap.alloc(bytes(7));
        assert!(debug::this_allocation_is_not_a_leak(kept.as_ptr()));
        // The mark stays when the block moves.
        let _ = unsafe { heap.realloc(kept, bytes(7000)) };
        unsafe { heap.free(heap.alloc(bytes(7))) };
        let listed = debug::leaks();
        let leak = listed.iter().find(|leak| at(leak.site) == line(place)).unwrap();
        assert_eq!((leak.allocator, leak.blocks, leak.bytes), ("a heap", 3, 300));
        drop(heap);
        if asked {
            let fault = one(name);
            assert_eq!((fault.kind, at(fault.allocated)), (FaultKind::Leak, line(place)));
            assert_eq!(fault.detail, FaultDetail::Live { blocks: 3, bytes: 300 });
        }
        assert!(faults(name).is_empty());
    }
}

#[test]
fn a_switch_is_seen_by_the_next_request_of_every_thread_and_requests_are_counted_exactly() {
    let name = "next";
    let heap = heap(name, Grade::Off);
    let heap = &heap;
    // Both threads have blocks on their lists: their fast paths run.
    let warm = move || {
        let blocks: Vec<_> = (0..50).map(|_| heap.alloc(bytes(40))).collect();
        blocks.into_iter().for_each(|block| unsafe { heap.free(block) });
    };
    warm();
    let (to_other, orders) = std::sync::mpsc::channel::<()>();
    let (to_main, answers) = std::sync::mpsc::channel();
    std::thread::scope(|threads| {
        threads.spawn(move || {
            warm();
            to_main.send(()).unwrap();
            for () in orders {
                let block = heap.alloc(bytes(40));
                unsafe { heap.free(block) };
                to_main.send(()).unwrap();
            }
        });
        answers.recv().unwrap();
        for round in 1..=100 {
            grade(name, Grade::Count);
            let block = heap.alloc(bytes(40));
            to_other.send(()).unwrap();
            answers.recv().unwrap();
            unsafe { heap.free(block) };
            let counts = heap.counts();
            assert_eq!([counts.allocations, counts.allocated_bytes, counts.frees], [2 * round, 80 * round, 2 * round]);
            grade(name, Grade::Off);
            warm();
            to_other.send(()).unwrap();
            answers.recv().unwrap();
            assert_eq!(heap.counts(), counts, "what is off is not counted");
        }
        drop(to_other);
    });
    assert!(faults(name).is_empty());
}

#[test]
fn blocks_from_before_a_switch_are_unchecked_and_watched_ones_outlive_their_grade() {
    let name = "outlive";
    for now in [Grade::Sites, Grade::Guard, Grade::Quarantine, Grade::Page] {
        let heap = heap(name, Grade::Off);
        let sizes = [1, 16, 100, 2000, 40_000];
        let before = sizes.map(|size| heap.alloc(bytes(size)));
        grade(name, now);
        let during = sizes.map(|size| heap.alloc(bytes(size)));
        let aligned = heap.alloc(Layout::from_size_align(100, 4096).unwrap());
        assert_eq!(aligned.addr().get() % 4096, 0);
        unsafe { heap.free(before[0]) };
        grade(name, Grade::Off);
        // From here on the fast path serves and frees again; what is in the books must not go that way.
        let warm = [(); 3].map(|()| heap.alloc(bytes(16)));
        warm.into_iter().for_each(|block| unsafe { heap.free(block) });
        std::thread::scope(|threads| {
            let (heap, [_, b, _, d, _]) = (&heap, during.map(|block| block.addr()));
            threads.spawn(move || {
                for address in [b, d] {
                    unsafe { heap.free(NonNull::new(std::ptr::with_exposed_provenance_mut(address.get())).unwrap()) };
                }
            });
        });
        for (at, block) in during.into_iter().enumerate() {
            if at % 2 == 0 {
                unsafe { heap.free(block) };
            }
        }
        unsafe { heap.free(aligned) };
        before[1..].iter().for_each(|&block| unsafe { heap.free(block) });
        let again = heap.alloc(bytes(16));
        assert_eq!((heap.stats().live, heap.counts().live, heap.counts().held), (1, 0, 0), "{now}");
        unsafe { heap.free(again) };
        assert!(debug::leaks().iter().all(|leak| leak.site.file() != Some("heap_debug.rs")));
        assert!(faults(name).is_empty());
    }
}

#[test]
fn the_figures_and_walks_are_those_of_the_programs_blocks_in_every_grade() {
    let name = "figures";
    for now in Grade::ALL {
        let mut heap = heap(name, now);
        let sizes = [48, 1000, 50_000];
        let blocks = sizes.map(|size| heap.alloc(bytes(size)));
        let gone = heap.alloc(bytes(48));
        unsafe { heap.free(gone) };
        let stats = heap.stats();
        assert_eq!(stats.live, 3, "{now}");
        assert!(stats.live_bytes >= 51_048 && stats.held >= stats.live_bytes, "{now}: {stats:?}");
        assert!(now < Grade::Guard || stats.live_bytes == 51_048, "{now}: {stats:?}");
        for (block, size) in blocks.into_iter().zip(sizes) {
            assert!(heap.usable_size(block).unwrap() >= size && heap.owns(unsafe { block.as_ptr().add(size - 1) }));
        }
        assert!(heap.usable_size(gone).is_none() && !heap.owns(gone.as_ptr()), "{now}");
        let mut seen = Vec::new();
        heap.for_each(|block, size| seen.push((block, size)));
        seen.sort_by_key(|&(_, size)| size);
        assert_eq!(seen.iter().map(|&(block, _)| block).collect::<Vec<_>>(), blocks, "{now}");
        let grown = unsafe { heap.realloc(blocks[0], bytes(500)) };
        assert_eq!((heap.stats().live, heap.check()), (3, 0));
        unsafe { heap.free(grown) };
        assert!(faults(name).is_empty());
    }
}

#[test]
fn a_heap_in_a_buffer_and_one_that_passes_through_obey_too() {
    // Nobody has a name here, so the process's own grade: no other test of this file has such heaps.
    debug::set_grade(Grade::Quarantine);
    let mut memory = [MaybeUninit::uninit(); 40_000];
    let heap = HeapOptions::new().try_build_in(&mut memory).unwrap();
    let through = HeapOptions::new().pass_through(true).build();
    for heap in [&*heap, &through] {
        let block = heap.alloc(bytes(30));
        assert_eq!((heap.usable_size(block), unsafe { block.add(29).read() }), (Some(30), Fill::Fresh.byte()));
        unsafe { heap.free(block) };
        assert_eq!((heap.stats().live, heap.counts().held), (0, 1));
        // What is held back is used before a request is refused.
        for _ in 0..2000 {
            unsafe { heap.free(heap.alloc(bytes(700))) };
        }
    }
    debug::set_grade(Grade::Off);
}

#[test]
fn with_another_seed_blocks_lie_elsewhere() {
    let name = "shaken";
    // The same node, so that the same is drawn.
    let node = Node::new(name).build();
    let offsets = |seed: Option<u64>, now| {
        debug::set_shake(seed);
        grade(name, now);
        let heap = HeapOptions::new().node(&node).build();
        let start = heap.alloc(bytes(8)).addr().get() & !0xFFFF;
        let places: Vec<_> = (0..20)
            .map(|n| {
                let block = heap.alloc(bytes(100 + n));
                assert_eq!(block.addr().get() % 16, 0);
                let grown = unsafe { heap.realloc(block, bytes(200)) };
                grown.addr().get().wrapping_sub(start)
            })
            .collect();
        assert_eq!(heap.check(), 0);
        debug::set_shake(None);
        places
    };
    for now in [Grade::Sites, Grade::Guard] {
        let plain = offsets(None, now);
        assert_eq!(offsets(None, now), plain);
        assert_ne!(offsets(Some(1), now), plain);
        assert_eq!(offsets(Some(1), now), offsets(Some(1), now));
        assert_ne!(offsets(Some(1), now), offsets(Some(2), now));
    }
    assert!(faults(name).is_empty());
}

/// Runs this test again in a process of its own that does the one thing which must end it; whether it did.
fn ends_the_program(fault: &str) -> bool {
    let end = common::again::again()
        .args(["--exact", "under_page_a_use_after_free_and_a_write_behind_the_end_stop_the_program"])
        .env(FAULT, fault)
        .output()
        .unwrap();
    !end.status.success() && !String::from_utf8_lossy(&end.stdout).contains("FAILED")
}

const FAULT: &str = "ARENITE_TEST_FAULT";

#[test]
fn under_page_a_use_after_free_and_a_write_behind_the_end_stop_the_program() {
    let name = "pages";
    let heap = heap(name, Grade::Page);
    let block = heap.alloc(bytes(4000));
    match std::env::var(FAULT).as_deref() {
        Ok("read freed") => unsafe {
            heap.free(block);
            std::hint::black_box(block.as_ptr().read_volatile());
        },
        Ok("write behind") => unsafe { block.as_ptr().add(4000).write_volatile(1) },
        Ok(_) => unsafe { block.as_ptr().add(3999).write_volatile(1) },
        Err(_) => {
            assert!(ends_the_program("read freed") && ends_the_program("write behind"));
            assert!(!ends_the_program("none"));
            // Before the block on its page there is a fence.
            if !stopped_by_the_sanitizer() {
                unsafe { block.sub(1).write(1) };
                unsafe { heap.free(block) };
                assert_eq!(one(name).kind, FaultKind::Overrun);
            }
            let promised = (&&heap).capabilities();
            assert!(!promised.contains(Capabilities::RESIZE) && promised.contains(Capabilities::FREE));
        }
    }
}
