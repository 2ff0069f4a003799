//! Who touches whom: a broad phase over a grid that is made anew each frame.

use arenite::{Tag, system::SystemError};

use super::{
    step::Step,
    world::{ENTITIES, SIDE, World},
};

/// Cells of the grid along each side.
pub(super) const CELLS: usize = 64;
/// Entities nearer than this touch.
const REACH: f32 = 2.0;
/// Contacts that a frame has room for; more are not looked at.
const MOST: usize = 4_096;

/// The entities by cell: those of cell `c` are `order[starts[c]..starts[c + 1]]`.
pub(super) struct CellOrder<'s> {
    starts: &'s [u32],
    order: &'s [u32],
}

/// Two entities that touch.
pub(super) struct Contact {
    pub(super) pair: [u32; 2],
    /// From the first to the second.
    pub(super) normal: [f32; 3],
    /// How hard they meet: above 0 when they come nearer.
    pub(super) impact: f32,
}

impl<'s> CellOrder<'s> {
    /// A counting sort: entities keep their order within a cell.
    pub(super) fn sort(step: &Step<'s, '_>, world: &World<'_>) -> Result<Self, SystemError> {
        let starts = step.array(Tag::PHYSICS, CELLS * CELLS + 1, 0u32)?;
        let cells = step.array(Tag::PHYSICS, ENTITIES, 0u16)?;
        let order = step.array(Tag::PHYSICS, ENTITIES, 0u32)?;
        for (cell, position) in cells.iter_mut().zip(world.positions.iter()) {
            *cell = cell_of(position);
            starts[usize::from(*cell) + 1] += 1;
        }
        for cell in 1..starts.len() {
            starts[cell] += starts[cell - 1];
        }
        let next = step.array(Tag::PHYSICS, CELLS * CELLS, 0u32)?;
        next.copy_from_slice(&starts[..CELLS * CELLS]);
        for (entity, &cell) in (0u32..).zip(cells.iter()) {
            let place = &mut next[usize::from(cell)];
            order[*place as usize] = entity;
            *place += 1;
        }
        Ok(Self { starts, order })
    }

    pub(super) fn cell(&self, cell: usize) -> &'s [u32] {
        &self.order[self.starts[cell] as usize..self.starts[cell + 1] as usize]
    }

    /// Finds the contacts within each cell and lets what meets part again.
    pub(super) fn collide(
        &self,
        step: &Step<'s, '_>,
        world: &mut World<'_>,
    ) -> Result<&'s [Option<&'s Contact>], SystemError> {
        let found = step.array(Tag::PHYSICS, MOST, None)?;
        let mut count = 0;
        for cell in 0..CELLS * CELLS {
            let members = self.cell(cell);
            for (at, &first) in members.iter().enumerate() {
                for &second in &members[at + 1..] {
                    let Some(contact) = touch(world, first, second).filter(|_| count < MOST) else { continue };
                    found[count] = Some(&*step.value(Tag::PHYSICS, contact)?);
                    count += 1;
                }
            }
        }
        let found = &found[..count];
        found.iter().flatten().filter(|contact| contact.impact > 0.0).for_each(|contact| part(world, contact));
        Ok(found)
    }
}

pub(super) fn cell_of(position: &[f32; 3]) -> u16 {
    let cell = |part: f32| ((part * (CELLS as f32 / SIDE)) as u16).min(CELLS as u16 - 1);
    cell(position[1]) * CELLS as u16 + cell(position[0])
}

fn touch(world: &World<'_>, first: u32, second: u32) -> Option<Contact> {
    let [a, b] = [first, second].map(|entity| world.positions[entity as usize]);
    let normal = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
    if dot(&normal, &normal) >= REACH * REACH {
        return None;
    }
    let [u, v] = [first, second].map(|entity| world.velocities[entity as usize]);
    let impact = dot(&normal, &[u[0] - v[0], u[1] - v[1], u[2] - v[2]]);
    Some(Contact { pair: [first, second], normal, impact })
}

/// Equal masses trade velocities: nothing is won or lost, however long it runs.
fn part(world: &mut World<'_>, contact: &Contact) {
    let [first, second] = contact.pair.map(|entity| entity as usize);
    world.velocities.swap(first, second);
}

fn dot(a: &[f32; 3], b: &[f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
