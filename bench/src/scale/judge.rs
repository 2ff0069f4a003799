//! Whether a promise is kept.

use super::{Point, Promise};
use crate::kernel::Side;

/// What a count may rise by, as a share and in instructions, from the least of the smaller sizes: a structure is fuller here
/// than there, a table has just doubled. Growth with the size is far beyond it: ten times the work, ten times the size.
const SHARE: f64 = 1.15;
const INSTRUCTIONS: f64 = 4.0;

/// Whether ours keeps its promise; `None` for others, and where fewer than two sizes were counted.
///
/// Each size that was counted is compared with the least that a smaller one took.
pub(super) fn kept(promise: Promise, side: Side, points: &[Point]) -> Option<bool> {
    if side != Side::Ours {
        return None;
    }
    let counts: Vec<f64> = points
        .iter()
        .filter_map(|point| {
            let divisor = match promise {
                Promise::Constant => 1.0,
                Promise::Linear => point.size as f64,
            };
            Some(point.instructions? / divisor)
        })
        .collect();
    if counts.len() < 2 {
        return None;
    }
    let mut least = f64::INFINITY;
    Some(counts.into_iter().all(|count| {
        let within = count <= least * SHARE + INSTRUCTIONS;
        least = least.min(count);
        within
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(counts: &[f64]) -> Vec<Point> {
        let sizes = [10, 100, 1_000, 10_000];
        let point =
            |(&instructions, size)| Point { size, instructions: Some(instructions), best_ns: 1.0, median_ns: 1.0 };
        counts.iter().zip(sizes).map(point).collect()
    }

    #[test]
    fn a_cost_that_grows_with_the_size_breaks_the_promise_of_a_constant_one() {
        assert_eq!(kept(Promise::Constant, Side::Ours, &points(&[40.0, 12.0, 11.0, 12.5])), Some(true));
        assert_eq!(kept(Promise::Constant, Side::Ours, &points(&[20.0, 30.0, 40.0, 50.0])), Some(false));
        assert_eq!(kept(Promise::Constant, Side::Ours, &points(&[100.0, 10.0, 10.0, 100.0])), Some(false));
    }

    #[test]
    fn a_linear_cost_is_judged_by_what_each_step_takes() {
        assert_eq!(kept(Promise::Linear, Side::Ours, &points(&[1e3, 1e4, 1e5, 1e6])), Some(true));
        assert_eq!(kept(Promise::Linear, Side::Ours, &points(&[1e3, 1e4, 1e6, 1e8])), Some(false));
    }

    #[test]
    fn nobody_else_and_nothing_uncounted_is_judged() {
        assert_eq!(kept(Promise::Constant, Side::Opponent, &points(&[1.0, 100.0])), None);
        assert_eq!(kept(Promise::Constant, Side::Ours, &points(&[1.0])), None);
    }
}
