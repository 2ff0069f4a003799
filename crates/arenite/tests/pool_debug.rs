//! Pools that are watched: each fault under the lowest grade that promises it, and none where there is none.
#![cfg(feature = "debug")]
#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, of the size in the line before.

mod common;

use arenite::{
    DynAllocator, FreeErrorKind, Node,
    debug::{self, FaultDetail, FaultKind, Fill, Grade},
    pool::{BlockPool, BlockPoolOptions, ChunkedBlockPool, HandlePool, Pool, PoolOptions},
};
use common::faults::{WATCHED, faults, grade, lines, one, stopped_by_the_sanitizer};
use proptest::prelude::*;
use std::{alloc::Layout, ptr::NonNull};

fn node(name: &'static str) -> Node {
    Node::new(name).build()
}

fn typed<T>(name: &'static str) -> Pool<T> {
    PoolOptions::new().node(&node(name)).build()
}

fn handles<T>(name: &'static str) -> HandlePool<T> {
    PoolOptions::new().node(&node(name)).build_handles()
}

fn blocks(name: &'static str) -> BlockPoolOptions {
    BlockPoolOptions::new(64).node(&node(name))
}

#[test]
fn a_write_past_a_value_of_a_typed_pool_is_found_by_a_check_with_the_place_of_the_value() {
    if stopped_by_the_sanitizer() {
        return;
    }
    let name = "typed overrun";
    grade(name, Grade::Guard);
    let pool = typed::<[u64; 3]>(name);
    let mut value = pool.alloc([1, 2, 3]);
    let made = line!() - 1;
    assert_eq!(pool.check(), 0);
    unsafe { (&raw mut *value).cast::<u8>().add(24).write(0) };
    assert_eq!(pool.check(), 1);
    let checked = line!() - 1;
    let fault = one(name, FaultKind::Overrun);
    assert_eq!((fault.owner.allocator, fault.request), ("a pool", Some((24, align_of::<u64>()))));
    assert_eq!(fault.detail, FaultDetail::Byte { offset: 24, was: Fill::Fence, found: 0 });
    assert_eq!(lines(&fault, file!()), [made, 0, checked]);
    assert_eq!(pool.check(), 0, "told once");
    unsafe { (&raw mut *value).cast::<u8>().sub(1).write(0) };
    drop(value);
    let _next = pool.alloc([0; 3]);
    assert_eq!(lines(&one(name, FaultKind::Overrun), file!()), [made, 0, 0]);
}

#[test]
fn a_write_to_a_dropped_value_of_a_typed_pool_is_found() {
    if stopped_by_the_sanitizer() {
        return;
    }
    let name = "typed write after free";
    grade(name, Grade::Quarantine);
    let pool = typed::<[u64; 3]>(name);
    let mut value = pool.alloc([1, 2, 3]);
    let made = line!() - 1;
    let stale = &raw mut *value;
    drop(value);
    assert_eq!(pool.check(), 0);
    assert_eq!(unsafe { stale.cast::<u8>().read() }, Fill::Freed.byte());
    unsafe { stale.cast::<u64>().add(1).write(7) };
    assert_eq!(pool.check(), 1);
    assert_eq!(lines(&one(name, FaultKind::WriteAfterFree), file!()), [made, 0, line!() - 1]);
}

#[test]
fn a_dropped_value_that_is_written_before_the_pool_hears_of_it_breaks_no_list() {
    if stopped_by_the_sanitizer() {
        return;
    }
    for written in [0xDEAD_BEE8_usize, 1, usize::MAX] {
        let name = "typed link";
        grade(name, Grade::Guard);
        let pool = typed::<[usize; 3]>(name);
        let (first, mut second) = (pool.alloc([1; 3]), pool.alloc([2; 3]));
        let made = line!() - 1;
        let stale = &raw mut *second;
        drop(first);
        drop(second);
        unsafe { stale.cast::<usize>().write(written) };
        let third = pool.alloc([3; 3]);
        assert_eq!(lines(&one(name, FaultKind::WriteAfterFree), file!()), [made, 0, 0]);
        assert_eq!((*third, pool.len()), ([3; 3], 1));
        drop(third);
        drop(pool);
        let _leak_of_the_slot_that_nobody_leads_to = faults(name);
    }
}

