//! A ring: what is promised is never overtaken, and reads what was pushed until it is retired.
#![no_main]

use arbitrary::Arbitrary;
use arenite::{RangeOptions, Ring, RingSlice};
use libfuzzer_sys::fuzz_target;
use std::mem::MaybeUninit;

#[derive(Arbitrary, Debug)]
enum Op {
    Push { len: u16, value: u8 },
    Wide { len: u8, value: u64 },
    Begin,
    End,
    EndWithFence,
    Retire(u8),
    Reset,
}

#[derive(Arbitrary, Debug)]
struct Plan {
    size: u16,
    frames: u8,
    ops: Vec<Op>,
}

/// A frame of the model: its number, its fence, and what was pushed.
struct Frame {
    number: u64,
    fence: Option<u64>,
    bytes: Vec<(RingSlice<u8>, Vec<u8>)>,
    words: Vec<(RingSlice<u64>, Vec<u64>)>,
}

fuzz_target!(|plan: Plan| {
    let mut memory = vec![MaybeUninit::uninit(); usize::from(plan.size) + 64];
    let frames = u32::from(plan.frames % 5) + 1;
    let Ok(mut ring) = Ring::try_new(RangeOptions::buffer(&mut memory), frames) else { return };
    let mut live: Vec<Frame> = Vec::new();
    let (mut open, mut fence, mut completed) = (false, 0u64, 0u64);
    for op in plan.ops {
        match op {
            Op::Begin => {
                if let Ok(number) = ring.begin_frame() {
                    assert!(!open);
                    open = true;
                    // A frame without a fence is retired when the one N later begins, and what has passed goes with it.
                    live.retain(|frame| match frame.fence {
                        None => frame.number + u64::from(frames) > number,
                        Some(fence) => fence > completed,
                    });
                    live.push(Frame { number, fence: None, bytes: Vec::new(), words: Vec::new() });
                }
            }
            Op::End => {
                if ring.end_frame().is_ok() {
                    assert!(open);
                    open = false;
                }
            }
            Op::EndWithFence => {
                fence += 1;
                if ring.end_frame_with_fence(fence).is_ok() {
                    open = false;
                    live.last_mut().unwrap().fence = Some(fence);
                }
            }
            Op::Retire(ahead) => {
                let to = completed + u64::from(ahead % 4);
                if ring.retire(to).is_ok() {
                    completed = completed.max(to);
                    // Oldest first: what a frame without its fence holds back stays readable longer than promised.
                    live.retain(|frame| frame.fence.is_none_or(|fence| fence > completed));
                }
            }
            Op::Push { len, value } => {
                let values: Vec<u8> = (0..len).map(|i| value.wrapping_add(i as u8)).collect();
                if let Ok(slice) = ring.push_slice(&values) {
                    live.last_mut().unwrap().bytes.push((slice, values));
                }
            }
            Op::Wide { len, value } => {
                let values = vec![value; usize::from(len)];
                if let Ok(slice) = ring.push_slice(&values) {
                    live.last_mut().unwrap().words.push((slice, values));
                }
            }
            Op::Reset => {
                if ring.reset().is_ok() {
                    live.clear();
                    open = false;
                }
            }
        }
        // All that is promised is there, as it was pushed.
        for frame in &live {
            for (slice, values) in &frame.bytes {
                assert_eq!(ring.get(*slice), Some(&values[..]));
            }
            for (slice, values) in &frame.words {
                assert_eq!(ring.get(*slice), Some(&values[..]));
            }
        }
    }
});
