//! The cheapest way from a tile to one of some goals.

use allocator_api2::vec::Vec;

use super::push::push;
use crate::memory::{Alloc, Temp};
use crate::roguelike::{CARDINAL, Grid, Point, Rect};

/// What a search is to find and what it pays.
pub(super) struct Search<G, E, C> {
    /// The tile it starts from.
    pub(super) from: Point,
    /// Whether a tile ends the search.
    pub(super) goal: G,
    /// How much the rest of the way costs at a guess. A guess above the truth makes the search faster and the way
    /// perhaps dearer than the cheapest.
    pub(super) estimate: E,
    /// What a step onto a tile costs; none where no way may lead.
    pub(super) cost: C,
}

impl<G, E, C> Search<G, E, C>
where
    G: Fn(Point) -> bool,
    E: Fn(Point) -> u32,
    C: Fn(Point) -> Option<u32>,
{
    /// The tiles of the way, both ends included, in the memory of `alloc`; none if no goal can be reached.
    #[inline(never)]
    pub(super) fn run<A: Alloc>(&self, bounds: Rect, alloc: A, temp: &impl Temp) -> Option<Vec<Point, A>> {
        let own = temp.nested();
        let mut paid = Grid::filled(bounds.width, bounds.height, u32::MAX, own.alloc());
        let mut arrived_by = Grid::filled(bounds.width, bounds.height, 0u8, own.alloc());
        let mut open = Open { entries: Vec::new_in(own.alloc()) };
        paid[self.from] = 0;
        open.push(0, paid.offset(self.from));
        while let Some((promise, offset)) = open.pop() {
            let at = paid.point(offset);
            if (self.goal)(at) {
                return Some(retrace(self.from, at, &arrived_by, alloc));
            }
            if promise > paid[at].saturating_add((self.estimate)(at)) {
                continue;
            }
            for (direction, &step) in (0u8..).zip(&CARDINAL) {
                let next = at.plus(step);
                if !paid.contains(next) {
                    continue;
                }
                let Some(cost) = (self.cost)(next) else { continue };
                let total = paid[at] + cost;
                if total < paid[next] {
                    paid[next] = total;
                    arrived_by[next] = direction;
                    open.push(total + (self.estimate)(next), paid.offset(next));
                }
            }
        }
        None
    }
}

/// Follows the steps back from `to`, then turns them round.
fn retrace<A: Alloc, T: Alloc>(from: Point, to: Point, arrived_by: &Grid<u8, T>, alloc: A) -> Vec<Point, A> {
    let mut path = Vec::new_in(alloc);
    let mut at = to;
    path.push(at);
    while at != from {
        let step = CARDINAL[usize::from(arrived_by[at])];
        at = Point::new(at.x - step.x, at.y - step.y);
        path.push(at);
    }
    path.reverse();
    path
}

/// Tiles to look at, the most promising first: a binary heap, ties broken by place so that the order is decided.
struct Open<A: Alloc> {
    entries: Vec<(u32, u32), A>,
}

impl<A: Alloc> Open<A> {
    fn push(&mut self, promise: u32, offset: usize) {
        push(&mut self.entries, (promise, offset as u32));
        let mut child = self.entries.len() - 1;
        while child > 0 {
            let parent = (child - 1) / 2;
            if self.entries[parent] <= self.entries[child] {
                break;
            }
            self.entries.swap(parent, child);
            child = parent;
        }
    }

    fn pop(&mut self) -> Option<(u32, usize)> {
        if self.entries.is_empty() {
            return None;
        }
        let (promise, offset) = self.entries.swap_remove(0);
        let len = self.entries.len();
        let mut parent = 0;
        loop {
            let left = 2 * parent + 1;
            if left >= len {
                break;
            }
            let right = left + 1;
            let lesser = if right < len && self.entries[right] < self.entries[left] { right } else { left };
            if self.entries[parent] <= self.entries[lesser] {
                break;
            }
            self.entries.swap(parent, lesser);
            parent = lesser;
        }
        Some((promise, offset as usize))
    }
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;
    use crate::memory::PlainTemp;
    use crate::roguelike::Rng;

    #[test]
    fn the_heap_gives_the_least_first_whatever_the_order_of_pushes() {
        let mut rng = Rng::new(2);
        let mut open = Open { entries: Vec::new_in(Global) };
        let mut wanted = std::vec::Vec::new();
        for offset in 0..500 {
            let promise = rng.below(100);
            open.push(promise, offset);
            wanted.push((promise, offset));
        }
        wanted.sort_unstable();
        let got: std::vec::Vec<_> = std::iter::from_fn(|| open.pop()).collect();
        assert_eq!(got, wanted);
    }

    #[test]
    fn the_way_goes_round_what_is_closed_and_through_what_is_cheap() {
        let rows = ["S.#..", ".9#..", "..9.G"];
        let at = |p: Point| rows[p.y as usize].as_bytes()[p.x as usize];
        let goal = Point::new(4, 2);
        let search = Search {
            from: Point::new(0, 0),
            goal: |p| p == goal,
            estimate: |p: Point| p.distance(goal).cast_unsigned(),
            cost: |p| match at(p) {
                b'#' => None,
                b'9' => Some(9),
                _ => Some(1),
            },
        };
        let path = search.run(Rect::new(0, 0, 5, 3), Global, &PlainTemp).expect("there is a way");
        let want = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (3, 2), (4, 2)];
        assert_eq!(path.iter().map(|p| (p.x, p.y)).collect::<std::vec::Vec<_>>(), want);
    }

    #[test]
    fn no_way_is_found_through_a_closed_ring() {
        let search = Search {
            from: Point::new(0, 0),
            goal: |p| p == Point::new(2, 0),
            estimate: |_| 0,
            cost: |p: Point| (p.x != 1).then_some(1),
        };
        assert!(search.run(Rect::new(0, 0, 3, 3), Global, &PlainTemp).is_none());
    }
}
