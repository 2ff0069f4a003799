//! The stack: against a model, misused, without memory, and in figures.

mod common;

use arenite::{
    ErrorKind, Node, RangeOptions, Stack, StackBlock, StackError, report,
    source::{Reservation, ReservationOptions},
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

fn memory(bytes: usize) -> Vec<MaybeUninit<u8>> {
    vec![MaybeUninit::uninit(); bytes]
}

/// A block of one of three types, with what it must hold.
enum Live {
    Bytes(StackBlock<u8>, Vec<u8>),
    Words(StackBlock<u64>, Vec<u64>),
    Triples(StackBlock<[u16; 3]>, Vec<[u16; 3]>),
}

impl Live {
    fn check(&self, stack: &Stack<'_>) {
        match self {
            Self::Bytes(block, values) => assert_eq!(stack.get(*block), Some(&values[..])),
            Self::Words(block, values) => assert_eq!(stack.get(*block), Some(&values[..])),
            Self::Triples(block, values) => assert_eq!(stack.get(*block), Some(&values[..])),
        }
    }

    fn check_gone(&self, stack: &Stack<'_>) {
        match self {
            Self::Bytes(block, _) => assert_eq!(stack.get(*block), None),
            Self::Words(block, _) => assert_eq!(stack.get(*block), None),
            Self::Triples(block, _) => assert_eq!(stack.get(*block), None),
        }
    }

    fn pop(&self, stack: &mut Stack<'_>) -> Result<(), StackError> {
        match self {
            Self::Bytes(block, _) => stack.try_pop(*block),
            Self::Words(block, _) => stack.try_pop(*block),
            Self::Triples(block, _) => stack.try_pop(*block),
        }
    }

    fn resize(&mut self, stack: &mut Stack<'_>, len: usize, fill: u8) -> Result<(), StackError> {
        match self {
            Self::Bytes(block, values) => stack.try_resize(*block, len, fill).map(|()| values.resize(len, fill)),
            Self::Words(block, values) => {
                stack.try_resize(*block, len, fill.into()).map(|()| values.resize(len, fill.into()))
            }
            Self::Triples(block, values) => {
                stack.try_resize(*block, len, [fill.into(); 3]).map(|()| values.resize(len, [fill.into(); 3]))
            }
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Bytes(_, values) => values.len(),
            Self::Words(_, values) => values.len() * 8,
            Self::Triples(_, values) => values.len() * 6,
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Push { kind: u8, len: usize, fill: u8 },
    Pop,
    PopNth(usize),
    Resize { nth: usize, len: usize, fill: u8 },
    Write { nth: usize, fill: u8 },
    Reset,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0u8..3, 0usize..300, any::<u8>()).prop_map(|(kind, len, fill)| Step::Push { kind, len, fill }),
        4 => Just(Step::Pop),
        2 => any::<usize>().prop_map(Step::PopNth),
        3 => (any::<usize>(), 0usize..2000, any::<u8>()).prop_map(|(nth, len, fill)| Step::Resize { nth, len, fill }),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(nth, fill)| Step::Write { nth, fill }),
        1 => Just(Step::Reset),
    ];
    proptest::collection::vec(step, 1..120)
}

