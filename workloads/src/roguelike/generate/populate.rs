//! Who lives on the level and what lies about.

use allocator_api2::{boxed::Box, vec::Vec};

use super::push::push;
use super::weights::Weights;
use super::{Maker, naming};
use crate::memory::{Alloc, Temp};
use crate::roguelike::level::{Item, Monster};
use crate::roguelike::resource::Resources;
use crate::roguelike::resource::kinds::{ItemId, MonsterId, MonsterKind, TerrainFlags};
use crate::roguelike::stati::StatiList;
use crate::roguelike::{CARDINAL, Grid, Level, Point, Pools, Rng};

/// Puts monsters in groups and items singly into the rooms.
#[inline(never)]
pub(super) fn populate<P: Alloc, A: Alloc, Q: Alloc>(maker: &mut Maker<'_, P, A, Q>, temp: &impl Temp) {
    let mut rng = maker.rng.fork("population");
    let depth = maker.level.depth;
    let own = temp.nested();
    let mut monsters = Weights::new_in(own.alloc());
    for (place, kind) in (0u16..).zip(&maker.resources.monsters) {
        if kind.depth.contains(depth) {
            monsters.add(kind.weight, MonsterId(place));
        }
    }
    let mut items = Weights::new_in(own.alloc());
    for (place, kind) in (0u16..).zip(&maker.resources.items) {
        if kind.depth.contains(depth) {
            items.add(kind.weight, ItemId(place));
        }
    }
    let mut taken = taken_tiles(&maker.level, own.alloc());
    for _ in 0..rng.between(maker.kind.monsters.low, maker.kind.monsters.high) {
        if let (Some(kind), Some(at)) = (monsters.pick(&mut rng), somewhere(&maker.level, &mut rng)) {
            place_group(maker, kind, at, &mut taken, &mut rng, &own);
        }
    }
    for _ in 0..rng.between(maker.kind.items.low, maker.kind.items.high) {
        if let (Some(kind), Some(at)) = (items.pick(&mut rng), somewhere(&maker.level, &mut rng)) {
            let item = make_item(maker.resources, kind, at, &mut rng, maker.level.alloc(), maker.pools);
            maker.level.items.push(item);
        }
    }
}

/// Tiles that no monster may stand on when it is put there: what cannot be walked on, doors and stairs.
fn taken_tiles<A: Alloc, Q: Alloc, W: Alloc>(level: &Level<A, Q>, alloc: W) -> Grid<bool, W> {
    let mut taken = Grid::filled(level.tiles.width(), level.tiles.height(), false, alloc);
    for (taken, &id) in taken.cells_mut().iter_mut().zip(level.tiles.cells()) {
        let flags = level.registry.flags(id);
        let kept_free = flags.any(TerrainFlags::DOOR | TerrainFlags::UP | TerrainFlags::DOWN);
        *taken = kept_free || !flags.has(TerrainFlags::WALKABLE);
    }
    taken
}

/// A walkable tile of a room.
fn somewhere<A: Alloc, Q: Alloc>(level: &Level<A, Q>, rng: &mut Rng) -> Option<Point> {
    if level.rooms.is_empty() {
        return None;
    }
    let cells = &level.rooms[rng.index(level.rooms.len())].cells;
    let first = rng.index(cells.len());
    let (before, after) = cells.split_at(first);
    after.iter().chain(before).copied().find(|&at| level.walkable(at))
}

fn place_group<P: Alloc, A: Alloc, Q: Alloc, W: Alloc>(
    maker: &mut Maker<'_, P, A, Q>,
    id: MonsterId,
    at: Point,
    taken: &mut Grid<bool, W>,
    rng: &mut Rng,
    temp: &impl Temp,
) {
    let own = temp.nested();
    let kind = &maker.resources.monsters[usize::from(id.0)];
    let count = usize::try_from(rng.between(kind.group.low, kind.group.high)).unwrap_or(1);
    let mut places = Vec::with_capacity_in(count, own.alloc());
    free_tiles(&maker.level, taken, at, count, &mut places, &own);
    for &at in &places {
        taken[at] = true;
        let monster = make_monster(maker.resources, kind, id, at, rng, maker.level.alloc(), maker.pools);
        maker.level.monsters.push(monster);
    }
}

/// Fills `places`, which has room for them, with the `wanted` free tiles that are nearest to `start` on foot.
fn free_tiles<A: Alloc, Q: Alloc, W: Alloc, V: Alloc>(
    level: &Level<A, Q>,
    taken: &Grid<bool, W>,
    start: Point,
    wanted: usize,
    places: &mut Vec<Point, V>,
    temp: &impl Temp,
) {
    let own = temp.nested();
    let mut seen = Grid::filled(level.tiles.width(), level.tiles.height(), false, own.alloc());
    let mut queue = Vec::new_in(own.alloc());
    seen[start] = true;
    queue.push(start);
    let mut done = 0;
    while let Some(&at) = queue.get(done) {
        done += 1;
        if !taken[at] {
            places.push(at);
        }
        if places.len() == wanted {
            return;
        }
        for &step in &CARDINAL {
            let next = at.plus(step);
            if level.walkable(next) && !seen[next] {
                seen[next] = true;
                push(&mut queue, next);
            }
        }
    }
}

fn make_monster<P: Alloc, A: Alloc, Q: Alloc>(
    resources: &Resources<P>,
    kind: &MonsterKind<P>,
    id: MonsterId,
    at: Point,
    rng: &mut Rng,
    alloc: A,
    pools: Pools<Q>,
) -> Box<Monster<A, Q>, Q> {
    let mut carries = Vec::new_in(alloc);
    for carried in &kind.carries {
        if rng.chance(carried.percent) {
            carries.push(make_item(resources, carried.item, at, rng, alloc, pools));
        }
    }
    let monster = Monster {
        kind: id,
        at,
        health: rng.dice(kind.health.count, kind.health.sides),
        name: rng.chance(kind.named).then(|| naming::proper_name(rng, alloc)),
        carries,
        stati: StatiList::new(),
    };
    Box::new_in(monster, pools.monsters)
}

fn make_item<P: Alloc, A: Alloc, Q: Alloc>(
    resources: &Resources<P>,
    id: ItemId,
    at: Point,
    rng: &mut Rng,
    alloc: A,
    pools: Pools<Q>,
) -> Box<Item<A>, Q> {
    let kind = &resources.items[usize::from(id.0)];
    let count = rng.between(kind.stack.low, kind.stack.high);
    let quality = if kind.class.has_quality() && rng.chance(40) { rng.between(-2, 3) } else { 0 };
    let item = Item {
        kind: id,
        at,
        count,
        quality,
        power: rng.dice(kind.power.count, kind.power.sides) + quality,
        label: naming::item_label(kind, count, quality, alloc),
    };
    Box::new_in(item, pools.items)
}