#[test]
fn a_value_that_is_dropped_twice_is_told_and_no_slot_is_handed_out_twice() {
    // Under `page` the second drop stops the program.
    for grade_now in [Grade::Sites, Grade::Guard, Grade::Quarantine] {
        if stopped_by_the_sanitizer() {
            return;
        }
        let name = "typed double";
        grade(name, grade_now);
        let pool = typed::<u64>(name);
        let value = pool.alloc(5);
        let made = line!() - 1;
        let twice = unsafe { std::ptr::read(&raw const value) };
        drop(value);
        assert_eq!(pool.check(), 0);
        drop(twice);
        pool.check();
        assert_eq!(lines(&one(name, FaultKind::DoubleFree), file!()), [made, 0, 0]);
        let (a, b) = (pool.alloc(1), pool.alloc(2));
        assert_eq!((*a, *b), (1, 2));
    }
}

#[test]
fn what_a_typed_pool_never_dropped_is_told_by_place_when_it_ends() {
    for grade_now in WATCHED {
        let name = "typed leak";
        grade(name, grade_now);
        let pool = typed::<u64>(name);
        for _ in 0..3 {
            std::mem::forget(pool.alloc(1));
        }
        let made = line!() - 2;
        let kept = pool.alloc(2).leak();
        assert!(debug::this_allocation_is_not_a_leak(kept));
        drop(pool.alloc(3));
        drop(pool);
        let fault = one(name, FaultKind::Leak);
        assert_eq!(fault.detail, FaultDetail::Live { blocks: 3, bytes: 24 });
        assert_eq!(lines(&fault, file!()), [made, 0, 0]);
    }
}

#[test]
fn a_dead_handle_is_told_with_the_places_of_its_value() {
    for grade_now in WATCHED {
        let name = "stale handle";
        grade(name, grade_now);
        let mut pool = handles::<u64>(name);
        let orc = pool.insert(1);
        let made = line!() - 1;
        assert_eq!(pool.remove(orc), Some(1));
        let removed = line!() - 1;
        let elf = pool.insert(2);
        assert!(!pool.contains(orc) && pool.contains(elf) && faults(name).is_empty());
        assert_eq!(pool.get(orc), None);
        let fault = one(name, FaultKind::StaleHandle);
        assert_eq!(lines(&fault, file!()), [made, removed, line!() - 2]);
        assert_eq!(fault.detail, FaultDetail::Generations { handle: 1, current: 3 });
        assert_eq!(pool.get_mut(orc), None);
        assert_eq!(lines(&one(name, FaultKind::StaleHandle), file!()), [made, removed, line!() - 1]);
        assert_eq!(pool.remove(orc), None);
        assert_eq!(lines(&one(name, FaultKind::StaleHandle), file!()), [made, removed, line!() - 1]);
        pool.clear();
        let cleared = line!() - 1;
        assert_eq!(pool.get(elf), None);
        assert_eq!(lines(&one(name, FaultKind::StaleHandle), file!()), [made + 4, cleared, line!() - 1]);
        let _kept = pool.insert(3);
        drop(pool);
        assert!(faults(name).is_empty(), "a pool owns its values");
    }
}

#[test]
fn below_sites_a_dead_handle_is_nobodys_fault() {
    let name = "counted handles";
    grade(name, Grade::Count);
    let mut pool = handles::<u64>(name);
    let orc = pool.insert(1);
    pool.remove(orc);
    assert_eq!(pool.get(orc), None);
    assert!(faults(name).is_empty());
    let counts = pool.counts();
    assert_eq!((counts.allocations, counts.allocated_bytes, counts.frees, counts.freed_bytes), (1, 8, 1, 8));
}

