//! The table.

use crate::{
    kernel::{Side, Unit},
    report::{Cell, Machine, Measured, Report, Verdict},
};
use std::{
    fmt::Write,
    io::{self, IsTerminal, Write as _},
};

/// Colours, on a terminal only.
struct Paint {
    on: bool,
}

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Prints the report.
pub(crate) fn print(report: &Report) -> io::Result<()> {
    let paint = Paint { on: io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() };
    io::stdout().write_all(render(report, &paint).as_bytes())
}

fn render(report: &Report, paint: &Paint) -> String {
    let mut text = head(&report.machine);
    let _ = writeln!(
        text,
        "{:<34}{:>9}{:>9}{:>11}{:>11}{:>8}{:>8}",
        "row / contender", "instr", "net", "best", "median", "spread", "x ours"
    );
    for section in &report.sections {
        text.push_str(&rows(section, paint));
    }
    text.push_str(&foot(&report.sections, paint));
    text
}

fn head(machine: &Machine) -> String {
    let load = machine.load.map_or_else(String::new, |load| format!(", load {load:.1}"));
    let valgrind = machine.valgrind.as_deref().unwrap_or("no valgrind: no instruction counts");
    let native = if machine.native { "" } else { ", without `native`: no mimalloc, no jemalloc" };
    format!(
        "{} x {}{load}; {valgrind}{native}\n\
         instr: instructions for an operation by callgrind, loop included; net: the loop alone taken off.\n\
         best, median, spread (ninth decile over best): rounds of all contenders in turn; x ours: best over our best.\n\n",
        machine.processors, machine.processor
    )
}

fn rows(section: &Measured, paint: &Paint) -> String {
    let mut text = paint.with("1", &format!("{:<4}{}", section.id, section.title)) + "\n";
    let ours = section.cells.iter().find(|cell| cell.side == Side::Ours).and_then(|cell| cell.best_ns);
    for cell in &section.cells {
        let line = row(cell, ours, section.unit);
        let line = match cell.side {
            Side::Ours => paint.with("36", &line),
            Side::Opponent => line,
            Side::Floor | Side::Loop => paint.with("2", &line),
        };
        text.push_str(&line);
        text.push('\n');
    }
    for verdict in &section.verdicts {
        text.push_str(&judged(verdict, paint));
    }
    text.push('\n');
    text
}

fn row(cell: &Cell, ours: Option<f64>, unit: Unit) -> String {
    let count = |count: Option<f64>| count.map_or("-".into(), |count| format!("{count:.1}"));
    let time =
        |ns: Option<f64>| ns.map_or("-".into(), |ns| format!("{:.2} {}", ns / unit.nanoseconds(), unit.symbol()));
    let share = cell.best_ns.zip(ours).map_or("-".into(), |(theirs, ours)| format!("{:.2}", theirs / ours));
    let spread = cell.spread.map_or("-".into(), |spread| format!("{:.0} %", spread * 100.0));
    let mut line = format!(
        "    {:<30}{:>9}{:>9}{:>11}{:>11}{spread:>8}{share:>8}",
        cell.contender,
        count(cell.instructions),
        count(cell.net),
        time(cell.best_ns),
        time(cell.median_ns),
    );
    let extras: Vec<String> = cell.extras().into_iter().chain(cell.note.clone()).collect();
    if !extras.is_empty() {
        let _ = write!(line, "  {}", extras.join(", "));
    }
    line
}

fn judged(verdict: &Verdict, paint: &Paint) -> String {
    let amount = verdict.amount.map_or("not measured".into(), |amount| format!("{amount:.2}"));
    let target = match verdict.limit {
        Some(limit) if verdict.at_least => format!("target >= {limit}"),
        Some(limit) => format!("target <= {limit}"),
        None => "stated".into(),
    };
    let outcome = match verdict.met {
        Some(true) => paint.with("32", "met"),
        Some(false) => paint.with("1;31", "MISSED"),
        None if verdict.limit.is_some() => paint.with("33", "NOT MEASURED"),
        None => String::new(),
    };
    format!("  = {}: {}: {amount}  ({target})  {outcome}\n", verdict.of, verdict.what)
}

fn foot(sections: &[Measured], paint: &Paint) -> String {
    let all = || sections.iter().flat_map(|section| section.verdicts.iter().map(move |verdict| (section, verdict)));
    let count = |met: Option<bool>| all().filter(|(_, verdict)| verdict.limit.is_some() && verdict.met == met).count();
    let mut text =
        format!("targets: {} met, {} missed, {} not measured\n", count(Some(true)), count(Some(false)), count(None));
    for (section, verdict) in all().filter(|(_, verdict)| verdict.met == Some(false)) {
        let _ = write!(text, "  {:<4}{}", section.id, judged(verdict, paint).trim_start_matches("  = "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(met: Option<bool>) -> Verdict {
        let (amount, limit) = (Some(6.0), Some(5.0));
        Verdict {
            of: "arenite".into(),
            what: "instructions".into(),
            amount,
            limit,
            at_least: false,
            tolerance: 0.0,
            met,
            best_opponent: None,
        }
    }

    #[test]
    fn a_missed_target_is_printed_and_counted() {
        let missed = Measured {
            id: "1".into(),
            title: "alloc".into(),
            unit: Unit::Nanoseconds,
            cells: Vec::new(),
            verdicts: vec![verdict(Some(false))],
        };
        let paint = Paint { on: false };
        assert!(rows(&missed, &paint).contains("6.00  (target <= 5)  MISSED"));
        assert!(foot(&[missed], &paint).starts_with("targets: 0 met, 1 missed, 0 not measured"));
    }
}
