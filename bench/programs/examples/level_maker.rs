//! The level maker of the workloads as it is written for a plain heap, each level in an arena.
//!
//!     cargo run --release -p programs --example level_maker

use arenite::context::{pinned, scopes_active, with_arena_reported};
use std::time::{Duration, Instant};
use workloads::{
    memory::{Memory, PlainMemory},
    roguelike::Game,
};

#[global_allocator]
static ALLOCATOR: arenite::Global = arenite::Global::new();

const LEVELS: u64 = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Err(reason) = scopes_active() {
        println!("{reason}");
    }
    let game = Game::load(&PlainMemory).map_err(|error| error.to_string())?;
    let mut slot = PlainMemory.slot();
    let (mut on_the_heap, mut in_scopes) = (Duration::ZERO, Duration::ZERO);
    let mut escaped = 0;
    for seed in 0..LEVELS {
        let depth = i32::try_from(seed % 25)? + 1;
        let begun = Instant::now();
        let plain = game.with_level(&mut slot, seed, depth, |level| level.summary());
        on_the_heap += begun.elapsed();

        let begun = Instant::now();
        let (scoped, escapes) =
            with_arena_reported(|| game.with_level(&mut slot, seed, depth, |level| level.summary()));
        in_scopes += begun.elapsed();
        assert_eq!(plain, scoped, "the memory of a level is no part of it");
        escaped += escapes.bytes();
    }
    println!("{LEVELS} levels, the same on both; {escaped} bytes outlived their scopes");
    println!("on the heap {on_the_heap:?}, in scopes {in_scopes:?}; chunks held at the end: {}", pinned().chunks);
    assert_eq!((escaped, pinned().chunks), (0, 0));
    Ok(())
}