fn run(mut stack: Stack<'_>, steps: Vec<Step>) {
    let mut live: Vec<Live> = Vec::new();
    let mut gone: Vec<Live> = Vec::new();
    let mut high_water = 0;
    for step in steps {
        let before = stack.stats();
        match step {
            Step::Push { kind, len, fill } => {
                let pushed = match kind {
                    0 => stack.try_push_slice(&vec![fill; len]).map(|block| Live::Bytes(block, vec![fill; len])),
                    1 => {
                        let values: Vec<_> = (0..len as u64).map(|i| i ^ u64::from(fill)).collect();
                        stack.try_push_slice(&values).map(|block| Live::Words(block, values))
                    }
                    _ => {
                        let make = |i: usize| [i as u16, fill.into(), 7];
                        let values = (0..len).map(make).collect();
                        stack.try_push_with(len, make).map(|block| Live::Triples(block, values))
                    }
                };
                match pushed {
                    Ok(block) => live.push(block),
                    Err(error) => {
                        assert!(matches!(error.kind(), ErrorKind::ReservationFull { .. }), "{error}");
                        let least = before.used + before.listed + error.size();
                        assert!(least + 32 + 7 > before.capacity - 7, "refused with room: {before:?} {error}");
                        assert_eq!(stack.stats(), before, "a refused push changes nothing");
                    }
                }
            }
            Step::Pop => {
                if let Some(top) = live.pop() {
                    top.pop(&mut stack).unwrap();
                    gone.push(top);
                }
            }
            Step::PopNth(nth) if !live.is_empty() => {
                let nth = nth % live.len();
                if nth + 1 < live.len() {
                    let Err(StackError::NotTop { asked, top, .. }) = live[nth].pop(&mut stack) else {
                        panic!("popped out of order")
                    };
                    assert_eq!((asked.index, asked.size), (nth, live[nth].size()));
                    assert_eq!((top.index, top.size), (live.len() - 1, live[live.len() - 1].size()));
                    assert_eq!(stack.stats(), before);
                }
            }
            Step::Resize { nth, len, fill } if !live.is_empty() => {
                let nth = if nth % 4 == 0 { nth % live.len() } else { live.len() - 1 };
                let top = nth + 1 == live.len();
                match live[nth].resize(&mut stack, len, fill) {
                    Ok(()) => assert!(top, "resized below the top"),
                    Err(error) => {
                        assert_eq!(matches!(error, StackError::NotTop { .. }), !top, "{error}");
                        assert_eq!(stack.stats(), before);
                    }
                }
            }
            Step::Write { nth, fill } if !live.is_empty() => {
                let nth = nth % live.len();
                match &mut live[nth] {
                    Live::Bytes(block, values) => {
                        values.fill(fill);
                        stack.get_mut(*block).unwrap().fill(fill);
                    }
                    Live::Words(block, values) => {
                        values.reverse();
                        stack.get_mut(*block).unwrap().reverse();
                    }
                    Live::Triples(block, values) => {
                        values.fill([fill.into(); 3]);
                        stack.get_mut(*block).unwrap().fill([fill.into(); 3]);
                    }
                }
            }
            Step::Reset => {
                stack.reset();
                gone.append(&mut live);
            }
            _ => {}
        }
        let stats = stack.stats();
        high_water = high_water.max(stats.used);
        assert_eq!(stats.depth, live.len());
        assert_eq!(stats.high_water, high_water);
        assert!(stats.used + stats.listed <= stats.capacity);
        assert!(stats.used >= live.iter().map(Live::size).sum());
        assert!(stats.used + stats.listed <= stats.committed);
        live.iter().for_each(|block| block.check(&stack));
        for block in gone.iter().rev().take(8) {
            block.check_gone(&stack);
            assert!(matches!(block.pop(&mut stack), Err(StackError::Gone { .. })));
        }
    }
}

proptest! {
    #[test]
    fn a_stack_in_a_buffer_does_what_a_vector_of_vectors_does(steps in steps(), skip in 0usize..16, size in 64usize..9000) {
        let mut memory = memory(size + skip);
        run(Stack::new(RangeOptions::buffer(&mut memory[skip..])), steps);
    }

    #[test]
    fn a_stack_on_a_reservation_does_what_a_vector_of_vectors_does(steps in steps(), granules in 1usize..4) {
        run(Stack::new(RangeOptions::reserve(granules << 16)), steps);
    }
}

#[test]
fn a_stack_fills_its_range_to_the_last_byte_and_recovers() {
    for granules in [1, 2, 3, 40] {
        let mut stack = Stack::new(RangeOptions::reserve(granules << 16));
        for _ in 0..2 {
            let mut blocks = Vec::new();
            while let Ok(block) = stack.try_push_with(96, |i| i as u8) {
                blocks.push(block);
            }
            let stats = stack.stats();
            let rest = stats.capacity - stats.used - stats.listed;
            // What is listed of a block takes 32 bytes, and on 32-bit machines 20: 96 and 32 leave no rest.
            assert!(if usize::BITS == 64 { rest == 0 } else { rest < 96 + 20 }, "{rest}");
            assert_eq!(stats.committed, stats.capacity);
            assert!(
                blocks.iter().all(|&block| stack.get(block).unwrap().iter().enumerate().all(|(i, &n)| n == i as u8))
            );
            for block in blocks.into_iter().rev() {
                stack.pop(block);
            }
            assert_eq!((stack.stats().used, stack.depth()), (0, 0));
        }
    }
}

