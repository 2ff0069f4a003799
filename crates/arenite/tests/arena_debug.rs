//! What a watched arena finds, at which grade, and where.
#![cfg(feature = "debug")]
#![allow(clippy::undocumented_unsafe_blocks, reason = "each writes where it must not, inside the arena's own memory")]

#[path = "common/again.rs"]
mod again;
#[path = "common/turns.rs"]
mod turns;

use allocator_api2::{alloc::Allocator, vec::Vec as ApiVec};
use arenite::{
    Arena, ArenaOptions, ArenaVec, Node,
    debug::{self, FaultDetail, FaultKind, Fill, Grade, Policy, Site},
    source::{Source, SourceRef},
};
use std::{
    alloc::Layout,
    ptr::NonNull,
    sync::{Arc, Mutex, mpsc},
};
use turns::{alone, found, only, watched};

#[track_caller]
fn at(site: Site, line: u32) {
    assert_eq!((site.file(), site.line()), (Some(file!()), Some(line)), "{site}");
}

fn poke<T: ?Sized>(block: &mut T, offset: isize) -> *mut u8 {
    // Exposed, and from an address: the program's pointer reaches no further than its block.
    let address = std::ptr::from_mut(block).cast::<u8>().expose_provenance().wrapping_add_signed(offset);
    std::ptr::with_exposed_provenance_mut(address)
}

const NOTING: [Grade; 4] = [Grade::Sites, Grade::Guard, Grade::Quarantine, Grade::Page];
const GUARDING: [Grade; 2] = [Grade::Guard, Grade::Quarantine];

#[test]
fn a_byte_written_next_to_a_block_is_found_at_the_reset_with_both_places() {
    let _alone = alone();
    for grade in [Grade::Guard, Grade::Quarantine, Grade::Page] {
        for (size, offset) in [(13, 13), (13, 15), (16, 16), (24, -1), (24, -8), (1, 1)] {
            if grade == Grade::Page && offset == size as isize && size % 8 == 0 {
                continue; // That write stops the program: a test of its own.
            }
            let mut arena = watched(grade);
            let line = line!() + 1;
            let block = arena.alloc_slice_fill_with(size, |i| i as u8);
            let wild = poke(block, offset);
            unsafe { *wild = 0x11 };
            arena.reset();
            let fault = only();
            assert_eq!(fault.kind, FaultKind::Overrun);
            at(fault.allocated, line);
            at(fault.second, line + 3);
            assert_eq!(fault.request.map(|request| request.0), Some(size));
            assert_eq!(fault.detail, FaultDetail::Byte { offset, was: Fill::Fence, found: 0x11 });
            arena.alloc(1u64);
            drop(arena);
            assert_eq!(found(), []);
        }
    }
}

#[test]
fn a_write_after_the_reset_is_found_when_the_memory_is_handed_out_again_by_a_check_or_at_the_next_reset() {
    let _alone = alone();
    for grade in GUARDING {
        let mut arena = watched(grade);
        let allocated = line!() + 1;
        let stale = poke(arena.alloc([7u64; 4]), 9);
        let reset = line!() + 1;
        arena.reset();
        unsafe { assert_eq!(*stale, 0xDD) };
        for way in 0..3 {
            unsafe { *stale = 1 };
            let line = match way {
                0 => {
                    assert_eq!(arena.check(), 1);
                    line!() - 1
                }
                1 if grade == Grade::Quarantine => {
                    arena.reset();
                    line!() - 1
                }
                1 => continue,
                _ => {
                    arena.alloc([0u64; 4]);
                    line!() - 1
                }
            };
            let fault = only();
            assert_eq!(fault.kind, FaultKind::UseAfterReset);
            at(fault.allocated, allocated);
            at(fault.first, reset);
            at(fault.second, line);
            assert_eq!(fault.detail, FaultDetail::Byte { offset: 9, was: Fill::Reset, found: 1 });
        }
    }
}

