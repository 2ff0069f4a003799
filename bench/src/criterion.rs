//! Targets: what ours must reach, and whether it did.

use crate::report::{Cell, Verdict};

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
    /// How many times faster than another contender, as a share of how many times that one would be without its heap:
    /// 1/(1-s), where s is the heap's share of its instructions.
    ShareOfBound(&'static str),
    /// The same, in instructions.
    InstructionShareOfBound(&'static str),
    /// Largest resident size as a share of another contender's.
    ResidentRatio(&'static str),
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
}

impl Criterion {
    /// `of` must have at least `limit`, for the measures of which more is better.
    pub(crate) const fn at_least_of(of: &'static str, measure: Measure, limit: f64) -> Self {
        Self::at_most(of, measure, limit)
    }

    /// `of` may have at most `limit`.
    pub(crate) const fn at_most(of: &'static str, measure: Measure, limit: f64) -> Self {
        Self { of, measure, limit: Some(limit), tolerance: 0.0 }
    }

    /// Printed only.
    pub(crate) const fn stated(of: &'static str, measure: Measure) -> Self {
        Self { of, measure, limit: None, tolerance: 0.0 }
    }

    /// What the gate lets pass beyond the limit.
    pub(crate) const fn tolerating(mut self, instructions: f64) -> Self {
        self.tolerance = instructions;
        self
    }

    /// Whether the gate judges it: instruction counts are the same on every run, times are not.
    pub(crate) fn gates(&self) -> bool {
        self.limit.is_some() && matches!(self.measure, Measure::Instructions | Measure::Net)
    }

    /// The amount and whether it is within the limit, from a section's cells.
    pub(crate) fn judge(&self, cells: &[Cell]) -> Verdict {
        let cell = |name: &str| cells.iter().find(|cell| cell.contender == name);
        let ours = cell(self.of);
        let share = |mine: Option<f64>, other: Option<f64>| Some(mine? / other?);
        let time = |name: &str| cell(name).and_then(|cell| cell.best_ns);
        let without_heap = |name: &str| cell(name).and_then(|cell| cell.heap_share).map(|share| 1.0 - share);
        let amount = ours.and_then(|ours| match self.measure {
            Measure::Instructions => ours.instructions,
            Measure::Net => ours.net,
            Measure::Time => ours.best_ns,
            Measure::TimeRatio(other) => share(ours.best_ns, time(other)),
            Measure::Speedup(other) => share(time(other), ours.best_ns),
            Measure::InstructionRatio(other) => {
                share(ours.instructions, cell(other).and_then(|cell| cell.instructions))
            }
            Measure::ShareOfBound(other) => {
                share(time(other), ours.best_ns).zip(without_heap(other)).map(|(faster, without)| faster * without)
            }
            Measure::InstructionShareOfBound(other) => {
                let fewer = share(cell(other).and_then(|cell| cell.instructions), ours.instructions);
                fewer.zip(without_heap(other)).map(|(fewer, without)| fewer * without)
            }
            Measure::ResidentRatio(other) => share(ours.resident_kib, cell(other).and_then(|cell| cell.resident_kib)),
            Measure::HeapCalls => ours.heap_calls,
            Measure::SystemCalls => ours.system_calls,
        });
        let met = match (amount, self.limit) {
            (Some(amount), Some(limit)) => Some(self.within(amount, limit)),
            _ => None,
        };
        Verdict {
            of: self.of,
            what: self.what(),
            amount,
            limit: self.limit,
            at_least: self.at_least(),
            tolerance: self.tolerance,
            met,
        }
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
        matches!(self.measure, Measure::Speedup(_) | Measure::ShareOfBound(_) | Measure::InstructionShareOfBound(_))
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
                format!("times faster than {other}, as a share of 1/(1 - its heap's share)")
            }
            Measure::InstructionShareOfBound(other) => format!("the same over {other}, in instructions"),
            Measure::ResidentRatio(other) => format!("resident / {other}'s"),
            Measure::HeapCalls => "heap calls".into(),
            Measure::SystemCalls => "system calls".into(),
        }
    }
}
