//! Times: all contenders in one process, in turn, round after round, so that a disturbance hits all alike.

use crate::kernel::{Section, Work};
use std::time::Duration;

/// How long one contender runs in one round.
const TURN: Duration = Duration::from_micros(400);

/// Best, median and spread of many rounds, in nanoseconds for an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Times {
    /// The best round.
    pub best: f64,
    /// The median round.
    pub median: f64,
    /// The ninth decile over the best, less one.
    pub spread: f64,
}

impl Times {
    /// From the rounds' times, in any order.
    pub(crate) fn of(mut rounds: Vec<f64>) -> Option<Self> {
        rounds.sort_by(f64::total_cmp);
        let best = *rounds.first()?;
        let ninth = rounds[rounds.len() * 9 / 10];
        Some(Self { best, median: rounds[rounds.len() / 2], spread: ninth / best - 1.0 })
    }
}

/// Times of each kernel of the section, in order, each round after an untimed one if `warmed`; `None` for those that this build leaves out.
pub(crate) fn interleaved(section: &Section, rounds: usize, warmed: bool) -> Vec<Option<Times>> {
    let mut contenders: Vec<_> = section
        .kernels
        .iter()
        .map(|kernel| {
            let mut work = kernel.start?();
            let operations = match &mut work {
                Work::Loop(_) | Work::Timed(_) => turn_length(&mut work, section.step),
                Work::Call(_) => 1,
            };
            Some((work, operations, Vec::with_capacity(rounds)))
        })
        .collect();
    for _ in 0..rounds {
        for (work, operations, times) in contenders.iter_mut().flatten() {
            if warmed {
                work.run(*operations);
            }
            let taken = work.time(*operations);
            times.push(taken.as_nanos() as f64 / *operations as f64);
        }
    }
    contenders.into_iter().map(|contender| Times::of(contender?.2)).collect()
}

/// As many operations as fill a turn, in whole steps; finding out also warms the contender up.
fn turn_length(work: &mut Work, step: u64) -> u64 {
    let mut steps = 1;
    loop {
        let taken = work.time(steps * step);
        if taken >= TURN || steps >= 1 << 30 {
            let share = TURN.as_secs_f64() / taken.as_secs_f64();
            return ((steps as f64 * share) as u64).max(1) * step;
        }
        steps *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_median_and_spread_do_not_depend_on_the_order_of_the_rounds() {
        let times = Times::of(vec![4.0, 1.0, 2.0, 3.0, 8.0]).expect("rounds");
        assert_eq!(times, Times { best: 1.0, median: 3.0, spread: 7.0 });
        assert_eq!(Times::of(Vec::new()), None);
    }
}
