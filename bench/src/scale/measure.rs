//! Times by rounds, instructions by one run under callgrind that counts inside of the operation only.

use super::{Curve, MeasuredCurve, MeasuredSeries, Point, Series, Wanted, judge, load::Load, point_of};
use crate::measure::Times;
use std::{
    env, io,
    process::Command,
    time::{Duration, Instant},
};

/// A point is timed so long, in at least three rounds and at most so many.
const TIME: Duration = Duration::from_millis(250);
const ROUNDS: usize = 101;

/// Measures a curve: contender by contender, because the large sizes would not fit into memory side by side.
pub(super) fn curve(curve: &Curve, wanted: &Wanted<'_>, counts: bool) -> io::Result<MeasuredCurve> {
    let series = curve.series.iter().map(|series| {
        let points = points(curve, series, wanted, counts)?;
        let kept = judge::kept(curve.promise, series.side, &points);
        Ok(MeasuredSeries { contender: series.name.into(), side: series.side, points, kept })
    });
    Ok(MeasuredCurve {
        id: curve.id,
        title: curve.title,
        along: curve.along,
        promise: curve.promise,
        series: series.collect::<io::Result<_>>()?,
    })
}

fn points(curve: &Curve, series: &Series, wanted: &Wanted<'_>, counts: bool) -> io::Result<Vec<Point>> {
    let sizes = curve.sizes.iter().copied().filter(|&size| size <= series.most.min(wanted.most));
    sizes
        .map(|size| {
            eprintln!("measuring {}/{} at {size}", curve.id, series.name);
            let counted = counts && size <= wanted.most_counted;
            let instructions = counted.then(|| instructions(curve, series, size)).transpose()?;
            Ok(point_of(size, times(&mut *(series.start)(size)), instructions))
        })
        .collect()
}

fn times(load: &mut dyn Load) -> Times {
    load.prepare();
    load.run();
    let (start, mut rounds) = (Instant::now(), Vec::new());
    while rounds.len() < 3 || rounds.len() < ROUNDS && start.elapsed() < TIME {
        load.prepare();
        let begin = Instant::now();
        let operations = load.run();
        rounds.push(begin.elapsed().as_nanos() as f64 / operations as f64);
    }
    Times::of(rounds).expect("three rounds at least")
}

fn instructions(curve: &Curve, series: &Series, size: u64) -> io::Result<f64> {
    let (operations, said) = under_callgrind(&format!("{}/{}", curve.id, series.name), size, "/dev/null", &[])?;
    Ok(collected(&said).ok_or_else(|| io::Error::other(format!("callgrind gave no total:\n{said}")))? / operations)
}

fn collected(said: &str) -> Option<f64> {
    said.lines().find_map(|line| line.split_once("Collected : "))?.1.trim().parse().ok()
}

/// Runs one point under callgrind: how many operations it did, and what callgrind said.
pub(super) fn under_callgrind(name: &str, size: u64, out: &str, more: &[&str]) -> io::Result<(f64, String)> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*scale_collected*"])
        .arg(format!("--callgrind-out-file={out}"))
        .args(more)
        .arg(env::current_exe()?)
        .args(["scale-point", name, &size.to_string()])
        .env("ARENITE_DEBUG", "off")
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let operations = String::from_utf8_lossy(&output.stdout).trim().parse::<f64>();
    match operations {
        Ok(operations) if output.status.success() => Ok((operations, said)),
        _ => Err(io::Error::other(format!("`{name}` at {size} under callgrind ended with {}:\n{said}", output.status))),
    }
}
