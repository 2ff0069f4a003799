//! The curves in HTML: one file, no scripts.

use super::{MeasuredCurve, Scale, chart, markdown};
use crate::{
    kernel::Side,
    page::{html::document, text},
};
use maud::{Markup, PreEscaped, html};
use std::io;

/// The whole page.
pub(super) fn page(scale: &Scale) -> io::Result<String> {
    let curves = scale.curves.iter().map(curve).collect::<io::Result<Vec<Markup>>>()?;
    let body = html! {
        h1 { "Scale" }
        @for line in text::circumstances(&scale.machine) { p { (line) } }
        p { (markdown::HOW) }
        @for curve in curves { (curve) }
        @if !scale.many_threads.is_empty() {
            h2 { "64 threads" }
            p { (markdown::MODEL) }
            table {
                tr { th {} th { "operations" } th { "lost" } th { "locked instructions for one" } th { "operations/s at least" } }
                @for one in &scale.many_threads {
                    tr class=(if one.side == Side::Ours { "ours" } else { "" }) {
                        td { (one.contender) }
                        td.figure { (one.operations) }
                        td.figure { (one.lost) }
                        td.figure { (one.locked.map_or_else(|| "-".into(), |locked| format!("{locked:.5}"))) }
                        td.figure { (one.bound.map_or_else(|| "-".into(), |bound| format!("{bound:.2e}"))) }
                    }
                }
            }
        }
    };
    Ok(document("Arenite: scale", &body))
}

fn curve(curve: &MeasuredCurve) -> io::Result<Markup> {
    let chart = chart::curve(curve)?;
    Ok(html! {
        h2 id=(curve.id) { (curve.title) }
        p { "Promise: " (markdown::promise(curve.promise)) "." }
        (PreEscaped(chart))
        table {
            tr { th {} th { (curve.along) } th { "instructions" } th { "best, ns" } th { "median, ns" } th {} }
            @for series in &curve.series {
                @for point in &series.points {
                    tr class=(if series.side == Side::Ours { "ours" } else { "" }) {
                        td { (series.contender) }
                        td.figure { (markdown::amount_of(point.size)) }
                        td.figure { (point.instructions.map_or_else(|| "-".into(), text::amount)) }
                        td.figure { (text::amount(point.best_ns)) }
                        td.figure { (text::amount(point.median_ns)) }
                        td class=(if series.kept == Some(false) { "missed" } else { "met" }) {
                            (markdown::outcome(series).trim_matches('*'))
                        }
                    }
                }
            }
        }
    })
}
