//! Targets, and what came out.

use super::{
    cell::{Cell, median},
    contender::{
        Contender,
        Contender::{Mimalloc, OverMimalloc, OverSystem, ScopesOverMimalloc, ScopesOverSystem, System},
    },
};
use serde::Serialize;

/// Bytes that survivors may hold unless told otherwise: the default of `PinBudget`, which memory beyond mimalloc's is
/// held to.
const BUDGET_MIB: f64 = 16.0;

/// One target and what came out.
#[derive(Serialize, Debug)]
pub(crate) struct Verdict {
    /// Of TARGETS.md.
    pub row: u32,
    /// What was looked at.
    pub what: String,
    /// What it was; `None`: not measured.
    pub amount: Option<f64>,
    /// The program that it was, where it is the worst one's.
    pub worst: Option<&'static str>,
    /// It may not be more; `None`: only stated.
    pub limit: Option<f64>,
    /// Whether the target was reached; `None`: not measured, or only stated.
    pub met: Option<bool>,
}

impl Verdict {
    fn new(row: u32, what: impl Into<String>, found: Option<(f64, Option<&'static str>)>, limit: Option<f64>) -> Self {
        let amount = found.map(|(amount, _)| amount);
        let met = amount.zip(limit).map(|(amount, limit)| amount <= limit);
        Self { row, what: what.into(), amount, worst: found.and_then(|(_, worst)| worst), limit, met }
    }
}

/// The contender's cell of a program.
pub(crate) fn of(cells: &[Cell], contender: Contender) -> Option<&Cell> {
    cells.iter().find(|cell| cell.contender == contender)
}

type Ratio = fn(&Cell, &Cell) -> Option<f64>;

/// The ratio of two contenders for each program that has both.
fn ratios(programs: &[Vec<Cell>], ours: Contender, theirs: Contender, ratio: Ratio) -> Vec<(f64, &'static str)> {
    let pairs = programs.iter().filter_map(|cells| Some((of(cells, ours)?, of(cells, theirs)?)));
    pairs.filter_map(|(ours, theirs)| Some((ratio(ours, theirs)?, ours.program))).collect()
}

fn middle(ratios: &[(f64, &'static str)]) -> Option<(f64, Option<&'static str>)> {
    let values: Vec<f64> = ratios.iter().map(|&(ratio, _)| ratio).collect();
    median(&values).map(|middle| (middle, None))
}

fn worst(ratios: &[(f64, &'static str)]) -> Option<(f64, Option<&'static str>)> {
    ratios.iter().max_by(|a, b| a.0.total_cmp(&b.0)).map(|&(ratio, program)| (ratio, Some(program)))
}

/// What the routing costs while nothing is redirected.
pub(crate) fn of_row_23(programs: &[Vec<Cell>]) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (ours, theirs, gated) in [(OverMimalloc, Mimalloc, true), (OverSystem, System, false)] {
        for (unit, ratio) in [("instructions", Cell::instructions_by as Ratio), ("time", Cell::time_by)] {
            let ratios = ratios(programs, ours, theirs, ratio);
            let what = |which: &str| format!("{} by {}: {unit}, {which}", ours.name(), theirs.name());
            verdicts.push(Verdict::new(23, what("median"), middle(&ratios), gated.then_some(1.01)));
            verdicts.push(Verdict::new(23, what("worst"), worst(&ratios), gated.then_some(1.03)));
        }
    }
    verdicts
}

/// What scopes gain, and arenas that code knows of.
pub(crate) fn of_row_24(programs: &[Vec<Cell>], dom: &[Cell]) -> Vec<Verdict> {
    let counted = ratios(programs, ScopesOverMimalloc, Mimalloc, Cell::instructions_by);
    let timed = ratios(programs, ScopesOverMimalloc, Mimalloc, Cell::time_by);
    let mut fewer =
        Verdict::new(24, "with_arena by mimalloc: instructions, worst (fewer: below 1)", worst(&counted), Some(1.0));
    fewer.met = fewer.amount.map(|worst| worst < 1.0);
    let explicit = |ratio: Ratio| {
        let find = |name: &str| dom.iter().find(|cell| cell.program == name && cell.contender == Mimalloc);
        ratio(find("dom-arenite")?, find("dom-std")?).map(|ratio| (ratio, None))
    };
    let beyond = |ours: &Cell, theirs: &Cell| Some((ours.peak_kib? - theirs.peak_kib?) / 1024.0);
    let memory = ratios(programs, ScopesOverMimalloc, Mimalloc, beyond);
    let over_system = |ratio: Ratio| middle(&ratios(programs, ScopesOverSystem, System, ratio));
    vec![
        fewer,
        Verdict::new(24, "with_arena by mimalloc: instructions, median", middle(&counted), None),
        Verdict::new(24, "with_arena by mimalloc: time, median", middle(&timed), Some(0.95)),
        Verdict::new(24, "with_arena by mimalloc: time, worst", worst(&timed), None),
        Verdict::new(24, "explicit arena by the std tree on mimalloc: time", explicit(Cell::time_by), Some(0.8)),
        Verdict::new(
            24,
            "explicit arena by the std tree on mimalloc: instructions",
            explicit(Cell::instructions_by),
            None,
        ),
        Verdict::new(24, "peak memory beyond mimalloc's, MiB (the pin budget)", worst(&memory), Some(BUDGET_MIB)),
        Verdict::new(
            24,
            "with_arena over System by System: instructions, median",
            over_system(Cell::instructions_by),
            None,
        ),
        Verdict::new(24, "with_arena over System by System: time, median", over_system(Cell::time_by), None),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(program: &'static str, contender: Contender, instructions: f64, time: f64) -> Cell {
        let mut cell = Cell::new(program, contender);
        cell.instructions = Some(instructions);
        cell.rounds_ns = vec![time];
        cell.peak_kib = Some(1024.0);
        cell
    }

    #[test]
    fn the_routing_is_held_to_its_median_and_to_its_worst_program() {
        let program = |name, ours: f64| vec![cell(name, Mimalloc, 100.0, 100.0), cell(name, OverMimalloc, ours, ours)];
        let verdicts = of_row_23(&[program("a", 100.0), program("b", 100.5), program("c", 104.0)]);
        let instructions: Vec<_> = verdicts.iter().take(2).map(|v| (v.amount.unwrap(), v.met, v.worst)).collect();
        assert_eq!(instructions[0], (1.005, Some(true), None));
        assert_eq!(instructions[1], (1.04, Some(false), Some("c")));
    }

    #[test]
    fn as_many_instructions_are_not_fewer() {
        let program = vec![cell("a", Mimalloc, 100.0, 100.0), cell("a", ScopesOverMimalloc, 100.0, 90.0)];
        let verdicts = of_row_24(&[program], &[]);
        assert_eq!((verdicts[0].amount, verdicts[0].met), (Some(1.0), Some(false)));
        assert_eq!((verdicts[2].amount, verdicts[2].met), (Some(0.9), Some(true)));
    }

    #[test]
    fn what_was_not_measured_has_no_verdict() {
        assert!(of_row_23(&[]).iter().chain(&of_row_24(&[], &[])).all(|verdict| verdict.met.is_none()));
    }
}