#[test]
fn a_value_with_a_handle_has_fences_and_is_watched_when_it_is_gone() {
    if stopped_by_the_sanitizer() {
        return;
    }
    let name = "handle overrun";
    grade(name, Grade::Guard);
    let mut pool = handles::<[u8; 13]>(name);
    let orc = pool.insert([1; 13]);
    let made = line!() - 1;
    let raw: *mut u8 = pool.get_mut(orc).unwrap().as_mut_ptr();
    unsafe { raw.add(13).write(0) };
    assert_eq!(pool.remove(orc), Some([1; 13]));
    let removed = line!() - 1;
    assert_eq!(lines(&one(name, FaultKind::Overrun), file!()), [made, 0, removed]);
    unsafe { raw.add(5).write(0) };
    assert_eq!(pool.check(), 1);
    assert_eq!(lines(&one(name, FaultKind::WriteAfterFree), file!()), [made, removed, line!() - 1]);
}

/// What the pools of raw blocks have in common.
trait Raw {
    /// The program is given objects in the place of slots.
    const OBJECTS: bool;
    fn of(options: BlockPoolOptions) -> Self;
    fn take(&self) -> NonNull<u8>;
    fn give(&self, block: NonNull<u8>) -> Result<(), FreeErrorKind>;
    fn look(&self) -> usize;
    fn is_live(&self, block: NonNull<u8>) -> bool;
    fn live(&self) -> Vec<usize>;
    fn clear(&mut self);
    fn len(&self) -> usize;
    fn try_take(&self) -> Option<NonNull<u8>>;
}

macro_rules! raw {
    ($($pool:ty, $build:ident, $objects:expr;)*) => {$(
        impl Raw for $pool {
            const OBJECTS: bool = $objects;
            fn of(options: BlockPoolOptions) -> Self { options.$build() }
            #[track_caller]
            fn take(&self) -> NonNull<u8> { self.alloc() }
            #[track_caller]
            fn give(&self, block: NonNull<u8>) -> Result<(), FreeErrorKind> {
                match unsafe { self.try_free(block) } { Ok(()) => Ok(()), Err(refused) => Err(refused.kind()) }
            }
            #[track_caller]
            fn look(&self) -> usize { self.check() }
            fn is_live(&self, block: NonNull<u8>) -> bool { <$pool>::is_live(self, block) }
            fn live(&self) -> Vec<usize> { self.live_blocks().map(|block| block.addr().get()).collect() }
            fn clear(&mut self) { <$pool>::clear(self) }
            fn len(&self) -> usize { <$pool>::len(self) }
            fn try_take(&self) -> Option<NonNull<u8>> { self.try_alloc().ok() }
        }
    )*};
}
raw! {
    BlockPool<'static>, build, false;
    ChunkedBlockPool, build_chunked, true;
}

fn wrong_frees<P: Raw>(name: &'static str) {
    for grade_now in WATCHED {
        grade(name, grade_now);
        let pool = P::of(blocks(name));
        let block = pool.take();
        let made = line!() - 1;
        assert_eq!(pool.give(unsafe { block.add(8) }), Err(FreeErrorKind::Misaligned { offset: 8 }));
        let fault = one(name, FaultKind::WrongSize);
        assert_eq!(fault.detail, FaultDetail::Inside { offset: 8 });
        assert_eq!(lines(&fault, file!()), [made, 0, line!() - 3]);
        assert_eq!(pool.give(block), Ok(()));
        let first = line!() - 1;
        assert_eq!(pool.give(block), Err(FreeErrorKind::DoubleFree));
        let fault = one(name, FaultKind::DoubleFree);
        assert_eq!((fault.owner.allocator, fault.address), ("a pool", Some(block.addr().get())));
        assert_eq!(lines(&fault, file!()), [made, first, line!() - 3]);
        let foreign = NonNull::from(&mut 0u64).cast();
        assert_eq!(pool.give(foreign), Err(FreeErrorKind::Foreign));
        assert_eq!(lines(&one(name, FaultKind::ForeignFree), file!()), [0, 0, line!() - 1]);
        assert!(pool.live().is_empty() && pool.len() == 0 && !pool.is_live(block));
    }
}

