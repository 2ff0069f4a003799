//! What holds for levels on any memory, seen from outside.

use workloads::memory::{AreniteMemory, Memory, MemoryReport, PlainMemory, Slot};
use workloads::roguelike::{Game, LevelSummary, StressOptions, stress, validate};

fn summaries<M: Memory>(memory: &M, seeds: std::ops::Range<u64>) -> Vec<LevelSummary> {
    let game = Game::load(memory).expect("the game's own files");
    let mut slot = memory.slot();
    seeds.map(|seed| game.make(&mut slot, seed, (seed % 25) as i32 + 1)).collect()
}

#[test]
fn a_seed_and_a_depth_decide_the_level() {
    let memory = PlainMemory;
    assert_eq!(summaries(&memory, 0..20), summaries(&memory, 0..20));
    let game = Game::load(&memory).expect("the game's own files");
    let mut slot = memory.slot();
    let hashes = [(1, 1), (1, 2), (2, 1)].map(|(seed, depth)| game.make(&mut slot, seed, depth).hash);
    assert!(hashes[0] != hashes[1] && hashes[0] != hashes[2] && hashes[1] != hashes[2]);
}

#[test]
fn the_levels_of_recorded_seeds_are_the_same_for_ever_and_everywhere() {
    let hashes: Vec<u64> = summaries(&PlainMemory, 0..4).iter().map(|level| level.hash).collect();
    assert_eq!(hashes, RECORDED, "if the generator was changed on purpose, record these: {hashes:#018x?}");
}

const RECORDED: [u64; 4] = [0xaa61_bae6_6bdc_56d3, 0xef54_8351_a7f4_8821, 0x583f_ff69_a92f_328f, 0xe87c_4d61_a231_fca2];

#[test]
fn both_memories_make_the_same_fifty_levels() {
    assert_eq!(summaries(&PlainMemory, 0..50), summaries(&AreniteMemory::new(), 0..50));
}

#[test]
fn two_hundred_levels_of_all_depths_keep_every_promise() {
    let memory = AreniteMemory::new();
    let game = Game::load(&memory).expect("the game's own files");
    let mut slot = memory.slot();
    for seed in 1_000..1_200 {
        let depth = (seed % 30) as i32 + 1;
        game.with_level(&mut slot, seed, depth, |level| {
            assert_eq!(validate(level), Ok(()), "{}", level.summary());
        });
    }
}

#[test]
fn levels_are_neither_empty_nor_all_alike() {
    let levels = summaries(&PlainMemory, 0..100);
    assert!(levels.iter().all(|level| level.rooms >= 2 && level.monsters > 0 && level.items > 0));
    assert!(levels.iter().all(|level| (80..=100).contains(&level.width) && (50..=60).contains(&level.height)));
    assert!(levels.iter().filter(|level| level.doors > 0).count() > 80);
    assert!(levels.iter().filter(|level| level.stati_reused > level.stati_made).count() > 50);
    let mut hashes: Vec<u64> = levels.iter().map(|level| level.hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 100);
}

#[test]
fn a_level_outside_the_depths_that_anything_is_made_for_is_still_a_level() {
    let memory = PlainMemory;
    let game = Game::load(&memory).expect("the game's own files");
    let mut slot = memory.slot();
    for depth in [-5, 0, 100, i32::MAX] {
        game.with_level(&mut slot, 7, depth, |level| assert_eq!(validate(level), Ok(()), "depth {depth}"));
    }
}

#[test]
fn a_freed_level_leaves_its_arena_empty_and_no_block_is_taken_once_it_is_warm() {
    let memory = AreniteMemory::new();
    let game = Game::load(&memory).expect("the game's own files");
    let mut slot = memory.slot();
    let figures = |slot: &_| {
        let mut report = memory.report();
        Slot::describe(slot, &mut report);
        report
    };
    for seed in 0..30 {
        game.make(&mut slot, seed, 20);
    }
    let warm: MemoryReport = figures(&slot);
    for seed in 0..30 {
        game.make(&mut slot, seed, 20);
        let now = figures(&slot);
        let of = |report: &MemoryReport, name: &str| {
            report.arenas.iter().find(|arena| arena.name == name).cloned().expect("all arenas report")
        };
        assert_eq!(of(&now, "slot").used, 0);
        assert_eq!(of(&now, "scratch").used, 0);
        for name in ["program", "scratch", "slot"] {
            assert_eq!(of(&now, name).chunks, of(&warm, name).chunks, "{name}");
            assert_eq!(of(&now, name).blocks_taken, of(&warm, name).blocks_taken, "{name}");
        }
        assert_eq!(of(&now, "program").used, of(&warm, "program").used);
    }
}

#[test]
fn two_levels_live_at_once_in_slots_of_their_own() {
    let memory = AreniteMemory::new();
    let game = Game::load(&memory).expect("the game's own files");
    let (mut upper, mut lower) = (memory.slot(), memory.slot());
    let here = game.generate(&upper, 5, 3);
    let below = game.generate(&lower, 5, 4);
    let (first, second) = (here.hash(), below.hash());
    upper.discard(here);
    upper.recycle();
    assert_eq!(below.hash(), second);
    lower.discard(below);
    lower.recycle();
    assert_eq!(game.make(&mut upper, 5, 3).hash, first);
}

#[test]
fn a_stress_run_with_regen_and_validation_passes_on_both_memories_with_one_hash() {
    let options = StressOptions { count: 30, regen: true, validate: true, ..StressOptions::default() };
    let mut seen = 0;
    let plain = stress(&PlainMemory, &options, |_| seen += 1).expect("no level is wrong");
    let arenite = stress(&AreniteMemory::new(), &options, |_| {}).expect("no level is wrong");
    assert_eq!((seen, plain.levels, plain.regens), (30, 30, 30));
    assert_eq!(plain.hash, arenite.hash);
    assert_eq!(plain.growth(), None);
    assert_eq!(arenite.growth(), Some(0));
    assert_eq!(arenite.after.to_string().lines().count(), 6, "three arenas and three pools");
}

#[test]
fn a_stress_run_of_no_levels_reports_nothing() {
    let options = StressOptions { count: 0, ..StressOptions::default() };
    let report = stress(&PlainMemory, &options, |_| panic!("there is no level")).expect("nothing can be wrong");
    assert_eq!(report.levels, 0);
}
