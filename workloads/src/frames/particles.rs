//! Sparks: born where something happens, gone after a while.

use arenite::{
    Tag,
    system::{SystemError, Zone},
};

use super::{
    physics::Contact,
    step::Step,
    world::{STEP, World, below},
};
use crate::roguelike::{Rng, StableHash};

/// The most that are alive at once.
const MOST: usize = 4_096;
/// Sparks that an entity with a torch throws each frame.
const THROWN: usize = 4;
/// Entities with a torch.
const TORCHES: usize = 12;
/// Corners of a spark's picture.
const CORNERS: usize = 4;

/// A corner of a spark's picture.
pub(super) type Corner = [f32; 3];

#[derive(Clone, Copy)]
struct Particle {
    position: [f32; 3],
    velocity: [f32; 3],
    /// Frames left.
    life: u16,
}

/// All particles, in permanent memory; the live ones come first.
pub(super) struct Particles<'m> {
    all: &'m mut [Particle],
    live: usize,
}

impl<'m> Particles<'m> {
    pub(super) fn new(permanent: &'m Zone) -> Result<Self, SystemError> {
        let none = Particle { position: [0.0; 3], velocity: [0.0; 3], life: 0 };
        Ok(Self { all: permanent.push_array_tagged(Tag::PARTICLES, MOST, none)?, live: 0 })
    }

    pub(super) fn live(&self) -> usize {
        self.live
    }

    /// Torches throw sparks, and so does each contact that is hard enough.
    pub(super) fn spawn(&mut self, world: &World<'_>, contacts: &[Option<&Contact>], rng: &mut Rng) {
        for torch in 0..TORCHES {
            for _ in 0..THROWN {
                self.throw(world.positions[torch * 800], rng);
            }
        }
        for contact in contacts.iter().flatten().filter(|contact| contact.impact > 8.0) {
            let [x, y, z] = world.positions[contact.pair[0] as usize];
            let [u, v, w] = contact.normal;
            self.throw([x + u / 2.0, y + v / 2.0, z + w / 2.0], rng);
        }
    }

    fn throw(&mut self, position: [f32; 3], rng: &mut Rng) {
        if let Some(free) = self.all.get_mut(self.live) {
            let velocity = [below(rng, 8.0) - 4.0, below(rng, 8.0) - 4.0, below(rng, 16.0)];
            *free = Particle { position, velocity, life: 20 + rng.below(30) as u16 };
            self.live += 1;
        }
    }

    /// Moves what lives; what died is replaced by the last.
    pub(super) fn advance(&mut self) {
        let mut at = 0;
        while at < self.live {
            let particle = &mut self.all[at];
            particle.life = particle.life.saturating_sub(1);
            if particle.life == 0 {
                self.live -= 1;
                self.all.swap(at, self.live);
                continue;
            }
            particle.velocity[2] -= 16.0 * STEP;
            for axis in 0..3 {
                particle.position[axis] += particle.velocity[axis] * STEP;
            }
            at += 1;
        }
    }

    /// The corners of all live particles' pictures, for one frame.
    pub(super) fn corners<'s>(&self, step: &Step<'s, '_>) -> Result<&'s [Corner], SystemError> {
        let corners = step.array(Tag::PARTICLES, self.live * CORNERS, [0.0; 3])?;
        for (picture, particle) in corners.chunks_exact_mut(CORNERS).zip(&self.all[..self.live]) {
            let [x, y, z] = particle.position;
            let half = f32::from(particle.life) * (1.0 / 128.0);
            picture[0] = [x - half, y - half, z];
            picture[1] = [x + half, y - half, z];
            picture[2] = [x + half, y + half, z];
            picture[3] = [x - half, y + half, z];
        }
        Ok(corners)
    }

    pub(super) fn hash(&self, hash: &mut StableHash) {
        for particle in &self.all[..self.live] {
            let [x, y, z] = particle.position.map(|part| u64::from(part.to_bits()));
            hash.word((x | y << 32) ^ z.rotate_left(16) ^ u64::from(particle.life) << 48);
        }
    }
}
