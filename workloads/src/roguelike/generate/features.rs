//! Furnishing rooms: pillars, statues, pools.

use allocator_api2::vec::Vec;

use super::Maker;
use crate::memory::{Alloc, Temp};
use crate::roguelike::level::Feature;
use crate::roguelike::resource::kinds::{FeatureRule, TerrainFlags, TerrainId};
use crate::roguelike::{AROUND, CARDINAL, Level, Point, Rng};

/// How many tiles of a room are looked at before a feature is left out.
const TRIES: usize = 10;

/// Puts into each room what its kind asks for.
#[inline(never)]
pub(super) fn furnish<P: Alloc, A: Alloc, Q: Alloc>(maker: &mut Maker<'_, P, A, Q>, temp: &impl Temp) {
    let mut rng = maker.rng.fork("features");
    for number in 0..maker.level.rooms.len() {
        let kind = &maker.resources.rooms[usize::from(maker.level.rooms[number].kind)];
        for rule in &kind.features {
            for _ in 0..rng.between(rule.count.low, rule.count.high) {
                place(maker, number, rule, &mut rng, temp);
            }
        }
    }
}

fn place<P: Alloc, A: Alloc, Q: Alloc>(
    maker: &mut Maker<'_, P, A, Q>,
    number: usize,
    rule: &FeatureRule<P>,
    rng: &mut Rng,
    temp: &impl Temp,
) {
    let level = &mut maker.level;
    let terrain = level.registry.need(rule.terrain.as_str(), temp);
    let walkable = level.registry.flags(terrain).has(TerrainFlags::WALKABLE);
    let cells = &level.rooms[number].cells;
    let suits = |level: &Level<A, Q>, at: Point| {
        let free = if walkable { is_bare(level, at) } else { can_be_walked_around(level, at) };
        free && level.tiles[at] != terrain
    };
    let spot = (0..TRIES).map(|_| cells[rng.index(cells.len())]).find(|&at| suits(level, at));
    let Some(spot) = spot else { return };
    let room = level.room_of[spot];
    let size = if walkable { rng.between(rule.spread.low, rule.spread.high) } else { 1 };
    let cells = spread(level, spot, terrain, room, size, rng, temp);
    level.features.push(Feature { terrain, room, cells });
}

/// Dry floor with nothing on it.
fn is_bare<A: Alloc, Q: Alloc>(level: &Level<A, Q>, at: Point) -> bool {
    let flags = level.flags(at);
    flags.has(TerrainFlags::WALKABLE) && !flags.any(TerrainFlags::LIQUID | TerrainFlags::DOOR)
}

/// Whether all tiles around are walkable: then blocking this one cuts no way, and no two such features touch.
fn can_be_walked_around<A: Alloc, Q: Alloc>(level: &Level<A, Q>, at: Point) -> bool {
    is_bare(level, at) && AROUND.iter().all(|&step| level.walkable(at.plus(step)))
}

/// Lays `terrain` on `size` tiles of the room or as many as hang together around `spot`.
fn spread<A: Alloc, Q: Alloc>(
    level: &mut Level<A, Q>,
    spot: Point,
    terrain: TerrainId,
    room: u16,
    size: i32,
    rng: &mut Rng,
    temp: &impl Temp,
) -> Vec<Point, A> {
    let own = temp.nested();
    let mut cells = Vec::new_in(level.alloc());
    let mut frontier = Vec::new_in(own.alloc());
    frontier.push(spot);
    while let Some(last) = frontier.len().checked_sub(1) {
        let at = frontier.swap_remove(rng.index(last + 1));
        if level.tiles[at] == terrain {
            continue;
        }
        level.tiles[at] = terrain;
        cells.push(at);
        if cells.len() >= usize::try_from(size).unwrap_or(1) {
            break;
        }
        for &step in &CARDINAL {
            let next = at.plus(step);
            if level.room_of.get(next) == Some(room) && level.tiles[next] != terrain && is_bare(level, next) {
                frontier.push(next);
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::super::flood::Regions;
    use super::super::layout::lay_out;
    use super::*;
    use crate::memory::{PlainSlot, PlainTemp};
    use crate::roguelike::Pools;
    use crate::roguelike::Resources;

    #[test]
    fn furnishing_cuts_no_way_and_keeps_each_feature_in_its_room() {
        let resources = Resources::load(Global, &PlainTemp).expect("the game's own files");
        let mut obstacles = 0;
        for seed in 0..30 {
            let mut maker = Maker::start(&resources, seed, 9, Global, Pools::of(&PlainSlot), &PlainTemp);
            lay_out(&mut maker, &PlainTemp);
            let regions = |level: &Level<Global, Global>| {
                Regions::of(level.tiles.bounds(), |at| level.walkable(at), Global).count()
            };
            let before = regions(&maker.level);
            furnish(&mut maker, &PlainTemp);
            assert_eq!(regions(&maker.level), before, "seed {seed}");
            for feature in &maker.level.features {
                assert!(feature.cells.iter().all(|&at| maker.level.room_of[at] == feature.room));
                obstacles += usize::from(!maker.level.walkable(feature.cells[0]));
            }
        }
        assert!(obstacles > 100, "only {obstacles}");
    }
}