#[test]
fn every_refusal_names_the_stack_both_blocks_and_what_to_do() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 16).name("paths"));
    let low = stack.push([0u64; 8]);
    let high = stack.push(1u16);
    let text = stack.try_pop(low).unwrap_err().to_string();
    assert_eq!(
        text,
        "stack \"paths\" refused to touch block 0 (64 bytes at offset 0): block 1 (2 bytes at offset 64) is the top; \
         pop the 1 above it first, newest first"
    );
    assert_eq!(panic_of(|| stack.pop(low)), text);
    stack.pop(high);
    stack.pop(low);
    let text = stack.try_pop(low).unwrap_err().to_string();
    assert!(text.contains("no longer the block 0") && text.contains("\"paths\""), "{text}");
    let mut other = Stack::new(RangeOptions::reserve(1 << 16));
    let foreign = other.push(1u8);
    let text = stack.try_pop(foreign).unwrap_err().to_string();
    assert!(text.contains("block of another stack"), "{text}");
    let text = panic_of(|| stack.push([0u8; 70_000]));
    assert!(text.contains("\"paths\"") && text.contains("range of 65536 bytes is full"), "{text}");
}

#[test]
fn a_block_of_another_stack_names_nothing_here() {
    let mut a = Stack::new(RangeOptions::reserve(1 << 16));
    let mut b = Stack::new(RangeOptions::reserve(1 << 16));
    let (in_a, in_b) = (a.push("a reference"), b.push("b's own"));
    assert_eq!((a.get(in_b), b.get(in_a)), (None, None));
    assert!(matches!(a.try_pop(in_b), Err(StackError::Foreign { .. })));
    assert!(matches!(a.try_resize(in_b, 2, ""), Err(StackError::Foreign { .. })));
    assert_eq!(a.get(in_a).unwrap()[0], "a reference");
}

#[test]
fn a_popped_block_stays_gone_when_another_takes_its_place() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 16));
    let old = stack.push(1u64);
    stack.pop(old);
    let new = stack.push(2u64);
    assert_eq!((stack.get(old), stack.get(new)), (None, Some(&[2][..])));
    assert!(matches!(stack.try_pop(old), Err(StackError::Gone { .. })));
    stack.reset();
    let newest = stack.push(3u64);
    assert_eq!((stack.get(new), stack.get(newest)), (None, Some(&[3][..])));
}

#[test]
fn blocks_of_nothing_keep_the_order_too() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 16));
    let units = stack.push_slice(&[(); 5]);
    let empty = stack.push_slice::<u64>(&[]);
    assert_eq!((stack.get(units).unwrap().len(), stack.get(empty).unwrap().len()), (5, 0));
    assert!(matches!(stack.try_pop(units), Err(StackError::NotTop { .. })));
    stack.pop(empty);
    stack.resize(units, 1000, ());
    assert_eq!(stack.get(units).unwrap().len(), 1000);
    stack.pop(units);
    assert_eq!(stack.stats().used, 0);
}

