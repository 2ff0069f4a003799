//! What holds for the frame loop, seen from outside.

use arenite::{
    MemorySystem, Tag,
    source::system_calls,
    system::{Area, SystemLayout},
};
use std::sync::{Mutex, MutexGuard};
use workloads::frames::{ENTITIES, FrameLoop, FrameSummary};

/// System calls are counted for the whole process, so that only one test at a time may make any.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn run(frames: u64) -> Vec<FrameSummary> {
    let memory = MemorySystem::new().expect("address space");
    let mut frame_loop = FrameLoop::new(&memory).expect("room");
    (0..frames).map(|_| frame_loop.step().expect("room")).collect()
}

fn steps(frame_loop: &mut FrameLoop<'_>, count: usize) {
    for _ in 0..count {
        frame_loop.step().expect("room");
    }
}

#[test]
fn two_runs_are_the_same_frame_by_frame() {
    let _alone = alone();
    let (first, again) = (run(40), run(40));
    assert_eq!(first, again);
    assert!(first.windows(2).all(|pair| pair[0].hash != pair[1].hash), "every frame changes something");
}

#[test]
fn the_hash_after_ten_frames_is_the_same_for_ever_and_everywhere() {
    let _alone = alone();
    let hash = run(10)[9].hash;
    assert_eq!(hash, RECORDED, "if the loop was changed on purpose, record this: {hash:#018x}");
}

const RECORDED: u64 = 0x179a_97b8_0d25_b3de;

#[test]
fn every_frame_makes_a_thousand_allocations_of_mixed_sizes_and_something_of_everything_happens() {
    let _alone = alone();
    let memory = MemorySystem::new().expect("address space");
    let mut frame_loop = FrameLoop::new(&memory).expect("room");
    let mut summaries = Vec::new();
    for number in 1..=60 {
        let summary = frame_loop.step().expect("room");
        assert_eq!(summary.number, number);
        assert!(summary.allocations >= 1_000, "{summary}");
        summaries.push(summary);
    }
    let requests: Vec<_> = frame_loop.requests().collect();
    assert_eq!(requests.len(), summaries[59].allocations, "the log has room for all");
    assert_eq!(requests.iter().map(|request| request.layout.size()).sum::<usize>(), summaries[59].requested);
    let mut sizes: Vec<usize> = requests.iter().map(|request| request.layout.size()).collect();
    sizes.sort_unstable();
    sizes.dedup();
    assert!(sizes.len() > 20 && sizes[0] < 64 && *sizes.last().unwrap() > 16_384, "{sizes:?}");
    for tag in [Tag::RENDERER, Tag::GUI, Tag::PHYSICS, Tag::AUDIO, Tag::ANIMATION, Tag::PARTICLES, Tag::AI] {
        assert!(requests.iter().any(|request| request.tag == tag), "{tag}");
    }
    let any = |figure: fn(&FrameSummary) -> usize| summaries.iter().any(|summary| figure(summary) > 0);
    assert!(any(|s| s.contacts) && any(|s| s.paths) && any(|s| s.posed) && any(|s| s.particles) && any(|s| s.measured));
    assert!(summaries.iter().skip(1).all(|summary| summary.commands > summary.posed / 2), "one frame behind");
    assert_eq!(summaries[0].commands, 0);
    assert!(memory.used_by_tag(Tag::SCENE) >= ENTITIES * 12);
}

#[test]
fn a_thousand_steady_frames_make_no_system_call_and_commit_nothing() {
    let _alone = alone();
    let memory = MemorySystem::new().expect("address space");
    let mut frame_loop = FrameLoop::new(&memory).expect("room");
    steps(&mut frame_loop, 10);
    let areas = |memory: &MemorySystem<'_>| -> Vec<(Area, usize, usize)> {
        memory.stats().areas.iter().map(|area| (area.area, area.committed, area.high_water)).collect()
    };
    let (calls, before) = (system_calls(), areas(&memory));
    steps(&mut frame_loop, 1_000);
    assert_eq!(system_calls() - calls, 0);
    assert_eq!(areas(&memory), before, "no frame uses more than was touched at the start");
}

#[test]
fn what_was_counted_under_tags_falls_back_every_frame() {
    let _alone = alone();
    let memory = MemorySystem::new().expect("address space");
    let mut frame_loop = FrameLoop::new(&memory).expect("room");
    let permanent = Tag::all().map(|tag| memory.used_by_tag(tag)).sum::<usize>();
    steps(&mut frame_loop, 20);
    assert!(memory.used_by_tag(Tag::ANIMATION) > 0, "a frame's contents stay until the next begins");
    drop(memory.begin_frame().expect("closed"));
    drop(memory.begin_gui().expect("closed"));
    assert_eq!(Tag::all().map(|tag| memory.used_by_tag(tag)).sum::<usize>(), permanent);
}

#[test]
fn a_replay_makes_the_first_thousand_requests_of_the_last_frame() {
    let _alone = alone();
    let memory = MemorySystem::new().expect("address space");
    let mut frame_loop = FrameLoop::new(&memory).expect("room");
    frame_loop.step().expect("room");
    let least: usize = frame_loop.requests().take(FrameLoop::REPLAYED).map(|request| request.layout.size()).sum();
    let frame = memory.begin_frame().expect("closed");
    assert_eq!(frame_loop.replay(&frame), FrameLoop::REPLAYED);
    let used = frame.used();
    assert!((least..least + 16 * FrameLoop::REPLAYED).contains(&used), "{used} for {least}");
    assert_eq!(frame_loop.replay_tagged(&frame).expect("room"), FrameLoop::REPLAYED);
    assert!(memory.used_by_tag(Tag::RENDERER) > 0);
    drop(frame);
    let (mut undisturbed, other) = (Vec::new(), run(3));
    undisturbed.push(frame_loop.step().expect("room"));
    undisturbed.push(frame_loop.step().expect("room"));
    assert_eq!(undisturbed[..], other[1..], "a replay between two frames changes nothing");
}

#[test]
fn a_budget_that_is_too_small_is_told_with_the_tag_and_what_to_do() {
    let _alone = alone();
    let layout = SystemLayout::new().budget(Tag::ANIMATION, arenite::Budget { soft: None, hard: Some(4_096) });
    let memory = MemorySystem::with_layout(layout).expect("address space");
    let mut frame_loop = FrameLoop::new(&memory).expect("room");
    let refused = frame_loop.step().expect_err("512 poses do not fit in a page").to_string();
    assert!(refused.contains("animation") && refused.contains("SystemLayout::budget"), "{refused}");
}
