//! The page in HTML: one file, no scripts, the charts inside it.

use super::{chart, text};
use crate::{
    kernel::Side,
    report::{Measured, Report},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::io;

/// How such pages look.
const STYLE: &str = "
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fdfcf9; max-width: 980px; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; margin: .8em 0; font-variant-numeric: tabular-nums; font-size: 13.5px }
th, td { padding: .2em .7em; border-bottom: 1px solid #e4dfd3; text-align: left; vertical-align: top }
td.figure { text-align: right } tr.ours td { background: #f7ead9; font-weight: 600 }
.met { color: #1a7f37 } .missed { color: #b3261e; font-weight: 700 }
h2 { margin-top: 2.2em } svg { max-width: 100%; height: auto } .dim { color: #777 }";

/// The whole page.
pub(super) fn page(report: &Report) -> io::Result<String> {
    let sections = report.sections.iter().map(section).collect::<io::Result<Vec<Markup>>>()?;
    let body = html! {
        h1 { "Performance" }
        @for line in text::circumstances(&report.machine) { p { (line) } }
        (targets(report))
        @for section in sections { (section) }
    };
    Ok(document("Arenite: performance", &body))
}

/// A page of that title.
pub(crate) fn document(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}

fn targets(report: &Report) -> Markup {
    html! {
        table {
            tr { th { "row" } th { "what" } th { "looked at" } th { "ours" } th { "best opponent" } th { "target" } th {} }
            @for section in &report.sections {
                @for verdict in &section.verdicts {
                    tr {
                        td { a href=(format!("#row-{}", section.id)) { (section.id) } }
                        td { (section.title) }
                        td { (verdict.of) ": " (verdict.what) }
                        td.figure { (verdict.amount.map_or_else(|| "-".into(), text::amount)) }
                        td { (text::opponent(verdict)) }
                        td { (text::target(verdict)) }
                        td class=(text::outcome(verdict)) { (text::outcome(verdict)) }
                    }
                }
            }
        }
    }
}

fn section(section: &Measured) -> io::Result<Markup> {
    let chart = chart::times(section)?;
    let figure = |figure: Option<f64>| figure.map_or_else(|| "-".into(), text::amount);
    let time = |ns: Option<f64>| figure(ns.map(|ns| ns / section.unit.nanoseconds()));
    Ok(html! {
        h2 id=(format!("row-{}", section.id)) { (section.id) " " (section.title) }
        @if let Some(chart) = chart { (PreEscaped(chart)) }
        table {
            tr {
                th { "contender" } th { "instructions" } th { "net" } th { "best, " (section.unit.symbol()) }
                th { "median" } th { "spread" } th {}
            }
            @for cell in &section.cells {
                tr class=(if cell.side == Side::Ours { "ours" } else { "" }) {
                    td { (cell.contender) }
                    td.figure { (figure(cell.instructions)) }
                    td.figure { (figure(cell.net)) }
                    td.figure { (time(cell.best_ns)) }
                    td.figure { (time(cell.median_ns)) }
                    td.figure { (cell.spread.map_or_else(|| "-".into(), |spread| format!("{:.0} %", spread * 100.0))) }
                    td.dim { (super::markdown::remarks(cell).join("; ")) }
                }
            }
        }
    })
}
