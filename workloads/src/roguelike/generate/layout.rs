//! The ground plan: halls in the parts of a partition, or one wide cavern; then the ways between them.

use allocator_api2::vec::Vec;

use super::Maker;
use super::bsp::Node;
use super::caves;
use super::corridors::dig_corridor;
use super::edges;
use super::rooms::build_room;
use super::weights::Weights;
use crate::memory::{Alloc, Temp};
use crate::roguelike::{Point, Rng};

/// Rooms further apart than this get no second way.
const FARTHEST_LOOP: i32 = 40;

/// Carves rooms and the corridors between them.
#[inline(never)]
pub(super) fn lay_out<P: Alloc, A: Alloc, Q: Alloc>(maker: &mut Maker<'_, P, A, Q>, temp: &impl Temp) {
    let mut rng = maker.rng.fork("layout");
    let own = temp.nested();
    let wide = rng.chance(maker.kind.cavern) && caves::carve_cavern(maker, &mut rng, &own);
    let mut ways = if wide { Vec::new_in(own.alloc()) } else { build_halls(maker, &mut rng, own.alloc(), &own) };
    let hearts = hearts(maker, own.alloc());
    let edges = edges::by_distance(&hearts, own.alloc());
    ways.reserve(2 * hearts.len());
    if wide {
        edges::span(&edges, hearts.len(), &mut ways, &own);
    }
    add_loops(maker.kind.loops, &edges, &mut ways, hearts.len() / 3, &mut rng);
    for &way in &ways {
        dig_corridor(maker, way, &mut rng, &own);
    }
}

/// Builds a room in each part of a partition and gives the ways that join sister parts.
fn build_halls<P: Alloc, A: Alloc, Q: Alloc, W: Alloc>(
    maker: &mut Maker<'_, P, A, Q>,
    rng: &mut Rng,
    alloc: W,
    temp: &impl Temp,
) -> Vec<(u16, u16), W> {
    let kinds = room_kinds(maker, alloc);
    let mut tree = Node::split(maker.level.tiles.bounds().shrunk(1), rng, alloc);
    let rooms = tree.build(0, &mut |part| {
        build_room(maker, &kinds, part, rng, temp);
        maker.level.rooms.len()
    });
    let mut ways = Vec::with_capacity_in(rooms, alloc);
    let heart = |room: usize| maker.level.rooms[room].heart;
    tree.join(&mut |one, two| {
        let pairs = one.flat_map(|from| two.clone().map(move |to| (from, to)));
        let nearest = pairs.min_by_key(|&(from, to)| (heart(from).distance(heart(to)), from, to));
        ways.extend(nearest.map(|(from, to)| (number(from), number(to))));
    });
    temp.discard(tree);
    ways
}

/// The kinds of rooms that are built at this depth.
fn room_kinds<P: Alloc, A: Alloc, Q: Alloc, W: Alloc>(maker: &Maker<'_, P, A, Q>, alloc: W) -> Weights<u16, W> {
    let mut weights = Weights::new_in(alloc);
    for (place, kind) in (0u16..).zip(&maker.resources.rooms) {
        if kind.depth.contains(maker.level.depth) {
            weights.add(kind.weight, place);
        }
    }
    weights
}

fn hearts<P: Alloc, A: Alloc, Q: Alloc, W: Alloc>(maker: &Maker<'_, P, A, Q>, alloc: W) -> Vec<Point, W> {
    let mut hearts = Vec::new_in(alloc);
    hearts.extend(maker.level.rooms.iter().map(|room| room.heart));
    hearts
}

/// Adds at most `most` ways between near rooms that are not joined yet, so that the map is no mere tree.
fn add_loops<W: Alloc>(percent: u32, edges: &[edges::Edge], ways: &mut Vec<(u16, u16), W>, most: usize, rng: &mut Rng) {
    let enough = ways.len() + most;
    for edge in edges.iter().take_while(|edge| edge.distance <= FARTHEST_LOOP) {
        if ways.len() == enough {
            return;
        }
        let joined = ways.contains(&(edge.from, edge.to)) || ways.contains(&(edge.to, edge.from));
        if !joined && rng.chance(percent) {
            ways.push((edge.from, edge.to));
        }
    }
}

fn number(room: usize) -> u16 {
    u16::try_from(room).expect("a level has fewer rooms than tiles")
}
