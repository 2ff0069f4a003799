//! Building a room in a part of the map.

use allocator_api2::vec::Vec;

use super::caves::cave_cells;
use super::weights::Weights;
use super::{Maker, naming};
use crate::memory::{Alloc, Temp};
use crate::roguelike::level::Room;
use crate::roguelike::resource::kinds::{RoomKind, RoomShape, Span};
use crate::roguelike::{Point, Rect, Rng};

/// How often another kind is tried when one does not fit.
const TRIES: usize = 8;

/// Builds a room in `part`, leaving at least one tile of wall on each side.
#[inline(never)]
pub(super) fn build_room<P: Alloc, A: Alloc, Q: Alloc, W: Alloc>(
    maker: &mut Maker<'_, P, A, Q>,
    kinds: &Weights<u16, W>,
    part: Rect,
    rng: &mut Rng,
    temp: &impl Temp,
) {
    let space = part.shrunk(1);
    let wants_cave = rng.chance(maker.kind.caves);
    let chosen = (0..TRIES).find_map(|_| {
        let place = usize::from(kinds.pick(rng)?);
        let kind = &maker.resources.rooms[place];
        ((kind.shape == RoomShape::Cave) == wants_cave && fits(kind, space)).then_some(place)
    });
    let place = chosen.unwrap_or(0);
    let kind = &maker.resources.rooms[place];
    let bounds = bounds_in(kind, space, rng);
    let cells = cells(kind, bounds, rng, maker.alloc(), temp);
    add_room(maker, place, cells, rng, temp);
    if kind.shape == RoomShape::Plan {
        lay_plan(maker, kind, bounds, temp);
    }
}

fn fits<P: Alloc>(kind: &RoomKind<P>, space: Rect) -> bool {
    kind.sizes.width.low <= space.width && kind.sizes.height.low <= space.height
}

fn bounds_in<P: Alloc>(kind: &RoomKind<P>, space: Rect, rng: &mut Rng) -> Rect {
    let mut length = |span: Span, room: i32| rng.between(span.low.min(room), span.high.min(room));
    let width = length(kind.sizes.width, space.width);
    let height = length(kind.sizes.height, space.height);
    let x = space.x + rng.between(0, space.width - width);
    let y = space.y + rng.between(0, space.height - height);
    Rect::new(x, y, width, height)
}

fn cells<P: Alloc, A: Alloc>(
    kind: &RoomKind<P>,
    bounds: Rect,
    rng: &mut Rng,
    alloc: A,
    temp: &impl Temp,
) -> Vec<Point, A> {
    if kind.shape == RoomShape::Cave
        && let Some(cells) = cave_cells(bounds, rng, alloc, temp)
    {
        return cells;
    }
    let mut cells = Vec::new_in(alloc);
    for at in bounds.points() {
        if belongs(kind, bounds, at) {
            cells.push(at);
        }
    }
    cells
}

/// Whether a tile of the rectangle belongs to a room of this shape.
fn belongs<P: Alloc>(kind: &RoomKind<P>, bounds: Rect, at: Point) -> bool {
    let (width, height) = (bounds.width, bounds.height);
    let (x, y) = (at.x - bounds.x, at.y - bounds.y);
    match kind.shape {
        RoomShape::Rectangle | RoomShape::Cave => true,
        RoomShape::Ellipse => {
            let across = (2 * x + 1 - width) * height;
            let along = (2 * y + 1 - height) * width;
            across * across + along * along <= width * width * height * height
        }
        RoomShape::Cross => {
            let middle = |at: i32, length: i32| at >= length / 3 && at < length - length / 3;
            middle(x, width) || middle(y, height)
        }
        RoomShape::Octagon => {
            let cut = width.min(height) / 4;
            x.min(width - 1 - x) + y.min(height - 1 - y) >= cut
        }
        RoomShape::Plan => !matches!(plan_glyph(kind, x, y), ' ' | '#'),
    }
}

/// The glyph at a place of a plan; rows shorter than others end in nothing.
fn plan_glyph<P: Alloc>(kind: &RoomKind<P>, x: i32, y: i32) -> char {
    let row = kind.plan.get(y as usize);
    row.and_then(|row| row.as_str().chars().nth(x as usize)).unwrap_or(' ')
}

/// Carves `cells` as a room of the kind at `place` and adds it to the level.
pub(super) fn add_room<P: Alloc, A: Alloc, Q: Alloc>(
    maker: &mut Maker<'_, P, A, Q>,
    place: usize,
    cells: Vec<Point, A>,
    rng: &mut Rng,
    temp: &impl Temp,
) {
    let kind = &maker.resources.rooms[place];
    let alloc = maker.alloc();
    let level = &mut maker.level;
    let number = u16::try_from(level.rooms.len()).expect("a level has fewer rooms than tiles");
    let floor = level.registry.need(kind.floor.as_str(), temp);
    for &at in &cells {
        level.tiles[at] = floor;
        level.room_of[at] = number;
    }
    let bounds = bounds_of(&cells);
    level.rooms.push(Room {
        title: naming::room_title(kind.name.as_str(), rng, alloc),
        kind: u16::try_from(place).expect("there are few kinds of rooms"),
        bounds,
        heart: heart_of(&cells, bounds.centre()),
        floor,
        cells,
        exits: Vec::new_in(alloc),
    });
}

fn bounds_of(cells: &[Point]) -> Rect {
    let (mut low, mut high) = (Point::new(i32::MAX, i32::MAX), Point::new(i32::MIN, i32::MIN));
    for at in cells {
        low = Point::new(low.x.min(at.x), low.y.min(at.y));
        high = Point::new(high.x.max(at.x), high.y.max(at.y));
    }
    Rect::new(low.x, low.y, high.x - low.x + 1, high.y - low.y + 1)
}

/// The tile nearest the middle, the first of equals.
fn heart_of(cells: &[Point], centre: Point) -> Point {
    cells.iter().copied().min_by_key(|at| at.distance(centre)).unwrap_or(centre)
}

/// Puts what the legend says on the tiles of a plan.
fn lay_plan<P: Alloc, A: Alloc, Q: Alloc>(
    maker: &mut Maker<'_, P, A, Q>,
    kind: &RoomKind<P>,
    bounds: Rect,
    temp: &impl Temp,
) {
    for entry in &kind.legend {
        let terrain = maker.level.registry.need(entry.terrain.as_str(), temp);
        for at in bounds.points() {
            if plan_glyph(kind, at.x - bounds.x, at.y - bounds.y) == entry.glyph {
                maker.level.tiles[at] = terrain;
            }
        }
    }
}
