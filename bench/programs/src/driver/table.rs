//! The report as text.

use super::{
    cell::Cell,
    contender::{
        Contender,
        Contender::{Jemalloc, Mimalloc, OverMimalloc, OverSystem, ScopesOverMimalloc, ScopesOverSystem, System},
    },
    report::Report,
    verdict::{Verdict, of},
};
use std::fmt::Write;

/// Ours, and what it is measured by.
type Pair = (Contender, Contender);

pub(crate) fn render(report: &Report) -> String {
    let load = report.load.map(|load| load.map_or_else(|| "?".into(), |load| format!("{load:.1}")));
    let mut text = format!(
        "{}; load {} to {}; medians of {} processes of each, interleaved{}\n\
         i: instructions of a call by callgrind, t: time on the processor; each by the heap named after the slash. us: time of a call;\n\
         +-: how far the ninth decile of its processes lies above the median.\n",
        report.processor,
        load[0],
        load[1],
        report.rounds,
        if report.native { "" } else { "\nwithout `native`: no mimalloc, no jemalloc" },
    );
    if report.rows.contains(&23) {
        text += "\nrow 23: the global allocator, no scope open\n";
        text +=
            &columns(report, &[(OverMimalloc, Mimalloc), (OverSystem, System)], &["Global/mimalloc", "Global/System"]);
    }
    if report.rows.contains(&24) {
        text += "\nrow 24: each call in a scope\n";
        let pairs =
            [(ScopesOverMimalloc, Mimalloc), (ScopesOverSystem, System), (System, Mimalloc), (Jemalloc, Mimalloc)];
        let heads = ["with_arena/mimalloc", "with_arena/System", "System/mimalloc", "jemalloc/mimalloc"];
        text += &columns(report, &pairs, &heads);
        text += &memory(&report.programs);
        text += &tree(&report.dom);
    }
    text += &activity(report);
    text += "\ntargets\n";
    for verdict in &report.verdicts {
        text += &line(verdict);
    }
    text
}

fn amount(value: Option<f64>, width: usize, digits: usize) -> String {
    value.map_or_else(|| format!("{:>width$}", "-"), |value| format!("{value:>width$.digits$}"))
}

fn columns(report: &Report, pairs: &[Pair], heads: &[&str]) -> String {
    let mut text = format!("{:<16}{:>10}{:>6}", "", "us", "+-");
    for head in heads {
        let _ = write!(text, "{head:>21}");
    }
    let _ = write!(text, "\n{:<16}{:>10}{:>6}", "", if report.native { "mimalloc" } else { "System" }, "%");
    for _ in heads {
        let _ = write!(text, "{:>14}{:>7}", "i", "t");
    }
    text.push('\n');
    for cells in &report.programs {
        let Some(first) = of(cells, Mimalloc).or_else(|| of(cells, System)) else { continue };
        let time = first.time_ns().map(|time| time / 1e3);
        let spread = first.spread().map(|spread| spread * 1e2);
        let _ = write!(text, "{:<16}{}{}", first.program, amount(time, 10, 1), amount(spread, 6, 0));
        for &(ours, theirs) in pairs {
            let both = of(cells, ours).zip(of(cells, theirs));
            let counted = both.and_then(|(ours, theirs)| ours.instructions_by(theirs));
            let timed = both.and_then(|(ours, theirs)| ours.time_by(theirs));
            let _ = write!(text, "{}{}", amount(counted, 14, 3), amount(timed, 7, 3));
        }
        text.push('\n');
    }
    text
}

fn memory(programs: &[Vec<Cell>]) -> String {
    let heaps = [System, Mimalloc, Jemalloc, ScopesOverSystem, ScopesOverMimalloc];
    let mut text = format!("\nmost memory of a process, MiB\n{:<16}", "");
    for heap in heaps {
        let _ = write!(text, "{:>22}", heap.name());
    }
    let _ = writeln!(text, "{:>14}{:>10}", "pinned KiB", "declined");
    for cells in programs {
        let _ = write!(text, "{:<16}", cells.first().map_or("", |cell| cell.program));
        for heap in heaps {
            let peak = of(cells, heap).and_then(|cell| cell.peak_kib);
            let _ = write!(text, "{}", amount(peak.map(|kib| kib / 1024.0), 22, 1));
        }
        let scopes: Vec<&Cell> = cells.iter().filter(|cell| cell.contender.scopes()).collect();
        let pinned = scopes.iter().map(|cell| cell.pinned_bytes).max().unwrap_or(0);
        let declined = scopes.iter().map(|cell| cell.declined).max().unwrap_or(0);
        let _ = writeln!(text, "{:>14}{declined:>10}", pinned / 1024);
    }
    text
}

fn tree(cells: &[Cell]) -> String {
    let mut text = String::new();
    let Some(std) = cells.iter().find(|cell| cell.program == "dom-std" && cell.contender == Mimalloc) else {
        return text;
    };
    text += "\nthe same tree of json-emoji's document, by one parser\n";
    let _ = writeln!(text, "{:<40}{:>10}{:>8}{:>8}{:>10}", "", "us", "i", "t", "MiB");
    for cell in cells {
        let name = format!("{}, {}", cell.program, cell.contender.name());
        let (time, peak) = (cell.time_ns().map(|time| time / 1e3), cell.peak_kib.map(|kib| kib / 1024.0));
        let (counted, timed) = (cell.instructions_by(std), cell.time_by(std));
        let _ = writeln!(
            text,
            "{name:<40}{}{}{}{}",
            amount(time, 10, 1),
            amount(counted, 8, 3),
            amount(timed, 8, 3),
            amount(peak, 10, 1)
        );
    }
    text
}

/// A scope that does nothing measures nothing, and looks like a scope that costs nothing.
fn activity(report: &Report) -> String {
    let mut scopes =
        report.programs.iter().flatten().chain(&report.dom).filter(|cell| cell.contender.scopes()).peekable();
    if scopes.peek().is_none() {
        return String::new();
    }
    let mut text = String::new();
    for cell in scopes {
        if let Some(reason) = &cell.inactive {
            let _ = writeln!(text, "no scopes in {} on {}: {reason}", cell.program, cell.contender.name());
        }
    }
    if text.is_empty() {
        let counted = report.programs.iter().flatten().any(|cell| cell.instructions.is_some());
        let valgrind = if counted { ", those under valgrind included" } else { "" };
        let _ = writeln!(text, "scopes were active in every process{valgrind}");
    }
    format!("\n{text}")
}

fn line(verdict: &Verdict) -> String {
    let limit = verdict.limit.map_or_else(|| "stated".into(), |limit| format!("<= {limit}"));
    let met = match verdict.met {
        Some(true) => "met",
        Some(false) => "MISSED",
        None if verdict.amount.is_none() => "not measured",
        None => "",
    };
    let worst = verdict.worst.map_or_else(String::new, |program| format!(" ({program})"));
    let amount = amount(verdict.amount, 8, 3);
    format!("{:<4}{:<64}{amount}  {limit:<9}{met}{worst}\n", verdict.row, verdict.what)
}