#[test]
fn a_pointer_into_the_backing_that_a_vector_left_is_found_in_quarantine() {
    let _alone = alone();
    let mut arena = watched(Grade::Quarantine);
    let (first, grown);
    {
        let mut table = ArenaVec::new_in(&arena);
        table.push(1u64);
        first = line!() - 1;
        let stale = poke(&mut table[0], 0);
        (2..40).for_each(|n| table.push(n));
        grown = line!() - 1;
        unsafe { assert_eq!(*stale, 0xDE) };
        unsafe { *stale = 5 };
        assert_eq!(table.len(), 39);
    }
    arena.reset();
    let end = line!() - 1;
    let fault = only();
    assert_eq!(fault.kind, FaultKind::WriteAfterFree);
    at(fault.allocated, first);
    at(fault.first, grown);
    at(fault.second, end);
}

#[test]
fn a_large_block_that_is_freed_last_waits_in_quarantine_and_is_not_handed_out_again() {
    let _alone = alone();
    let mut arena = watched(Grade::Quarantine);
    let stale = {
        let mut large = ArenaVec::with_capacity_in(100_000, &arena);
        large.push(1u8);
        poke(&mut large[0], 0)
    };
    unsafe { *stale = 5 };
    assert_ne!(arena.alloc_slice_fill(100_000, 2u8).as_mut_ptr(), stale);
    assert_eq!(found(), []);
    arena.reset();
    assert_eq!(only().kind, FaultKind::WriteAfterFree);
}

#[test]
fn wrong_frees_through_the_allocator_are_told_apart_and_change_nothing() {
    let _alone = alone();
    for grade in NOTING {
        let arena = watched(grade);
        let layout = Layout::new::<[u64; 3]>();
        let allocator = &arena;
        let block = allocator.allocate(layout).unwrap().cast::<u8>();
        let behind = allocator.allocate(layout).unwrap().cast::<u8>();
        unsafe { allocator.deallocate(block, Layout::new::<[u64; 4]>()) };
        let fault = only();
        assert_eq!(fault.kind, FaultKind::WrongSize);
        assert_eq!(fault.detail, FaultDetail::Sizes { given: 32, asked: 24 });
        unsafe { allocator.deallocate(block.add(8), layout) };
        assert_eq!(only().detail, FaultDetail::Inside { offset: 8 });
        unsafe { allocator.deallocate(block, layout) };
        assert_eq!(found(), []);
        unsafe { allocator.deallocate(block, layout) };
        assert_eq!(only().kind, FaultKind::DoubleFree);
        let mut elsewhere = [0u64; 3];
        unsafe { allocator.deallocate(NonNull::from(&mut elsewhere).cast(), layout) };
        assert_eq!(only().kind, FaultKind::ForeignFree);
        unsafe { allocator.deallocate(behind, layout) };
        assert_eq!(found(), []);
    }
}

#[test]
fn what_a_scope_handed_out_is_dead_at_its_end_and_its_outer_blocks_are_not() {
    let _alone = alone();
    for grade in GUARDING {
        let arena = watched(grade);
        let outer = arena.scope();
        let kept = outer.alloc([1u64; 8]);
        let line = line!() + 3;
        let stale = {
            let inner = outer.scope();
            poke(inner.alloc([2u64; 8]), 16)
        };
        unsafe { assert_eq!(*stale, 0xDD) };
        unsafe { *stale = 3 };
        assert_eq!(*kept, [1; 8]);
        outer.alloc([0u64; 8]);
        let fault = only();
        assert_eq!(fault.kind, FaultKind::UseAfterReset);
        at(fault.allocated, line);
        drop(outer);
        assert_eq!(arena.check(), 0);
        assert_eq!(found(), []);
    }
}

#[test]
fn marks_that_are_refused_are_told_with_the_place_where_they_were_taken() {
    let _alone = alone();
    let mut arena = watched(Grade::Sites);
    let outer = arena.checkpoint();
    arena.alloc(1u64);
    let inner = arena.checkpoint();
    let taken = line!() - 1;
    arena.restore(outer).unwrap();
    assert_eq!(found(), []);
    assert!(arena.restore(inner).is_err());
    let fault = only();
    assert_eq!(fault.kind, FaultKind::OutOfOrder);
    at(fault.allocated, taken);
    at(fault.second, line!() - 4);
    arena.alloc(1u64);
    arena.reset();
    let reset = line!() - 1;
    assert!(arena.restore(outer).is_err());
    let fault = only();
    assert_eq!(fault.kind, FaultKind::StaleRestore);
    at(fault.first, reset);
    at(fault.second, line!() - 4);
}

