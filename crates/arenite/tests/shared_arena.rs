//! The arena of many threads: what it hands out, takes back, drops and counts.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, live, of the layout that stands beside them.

mod common;

use allocator_api2::{alloc::Allocator, vec::Vec as ApiVec};
use arenite::{
    Capabilities, DynAllocator, ErrorKind, Node, ResetError, ResetMode, SharedArena, SharedLocal, SharedOptions,
};
use common::{Deaths, Ledger, panic_of};
use proptest::prelude::*;
use std::{
    alloc::Layout,
    ptr::NonNull,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

fn small(ledger: &Arc<Ledger>) -> SharedOptions {
    SharedOptions::new().source(ledger.clone()).block(4096)
}

#[test]
fn four_threads_fill_one_arena_and_every_value_stays_as_it_was_written() {
    const N: usize = if cfg!(debug_assertions) { 50_000 } else { 250_000 };
    let ledger = Ledger::new();
    let node = Node::new("shared").build();
    let mut arena = small(&ledger).node(&node).build_arena();
    let mut first_takes = 0;
    for round in 0..3u64 {
        let all: Vec<Vec<(u64, &mut [u64])>> = thread::scope(|threads| {
            let jobs: Vec<_> = (0..4u64)
                .map(|thread| {
                    let arena = &arena;
                    threads.spawn(move || {
                        let mut local = arena.local();
                        (0..N as u64 / 10)
                            .map(|i| {
                                if i % 1000 == 999 {
                                    local = arena.local();
                                }
                                let seed = round << 40 | thread << 32 | i;
                                let len = (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60) as usize + 1;
                                (seed, local.alloc_slice_fill_with(len, |k| seed ^ k as u64))
                            })
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            jobs.into_iter().map(|job| job.join().unwrap()).collect()
        });
        let mut bytes = 0;
        for (seed, values) in all.iter().flatten() {
            assert!(values.iter().enumerate().all(|(k, &value)| value == seed ^ k as u64));
            bytes += size_of_val(&**values);
        }
        let stats = arena.stats();
        assert_eq!((stats.used, stats.locals), (bytes, 0));
        assert_eq!((stats.held, node.stats().used), (node.stats().charged, bytes));
        drop(all);
        arena.reset();
        if round == 0 {
            first_takes = stats.blocks_taken;
        }
    }
    // Which thread leaves how much of its last blocks differs from round to round.
    assert!(arena.stats().blocks_taken <= first_takes + 16, "{} after {first_takes}", arena.stats().blocks_taken);
    assert_eq!((arena.stats().used, arena.stats().resets), (0, 3));
    drop(arena);
    assert_eq!((ledger.live(), node.stats().charged, node.stats().used, node.stats().arenas), (0, 0, 0, 0));
    assert_eq!(node.stats().blocks_taken, node.stats().blocks_returned);
}

#[test]
fn the_same_work_takes_no_new_block_after_a_reset() {
    let ledger = Ledger::new();
    let mut arena = small(&ledger).build_arena();
    for _ in 0..5 {
        let local = arena.local();
        for i in 0..200usize {
            local.alloc_slice_fill_with(i * 3, |k| k as u8);
            local.alloc_slice_fill_with(if i % 50 == 0 { 20_000 } else { 1500 }, |_| 1u8);
        }
        drop(local);
        arena.reset();
    }
    let once = ledger.takes();
    assert_eq!(once as u64, arena.stats().blocks_taken);
    let local = arena.local();
    for i in 0..200usize {
        local.alloc_slice_fill_with(i * 3, |k| k as u8);
        local.alloc_slice_fill_with(if i % 50 == 0 { 20_000 } else { 1500 }, |_| 1u8);
    }
    assert_eq!(ledger.takes(), once);
}

#[test]
fn registered_values_are_dropped_once_newest_first_wherever_they_were_made() {
    let deaths = Deaths::default();
    let mut arena = SharedArena::new();
    let local = arena.local();
    for id in 0..3 {
        assert_eq!(local.alloc_drop(deaths.watch(id)).id, id);
    }
    thread::scope(|threads| {
        threads.spawn(|| {
            let local = arena.local();
            local.alloc_drop(deaths.watch(3));
            std::mem::forget(local); // A forgotten local loses no value.
        });
    });
    assert_eq!(arena.stats().drops, 4);
    drop(local);
    assert!(deaths.take().is_empty());
    arena.reset();
    assert_eq!(deaths.take(), [3, 2, 1, 0]);
    arena.local().alloc_drop(deaths.watch(9));
    thread::spawn(move || drop(arena)).join().unwrap();
    assert_eq!(deaths.take(), [9]);
}

#[test]
fn a_panic_in_a_drop_keeps_no_other_value_from_being_dropped() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a value that panics");
        }
    }
    let deaths = Deaths::default();
    let ledger = Ledger::new();
    let mut arena = small(&ledger).build_arena();
    for id in 0..4 {
        arena.local().alloc_drop(deaths.watch(id));
        if id == 2 {
            arena.local().alloc_drop(Bomb);
        }
    }
    assert!(panic_of(|| arena.reset()).contains("panics"));
    assert_eq!(deaths.take(), [3, 2, 1, 0]);
    assert_eq!((arena.stats().used, arena.stats().drops, arena.stats().resets), (0, 0, 1));
    arena.local().alloc_drop(Bomb);
    assert!(panic_of(|| drop(arena)).contains("panics"));
    assert_eq!(ledger.live(), 0);
}

#[test]
fn each_refused_block_changes_nothing_and_names_the_reason() {
    let ledger = Ledger::new();
    let game = Node::new("game").hard_budget(3 * 4096).build();
    let arena = small(&ledger).node(&game).build_arena();
    let local = arena.local();
    ledger.refuse_nth(1);
    assert_eq!(local.try_alloc(1u8).unwrap_err().kind(), ErrorKind::OutOfMemory);
    assert_eq!((game.stats().charged, arena.stats().held, arena.stats().used), (0, 0, 0));
    let mut served = 0;
    let refused = loop {
        match local.try_alloc([1u8; 512]) {
            Ok(_) => served += 1,
            Err(refused) => break refused,
        }
    };
    assert!(matches!(refused.kind(), ErrorKind::BudgetExceeded { budget: 12_288, used: 12_288, .. }), "{refused}");
    assert_eq!((&&local).stats().used, Some(served * 512));
    assert!(panic_of(|| local.alloc([1u8; 512])[0]).contains("\"game\""));
    assert!(local.try_alloc([1u8; 300]).is_ok(), "the window is as it was");

    let limited = SharedOptions::new().block(1024).limit(2048).build_arena();
    let kind = limited.local().try_alloc([0u8; 4096]).unwrap_err().kind();
    assert_eq!(kind, ErrorKind::LimitExceeded { limit: 2048, allocated: 0 });
    let aligned = Layout::from_size_align(8, 4 << 20).unwrap();
    let huge = Layout::from_size_align(isize::MAX as usize, 1).unwrap();
    let local = limited.local();
    local.alloc(1u8);
    let before = limited.stats();
    assert_eq!(local.try_alloc_layout(aligned).unwrap_err().kind(), ErrorKind::BadAlignment);
    assert!(local.try_alloc_layout(huge).is_err() && (&&limited).try_allocate(aligned).is_err());
    assert_eq!(local.try_alloc_slice_fill_with(usize::MAX, |_| 0u64).unwrap_err().kind(), ErrorKind::CapacityOverflow);
    assert_eq!(limited.stats().held, before.held);
    assert_eq!(limited.stats().used, 8);
}

#[test]
fn what_is_kept_at_a_reset_is_bounded_when_asked() {
    let ledger = Ledger::new();
    let mut arena = small(&ledger).build_arena();
    for _ in 0..100 {
        arena.local().alloc([0u8; 1000]);
        arena.local().alloc_slice_fill_with(10_000, |_| 0u8);
    }
    assert!(arena.stats().held > 1_000_000);
    arena.reset_keeping(50_000);
    let kept = arena.stats().held;
    assert!(kept <= 50_000 && kept > 30_000, "{kept}");
    arena.reset_keeping(0);
    assert_eq!((arena.stats().held, ledger.live()), (0, 0));
}

#[test]
fn blocks_grow_with_what_the_arena_holds_unless_their_size_is_set() {
    let ledger = Ledger::new();
    let fill = |arena: &SharedArena, bytes: usize| {
        let local = arena.local();
        (0..bytes >> 10).take_while(|_| local.try_alloc_layout(Layout::new::<[u8; 1024]>()).is_ok()).count() << 10
    };
    let mut arena = SharedOptions::new().source(ledger.clone()).build_arena();
    fill(&arena, 1024);
    assert_eq!(arena.stats().held, SharedOptions::BLOCK);
    fill(&arena, 16 << 20);
    let grown = arena.stats();
    // To 1 MiB by the least, then eight of each doubling.
    assert!(grown.blocks_taken <= 16 + 4 * 8 + 1, "{grown:?}");
    assert!(grown.held <= (16 << 20) + SharedOptions::MAX_BLOCK + (64 << 10), "{grown:?}");
    // What comes again finds what is there: objects, and a large block of a usual size.
    let large = Layout::from_size_align(SharedOptions::BLOCK * 4 - 64, 8).unwrap();
    let mut held = Vec::new();
    for _ in 0..6 {
        arena.reset();
        arena.local().try_alloc_layout(large).unwrap();
        fill(&arena, 12 << 20);
        held.push(arena.stats().held);
    }
    assert!(held[1..].iter().all(|&now| now == held[1]), "{held:?}");
    drop(arena);

    let set = SharedOptions::new().source(ledger.clone()).block(64 << 10).build_arena();
    fill(&set, 8 << 20);
    assert_eq!(set.stats().held, set.stats().blocks_taken as usize * (64 << 10));
    drop(set);

    // A limit is used up to its last block of the least size.
    let limited = SharedOptions::new().source(ledger.clone()).limit((2 << 20) + (64 << 10)).build_arena();
    assert!(fill(&limited, 4 << 20) > (2 << 20));
    assert_eq!(limited.stats().held, (2 << 20) + (64 << 10));
    drop(limited);
    assert_eq!(ledger.live(), 0);
}

#[test]
fn a_reset_through_the_interface_waits_for_locals() {
    let deaths = Deaths::default();
    let arena = SharedArena::new();
    let memory = &&arena;
    let local = arena.local();
    local.alloc_drop(deaths.watch(1));
    assert_eq!(unsafe { memory.reset(ResetMode::Keep) }, Err(ResetError::Claimed));
    assert!(deaths.take().is_empty());
    drop(local);
    assert_eq!(unsafe { memory.reset(ResetMode::GiveBack) }, Ok(()));
    assert_eq!((deaths.take(), memory.stats().held, memory.stats().used), (vec![1], Some(0), Some(0)));
}

#[test]
fn a_value_that_allocates_as_it_is_dropped_is_refused() {
    static ARENA: OnceLock<SharedArena> = OnceLock::new();
    static REFUSED: AtomicUsize = AtomicUsize::new(0);
    struct Asks;
    impl Drop for Asks {
        fn drop(&mut self) {
            let arena = ARENA.get().unwrap();
            let refused = [arena.local().try_alloc(1u8).is_err(), arena.allocate(Layout::new::<u64>()).is_err()];
            REFUSED.fetch_add(refused.into_iter().filter(|&refused| refused).count(), Ordering::Relaxed);
            assert_eq!(unsafe { (&arena).reset(ResetMode::Keep) }, Err(ResetError::Claimed));
        }
    }
    let arena = ARENA.get_or_init(SharedArena::new);
    arena.local().alloc_drop(Asks);
    unsafe { (&arena).reset(ResetMode::Keep) }.unwrap();
    assert_eq!(REFUSED.load(Ordering::Relaxed), 2);
    assert_eq!(*arena.local().alloc(3), 3);
}

#[test]
fn what_a_local_leaves_of_its_block_goes_to_the_next_in_lines_of_its_own() {
    let ledger = Ledger::new();
    let arena = small(&ledger).build_arena();
    let mut last = 0;
    for _ in 0..15 {
        let at = std::ptr::from_ref(arena.local().alloc([1u8; 100])).addr();
        assert!(at / 128 != last / 128);
        last = at + 99;
    }
    assert_eq!(ledger.takes(), 1);
}

#[test]
fn collections_grow_in_place_at_the_end_of_a_window_and_in_the_arena_itself() {
    let arena = SharedArena::new();
    let local = arena.local();
    let mut vector = ApiVec::new_in(&local);
    vector.push(0u32);
    let first = vector.as_ptr();
    vector.extend(1..1000);
    assert_eq!(vector.as_ptr(), first);
    assert!(
        (&&local).owns(first.cast()) && (&&arena).owns(first.cast()) && !(&&arena).owns(std::ptr::from_ref(&ELSEWHERE))
    );
    static ELSEWHERE: u8 = 0;
    thread::scope(|threads| {
        for n in 0..4u32 {
            let arena = &arena;
            threads.spawn(move || {
                let mut vector = ApiVec::new_in(arena);
                for i in 0..5000 {
                    vector.push(i ^ n);
                }
                assert!(vector.iter().enumerate().all(|(i, &value)| value == i as u32 ^ n));
            });
        }
    });
    assert!((&&arena).capabilities().contains(Capabilities::THREADS | Capabilities::RESET));
    assert_eq!(unsafe { (&&local).reset(ResetMode::Keep) }, Err(ResetError::Unsupported));
}

#[derive(Clone, Debug)]
enum Op {
    Take(bool, usize, u32),
    Free(bool, usize),
    Resize(usize, usize),
    NewLocal,
}

proptest! {
    #[test]
    fn blocks_of_locals_and_of_the_arena_are_disjoint_and_kept(ops in prop::collection::vec(prop_oneof![
        6 => (any::<bool>(), 1usize..3000, 0u32..13).prop_map(|(own, size, shift)| Op::Take(own, size, shift)),
        2 => (any::<bool>(), 0usize..40).prop_map(|(last, which)| Op::Free(last, which)),
        2 => (0usize..40, 1usize..5000).prop_map(|(which, size)| Op::Resize(which, size)),
        1 => Just(Op::NewLocal),
    ], 1..80)) {
        let ledger = Ledger::new();
        let arena = small(&ledger).build_arena();
        let mut locals: Vec<Box<SharedLocal<'_>>> = vec![Box::new(arena.local())];
        // Whose it is: the arena's own (None), or a local's.
        let mut live: Vec<(Option<usize>, NonNull<u8>, Layout, u8)> = Vec::new();
        for (i, op) in ops.into_iter().enumerate() {
            let fill = i as u8;
            match op {
                Op::Take(own, size, shift) => {
                    let layout = Layout::from_size_align(size, 1 << shift).unwrap();
                    let whose = (!own).then(|| locals.len() - 1);
                    let block = match whose {
                        Some(local) => (&*locals[local]).allocate(layout),
                        None => (&arena).allocate(layout),
                    };
                    let at = block.unwrap().cast::<u8>();
                    prop_assert_eq!(at.addr().get() % layout.align(), 0);
                    unsafe { at.write_bytes(fill, size) };
                    live.push((whose, at, layout, fill));
                }
                Op::Free(last, which) if !live.is_empty() => {
                    let which = if last { live.len() - 1 } else { which % live.len() };
                    let (whose, at, layout, _) = live.remove(which);
                    match whose {
                        Some(local) => unsafe { (&*locals[local]).deallocate(at, layout) },
                        None => unsafe { (&arena).deallocate(at, layout) },
                    }
                }
                Op::Resize(which, size) if !live.is_empty() => {
                    let which = which % live.len();
                    let (whose, at, old, fill) = live[which];
                    let new = Layout::from_size_align(size, old.align()).unwrap();
                    fn regrow<A: Allocator>(a: A, at: NonNull<u8>, old: Layout, new: Layout) -> NonNull<u8> {
                        unsafe {
                            if new.size() > old.size() { a.grow(at, old, new) } else { a.shrink(at, old, new) }
                        }.unwrap().cast()
                    }
                    let at = match whose {
                        Some(local) => regrow(&*locals[local], at, old, new),
                        None => regrow(&arena, at, old, new),
                    };
                    let kept = unsafe { std::slice::from_raw_parts(at.as_ptr(), size.min(old.size())) };
                    prop_assert!(kept.iter().all(|&byte| byte == fill));
                    unsafe { at.write_bytes(fill, size) };
                    live[which] = (whose, at, new, fill);
                }
                Op::NewLocal => locals.push(Box::new(arena.local())),
                _ => {}
            }
            for &(_, at, layout, fill) in &live {
                let bytes = unsafe { std::slice::from_raw_parts(at.as_ptr(), layout.size()) };
                prop_assert!(bytes.iter().all(|&byte| byte == fill), "a block was overwritten");
            }
        }
        drop(locals);
        let least: usize = live.iter().map(|(_, _, layout, _)| layout.size()).sum();
        prop_assert!(arena.stats().used >= least && arena.stats().used <= arena.stats().held);
        drop(arena);
        prop_assert_eq!(ledger.live(), 0);
    }
}

#[test]
fn a_large_block_without_a_local_leaves_the_window_of_small_ones() {
    let arena = SharedArena::new();
    let take = |size| (&&arena).try_allocate(Layout::from_size_align(size, 8).unwrap()).unwrap().addr().get();
    let first = take(8);
    take(70_000);
    assert_eq!(take(8), first + 8);
}
