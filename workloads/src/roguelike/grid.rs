//! A map of values, one per tile.

use std::ops::{Index, IndexMut};

use allocator_api2::vec::Vec;

use super::geometry::{Point, Rect};
use crate::memory::Alloc;

/// A rectangle of values stored row by row.
pub struct Grid<T, A: Alloc> {
    width: i32,
    height: i32,
    cells: Vec<T, A>,
}

impl<T: Copy, A: Alloc> Grid<T, A> {
    /// A grid with `value` on every tile.
    #[inline]
    pub fn filled(width: i32, height: i32, value: T, alloc: A) -> Self {
        let count = usize::try_from(width * height).expect("sizes are not negative");
        let mut cells = Vec::with_capacity_in(count, alloc);
        cells.resize(count, value);
        Self { width, height, cells }
    }

    /// Columns.
    pub fn width(&self) -> i32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> i32 {
        self.height
    }

    /// The rectangle of all tiles.
    pub fn bounds(&self) -> Rect {
        Rect::new(0, 0, self.width, self.height)
    }

    /// Whether the tile exists.
    #[inline]
    pub fn contains(&self, at: Point) -> bool {
        at.x >= 0 && at.y >= 0 && at.x < self.width && at.y < self.height
    }

    /// The value at `at`, if the tile exists.
    #[inline]
    pub fn get(&self, at: Point) -> Option<T> {
        if self.contains(at) { Some(self.cells[self.offset(at)]) } else { None }
    }

    /// The place of a tile in [`cells`](Grid::cells).
    #[inline]
    pub fn offset(&self, at: Point) -> usize {
        debug_assert!(self.contains(at), "{at:?} lies outside {}x{}", self.width, self.height);
        (at.y * self.width + at.x) as usize
    }

    /// The tile at a place in [`cells`](Grid::cells).
    #[inline]
    pub fn point(&self, offset: usize) -> Point {
        let offset = offset as i32;
        Point::new(offset % self.width, offset / self.width)
    }

    /// From a place in [`cells`](Grid::cells) to those of the tiles beside it, as [`CARDINAL`](super::CARDINAL) goes
    /// round. Good only for tiles that are not on the rim.
    pub fn cardinal_offsets(&self) -> [isize; 4] {
        let row = self.width as isize;
        [-row, 1, row, -1]
    }

    /// All values, row by row.
    pub fn cells(&self) -> &[T] {
        &self.cells
    }

    /// All values, row by row, to change.
    pub fn cells_mut(&mut self) -> &mut [T] {
        &mut self.cells
    }
}

impl<T: Copy, A: Alloc> Index<Point> for Grid<T, A> {
    type Output = T;

    #[inline]
    fn index(&self, at: Point) -> &T {
        &self.cells[self.offset(at)]
    }
}

impl<T: Copy, A: Alloc> IndexMut<Point> for Grid<T, A> {
    #[inline]
    fn index_mut(&mut self, at: Point) -> &mut T {
        let offset = self.offset(at);
        &mut self.cells[offset]
    }
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;

    #[test]
    fn points_and_offsets_are_each_others_inverse() {
        let grid = Grid::filled(7, 5, 0u8, Global);
        for at in grid.bounds().points() {
            assert_eq!(grid.point(grid.offset(at)), at);
        }
        assert_eq!(grid.cells().len(), 35);
    }

    #[test]
    fn the_cardinal_offsets_lead_to_the_tiles_that_the_cardinal_steps_lead_to() {
        let grid = Grid::filled(9, 4, (), Global);
        let at = Point::new(5, 2);
        for (offset, step) in grid.cardinal_offsets().into_iter().zip(super::super::CARDINAL) {
            assert_eq!(grid.offset(at).wrapping_add_signed(offset), grid.offset(at.plus(step)));
        }
    }

    #[test]
    fn a_tile_outside_has_no_value() {
        let mut grid = Grid::filled(3, 2, 'a', Global);
        grid[Point::new(2, 1)] = 'b';
        assert_eq!(grid.get(Point::new(2, 1)), Some('b'));
        for outside in [Point::new(3, 0), Point::new(-1, 0), Point::new(0, 2), Point::new(0, -1)] {
            assert_eq!(grid.get(outside), None);
        }
    }
}
