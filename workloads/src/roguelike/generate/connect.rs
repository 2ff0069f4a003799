//! Seeing to it that all walkable ground hangs together.

use allocator_api2::vec::Vec;

use super::Maker;
use super::corridors::add_corridor;
use super::flood::Regions;
use super::search::Search;
use crate::memory::{Alloc, Temp};
use crate::roguelike::level::NO_ROOM;
use crate::roguelike::resource::kinds::TerrainFlags;
use crate::roguelike::{Level, Point};

/// Digs a way from each region that is cut off, and removes features that a way was dug through.
///
/// Regions are sorted out once. Each way joins the region it starts from, and every region it passes, to the main one,
/// so there are fewer ways than regions and nothing is tried twice.
#[inline(never)]
pub(super) fn connect<P: Alloc, A: Alloc, Q: Alloc>(maker: &mut Maker<'_, P, A, Q>, temp: &impl Temp) {
    let own = temp.nested();
    let level = &maker.level;
    let mut regions = Regions::of(level.tiles.bounds(), |at| level.walkable(at), own.alloc());
    let Some(main) = regions.largest() else { return };
    let mut joined = Vec::with_capacity_in(regions.count() + 1, own.alloc());
    joined.resize(regions.count() + 1, false);
    joined[usize::from(main)] = true;
    for lost in (1u16..).take(regions.count()) {
        if !joined[usize::from(lost)] {
            let path = way_to_joined(&maker.level, &regions, &joined, lost, &own);
            for &at in &path {
                joined[usize::from(regions.label(at))] = true;
                regions.relabel(at, main);
            }
            // The label of solid ground: it joins nothing.
            joined[0] = false;
            add_corridor(maker, NO_ROOM, NO_ROOM, path);
        }
    }
    let tiles = &maker.level.tiles;
    maker.level.features.retain(|feature| feature.cells.iter().all(|&at| tiles[at] == feature.terrain));
}

/// The way from a lost region that leaves the most rock in place.
fn way_to_joined<A: Alloc, Q: Alloc, W: Alloc>(
    level: &Level<A, Q>,
    regions: &Regions<W>,
    joined: &[bool],
    lost: u16,
    temp: &impl Temp,
) -> Vec<Point, A> {
    let search = Search {
        from: regions.first(lost),
        goal: |at: Point| joined[usize::from(regions.label(at))],
        estimate: |_| 0,
        cost: |at: Point| {
            let flags = level.flags(at);
            if flags.has(TerrainFlags::PERMANENT) {
                None
            } else {
                Some(if flags.has(TerrainFlags::WALKABLE) { 1 } else { 4 })
            }
        },
    };
    let path = search.run(level.tiles.bounds(), level.alloc(), temp);
    path.expect("only the rim is permanent, so ground inside it can always be joined")
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;
    use crate::memory::{PlainSlot, PlainTemp};
    use crate::roguelike::Pools;
    use crate::roguelike::Resources;
    use crate::roguelike::validate::{Violation, validate};

    #[test]
    fn islands_strewn_over_a_finished_level_are_all_joined_to_it() {
        let resources = Resources::load(Global, &PlainTemp).expect("the game's own files");
        let mut maker = Maker::start(&resources, 8, 4, Global, Pools::of(&PlainSlot), &PlainTemp);
        super::super::layout::lay_out(&mut maker, &PlainTemp);
        super::super::stairs::place_stairs(&mut maker, &PlainTemp);
        let floor = maker.level.registry.need("floor", &PlainTemp);
        for at in maker.level.tiles.bounds().shrunk(1).points().step_by(23) {
            maker.level.tiles[at] = floor;
        }
        let lost = |level: &Level<Global, Global>| {
            let broken = validate(level).err().unwrap_or_default();
            broken.iter().filter(|violation| matches!(violation, Violation::Unreachable(_))).count()
        };
        assert!(lost(&maker.level) > 50);
        connect(&mut maker, &PlainTemp);
        assert_eq!(lost(&maker.level), 0);
    }
}
