//! How it is measured: instructions by callgrind, times by rounds in turn, first use in fresh processes.

pub(crate) mod callgrind;
pub(crate) mod calls;
pub(crate) mod clients;
pub(crate) mod clock;
pub(crate) mod fresh;
pub(crate) mod valgrind;

pub(crate) use clock::Times;

use crate::{
    kernel::{Clock, Section, Side},
    report::{Cell, Measured},
};
use std::io;

/// Which parts of a measurement are wanted.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// Instruction, heap and system call counts (needs valgrind).
    pub counts: bool,
    /// Times.
    pub times: bool,
    /// Only what the gate judges, and the loops to subtract.
    pub only_gated: bool,
}

/// Measures a section.
pub(crate) fn section(section: &Section, wanted: Wanted) -> io::Result<Measured> {
    let mut cells: Vec<Cell> = section.kernels.iter().map(Cell::empty).collect();
    for (kernel, cell) in section.kernels.iter().zip(&mut cells) {
        cell.overhead_bytes = kernel.overhead.map(|overhead| overhead());
    }
    if wanted.counts {
        for (kernel, cell) in section.kernels.iter().zip(&mut cells) {
            let judged = || section.criteria.iter().any(|criterion| criterion.gates() && criterion.counts(kernel.name));
            let judges = || section.criteria.iter().any(|criterion| criterion.gates());
            let wanted_one = !wanted.only_gated || kernel.side == Side::Loop && judges() || judged();
            if !kernel.is_counted() || !wanted_one {
                continue;
            }
            cell.instructions = callgrind::instructions(section, kernel)?;
            if section.heap_share {
                let of_the_heap = callgrind::heap_instructions(section, kernel)?;
                cell.heap_share = of_the_heap.zip(cell.instructions).map(|(heap, all)| heap / all);
            }
            if section.calls && !wanted.only_gated {
                let (heap, system) = calls::calls(section, kernel)?;
                (cell.heap_calls, cell.system_calls) = (Some(heap), Some(system));
            }
        }
    }
    let of_the_loop = cells.iter().find(|cell| cell.side == Side::Loop).and_then(|cell| cell.instructions);
    for cell in &mut cells {
        cell.net = cell.instructions.zip(of_the_loop).map(|(all, of_the_loop)| all - of_the_loop);
    }
    if wanted.times {
        time(section, &mut cells)?;
    }
    let verdicts = section.criteria.iter().map(|criterion| criterion.judge(&cells)).collect();
    Ok(Measured { id: section.id.into(), title: section.title.into(), unit: section.unit, cells, verdicts })
}

/// Takes the times once more. The best round is then that of all passes, the median that of the calmer one.
pub(crate) fn again(section: &Section, measured: &mut Measured) -> io::Result<()> {
    let mut cells: Vec<Cell> = section.kernels.iter().map(Cell::empty).collect();
    time(section, &mut cells)?;
    for (cell, again) in measured.cells.iter_mut().zip(&cells) {
        cell.take_times(again);
    }
    measured.verdicts = section.criteria.iter().map(|criterion| criterion.judge(&measured.cells)).collect();
    Ok(())
}

fn time(section: &Section, cells: &mut [Cell]) -> io::Result<()> {
    let note = |cell: &mut Cell, times: Option<Times>| {
        if let Some(Times { best, median, spread }) = times {
            (cell.best_ns, cell.median_ns, cell.spread) = (Some(best), Some(median), Some(spread));
        }
    };
    match section.clock {
        Clock::Interleaved(rounds) | Clock::Warmed(rounds) => {
            let warmed = matches!(section.clock, Clock::Warmed(_));
            for (cell, times) in cells.iter_mut().zip(clock::interleaved(section, rounds, warmed)) {
                note(cell, times);
            }
        }
        Clock::Clients { client, rounds, warm } => clients::time(section, client, rounds, warm, cells)?,
        Clock::FreshProcess(count) => {
            for (cell, once) in cells.iter_mut().zip(fresh::processes(section, count)?) {
                let Some((times, best)) = once else { continue };
                note(cell, Some(times));
                cell.minor_faults = Some(best.minor_faults as f64);
                cell.resident_kib = Some(best.resident_kib as f64);
                cell.grown_kib = section.growth.then_some(best.grown_kib);
            }
        }
    }
    Ok(())
}
