//! Rooms and what joins them.

use allocator_api2::vec::Vec;

use crate::memory::Alloc;
use crate::roguelike::resource::kinds::TerrainId;
use crate::roguelike::{Point, Rect, Text};

/// A room or a cave.
pub struct Room<A: Alloc> {
    /// What it is called.
    pub title: Text<A>,
    /// The kind's place in the array of room kinds.
    pub kind: u16,
    /// The rectangle around it.
    pub bounds: Rect,
    /// The tile of it that is nearest the middle: where corridors aim at.
    pub heart: Point,
    /// The terrain of its plain floor.
    pub floor: TerrainId,
    /// Its tiles, row by row.
    pub cells: Vec<Point, A>,
    /// The rooms that corridors lead to from here.
    pub exits: Vec<u16, A>,
}

/// A way from one room to another.
pub struct Corridor<A: Alloc> {
    /// The room it starts from; [`NO_ROOM`](super::NO_ROOM) if it joins ground that belongs to none.
    pub from: u16,
    /// The room it leads to, or [`NO_ROOM`](super::NO_ROOM).
    pub to: u16,
    /// Its tiles in order, those inside rooms included.
    pub path: Vec<Point, A>,
}

/// A door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door {
    /// Its tile.
    pub at: Point,
    /// The room it leads into.
    pub room: u16,
}

/// A way to another level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stair {
    /// Its tile.
    pub at: Point,
    /// Whether it leads up.
    pub up: bool,
}