#[test]
fn wrong_frees_of_a_block_pool_are_told_with_all_places() {
    wrong_frees::<BlockPool<'static>>("wrong frees of one region");
}

#[test]
fn wrong_frees_of_a_pool_of_chunks_are_told_with_all_places() {
    wrong_frees::<ChunkedBlockPool>("wrong frees of chunks");
}

fn quarantine<P: Raw>(name: &'static str) {
    if stopped_by_the_sanitizer() {
        return;
    }
    for grade_now in [Grade::Quarantine, Grade::Page] {
        grade(name, grade_now);
        let pool = P::of(blocks(name));
        let block = pool.take();
        let made = line!() - 1;
        assert!((0..64).all(|at| unsafe { block.add(at).read() } == Fill::Fresh.byte()));
        assert_eq!(pool.give(block), Ok(()));
        let freed = line!() - 1;
        let others: Vec<_> = (0..50).map(|_| pool.take()).collect();
        assert!(!others.contains(&block) && pool.len() == 50);
        assert_eq!(pool.give(block), Err(FreeErrorKind::DoubleFree), "found although others were handed out");
        assert_eq!(lines(&one(name, FaultKind::DoubleFree), file!()), [made, freed, line!() - 1]);
        if grade_now < Grade::Page || !P::OBJECTS {
            unsafe { block.add(63).write(1) };
            assert_eq!(pool.look(), 1);
            assert_eq!(lines(&one(name, FaultKind::WriteAfterFree), file!()), [made, freed, line!() - 1]);
        }
        assert_eq!((pool.look(), pool.live().len()), (0, 50));
        others.into_iter().for_each(|other| assert_eq!(pool.give(other), Ok(())));
        assert!(faults(name).is_empty());
    }
}

#[test]
fn a_block_pool_holds_back_what_was_freed() {
    quarantine::<BlockPool<'static>>("quarantine of one region");
}

#[test]
fn a_pool_of_chunks_holds_back_what_was_freed() {
    quarantine::<ChunkedBlockPool>("quarantine of chunks");
}

#[test]
fn a_full_block_pool_hands_out_what_it_held_back_and_checks_it_first() {
    let name = "full quarantine";
    grade(name, Grade::Quarantine);
    let pool = blocks(name).capacity(4).build();
    let held: Vec<_> = (0..4).map(|_| pool.alloc()).collect();
    held.iter().for_each(|&block| unsafe { pool.free(block) });
    for _ in 0..100 {
        let now: Vec<_> = (0..4).map(|_| pool.alloc()).collect();
        assert!(pool.try_alloc().is_err() && pool.len() == 4);
        now.iter().for_each(|&block| unsafe { pool.free(block) });
    }
    assert!(faults(name).is_empty());
    if stopped_by_the_sanitizer() {
        return;
    }
    (0..2).for_each(|_| _ = pool.alloc());
    let block = pool.alloc();
    let made = line!() - 1;
    unsafe { pool.free(block) };
    let freed = line!() - 1;
    unsafe { block.write(1) };
    (0..2).for_each(|_| _ = pool.alloc());
    let fault = one(name, FaultKind::WriteAfterFree);
    assert_eq!(lines(&fault, file!()), [made, freed, line!() - 2]);
}

#[test]
fn a_write_past_a_block_of_chunks_is_found_when_it_is_freed() {
    if stopped_by_the_sanitizer() {
        return;
    }
    let name = "chunks overrun";
    grade(name, Grade::Guard);
    let pool = blocks(name).build_chunked();
    let block = pool.alloc();
    let made = line!() - 1;
    unsafe { block.add(64).write(1) };
    unsafe { pool.free(block) };
    assert_eq!(lines(&one(name, FaultKind::Overrun), file!()), [made, 0, line!() - 1]);
}

