//! Frames that cross threads: who holds them, and when their memory is used again.

mod common;

use arenite::{ErrorKind, FrameBox, FrameToken, Node, SharedFrames, SharedOptions};
use common::{Deaths, Ledger, panic_of};
use proptest::prelude::*;
use std::{
    collections::VecDeque,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

fn on(ledger: &Arc<Ledger>, depth: usize) -> SharedFrames {
    SharedOptions::new().source(ledger.clone()).block(4096).build_frames(depth)
}

#[derive(Clone, Debug)]
enum Op {
    Begin,
    Clone(usize),
    Box(usize),
    DropToken(usize),
    DropBox(usize),
}

proptest! {
    #[test]
    fn a_frame_is_begun_exactly_when_nobody_holds_the_one_before_it(
        depth in 1usize..5,
        ops in prop::collection::vec(prop_oneof![
            4 => Just(Op::Begin),
            2 => (0usize..9).prop_map(Op::Clone),
            2 => (0usize..9).prop_map(Op::Box),
            4 => (0usize..9).prop_map(Op::DropToken),
            2 => (0usize..9).prop_map(Op::DropBox),
        ], 1..100),
    ) {
        let ledger = Ledger::new();
        let frames = on(&ledger, depth);
        let mut next = 0u64;
        let mut tokens: Vec<FrameToken> = Vec::new();
        let mut boxes: Vec<(u64, FrameBox<Vec<u64>>)> = Vec::new();
        for op in ops {
            match op {
                Op::Begin => {
                    let before = next.wrapping_sub(depth as u64);
                    let holders = tokens.iter().filter(|token| token.number() == before).count()
                        + boxes.iter().filter(|(frame, _)| *frame == before).count();
                    match frames.try_begin_frame() {
                        Ok(token) => {
                            prop_assert_eq!((holders, token.number()), (0, next));
                            token.local().alloc_slice_fill_with(100, |_| next);
                            next += 1;
                            tokens.push(token);
                        }
                        Err(held) => prop_assert_eq!((held.frame(), held.holders()), (before, holders)),
                    }
                }
                Op::Clone(which) if !tokens.is_empty() => tokens.push(tokens[which % tokens.len()].clone()),
                Op::Box(which) if !tokens.is_empty() => {
                    let token = &tokens[which % tokens.len()];
                    let value = vec![token.number(); 10];
                    boxes.push((token.number(), token.boxed(&token.local(), value)));
                }
                Op::DropToken(which) if !tokens.is_empty() => drop(tokens.swap_remove(which % tokens.len())),
                Op::DropBox(which) if !boxes.is_empty() => drop(boxes.swap_remove(which % boxes.len())),
                _ => {}
            }
            for (frame, value) in &boxes {
                prop_assert!(value.len() == 10 && value.iter().all(|n| n == frame));
            }
            prop_assert_eq!(frames.held().iter().map(|held| held.1).sum::<usize>(), tokens.len() + boxes.len());
        }
        drop((tokens, boxes, frames));
        prop_assert_eq!(ledger.live(), 0);
    }
}

/// What a job of a frame is to check: a slice in the memory of the frame that the token holds.
struct Job {
    at: *const [u64],
    value: u64,
    _frame: FrameToken,
}

// SAFETY: the slice lies in the frame that the job holds, and nobody writes it any more.
unsafe impl Send for Job {}

#[test]
fn jobs_of_four_threads_hold_their_frames_and_no_memory_is_used_again_under_them() {
    const FRAMES: u64 = if cfg!(debug_assertions) { 1000 } else { 20_000 };
    let ledger = Ledger::new();
    let node = Node::new("frames").build();
    let frames = SharedOptions::new().source(ledger.clone()).block(4096).node(&node).build_frames(3);
    let refused = AtomicUsize::new(0);
    thread::scope(|threads| {
        let mut workers = Vec::new();
        for n in 0..3u64 {
            let (to, from) = mpsc::channel::<Job>();
            workers.push(to);
            threads.spawn(move || {
                // Some jobs are kept for a while.
                let mut late = VecDeque::new();
                let check = |job: Job| {
                    // SAFETY: the job holds the frame that the slice lies in.
                    let values = unsafe { &*job.at };
                    assert!(values.iter().all(|&value| value == job.value), "memory was used again under a job");
                };
                for job in from {
                    late.push_back(job);
                    while late.len() as u64 > n {
                        late.pop_front().map(check);
                    }
                }
                late.into_iter().for_each(check);
            });
        }
        for i in 0..FRAMES {
            let frame = loop {
                match frames.try_begin_frame() {
                    Ok(frame) => break frame,
                    Err(held) => {
                        assert_eq!(held.frame(), i - 3);
                        refused.fetch_add(1, Ordering::Relaxed);
                        // The jobs that are kept go when others come.
                        for (n, worker) in workers.iter().enumerate() {
                            for _ in 0..n {
                                worker.send(Job { at: &[], value: 0, _frame: side_frame() }).unwrap();
                            }
                        }
                        thread::yield_now();
                    }
                }
            };
            assert_eq!(frame.number(), i);
            let local = frame.local();
            for (n, worker) in workers.iter().enumerate() {
                let value = i << 8 | n as u64;
                let at: *const [u64] = local.alloc_slice_fill_with(50 + n, |_| value);
                worker.send(Job { at, value, _frame: frame.clone() }).unwrap();
            }
        }
    });
    assert!(frames.held().is_empty());
    let stats = frames.stats();
    assert_eq!((stats.resets, stats.locals), (FRAMES, 0));
    assert_eq!((stats.blocks_taken, ledger.takes()), (3, 3), "no block but the first of each slot");
    drop(frames);
    assert_eq!((ledger.live(), node.stats().charged, node.stats().arenas), (0, 0, 0));
}

/// A frame of a ring that nobody waits for.
fn side_frame() -> FrameToken {
    SharedOptions::new().build_frames(1).begin_frame()
}

#[test]
fn a_refusal_names_the_ring_the_frame_and_how_many_hold_it() {
    let frames = SharedOptions::new().name("render jobs").build_frames(2);
    let first = frames.begin_frame();
    let again = first.clone();
    let boxed = first.boxed(&first.local(), 5);
    drop(frames.begin_frame());
    let text = panic_of(|| frames.begin_frame().number());
    for part in ["\"render jobs\"", "frame 0 has its slot", "3 hold it", "deeper than 2"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(frames.held(), [(0, 3)]);
    drop((first, again));
    assert_eq!(frames.try_begin_frame().unwrap_err().holders(), 1);
    assert_eq!(*boxed, 5);
    drop(boxed);
    assert_eq!(frames.begin_frame().number(), 2);
    assert_eq!(frames.depth(), 2);
}

#[test]
fn what_was_registered_is_dropped_when_the_slot_comes_round() {
    let deaths = Deaths::default();
    let frames = SharedOptions::new().build_frames(2);
    for id in 0..4 {
        let frame = frames.begin_frame();
        frame.local().alloc_drop(deaths.watch(id));
        thread::spawn(move || frame.local().alloc(1u8).count_ones()).join().unwrap();
    }
    assert_eq!(deaths.take(), [0, 1]);
    drop(frames);
    let mut rest = deaths.take();
    rest.sort_unstable();
    assert_eq!(rest, [2, 3]);
}

#[test]
fn a_token_outlives_the_ring_that_it_came_from() {
    let ledger = Ledger::new();
    let frames = on(&ledger, 2);
    let frame = frames.begin_frame();
    let text = frame.local().alloc_str("kept by its token");
    drop(frames);
    assert_eq!(text, "kept by its token");
    drop(frame);
    assert_eq!(ledger.live(), 0);
}

#[test]
fn a_panic_in_a_registered_value_leaves_the_slot_empty_and_skips_the_number() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            // Not while the test fails for another reason: that would abort, without a report.
            assert!(thread::panicking(), "a value that panics");
        }
    }
    let frames = SharedOptions::new().build_frames(1);
    frames.begin_frame().local().alloc_drop(Bomb);
    assert!(panic_of(|| frames.begin_frame().number()).contains("panics"));
    assert!(frames.held().is_empty());
    assert_eq!(frames.stats().used, 0);
    assert_eq!(frames.begin_frame().number(), 2);
}

