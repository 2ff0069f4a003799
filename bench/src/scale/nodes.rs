//! Whose memory an address is, among so many arenas; and the lifetime tree, deep and broad.

use super::{Curve, Load, Promise, Series, decades, load::Random};
use crate::{keep::keep, kernel::Side};
use arenite::{Arena, ArenaOptions, Node, report};
use std::collections::BTreeMap;

/// Operations of a round.
const ROUND: u64 = 1_000;

pub(super) fn curves() -> Vec<Curve> {
    let one = |name, start| vec![Series::new(Side::Ours, name, start)];
    let mut owner = one("report::owner", |size| Box::new(Owner::new(size)));
    owner.push(Series::new(Side::Opponent, "BTreeMap by address", |size| Box::new(Ordered::new(size))));
    vec![
        Curve {
            id: "owner",
            title: "whose memory an address is",
            along: "arenas",
            sizes: decades(1, 100_000),
            promise: Promise::Constant,
            series: owner,
        },
        Curve {
            id: "depth",
            title: "an arena made and dropped that is charged so deep in the lifetime tree",
            along: "nodes above it",
            sizes: vec![1, 2, 4, 8, 16, 32, 64],
            promise: Promise::Linear,
            series: one("arena", |size| Box::new(Made::deep(size))),
        },
        Curve {
            id: "breadth",
            title: "an arena made and dropped below one of so many nodes with one parent",
            along: "nodes",
            sizes: decades(1, 100_000),
            promise: Promise::Constant,
            series: one("arena", |size| Box::new(Made::broad(size))),
        },
        Curve {
            id: "nodes",
            title: "one of the live nodes ended, another made, at random",
            along: "live nodes",
            sizes: decades(10, 100_000),
            promise: Promise::Constant,
            series: one("Node", |size| Box::new(Renewed::new(size))),
        },
    ]
}

/// What the library enters blocks by, when they hold whole ones.
const GRANULE: usize = 64 << 10;

/// So many arenas whose block holds a whole granule, and an address in that of each. Only the block's first page is touched.
fn arenas(size: u64) -> (Vec<Arena>, Vec<*const u64>) {
    let arenas: Vec<Arena> = (0..size).map(|_| ArenaOptions::new().initial(2 * GRANULE).build()).collect();
    let inside = |arena: &Arena| (&raw const *arena.alloc(1_u64)).map_addr(|address| address.next_multiple_of(GRANULE));
    let addresses = arenas.iter().map(inside).collect();
    (arenas, addresses)
}

struct Owner {
    _arenas: Vec<Arena>,
    addresses: Vec<*const u64>,
    random: Random,
}

impl Owner {
    fn new(size: u64) -> Self {
        let (arenas, addresses) = arenas(size);
        assert!(addresses.iter().all(|&address| report::owner(address).is_some()), "arenas enter whole granules");
        Self { _arenas: arenas, addresses, random: Random::new(3) }
    }
}

impl Load for Owner {
    fn run(&mut self) -> u64 {
        for _ in 0..ROUND {
            let address = self.addresses[self.random.below(self.addresses.len())];
            let owner = report::owner(address);
            keep(&owner);
        }
        ROUND
    }
}

/// What one would write with the standard library.
struct Ordered {
    map: BTreeMap<usize, usize>,
    addresses: Vec<usize>,
    random: Random,
}

impl Ordered {
    fn new(size: u64) -> Self {
        let addresses: Vec<usize> = (1..=size as usize).map(|i| i << 12).collect();
        Self { map: addresses.iter().map(|&base| (base, 4096)).collect(), addresses, random: Random::new(3) }
    }
}

impl Load for Ordered {
    fn run(&mut self) -> u64 {
        for _ in 0..ROUND {
            let address = self.addresses[self.random.below(self.addresses.len())] + 100;
            let owner = self.map.range(..=address).next_back().filter(|&(base, size)| address - base < *size);
            keep(&owner);
        }
        ROUND
    }
}

struct Made {
    nodes: Vec<Node>,
    random: Random,
}

impl Made {
    fn deep(size: u64) -> Self {
        let mut node = Node::new("a level").build();
        for _ in 1..size {
            node = Node::new("a level").parent(&node).build();
        }
        Self { nodes: vec![node], random: Random::new(5) }
    }

    fn broad(size: u64) -> Self {
        let parent = Node::new("a level").build();
        let nodes = (0..size).map(|_| Node::new("a room").parent(&parent).build()).collect();
        Self { nodes, random: Random::new(5) }
    }
}

impl Load for Made {
    fn run(&mut self) -> u64 {
        for _ in 0..ROUND {
            let arena =
                ArenaOptions::new().node(&self.nodes[self.random.below(self.nodes.len())]).initial(1024).build();
            keep(arena.alloc(1_u64));
        }
        ROUND
    }
}

struct Renewed {
    nodes: Vec<Node>,
    random: Random,
}

impl Renewed {
    fn new(size: u64) -> Self {
        Self { nodes: (0..size).map(|_| Node::new("a room").build()).collect(), random: Random::new(9) }
    }
}

impl Load for Renewed {
    fn run(&mut self) -> u64 {
        for _ in 0..ROUND {
            let place = self.random.below(self.nodes.len());
            self.nodes[place] = Node::new("a room").build();
        }
        ROUND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_that_is_looked_up_has_an_owner_and_goes_with_its_arena() {
        let (arenas, addresses) = arenas(20);
        assert!(addresses.iter().all(|&address| report::owner(address).is_some()));
        let distinct: std::collections::BTreeSet<_> = addresses.iter().collect();
        assert_eq!(distinct.len(), 20);
        drop(arenas);
        assert!(addresses.iter().all(|&address| report::owner(address).is_none()));
    }
}
