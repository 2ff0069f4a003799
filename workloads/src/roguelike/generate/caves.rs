//! Caves by cellular automaton: noise that is smoothed until it looks like rock worn by water.

use allocator_api2::vec::Vec;

use super::Maker;
use super::flood::Regions;
use super::rooms::add_room;
use crate::memory::{Alloc, Temp};
use crate::roguelike::resource::kinds::RoomShape;
use crate::roguelike::{Grid, Point, Rect, Rng};

/// A cave room of fewer tiles is not worth carving.
const LEAST_CAVE: u32 = 14;
/// A chamber of a cavern of fewer tiles is left solid.
const LEAST_CHAMBER: u32 = 24;
/// A cavern needs as many chambers as this.
const LEAST_CHAMBERS: usize = 2;

/// Open tiles of `area` after `passes` of smoothing noise that is `solid` percent rock: 1 for open, 0 for rock, with a
/// rim of rock one tile wide around them that saves asking where the area ends.
fn grow<W: Alloc>(area: Rect, solid: u32, passes: u32, rng: &mut Rng, alloc: W) -> Grid<u8, W> {
    let (width, height) = (area.width + 2, area.height + 2);
    let mut open = Grid::filled(width, height, 0u8, alloc);
    for at in open.bounds().shrunk(1).points() {
        open[at] = u8::from(!rng.chance(solid));
    }
    let mut next = Grid::filled(width, height, 0u8, alloc);
    for _ in 0..passes {
        smooth(open.cells(), next.cells_mut(), width as usize);
        std::mem::swap(&mut open, &mut next);
    }
    open
}

/// A tile is open after a pass if most of the eight around it are, or half of them and it was open itself.
#[inline(never)]
fn smooth(open: &[u8], next: &mut [u8], width: usize) {
    for (row, next) in next.chunks_exact_mut(width).enumerate().skip(1) {
        let Some(rows) = open.get((row - 1) * width..(row + 2) * width) else { return };
        let (north, rest) = rows.split_at(width);
        let (middle, south) = rest.split_at(width);
        for (x, next) in next[1..width - 1].iter_mut().enumerate() {
            let three = |row: &[u8]| row[x] + row[x + 1] + row[x + 2];
            let own = middle[x + 1];
            let around = three(north) + three(middle) + three(south) - own;
            *next = u8::from(around + own > 4);
        }
    }
}

fn regions<W: Alloc>(area: Rect, open: &Grid<u8, W>, alloc: W) -> Regions<W> {
    let is_open = |at: Point| open[Point::new(at.x - area.x + 1, at.y - area.y + 1)] == 1;
    Regions::of(area, is_open, alloc)
}

fn collect<A: Alloc, W: Alloc>(area: Rect, found: &Regions<W>, label: u16, alloc: A) -> Vec<Point, A> {
    let mut cells = Vec::new_in(alloc);
    cells.extend(area.points().filter(|&at| found.label(at) == label));
    cells
}

/// The tiles of a cave in `area`, if one worth carving grew there.
pub(super) fn cave_cells<A: Alloc>(area: Rect, rng: &mut Rng, alloc: A, temp: &impl Temp) -> Option<Vec<Point, A>> {
    let own = temp.nested();
    let open = grow(area, 40, 3, rng, own.alloc());
    let found = regions(area, &open, own.alloc());
    let largest = found.largest().filter(|&label| found.size(label) >= LEAST_CAVE)?;
    Some(collect(area, &found, largest, alloc))
}

/// Carves a cavern as wide as the map; each of its chambers becomes a room. Carves nothing and says so if it fell into
/// too few chambers.
pub(super) fn carve_cavern<P: Alloc, A: Alloc, Q: Alloc>(
    maker: &mut Maker<'_, P, A, Q>,
    rng: &mut Rng,
    temp: &impl Temp,
) -> bool {
    let own = temp.nested();
    let area = maker.level.tiles.bounds().shrunk(2);
    let open = grow(area, 47, 4, rng, own.alloc());
    let found = regions(area, &open, own.alloc());
    let mut chambers = Vec::new_in(own.alloc());
    chambers.extend((1..).take(found.count()).filter(|&label| found.size(label) >= LEAST_CHAMBER));
    let kind = maker.resources.rooms.iter().position(|kind| kind.shape == RoomShape::Cave);
    let Some(kind) = kind.filter(|_| chambers.len() >= LEAST_CHAMBERS) else { return false };
    for &label in &chambers {
        let cells = collect(area, &found, label, maker.alloc());
        add_room(maker, kind, cells, rng, &own);
    }
    true
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;
    use crate::memory::PlainTemp;

    #[test]
    fn a_cave_hangs_together_and_stays_in_its_area() {
        let area = Rect::new(5, 7, 18, 11);
        let mut caves = 0;
        for seed in 0..40 {
            let Some(cells) = cave_cells(area, &mut Rng::new(seed), Global, &PlainTemp) else { continue };
            caves += 1;
            assert!(cells.iter().all(|&at| area.contains(at)));
            assert_eq!(Regions::of(area, |at| cells.contains(&at), Global).count(), 1);
        }
        assert!(caves > 30, "only {caves} of 40");
    }

    #[test]
    fn smoothing_leaves_solid_rock_solid_and_open_ground_open() {
        let solid = grow(Rect::new(0, 0, 9, 9), 100, 3, &mut Rng::new(1), Global);
        assert!(solid.cells().iter().all(|&open| open == 0));
        let open = grow(Rect::new(0, 0, 9, 9), 0, 1, &mut Rng::new(1), Global);
        assert_eq!(open[Point::new(5, 5)], 1);
        assert_eq!(open[Point::new(1, 1)], 0, "a corner has only three neighbours");
        assert_eq!(open[Point::new(0, 5)], 0, "the rim stays rock");
    }
}
