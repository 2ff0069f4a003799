//! Bars: the times of a section's contenders, as SVG.

use crate::{
    kernel::Side,
    report::{Cell, Measured},
};
use plotters::{coord::ranged1d::AsRangedCoord, prelude::*};
use std::{error::Error, io, ops::Range};

const WIDTH: u32 = 860;
const BAR: u32 = 22;
/// Where the longest bar is so many times the shortest one, lengths are logarithms.
const FAR_APART: f64 = 30.0;

/// A contender's bar: from nothing to its best time, and a line to its ninth decile.
struct Bar<'a> {
    name: &'a str,
    side: Side,
    best: f64,
    ninth: f64,
}

/// The chart of a section; `None` where nothing was timed.
pub(super) fn times(section: &Measured) -> io::Result<Option<String>> {
    let unit = section.unit.nanoseconds();
    let bar = |cell: &'_ Cell| -> Option<(f64, f64)> {
        let best = cell.best_ns.filter(|&best| best > 0.0)? / unit;
        Some((best, best * (1.0 + cell.spread.unwrap_or(0.0))))
    };
    let bars: Vec<Bar<'_>> = section
        .cells
        .iter()
        .filter_map(|cell| bar(cell).map(|(best, ninth)| Bar { name: &cell.contender, side: cell.side, best, ninth }))
        .collect();
    let least = bars.iter().map(|bar| bar.best).fold(f64::INFINITY, f64::min);
    let most = bars.iter().map(|bar| bar.best).fold(0.0, f64::max);
    if bars.is_empty() {
        return Ok(None);
    }
    let drawn = if most > least * FAR_APART {
        draw(&bars, (least * 0.5..most * 3.0).log_scale(), (least * 0.5, most * 3.0), section.unit.symbol())
    } else {
        draw(&bars, 0.0..most * 1.5, (0.0, most * 1.5), section.unit.symbol())
    };
    drawn.map(Some).map_err(|error| io::Error::other(format!("the chart of {}: {error}", section.id)))
}

fn draw<X>(bars: &[Bar<'_>], across: X, (from, end): (f64, f64), unit: &str) -> Result<String, Box<dyn Error>>
where
    X: AsRangedCoord<Value = f64>,
    X::CoordDescType: plotters::coord::ranged1d::ValueFormatter<f64> + Ranged<ValueType = f64>,
{
    let mut svg = String::new();
    {
        let height = bars.len() as u32 * BAR + 60;
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        let down: Range<f64> = 0.0..bars.len() as f64;
        let mut chart = ChartBuilder::on(&area)
            .margin_right(90)
            .margin_top(6)
            .x_label_area_size(38)
            .y_label_area_size(230)
            .build_cartesian_2d(across, down)?;
        // From the top down, as the table has them.
        let at = |row: usize| (bars.len() - 1 - row) as f64;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .y_labels(0)
            .x_desc(unit)
            .x_label_formatter(&|amount| super::text::amount(*amount))
            .light_line_style(TRANSPARENT)
            .draw()?;
        for (row, bar) in bars.iter().enumerate() {
            let colour = colour(bar.side);
            let (low, high, middle) = (at(row) + 0.15, at(row) + 0.85, at(row) + 0.5);
            chart.draw_series([Rectangle::new([(from, low), (bar.best, high)], colour.filled())])?;
            // A disturbed round may be many times the best one: its line ends with the chart.
            let ninth = bar.ninth.min(end);
            chart.draw_series([PathElement::new(
                vec![(bar.best, middle), (bar.ninth, middle)],
                BLACK.stroke_width(1),
            )])?;
            let (right, height) = chart.backend_coord(&(ninth, middle));
            let style = ("sans-serif", 12).into_font().color(&BLACK);
            area.draw_text(&super::text::amount(bar.best), &style, (right + 6, height - 6))?;
            let label = ("sans-serif", 12).into_font().color(&BLACK).pos(plotters::style::text_anchor::Pos::new(
                plotters::style::text_anchor::HPos::Right,
                plotters::style::text_anchor::VPos::Center,
            ));
            area.draw_text(bar.name, &label, (224, height))?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn colour(side: Side) -> RGBColor {
    match side {
        Side::Ours => RGBColor(0xc2, 0x6a, 0x1f),
        Side::Opponent => RGBColor(0x8a, 0x9b, 0xa8),
        Side::Floor | Side::Loop => RGBColor(0xd9, 0xd4, 0xc7),
    }
}
