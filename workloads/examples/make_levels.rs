//! Makes levels and tells how long it took: `make_levels [plain|arenite] [count] [draw]`.

use std::time::Instant;

use workloads::memory::{AreniteMemory, Memory, PlainMemory, Slot};
use workloads::roguelike::{Game, draw};

fn run<M: Memory>(memory: &M, count: u64, drawn: bool) {
    let game = Game::load(memory).expect("the game's own files");
    let mut slot = memory.slot();
    let start = Instant::now();
    let mut hash = 0u64;
    for seed in 0..count {
        let depth = (seed % 25) as i32 + 1;
        let summary = game.with_level(&mut slot, seed, depth, |level| {
            if drawn {
                println!("{}", draw::draw_text(level, game.resources()));
                println!("{}: {}", level.title, level.summary());
            }
            level.summary()
        });
        hash = hash.rotate_left(1) ^ summary.hash;
    }
    let took = start.elapsed();
    let mut report = memory.report();
    slot.describe(&mut report);
    print!("{report}");
    println!("{}: {count} levels in {took:?}, {:?} each, hash {hash:016x}", M::NAME, took / count.max(1) as u32);
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let count = words.get(1).and_then(|word| word.parse().ok()).unwrap_or(200);
    let drawn = words.get(2).is_some_and(|word| word == "draw");
    match words.first().map(String::as_str) {
        None | Some("plain") => run(&PlainMemory, count, drawn),
        Some("arenite") => run(&AreniteMemory::new(), count, drawn),
        Some(other) => panic!("there is no memory called {other}"),
    }
}