#[test]
fn a_wrong_size_given_to_a_pool_as_an_allocator_is_told() {
    fn check(name: &'static str, pool: impl DynAllocator) {
        let layout = Layout::from_size_align(64, 8).unwrap();
        let block = pool.allocate(layout).unwrap().cast();
        let made = line!() - 1;
        let refused = unsafe { pool.try_deallocate(block, Layout::from_size_align(65, 8).unwrap()) };
        assert_eq!(refused.unwrap_err().kind(), FreeErrorKind::WrongSize { given: 65, asked: 64 });
        let fault = one(name, FaultKind::WrongSize);
        assert_eq!(fault.detail, FaultDetail::Sizes { given: 65, asked: 64 });
        assert_eq!(lines(&fault, file!()), [made, 0, line!() - 4]);
        unsafe { pool.deallocate(block, layout) };
    }
    let name = "wrong size";
    grade(name, Grade::Sites);
    check(name, &blocks(name).build());
    check(name, &blocks(name).build_chunked());
}

#[test]
fn live_blocks_are_leaks_when_their_pool_ends() {
    fn check<P: Raw>(name: &'static str, grade_now: Grade) {
        grade(name, grade_now);
        let mut pool = P::of(blocks(name));
        pool.take();
        pool.clear();
        (0..2).for_each(|_| _ = pool.take());
        let made = line!() - 1;
        drop(pool);
        let fault = one(name, FaultKind::Leak);
        assert_eq!(fault.detail, FaultDetail::Live { blocks: 2, bytes: 128 });
        assert_eq!(lines(&fault, file!()), [made, 0, 0]);
    }
    for grade_now in WATCHED {
        check::<BlockPool<'static>>("leak of one region", grade_now);
        check::<ChunkedBlockPool>("leak of chunks", grade_now);
    }
}

#[test]
fn blocks_from_before_a_switch_are_freed_as_ever() {
    fn check<P: Raw>(name: &'static str) {
        let order = [Grade::Off, Grade::Guard, Grade::Count, Grade::Page, Grade::Off, Grade::Sites, Grade::Quarantine];
        grade(name, Grade::Off);
        let pool = P::of(blocks(name));
        let mut live = Vec::new();
        for grade_now in order {
            grade(name, grade_now);
            pool.look();
            for turn in 0..20u8 {
                let block = pool.take();
                unsafe { block.write_bytes(turn, 64) };
                live.push((block, turn));
                if turn % 3 == 0 {
                    let (block, fill) = live.swap_remove(live.len() / 2);
                    assert!((0..64).all(|at| unsafe { block.add(at).read() } == fill));
                    assert_eq!(pool.give(block), Ok(()));
                }
            }
            assert_eq!(pool.look(), 0);
            let mut addresses: Vec<_> = live.iter().map(|(block, _)| block.addr().get()).collect();
            let mut listed = pool.live();
            addresses.sort_unstable();
            listed.sort_unstable();
            assert_eq!((listed, pool.len()), (addresses, live.len()));
        }
        grade(name, Grade::Off);
        pool.look();
        for (block, fill) in live {
            assert!(pool.is_live(block) && (0..64).all(|at| unsafe { block.add(at).read() } == fill));
            assert_eq!(pool.give(block), Ok(()));
            assert_eq!(pool.give(block), Err(FreeErrorKind::DoubleFree).or(pool.give(block)), "refused, and again");
        }
        assert_eq!(pool.len(), 0);
        let fresh: Vec<_> = (0..50).map(|_| pool.try_take().unwrap()).collect();
        fresh.into_iter().for_each(|block| assert_eq!(pool.give(block), Ok(())));
        assert!(faults(name).is_empty());
    }
    check::<BlockPool<'static>>("switched region");
    check::<ChunkedBlockPool>("switched chunks");
}

