//! Flood fill: which tiles hang together.

use allocator_api2::vec::Vec;

use super::push::push;
use crate::memory::Alloc;
use crate::roguelike::{Grid, Point, Rect};

/// The label of tiles that belong to no region.
const CLOSED: u16 = u16::MAX;

/// Tiles sorted into regions that hang together by cardinal steps.
pub(super) struct Regions<A: Alloc> {
    area: Rect,
    /// The area's labels with a closed rim around them, so that a step from an open tile never leaves the grid.
    labels: Grid<u16, A>,
    /// For each region its first tile and how many it has.
    regions: Vec<(Point, u32), A>,
}

impl<A: Alloc> Regions<A> {
    /// Sorts the tiles of `area` that are `open`, which is asked once for each.
    #[inline(never)]
    pub(super) fn of(area: Rect, open: impl Fn(Point) -> bool, alloc: A) -> Self {
        let labels = Grid::filled(area.width + 2, area.height + 2, CLOSED, alloc);
        let mut found = Self { area, labels, regions: Vec::new_in(alloc) };
        for at in area.points() {
            if open(at) {
                found.relabel(at, 0);
            }
        }
        let mut stack = Vec::new_in(alloc);
        for offset in 0..found.labels.cells().len() {
            if found.labels.cells()[offset] == 0 {
                let label = u16::try_from(found.regions.len() + 1).expect("a level has fewer tiles than labels");
                let count = fill(&mut found.labels, offset, label, &mut stack);
                let local = found.labels.point(offset);
                let first = Point::new(local.x + area.x - 1, local.y + area.y - 1);
                found.regions.push((first, count));
            }
        }
        found
    }

    fn local(&self, at: Point) -> Point {
        Point::new(at.x - self.area.x + 1, at.y - self.area.y + 1)
    }

    /// The number of the region that `at` belongs to, counted from 1; 0 for none.
    pub(super) fn label(&self, at: Point) -> u16 {
        self.labels.get(self.local(at)).filter(|&label| label != CLOSED).unwrap_or(0)
    }

    /// Counts `at` as a tile of region `label` from now on.
    pub(super) fn relabel(&mut self, at: Point, label: u16) {
        let local = self.local(at);
        self.labels[local] = label;
    }

    /// How many regions there are.
    pub(super) fn count(&self) -> usize {
        self.regions.len()
    }

    /// The first tile of region `label`.
    pub(super) fn first(&self, label: u16) -> Point {
        self.regions[usize::from(label) - 1].0
    }

    /// How many tiles region `label` has.
    pub(super) fn size(&self, label: u16) -> u32 {
        self.regions[usize::from(label) - 1].1
    }

    /// The region with the most tiles, the first of equals.
    pub(super) fn largest(&self) -> Option<u16> {
        let largest = self.regions.iter().enumerate().max_by_key(|&(place, &(_, size))| (size, usize::MAX - place));
        largest.map(|(place, _)| u16::try_from(place + 1).expect("labels are 16 bits wide"))
    }
}

/// Labels what hangs together with the tile at `start` and counts it.
fn fill<A: Alloc, S: Alloc>(labels: &mut Grid<u16, A>, start: usize, label: u16, stack: &mut Vec<u32, S>) -> u32 {
    let around = labels.cardinal_offsets();
    let cells = labels.cells_mut();
    let mut count = 0;
    cells[start] = label;
    push(stack, start as u32);
    while let Some(at) = stack.pop() {
        count += 1;
        for &step in &around {
            let next = (at as usize).wrapping_add_signed(step);
            if cells[next] == 0 {
                cells[next] = label;
                push(stack, next as u32);
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;

    fn regions(rows: &[&str]) -> Regions<Global> {
        let open = |at: Point| rows[at.y as usize].as_bytes()[at.x as usize] == b'.';
        Regions::of(Rect::new(0, 0, rows[0].len() as i32, rows.len() as i32), open, Global)
    }

    #[test]
    fn tiles_that_touch_only_at_corners_are_different_regions() {
        let found = regions(&["..#", "##.", "..."]);
        assert_eq!(found.count(), 2);
        assert_eq!(found.largest(), Some(2));
        assert_eq!((found.size(1), found.size(2)), (2, 4));
        assert_ne!(found.label(Point::new(1, 0)), found.label(Point::new(2, 1)));
        assert_eq!(found.label(Point::new(0, 1)), 0);
        assert_eq!(found.label(Point::new(-1, 0)), 0);
    }

    #[test]
    fn a_relabelled_tile_belongs_to_its_new_region() {
        let mut found = regions(&[".#."]);
        found.relabel(Point::new(1, 0), 2);
        assert_eq!([0, 1, 2].map(|x| found.label(Point::new(x, 0))), [1, 2, 2]);
    }

    #[test]
    fn the_first_of_equally_large_regions_is_the_largest() {
        assert_eq!(regions(&[".#.", ".#."]).largest(), Some(1));
        assert_eq!(regions(&["##"]).largest(), None);
    }
}
