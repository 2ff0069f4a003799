//! Figures as both pages print them.

use crate::report::{Machine, Verdict};

/// Two digits where they say something.
pub(crate) fn amount(amount: f64) -> String {
    match amount.abs() {
        0.0 => "0".into(),
        ..100.0 => format!("{amount:.2}"),
        ..10_000.0 => format!("{amount:.0}"),
        _ => format!("{amount:.3e}"),
    }
}

/// What was asked for.
pub(super) fn target(verdict: &Verdict) -> String {
    match verdict.limit {
        Some(limit) => format!("{} {}", if verdict.at_least { "at least" } else { "at most" }, limit),
        None => "stated".into(),
    }
}

/// What came of it, in a word.
pub(super) fn outcome(verdict: &Verdict) -> &'static str {
    match verdict.met {
        Some(true) => "met",
        Some(false) => "missed",
        None if verdict.limit.is_some() => "not measured",
        None => "",
    }
}

/// The best opponent at the same, and its figure.
pub(super) fn opponent(verdict: &Verdict) -> String {
    verdict.best_opponent.as_ref().map_or_else(String::new, |(name, best)| format!("{name} {}", amount(*best)))
}

/// The machine, and how to read the figures: one sentence each.
pub(crate) fn circumstances(machine: &Machine) -> Vec<String> {
    let load = machine.load.map_or_else(String::new, |load| format!(", load {load:.1} when it began"));
    let versions: Vec<String> = machine.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let mut sentences = vec![
        format!("Measured {} on {} x {}{load}.", machine.date, machine.processors, machine.processor),
        format!(
            "Arenite {}, {}, {}.",
            machine.commit.as_deref().unwrap_or("of an unknown commit"),
            machine.rustc,
            machine.valgrind.as_deref().unwrap_or("no valgrind")
        ),
        format!("Opponents: {}.", versions.join(", ")),
        "Instructions are callgrind's, for one operation; net: the loop alone taken off. Times are the best round of all \
         contenders in turn, in one process; spread is the ninth decile over the best. Compare lines of one section, not \
         numbers of two machines."
            .into(),
    ];
    if !machine.joined.is_empty() {
        let runs = machine.joined.join("; ");
        sentences.push(format!(
            "Of some rows the times are joined with those of other runs, the best of all rounds: {runs}."
        ));
    }
    sentences
}
