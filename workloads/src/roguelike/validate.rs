//! Whether a level keeps its promises.

use std::collections::HashSet;
use std::fmt;

use super::level::{Feature, Room};
use super::resource::kinds::{TerrainFlags, TerrainId};
use super::{CARDINAL, Level, Point};
use crate::memory::Alloc;

/// A promise that a level breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// There is no way up.
    NoWayUp,
    /// There is no way down.
    NoWayDown,
    /// A walkable tile cannot be reached from the first way up.
    Unreachable(Point),
    /// A room has no tile that can be reached.
    RoomCutOff {
        /// The room's number.
        room: usize,
    },
    /// A thing lies outside the map.
    OutOfBounds {
        /// What kind of thing.
        what: &'static str,
        /// Where.
        at: Point,
    },
    /// A tile has a terrain that does not exist.
    UnknownTerrain {
        /// The tile.
        at: Point,
        /// Its terrain.
        terrain: TerrainId,
    },
    /// A tile on the rim of the map can be walked on.
    OpenRim(Point),
    /// A door that is not between two walls and two ways, or whose tile is no door.
    BadDoor(Point),
    /// A door's tile that is on no list.
    UnlistedDoor(Point),
    /// A stair whose tile does not lead where the list says.
    BadStair(Point),
    /// A monster or an item on a tile that cannot be walked on.
    Stuck {
        /// What kind of thing.
        what: &'static str,
        /// Where.
        at: Point,
    },
    /// Two monsters on one tile.
    Crowded(Point),
    /// A room's tile that the map says belongs to another room or none.
    WrongRoom {
        /// The room's number.
        room: usize,
        /// The tile.
        at: Point,
    },
    /// A feature whose tile is of another terrain.
    LostFeature(Point),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = |text: &str, at: &Point| write!(f, "{text} at {},{}", at.x, at.y);
        match self {
            Self::NoWayUp => f.write_str("no way up"),
            Self::NoWayDown => f.write_str("no way down"),
            Self::Unreachable(at) => place("walkable ground that cannot be reached", at),
            Self::RoomCutOff { room } => write!(f, "room {room} cannot be reached"),
            Self::OutOfBounds { what, at } => place(&format!("{what} outside the map"), at),
            Self::UnknownTerrain { at, terrain } => place(&format!("unknown terrain {}", terrain.0), at),
            Self::OpenRim(at) => place("walkable rim", at),
            Self::BadDoor(at) => place("door without two walls and two ways", at),
            Self::UnlistedDoor(at) => place("door on no list", at),
            Self::BadStair(at) => place("stair that is none", at),
            Self::Stuck { what, at } => place(&format!("{what} on impassable ground"), at),
            Self::Crowded(at) => place("two monsters", at),
            Self::WrongRoom { room, at } => place(&format!("tile that is not of room {room}"), at),
            Self::LostFeature(at) => place("feature of another terrain", at),
        }
    }
}

/// Checks every promise of a level.
///
/// # Errors
/// All broken promises, in no order of weight.
pub fn validate<A: Alloc, Q: Alloc>(level: &Level<A, Q>) -> Result<(), Vec<Violation>> {
    let mut broken = Vec::new();
    check_terrains(level, &mut broken);
    if !broken.is_empty() {
        return Err(broken);
    }
    check_bounds(level, &mut broken);
    check_rooms(level, &mut broken);
    check_doors(level, &mut broken);
    check_stairs(level, &mut broken);
    check_beings(level, &mut broken);
    check_reach(level, &mut broken);
    if broken.is_empty() { Ok(()) } else { Err(broken) }
}

/// Everything else asks terrains what holds for them, so this comes first.
fn check_terrains<A: Alloc, Q: Alloc>(level: &Level<A, Q>, broken: &mut Vec<Violation>) {
    for at in level.tiles.bounds().points() {
        let terrain = level.tiles[at];
        if level.registry.get(terrain).is_none() {
            broken.push(Violation::UnknownTerrain { at, terrain });
        }
    }
}

fn check_bounds<A: Alloc, Q: Alloc>(level: &Level<A, Q>, broken: &mut Vec<Violation>) {
    let inside = level.tiles.bounds().shrunk(1);
    for at in level.tiles.bounds().points() {
        if !inside.contains(at) && level.walkable(at) {
            broken.push(Violation::OpenRim(at));
        }
    }
    let mut within = |what, at| {
        if !level.tiles.contains(at) {
            broken.push(Violation::OutOfBounds { what, at });
        }
    };
    level.doors.iter().for_each(|door| within("door", door.at));
    level.stairs.iter().for_each(|stair| within("stair", stair.at));
    level.monsters.iter().for_each(|monster| within("monster", monster.at));
    level.items.iter().for_each(|item| within("item", item.at));
    level.rooms.iter().flat_map(|room| &room.cells).for_each(|&at| within("room", at));
    level.features.iter().flat_map(|feature| &feature.cells).for_each(|&at| within("feature", at));
    level.corridors.iter().flat_map(|corridor| &corridor.path).for_each(|&at| within("corridor", at));
}

