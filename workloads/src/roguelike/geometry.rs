//! Points and rectangles on the map; x grows to the east, y to the south.

/// A tile's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// Column.
    pub x: i32,
    /// Row.
    pub y: i32,
}

/// The four steps that monsters, corridors and connectivity use.
pub const CARDINAL: [Point; 4] = [Point::new(0, -1), Point::new(1, 0), Point::new(0, 1), Point::new(-1, 0)];

/// All eight steps around a tile.
pub const AROUND: [Point; 8] = [
    Point::new(0, -1),
    Point::new(1, -1),
    Point::new(1, 0),
    Point::new(1, 1),
    Point::new(0, 1),
    Point::new(-1, 1),
    Point::new(-1, 0),
    Point::new(-1, -1),
];

impl Point {
    /// The point at column `x`, row `y`.
    pub const fn new(x: i32, y: i32) -> Self {
        Self { x, y }
    }

    /// The point `step` away.
    pub const fn plus(self, step: Point) -> Self {
        Self::new(self.x + step.x, self.y + step.y)
    }

    /// Steps between two points when only cardinal steps are allowed.
    pub const fn distance(self, other: Point) -> i32 {
        (self.x - other.x).abs() + (self.y - other.y).abs()
    }
}

/// A rectangle of tiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Westmost column.
    pub x: i32,
    /// Northmost row.
    pub y: i32,
    /// Columns.
    pub width: i32,
    /// Rows.
    pub height: i32,
}

impl Rect {
    /// The rectangle with its north-west corner at `x`, `y`.
    pub const fn new(x: i32, y: i32, width: i32, height: i32) -> Self {
        Self { x, y, width, height }
    }

    /// The tile in the middle.
    pub const fn centre(self) -> Point {
        Point::new(self.x + self.width / 2, self.y + self.height / 2)
    }

    /// Whether `point` lies inside.
    pub const fn contains(self, point: Point) -> bool {
        point.x >= self.x && point.y >= self.y && point.x < self.x + self.width && point.y < self.y + self.height
    }

    /// The rectangle without its outermost `margin` tiles on each side.
    pub const fn shrunk(self, margin: i32) -> Self {
        Self::new(self.x + margin, self.y + margin, self.width - 2 * margin, self.height - 2 * margin)
    }

    /// Every tile, row by row.
    pub fn points(self) -> impl Iterator<Item = Point> {
        (self.y..self.y + self.height).flat_map(move |y| (self.x..self.x + self.width).map(move |x| Point::new(x, y)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_lists_exactly_the_points_it_contains() {
        let rect = Rect::new(2, 3, 4, 2);
        let points: Vec<Point> = rect.points().collect();
        assert_eq!(points.len(), 8);
        assert!(points.iter().all(|&point| rect.contains(point)));
        assert!(!rect.contains(Point::new(6, 3)));
        assert!(rect.contains(rect.centre()));
    }

    #[test]
    fn a_rectangle_shrunk_to_nothing_has_no_points() {
        assert_eq!(Rect::new(0, 0, 2, 2).shrunk(1).points().count(), 0);
    }
}
