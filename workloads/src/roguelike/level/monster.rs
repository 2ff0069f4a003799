//! Monsters on a level.

use allocator_api2::{boxed::Box, vec::Vec};

use super::Item;
use crate::memory::Alloc;
use crate::roguelike::resource::kinds::MonsterId;
use crate::roguelike::stati::StatiList;
use crate::roguelike::{Point, Text};

/// A monster.
pub struct Monster<A: Alloc, Q: Alloc> {
    /// Its kind.
    pub kind: MonsterId,
    /// Its tile.
    pub at: Point,
    /// Its health.
    pub health: i32,
    /// The name of its own, if it has one.
    pub name: Option<Text<A>>,
    /// What it carries.
    pub carries: Vec<Box<Item<A>, Q>, A>,
    /// The effects on it.
    pub stati: StatiList<Q>,
}