fn check_rooms<A: Alloc, Q: Alloc>(level: &Level<A, Q>, broken: &mut Vec<Violation>) {
    for (number, room) in level.rooms.iter().enumerate() {
        let foreign = |at: &&Point| level.room_of.get(**at).is_none_or(|owner| usize::from(owner) != number);
        broken.extend(room.cells.iter().find(foreign).map(|&at| Violation::WrongRoom { room: number, at }));
    }
    let lost =
        |feature: &Feature<A>| feature.cells.iter().copied().find(|&at| level.tiles.get(at) != Some(feature.terrain));
    broken
        .extend(level.features.iter().filter_map(lost).filter(|&at| !is_stair(level, at)).map(Violation::LostFeature));
}

/// A stair may be cut into a walkable feature, such as moss.
fn is_stair<A: Alloc, Q: Alloc>(level: &Level<A, Q>, at: Point) -> bool {
    level.flags(at).any(TerrainFlags::UP | TerrainFlags::DOWN)
}

fn check_doors<A: Alloc, Q: Alloc>(level: &Level<A, Q>, broken: &mut Vec<Violation>) {
    for door in &level.doors {
        if !level.flags(door.at).has(TerrainFlags::DOOR | TerrainFlags::WALKABLE) || !level.door_fits(door.at) {
            broken.push(Violation::BadDoor(door.at));
        }
    }
    let listed: HashSet<Point> = level.doors.iter().map(|door| door.at).collect();
    let doors = level.tiles.bounds().points().filter(|&at| level.flags(at).has(TerrainFlags::DOOR));
    broken.extend(doors.filter(|at| !listed.contains(at)).map(Violation::UnlistedDoor));
}

fn check_stairs<A: Alloc, Q: Alloc>(level: &Level<A, Q>, broken: &mut Vec<Violation>) {
    for stair in &level.stairs {
        let leads = if stair.up { TerrainFlags::UP } else { TerrainFlags::DOWN };
        if !level.flags(stair.at).has(leads | TerrainFlags::WALKABLE) {
            broken.push(Violation::BadStair(stair.at));
        }
    }
    if !level.stairs.iter().any(|stair| stair.up) {
        broken.push(Violation::NoWayUp);
    }
    if !level.stairs.iter().any(|stair| !stair.up) {
        broken.push(Violation::NoWayDown);
    }
}

fn check_beings<A: Alloc, Q: Alloc>(level: &Level<A, Q>, broken: &mut Vec<Violation>) {
    let mut standing = HashSet::new();
    for monster in &level.monsters {
        if !level.walkable(monster.at) {
            broken.push(Violation::Stuck { what: "monster", at: monster.at });
        }
        if !standing.insert(monster.at) {
            broken.push(Violation::Crowded(monster.at));
        }
    }
    let stuck = level.items.iter().filter(|item| !level.walkable(item.at));
    broken.extend(stuck.map(|item| Violation::Stuck { what: "item", at: item.at }));
}

