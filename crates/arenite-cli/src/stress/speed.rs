//! How many levels a memory makes in a second.

use super::plan::Plan;
use crate::{counting_heap::paused, progress::Progress, verdict::Failure};
use std::time::{Duration, Instant};
use workloads::{
    memory::{AreniteMemory, Memory, PlainMemory},
    roguelike::Game,
};

/// Rounds that are timed, after one to warm up.
pub(super) const ROUNDS: u64 = 5;
/// The most levels of a round.
const SAMPLE: u32 = 200;

/// Levels per second; 0 for a memory that was not asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Speeds {
    pub(super) plain: f64,
    pub(super) arenite: f64,
}

/// Times rounds of the plan's first levels, the memories taking turns, so that what disturbs the machine disturbs both.
pub(super) fn measure(plan: &Plan, progress: &Progress) -> Result<Speeds, Failure> {
    progress.say("speed");
    let (mut plain, mut arenite) = (Vec::new(), Vec::new());
    for _ in 0..=ROUNDS {
        if plan.plain() {
            plain.push(round(plan, &PlainMemory)?);
            progress.step();
        }
        if plan.arenite() {
            let memory = AreniteMemory::new();
            arenite.push(round(plan, &memory)?);
            progress.step();
        }
    }
    let levels = f64::from(plan.count.min(SAMPLE));
    let speed =
        |rounds: &mut Vec<Duration>| median(rounds.get_mut(1..)).map_or(0.0, |time| levels / time.as_secs_f64());
    Ok(Speeds { plain: speed(&mut plain), arenite: speed(&mut arenite) })
}

fn round<M: Memory>(plan: &Plan, memory: &M) -> Result<Duration, Failure> {
    let game = Game::load(memory).map_err(|error| Failure::refused("the game's resources", error))?;
    let mut slot = memory.slot();
    Ok(paused(|| {
        let start = Instant::now();
        for number in 0..plan.count.min(SAMPLE) {
            let (seed, depth) = plan.level(number);
            std::hint::black_box(game.make(&mut slot, seed, depth));
        }
        start.elapsed()
    }))
}

pub(super) fn median(times: Option<&mut [Duration]>) -> Option<Duration> {
    let times = times?;
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        let mut times = [5, 1, 3].map(Duration::from_secs);
        assert_eq!(median(Some(&mut times)), Some(Duration::from_secs(3)));
        assert_eq!(median(Some(&mut [])), None);
        assert_eq!(median(None), None);
    }
}
