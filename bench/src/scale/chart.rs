//! Curves: the times of all contenders by size, both logarithmic, as SVG.

use super::{MeasuredCurve, MeasuredSeries};
use crate::{kernel::Side, page::text};
use plotters::prelude::*;
use std::{error::Error, io};

const SIZE: (u32, u32) = (860, 380);

/// The chart of a curve.
pub(super) fn curve(curve: &MeasuredCurve) -> io::Result<String> {
    draw(curve).map_err(|error| io::Error::other(format!("the chart of {}: {error}", curve.id)))
}

fn draw(curve: &MeasuredCurve) -> Result<String, Box<dyn Error>> {
    let points = || curve.series.iter().flat_map(|series| &series.points);
    let (mut across, mut up) = ((f64::INFINITY, 1.0_f64), (f64::INFINITY, 0.1_f64));
    for point in points() {
        across = (across.0.min(point.size as f64), across.1.max(point.size as f64));
        let ns = point.best_ns.max(0.01);
        up = (up.0.min(ns), up.1.max(ns));
    }
    if points().next().is_none() {
        return Ok(String::new());
    }
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(6)
            .margin_right(200)
            .x_label_area_size(38)
            .y_label_area_size(60)
            .build_cartesian_2d((across.0 * 0.9..across.1 * 1.1).log_scale(), (up.0 * 0.5..up.1 * 2.0).log_scale())?;
        chart
            .configure_mesh()
            .x_desc(curve.along)
            .y_desc("ns")
            .x_label_formatter(&|size| super::markdown::amount_of(*size as u64))
            .y_label_formatter(&|ns| text::amount(*ns))
            .light_line_style(TRANSPARENT)
            .draw()?;
        // Names stand at the ends of their lines, and make room for each other.
        let mut taken: Vec<i32> = Vec::new();
        for (nth, series) in curve.series.iter().enumerate().filter(|(_, series)| !series.points.is_empty()) {
            let colour = colour(series.side, nth);
            let line: Vec<(f64, f64)> =
                series.points.iter().map(|point| (point.size as f64, point.best_ns.max(0.01))).collect();
            let Some(&last) = line.last() else { continue };
            chart.draw_series(LineSeries::new(line.iter().copied(), colour.stroke_width(stroke(series))))?;
            chart.draw_series(line.iter().map(|&at| Circle::new(at, 3, colour.filled())))?;
            let (_, mut height) = chart.backend_coord(&last);
            while taken.iter().any(|other| (other - height).abs() < 13) {
                height += 13;
            }
            taken.push(height);
            let style = ("sans-serif", 12).into_font().color(&colour);
            area.draw_text(&series.contender, &style, (SIZE.0 as i32 - 195, height - 6))?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn stroke(series: &MeasuredSeries) -> u32 {
    if series.side == Side::Ours { 2 } else { 1 }
}

fn colour(side: Side, nth: usize) -> RGBColor {
    let ours = [
        RGBColor(0xc2, 0x6a, 0x1f),
        RGBColor(0x8c, 0x3f, 0x0a),
        RGBColor(0xdb, 0x95, 0x3a),
        RGBColor(0xa8, 0x52, 0x52),
    ];
    let theirs = [RGBColor(0x5b, 0x6e, 0x7d), RGBColor(0x8a, 0x9b, 0xa8), RGBColor(0x3d, 0x66, 0x8a)];
    match side {
        Side::Ours => ours[nth % ours.len()],
        Side::Opponent => theirs[nth % theirs.len()],
        Side::Floor | Side::Loop => RGBColor(0xb5, 0xae, 0x9c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::{Point, Promise};

    #[test]
    fn every_contender_that_was_measured_has_its_name_in_the_chart() {
        let series = |contender: &'static str, sizes: &[u64]| MeasuredSeries {
            contender: contender.into(),
            side: Side::Ours,
            points: sizes
                .iter()
                .map(|&size| Point { size, instructions: None, best_ns: 3.0, median_ns: 3.0 })
                .collect(),
            kept: None,
        };
        let measured = MeasuredCurve {
            id: "objects",
            title: "objects",
            along: "objects",
            promise: Promise::Constant,
            series: vec![series("one", &[1_000, 10_000]), series("other", &[1_000]), series("nowhere", &[])],
        };
        let svg = curve(&measured).expect("it can be drawn");
        assert!(svg.contains("one") && svg.contains("other") && !svg.contains("nowhere"), "{svg}");
    }
}
