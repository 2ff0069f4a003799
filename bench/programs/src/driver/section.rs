//! Contenders that take turns.

use super::{Wanted, cell::Cell, cell::median, contender::Contender, process::Built};
use programs::{order::Answer, program::Program};
use std::io;

/// Calls before those that are counted: caches fill, chunks are taken.
const WARM: u64 = 2;

/// Measures programs on contenders: rounds of one process each, every other round backwards.
pub(crate) fn measure(built: &Built, wanted: &Wanted, jobs: &[(&Program, Contender)]) -> io::Result<Vec<Cell>> {
    let present = jobs.iter().filter(|(_, contender)| Built::has(*contender));
    let jobs: Vec<(&Program, Contender)> = present.map(|&(program, contender)| (program, contender)).collect();
    let mut cells: Vec<Cell> = jobs.iter().map(|(program, contender)| Cell::new(program.name, *contender)).collect();
    let mut peaks = vec![Vec::new(); cells.len()];
    if wanted.times {
        for round in 0..wanted.rounds {
            for turn in 0..cells.len() {
                let at = if round % 2 == 0 { turn } else { cells.len() - 1 - turn };
                let answer = built.time(cells[at].contender, cells[at].program)?;
                cells[at].rounds_ns.push(answer.best_ns);
                peaks[at].push(answer.peak_kib as f64);
                note(&mut cells[at], answer, "")?;
            }
        }
    }
    for (cell, peaks) in cells.iter_mut().zip(&peaks) {
        cell.peak_kib = median(peaks).filter(|&peak| peak > 0.0);
    }
    if wanted.counts {
        for (cell, (program, _)) in cells.iter_mut().zip(&jobs) {
            let counted = program.sample;
            let (_, few) = built.count(cell.contender, cell.program, WARM)?;
            let (answer, many) = built.count(cell.contender, cell.program, WARM + counted)?;
            cell.instructions = Some((many - few) / counted as f64);
            note(cell, answer, "under valgrind: ")?;
        }
    }
    Ok(cells)
}

/// Takes over what a process says of its work.
fn note(cell: &mut Cell, answer: Answer, place: &str) -> io::Result<()> {
    if !cell.hash.is_empty() && cell.hash != answer.hash {
        return Err(other_hash(cell, &answer.hash));
    }
    cell.hash = answer.hash;
    if let Some(reason) = answer.inactive {
        cell.inactive = Some(format!("{place}{reason}"));
    }
    cell.pinned_bytes = cell.pinned_bytes.max(answer.pinned.1);
    cell.declined = cell.declined.max(answer.pinned.2);
    Ok(())
}

/// The programs' results do not depend on the heap; one that does is a fault, of the heap or of the program.
pub(crate) fn same_hashes(cells: &[Cell]) -> io::Result<()> {
    match cells.iter().find(|cell| cell.hash != cells[0].hash) {
        Some(cell) => Err(other_hash(cell, &cells[0].hash)),
        None => Ok(()),
    }
}

fn other_hash(cell: &Cell, other: &str) -> io::Error {
    let (program, contender) = (cell.program, cell.contender.name());
    io::Error::other(format!(
        "`{program}` gives {} on {contender}, and {other} elsewhere: memory is damaged",
        cell.hash
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_that_depends_on_the_heap_is_an_error() {
        let cell = |hash: &str| Cell { hash: hash.into(), ..Cell::new("p", Contender::System) };
        assert!(same_hashes(&[cell("1"), cell("1")]).is_ok());
        let error = same_hashes(&[cell("1"), cell("2")]).unwrap_err().to_string();
        assert!(error.contains("`p` gives 2 on System, and 1 elsewhere"), "{error}");
    }
}
