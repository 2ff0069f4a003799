//! What survivors of scopes hold, against the same program without scopes, and with a budget.
//!
//! Each case is a process of its own, for its peak of resident memory.
#![cfg(target_os = "linux")]

#[path = "common/again.rs"]
mod again;

use arenite::context::{PinBudget, pinned, scopes_active, set_chunk_size, set_pin_budget, with_arena};
use std::collections::VecDeque;

#[global_allocator]
static ALLOCATOR: arenite::Global = arenite::Global::new();

const MIB: usize = 1 << 20;

/// Whether the whole table is wanted, which takes minutes.
fn whole() -> bool {
    std::env::var_os("ARENITE_STRESS_SECONDS").is_some()
}

/// How many requests there are, and how many survivors live.
fn size() -> (usize, usize) {
    if whole() { (20_000, 2000) } else { (3000, 500) }
}

/// Requests of so many bytes of garbage in blocks of 100, each (or each 20th) with a survivor of 48 bytes, of which the
/// last ones live.
fn requests(garbage: usize, every: usize, scopes: bool) {
    let (count, window) = size();
    let mut alive: VecDeque<Box<[u64; 6]>> = VecDeque::with_capacity(window + 1);
    for number in 0..count {
        let work = || {
            let blocks: Vec<[Box<[u8; 100]>; 1]> = (0..garbage / 100).map(|n| [Box::new([n as u8; 100])]).collect();
            let survivor = (number % every == 0).then(|| Box::new([number as u64; 6]));
            assert_eq!(blocks.last().unwrap()[0][99], (garbage / 100 - 1) as u8);
            survivor
        };
        if let Some(survivor) = if scopes { with_arena(work) } else { work() } {
            alive.push_back(survivor);
        }
        if alive.len() > window {
            let oldest = alive.pop_front().unwrap();
            assert!(oldest.iter().all(|word| *word as usize <= number));
        }
    }
}

/// Peak of resident memory, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}

/// Not a test by itself: the child that the test below starts, told by the environment.
#[test]
fn child() {
    let Ok(case) = std::env::var("ARENITE_SURVIVORS") else { return };
    let mut words = case.split(' ').map(|word| word.parse::<usize>().unwrap());
    let mut next = || words.next().unwrap();
    let (garbage, every, chunk, budget) = (next(), next(), next(), next());
    if chunk > 0 {
        set_chunk_size(chunk).unwrap();
        set_pin_budget(if budget == 0 { PinBudget::Unlimited } else { PinBudget::HeapBeyond(budget) });
    }
    // Also without scopes: an emulator's books of the reserved range are no part of what survivors hold.
    scopes_active().unwrap();
    requests(garbage, every, chunk > 0);
    println!("peak {} pinned {} declined {}", peak(), pinned().bytes, pinned().declined);
}

fn run(garbage: usize, every: usize, chunk: usize, budget: usize) -> (usize, usize, u64) {
    let output = again::again()
        .args(["child", "--exact", "--nocapture"])
        .env("ARENITE_SURVIVORS", format!("{garbage} {every} {chunk} {budget}"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.split_once("peak ")).expect(&text).1;
    let figures: Vec<&str> = line.split(' ').collect();
    (figures[0].parse().unwrap(), figures[2].parse().unwrap(), figures[4].parse().unwrap())
}

#[test]
fn what_survivors_hold_is_bounded_by_the_budget() {
    println!("peak of resident memory in MiB: heap | 16 KiB | 32 KiB | 64 KiB | 32 KiB with 4 MiB | scopes declined");
    let (requests, window) = size();
    let cases = if whole() { &[(30_000, 1), (300_000, 1), (30_000, 20)][..] } else { &[(30_000, 1)] };
    for &(garbage, every) in cases {
        let (heap, ..) = run(garbage, every, 0, 0);
        let chunks = [16 << 10, 32 << 10, 64 << 10].map(|chunk| run(garbage, every, chunk, 0));
        let (bounded, held, declined) = run(garbage, every, 32 << 10, 4 * MIB);
        let mib = |bytes: usize| bytes / MIB;
        println!(
            "{garbage} bytes of garbage, each {every}: {} | {} | {} | {} | {} | {declined}",
            mib(heap),
            mib(chunks[0].0),
            mib(chunks[1].0),
            mib(chunks[2].0),
            mib(bounded)
        );
        // What the scope that was open when the budget ran out had taken comes on top.
        assert!(held <= 4 * MIB + (32 << 10), "{held}");
        assert!(bounded <= heap + 4 * MIB + 3 * MIB, "{bounded} against {heap} on the heap");
        // One chunk for each of those that live, and no more.
        let alive = window.min(requests / every);
        for (at, (peak, held, declined)) in chunks.into_iter().enumerate() {
            let chunk = 16 << 10 << at;
            assert_eq!(declined, 0);
            assert!(held <= (alive + 1) * chunk, "{held} in chunks of {chunk}");
            assert!(peak <= heap + (alive + 1 + 2 * garbage / chunk) * chunk + 4 * MIB, "{peak}");
        }
    }
}