#[test]
fn a_slot_that_lies_idle_is_not_given_back_by_who_kept_its_address() {
    let name = "idle slot";
    grade(name, Grade::Off);
    let pool = blocks(name).capacity(1).build_chunked();
    let slot = pool.alloc();
    unsafe { pool.free(slot) };
    grade(name, Grade::Guard);
    pool.check();
    let object = pool.alloc();
    assert_ne!(object, slot);
    for grade_now in [Grade::Guard, Grade::Off] {
        grade(name, grade_now);
        pool.check();
        assert!(unsafe { pool.try_free(slot) }.is_err() && !pool.is_live(slot) && pool.is_live(object));
        assert!(pool.try_alloc().is_err());
    }
    unsafe { pool.free(object) };
    assert_eq!(pool.alloc(), slot);
}

#[test]
fn a_layout_that_is_shaken_varies_and_is_checked_all_the_same() {
    let name = "shaken";
    grade(name, Grade::Guard);
    // The only test of this file that looks at where blocks lie.
    debug::set_shake(3);
    let mut pool = handles::<[u8; 40]>(name);
    let offsets: std::collections::BTreeSet<_> = (0..40u8)
        .map(|fill| {
            let handle = pool.insert([fill; 40]);
            pool.get(handle).unwrap().as_ptr().addr() % 128
        })
        .collect();
    debug::set_shake(None);
    assert!(offsets.len() > 2, "{offsets:?}");
    assert_eq!(pool.check(), 0);
    assert!(pool.iter().enumerate().all(|(at, (_, value))| *value == [at as u8; 40]));
}

