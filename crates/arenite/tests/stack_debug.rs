//! Stacks that are watched: each fault under the lowest grade that promises it, and none where there is none.
#![cfg(feature = "debug")]
#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, of the size in the line before.

mod common;

use arenite::{
    RangeOptions, Stack, StackBlock, StackError,
    debug::{FaultDetail, FaultKind, Fill, Grade},
};
use common::faults::{WATCHED, faults, grade, lines, one, stopped_by_the_sanitizer};
use proptest::prelude::*;
use std::alloc::Layout;

fn stack(name: &'static str) -> Stack<'static> {
    Stack::new(RangeOptions::reserve(1 << 20).name(name))
}

fn bytes(size: usize) -> Layout {
    Layout::from_size_align(size, 1).unwrap()
}

#[test]
fn a_pop_out_of_order_is_told_with_the_place_of_the_newer_block() {
    for grade_now in WATCHED {
        let name = "order";
        grade(name, grade_now);
        let mut stack = stack(name);
        let older = stack.push(1u64);
        let made = line!() - 1;
        let newer = stack.push_slice(&[1u8, 2, 3]);
        let refused = stack.try_pop(older);
        assert!(matches!(refused, Err(StackError::NotTop { .. })));
        let fault = one(name, FaultKind::OutOfOrder);
        assert_eq!((fault.owner.allocator, fault.request), ("a stack", Some((8, 1))));
        assert_eq!(lines(&fault, file!()), [made, made + 2, made + 3]);
        stack.pop(newer);
        stack.pop(older);
        assert!(faults(name).is_empty() && stack.stats().used == 0);
    }
}

#[test]
fn a_pop_of_what_is_gone_is_told_with_all_three_places_and_so_is_a_look_at_it() {
    for grade_now in WATCHED {
        let name = "gone";
        grade(name, grade_now);
        let mut stack = stack(name);
        let block = stack.push(1u64);
        let made = line!() - 1;
        stack.pop(block);
        let popped = line!() - 1;
        let other = stack.push(2u64);
        assert!(matches!(stack.try_pop(block), Err(StackError::Gone { .. })));
        assert_eq!(lines(&one(name, FaultKind::DoubleFree), file!()), [made, popped, line!() - 1]);
        assert_eq!(stack.get(block), None);
        assert_eq!(lines(&one(name, FaultKind::StaleHandle), file!()), [made, popped, line!() - 1]);
        assert_eq!(stack.get_mut(block), None);
        assert_eq!(lines(&one(name, FaultKind::StaleHandle), file!()), [made, popped, line!() - 1]);
        stack.reset();
        let reset = line!() - 1;
        assert_eq!(stack.get(other), None);
        assert_eq!(lines(&one(name, FaultKind::StaleHandle), file!()), [made + 4, reset, line!() - 1]);
    }
}

#[test]
fn raw_blocks_are_told_by_their_addresses() {
    for grade_now in WATCHED {
        let name = "raw";
        grade(name, grade_now);
        let mut stack = stack(name);
        let block = stack.push_layout(bytes(40));
        let made = line!() - 1;
        assert!(unsafe { stack.try_pop_raw(block, bytes(39)) }.is_err());
        let fault = one(name, FaultKind::WrongSize);
        assert_eq!(fault.detail, FaultDetail::Sizes { given: 39, asked: 40 });
        assert_eq!(lines(&fault, file!()), [made, 0, line!() - 3]);
        assert!(unsafe { stack.try_pop_raw(block.add(4), bytes(36)) }.is_err());
        let fault = one(name, FaultKind::WrongSize);
        assert_eq!(fault.detail, FaultDetail::Inside { offset: 4 });
        assert_eq!(lines(&fault, file!()), [made, 0, line!() - 3]);
        unsafe { stack.pop_raw(block, bytes(40)) };
        let popped = line!() - 1;
        assert!(unsafe { stack.try_pop_raw(block, bytes(40)) }.is_err());
        assert_eq!(lines(&one(name, FaultKind::DoubleFree), file!()), [made, popped, line!() - 1]);
        let foreign = std::ptr::NonNull::from(&mut 0u8);
        assert!(unsafe { stack.try_pop_raw(foreign, bytes(1)) }.is_err());
        assert_eq!(lines(&one(name, FaultKind::ForeignFree), file!()), [0, 0, line!() - 1]);
    }
}

#[test]
fn a_block_of_another_stack_is_told_as_foreign() {
    let name = "foreign block";
    grade(name, Grade::Sites);
    let (mut one_stack, mut other) = (stack(name), stack("the other"));
    let block = other.push(1u8);
    assert!(one_stack.try_pop(block).is_err());
    assert_eq!(lines(&one(name, FaultKind::ForeignFree), file!()), [0, 0, line!() - 1]);
}

#[test]
fn what_is_on_a_stack_when_it_ends_is_told_by_place() {
    for grade_now in WATCHED {
        let name = "left";
        grade(name, grade_now);
        let mut stack = stack(name);
        for i in 0..4u64 {
            stack.push(i);
        }
        let made = line!() - 2;
        drop(stack);
        let fault = one(name, FaultKind::Leak);
        assert_eq!(fault.detail, FaultDetail::Live { blocks: 4, bytes: 32 });
        assert_eq!(lines(&fault, file!()), [made, 0, 0]);
    }
}

#[test]
fn a_write_past_the_top_and_between_blocks_is_an_overrun_of_the_block_before_it() {
    if stopped_by_the_sanitizer() {
        return;
    }
    let name = "past";
    grade(name, Grade::Guard);
    let mut stack = stack(name);
    let below = stack.push_layout(bytes(5));
    let made = line!() - 1;
    assert!((0..5).all(|at| unsafe { below.add(at).read() } == Fill::Fresh.byte()));
    unsafe { below.add(5).write(0) };
    let above = stack.push(7u64);
    let fault = one(name, FaultKind::Overrun);
    assert_eq!(fault.detail, FaultDetail::Byte { offset: 5, was: Fill::Fence, found: 0 });
    assert_eq!(lines(&fault, file!()), [made, 0, line!() - 3]);
    unsafe { below.add(7).write(0) };
    assert_eq!(stack.check(), 1);
    assert_eq!(lines(&one(name, FaultKind::Overrun), file!()), [made, 0, line!() - 1]);
    assert_eq!(stack.check(), 0, "told once");
    let raw = stack.get_mut(above).unwrap().as_mut_ptr().cast::<u8>();
    unsafe { raw.add(8).write(0) };
    stack.pop(above);
    assert_eq!(lines(&one(name, FaultKind::Overrun), file!()), [made + 4, 0, line!() - 1]);
    unsafe { stack.pop_raw(below, bytes(5)) };
    assert!(faults(name).is_empty());
}

#[test]
fn a_write_to_what_was_popped_or_reset_is_found_before_it_is_used_again() {
    if stopped_by_the_sanitizer() {
        return;
    }
    let name = "popped";
    grade(name, Grade::Guard);
    let mut stack = stack(name);
    let block = stack.push_layout(bytes(64));
    let made = line!() - 1;
    unsafe { stack.pop_raw(block, bytes(64)) };
    let popped = line!() - 1;
    unsafe { block.add(40).write(1) };
    let again = stack.push([0u64; 8]);
    let fault = one(name, FaultKind::WriteAfterFree);
    assert_eq!(fault.detail, FaultDetail::Byte { offset: 40, was: Fill::Freed, found: 1 });
    assert_eq!(lines(&fault, file!()), [made, popped, line!() - 3]);
    let raw = stack.get_mut(again).unwrap().as_mut_ptr().cast::<u8>();
    stack.reset();
    let reset = line!() - 1;
    unsafe { raw.add(50).write(1) };
    assert_eq!(stack.check(), 1);
    assert_eq!(lines(&one(name, FaultKind::UseAfterReset), file!()), [made + 5, reset, line!() - 1]);
}

#[test]
fn values_that_panic_while_they_are_made_leave_nothing_in_the_books() {
    let name = "panics";
    grade(name, Grade::Guard);
    let mut stack = stack(name);
    let kept = stack.push(1u8);
    let panics = std::panic::AssertUnwindSafe(|| stack.push_with(4, |i| if i < 3 { i } else { panic!("made none") }));
    assert!(std::panic::catch_unwind(panics).is_err());
    assert_eq!((stack.depth(), stack.check()), (1, 0));
    stack.pop(kept);
    drop(stack);
    assert!(faults(name).is_empty(), "what never came is no leak");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 200 }))]

    /// The same steps on a stack whose grade is switched in their midst, and on one that nobody watches.
    #[test]
    fn a_watched_stack_does_what_any_stack_does_and_nothing_is_told(steps in prop::collection::vec((0u8..16, any::<usize>()), 1..200)) {
        let name = "model of stacks";
        grade(name, Grade::Off);
        let (mut watched, mut plain) = (stack(name), stack("nobody watches"));
        let mut blocks: Vec<(StackBlock<u32>, StackBlock<u32>)> = Vec::new();
        for (step, pick) in steps {
            match (step, blocks.last().copied()) {
                (0..=5, _) => {
                    let values: Vec<u32> = (0..(pick % 40) as u32).map(|i| i ^ pick as u32).collect();
                    blocks.push((watched.push_slice(&values), plain.push_slice(&values)));
                }
                (6, _) => {
                    let layout = Layout::from_size_align(pick % 100, 1 << (pick % 7)).unwrap();
                    let (a, b) = (watched.push_layout(layout), plain.push_layout(layout));
                    unsafe { a.write_bytes(1, layout.size()) };
                    if pick % 2 == 0 {
                        let size = pick % 77;
                        unsafe {
                            prop_assert_eq!(watched.try_resize_raw(a, layout, size), Ok(()));
                            prop_assert_eq!(plain.try_resize_raw(b, layout, size), Ok(()));
                            a.write_bytes(2, size);
                            watched.pop_raw(a, bytes(size));
                            plain.pop_raw(b, bytes(size));
                        }
                    } else {
                        unsafe {
                            watched.pop_raw(a, layout);
                            plain.pop_raw(b, layout);
                        }
                    }
                }
                (7..=10, Some((a, b))) => {
                    watched.pop(a);
                    plain.pop(b);
                    blocks.pop();
                }
                (11, Some((a, b))) => {
                    watched.resize(a, pick % 50, 9);
                    plain.resize(b, pick % 50, 9);
                }
                (12, _) if pick % 4 == 0 => {
                    watched.reset();
                    plain.reset();
                    blocks.clear();
                }
                (13..=15, _) => {
                    grade(name, Grade::ALL[pick % 6]);
                    if pick % 2 == 0 {
                        prop_assert_eq!(watched.check(), 0);
                    }
                }
                _ => {}
            }
            let (mut a, b) = (watched.stats(), plain.stats());
            a.committed = b.committed;
            prop_assert_eq!(a, b);
            for (a, b) in &blocks {
                prop_assert_eq!(watched.get(*a), plain.get(*b));
            }
        }
        prop_assert_eq!(watched.check(), 0);
        while let Some((a, _)) = blocks.pop() {
            watched.pop(a);
        }
        drop(watched);
        prop_assert!(faults(name).is_empty());
    }
}

#[test]
fn counts_are_exact() {
    let name = "counted stack";
    grade(name, Grade::Count);
    let mut stack = stack(name);
    let block = stack.push(1u64);
    stack.push(1u16);
    grade(name, Grade::Sites);
    assert_eq!(stack.check(), 0);
    let third = stack.push_slice::<u16>(&[]);
    stack.resize(third, 5, 0);
    stack.resize(third, 2, 0);
    assert_eq!((stack.counts().live, stack.counts().live_bytes), (1, 4));
    grade(name, Grade::Count);
    stack.reset();
    assert_eq!(stack.get(block), None);
    let counts = stack.counts();
    assert_eq!((counts.allocations, counts.allocated_bytes, counts.frees, counts.freed_bytes), (5, 24, 5, 24));
    assert!(faults(name).is_empty(), "places are noted from `sites` on");
}
