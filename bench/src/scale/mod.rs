//! How the cost of an operation changes as the work grows by ten.
//!
//! A *curve* is an operation and what grows; each of its *series* is a contender. Every curve states what it promises, and
//! ours are judged by instructions (callgrind, in the operation alone): a cache that has become too small changes the time
//! of a correct program, but not what it executes. Times are shown beside a floor that touches the same memory bare.

mod arenas;
mod blocks;
mod chart;
mod chunks;
mod html;
mod judge;
mod load;
mod locked;
mod markdown;
mod measure;
mod model;
mod nodes;
mod threads;

use crate::{
    kernel::Side,
    machine::machine,
    measure::Times,
    report::{Machine, Name},
};
use load::Load;
use serde::Serialize;
use std::{
    fs,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

/// What an operation promises about its cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Promise {
    /// The same at every size.
    Constant,
    /// In proportion to the size: the cost divided by the size stays.
    Linear,
}

/// An operation, and what grows.
struct Curve {
    id: &'static str,
    title: &'static str,
    /// What the sizes are sizes of.
    along: &'static str,
    sizes: Vec<u64>,
    promise: Promise,
    series: Vec<Series>,
}

/// A contender on a curve.
struct Series {
    name: &'static str,
    side: Side,
    start: fn(u64) -> Box<dyn Load>,
    /// The largest size that it is measured at.
    most: u64,
}

impl Series {
    fn new(side: Side, name: &'static str, start: fn(u64) -> Box<dyn Load>) -> Self {
        Self { name, side, start, most: u64::MAX }
    }

    /// The same, left out above a size.
    fn up_to(mut self, most: u64) -> Self {
        self.most = most;
        self
    }
}

/// What a contender took at one size, for one operation.
#[derive(Serialize)]
struct Point {
    size: u64,
    instructions: Option<f64>,
    best_ns: f64,
    median_ns: f64,
}

#[derive(Serialize)]
struct MeasuredSeries {
    contender: Name,
    side: Side,
    points: Vec<Point>,
    /// Whether the promise is kept; `None` for those that promise nothing here, or were not counted.
    kept: Option<bool>,
}

#[derive(Serialize)]
struct MeasuredCurve {
    id: &'static str,
    title: &'static str,
    along: &'static str,
    promise: Promise,
    series: Vec<MeasuredSeries>,
}

#[derive(Serialize)]
struct Scale {
    machine: Machine,
    curves: Vec<MeasuredCurve>,
    /// 64 threads; empty where it was not asked for.
    many_threads: Vec<model::Modelled>,
}

/// What to measure, and where to write it.
pub(crate) struct Wanted<'a> {
    /// Only curves of these names; empty: all.
    pub curves: &'a [String],
    /// No size above this one is timed.
    pub most: u64,
    /// No size above this one is counted, because callgrind is 50 times slower.
    pub most_counted: u64,
    pub json: bool,
    pub html: Option<&'a Path>,
    pub markdown: Option<&'a Path>,
}

fn all() -> Vec<Curve> {
    let mut curves = arenas::curves();
    curves.extend(blocks::curves());
    curves.extend(chunks::curves());
    curves.extend(nodes::curves());
    curves.extend(threads::curves());
    curves
}

/// Measures, prints and writes. Fails where a promise is broken.
pub(crate) fn run(wanted: &Wanted<'_>) -> io::Result<ExitCode> {
    let chosen = |id: &str| wanted.curves.is_empty() || wanted.curves.iter().any(|curve| curve == id);
    let mut curves = all();
    let known: Vec<&str> = curves.iter().map(|curve| curve.id).chain([model::ID]).collect();
    if let Some(unknown) = wanted.curves.iter().find(|curve| !known.contains(&curve.as_str())) {
        return Err(io::Error::other(format!("there is no curve `{unknown}`; there are {}", known.join(", "))));
    }
    let machine = machine();
    let counts = machine.valgrind.is_some();
    curves.retain(|curve| chosen(curve.id));
    let curves = curves.iter().map(|curve| measure::curve(curve, wanted, counts)).collect::<io::Result<Vec<_>>>()?;
    let many_threads = if chosen(model::ID) { model::all(counts)? } else { Vec::new() };
    let scale = Scale { machine, curves, many_threads };
    let failed = scale.curves.iter().flat_map(|curve| &curve.series).any(|series| series.kept == Some(false))
        || scale.many_threads.iter().any(|modelled| modelled.lost > 0);
    let page = markdown::page(&scale);
    if let Some(path) = wanted.markdown {
        fs::write(path, &page)?;
    }
    if let Some(path) = wanted.html {
        fs::write(path, html::page(&scale)?)?;
    }
    let text = if wanted.json { serde_json::to_string_pretty(&scale)? + "\n" } else { page };
    io::stdout().write_all(text.as_bytes())?;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Runs one point of `CURVE/SERIES` once to warm up and once more, the latter inside of what callgrind looks for, and
/// prints how many operations that were.
pub(crate) fn point(name: &str, size: u64) -> io::Result<()> {
    if let Some(contender) = name.strip_prefix("threads64/") {
        let operations = model::counted(contender).ok_or_else(|| io::Error::other(format!("no `{contender}`")))?;
        return writeln!(io::stdout(), "{operations}");
    }
    let curves = all();
    let all = || curves.iter().flat_map(|curve| curve.series.iter().map(move |series| (curve, series)));
    let found = all().find(|(curve, series)| format!("{}/{}", curve.id, series.name) == name);
    let (_, series) = found.ok_or_else(|| io::Error::other(format!("no curve has a series `{name}`")))?;
    let mut load = (series.start)(size);
    load.prepare();
    load.run();
    load.prepare();
    writeln!(io::stdout(), "{}", load::scale_collected(&mut *load))
}

/// The rounds' times as a point.
fn point_of(size: u64, times: Times, instructions: Option<f64>) -> Point {
    Point { size, instructions, best_ns: times.best, median_ns: times.median }
}

/// `from` and its tenfolds up to `most`.
fn decades(from: u64, most: u64) -> Vec<u64> {
    std::iter::successors(Some(from), |size| size.checked_mul(10)).take_while(|&size| size <= most).collect()
}