#[test]
fn sizes_that_overflow_and_alignments_above_2_mib_are_refused() {
    let mut stack = Stack::new(RangeOptions::reserve(8 << 20));
    let kind = stack.try_push_with(usize::MAX, |_| 0u64).unwrap_err().kind();
    assert_eq!(kind, ErrorKind::CapacityOverflow);
    let top = stack.push(0u64);
    let before = stack.stats();
    for len in [usize::MAX, isize::MAX as usize / 8, 2 << 20] {
        assert!(matches!(stack.try_resize(top, len, 0), Err(StackError::Refused(_))));
    }
    let layout = Layout::from_size_align(1, 4 << 20).unwrap();
    assert_eq!(stack.try_push_layout(layout).unwrap_err().kind(), ErrorKind::BadAlignment);
    let layout = Layout::from_size_align(isize::MAX as usize, 1).unwrap();
    assert!(matches!(stack.try_push_layout(layout).unwrap_err().kind(), ErrorKind::ReservationFull { .. }));
    assert_eq!(stack.stats(), before);
    for shift in 0..22 {
        let at = stack.push_layout(Layout::from_size_align(3, 1 << shift).unwrap());
        assert_eq!(at.addr().get() % (1 << shift), 0);
    }
}

#[test]
fn a_panic_while_values_are_made_pushes_nothing() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 16));
    let below = stack.push(5u32);
    let before = stack.stats();
    panic_of(|| stack.push_with(10, |i| if i == 7 { panic!("the eighth") } else { i }));
    assert_eq!((stack.stats().used, stack.stats().depth), (before.used, before.depth));
    stack.pop(below);
}

#[test]
fn raw_blocks_are_popped_in_order_and_foreign_pointers_refused() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 16).name("raw"));
    let layouts: Vec<_> = (0..20).map(|i| Layout::from_size_align(i * 13 + 1, 1 << (i % 8)).unwrap()).collect();
    let blocks: Vec<_> = layouts.iter().map(|&layout| stack.push_layout(layout)).collect();
    for (i, (&block, layout)) in blocks.iter().zip(&layouts).enumerate() {
        assert_eq!(block.addr().get() % layout.align(), 0);
        // SAFETY: fresh memory of that layout.
        unsafe { block.write_bytes(i as u8, layout.size()) };
    }
    let before = stack.stats();
    let mut local = 0u8;
    // SAFETY: all of these are refused.
    unsafe {
        let error = stack.try_pop_raw(blocks[3], layouts[3]).unwrap_err();
        let StackError::NotTop { asked, top, .. } = error else { panic!("{error}") };
        assert_eq!((asked.index, asked.size, top.index, top.size), (3, layouts[3].size(), 19, layouts[19].size()));
        let error = stack.try_pop_raw(blocks[19], layouts[18]).unwrap_err();
        assert!(matches!(error, StackError::WrongSize { given, .. } if given == layouts[18].size()), "{error}");
        assert!(error.to_string().contains("pass the layout that was pushed"), "{error}");
        let error = stack.try_pop_raw(blocks[19].add(1), layouts[19]).unwrap_err();
        assert!(matches!(error, StackError::NoBlock { inside: true, .. }), "{error}");
        let error = stack.try_pop_raw(NonNull::from(&mut local), Layout::new::<u8>()).unwrap_err();
        assert!(matches!(error, StackError::NoBlock { inside: false, .. }), "{error}");
        assert!(error.to_string().contains("foreign pointer"), "{error}");
        assert_eq!(stack.stats(), before);
        for (i, (&block, &layout)) in blocks.iter().zip(&layouts).enumerate().rev() {
            assert!((0..layout.size()).all(|at| block.add(at).read() == i as u8));
            stack.try_pop_raw(block, layout).unwrap();
        }
        assert!(matches!(stack.try_pop_raw(blocks[0], layouts[0]), Err(StackError::NoBlock { inside: true, .. })));
    }
    assert_eq!(stack.stats().used, 0);
}

