//! The figures of a level, and the hash over all that it is.

use std::fmt;

use allocator_api2::boxed::Box;

use super::{Item, Level};
use crate::memory::Alloc;
use crate::roguelike::{Point, StableHash};

/// What is worth telling about a level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelSummary {
    /// The seed it was made from.
    pub seed: u64,
    /// How deep it lies.
    pub depth: i32,
    /// The hash of everything on it; the same on every memory, run and platform.
    pub hash: u64,
    /// Columns.
    pub width: i32,
    /// Rows.
    pub height: i32,
    /// Rooms and caves.
    pub rooms: usize,
    /// Corridors.
    pub corridors: usize,
    /// Room features.
    pub features: usize,
    /// Doors.
    pub doors: usize,
    /// Stairs, up and down.
    pub stairs: usize,
    /// Monsters.
    pub monsters: usize,
    /// Items on the floor and carried.
    pub items: usize,
    /// Status effect records that were allocated.
    pub stati_made: u32,
    /// Times that one was used again.
    pub stati_reused: u32,
}

impl fmt::Display for LevelSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "seed {} depth {}: {}x{}, {} rooms, {} corridors, {} features, {} doors, {} stairs, {} monsters, {} items, hash {:016x}",
            self.seed,
            self.depth,
            self.width,
            self.height,
            self.rooms,
            self.corridors,
            self.features,
            self.doors,
            self.stairs,
            self.monsters,
            self.items,
            self.hash
        )
    }
}

impl<A: Alloc, Q: Alloc> Level<A, Q> {
    /// The figures of this level.
    pub fn summary(&self) -> LevelSummary {
        let carried: usize = self.monsters.iter().map(|monster| monster.carries.len()).sum();
        LevelSummary {
            seed: self.seed,
            depth: self.depth,
            hash: self.hash(),
            width: self.tiles.width(),
            height: self.tiles.height(),
            rooms: self.rooms.len(),
            corridors: self.corridors.len(),
            features: self.features.len(),
            doors: self.doors.len(),
            stairs: self.stairs.len(),
            monsters: self.monsters.len(),
            items: self.items.len() + carried,
            stati_made: self.free_stati.made(),
            stati_reused: self.free_stati.reused(),
        }
    }

    /// A hash over every tile, room, way, thing and being, in their order.
    pub fn hash(&self) -> u64 {
        let mut hash = StableHash::new();
        hash.word(self.seed);
        hash.signed(self.depth);
        hash.bytes(self.title.as_bytes());
        self.hash_map(&mut hash);
        self.hash_rooms(&mut hash);
        for monster in &self.monsters {
            hash.word(u64::from(monster.kind.0));
            point(&mut hash, monster.at);
            hash.signed(monster.health);
            hash.bytes(monster.name.as_ref().map_or(&[], |name| name.as_bytes()));
            items(&mut hash, &monster.carries);
            for stati in monster.stati.iter() {
                hash.word(stati.effect as u64);
                hash.word(u64::from(stati.turns));
            }
        }
        items(&mut hash, &self.items);
        hash.value()
    }

    fn hash_map(&self, hash: &mut StableHash) {
        hash.signed(self.tiles.width());
        hash.signed(self.tiles.height());
        for tiles in self.tiles.cells().chunks(4) {
            let packed = tiles.iter().fold(0, |packed, tile| packed << 16 | u64::from(tile.0));
            hash.word(packed);
        }
        for door in &self.doors {
            point(hash, door.at);
            hash.word(u64::from(door.room));
        }
        for stair in &self.stairs {
            point(hash, stair.at);
            hash.word(u64::from(stair.up));
        }
    }

    fn hash_rooms(&self, hash: &mut StableHash) {
        for room in &self.rooms {
            hash.bytes(room.title.as_bytes());
            hash.word(u64::from(room.kind));
            hash.word(u64::from(room.floor.0));
            points(hash, &room.cells);
            room.exits.iter().for_each(|&exit| hash.word(u64::from(exit)));
        }
        for corridor in &self.corridors {
            hash.word(u64::from(corridor.from) << 16 | u64::from(corridor.to));
            points(hash, &corridor.path);
        }
        for feature in &self.features {
            hash.word(u64::from(feature.terrain.0));
            points(hash, &feature.cells);
        }
    }
}

fn point(hash: &mut StableHash, at: Point) {
    hash.word(u64::from(at.x.cast_unsigned()) << 32 | u64::from(at.y.cast_unsigned()));
}

fn points(hash: &mut StableHash, points: &[Point]) {
    hash.word(points.len() as u64);
    points.iter().for_each(|&at| point(hash, at));
}

fn items<A: Alloc, Q: Alloc>(hash: &mut StableHash, items: &[Box<Item<A>, Q>]) {
    hash.word(items.len() as u64);
    for item in items {
        hash.word(u64::from(item.kind.0));
        point(hash, item.at);
        hash.signed(item.count);
        hash.signed(item.quality);
        hash.signed(item.power);
        hash.bytes(item.label.as_bytes());
    }
}
