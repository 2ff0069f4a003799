//! What was measured, as data: the table prints it, `--json` writes it.

use super::{
    Wanted,
    cell::Cell,
    contender::{
        self, Contender,
        Contender::{Mimalloc, ScopesOverMimalloc},
    },
    process::Built,
    section, verdict,
    verdict::Verdict,
};
use programs::{dom, program::Program, programs as third_party};
use serde::Serialize;
use std::{fs, io};

/// Everything of one run.
#[derive(Serialize)]
pub(crate) struct Report {
    /// The processor's name.
    pub processor: String,
    /// The one-minute load average at the beginning and at the end: above 1 for each processor the times wander.
    pub load: [Option<f64>; 2],
    /// Whether mimalloc and jemalloc are in.
    pub native: bool,
    /// Processes of each cell.
    pub rounds: u32,
    /// Which rows were asked for.
    pub rows: Vec<u32>,
    /// The cells of each program.
    pub programs: Vec<Vec<Cell>>,
    /// The same tree in three memories.
    pub dom: Vec<Cell>,
    /// The targets.
    pub verdicts: Vec<Verdict>,
}

impl Report {
    pub(crate) fn measured(built: &Built, wanted: &Wanted) -> io::Result<Self> {
        let begin = load();
        let rows: Vec<u32> = [23, 24].into_iter().filter(|&row| wanted.has_row(row)).collect();
        let mut contenders: Vec<Contender> = Vec::new();
        for contender in rows.iter().flat_map(|&row| contender::of_row(row)) {
            if !contenders.contains(contender) {
                contenders.push(*contender);
            }
        }
        let mut programs = Vec::new();
        for program in third_party::ALL.iter().filter(|program| wanted.has_program(program.name)) {
            eprintln!("measuring {}", program.name);
            let jobs: Vec<_> = contenders.iter().map(|&contender| (program, contender)).collect();
            let cells = section::measure(built, wanted, &jobs)?;
            section::same_hashes(&cells)?;
            programs.push(cells);
        }
        let dom = if wanted.has_row(24) { dom_cells(built, wanted)? } else { Vec::new() };
        let mut verdicts = Vec::new();
        if wanted.has_row(23) {
            verdicts.extend(verdict::of_row_23(&programs));
        }
        if wanted.has_row(24) {
            verdicts.extend(verdict::of_row_24(&programs, &dom));
        }
        let (native, rounds, load) = (cfg!(feature = "native"), wanted.rounds, [begin, load()]);
        Ok(Self { processor: processor(), load, native, rounds, rows, programs, dom, verdicts })
    }
}

/// The tree on the heap, as it is and in scopes, and in the two arenas.
fn dom_cells(built: &Built, wanted: &Wanted) -> io::Result<Vec<Cell>> {
    let [std, bumpalo, arenite] = &dom::ALL;
    let jobs: [(&Program, Contender); 4] =
        [(std, Mimalloc), (std, ScopesOverMimalloc), (bumpalo, Mimalloc), (arenite, Mimalloc)];
    let jobs: Vec<_> = jobs.into_iter().filter(|(program, _)| wanted.has_program(program.name)).collect();
    if !jobs.is_empty() {
        eprintln!("measuring the tree");
    }
    let cells = section::measure(built, wanted, &jobs)?;
    section::same_hashes(&cells)?;
    Ok(cells)
}

fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| "an unknown processor".into(), |(_, name)| name.to_owned())
}