#[test]
fn a_raw_top_grows_and_shrinks_in_place_and_typed_names_of_it_end() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 20));
    let layout = Layout::from_size_align(10, 64).unwrap();
    let block = stack.push_layout(layout);
    let larger = Layout::from_size_align(300_000, 64).unwrap();
    // SAFETY: the block is ours, and written within the layout that it has.
    unsafe {
        block.write_bytes(9, 10);
        stack.try_resize_raw(block, layout, 300_000).unwrap();
        block.add(10).write_bytes(8, 299_990);
        assert_eq!((block.read(), block.add(9).read(), block.add(299_999).read()), (9, 9, 8));
        assert!(matches!(stack.try_resize_raw(block, layout, 20), Err(StackError::WrongSize { .. })));
        assert!(matches!(stack.try_resize_raw(block, larger, 2 << 20), Err(StackError::Refused(_))));
        stack.try_resize_raw(block, larger, 1).unwrap();
        stack.try_pop_raw(block, Layout::from_size_align(1, 64).unwrap()).unwrap();
        let typed = stack.push_slice(&["one", "two"]);
        let at = NonNull::from(stack.get_mut(typed).unwrap()).cast::<u8>();
        stack.try_resize_raw(at, Layout::new::<[&str; 2]>(), 100).unwrap();
        assert_eq!(stack.get(typed), None, "its bytes are no longer all references");
        stack.try_pop_raw(at, Layout::from_size_align(100, 8).unwrap()).unwrap();
    }
}

#[test]
fn committed_bytes_are_charged_and_a_hard_budget_is_never_passed() {
    let game = Node::new("game").hard_budget(3 << 16).build();
    let node = Node::new("stack").parent(&game).build();
    let mut stack = Stack::new(RangeOptions::reserve(1 << 30).node(&node));
    assert_eq!(game.stats().charged, 0);
    let first = stack.push(1u8);
    assert_eq!(game.stats().charged, stack.stats().committed);
    assert_eq!(stack.stats().committed, 2 << 16, "a step at each end");
    let before = stack.stats();
    let error = stack.try_push_with(3 << 16, |_| 0u8).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::BudgetExceeded { node, .. } if node == game.id()), "{error}");
    assert_eq!(stack.stats(), before);
    assert_eq!(game.stats().charged, before.committed, "nothing stays charged for the refused push");
    let second = stack.push_with(100_000, |_| 7u8);
    assert_eq!(game.stats().charged, 3 << 16, "what fits the budget is committed, and nothing ahead of it");
    assert_eq!(report::owner(&stack.get(second).unwrap()[50_000]), Some(node.id()));
    stack.pop(second);
    stack.pop(first);
    assert_eq!(game.stats().charged, 3 << 16, "popped memory stays with the stack");
    drop(stack);
    let stats = node.stats();
    assert_eq!((game.stats().charged, stats.used, stats.arenas), (0, 0, 0));
    assert_eq!(stats.blocks_taken, stats.blocks_returned);
}

#[test]
fn what_is_committed_ahead_of_need_gives_way_to_a_budget() {
    let node = Node::new("tight").build();
    let mut stack = Stack::new(RangeOptions::reserve(1 << 30).node(&node));
    stack.push_with(8 << 16, |_| 0u8);
    let held = node.stats().charged;
    node.set_budget(arenite::Budget { soft: None, hard: Some(held + (1 << 16)) });
    stack.push_with(1 << 16, |_| 1u8);
    assert_eq!(node.stats().charged, held + (1 << 16), "one step, where four would have been taken ahead");
    assert!(stack.try_push_with(1 << 16, |_| 2u8).is_err());
}

#[test]
fn a_soft_budget_calls_back_once_and_a_panic_there_leaves_the_stack_whole() {
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = calls.clone();
    let node = Node::new("soft")
        .soft_budget(1 << 17)
        .on_soft(move |_| {
            seen.fetch_add(1, Ordering::Relaxed);
            panic!("over the soft budget");
        })
        .build();
    let mut stack = Stack::new(RangeOptions::reserve(1 << 20).node(&node));
    let low = stack.push(1u8);
    assert_eq!(panic_of(|| stack.push_with(100_000, |_| 0u8)), "over the soft budget");
    assert_eq!((stack.depth(), calls.load(Ordering::Relaxed)), (1, 1));
    let high = stack.push_with(100_000, |_| 0u8);
    stack.pop(high);
    stack.pop(low);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[test]
fn a_source_that_has_nothing_is_an_error_and_one_that_has_gets_its_block_back() {
    let ledger = Ledger::new();
    let node = Node::new("sourced").build();
    ledger.refuse_nth(1);
    let error = Stack::try_new(RangeOptions::source(ledger.clone(), 4096).node(&node)).unwrap_err();
    assert_eq!((error.kind(), error.size(), node.stats().charged), (ErrorKind::OutOfMemory, 4096, 0));
    {
        let mut stack = Stack::new(RangeOptions::source(ledger.clone(), 4096).node(&node));
        stack.push([1u8; 1000]);
        assert_eq!((ledger.live(), node.stats().charged, stack.stats().committed), (1, 4096, 4096));
        assert!(matches!(stack.try_push([0u8; 4000]).unwrap_err().kind(), ErrorKind::ReservationFull { .. }));
    }
    assert_eq!((ledger.live(), node.stats().charged), (0, 0));
    node.set_budget(arenite::Budget { soft: None, hard: Some(4095) });
    let error = Stack::try_new(RangeOptions::source(ledger.clone(), 4096).node(&node)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::BudgetExceeded { .. }));
    assert_eq!(ledger.live(), 0);
}

