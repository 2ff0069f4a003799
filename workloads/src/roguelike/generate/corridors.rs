//! Corridors: the ways between rooms, bent once or winding.

use allocator_api2::vec::Vec;

use super::Maker;
use super::search::Search;
use crate::memory::{Alloc, Temp};
use crate::roguelike::level::{Corridor, NO_ROOM};
use crate::roguelike::resource::kinds::TerrainFlags;
use crate::roguelike::{CARDINAL, Level, Point, Rng};

/// Digs a corridor between the hearts of two rooms.
#[inline(never)]
pub(super) fn dig_corridor<P: Alloc, A: Alloc, Q: Alloc>(
    maker: &mut Maker<'_, P, A, Q>,
    (from, to): (u16, u16),
    rng: &mut Rng,
    temp: &impl Temp,
) {
    let level = &maker.level;
    let start = level.rooms[usize::from(from)].heart;
    let end = level.rooms[usize::from(to)].heart;
    let winding = if rng.chance(maker.kind.winding) { wind(level, start, end, rng, temp) } else { None };
    let path = winding.unwrap_or_else(|| bend(start, end, rng, level.alloc()));
    add_corridor(maker, from, to, path);
}

/// Makes every tile of `path` walkable and adds the corridor to the level.
pub(super) fn add_corridor<P: Alloc, A: Alloc, Q: Alloc>(
    maker: &mut Maker<'_, P, A, Q>,
    from: u16,
    to: u16,
    path: Vec<Point, A>,
) {
    for &at in &path {
        maker.dig(at);
    }
    for (room, exit) in [(from, to), (to, from)] {
        if room != NO_ROOM && exit != NO_ROOM {
            maker.level.rooms[usize::from(room)].exits.push(exit);
        }
    }
    maker.level.corridors.push(Corridor { from, to, path });
}

/// A way with one corner.
fn bend<A: Alloc>(from: Point, to: Point, rng: &mut Rng, alloc: A) -> Vec<Point, A> {
    let corner = if rng.chance(50) { Point::new(to.x, from.y) } else { Point::new(from.x, to.y) };
    let mut path = Vec::new_in(alloc);
    let mut at = from;
    path.push(at);
    for target in [corner, to] {
        while at != target {
            at = Point::new(at.x + (target.x - at.x).signum(), at.y + (target.y - at.y).signum());
            path.push(at);
        }
    }
    path
}

/// A way that prefers what is dug already, soft rock, and distance from other rooms' walls.
fn wind<A: Alloc, Q: Alloc>(
    level: &Level<A, Q>,
    from: Point,
    to: Point,
    rng: &mut Rng,
    temp: &impl Temp,
) -> Option<Vec<Point, A>> {
    let grain = rng.bits();
    let search = Search {
        from,
        goal: |at| at == to,
        estimate: |at: Point| 9 * at.distance(to).cast_unsigned(),
        cost: |at| {
            let id = level.tiles[at];
            let flags = level.registry.flags(id);
            if flags.has(TerrainFlags::PERMANENT) {
                return None;
            }
            if flags.has(TerrainFlags::WALKABLE) {
                return Some(3);
            }
            let beside_room =
                CARDINAL.iter().any(|&step| level.room_of.get(at.plus(step)).is_some_and(|room| room != NO_ROOM));
            let reluctance = if beside_room { 10 } else { 0 };
            Some(4 + level.registry.hardness(id) / 16 + roughness(at, grain) + reluctance)
        },
    };
    search.run(level.tiles.bounds(), level.alloc(), temp)
}

/// Up to 7 more for a tile, decided by its place alone, so that ways of one corridor differ from those of the next.
fn roughness(at: Point, grain: u64) -> u32 {
    let place = u64::from(at.x.cast_unsigned()) << 20 | u64::from(at.y.cast_unsigned());
    ((place ^ grain).wrapping_mul(0x9E6C_63D0_876A_3F6B) >> 61) as u32
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;

    #[test]
    fn a_bent_way_is_as_short_as_can_be_and_has_no_gap() {
        let (from, to) = (Point::new(9, 3), Point::new(2, 8));
        for seed in 0..8 {
            let path = bend(from, to, &mut Rng::new(seed), Global);
            assert_eq!((path[0], path[path.len() - 1]), (from, to));
            assert_eq!(path.len(), 13);
            assert!(path.windows(2).all(|pair| pair[0].distance(pair[1]) == 1));
        }
    }
}
