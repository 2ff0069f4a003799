//! Rows 23 and 24, as `programs table --json` printed them: third-party programs have a crate of their own.

use crate::{
    kernel::Unit,
    report::{Measured, Verdict},
};
use serde::Deserialize;
use std::{fs, io, path::PathBuf};

/// What is read of that report; the programs' own figures stand in bench/programs.md.
#[derive(Deserialize)]
struct Programs {
    verdicts: Vec<OfPrograms>,
}

/// One target and what came out.
#[derive(Deserialize)]
struct OfPrograms {
    row: u32,
    what: String,
    amount: Option<f64>,
    worst: Option<String>,
    limit: Option<f64>,
    met: Option<bool>,
}

impl OfPrograms {
    fn into_verdict(self) -> Verdict {
        let (of, what) = self.what.split_once(": ").unwrap_or(("with_arena", &self.what));
        Verdict {
            of: of.to_owned().into(),
            what: self.worst.as_ref().map_or_else(|| what.to_owned(), |worst| format!("{what} ({worst})")),
            amount: self.amount,
            limit: self.limit,
            at_least: false,
            tolerance: 0.0,
            met: self.met,
            best_opponent: None,
        }
    }
}

/// Both rows, with their targets and no contenders. Counts and times may be of runs of their own.
pub(super) fn read(from: &[PathBuf]) -> io::Result<Vec<Measured>> {
    let mut verdicts = Vec::new();
    for path in from {
        let wrong = |error: io::Error| io::Error::other(format!("{}: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(wrong)?;
        let programs: Programs = serde_json::from_str(&text).map_err(|error| wrong(error.into()))?;
        verdicts.extend(programs.verdicts.into_iter().filter(|verdict| verdict.amount.is_some()));
    }
    let mut sections = [
        (23, "thirteen third-party programs under the global allocator, no scope open"),
        (24, "the same in scopes, and one tree in an arena that code knows of"),
    ]
    .map(|(row, title)| Measured {
        id: row.to_string().into(),
        title: title.into(),
        unit: Unit::Nanoseconds,
        cells: Vec::new(),
        verdicts: Vec::new(),
    });
    for verdict in verdicts {
        let row = verdict.row.to_string();
        if let Some(section) = sections.iter_mut().find(|section| section.id == row) {
            section.verdicts.push(verdict.into_verdict());
        }
    }
    Ok(sections.into_iter().filter(|section| !section.verdicts.is_empty()).collect())
}
