//! Things that stand in rooms.

use allocator_api2::vec::Vec;

use crate::memory::Alloc;
use crate::roguelike::Point;
use crate::roguelike::resource::kinds::TerrainId;

/// A pillar, a pool, an altar: one terrain on one or more tiles of a room.
pub struct Feature<A: Alloc> {
    /// What it is made of.
    pub terrain: TerrainId,
    /// The room it stands in.
    pub room: u16,
    /// Its tiles.
    pub cells: Vec<Point, A>,
}
