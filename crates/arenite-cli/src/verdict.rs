//! How a run is judged.

use anstyle::{AnsiColor, Style};
use std::{fmt, process::ExitCode};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// A promise that was not kept, or a thing that could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Who failed.
    pub(crate) who: String,
    /// What happened and what ought to have.
    pub(crate) what: String,
    /// What to do.
    pub(crate) remedy: &'static str,
}

impl Failure {
    /// A failure of a part of the library, in its own words, which say what to do.
    pub(crate) fn refused(who: &str, why: impl fmt::Display) -> Self {
        Self { who: who.to_owned(), what: why.to_string(), remedy: "" }
    }

    /// One line without style, for JSON.
    pub(crate) fn plain(&self) -> String {
        let remedy = if self.remedy.is_empty() { String::new() } else { format!("; {}", self.remedy) };
        format!("{}: {}{remedy}", self.who, self.what)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{BAD}FAILED{BAD:#} {}", self.plain())
    }
}

/// Everything that was wrong with a run; nothing when it passed.
pub(crate) fn conclude(failures: &[Failure]) -> ExitCode {
    for failure in failures {
        anstream::eprintln!("{failure}");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The last line of a report.
pub(crate) fn line(failures: &[Failure]) -> String {
    match failures.len() {
        0 => format!("{GOOD}all checks passed{GOOD:#}"),
        1 => format!("{BAD}1 check failed{BAD:#}"),
        count => format!("{BAD}{count} checks failed{BAD:#}"),
    }
}