#[test]
fn blocks_from_before_the_switch_stay_valid_and_are_unchecked() {
    let _alone = alone();
    for grade in NOTING {
        let mut arena = Arena::new();
        let name = format!("switched to {grade}");
        drop(arena);
        arena = ArenaOptions::new().name(name.clone()).build();
        let arena = &arena;
        let layout = Layout::new::<[u64; 3]>();
        let old = arena.allocate(layout).unwrap().cast::<u8>();
        let mut vec: ApiVec<u64, _> = ApiVec::new_in(arena);
        vec.push(1);
        debug::set_node_grade(&name, grade);
        // The window is open for at most 64 KiB more.
        while arena.grade() == Grade::Off {
            arena.alloc_slice_fill(1000, 1u8);
        }
        assert_eq!(arena.grade(), grade);
        vec.extend(2..100);
        unsafe { arena.deallocate(old, layout) };
        assert_eq!(found(), []);
        debug::set_node_grade(&name, None);
        arena.alloc(0u8);
        assert_eq!(arena.grade(), Grade::Off);
        vec.extend(100..200);
        assert!(vec.iter().copied().eq(1..200));
        drop(vec);
        assert_eq!(found(), []);
    }
}

#[test]
fn an_arena_is_asked_by_another_thread_than_its_own_and_both_are_named() {
    let _alone = alone();
    let arena = watched(Grade::Sites);
    arena.bind_to_thread().unwrap();
    let bound = line!() - 1;
    arena.alloc(1u64);
    assert_eq!(found(), []);
    struct Smuggled<'a>(&'a Arena);
    unsafe impl Send for Smuggled<'_> {}
    let smuggled = Smuggled(&arena);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let arena = smuggled;
            arena.0.alloc(2u64);
        });
    });
    let fault = only();
    assert_eq!(fault.kind, FaultKind::WrongThread);
    at(fault.first, bound);
    at(fault.second, line!() - 6);
    assert!(matches!(fault.detail, FaultDetail::Threads { owner, user } if owner != user));
}

#[test]
fn two_threads_inside_an_arena_at_once_are_found() {
    /// Waits inside until it is told to go on.
    struct Slow(Mutex<(mpsc::Sender<()>, mpsc::Receiver<()>)>);
    unsafe impl Source for Slow {
        fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
            if layout.size() > 100_000 {
                let channel = self.0.lock().unwrap();
                channel.0.send(()).unwrap();
                channel.1.recv().unwrap();
            }
            NonNull::new(unsafe { std::alloc::alloc(layout) })
        }
        unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) {
            unsafe { std::alloc::dealloc(memory.as_ptr(), layout) }
        }
    }
    let _alone = alone();
    let (inside, is_inside) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let source = SourceRef::Counted(Arc::new(Slow(Mutex::new((inside, may_go_on)))));
    let mut arena = ArenaOptions::new().source(source).build();
    arena.set_grade(Grade::Sites).unwrap();
    struct Smuggled<'a>(&'a Arena);
    unsafe impl Send for Smuggled<'_> {}
    let smuggled = Smuggled(&arena);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let arena = smuggled;
            arena.0.alloc_slice_fill(200_000, 1u8);
        });
        is_inside.recv().unwrap();
        arena.alloc(2u64);
        go_on.send(()).unwrap();
    });
    let fault = only();
    assert_eq!(fault.kind, FaultKind::ConcurrentUse);
    at(fault.second, line!() - 5);
}

#[test]
fn a_request_while_a_scope_has_the_cursor_is_told_with_both_places() {
    let _alone = alone();
    let arena = watched(Grade::Sites);
    let scope = arena.scope();
    let taken = line!() - 1;
    assert!(arena.try_alloc(1u64).is_err());
    let fault = only();
    assert_eq!(fault.kind, FaultKind::ScratchConflict);
    at(fault.second, line!() - 3);
    if cfg!(debug_assertions) {
        at(fault.first, taken);
    }
    drop(scope);
}

