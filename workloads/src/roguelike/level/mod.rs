//! A finished level and everything on it.

mod feature;
mod item;
mod monster;
mod room;
mod summary;

use allocator_api2::{boxed::Box, vec::Vec};

use super::registry::TerrainRegistry;
use super::resource::kinds::{TerrainFlags, TerrainId};
use super::stati::FreeStati;
use super::{Grid, Point, Text};
use crate::memory::Alloc;

pub use feature::Feature;
pub use item::Item;
pub use monster::Monster;
pub use room::{Corridor, Door, Room, Stair};
pub use summary::LevelSummary;

/// The number of no room, in [`Level::room_of`].
pub const NO_ROOM: u16 = u16::MAX;

/// A level. Its map lies in one memory and dies together; monsters, items and effects come and go one by one, each kind
/// in a pool.
pub struct Level<A: Alloc, Q: Alloc> {
    /// The seed it was made from.
    pub seed: u64,
    /// How deep it lies.
    pub depth: i32,
    /// What the level is called.
    pub title: Text<A>,
    /// The terrains in this level's colours.
    pub registry: TerrainRegistry<A>,
    /// The terrain of each tile.
    pub tiles: Grid<TerrainId, A>,
    /// The room that each tile belongs to, or [`NO_ROOM`].
    pub room_of: Grid<u16, A>,
    /// Rooms and caves.
    pub rooms: Vec<Room<A>, A>,
    /// The ways between them.
    pub corridors: Vec<Corridor<A>, A>,
    /// What stands in rooms.
    pub features: Vec<Feature<A>, A>,
    /// Doors.
    pub doors: Vec<Door, A>,
    /// Ways up and down.
    pub stairs: Vec<Stair, A>,
    /// Who lives here.
    pub monsters: Vec<Box<Monster<A, Q>, Q>, A>,
    /// What lies about.
    pub items: Vec<Box<Item<A>, Q>, A>,
    /// Status effects without a monster.
    pub free_stati: FreeStati<Q>,
}

impl<A: Alloc, Q: Alloc> Level<A, Q> {
    /// The memory that the level lies in.
    pub fn alloc(&self) -> A {
        *self.rooms.allocator()
    }

    /// What holds for the terrain at `at`; nothing outside the map.
    #[inline]
    pub fn flags(&self, at: Point) -> TerrainFlags {
        self.tiles.get(at).map_or(TerrainFlags::NONE, |id| self.registry.flags(id))
    }

    /// Whether `at` can be walked on.
    #[inline]
    pub fn walkable(&self, at: Point) -> bool {
        self.flags(at).has(TerrainFlags::WALKABLE)
    }

    /// Whether `at` is rock or masonry.
    #[inline]
    pub fn wall(&self, at: Point) -> bool {
        self.flags(at).has(TerrainFlags::WALL)
    }

    /// Whether `at` is a proper place for a door: wall on two opposite sides, ways that are no doors on the other two.
    pub fn door_fits(&self, at: Point) -> bool {
        let wall = |x, y| self.wall(at.plus(Point::new(x, y)));
        let way = |x, y| {
            let flags = self.flags(at.plus(Point::new(x, y)));
            flags.has(TerrainFlags::WALKABLE) && !flags.has(TerrainFlags::DOOR)
        };
        let crosses_east_west = wall(0, -1) && wall(0, 1) && way(-1, 0) && way(1, 0);
        let crosses_north_south = wall(-1, 0) && wall(1, 0) && way(0, -1) && way(0, 1);
        crosses_east_west || crosses_north_south
    }
}
