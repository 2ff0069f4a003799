//! Many levels in a row, each perhaps freed and made again, with everything checked that ought to stay the same.

use std::fmt;

use super::game::Game;
use super::level::LevelSummary;
use super::resource::ResourceError;
use super::stable_hash::StableHash;
use super::validate::{Violation, validate};
use crate::memory::{Memory, MemoryReport, Slot};

/// Levels that are made before the first figures of memory are taken.
const WARM_UP: u32 = 3;
/// Depths that levels are made at, one after the other, when none is asked for.
const DEPTHS: u32 = 25;

/// What to do.
#[derive(Clone, Copy, Debug)]
pub struct StressOptions {
    /// How many levels to make.
    pub count: u32,
    /// The seed of the first level; the next has the next.
    pub seed: u64,
    /// The depth of all levels; the depths in turn if none is given.
    pub depth: Option<i32>,
    /// Whether each level is freed and made again, and its hashes compared.
    pub regen: bool,
    /// Whether each level is validated.
    pub validate: bool,
}

impl Default for StressOptions {
    fn default() -> Self {
        Self { count: 20, seed: 1, depth: None, regen: false, validate: false }
    }
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StressReport {
    /// Levels made, those made again not counted.
    pub levels: u32,
    /// Levels made again.
    pub regens: u32,
    /// The hash over the hashes of all levels; the same on every memory.
    pub hash: u64,
    /// The memory when the first levels had been made and freed.
    pub before: MemoryReport,
    /// The memory when the last level had been freed.
    pub after: MemoryReport,
}

impl StressReport {
    /// Bytes that the memory held more after the run than when it was warm; `None` where the memory does not count.
    pub fn growth(&self) -> Option<usize> {
        Some(self.after.reserved()?.saturating_sub(self.before.reserved()?))
    }
}

/// Why a run was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StressFailure {
    /// The resource files are broken.
    Resources(ResourceError),
    /// A level came out otherwise the second time.
    Unsteady {
        /// The level the first time.
        first: Box<LevelSummary>,
        /// The level the second time.
        again: Box<LevelSummary>,
    },
    /// A level breaks its promises.
    Invalid {
        /// The level.
        level: Box<LevelSummary>,
        /// What is wrong with it.
        violations: Vec<Violation>,
    },
}

impl fmt::Display for StressFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resources(error) => error.fmt(f),
            Self::Unsteady { first, again } => {
                write!(f, "made twice, a level differs:\n  first {first}\n  again {again}")
            }
            Self::Invalid { level, violations } => {
                write!(f, "{level}")?;
                violations.iter().try_for_each(|violation| write!(f, "\n  {violation}"))
            }
        }
    }
}

impl std::error::Error for StressFailure {}

impl From<ResourceError> for StressFailure {
    fn from(error: ResourceError) -> Self {
        Self::Resources(error)
    }
}

/// Makes levels as `options` say and gives each one's figures to `each`.
///
/// # Errors
/// The first level that is wrong.
pub fn stress<M: Memory>(
    memory: &M,
    options: &StressOptions,
    mut each: impl FnMut(&LevelSummary),
) -> Result<StressReport, StressFailure> {
    let game = Game::load(memory)?;
    let mut slot = memory.slot();
    let mut report = StressReport::default();
    let mut hash = StableHash::new();
    for number in 0..options.count {
        if number == WARM_UP.min(options.count - 1) {
            report.before = figures(memory, &slot);
        }
        let summary = make_checked(&game, &mut slot, number, options)?;
        report.levels += 1;
        if options.regen {
            let again = make_checked(&game, &mut slot, number, options)?;
            report.regens += 1;
            if again != summary {
                return Err(StressFailure::Unsteady { first: Box::new(summary), again: Box::new(again) });
            }
        }
        hash.word(summary.hash);
        each(&summary);
    }
    report.hash = hash.value();
    report.after = figures(memory, &slot);
    Ok(report)
}

fn make_checked<M: Memory>(
    game: &Game<'_, M>,
    slot: &mut M::Slot,
    number: u32,
    options: &StressOptions,
) -> Result<LevelSummary, StressFailure> {
    let seed = options.seed.wrapping_add(u64::from(number));
    let depth = options.depth.unwrap_or_else(|| (number % DEPTHS + 1).cast_signed());
    game.with_level(slot, seed, depth, |level| {
        let summary = level.summary();
        if options.validate {
            validate(level).map_err(|violations| StressFailure::Invalid { level: Box::new(summary), violations })?;
        }
        Ok(summary)
    })
}

fn figures<M: Memory>(memory: &M, slot: &M::Slot) -> MemoryReport {
    let mut report = memory.report();
    slot.describe(&mut report);
    report
}
