//! What a stress run is to do.

use super::args::Choice;
use arenite::debug::Grade;

/// Depths that levels are made at in turn when none is asked for.
const DEPTHS: u32 = 25;
/// Levels after which growth is measured.
const WARM: u32 = 10;

/// The options with their defaults filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Plan {
    pub(super) count: u32,
    pub(super) seed: u64,
    pub(super) depth: Option<i32>,
    pub(super) regen: bool,
    pub(super) validate: bool,
    pub(super) memory: Choice,
    /// The debug grade that everything runs under.
    pub(super) grade: Option<Grade>,
}

impl Plan {
    pub(super) fn plain(&self) -> bool {
        self.memory != Choice::Arenite
    }

    pub(super) fn arenite(&self) -> bool {
        self.memory != Choice::Plain
    }

    /// The seed and depth of level `number`, counted from 0.
    pub(super) fn level(&self, number: u32) -> (u64, i32) {
        let depth = self.depth.unwrap_or_else(|| (number % DEPTHS + 1).cast_signed());
        (self.seed.wrapping_add(u64::from(number)), depth)
    }

    /// After how many levels growth is measured from. 0 in a run that is too short to become warm: what is reserved and
    /// resident grows by itself there, and only what freed levels hold can be judged.
    pub(super) fn warm(&self) -> u32 {
        if self.count > WARM { WARM } else { 0 }
    }
}
