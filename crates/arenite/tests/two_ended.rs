//! The arena with two ends: against a plain model, where they meet, and what goes back when.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, live, of the layout that stands beside them.

mod common;

use allocator_api2::{alloc::Allocator, vec::Vec as ApiVec};
use arenite::{
    Capabilities, DynAllocator, End, ErrorKind, HighEnd, Node, RangeOptions, ResetMode, RestoreError, TwoEnded,
    TwoEndedError,
};
use common::{Ledger, panic_of};
use proptest::prelude::*;
use std::{
    alloc::Layout,
    mem::MaybeUninit,
    ptr::NonNull,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

#[derive(Clone, Debug)]
enum Op {
    Take(usize, u32),
    Free,
    Resize(usize),
    Scope(usize),
    Mark,
    Restore,
    Reset,
}

fn ops() -> impl Strategy<Value = Vec<(bool, Op)>> {
    let op = prop_oneof![
        8 => (1usize..300, 0u32..7).prop_map(|(size, shift)| Op::Take(size, shift)),
        2 => Just(Op::Free),
        2 => (1usize..400).prop_map(Op::Resize),
        2 => (1usize..300).prop_map(Op::Scope),
        2 => Just(Op::Mark),
        2 => Just(Op::Restore),
        1 => Just(Op::Reset),
    ];
    prop::collection::vec((any::<bool>(), op), 1..120)
}

/// What a test knows of one end: live blocks with their contents, and marks with the number of blocks before them.
#[derive(Default)]
struct Side {
    live: Vec<(NonNull<u8>, Layout, u8)>,
    marks: Vec<(arenite::EndMark, usize, usize)>,
}

impl Side {
    fn check(&self) {
        for &(at, layout, fill) in &self.live {
            let bytes = unsafe { std::slice::from_raw_parts(at.as_ptr(), layout.size()) };
            assert!(bytes.iter().all(|&byte| byte == fill), "a block was overwritten");
            assert_eq!(at.addr().get() % layout.align(), 0);
        }
    }
}

fn step<const HIGH: bool>(end: &mut End<'_, HIGH>, side: &mut Side, op: &Op, fill: u8) {
    let before = end.used();
    match *op {
        Op::Take(size, shift) => {
            let layout = Layout::from_size_align(size, 1 << shift).unwrap();
            // The high end rounds sizes too.
            let (size_there, gap) = match HIGH {
                true => (size.next_multiple_of(layout.align().max(8)), layout.align().max(8)),
                false => (size, layout.align()),
            };
            match (&&*end).allocate(layout) {
                Ok(block) => {
                    let at = block.cast::<u8>();
                    unsafe { at.write_bytes(fill, size) };
                    assert!(end.used() >= before + size_there && end.used() < before + size_there + gap);
                    side.live.push((at, layout, fill));
                }
                Err(_) => {
                    assert_eq!(end.used(), before);
                    let stats = end.stats();
                    let room = stats.capacity - stats.low_used - stats.high_used;
                    assert!(room < size_there + gap - 1, "{room} bytes were left for {layout:?}");
                }
            }
        }
        Op::Free => {
            // A mark behind the block would be ahead of the cursor then; the model drops it.
            if let Some((at, layout, _)) = side.live.pop() {
                unsafe { (&&*end).deallocate(at, layout) };
                side.marks.retain(|&(_, blocks, _)| blocks <= side.live.len());
            }
        }
        Op::Resize(size) => {
            let Some(&(at, old, fill)) = side.live.last() else { return };
            let new = Layout::from_size_align(size, old.align()).unwrap();
            let memory = &&*end;
            let done =
                unsafe { if size > old.size() { memory.grow(at, old, new) } else { memory.shrink(at, old, new) } };
            if let Ok(block) = done {
                let at = block.cast::<u8>();
                let kept = unsafe { std::slice::from_raw_parts(at.as_ptr(), size.min(old.size())) };
                assert!(kept.iter().all(|&byte| byte == fill));
                unsafe { at.write_bytes(fill, size) };
                *side.live.last_mut().unwrap() = (at, new, fill);
                side.marks.retain(|&(_, blocks, _)| blocks < side.live.len());
            }
        }
        Op::Scope(size) => {
            let mut scope = end.scope();
            let room = scope.stats().capacity - scope.stats().low_used - scope.stats().high_used;
            if room > 2 * (size + 8) {
                scope.alloc_slice_fill_with(size, |_| 0xEEu8);
                scope.scope().alloc_slice_fill_with(size, |_| 0xDDu8);
            }
            drop(scope);
            assert_eq!(end.used(), before);
        }
        Op::Mark => side.marks.push((end.mark(), side.live.len(), before)),
        Op::Restore => {
            let Some(&(mark, blocks, used)) = side.marks.last() else { return };
            assert_eq!(end.restore(mark), Ok(()));
            assert_eq!(end.used(), used);
            side.live.truncate(blocks);
            if fill % 2 == 0 {
                side.marks.pop();
            }
        }
        Op::Reset => {
            end.reset();
            assert_eq!(end.used(), 0);
            side.live.clear();
            let old = side.marks.drain(..).next_back();
            if let Some((mark, ..)) = old {
                assert_eq!(end.restore(mark), Err(RestoreError::Reset));
            }
        }
    }
}

proptest! {
    #[test]
    fn the_ends_never_touch_each_other_and_go_back_apart(ops in ops()) {
        let mut memory = [MaybeUninit::<u8>::uninit(); 4000];
        let mut arena = TwoEnded::new(RangeOptions::buffer(&mut memory));
        let (mut low, mut high) = arena.ends();
        let mut sides = [Side::default(), Side::default()];
        for (i, (up, op)) in ops.into_iter().enumerate() {
            let other = if up { high.used() } else { low.used() };
            if up {
                step(&mut low, &mut sides[0], &op, i as u8);
                prop_assert_eq!(high.used(), other);
            } else {
                step(&mut high, &mut sides[1], &op, i as u8);
                prop_assert_eq!(low.used(), other);
            }
            sides.iter().for_each(Side::check);
        }
    }
}

#[test]
fn a_refusal_where_the_ends_meet_names_both() {
    let mut arena = TwoEnded::new(RangeOptions::source(Ledger::new(), 1000).name("level"));
    let (low, mut high) = arena.ends();
    low.alloc_slice_fill_with(600, |_| 1u8);
    high.alloc_slice_fill_with(304, |_| 2u8);
    let TwoEndedError::Met { high: asked_high, size, low_used, high_used, capacity, .. } =
        low.try_alloc([0u8; 101]).unwrap_err()
    else {
        panic!("not for that reason")
    };
    assert_eq!((asked_high, size, low_used, high_used, capacity), (false, 101, 600, 304, 1000));
    let text = panic_of(|| high.alloc([0u8; 101])[0]);
    for part in ["\"level\"", "101 bytes", "high end", "low end has 600", "high end 304", "of 1000 bytes"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!((low.used(), high.used()), (600, 304), "nothing changed");
    low.alloc([0u8; 96]);
    assert!(high.try_alloc(1u8).is_err());
    high.reset();
    assert_eq!(*high.alloc([7u8; 300]), [7; 300], "what one end gives back, either may have");
    high.reset();
    assert_eq!(*low.alloc([7u8; 300]), [7; 300]);
}

#[test]
fn what_the_range_cannot_give_is_refused_with_nothing_changed() {
    let game = Node::new("game").hard_budget(200 << 10).build();
    let mut arena = TwoEnded::new(RangeOptions::reserve(64 << 20).node(&game));
    let (low, high) = arena.ends();
    low.alloc(1u8);
    high.alloc(1u8);
    let before = (low.stats(), game.stats());
    for refused in [low.try_alloc([0u8; 300 << 10]).unwrap_err(), high.try_alloc([0u8; 300 << 10]).unwrap_err()] {
        let TwoEndedError::Refused(refused) = refused else { panic!("{refused}") };
        assert!(matches!(refused.kind(), ErrorKind::BudgetExceeded { .. }), "{refused}");
    }
    let aligned = Layout::from_size_align(8, 4 << 20).unwrap();
    assert!(high.try_alloc_layout(aligned).unwrap_err().to_string().contains("power of two"));
    let overflow = low.try_alloc_slice_fill_with(usize::MAX / 2, |_| 0u64).unwrap_err();
    assert!(overflow.to_string().contains("overflows"), "{overflow}");
    let huge = Layout::from_size_align(isize::MAX as usize, 1).unwrap();
    assert!(low.try_alloc_layout(huge).is_err() && high.try_alloc_layout(huge).is_err());
    assert_eq!((low.stats(), game.stats()), before);
    drop(arena);
    assert_eq!((game.stats().charged, game.stats().arenas, game.stats().used), (0, 0, 0));
}

#[test]
fn a_source_that_refuses_leaves_nothing_charged() {
    let ledger = Ledger::new();
    ledger.refuse_nth(1);
    let node = Node::new("refused").build();
    let refused = TwoEnded::try_new(RangeOptions::source(ledger.clone(), 4096).node(&node)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::OutOfMemory);
    assert_eq!((node.stats().charged, ledger.live()), (0, 0));
    let arena = TwoEnded::new(RangeOptions::source(ledger.clone(), 4096).node(&node));
    assert_eq!((node.stats().charged, arena.stats().committed), (4096, 4096));
    drop(arena);
    assert_eq!((node.stats().charged, node.stats().blocks_returned, ledger.live()), (0, 1, 0));
}

#[test]
fn a_reserved_range_commits_from_both_ends_until_they_meet() {
    let mut arena = TwoEnded::new(RangeOptions::reserve(1 << 20));
    assert_eq!(arena.stats().committed, 0);
    let (low, high) = arena.ends();
    for i in 0..2000u32 {
        *low.alloc([i; 64]) = [i; 64];
        *high.alloc([i; 64]) = [i; 64];
    }
    assert_eq!(low.stats().committed, 1 << 20);
    assert_eq!((low.used(), high.used()), (512_000, 512_000));
    assert!(low.try_alloc([0u8; 24_577]).is_err());
    low.alloc([0u8; 24_576]);
    assert_eq!(high.stats().high_water, 1 << 20);
}

#[test]
fn a_mark_is_checked_before_it_is_gone_back_to() {
    let mut arena = TwoEnded::new(RangeOptions::reserve(1 << 20));
    let mut other = TwoEnded::new(RangeOptions::reserve(1 << 20));
    let (mut low, mut high) = arena.ends();
    low.alloc(1u64);
    let outer = low.mark();
    low.alloc(2u64);
    let inner = low.mark();
    low.alloc(3u64);
    assert_eq!(other.ends().0.restore(outer), Err(RestoreError::Foreign));
    assert_eq!(high.restore(outer), Err(RestoreError::Foreign));
    low.restore(inner).unwrap();
    assert_eq!(low.used(), 16);
    low.restore(outer).unwrap();
    low.restore(outer).unwrap();
    assert_eq!(low.used(), 8);
    low.alloc([0u64; 4]);
    assert_eq!(low.restore(inner), Err(RestoreError::OutOfOrder), "though the cursor is above it");
    assert_eq!(low.used(), 40);
    let later = low.mark();
    low.reset();
    low.alloc([0u64; 9]);
    assert_eq!(low.restore(later), Err(RestoreError::Reset));
    let fresh = high.mark();
    high.alloc(1u8);
    high.restore(fresh).unwrap();
    assert_eq!(high.used(), 0);
}

#[test]
fn a_forgotten_scope_costs_room_and_nothing_else() {
    let mut arena = TwoEnded::new(RangeOptions::reserve(1 << 20));
    let (mut low, _) = arena.ends();
    let scope = low.scope();
    scope.alloc([1u8; 100]);
    std::mem::forget(scope);
    assert_eq!(low.used(), 100);
    assert_eq!(*low.alloc([2u8; 10]), [2; 10]);
    arena.reset();
    assert_eq!((arena.stats().low_used, arena.stats().high_used), (0, 0));
}

#[test]
fn the_callback_of_a_budget_may_use_the_other_end_of_another_arena_but_not_this_one() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let node = Node::new("soft").soft_budget(1).on_soft(|_| _ = CALLS.fetch_add(1, Ordering::Relaxed)).build();
    let mut arena = TwoEnded::new(RangeOptions::reserve(1 << 20).node(&node));
    arena.ends().0.alloc(1u8);
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);

    // The one way in: an arena that lives for ever, its ends in a thread-local.
    std::thread_local!(static HIGH: std::cell::Cell<Option<HighEnd<'static>>> = const { std::cell::Cell::new(None) });
    let node = Node::new("again").soft_budget(1).on_soft(|_| {
        let high = HIGH.take().expect("put there below");
        let refused = high.try_alloc(1u8).unwrap_err();
        assert!(refused.to_string().contains("cursor"), "{refused}");
        CALLS.fetch_add(1, Ordering::Relaxed);
    });
    let arena = Box::leak(Box::new(TwoEnded::new(RangeOptions::reserve(1 << 20).node(&node.build()))));
    // Known to the end, so that a leak check has nothing to say.
    static ARENA: AtomicUsize = AtomicUsize::new(0);
    ARENA.store((&raw const *arena).expose_provenance(), Ordering::Relaxed);
    let (low, high) = arena.ends();
    HIGH.set(Some(high));
    assert_eq!(*low.alloc(5u8), 5);
    assert_eq!(CALLS.load(Ordering::Relaxed), 2);
}

#[test]
fn vectors_grow_in_place_at_the_low_end_and_move_at_the_high_one() {
    let mut arena = TwoEnded::new(RangeOptions::reserve(4 << 20));
    let (low, high) = arena.ends();
    let mut up: ApiVec<u32, _> = ApiVec::new_in(&low);
    let mut down: ApiVec<u32, _> = ApiVec::new_in(&high);
    up.push(0);
    let first = up.as_ptr();
    for i in 0..100_000 {
        up.push(i);
        down.push(i);
    }
    assert_eq!(up.as_ptr(), first);
    assert_eq!(up[1..], down[..]);
    drop(up);
    assert_eq!(low.used(), 0);
    assert!((&&low).capabilities().contains(Capabilities::RESIZE | Capabilities::BOUNDED));
    assert!(!(&&high).capabilities().contains(Capabilities::RESIZE));
    assert!((&&high).owns(down.as_ptr().cast()) && !(&&low).owns(down.as_ptr().cast()));
    drop(down);
    unsafe { (&&high).reset(ResetMode::Keep) }.unwrap();
    assert_eq!((&&high).stats().used, Some(0));
}

#[test]
fn an_arena_goes_to_another_thread_when_nothing_borrows_it() {
    let mut arena = TwoEnded::new(RangeOptions::source(Ledger::new(), 1 << 16));
    arena.ends().1.alloc_str("here");
    let mut arena = std::thread::spawn(move || {
        arena.ends().0.alloc_str("there");
        arena
    })
    .join()
    .unwrap();
    assert_eq!((arena.stats().low_used, arena.stats().high_used), (5, 8));
    arena.reset();
    let shared = Arc::new(std::sync::Mutex::new(arena));
    assert_eq!(shared.lock().unwrap().stats().high_water, 13);
}

#[test]
fn what_is_freed_at_once_leaves_no_gap_at_either_end() {
    let mut arena = TwoEnded::new(RangeOptions::reserve(1 << 20));
    let (low, high) = arena.ends();
    let (up, down): (&dyn DynAllocator, &dyn DynAllocator) = (&&low, &&high);
    for (end, side) in [(up, "low"), (down, "high")] {
        end.try_allocate(Layout::from_size_align(40, 64).unwrap()).unwrap();
        let before = end.stats().used.unwrap();
        for round in 0..1000 {
            let layout = Layout::from_size_align(1 + round % 64, 1 << (round % 7)).unwrap();
            let block = end.try_allocate(layout).unwrap();
            unsafe { end.deallocate(block.cast(), layout) };
        }
        let after = end.stats().used.unwrap();
        assert!(after - before < 64, "{side}: {before} bytes became {after}");
    }
}

#[test]
fn ends_that_met_still_share_the_whole_range() {
    let mut arena = TwoEnded::new(RangeOptions::reserve(1 << 20));
    let (mut low, mut high) = arena.ends();
    for _ in 0..3 {
        high.alloc_slice_fill_with(600_000, |_| 1u8);
        low.alloc_slice_fill_with(448_000, |_| 2u8);
        high.reset();
        low.alloc_slice_fill_with(300_000, |_| 3u8);
        low.reset();
        high.alloc_slice_fill_with(900_000, |_| 4u8);
        high.reset();
    }
    low.alloc_slice_fill_with(1 << 20, |_| 5u8);
}
