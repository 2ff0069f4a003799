//! Binary space partition: the map cut in two, each part cut in two, until the parts are as large as a room wants.

use std::ops::Range;

use allocator_api2::boxed::Box;

use crate::memory::Alloc;
use crate::roguelike::{Rect, Rng};

/// The least columns and rows of a part: a room of a few tiles and its walls.
const LEAST: (i32, i32) = (10, 8);

/// A part of the map.
pub(super) struct Node<A: Alloc> {
    pub(super) area: Rect,
    /// The rooms inside; those of the first child come before those of the second.
    pub(super) rooms: Range<usize>,
    pub(super) children: Option<[Box<Node<A>, A>; 2]>,
}

impl<A: Alloc> Node<A> {
    /// Cuts `area` until no part can be cut or chance says that it is small enough.
    pub(super) fn split(area: Rect, rng: &mut Rng, alloc: A) -> Box<Self, A> {
        let children = cut(area, rng).map(|[one, two]| [Self::split(one, rng, alloc), Self::split(two, rng, alloc)]);
        Box::new_in(Self { area, rooms: 0..0, children }, alloc)
    }

    /// Gives each uncut part to `build`, from the first to the last; `build` answers how many rooms there are by then.
    pub(super) fn build(&mut self, built: usize, build: &mut impl FnMut(Rect) -> usize) -> usize {
        let now = match &mut self.children {
            None => build(self.area),
            Some([one, two]) => {
                let between = one.build(built, build);
                two.build(between, build)
            }
        };
        self.rooms = built..now;
        now
    }

    /// Gives the rooms of each pair of sisters to `join`, the deepest pairs first.
    pub(super) fn join(&self, join: &mut impl FnMut(Range<usize>, Range<usize>)) {
        if let Some([one, two]) = &self.children {
            one.join(join);
            two.join(join);
            join(one.rooms.clone(), two.rooms.clone());
        }
    }
}

fn cut(area: Rect, rng: &mut Rng) -> Option<[Rect; 2]> {
    let spare = (area.width - 2 * LEAST.0, area.height - 2 * LEAST.1);
    let small_enough = area.width < 22 && area.height < 15 && rng.chance(35);
    if (spare.0 < 0 && spare.1 < 0) || small_enough {
        return None;
    }
    // Rows count double: a tile is drawn twice as high as it is wide.
    let across = spare.1 < 0 || (spare.0 >= 0 && rng.chance(if area.width > 2 * area.height { 85 } else { 40 }));
    Some(if across {
        let at = LEAST.0 + rng.between(0, spare.0);
        let rest = area.width - at;
        [Rect { width: at, ..area }, Rect { x: area.x + at, width: rest, ..area }]
    } else {
        let at = LEAST.1 + rng.between(0, spare.1);
        let rest = area.height - at;
        [Rect { height: at, ..area }, Rect { y: area.y + at, height: rest, ..area }]
    })
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;

    #[test]
    fn the_parts_cover_the_area_exactly_once_and_none_is_too_small() {
        for seed in 0..50 {
            let area = Rect::new(1, 1, 78, 48);
            let mut tree = Node::split(area, &mut Rng::new(seed), Global);
            let mut parts = std::vec::Vec::new();
            tree.build(0, &mut |part| {
                parts.push(part);
                parts.len()
            });
            assert!(parts.iter().all(|part| part.width >= LEAST.0 && part.height >= LEAST.1));
            for at in area.points() {
                assert_eq!(parts.iter().filter(|part| part.contains(at)).count(), 1, "{at:?} with seed {seed}");
            }
        }
    }

    #[test]
    fn joining_every_pair_of_sisters_takes_one_way_less_than_there_are_rooms() {
        let mut tree = Node::split(Rect::new(0, 0, 100, 60), &mut Rng::new(4), Global);
        let mut rooms = 0;
        tree.build(0, &mut |_| {
            rooms += 1;
            rooms
        });
        let mut ways = 0;
        tree.join(&mut |one, two| {
            assert_eq!(one.end, two.start);
            ways += 1;
        });
        assert_eq!(ways + 1, rooms);
        assert_eq!(tree.rooms, 0..rooms);
    }
}
