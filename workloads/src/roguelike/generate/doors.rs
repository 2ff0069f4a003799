//! Doors: where a corridor enters a room between two walls.

use allocator_api2::vec::Vec;

use super::Maker;
use crate::memory::{Alloc, Temp};
use crate::roguelike::Level;
use crate::roguelike::level::{Door, NO_ROOM};
use crate::roguelike::resource::kinds::TerrainFlags;

/// How many doors in 100 stand open.
const OPEN: u32 = 25;

/// Hangs doors in the doorways and takes out those that are left standing free.
#[inline(never)]
pub(super) fn hang_doors<P: Alloc, A: Alloc, Q: Alloc>(maker: &mut Maker<'_, P, A, Q>, temp: &impl Temp) {
    let mut rng = maker.rng.fork("doors");
    let own = temp.nested();
    let mut doorways = Vec::new_in(own.alloc());
    find_doorways(&maker.level, &mut doorways);
    let palette = maker.palette;
    for &door in &doorways {
        let taken = maker.level.flags(door.at).has(TerrainFlags::DOOR);
        if !taken && maker.level.door_fits(door.at) && rng.chance(maker.kind.doors) {
            maker.level.tiles[door.at] = if rng.chance(OPEN) { palette.open_door } else { palette.door };
            maker.level.doors.push(door);
        }
    }
    validate_doors(maker, &own);
}

/// The last tile of each corridor before a room and the first after one.
fn find_doorways<A: Alloc, Q: Alloc, W: Alloc>(level: &Level<A, Q>, doorways: &mut Vec<Door, W>) {
    for corridor in &level.corridors {
        for pair in corridor.path.windows(2) {
            let (one, two) = (level.room_of[pair[0]], level.room_of[pair[1]]);
            if one == NO_ROOM && two != NO_ROOM {
                doorways.push(Door { at: pair[0], room: two });
            } else if one != NO_ROOM && two == NO_ROOM {
                doorways.push(Door { at: pair[1], room: one });
            }
        }
    }
}

/// Takes out doors whose walls or ways have gone since they were hung.
fn validate_doors<P: Alloc, A: Alloc, Q: Alloc>(maker: &mut Maker<'_, P, A, Q>, temp: &impl Temp) {
    let own = temp.nested();
    let level = &mut maker.level;
    let mut to_remove = Vec::new_in(own.alloc());
    for (place, door) in level.doors.iter().enumerate() {
        if !level.door_fits(door.at) {
            to_remove.push(place);
        }
    }
    for &place in to_remove.iter().rev() {
        let door = level.doors.remove(place);
        level.tiles[door.at] = maker.palette.corridor;
    }
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::super::layout::lay_out;
    use super::*;
    use crate::memory::{PlainSlot, PlainTemp};
    use crate::roguelike::Pools;
    use crate::roguelike::{CARDINAL, Resources};

    #[test]
    fn a_door_whose_walls_are_gone_is_taken_out_and_its_tile_stays_passable() {
        let resources = Resources::load(Global, &PlainTemp).expect("the game's own files");
        let mut maker = Maker::start(&resources, 3, 4, Global, Pools::of(&PlainSlot), &PlainTemp);
        lay_out(&mut maker, &PlainTemp);
        hang_doors(&mut maker, &PlainTemp);
        let hung = maker.level.doors.len();
        assert!(hung > 3);
        let at = maker.level.doors[1].at;
        CARDINAL.iter().for_each(|&step| maker.dig(at.plus(step)));
        validate_doors(&mut maker, &PlainTemp);
        assert_eq!(maker.level.doors.len(), hung - 1);
        assert!(maker.level.doors.iter().all(|door| door.at != at));
        assert!(maker.level.walkable(at) && !maker.level.flags(at).has(TerrainFlags::DOOR));
    }

    #[test]
    fn doors_are_hung_only_where_they_fit() {
        let resources = Resources::load(Global, &PlainTemp).expect("the game's own files");
        for seed in 0..20 {
            let mut maker = Maker::start(&resources, seed, 4, Global, Pools::of(&PlainSlot), &PlainTemp);
            lay_out(&mut maker, &PlainTemp);
            hang_doors(&mut maker, &PlainTemp);
            assert!(maker.level.doors.iter().all(|door| maker.level.door_fits(door.at)));
        }
    }
}
