//! A report on documents for people.

use super::{report::Report, run::Ran};
use crate::{
    stress::{checks::LIMIT, run::Arenas},
    table::{Table, grouped},
    verdict::{Failure, line},
};
use arenite::report::Bytes;

/// The whole report.
pub(super) fn of(report: &Report, failures: &[Failure]) -> String {
    let mut text = format!("{}\n\n{}\n", heading(report), table(report));
    for arenas in report.runs.iter().filter_map(|run| run.arenas.as_ref()) {
        text += &format!("\narenas at the end\n{}\n", arenas.tree);
    }
    text + "\n" + &line(failures)
}

fn heading(report: &Report) -> String {
    let plan = &report.plan;
    let twice = if plan.regen { ", each worked on twice" } else { "" };
    let corpus = plan.corpus.as_ref().map_or("the documents built in".to_owned(), |path| path.display().to_string());
    let size = Bytes(usize::try_from(plan.bytes).unwrap_or(usize::MAX));
    format!("{} documents{twice}: {corpus}, {} of {size}", grouped(plan.count), grouped(plan.files))
}

fn table(report: &Report) -> Table {
    let mut table = Table::new(report.runs.iter().map(|run| run.memory));
    let mut row = |label: &str, cell: &dyn Fn(&Ran) -> String, note: String| {
        table.row(label, report.runs.iter().map(cell), note);
    };
    let faster = report.speedup().map(|times| format!("{times:.2} times as fast; median of 5 rounds, taking turns"));
    row("MB read per second", &|run| format!("{:.1}", run.per_second / 1e6), faster.unwrap_or_default());
    row("documents", &|run| grouped(run.total.documents), String::new());
    row("  rejected", &|run| grouped(run.total.rejected), "such as JSON with comments".to_owned());
    row("  objections", &|run| grouped(run.total.violations), "of the validators".to_owned());
    row("nodes of the trees", &|run| grouped(run.total.nodes), String::new());
    row("bytes read", &|run| grouped(run.total.read), String::new());
    row("bytes written", &|run| grouped(run.total.written), String::new());
    row("heap calls", &|run| grouped(run.heap.calls()), String::new());
    row("  blocks asked for", &|run| grouped(run.heap.allocations), String::new());
    row("  blocks resized", &|run| grouped(run.heap.reallocations), String::new());
    row("  blocks freed", &|run| grouped(run.heap.frees), String::new());
    let arenas =
        |run: &Ran, figure: fn(&Arenas) -> u64| run.arenas.as_ref().map_or("-".to_owned(), |a| grouped(figure(a)));
    row("arena blocks taken", &|run| arenas(run, |arenas| arenas.blocks_taken), String::new());
    row("arena blocks returned", &|run| arenas(run, |arenas| arenas.blocks_returned), String::new());
    row("peak on the heap", &|run| Bytes(run.heap_peak).to_string(), String::new());
    let peak = |run: &Ran| run.arenas.as_ref().map_or("-".to_owned(), |a| Bytes(a.stats.high_water).to_string());
    row("peak in arena blocks", &peak, String::new());
    growth(report, &mut table);
    let mut row = |label: &str, cell: &dyn Fn(&Ran) -> String, note: String| {
        table.row(label, report.runs.iter().map(cell), note);
    };
    let again = |run: &Ran| if report.plan.regen { grouped(run.regens) } else { "not asked for".to_owned() };
    row("worked on again", &again, String::new());
    let validated = |_: &Ran| if report.plan.validate { "yes" } else { "not asked for" }.to_owned();
    row("output validated", &validated, String::new());
    let equal = report.hashes_equal().map(|equal| if equal { "equal" } else { "NOT EQUAL" });
    row("hash of all output", &|run| format!("{:016x}", run.total.hash), equal.unwrap_or_default().to_owned());
    table
}

fn growth(report: &Report, table: &mut Table) {
    let mut row = |label: &str, cell: &dyn Fn(&Ran) -> String, note: String| {
        table.row(label, report.runs.iter().map(cell), note);
    };
    let from = report.plan.warm();
    let known = |bytes: Option<usize>| match bytes {
        Some(bytes) => Bytes(bytes).to_string(),
        None if from == 0 => "run too short".to_owned(),
        None => "not known here".to_owned(),
    };
    let live = |run: &Ran| Bytes(run.growth.live).to_string();
    row("growth: finished documents", &live, format!("must be 0 B (from after document {from})"));
    let churn = |run: &Ran| match run.churn {
        Some(blocks) => grouped(blocks),
        None if run.arenas.is_none() => "-".to_owned(),
        None => "run too short".to_owned(),
    };
    row("growth: blocks taken, returned", &churn, "must be 0".to_owned());
    row("growth: reserved", &|run| known(run.growth.reserved), String::new());
    let judged = if report.plan.plain() { "; the plain heap, in steps of malloc, is not judged" } else { "" };
    row("growth: resident set", &|run| known(run.growth.resident), format!("must be below {}{judged}", Bytes(LIMIT)));
}
