//! Veins: ore in the rock, water over the floor.

use allocator_api2::vec::Vec;

use super::Maker;
use super::weights::Weights;
use crate::memory::{Alloc, Temp};
use crate::roguelike::resource::kinds::VeinKind;
use crate::roguelike::{AROUND, Level, Point, Rect, Rng};

/// Runs as many veins as the kind of level asks for.
#[inline(never)]
pub(super) fn run_veins<P: Alloc, A: Alloc, Q: Alloc>(maker: &mut Maker<'_, P, A, Q>, temp: &impl Temp) {
    let mut rng = maker.rng.fork("veins");
    let own = temp.nested();
    let mut kinds = Weights::new_in(own.alloc());
    for (place, kind) in maker.resources.veins.iter().enumerate() {
        if kind.depth.contains(maker.level.depth) {
            kinds.add(kind.weight, place);
        }
    }
    for _ in 0..rng.between(maker.kind.veins.low, maker.kind.veins.high) {
        if let Some(place) = kinds.pick(&mut rng) {
            run_vein(&mut maker.level, &maker.resources.veins[place], &mut rng, &own);
        }
    }
}

/// Walks at random, mostly straight on, and replaces what lies near the way.
fn run_vein<P: Alloc, A: Alloc, Q: Alloc>(
    level: &mut Level<A, Q>,
    kind: &VeinKind<P>,
    rng: &mut Rng,
    temp: &impl Temp,
) {
    let own = temp.nested();
    let mut within = Vec::with_capacity_in(kind.within.len(), own.alloc());
    for name in &kind.within {
        within.push(level.registry.need(name.as_str(), &own));
    }
    let terrain = level.registry.need(kind.terrain.as_str(), &own);
    let inside = level.tiles.bounds().shrunk(1);
    let mut at = Point::new(
        rng.between(inside.x, inside.x + inside.width - 1),
        rng.between(inside.y, inside.y + inside.height - 1),
    );
    let mut direction = rng.index(AROUND.len());
    let reach = rng.between(kind.width.low, kind.width.high);
    for _ in 0..rng.between(kind.length.low, kind.length.high) {
        for tile in spot(at, reach).points() {
            let replaced = inside.contains(tile) && within.contains(&level.tiles[tile]);
            if replaced && rng.chance(kind.density) {
                level.tiles[tile] = terrain;
            }
        }
        match rng.below(6) {
            0 => direction = (direction + 1) % AROUND.len(),
            1 => direction = (direction + AROUND.len() - 1) % AROUND.len(),
            _ => {}
        }
        at = at.plus(AROUND[direction]);
        if !inside.contains(at) {
            return;
        }
    }
}

/// The square of `reach` by `reach` tiles around a point.
fn spot(at: Point, reach: i32) -> Rect {
    Rect::new(at.x - (reach - 1) / 2, at.y - (reach - 1) / 2, reach, reach)
}
