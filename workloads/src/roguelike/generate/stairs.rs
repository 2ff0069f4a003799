//! Stairs: the way in, and as far from it as can be, the way on.

use allocator_api2::vec::Vec;

use super::Maker;
use super::push::push;
use crate::memory::{Alloc, Temp};
use crate::roguelike::level::Stair;
use crate::roguelike::resource::kinds::TerrainFlags;
use crate::roguelike::{Grid, Level, Point, Rng};

/// How many levels in 100 have a second way up, and a second way down.
const SECOND: u32 = 35;

/// Places at least one way up and one way down.
#[inline(never)]
pub(super) fn place_stairs<P: Alloc, A: Alloc, Q: Alloc>(maker: &mut Maker<'_, P, A, Q>, temp: &impl Temp) {
    let mut rng = maker.rng.fork("stairs");
    let own = temp.nested();
    let mut places = dry_floor(&maker.level, own.alloc());
    let steps_from_entry = match take(&mut places, &mut rng) {
        Some(entry) => {
            put(maker, entry, true);
            distances(&maker.level, entry, own.alloc())
        }
        None => return,
    };
    let farthest = places.iter().enumerate().max_by_key(|&(place, &at)| (steps_from_entry[at], place));
    if let Some((place, _)) = farthest {
        let exit = places.swap_remove(place);
        put(maker, exit, false);
    }
    for up in [true, false] {
        if rng.chance(SECOND)
            && let Some(at) = take(&mut places, &mut rng)
        {
            put(maker, at, up);
        }
    }
}

fn take<W: Alloc>(places: &mut Vec<Point, W>, rng: &mut Rng) -> Option<Point> {
    if places.is_empty() { None } else { Some(places.swap_remove(rng.index(places.len()))) }
}

fn put<P: Alloc, A: Alloc, Q: Alloc>(maker: &mut Maker<'_, P, A, Q>, at: Point, up: bool) {
    maker.level.tiles[at] = if up { maker.palette.up_stairs } else { maker.palette.down_stairs };
    maker.level.stairs.push(Stair { at, up });
}

/// Tiles of rooms that a stair may be cut into.
fn dry_floor<A: Alloc, Q: Alloc, W: Alloc>(level: &Level<A, Q>, alloc: W) -> Vec<Point, W> {
    let mut places = Vec::new_in(alloc);
    for room in &level.rooms {
        for &at in &room.cells {
            let flags = level.flags(at);
            if flags.has(TerrainFlags::WALKABLE) && !flags.any(TerrainFlags::LIQUID | TerrainFlags::DOOR) {
                push(&mut places, at);
            }
        }
    }
    places
}

/// The mark of tiles that no way leads over.
const CLOSED: u32 = u32::MAX;

/// Steps from `start` to every walkable tile.
fn distances<A: Alloc, Q: Alloc, W: Alloc>(level: &Level<A, Q>, start: Point, alloc: W) -> Grid<u32, W> {
    let mut steps = Grid::filled(level.tiles.width(), level.tiles.height(), CLOSED, alloc);
    for (steps, &id) in steps.cells_mut().iter_mut().zip(level.tiles.cells()) {
        if level.registry.flags(id).has(TerrainFlags::WALKABLE) {
            *steps = 0;
        }
    }
    let start = steps.offset(start) as u32;
    let around = steps.cardinal_offsets();
    let cells = steps.cells_mut();
    let mut queue = Vec::new_in(alloc);
    push(&mut queue, start);
    let mut done = 0;
    while let Some(&at) = queue.get(done) {
        done += 1;
        let farther = cells[at as usize] + 1;
        // The rim is never walkable, so no step leads off the map.
        for &step in &around {
            let next = (at as usize).wrapping_add_signed(step);
            if cells[next] == 0 && next as u32 != start {
                cells[next] = farther;
                push(&mut queue, next as u32);
            }
        }
    }
    steps
}
