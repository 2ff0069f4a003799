//! What is drawn: recorded in one frame, run in the next.

use arenite::{
    MemorySystem, Tag,
    system::{Commands, Payload, Payloads, SystemError},
};

use super::{
    animation::{Joint, Posed},
    particles::Corner,
    step::Step,
};
use crate::roguelike::StableHash;

/// Commands that a buffer has room for at once; it grows where that is not enough.
pub(super) const COMMANDS: usize = 1_024;
/// Corners that are drawn by one command.
const BATCH: usize = 256;

/// A render command.
#[derive(Clone, Copy)]
pub(super) enum Draw {
    Clear { color: u32 },
    Mesh { entity: u32, joints: Payload<Joint> },
    Sparks { corners: Payload<Corner> },
    Box { at: [i32; 2], size: [i32; 2] },
    Text { at: [i32; 2], text: Payload<u8> },
}

/// Records the scene, far entities first.
pub(super) fn record(
    step: &Step<'_, '_>,
    commands: &mut Commands<'_, Draw>,
    posed: &[Posed<'_>],
    corners: &[Corner],
) -> Result<(), SystemError> {
    commands.push(Draw::Clear { color: step.number as u32 & 0xFF })?;
    let order = step.array(Tag::RENDERER, posed.len(), 0u16)?;
    (0..).zip(order.iter_mut()).for_each(|(number, place)| *place = number);
    order.sort_unstable_by(|&a, &b| {
        let [a, b] = [a, b].map(|place| &posed[usize::from(place)]);
        b.depth.total_cmp(&a.depth).then(a.entity.cmp(&b.entity))
    });
    for posed in order.iter().map(|&place| &posed[usize::from(place)]) {
        step.log.note_slice(Tag::RENDERER, posed.joints);
        let joints = commands.data(posed.joints)?;
        commands.push(Draw::Mesh { entity: posed.entity, joints })?;
    }
    for batch in corners.chunks(BATCH) {
        step.log.note_slice(Tag::RENDERER, batch);
        let corners = commands.data(batch)?;
        commands.push(Draw::Sparks { corners })?;
    }
    Ok(())
}

/// Runs the oldest commands: "drawing" is a hash over everything that a driver would have seen. Returns how many ran.
pub(super) fn run(memory: &MemorySystem<'_>, hash: &mut StableHash) -> Result<usize, SystemError> {
    memory.run_commands(|command: &Draw, payloads| draw(command, payloads, hash))
}

fn draw(command: &Draw, payloads: &Payloads<'_>, hash: &mut StableHash) {
    match *command {
        Draw::Clear { color } => hash.word(u64::from(color)),
        Draw::Mesh { entity, joints } => {
            hash.word(u64::from(entity));
            let joints = payloads.get(joints).unwrap_or(&[]);
            joints
                .iter()
                .for_each(|joint| hash.word(u64::from(joint[2].to_bits()) << 32 | u64::from(joint[3].to_bits())));
        }
        Draw::Sparks { corners } => {
            let corners = payloads.get(corners).unwrap_or(&[]);
            corners.iter().for_each(|[x, y, _]| hash.word(u64::from(x.to_bits()) << 32 | u64::from(y.to_bits())));
        }
        Draw::Box { at, size } => at.into_iter().chain(size).for_each(|part| hash.signed(part)),
        Draw::Text { at, text } => {
            at.into_iter().for_each(|part| hash.signed(part));
            hash.bytes(payloads.get(text).unwrap_or(&[]));
        }
    }
}
