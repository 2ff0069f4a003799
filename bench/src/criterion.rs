//! Targets: what ours must reach, and whether it did.

use crate::{
    kernel::Side,
    report::{Cell, Name, Verdict},
};

/// What a target looks at.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Measure {
    /// Instructions for an operation, the loop's included.
    Instructions,
    /// Instructions for an operation, the loop's and the value's store taken off.
    Net,
    /// Best time, in nanoseconds.
    Time,
    /// Best time as a share of another contender's.
    TimeRatio(&'static str),
    /// Best time, divided into another contender's: how many times faster.
    Speedup(&'static str),
    /// Instructions as a share of another contender's.
    InstructionRatio(&'static str),
    /// How much faster than another contender (1.12 is 0.12), as a share of how much faster that one would be without
    /// its heap: 1/(1-s) where s is the heap's share of its instructions. (Not the factors: 1 is near any bound.)
    ShareOfBound(&'static str),
    /// The same, in instructions.
    InstructionShareOfBound(&'static str),
    /// Largest resident size as a share of another contender's.
    ResidentRatio(&'static str),
    /// Net instructions, divided into another contender's: how many times fewer.
    NetFewer(&'static str),
    /// Resident memory gained for an operation, KiB.
    Grown,
    /// Bytes held for an operation beyond those asked for.
    Overhead,
    /// Calls into the heap for an operation.
    HeapCalls,
    /// System calls for an operation.
    SystemCalls,
}

/// One thing that one of our contenders must reach.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Criterion {
    /// Which contender of the section.
    pub of: &'static str,
    /// What is looked at.
    pub measure: Measure,
    /// The most it may be (a speed-up: the least); `None`: stated, not judged.
    pub limit: Option<f64>,
    /// What CI lets pass beyond the limit: 0 where the target is met, at most 1 instruction where it is not yet.
    pub tolerance: f64,
    /// Whether the gate is to leave it alone: missed by more than it tolerates, and reported as that by the table.
    pub ungated: bool,
}

impl Criterion {
    /// `of` must have at least `limit`, for the measures of which more is better.
    pub(crate) const fn at_least_of(of: &'static str, measure: Measure, limit: f64) -> Self {
        Self::at_most(of, measure, limit)
    }

    /// `of` may have at most `limit`.
    pub(crate) const fn at_most(of: &'static str, measure: Measure, limit: f64) -> Self {
        Self { of, measure, limit: Some(limit), tolerance: 0.0, ungated: false }
    }

    /// Printed only.
    pub(crate) const fn stated(of: &'static str, measure: Measure) -> Self {
        Self { of, measure, limit: None, tolerance: 0.0, ungated: false }
    }

    /// What the gate lets pass beyond the limit.
    pub(crate) const fn tolerating(mut self, instructions: f64) -> Self {
        self.tolerance = instructions;
        self
    }

    /// Not the gate's: a miss that is known to be larger than what it tolerates, until it is mended.
    pub(crate) const fn ungated(mut self) -> Self {
        self.ungated = true;
        self
    }

    /// Whether the gate judges it: counts of instructions and bytes are the same on every run, times are not.
    pub(crate) fn gates(&self) -> bool {
        let exact =
            matches!(self.measure, Measure::Instructions | Measure::Net | Measure::NetFewer(_) | Measure::Overhead);
        self.limit.is_some() && exact && !self.ungated
    }

    /// Whether judging it takes that contender's instructions.
    pub(crate) fn counts(&self, contender: &str) -> bool {
        self.of == contender || matches!(self.measure, Measure::NetFewer(other) if other == contender)
    }

    /// The amount and whether it is within the limit, from a section's cells.
    pub(crate) fn judge(&self, cells: &[Cell]) -> Verdict {
        let cell = |name: &str| cells.iter().find(|cell| cell.contender == name);
        let ours = cell(self.of);
        let share = |mine: Option<f64>, other: Option<f64>| Some(mine? / other?);
        let time = |name: &str| cell(name).and_then(|cell| cell.best_ns);
        let gain = |faster: Option<f64>, other: &str| {
            let bound = 1.0 / (1.0 - cell(other)?.heap_share?);
            Some((faster? - 1.0) / (bound - 1.0))
        };
        let amount = ours.and_then(|ours| match self.measure {
            Measure::Instructions => ours.instructions,
            Measure::Net => ours.net,
            Measure::Time => ours.best_ns,
            Measure::TimeRatio(other) => share(ours.best_ns, time(other)),
            Measure::Speedup(other) => share(time(other), ours.best_ns),
            Measure::InstructionRatio(other) => {
                share(ours.instructions, cell(other).and_then(|cell| cell.instructions))
            }
            Measure::ShareOfBound(other) => gain(share(time(other), ours.best_ns), other),
            Measure::InstructionShareOfBound(other) => {
                gain(share(cell(other).and_then(|cell| cell.instructions), ours.instructions), other)
            }
            Measure::ResidentRatio(other) => share(ours.resident_kib, cell(other).and_then(|cell| cell.resident_kib)),
            Measure::NetFewer(other) => share(cell(other).and_then(|cell| cell.net), ours.net),
            Measure::Grown => ours.grown_kib,
            Measure::Overhead => ours.overhead_bytes,
            Measure::HeapCalls => ours.heap_calls,
            Measure::SystemCalls => ours.system_calls,
        });
        let met = match (amount, self.limit) {
            (Some(amount), Some(limit)) => Some(self.within(amount, limit)),
            _ => None,
        };
        Verdict {
            of: self.of.into(),
            what: self.what(),
            amount,
            limit: self.limit,
            at_least: self.at_least(),
            tolerance: self.tolerance,
            met,
            best_opponent: self.best_opponent(cells),
        }
    }

    /// The opponent with the least of what is looked at, where that is an amount of its own.
    fn best_opponent(&self, cells: &[Cell]) -> Option<(Name, f64)> {
        let amount: fn(&Cell) -> Option<f64> = match self.measure {
            Measure::Instructions => |cell| cell.instructions,
            Measure::Net => |cell| cell.net,
            Measure::Time => |cell| cell.best_ns,
            Measure::Grown => |cell| cell.grown_kib,
            Measure::Overhead => |cell| cell.overhead_bytes,
            Measure::HeapCalls => |cell| cell.heap_calls,
            Measure::SystemCalls => |cell| cell.system_calls,
            _ => return None,
        };
        let opponents = cells.iter().filter(|cell| cell.side == Side::Opponent);
        opponents
            .filter_map(|cell| Some((cell.contender.clone(), amount(cell)?)))
            .min_by(|one, other| one.1.total_cmp(&other.1))
    }

    /// Whether `amount` is within `limit`, but for what amortised resets add to a count per operation.
    pub(crate) fn within(&self, amount: f64, limit: f64) -> bool {
        match self.measure {
            _ if self.at_least() => amount >= limit,
            Measure::Instructions | Measure::Net => amount <= limit + 0.05,
            _ => amount <= limit,
        }
    }

    /// Whether more is better.
    fn at_least(&self) -> bool {
        use Measure::{InstructionShareOfBound, NetFewer, ShareOfBound, Speedup};
        matches!(self.measure, Speedup(_) | NetFewer(_) | ShareOfBound(_) | InstructionShareOfBound(_))
    }

    fn what(&self) -> String {
        match self.measure {
            Measure::Instructions => "instructions, loop included".into(),
            Measure::Net => "instructions net of the loop".into(),
            Measure::Time => "time, ns".into(),
            Measure::TimeRatio(other) => format!("time / {other}'s"),
            Measure::Speedup(other) => format!("times faster than {other}"),
            Measure::InstructionRatio(other) => format!("instructions / those of {other}"),
            Measure::ShareOfBound(other) => {
                format!("time gained over {other} / what it would gain without its heap")
            }
            Measure::InstructionShareOfBound(other) => format!("the same in instructions, over {other}"),
            Measure::ResidentRatio(other) => format!("resident / {other}'s"),
            Measure::NetFewer(other) => format!("net instructions of {other} / ours"),
            Measure::Grown => "resident for each, KiB".into(),
            Measure::Overhead => "bytes for each beyond those asked for".into(),
            Measure::HeapCalls => "heap calls".into(),
            Measure::SystemCalls => "system calls".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernel::Kernel, report::Cell};

    fn cell(name: &'static str, instructions: f64, heap_share: f64) -> Cell {
        let kernel = Kernel::absent(name);
        Cell { instructions: Some(instructions), heap_share: Some(heap_share), ..Cell::empty(&kernel) }
    }

    fn judge(criterion: Criterion, cells: &[Cell]) -> (f64, bool) {
        let verdict = criterion.judge(cells);
        (verdict.amount.expect("measured"), verdict.met.expect("judged"))
    }

    #[test]
    fn whoever_gains_nothing_over_the_plain_heap_has_no_share_of_the_bound() {
        let bound = Criterion::at_least_of("ours", Measure::InstructionShareOfBound("plain"), 0.8);
        assert_eq!(judge(bound, &[cell("ours", 100.0, 0.0), cell("plain", 100.0, 0.2)]), (0.0, false));
        let (all, met) = judge(bound, &[cell("ours", 80.0, 0.0), cell("plain", 100.0, 0.2)]);
        assert!((all - 1.0).abs() < 1e-9 && met);
    }

    #[test]
    fn a_count_above_its_target_is_missed_though_the_gate_tolerates_it() {
        let most = Criterion::at_most("ours", Measure::Instructions, 14.0).tolerating(1.0);
        assert_eq!(judge(most, &[cell("ours", 14.6, 0.0)]), (14.6, false));
        assert!(most.gates() && most.within(14.6, 14.0 + most.tolerance) && !most.within(15.2, 14.0 + most.tolerance));
    }

    #[test]
    fn a_contender_that_was_not_measured_has_no_verdict() {
        let ratio = Criterion::at_most("ours", Measure::TimeRatio("absent"), 0.5);
        assert_eq!(ratio.judge(&[cell("ours", 1.0, 0.0)]).met, None);
    }
}