#[test]
fn a_range_that_is_too_small_or_too_large_is_refused() {
    for size in 0..5 * size_of::<usize>() {
        assert!(Stack::try_new(RangeOptions::buffer(&mut memory(size))).is_err());
    }
    assert!(Stack::try_new(RangeOptions::source(Ledger::new(), usize::MAX)).is_err());
    let error = Stack::try_new(RangeOptions::reserve(usize::MAX)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ReserveRefused { .. }), "{error}");
}

#[test]
fn stacks_share_a_reservation_and_give_their_parts_back() {
    let whole = Arc::new(Reservation::new(ReservationOptions::new(4 << 16)).unwrap());
    // SAFETY: the parts do not overlap.
    let [mut a, mut b] =
        [0..2 << 16, 2 << 16..4 << 16].map(|part| unsafe { Stack::new(RangeOptions::part(&whole, part)) });
    let (in_a, in_b) = (a.push_with(100_000, |_| 1u8), b.push_with(100_000, |_| 2u8));
    assert!(a.get(in_a).unwrap().iter().all(|&byte| byte == 1));
    drop(a);
    assert!(b.get(in_b).unwrap().iter().all(|&byte| byte == 2));
    // SAFETY: the first part's stack is gone.
    let mut again = unsafe { Stack::new(RangeOptions::part(&whole, 0..2 << 16)) };
    let layout = Layout::array::<u8>(1000).unwrap();
    assert!(
        // SAFETY: pushed just now with this layout, zeroed by the system, and not popped.
        unsafe { std::slice::from_raw_parts(again.push_layout(layout).as_ptr(), 1000) }.iter().all(|&byte| byte == 0)
    );
    // SAFETY: refused.
    let text = panic_of(|| unsafe { RangeOptions::part(&whole, 4096..1 << 16) }.name("odd"));
    assert!(text.contains("steps of 65536"), "{text}");
}

#[test]
fn a_warm_stack_commits_nothing_more() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 26));
    let round = |stack: &mut Stack<'_>| {
        let block = stack.push_with(10 << 20, |_| 0u8);
        stack.pop(block);
        let committed = stack.stats().committed;
        stack.reset();
        committed
    };
    let warm = round(&mut stack);
    assert!((0..10).all(|_| round(&mut stack) == warm));
    assert_eq!(stack.stats().resets, 11);
}

#[test]
fn a_stack_and_its_blocks_go_from_thread_to_thread() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 16));
    let block = stack.push_slice(&[1, 2, 3]);
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(stack.get(block).unwrap(), [1, 2, 3]));
        scope.spawn(|| assert_eq!(stack.get(block).unwrap(), [1, 2, 3]));
    });
    let mut stack = std::thread::spawn(move || {
        stack.get_mut(block).unwrap()[0] = 9;
        stack
    })
    .join()
    .unwrap();
    assert_eq!(stack.get(block).unwrap(), [9, 2, 3]);
    stack.pop(block);
}

#[test]
fn a_stack_owns_what_is_on_it() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 16));
    let block = stack.push(7u64);
    let pointer = stack.get(block).unwrap().as_ptr();
    assert!(stack.owns(pointer) && !stack.owns(&block));
    stack.pop(block);
    assert!(!stack.owns(pointer));
}