#[test]
fn a_registered_value_may_begin_a_frame_as_it_is_dropped() {
    static FRAMES: OnceLock<SharedFrames> = OnceLock::new();
    struct Begins;
    impl Drop for Begins {
        fn drop(&mut self) {
            assert_eq!(FRAMES.get().unwrap().begin_frame().number(), 3);
        }
    }
    let frames = FRAMES.get_or_init(|| SharedOptions::new().build_frames(2));
    frames.begin_frame().local().alloc_drop(Begins);
    drop(frames.begin_frame());
    assert_eq!(frames.begin_frame().number(), 2);
    assert_eq!(frames.begin_frame().number(), 4);
}

#[test]
fn refused_memory_leaves_the_frame_as_it_is() {
    let ledger = Ledger::new();
    let frames = SharedOptions::new().source(ledger.clone()).block(1024).limit(4 * 1024).build_frames(2);
    let frame = frames.begin_frame();
    let local = frame.local();
    ledger.refuse_nth(1);
    assert_eq!(local.try_alloc(1u8).unwrap_err().kind(), ErrorKind::OutOfMemory);
    let deaths = Deaths::default();
    assert!(frame.try_boxed(&local, deaths.watch(1)).is_ok());
    assert_eq!(deaths.take(), [1]);
    // Each of two slots has half of the limit.
    let limited = local.try_alloc([0u8; 2048]).unwrap_err().kind();
    assert_eq!(limited, ErrorKind::LimitExceeded { limit: 2048, allocated: 1024 });
    assert_eq!(frames.stats().held, 1024);
}

#[test]
fn a_box_is_made_in_its_own_frame_only() {
    let frames = SharedOptions::new().build_frames(2);
    let (one, other) = (frames.begin_frame(), frames.begin_frame());
    let text = panic_of(|| *one.boxed(&other.local(), 1));
    assert!(text.contains("another frame"), "{text}");
    let mut value = one.boxed(&one.local(), [1u64; 9]);
    value[8] = 4;
    assert_eq!(thread::spawn(move || value.iter().sum::<u64>()).join().unwrap(), 12);
}