#[test]
fn a_budget_that_is_crossed_is_told_with_the_place_of_the_request() {
    let _alone = alone();
    let node = Node::new("frugal").soft_budget(10_000).build();
    let mut arena = ArenaOptions::new().node(&node).build();
    arena.set_grade(Grade::Sites).unwrap();
    arena.alloc(1u64);
    assert_eq!(found(), []);
    arena.alloc_slice_fill(20_000, 0u8);
    let fault = only();
    assert_eq!(fault.kind, FaultKind::BudgetCrossed);
    at(fault.second, line!() - 3);
    assert_eq!(&*fault.owner.name, "frugal");
}

#[test]
fn zeroed_memory_is_zero_and_other_memory_is_not_in_every_grade() {
    let _alone = alone();
    for grade in Grade::ALL {
        for mut arena in [Arena::new(), ArenaOptions::new().reserve(1 << 20).build()] {
            arena.set_grade(grade).unwrap();
            for _ in 0..3 {
                let layout = Layout::from_size_align(300, 32).unwrap();
                let zeroed = arena.alloc_zeroed(layout);
                let bytes = unsafe { std::slice::from_raw_parts(zeroed.as_ptr(), 300) };
                assert!(bytes.iter().all(|&byte| byte == 0), "{grade}");
                let fresh = arena.alloc_layout(layout);
                if grade >= Grade::Guard {
                    let bytes = unsafe { std::slice::from_raw_parts(fresh.as_ptr(), 300) };
                    assert!(bytes.iter().all(|&byte| byte == 0xCD), "{grade}");
                }
                arena.reset();
            }
        }
    }
    assert_eq!(found(), []);
}

#[test]
fn counts_and_bytes_are_exact_while_grades_change_between_cycles() {
    let _alone = alone();
    let mut arena = Arena::new();
    for grade in [Grade::Count, Grade::Off, Grade::Guard, Grade::Page, Grade::Count, Grade::Quarantine, Grade::Off] {
        arena.set_grade(grade).unwrap();
        arena.reset();
        arena.alloc_slice_fill(100, 1u8);
        {
            let scope = arena.scope();
            scope.alloc_slice_fill(50, 1u8);
            let inner = scope.scope();
            inner.alloc([0u64; 10]);
        }
        arena.alloc(1u32);
        let stats = arena.stats();
        let counted = (grade >= Grade::Count).then_some((104, 2));
        assert_eq!(stats.requested.zip(stats.allocations), counted, "{grade}");
    }
    arena.reset();
    assert_eq!(arena.used(), 0);
    assert_eq!(found(), []);
}

#[test]
fn a_block_that_was_not_drawn_is_freed_without_a_word_though_one_ended_at_its_address() {
    let _alone = alone();
    let arena = watched(Grade::Sites);
    let (allocator, layout) = (&arena, Layout::new::<[u64; 3]>());
    let noted = allocator.allocate(layout).unwrap().cast::<u8>();
    unsafe { allocator.deallocate(noted, layout) };
    debug::set_sampling(1_000_000);
    let unnoted = allocator.allocate(layout).unwrap().cast::<u8>();
    debug::set_sampling(1);
    assert_eq!(noted, unnoted);
    unsafe { allocator.deallocate(unnoted, layout) };
    assert_eq!(found(), []);
}

#[test]
fn a_vector_from_before_the_switch_that_is_freed_last_leaves_no_fault_behind() {
    let _alone = alone();
    for grade in GUARDING {
        let name = format!("freed last under {grade}");
        let arena = ArenaOptions::new().name(name.clone()).build();
        let mut old: ApiVec<u8, _> = ApiVec::with_capacity_in(200, &arena);
        old.extend([7; 200]);
        debug::set_node_grade(&name, grade);
        arena.apply_grade();
        let scope = arena.scope();
        scope.alloc([1u8; 100]);
        drop(scope);
        drop(old);
        arena.alloc([2u8; 300]);
        debug::set_node_grade(&name, None);
        assert_eq!(found(), []);
    }
}

