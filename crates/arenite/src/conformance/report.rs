//! What came of it.

use std::{fmt, string::String, vec::Vec};

/// Which checks an allocator passed, and which were skipped and why. Prints one line for each.
#[derive(Clone, Debug)]
pub struct Report {
    pub(super) who: String,
    pub(super) passed: Vec<&'static str>,
    pub(super) skipped: Vec<(&'static str, String)>,
}

impl Report {
    /// The name of the allocator.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }

    /// Names of the checks that were passed.
    pub fn passed(&self) -> impl Iterator<Item = &str> {
        self.passed.iter().copied()
    }

    /// Names of the checks that were skipped, with the reason.
    pub fn skipped(&self) -> impl Iterator<Item = (&str, &str)> {
        self.skipped.iter().map(|(check, why)| (*check, why.as_str()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} checks passed, {} skipped", self.who, self.passed.len(), self.skipped.len())?;
        self.skipped.iter().try_for_each(|(check, why)| writeln!(f, "    skipped {check}: {why}"))
    }
}

/// A broken promise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    pub(super) who: String,
    pub(super) check: &'static str,
    pub(super) what: String,
    pub(super) seed: u64,
}

impl Failure {
    /// The name of the allocator.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }

    /// The check that it failed.
    #[must_use]
    pub fn check(&self) -> &'static str {
        self.check
    }

    /// What was wrong.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The seed with which it happens again: [`Suite::seed`](super::Suite::seed).
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, check, what, seed } = self;
        write!(f, "{who} does not keep its contract, check \"{check}\": {what} (seed {seed})")
    }
}

impl std::error::Error for Failure {}
