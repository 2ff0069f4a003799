//! Where one can walk.

use arenite::{
    Tag,
    system::{SystemError, Zone},
};

use super::physics::CELLS;
use crate::roguelike::Rng;

/// Cells that are walls, in permanent memory.
pub(super) struct NavGrid<'m> {
    walls: &'m [bool],
}

impl<'m> NavGrid<'m> {
    /// A border and scattered walls.
    pub(super) fn new(permanent: &'m Zone, rng: &mut Rng) -> Result<Self, SystemError> {
        let walls = permanent.push_array_tagged(Tag::AI, CELLS * CELLS, false)?;
        for (cell, wall) in walls.iter_mut().enumerate() {
            let (x, y) = (cell % CELLS, cell / CELLS);
            *wall = [x, y].contains(&0) || [x, y].contains(&(CELLS - 1)) || rng.chance(15);
        }
        Ok(Self { walls })
    }

    /// Whether nobody can stand in `cell`.
    pub(super) fn is_wall(&self, cell: u16) -> bool {
        self.walls[usize::from(cell)]
    }

    /// The four cells beside one that is no wall: the border keeps them inside.
    pub(super) fn beside(cell: u16) -> [u16; 4] {
        let row = CELLS as u16;
        [cell - row, cell - 1, cell + 1, cell + row]
    }
}
