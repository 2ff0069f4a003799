//! The entities: what lives as long as the game.

use arenite::{
    Tag,
    system::{SystemError, Zone},
};

use crate::roguelike::{Rng, StableHash};

/// How many entities there are.
pub const ENTITIES: usize = 10_000;
/// The world's width and depth.
pub(super) const SIDE: f32 = 1024.0;
/// The world's height.
pub(super) const HEIGHT: f32 = 8.0;
/// The length of a frame: a power of two, so that it is exact.
pub(super) const STEP: f32 = 1.0 / 64.0;

/// What an entity is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mind {
    /// Stands about until its patience, in frames, is gone.
    Waits(u16),
    /// Walks to a cell of the navigation grid.
    Walks {
        /// The cell.
        to: u16,
        /// Frames until it looks for another way.
        patience: u16,
    },
}

/// Each property of all entities in an array of its own.
pub(super) struct World<'m> {
    pub(super) positions: &'m mut [[f32; 3]],
    pub(super) velocities: &'m mut [[f32; 3]],
    pub(super) minds: &'m mut [Mind],
}

impl<'m> World<'m> {
    pub(super) fn new(permanent: &'m Zone, rng: &mut Rng) -> Result<Self, SystemError> {
        let positions = permanent.push_array_tagged(Tag::SCENE, ENTITIES, [0.0; 3])?;
        let velocities = permanent.push_array_tagged(Tag::PHYSICS, ENTITIES, [0.0; 3])?;
        let minds = permanent.push_array_tagged(Tag::AI, ENTITIES, Mind::Waits(0))?;
        for entity in 0..ENTITIES {
            positions[entity] = [below(rng, SIDE), below(rng, SIDE), below(rng, HEIGHT)];
            velocities[entity] = [below(rng, 32.0) - 16.0, below(rng, 32.0) - 16.0, below(rng, 4.0) - 2.0];
            minds[entity] = Mind::Waits(rng.below(64) as u16);
        }
        Ok(Self { positions, velocities, minds })
    }

    /// Moves everything by one frame. What meets the border comes back.
    pub(super) fn advance(&mut self) {
        for (position, velocity) in self.positions.iter_mut().zip(self.velocities.iter_mut()) {
            for (axis, end) in [SIDE, SIDE, HEIGHT].into_iter().enumerate() {
                let moved = position[axis] + velocity[axis] * STEP;
                if !(0.0..end).contains(&moved) {
                    velocity[axis] = -velocity[axis];
                } else {
                    position[axis] = moved;
                }
            }
        }
    }

    pub(super) fn hash(&self, hash: &mut StableHash) {
        for (position, velocity) in self.positions.iter().zip(self.velocities.iter()) {
            let [x, y, z] = position.map(|part| u64::from(part.to_bits()));
            let [u, v, w] = velocity.map(|part| u64::from(part.to_bits()));
            hash.word((x | y << 32) ^ (z << 16) ^ (u << 24 | v >> 8).rotate_left(11) ^ w.rotate_left(40));
        }
        for mind in self.minds.iter() {
            hash.word(match *mind {
                Mind::Waits(patience) => u64::from(patience),
                Mind::Walks { to, patience } => 1 << 40 | u64::from(to) << 16 | u64::from(patience),
            });
        }
    }
}

/// A number from 0 up to `end`, exact in `f32`.
pub(super) fn below(rng: &mut Rng, end: f32) -> f32 {
    rng.below(1 << 20) as f32 * (end / (1 << 20) as f32)
}
