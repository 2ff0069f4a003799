//! From a seed and a depth to a level, step by step.
//!
//! Each step draws from a stream of random numbers of its own and takes three things: the `Maker` with the level in
//! hand, which grows in the level's memory; what earlier steps worked out; and function-scoped memory for its own
//! arrays. Steps that change the ground come before `connect`, which sees to it that everything can be reached;
//! whatever follows only puts things on walkable tiles.

mod bsp;
mod caves;
mod connect;
mod corridors;
mod doors;
mod edges;
mod features;
mod flood;
mod layout;
mod naming;
mod palette;
mod populate;
mod push;
mod rooms;
mod search;
mod settle;
mod stairs;
mod veins;
mod weights;

use allocator_api2::vec::Vec;

use super::level::NO_ROOM;
use super::registry::TerrainRegistry;
use super::resource::Resources;
use super::resource::kinds::LevelKind;
use super::stati::FreeStati;
use super::{Grid, Level, Point, Rng, Text};
use crate::memory::{Alloc, Temp};
use crate::roguelike::Pools;
use palette::Palette;
use weights::Weights;

/// A level in the making and what decides how it is made.
struct Maker<'r, P: Alloc, A: Alloc, Q: Alloc> {
    resources: &'r Resources<P>,
    kind: &'r LevelKind<P>,
    palette: Palette,
    rng: Rng,
    pools: Pools<Q>,
    level: Level<A, Q>,
}

/// Makes the level that `seed` and `depth` decide, in the memory of `alloc`, with monsters, items and effects in `pools`.
///
/// Temporary arrays come from `temp` and are gone when this returns.
///
/// # Panics
/// If the resources' level kinds leave out a role (`wall`, `floor`, ...), which the game's own files do not.
pub fn generate<P: Alloc, A: Alloc, Q: Alloc>(
    resources: &Resources<P>,
    seed: u64,
    depth: i32,
    alloc: A,
    pools: Pools<Q>,
    temp: &impl Temp,
) -> Level<A, Q> {
    let mut maker = Maker::start(resources, seed, depth, alloc, pools, temp);
    layout::lay_out(&mut maker, temp);
    veins::run_veins(&mut maker, temp);
    features::furnish(&mut maker, temp);
    connect::connect(&mut maker, temp);
    doors::hang_doors(&mut maker, temp);
    stairs::place_stairs(&mut maker, temp);
    populate::populate(&mut maker, temp);
    settle::settle(&mut maker, temp);
    maker.level
}

impl<'r, P: Alloc, A: Alloc, Q: Alloc> Maker<'r, P, A, Q> {
    /// A level of solid wall inside a rim of bedrock.
    fn start(resources: &'r Resources<P>, seed: u64, depth: i32, alloc: A, pools: Pools<Q>, temp: &impl Temp) -> Self {
        let rng = Rng::new(seed).fork("level").fork_number(depth);
        let mut shape = rng.fork("shape");
        let kind = &resources.levels[choose_kind(resources, depth, &mut shape, temp)];
        let registry = TerrainRegistry::build(&resources.terrains, kind, alloc, temp);
        let palette = Palette::of(&registry, temp);
        let width = shape.between(kind.sizes.width.low, kind.sizes.width.high);
        let height = shape.between(kind.sizes.height.low, kind.sizes.height.high);
        let mut tiles = Grid::filled(width, height, palette.bedrock, alloc);
        for at in tiles.bounds().shrunk(1).points() {
            tiles[at] = palette.wall;
        }
        let level = Level {
            seed,
            depth,
            title: Text::copy_in(kind.name.as_str(), alloc),
            registry,
            tiles,
            room_of: Grid::filled(width, height, NO_ROOM, alloc),
            rooms: Vec::new_in(alloc),
            corridors: Vec::new_in(alloc),
            features: Vec::new_in(alloc),
            doors: Vec::new_in(alloc),
            stairs: Vec::new_in(alloc),
            monsters: Vec::new_in(alloc),
            items: Vec::new_in(alloc),
            free_stati: FreeStati::new_in(pools.effects),
        };
        Self { resources, kind, palette, rng, pools, level }
    }

    /// Makes `at` walkable if it is not.
    fn dig(&mut self, at: Point) {
        if !self.level.walkable(at) {
            self.level.tiles[at] = self.palette.corridor;
        }
    }

    /// The memory that the level lies in.
    fn alloc(&self) -> A {
        self.level.alloc()
    }
}

fn choose_kind<P: Alloc>(resources: &Resources<P>, depth: i32, rng: &mut Rng, temp: &impl Temp) -> usize {
    let own = temp.nested();
    let mut weights = Weights::new_in(own.alloc());
    for (place, kind) in resources.levels.iter().enumerate() {
        if kind.depth.contains(depth) {
            weights.add(kind.weight, place);
        }
    }
    weights.pick(rng).unwrap_or(0)
}
