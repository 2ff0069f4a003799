//! Blocks of a watched arena that grow where they are, and blocks that the sample leaves out.
#![cfg(feature = "debug")]
#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "frees what this file allocated, and what it did not, on purpose"
)]

#[path = "common/turns.rs"]
mod turns;

use allocator_api2::{alloc::Allocator, vec::Vec as ApiVec};
use arenite::{
    Arena, ArenaOptions, ArenaVec, BufferArena, Scope,
    debug::{self, FaultDetail, FaultKind, Fill, Grade},
};
use std::{alloc::Layout, mem::MaybeUninit, ptr::NonNull, sync::MutexGuard};
use turns::{found, only, watched};

struct Alone(#[expect(dead_code, reason = "held")] MutexGuard<'static, ()>);

impl Drop for Alone {
    fn drop(&mut self) {
        debug::set_sampling(1);
    }
}

/// With one allocation noted in `every`, which is a setting of the process too.
fn alone(every: usize) -> Alone {
    let guard = turns::alone();
    debug::set_sampling(every);
    Alone(guard)
}

/// Of which none is in the sample.
const NONE: usize = 1 << (usize::BITS - 24);

fn counts(arena: &Arena) -> (usize, usize) {
    let stats = arena.stats();
    (stats.requested.unwrap(), stats.allocations.unwrap())
}

#[test]
fn a_vector_that_is_the_last_block_grows_where_it_is_noted_or_left_out_but_not_between_fences() {
    for every in [1, NONE] {
        let _alone = alone(every);
        for (grade, stays) in [(Grade::Sites, true), (Grade::Guard, false), (Grade::Quarantine, false)] {
            let arena = watched(grade);
            let mut vector: ApiVec<u64, _> = ApiVec::with_capacity_in(4, &arena);
            vector.extend([7; 4]);
            let before = vector.as_ptr();
            vector.reserve_exact(96);
            assert_eq!(vector.as_ptr() == before, stays, "{grade}, one in {every}");
            vector.extend([8; 96]);
            assert_eq!(counts(&arena), if stays { (800, 1) } else { (832, 2) });
            assert!(vector[..4].iter().all(|&value| value == 7));
            drop(vector);
            if stays {
                assert_eq!(arena.used(), 0, "it was the last");
            }
            assert_eq!(found(), []);
        }
    }
}

#[test]
fn a_block_that_grew_is_known_by_its_new_size_and_where_it_grew() {
    let _alone = alone(1);
    let arena = watched(Grade::Sites);
    let mut vector: ArenaVec<'_, u64> = ArenaVec::new_in(&arena);
    vector.push(0);
    let block = NonNull::from(&mut vector[0]).cast::<u8>();
    let line = line!() + 1;
    vector.try_reserve(99).unwrap();
    assert_eq!(vector.as_ptr().addr(), block.addr().get());
    assert_eq!(vector.capacity(), 100);
    unsafe { (&arena).deallocate(block, Layout::array::<u64>(4).unwrap()) };
    let fault = only();
    assert_eq!((fault.kind, fault.detail), (FaultKind::WrongSize, FaultDetail::Sizes { given: 32, asked: 800 }));
    assert_eq!((fault.allocated.file(), fault.allocated.line()), (Some(file!()), Some(line)));
}

#[test]
fn a_block_that_is_not_the_last_moves_and_the_one_behind_it_is_untouched() {
    let _alone = alone(1);
    let arena = watched(Grade::Sites);
    let mut vector: ApiVec<u64, _> = ApiVec::with_capacity_in(4, &arena);
    vector.extend([1, 2, 3, 4]);
    let before = vector.as_ptr();
    let behind = arena.alloc([9u64; 4]);
    vector.push(5);
    assert_ne!(vector.as_ptr(), before);
    assert_eq!((&*vector, *behind), (&[1, 2, 3, 4, 5][..], [9; 4]));
    drop(vector);
    assert_eq!(found(), []);
}

#[test]
fn what_grew_in_a_scope_ends_with_it_and_what_grew_before_a_mark_does_not() {
    for every in [1, 3, NONE] {
        let _alone = alone(every);
        let mut arena = watched(Grade::Sites);
        let layout = Layout::array::<u64>(4).unwrap();
        let (block, grown) = {
            let allocator = &arena;
            let block = allocator.allocate(layout).unwrap().cast::<u8>();
            let more = Layout::array::<u64>(400).unwrap();
            (unsafe { allocator.grow(block, layout, more) }.unwrap().cast::<u8>(), more)
        };
        let (used, counted, mark) = (arena.used(), counts(&arena), arena.checkpoint());
        for _ in 0..3 {
            let scope = arena.scope();
            let mut vector: ApiVec<u8, _> = ApiVec::new_in(&scope);
            (0..100_000u32).for_each(|i| vector.push(i as u8));
            assert!(vector.iter().enumerate().all(|(i, &value)| value == i as u8));
            scope.alloc(1u64);
            drop(vector);
            drop(scope);
            assert_eq!((arena.used(), counts(&arena)), (used, counted));
        }
        arena.alloc([0u64; 1000]);
        arena.restore(mark).unwrap();
        assert_eq!((arena.used(), counts(&arena)), (used, counted));
        unsafe { (&arena).deallocate(block, grown) };
        assert_eq!((found(), arena.used()), (vec![], 0), "one in {every}");
    }
}

#[test]
fn a_block_grows_in_a_range_as_far_as_that_goes_and_a_refused_one_is_as_it_was() {
    for every in [1, NONE] {
        let _alone = alone(every);
        let mut room = [const { MaybeUninit::uninit() }; 8000];
        debug::set_grade(Grade::Sites);
        let arena = BufferArena::new(&mut room).unwrap();
        arena.apply_grade();
        let mut vector: ApiVec<u64, _> = ApiVec::with_capacity_in(4, &*arena);
        vector.extend([7; 4]);
        let before = vector.as_ptr();
        vector.reserve_exact(300);
        assert_eq!(vector.as_ptr(), before);
        let used = arena.used();
        assert!(vector.try_reserve_exact(10_000).is_err());
        assert_eq!((arena.used(), vector.capacity(), &*vector), (used, 304, &[7; 4][..]));
        drop(vector);
        debug::set_grade(Grade::Off);
        assert_eq!(found(), []);
    }
}

#[test]
fn one_allocation_in_so_many_is_noted_and_the_others_are_freed_without_a_word() {
    let _alone = alone(4);
    let arena = watched(Grade::Sites);
    let (allocator, layout) = (&arena, Layout::new::<[u64; 3]>());
    let blocks: Vec<_> = (0..400).map(|_| allocator.allocate(layout).unwrap().cast::<u8>()).collect();
    assert_eq!(counts(&arena), (400 * 24, 400));
    blocks.iter().for_each(|&block| unsafe { allocator.deallocate(block, Layout::new::<[u64; 2]>()) });
    let wrong = found();
    assert_eq!(wrong.len(), 100);
    assert!(wrong.iter().all(|fault| fault.kind == FaultKind::WrongSize));
    blocks[..399].iter().for_each(|&block| unsafe { allocator.deallocate(block, layout) });
    assert_eq!(found(), []);
    blocks[..399].iter().for_each(|&block| unsafe { allocator.deallocate(block, layout) });
    assert!(found().iter().all(|fault| fault.kind == FaultKind::DoubleFree), "of those that were noted");
    let mut elsewhere = [0u64; 3];
    unsafe { allocator.deallocate(NonNull::from(&mut elsewhere).cast(), layout) };
    assert_eq!(only().kind, FaultKind::ForeignFree);
}

#[test]
fn what_the_sample_leaves_out_is_refused_as_any_other() {
    let _alone = alone(NONE);
    let mut arena = ArenaOptions::new().initial(4096).max(4096).limit(4096).build();
    arena.set_grade(Grade::Sites).unwrap();
    arena.alloc([0u64; 400]);
    let (used, counted) = (arena.used(), counts(&arena));
    assert!(arena.try_alloc([0u64; 200]).is_err());
    assert!(arena.try_alloc_layout(Layout::from_size_align(8, 1 << (usize::BITS - 2)).unwrap()).is_err());
    let scope = arena.scope();
    assert!(arena.try_alloc(1u64).is_err(), "a scope has the cursor");
    drop(scope);
    assert_eq!((arena.used(), counts(&arena)), (used, counted));
    assert!(arena.try_alloc_layout(Layout::from_size_align(64, 64).unwrap()).unwrap().addr().get() % 64 == 0);
}

#[test]
fn a_thread_that_an_arena_is_not_bound_to_is_told_for_what_the_sample_leaves_out_too() {
    let _alone = alone(NONE);
    let mut arena = watched(Grade::Sites);
    arena.bind_to_thread().unwrap();
    std::thread::scope(|threads| {
        let arena = &mut arena;
        threads.spawn(move || {
            arena.alloc(1u64);
        });
    });
    assert_eq!(only().kind, FaultKind::WrongThread);
}

#[test]
fn what_was_freed_last_is_not_filled_once_more_by_the_end_of_its_scope_and_a_write_to_it_is_still_found() {
    let _alone = alone(1);
    let arena = watched(Grade::Guard);
    let layout = Layout::array::<u64>(4).unwrap();
    let scope = arena.scope();
    let kept = (&scope).allocate(layout).unwrap().cast::<u8>();
    let freed = (&scope).allocate(layout).unwrap().cast::<u8>();
    unsafe { (&scope).deallocate(freed, layout) };
    let [kept, freed] = [kept, freed].map(|block| block.as_ptr().expose_provenance());
    drop(scope);
    let byte = |address: usize| std::ptr::with_exposed_provenance_mut::<u8>(address + 5);
    assert_eq!(unsafe { (byte(kept).read(), byte(freed).read()) }, (Fill::Reset.byte(), Fill::Freed.byte()));
    assert_eq!(arena.check(), 0);
    unsafe { byte(freed).write(1) };
    assert_eq!(arena.check(), 1);
    assert_eq!(only().kind, FaultKind::WriteAfterFree);
    unsafe { byte(kept).write(1) };
    arena.alloc([0u64; 100]);
    assert_eq!(only().kind, FaultKind::UseAfterReset);
}

#[test]
fn what_was_freed_anywhere_in_a_scope_is_not_filled_once_more_by_its_end_and_a_write_to_it_is_found() {
    let _alone = alone(1);
    let layout = Layout::array::<u64>(5).unwrap();
    let byte = |address: usize| std::ptr::with_exposed_provenance_mut::<u8>(address);
    for grade in [Grade::Guard, Grade::Quarantine] {
        let arena = watched(grade);
        let scope = arena.scope();
        let blocks: [_; 5] = std::array::from_fn(|_| (&scope).allocate(layout).unwrap().cast::<u8>());
        for freed in [3, 1] {
            unsafe { (&scope).deallocate(blocks[freed], layout) };
        }
        let blocks = blocks.map(|block| block.as_ptr().expose_provenance());
        drop(scope);
        for at in blocks[0] - 16..blocks[4] + 40 + 16 {
            let freed = [1, 3].iter().any(|&freed| (blocks[freed]..blocks[freed] + 40).contains(&at));
            let fill = if freed { Fill::Freed } else { Fill::Reset };
            assert_eq!(unsafe { byte(at).read() }, fill.byte(), "{grade}, {}", at - blocks[0]);
        }
        assert_eq!(arena.check(), 0);
        unsafe { byte(blocks[3] + 39).write(1) };
        assert_eq!(arena.check(), 1);
        assert_eq!(only().kind, FaultKind::WriteAfterFree);
        unsafe { byte(blocks[1]).write(1) };
        arena.alloc([0u64; 100]);
        assert_eq!(only().kind, FaultKind::WriteAfterFree);
    }
}

#[test]
fn a_write_to_what_was_freed_before_the_end_of_its_scope_is_found_by_a_check_or_when_the_memory_is_handed_out() {
    let _alone = alone(1);
    let layout = Layout::array::<u64>(8).unwrap();
    for check in [true, false] {
        let arena = watched(Grade::Guard);
        {
            let scope = arena.scope();
            let freed = (&scope).allocate(layout).unwrap().cast::<u8>();
            scope.alloc(1u64);
            unsafe { (&scope).deallocate(freed, layout) };
            let stale = std::ptr::with_exposed_provenance_mut::<u8>(freed.as_ptr().expose_provenance() + 7);
            unsafe { stale.write(1) };
            if check {
                assert_eq!(arena.check(), 1);
                assert_eq!(only().kind, FaultKind::WriteAfterFree);
            }
        }
        arena.alloc([0u64; 100]);
        if !check {
            assert_eq!(only().kind, FaultKind::WriteAfterFree);
        }
        assert_eq!(found(), []);
    }
}

/// Allocates, frees and opens scopes as a number says, with blocks of all sizes, large requests among them.
fn at_random(handle: &impl Room, random: &mut impl FnMut(usize) -> usize, depth: usize) {
    let mut blocks: Vec<(NonNull<u8>, Layout)> = Vec::new();
    for _ in 0..random(30) {
        match random(10) {
            0..5 => {
                let size = if random(12) == 0 { 3000 + random(9000) } else { 1 + random(300) };
                let layout = Layout::from_size_align(size, 1 << random(7)).unwrap();
                let block = handle.take(layout);
                unsafe { block.write_bytes(0x11, size) };
                blocks.push((block, layout));
            }
            5..8 if !blocks.is_empty() => {
                let (block, layout) = blocks.swap_remove(random(blocks.len()));
                unsafe { handle.give(block, layout) };
            }
            8 if depth > 0 => handle.within(|inner| at_random(inner, random, depth - 1)),
            _ => {}
        }
    }
}

trait Room {
    fn take(&self, layout: Layout) -> NonNull<u8>;
    unsafe fn give(&self, block: NonNull<u8>, layout: Layout);
    fn within(&self, run: impl FnOnce(&Scope<'_>));
}

macro_rules! room {
    ($room:ty) => {
        impl Room for $room {
            fn take(&self, layout: Layout) -> NonNull<u8> {
                (&*self).allocate(layout).unwrap().cast()
            }

            unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
                unsafe { (&*self).deallocate(block, layout) }
            }

            fn within(&self, run: impl FnOnce(&Scope<'_>)) {
                run(&self.scope());
            }
        }
    };
}
room!(Arena);
room!(Scope<'_>);

#[test]
fn all_that_a_scope_used_is_filled_at_its_end_whatever_was_freed_in_it_and_in_what_order() {
    let _alone = alone(1);
    for grade in [Grade::Guard, Grade::Quarantine] {
        for seed in 0..if cfg!(miri) { 3 } else { 60 } {
            let mut state = 88_172_645_463_325_252_u64 ^ (seed << 32);
            let mut random = |below: usize| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 11) as usize % below.max(1)
            };
            let mut arena = match seed % 2 {
                0 => ArenaOptions::new().initial(4096).max(8192).build(),
                _ => ArenaOptions::new().reserve(1 << 20).build(),
            };
            arena.set_grade(grade).unwrap();
            for _ in 0..4 {
                at_random(&arena, &mut random, 3);
                assert_eq!((arena.check(), found()), (0, vec![]), "{grade}, seed {seed}");
                if random(2) == 0 {
                    let mark = arena.checkpoint();
                    at_random(&arena, &mut random, 2);
                    arena.restore(mark).unwrap();
                    assert_eq!((arena.check(), found()), (0, vec![]), "{grade}, seed {seed}, restored");
                }
                if random(3) == 0 {
                    arena.reset();
                    assert_eq!((arena.check(), found()), (0, vec![]), "{grade}, seed {seed}, reset");
                }
            }
        }
    }
}

#[test]
fn a_block_freed_across_the_place_of_a_mark_is_dead_from_there_on_and_all_of_it_is_at_the_reset() {
    let _alone = alone(1);
    let layout = |words| Layout::array::<u64>(words).unwrap();
    for grade in [Grade::Guard, Grade::Quarantine] {
        let mut arena = watched(grade);
        arena.alloc(1u64);
        let before = (&arena).allocate(layout(20)).unwrap().cast::<u8>();
        let mark = arena.checkpoint();
        unsafe { (&arena).deallocate(before, layout(20)) };
        let across = (&arena).allocate(layout(60)).unwrap().cast::<u8>();
        unsafe { across.write_bytes(0x11, 480) };
        arena.alloc(2u64);
        unsafe { (&arena).deallocate(across, layout(60)) };
        arena.restore(mark).unwrap();
        assert_eq!((arena.check(), found()), (0, vec![]), "{grade}");
        arena.alloc([3u64; 100]);
        arena.reset();
        assert_eq!((arena.check(), found()), (0, vec![]), "{grade}");
        arena.alloc([4u64; 300]);
        assert_eq!(found(), []);
    }
}

#[test]
fn a_scope_over_many_chunks_leaves_none_of_them_unfilled() {
    let _alone = alone(1);
    let layout = Layout::array::<u8>(1000).unwrap();
    for grade in [Grade::Guard, Grade::Quarantine] {
        let mut arena = ArenaOptions::new().initial(4096).max(4096).build();
        arena.set_grade(grade).unwrap();
        let scope = arena.scope();
        let blocks: Vec<_> = (0..40).map(|_| (&scope).allocate(layout).unwrap().cast::<u8>()).collect();
        let freed = |at: usize| at % 3 == 1 && at < 39;
        for (at, &block) in blocks.iter().enumerate() {
            unsafe { block.write_bytes(0x11, 1000) };
            if freed(at) {
                unsafe { (&scope).deallocate(block, layout) };
            }
        }
        let blocks: Vec<_> = blocks.into_iter().map(|block| block.as_ptr().expose_provenance()).collect();
        drop(scope);
        assert!(arena.stats().chunks > 10);
        for (at, block) in blocks.into_iter().enumerate() {
            let expected = if freed(at) { Fill::Freed } else { Fill::Reset }.byte();
            let byte = |offset| unsafe { std::ptr::with_exposed_provenance::<u8>(block + offset).read() };
            assert_eq!((byte(0), byte(500), byte(999)), (expected, expected, expected), "{grade}, block {at}");
        }
    }
}
