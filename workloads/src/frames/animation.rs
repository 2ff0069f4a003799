//! Poses of what the camera sees.

use arenite::{Tag, system::SystemError};

use super::{
    physics::{CELLS, CellOrder},
    step::Step,
    world::World,
};

/// The most entities that are posed in a frame.
const MOST: usize = 512;
/// Cells of the camera's view along each side.
const VIEW: usize = 32;

/// A joint: where it is and how far it is turned.
pub(super) type Joint = [f32; 4];

/// A posed entity.
#[derive(Clone, Copy)]
pub(super) struct Posed<'s> {
    pub(super) entity: u32,
    /// Distance from the camera's middle, for drawing far ones first.
    pub(super) depth: f32,
    pub(super) joints: &'s [Joint],
}

/// Poses the entities in the camera's view, which wanders over the world.
pub(super) fn pose<'s>(
    step: &Step<'s, '_>,
    world: &World<'_>,
    cells: &CellOrder<'_>,
) -> Result<&'s [Posed<'s>], SystemError> {
    let posed = step.array(Tag::ANIMATION, MOST, Posed { entity: 0, depth: 0.0, joints: &[] })?;
    let mut count = 0;
    let [left, top] = [step.number / 4, step.number / 7].map(|way| swing(way, CELLS - VIEW));
    let middle = [left, top].map(|corner| (corner + VIEW / 2) as f32 * 16.0);
    for row in top..top + VIEW {
        for cell in row * CELLS + left..row * CELLS + left + VIEW {
            for &entity in cells.cell(cell).iter().take(MOST - count) {
                let [x, y, _] = world.positions[entity as usize];
                let joints = joints(step, world, entity)?;
                posed[count] = Posed { entity, depth: (x - middle[0]).abs() + (y - middle[1]).abs(), joints };
                count += 1;
            }
        }
    }
    Ok(&posed[..count])
}

/// Between 8 and 24 joints, by the entity's kind, each swinging at its own pace.
fn joints<'s>(step: &Step<'s, '_>, world: &World<'_>, entity: u32) -> Result<&'s [Joint], SystemError> {
    let [x, y, z] = world.positions[entity as usize];
    let joints = step.array(Tag::ANIMATION, 8 + 4 * (entity as usize % 5), [x, y, z, 0.0])?;
    for (number, joint) in joints.iter_mut().enumerate() {
        let turn = swing(step.number * (1 + number as u64 % 3) + u64::from(entity), 64) as f32;
        joint[2] += number as f32 * 0.125;
        joint[3] = turn * (1.0 / 64.0);
    }
    Ok(joints)
}

/// Back and forth between 0 and `end`.
fn swing(way: u64, end: usize) -> usize {
    let end = end as u64;
    let at = way % (2 * end);
    at.min(2 * end - at) as usize
}