/// Walks from the first way up to everything it can.
fn check_reach<A: Alloc, Q: Alloc>(level: &Level<A, Q>, broken: &mut Vec<Violation>) {
    let Some(entry) = level.stairs.iter().find(|stair| stair.up) else { return };
    let mut reached = HashSet::from([entry.at]);
    let mut stack = vec![entry.at];
    while let Some(at) = stack.pop() {
        for next in CARDINAL.map(|step| at.plus(step)) {
            if level.walkable(next) && reached.insert(next) {
                stack.push(next);
            }
        }
    }
    let lost = level.tiles.bounds().points().filter(|&at| level.walkable(at) && !reached.contains(&at));
    broken.extend(lost.map(Violation::Unreachable));
    let cut_off = |room: &Room<A>| !room.cells.iter().any(|at| reached.contains(at));
    let rooms = level.rooms.iter().enumerate().filter(|(_, room)| cut_off(room));
    broken.extend(rooms.map(|(room, _)| Violation::RoomCutOff { room }));
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;
    use crate::memory::{PlainSlot, PlainTemp};
    use crate::roguelike::Pools;
    use crate::roguelike::Resources;
    use crate::roguelike::generate::generate;

    fn level() -> Level<Global, Global> {
        let resources = Resources::load(Global, &PlainTemp).expect("the game's own files");
        (0..)
            .map(|seed| generate(&resources, seed, 3, Global, Pools::of(&PlainSlot), &PlainTemp))
            .find(|level| {
                level.doors.len() > 3
                    && level.monsters.len() > 3
                    && level.items.len() > 3
                    && level.rooms.len() > 4
                    && !level.features.is_empty()
            })
            .expect("most levels are that rich")
    }

    /// What is found after `breaking` a good level.
    fn found(breaking: impl FnOnce(&mut Level<Global, Global>)) -> Vec<Violation> {
        let mut level = level();
        assert_eq!(validate(&level), Ok(()));
        breaking(&mut level);
        validate(&level).expect_err("a broken level must not pass")
    }

    fn wall_of(level: &Level<Global, Global>) -> TerrainId {
        level.registry.need("wall", &PlainTemp)
    }

    #[test]
    fn an_unknown_terrain_is_named_with_its_tile() {
        let at = Point::new(4, 5);
        let terrain = TerrainId(9_999);
        assert_eq!(found(|level| level.tiles[at] = terrain), [Violation::UnknownTerrain { at, terrain }]);
    }

    #[test]
    fn a_level_without_stairs_has_no_way_up_and_none_down() {
        let broken = found(|level| level.stairs.clear());
        assert!(broken.contains(&Violation::NoWayUp) && broken.contains(&Violation::NoWayDown), "{broken:?}");
    }

    #[test]
    fn a_stair_that_leads_the_other_way_is_found() {
        let mut at = Point::default();
        let broken = found(|level| {
            let down = level.registry.need("down stairs", &PlainTemp);
            at = level.stairs[0].at;
            level.tiles[at] = down;
        });
        assert!(broken.contains(&Violation::BadStair(at)), "{broken:?}");
    }

    #[test]
    fn a_walled_in_tile_cannot_be_reached() {
        let mut at = Point::default();
        let broken = found(|level| {
            let wall = wall_of(level);
            let entry = level.stairs[0].at;
            at = level.rooms[1].heart;
            assert_ne!(at, entry);
            CARDINAL.iter().for_each(|&step| level.tiles[at.plus(step)] = wall);
        });
        assert!(broken.contains(&Violation::Unreachable(at)), "{broken:?}");
    }

    #[test]
    fn a_filled_room_is_cut_off() {
        let mut room = 0;
        let broken = found(|level| {
            let wall = wall_of(level);
            let entry = level.stairs[0].at;
            room = level.rooms.iter().position(|room| !room.cells.contains(&entry)).expect("several rooms");
            for place in 0..level.rooms[room].cells.len() {
                let at = level.rooms[room].cells[place];
                level.tiles[at] = wall;
            }
        });
        assert!(broken.contains(&Violation::RoomCutOff { room }), "{broken:?}");
    }

    #[test]
    fn a_door_that_stands_free_is_bad_and_one_off_the_list_is_unlisted() {
        let mut at = Point::default();
        let broken = found(|level| {
            at = level.doors[1].at;
            let wall = wall_of(level);
            CARDINAL.iter().for_each(|&step| level.tiles[at.plus(step)] = wall);
        });
        assert!(broken.contains(&Violation::BadDoor(at)), "{broken:?}");
        let broken = found(|level| at = level.doors.remove(0).at);
        assert_eq!(broken, [Violation::UnlistedDoor(at)]);
    }

    #[test]
    fn two_monsters_on_a_tile_are_a_crowd() {
        let mut at = Point::default();
        let broken = found(|level| {
            at = level.monsters[0].at;
            level.monsters[1].at = at;
        });
        assert_eq!(broken, [Violation::Crowded(at)]);
    }

    #[test]
    fn monsters_and_items_in_rock_or_off_the_map_are_found() {
        let rim = Point::new(0, 0);
        assert_eq!(found(|l| l.monsters[2].at = rim), [Violation::Stuck { what: "monster", at: rim }]);
        assert_eq!(found(|l| l.items[1].at = rim), [Violation::Stuck { what: "item", at: rim }]);
        let outside = Point::new(-1, 70);
        let broken = found(|level| level.items[0].at = outside);
        assert!(broken.contains(&Violation::OutOfBounds { what: "item", at: outside }), "{broken:?}");
    }

    #[test]
    fn an_opening_in_the_rim_is_found() {
        let at = Point::new(7, 0);
        let broken = found(|level| {
            let floor = level.registry.need("floor", &PlainTemp);
            level.tiles[at] = floor;
        });
        assert!(broken.contains(&Violation::OpenRim(at)), "{broken:?}");
    }

    #[test]
    fn a_feature_that_was_built_over_and_a_tile_of_another_room_are_found() {
        let mut at = Point::default();
        let broken = found(|level| {
            at = level.features[0].cells[0];
            let other = level.registry.need("rubble", &PlainTemp);
            assert_ne!(level.tiles[at], other);
            level.tiles[at] = other;
        });
        assert!(broken.contains(&Violation::LostFeature(at)), "{broken:?}");
        let broken = found(|level| {
            at = level.rooms[0].cells[0];
            level.room_of[at] = 1;
        });
        assert_eq!(broken, [Violation::WrongRoom { room: 0, at }]);
    }
}
