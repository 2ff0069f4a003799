//! Thinking: a few minds each frame look for a way, with scratch memory that dies when they have it.

use arenite::{
    Tag,
    system::{SystemError, Temp},
};

use super::{
    nav_grid::NavGrid,
    physics::{CELLS, cell_of},
    step::Step,
    world::{ENTITIES, Mind, SIDE, World},
};
use crate::roguelike::Rng;

/// Minds that may think in one frame.
const THINKERS: u64 = 16;
/// How many cells of a way are looked ahead for the first one worth walking to.
const AHEAD: usize = 8;
/// The speed of one who walks.
const PACE: f32 = 8.0;
const NOBODY: u16 = u16::MAX;

/// Lets every mind wait or walk on, and the next few in turn think. Returns how many ways were found.
pub(super) fn think(
    step: &Step<'_, '_>,
    world: &mut World<'_>,
    grid: &NavGrid<'_>,
    rng: &mut Rng,
) -> Result<usize, SystemError> {
    for mind in world.minds.iter_mut() {
        let (Mind::Waits(patience) | Mind::Walks { patience, .. }) = mind;
        *patience = patience.saturating_sub(1);
    }
    let mut found = 0;
    for turn in 0..THINKERS {
        let entity = ((step.number * THINKERS + turn) * 7 % ENTITIES as u64) as usize;
        let from = cell_of(&world.positions[entity]);
        let goal = goal_near(from, rng);
        if grid.is_wall(from) || grid.is_wall(goal) {
            world.minds[entity] = Mind::Waits(30);
            continue;
        }
        let temp = step.frame.temp()?;
        world.minds[entity] = match first_leg(&temp, step, grid, from, goal)? {
            Some(to) => {
                found += 1;
                head_for(world, entity, to);
                Mind::Walks { to, patience: 120 }
            }
            None => Mind::Waits(60),
        };
    }
    Ok(found)
}

/// A cell some way off, in any direction: goals all over the world would draw everybody into its middle.
fn goal_near(from: u16, rng: &mut Rng) -> u16 {
    let mut near = |at: u16| (i32::from(at) + rng.between(-16, 16)).clamp(1, CELLS as i32 - 2) as u16;
    let row = CELLS as u16;
    let (x, y) = (near(from % row), near(from / row));
    y * row + x
}

/// Searches breadth first and returns a cell some way along the shortest way to `goal`.
fn first_leg(
    temp: &Temp<'_>,
    step: &Step<'_, '_>,
    grid: &NavGrid<'_>,
    from: u16,
    goal: u16,
) -> Result<Option<u16>, SystemError> {
    let came_from = temp.push_array_tagged(Tag::AI, CELLS * CELLS, NOBODY)?;
    let queue = temp.push_array_tagged(Tag::AI, CELLS * CELLS, 0u16)?;
    step.log.note_slice(Tag::AI, came_from);
    step.log.note_slice(Tag::AI, queue);
    came_from[usize::from(from)] = from;
    queue[0] = from;
    let (mut next, mut end) = (0, 1);
    while next < end && came_from[usize::from(goal)] == NOBODY {
        for cell in NavGrid::beside(queue[next]) {
            if came_from[usize::from(cell)] == NOBODY && !grid.is_wall(cell) {
                came_from[usize::from(cell)] = queue[next];
                queue[end] = cell;
                end += 1;
            }
        }
        next += 1;
    }
    if came_from[usize::from(goal)] == NOBODY {
        return Ok(None);
    }
    // The way is known from its end only: as long a piece as is wanted of its beginning is kept in a temp of its own.
    let inner = temp.temp()?;
    let recent = inner.push_array_tagged(Tag::AI, AHEAD, goal)?;
    step.log.note_slice(Tag::AI, recent);
    let (mut cell, mut length) = (goal, 0);
    while cell != from {
        recent[length % AHEAD] = cell;
        cell = came_from[usize::from(cell)];
        length += 1;
    }
    Ok(Some(recent[length % AHEAD]))
}

/// Turns an entity's velocity towards the middle of a cell, at a walking pace along the longer axis.
fn head_for(world: &mut World<'_>, entity: usize, cell: u16) {
    let middle = |number: usize| (number as f32 + 0.5) * (SIDE / CELLS as f32);
    let cell = usize::from(cell);
    let position = &world.positions[entity];
    let way = [middle(cell % CELLS) - position[0], middle(cell / CELLS) - position[1]];
    let longer = way[0].abs().max(way[1].abs()).max(1.0);
    let velocity = &mut world.velocities[entity];
    velocity[0] = way[0] / longer * PACE;
    velocity[1] = way[1] / longer * PACE;
}
