//! A stress report for people.

use super::{
    checks::LIMIT,
    debugged::Debugged,
    report::Report,
    run::{Arenas, Ran},
};
use crate::{
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
    let last = plan.level(plan.count - 1).0;
    let depths = plan.depth.map_or_else(|| "depths 1 to 25 in turn".to_owned(), |depth| format!("depth {depth}"));
    let twice = if plan.regen { ", each made, freed and made again" } else { "" };
    format!("{} levels{twice}: seeds {} to {last}, {depths}", grouped(plan.count.into()), plan.seed)
}

fn table(report: &Report) -> Table {
    let mut table = Table::new(report.runs.iter().map(|run| run.memory));
    let how =
        if report.plan.grade.is_some() { "once, with all its checks" } else { "median of 5 rounds, taking turns" };
    let faster = report.speedup().map(|times| format!("{times:.2} times as fast; {how}"));
    let mut row = |label: &str, cell: &dyn Fn(&Ran) -> String, note: String| {
        table.row(label, report.runs.iter().map(cell), note);
    };
    row("levels per second", &|run| grouped(run.per_second as u64), faster.unwrap_or_default());
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
    let limit = format!("must be below {}", Bytes(LIMIT));
    let known = |run: &Ran, bytes: Option<usize>| match bytes {
        Some(bytes) => Bytes(bytes).to_string(),
        None if run.growth.from_level == 0 => "run too short".to_owned(),
        None => "not known here".to_owned(),
    };
    let from = report.runs.first().map_or(0, |run| run.growth.from_level);
    row(
        "growth: freed levels",
        &|run| Bytes(run.growth.live).to_string(),
        format!("must be 0 B (from after level {from})"),
    );
    let steps = if report.plan.plain() { "; the plain heap, in steps of malloc, is not judged" } else { "" };
    row("growth: reserved", &|run| known(run, run.growth.reserved), format!("{limit}{steps}"));
    row("growth: resident set", &|run| known(run, run.growth.resident), limit);
    let validated =
        |run: &Ran| if report.plan.validate { grouped(run.levels.into()) } else { "not asked for".to_owned() };
    row("levels validated", &validated, String::new());
    let made_again =
        |run: &Ran| if report.plan.regen { grouped(run.regens.into()) } else { "not asked for".to_owned() };
    row("levels made again", &made_again, String::new());
    if report.plan.grade.is_some() {
        let of = |run: &Ran, figure: fn(&Debugged) -> String| run.debugged.as_ref().map_or("-".to_owned(), figure);
        row("debug grade", &|run| of(run, |debugged| debugged.grade.to_string()), String::new());
        row("  watched allocators", &|run| of(run, |debugged| grouped(debugged.seen.allocators as u64)), String::new());
        row(
            "  noted live blocks",
            &|run| of(run, |debugged| grouped(debugged.seen.live as u64)),
            "at the end".to_owned(),
        );
        row("  blocks between fences", &|run| of(run, |debugged| grouped(debugged.seen.blocks as u64)), String::new());
        row("  faults", &|run| of(run, |debugged| grouped(debugged.faults)), "must be 0".to_owned());
        let leaks = |debugged: &Debugged| grouped(debugged.leaks.blocks() as u64);
        row("  leaked blocks", &|run| of(run, leaks), "must be 0".to_owned());
    }
    let equal = report.hashes_equal().map(|equal| if equal { "equal" } else { "NOT EQUAL" });
    row("hash of all levels", &|run| format!("{:016x}", run.hash), equal.unwrap_or_default().to_owned());
    table
}
