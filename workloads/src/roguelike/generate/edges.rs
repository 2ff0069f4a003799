//! Which rooms are to be joined: pairs by distance, and the least set of pairs that joins all.

use allocator_api2::vec::Vec;

use crate::memory::{Alloc, Temp};
use crate::roguelike::Point;

/// Two rooms and how far their hearts lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) distance: i32,
    pub(super) from: u16,
    pub(super) to: u16,
}

/// Every pair of rooms, the nearest first.
pub(super) fn by_distance<A: Alloc>(hearts: &[Point], alloc: A) -> Vec<Edge, A> {
    let mut edges = Vec::new_in(alloc);
    for (to, &there) in (0u16..).zip(hearts) {
        for (from, here) in (0..to).zip(hearts) {
            edges.push(Edge { distance: here.distance(there), from, to });
        }
    }
    edges.sort_unstable();
    edges
}

/// The shortest pairs that join `rooms` rooms, put into `ways`.
pub(super) fn span<W: Alloc>(edges: &[Edge], rooms: usize, ways: &mut Vec<(u16, u16), W>, temp: &impl Temp) {
    let own = temp.nested();
    let mut leaders: Vec<u16, _> = Vec::with_capacity_in(rooms, own.alloc());
    leaders.extend((0u16..).take(rooms));
    for edge in edges {
        let (one, two) = (leader(&mut leaders, edge.from), leader(&mut leaders, edge.to));
        if one != two {
            leaders[usize::from(one)] = two;
            ways.push((edge.from, edge.to));
        }
    }
}

/// The room that stands for all that `room` is joined with; the chain to it is shortened on the way.
fn leader(leaders: &mut [u16], mut room: u16) -> u16 {
    while leaders[usize::from(room)] != room {
        let above = leaders[usize::from(room)];
        leaders[usize::from(room)] = leaders[usize::from(above)];
        room = above;
    }
    room
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;
    use crate::memory::PlainTemp;

    #[test]
    fn the_spanning_ways_are_the_short_ones_and_join_everything() {
        let hearts = [Point::new(0, 0), Point::new(10, 0), Point::new(11, 0), Point::new(1, 1)];
        let edges = by_distance(&hearts, Global);
        assert_eq!(edges.len(), 6);
        let mut ways = Vec::with_capacity_in(4, Global);
        span(&edges, hearts.len(), &mut ways, &PlainTemp);
        assert_eq!(ways[..], [(1, 2), (0, 3), (0, 1)]);
    }
}
