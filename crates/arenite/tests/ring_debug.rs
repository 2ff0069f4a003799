//! Rings that are watched: each fault under the lowest grade that promises it, and none where there is none.
#![cfg(feature = "debug")]
#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, of the size in the line before.

mod common;

use arenite::{
    RangeOptions, Ring, RingError, RingSlice,
    debug::{FaultDetail, FaultKind, Fill, Grade},
};
use common::faults::{WATCHED, faults, grade, lines, one, stopped_by_the_sanitizer};
use proptest::prelude::*;
use std::alloc::Layout;

fn ring(name: &'static str) -> Ring<'static> {
    Ring::new(RangeOptions::reserve(64 << 10).name(name))
}

#[test]
fn a_push_into_what_is_promised_is_told_with_the_place_of_the_promise() {
    for grade_now in WATCHED {
        let name = "overtaken";
        grade(name, grade_now);
        let mut ring = ring(name);
        ring.begin_frame().unwrap();
        ring.push([0u8; 100_000]).unwrap();
        ring.end_frame_with_fence(1).unwrap();
        let promised = line!() - 1;
        ring.begin_frame().unwrap();
        assert!(matches!(ring.push([0u8; 60_000]), Err(RingError::Blocked { frame: 1, .. })));
        let fault = one(name, FaultKind::RingOvertaken);
        assert_eq!((fault.owner.allocator, fault.request), ("a ring", Some((60_000, 1))));
        assert_eq!(lines(&fault, file!()), [0, promised, line!() - 3]);
        ring.end_frame_with_fence(2).unwrap();
        assert!(ring.begin_frame().is_err());
        assert_eq!(lines(&one(name, FaultKind::RingOvertaken), file!()), [0, promised, line!() - 1]);
        assert!(ring.reset().is_err());
        assert_eq!(lines(&one(name, FaultKind::RingOvertaken), file!()), [0, promised, line!() - 1]);
        assert_eq!(ring.retire(2), Ok(2));
        assert_eq!(ring.reset(), Ok(()));
        drop(ring);
        assert!(faults(name).is_empty(), "what a ring holds is no leak");
    }
}

#[test]
fn a_look_at_values_whose_frame_is_retired_is_told_with_all_three_places() {
    for grade_now in WATCHED {
        let name = "retired";
        grade(name, grade_now);
        let mut ring = ring(name);
        ring.begin_frame().unwrap();
        let values = ring.push_slice(&[1u32, 2, 3]).unwrap();
        let made = line!() - 1;
        ring.end_frame().unwrap();
        ring.begin_frame().unwrap();
        assert_eq!(ring.get(values), Some(&[1, 2, 3][..]));
        ring.end_frame().unwrap();
        ring.begin_frame().unwrap();
        let retired = line!() - 1;
        ring.push_slice(&[4u32, 5, 6]).unwrap();
        assert_eq!(ring.get(values), None);
        assert_eq!(lines(&one(name, FaultKind::StaleHandle), file!()), [made, retired, line!() - 1]);
        assert_eq!(ring.get_mut(values), None);
        assert_eq!(lines(&one(name, FaultKind::StaleHandle), file!()), [made, retired, line!() - 1]);
    }
}

#[test]
fn writes_past_values_and_after_their_frames_are_found() {
    if stopped_by_the_sanitizer() {
        return;
    }
    let name = "ring writes";
    grade(name, Grade::Guard);
    let mut ring = ring(name);
    ring.begin_frame().unwrap();
    let first = ring.push_layout(Layout::new::<[u8; 5]>()).unwrap();
    let made = line!() - 1;
    assert!((0..5).all(|at| unsafe { first.add(at).read() } == Fill::Fresh.byte()));
    unsafe { first.add(5).write(0) };
    ring.push(7u64).unwrap();
    let fault = one(name, FaultKind::Overrun);
    assert_eq!(fault.detail, FaultDetail::Byte { offset: 5, was: Fill::Fence, found: 0 });
    assert_eq!(lines(&fault, file!()), [made, 0, line!() - 3]);
    unsafe { first.add(6).write(0) };
    assert_eq!(ring.check(), 1);
    assert_eq!(lines(&one(name, FaultKind::Overrun), file!()), [made, 0, line!() - 1]);
    ring.end_frame().unwrap();
    ring.begin_frame().unwrap();
    ring.end_frame().unwrap();
    ring.begin_frame().unwrap();
    let retired = line!() - 1;
    unsafe { first.add(2).write(0) };
    assert_eq!(ring.check(), 1);
    let fault = one(name, FaultKind::UseAfterReset);
    assert_eq!(fault.detail, FaultDetail::Byte { offset: 2, was: Fill::Reset, found: 0 });
    assert_eq!(lines(&fault, file!()), [made, retired, line!() - 3]);
    ring.end_frame().unwrap();
    ring.reset().unwrap();
    ring.begin_frame().unwrap();
    unsafe { first.write(0) };
    ring.push([0u64; 8]).unwrap();
    assert_eq!(lines(&one(name, FaultKind::UseAfterReset), file!()), [made, retired, line!() - 1]);
}

#[test]
fn values_that_panic_while_they_are_made_are_not_in_the_books() {
    let name = "ring panics";
    grade(name, Grade::Sites);
    let mut ring = ring(name);
    ring.begin_frame().unwrap();
    let panics =
        std::panic::AssertUnwindSafe(|| ring.push_with(4, |i| if i < 3 { i } else { panic!("made none") }).is_ok());
    assert!(std::panic::catch_unwind(panics).is_err());
    assert_eq!(ring.check(), 0);
    assert_eq!((ring.counts().live, ring.stats().used), (0, 0));
    let values = ring.push(5u8).unwrap();
    assert_eq!((ring.get(values), ring.counts().live), (Some(&[5][..]), 1));
    assert!(faults(name).is_empty());
}

#[test]
fn counts_are_exact_and_no_more_is_told_below_sites() {
    let name = "counted ring";
    grade(name, Grade::Count);
    let mut ring = ring(name);
    ring.begin_frame().unwrap();
    ring.push(1u64).unwrap();
    ring.push(1u8).unwrap();
    let counts = ring.counts();
    assert_eq!((counts.allocations, counts.allocated_bytes), (2, 9));
    ring.end_frame().unwrap();
    ring.reset().unwrap();
    assert!(faults(name).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 200 }))]

    /// The same steps on a ring whose grade is switched in their midst, and on one that nobody watches.
    #[test]
    fn a_watched_ring_does_what_any_ring_does_and_only_what_is_refused_is_told(
        frames in 1u32..4,
        steps in prop::collection::vec((0u8..16, any::<usize>()), 1..300),
    ) {
        let name = "model of rings";
        grade(name, Grade::Off);
        let make = |name| Ring::try_new(RangeOptions::reserve(64 << 10).name(name), frames).unwrap();
        let (mut watched, mut plain) = (make(name), make("nobody watches"));
        let mut values: Vec<(RingSlice<u64>, RingSlice<u64>)> = Vec::new();
        let (mut fence, mut blocked) = (0, 0);
        for (step, pick) in steps {
            let refused = match step {
                0..=6 => {
                    let new: Vec<u64> = (0..pick as u64 % 1500).collect();
                    match (watched.push_slice(&new), plain.push_slice(&new)) {
                        (Ok(a), Ok(b)) => {
                            values.push((a, b));
                            None
                        }
                        (a, b) => {
                            prop_assert_eq!(kind(&a), kind(&b));
                            a.err()
                        }
                    }
                }
                7..=9 => {
                    let (a, b) = (watched.begin_frame(), plain.begin_frame());
                    prop_assert_eq!(kind(&a), kind(&b));
                    a.err()
                }
                10 | 11 => {
                    fence += 1;
                    if pick % 2 == 0 {
                        prop_assert_eq!(kind(&watched.end_frame()), kind(&plain.end_frame()));
                    } else {
                        prop_assert_eq!(kind(&watched.end_frame_with_fence(fence)), kind(&plain.end_frame_with_fence(fence)));
                    }
                    None
                }
                12 => {
                    prop_assert_eq!(kind(&watched.retire(fence)), kind(&plain.retire(fence)));
                    None
                }
                13 if pick % 4 == 0 => {
                    let (a, b) = (watched.reset(), plain.reset());
                    prop_assert_eq!(kind(&a), kind(&b));
                    a.err()
                }
                _ => {
                    grade(name, Grade::ALL[pick % 6]);
                    prop_assert_eq!(watched.check(), 0);
                    None
                }
            };
            let told = faults(name);
            prop_assert!(told.iter().all(|fault| fault.kind == FaultKind::RingOvertaken), "{:?}", told);
            let expected = matches!(refused, Some(RingError::Blocked { .. } | RingError::InFlight { .. }));
            prop_assert!(told.len() <= usize::from(expected));
            blocked += told.len();
            values.retain(|(a, _)| a.frame() >= plain.stats().oldest_frame.unwrap_or(u64::MAX));
            let (mut a, b) = (watched.stats(), plain.stats());
            a.committed = b.committed;
            prop_assert_eq!(a, b);
            for (a, b) in &values {
                prop_assert_eq!(watched.get(*a), plain.get(*b));
            }
        }
        prop_assert_eq!(watched.check(), 0);
        drop(watched);
        prop_assert!(faults(name).is_empty() && blocked < usize::MAX);
    }
}

/// What a result says without the name of its ring.
fn kind<T: std::fmt::Debug>(result: &Result<T, RingError>) -> String {
    let text = format!("{result:?}");
    text.split("node: NodeId(").map(|part| part.split_once(')').map_or(part, |(_, rest)| rest)).collect()
}