#[test]
fn a_pointer_kept_beyond_its_scratch_is_found_when_the_next_one_gets_the_memory() {
    let _alone = alone();
    debug::set_node_grade("scratch", Grade::Guard);
    // A thread whose scratch is made under the grade.
    let lines = std::thread::spawn(|| {
        let stale = arenite::scratch(|scratch| poke(scratch.alloc([1u64; 4]), 0));
        let allocated = line!() - 1;
        unsafe { *stale = 2 };
        arenite::scratch(|scratch| *scratch.alloc([3u64; 4]));
        (allocated, line!() - 1)
    });
    let (allocated, second) = lines.join().unwrap();
    debug::set_node_grade("scratch", None);
    let fault = only();
    assert_eq!((fault.kind, &*fault.owner.name), (FaultKind::UseAfterReset, "scratch"));
    at(fault.allocated, allocated);
    at(fault.second, second);
}

#[test]
fn several_faults_of_one_reset_are_all_told_before_the_policy_panics() {
    let _alone = alone();
    let mut arena = watched(Grade::Guard);
    let wild = [13, 21].map(|size| poke(arena.alloc_slice_fill(size, 1u8), size as isize));
    wild.into_iter().for_each(|wild| unsafe { *wild = 0x11 });
    debug::set_policy(FaultKind::Overrun, Policy::Panic);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| arena.reset())).is_err();
    debug::set_policy(FaultKind::Overrun, Policy::Report);
    assert!(panicked);
    assert_eq!(found().len(), 2);
    assert_eq!(arena.used(), 0);
    arena.alloc(1u64);
    arena.reset();
    assert_eq!(found(), []);
}

#[test]
fn what_is_counted_in_a_scope_goes_with_it_though_counting_ended_and_began_again_in_it() {
    let _alone = alone();
    let name = "counted twice";
    let arena = ArenaOptions::new().name(name).build();
    debug::set_node_grade(name, Grade::Count);
    arena.alloc(1u64);
    {
        let scope = arena.scope();
        scope.alloc(2u64);
        debug::set_node_grade(name, Grade::Off);
        scope.alloc(3u64);
        debug::set_node_grade(name, Grade::Count);
        scope.alloc_slice_fill(100_000, 4u8);
        scope.alloc(5u64);
        assert_eq!(arena.stats().allocations, Some(2), "since the switch");
    }
    arena.alloc(6u64);
    debug::set_node_grade(name, None);
    assert_eq!((arena.stats().requested, arena.stats().allocations), (Some(8), Some(1)));
}

#[cfg(target_os = "linux")]
#[test]
fn poison_at_the_reset_of_a_large_arena_touches_what_was_used() {
    let _alone = alone();
    let anonymous = || {
        let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap();
        let line = rollup.lines().find(|line| line.starts_with("Anonymous:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap()
    };
    let mut arena = ArenaOptions::new().reserve(512 << 20).build();
    arena.set_grade(Grade::Guard).unwrap();
    arena.alloc_slice_fill(1 << 20, 1u8);
    let before = anonymous();
    arena.reset();
    let grown = anonymous().saturating_sub(before);
    assert!(grown < 256, "{grown} KiB more after the reset");
    assert_eq!(found(), []);
}

/// What a child process of this test binary does, by name.
fn child(name: &str) {
    let mut arena = watched(Grade::Page);
    let block = arena.alloc_slice_fill(64, 1u8);
    let wild = match name {
        "behind" => poke(block, 64),
        _ => {
            let stale = poke(block, 0);
            arena.reset();
            stale
        }
    };
    unsafe { wild.write_volatile(1) };
}

#[test]
fn on_pages_of_their_own_a_write_behind_a_block_and_one_after_the_reset_stop_the_program() {
    if let Ok(name) = std::env::var("ARENITE_TEST_CHILD") {
        child(&name);
        return;
    }
    let _alone = alone();
    for name in ["behind", "stale"] {
        let test = "on_pages_of_their_own_a_write_behind_a_block_and_one_after_the_reset_stop_the_program";
        let mut command = again::again();
        command.args([test, "--exact", "--nocapture"]).env("ARENITE_TEST_CHILD", name);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let status = command.status().unwrap();
        assert!(again::stopped_at_an_access(status), "{name}: {status}");
    }
}