/// A run of this very test in a process of its own, which is to be stopped by a signal.
#[cfg(not(miri))]
#[test]
fn under_page_the_program_stops_at_the_access() {
    const KEY: &str = "ARENITE_TEST_STOPS";
    let name = "stops";
    let pool = |name| {
        grade(name, Grade::Page);
        (typed::<[u64; 3]>(name), handles::<[u64; 3]>(name), blocks(name).build_chunked())
    };
    let stops = |what: &str| {
        let (typed, mut handles, blocks) = pool(name);
        let block = blocks.alloc();
        let mut value = typed.alloc([1; 3]);
        let handle = handles.insert([1; 3]);
        let raw = &raw mut *value;
        let inside: *mut [u64; 3] = handles.get_mut(handle).unwrap();
        match what {
            "past a value" => unsafe { raw.cast::<u64>().add(3).write(1) },
            "after a drop" => {
                drop(value);
                typed.check();
                unsafe { raw.cast::<u64>().write(1) };
            }
            "past a value with a handle" => unsafe { inside.cast::<u64>().add(3).write(1) },
            "after a removal" => {
                handles.remove(handle);
                unsafe { inside.cast::<u64>().write(1) };
            }
            "past a block" => unsafe { block.add(64).write(1) },
            "after a free" => unsafe {
                blocks.free(block);
                block.write(1);
            },
            _ => {}
        }
    };
    if let Ok(what) = std::env::var(KEY) {
        stops(&what);
        return;
    }
    let run = |what| {
        common::again::again()
            .args(["--exact", "under_page_the_program_stops_at_the_access"])
            .env(KEY, what)
            .output()
            .unwrap()
            .status
    };
    assert!(run("nothing").success());
    for what in [
        "past a value",
        "after a drop",
        "past a value with a handle",
        "after a removal",
        "past a block",
        "after a free",
    ] {
        assert!(common::again::stopped_at_an_access(run(what)) || stopped_by_the_sanitizer(), "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 100 }))]

    /// The same steps on pools whose grade is switched in their midst, and on some that nobody watches.
    #[test]
    fn watched_pools_do_what_any_pools_do_and_nothing_is_told(
        capacity in 1usize..60,
        seed: u64,
        steps in prop::collection::vec((0u8..20, any::<usize>()), 1..300),
    ) {
        let name = "model of pools";
        grade(name, Grade::Off);
        let options = |name| PoolOptions::new().node(&node(name)).first_chunk(4).capacity(capacity);
        let plain = "nobody watches";
        let (typed, twin) = (options(name).build::<Vec<usize>>(), options(plain).build::<Vec<usize>>());
        let mut handles = (options(name).build_handles::<Vec<usize>>(), options(plain).build_handles::<Vec<usize>>());
        let region = (blocks(name).capacity(capacity).build(), blocks(plain).capacity(capacity).build());
        let chunks = (blocks(name).capacity(capacity).build_chunked(), blocks(plain).capacity(capacity).build_chunked());
        let (mut boxes, mut names, mut raw, mut chunked) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (step, pick) in steps {
            match step {
                0..=2 => match (typed.try_alloc(vec![pick; 3]), twin.try_alloc(vec![pick; 3])) {
                    (Ok(a), Ok(b)) => boxes.push((a, b)),
                    (a, b) => prop_assert!(a.is_err() && b.is_err()),
                },
                3..=4 if !boxes.is_empty() => {
                    let (a, b) = boxes.swap_remove(pick % boxes.len());
                    prop_assert_eq!(a.into_inner(), b.into_inner());
                }
                5..=7 => match (handles.0.try_insert(vec![pick; 2]), handles.1.try_insert(vec![pick; 2])) {
                    (Ok(a), Ok(b)) => {
                        prop_assert_eq!(a.to_bits(), b.to_bits());
                        names.push((a, b));
                    }
                    (a, b) => prop_assert!(a.is_err() && b.is_err()),
                },
                8..=9 if !names.is_empty() => {
                    let (a, b) = names.swap_remove(pick % names.len());
                    prop_assert!(handles.0.contains(a));
                    prop_assert_eq!(handles.0.remove(a), handles.1.remove(b));
                    prop_assert!(!handles.0.contains(a));
                }
                10 if pick % 8 == 0 => {
                    handles.0.clear();
                    handles.1.clear();
                    names.clear();
                }
                11..=12 => match (region.0.try_alloc(), region.1.try_alloc()) {
                    (Ok(a), Ok(b)) => {
                        unsafe { a.write_bytes(pick as u8, 64) };
                        raw.push((a, b, pick as u8));
                    }
                    (a, b) => prop_assert!(a.is_err() && b.is_err()),
                },
                13 if !raw.is_empty() => {
                    let (a, b, fill) = raw.swap_remove(pick % raw.len());
                    unsafe {
                        prop_assert!((0..64).all(|at| a.add(at).read() == fill));
                        region.0.free(a);
                        region.1.free(b);
                    }
                }
                14..=15 => match (chunks.0.try_alloc(), chunks.1.try_alloc()) {
                    (Ok(a), Ok(b)) => {
                        unsafe { a.write_bytes(pick as u8, 64) };
                        chunked.push((a, b, pick as u8));
                    }
                    (a, b) => prop_assert!(a.is_err() && b.is_err()),
                },
                16 if !chunked.is_empty() => {
                    let (a, b, fill) = chunked.swap_remove(pick % chunked.len());
                    unsafe {
                        prop_assert!((0..64).all(|at| a.add(at).read() == fill));
                        chunks.0.free(a);
                        chunks.1.free(b);
                    }
                }
                17 => grade(name, Grade::ALL[(pick ^ seed as usize) % 6]),
                18 => {
                    prop_assert_eq!(typed.check() + handles.0.check() + region.0.check() + chunks.0.check(), 0);
                }
                _ => {}
            }
            prop_assert_eq!(typed.stats(), twin.stats());
            prop_assert_eq!(handles.0.stats(), handles.1.stats());
            prop_assert_eq!(chunks.0.stats(), chunks.1.stats());
            prop_assert_eq!(region.0.stats().live, region.1.stats().live);
            prop_assert!(handles.0.iter().map(|(handle, value)| (handle.to_bits(), value)).eq(
                handles.1.iter().map(|(handle, value)| (handle.to_bits(), value))));
            prop_assert!(boxes.iter().all(|(a, b)| **a == **b));
        }
        for (a, _, _) in raw {
            unsafe { region.0.free(a) };
        }
        for (a, _, _) in chunked {
            unsafe { chunks.0.free(a) };
        }
        drop(boxes);
        drop((typed, handles, region, chunks));
        prop_assert!(faults(name).is_empty());
    }
}
