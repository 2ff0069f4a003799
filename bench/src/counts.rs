//! Our instruction counts as a file, and beside those of another build.

use crate::{kernel::Side, report::Measured};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::Path,
};

/// Rows whose counts may not depend on whether the library's debugging is in the build: its fast paths.
const SAME: std::ops::RangeInclusive<u32> = 1..=9;
/// What two builds may differ by: what lies outside the operation (a first block, a window) spread over all of them.
const TOLERANCE: f64 = 0.05;
/// Known differences: the most they may be, and what they are.
const KNOWN: [(&str, f64, &str); 1] = [(
    "6a/arenite ArenaVec",
    0.11,
    // `mov %rbp,%rsi` before `release`: the same instructions otherwise, and no test (disassembly of `vectors_group`).
    "one move between registers for each vector of ten, which is the compiler's choice",
)];

/// Instructions for an operation by section and contender, and which build they are of.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Counts {
    /// Whether the library was built with the feature `debug`.
    debug: bool,
    instructions: BTreeMap<String, f64>,
}

impl Counts {
    /// None yet.
    pub(crate) fn of_this_build() -> Self {
        Self { debug: cfg!(feature = "debug"), instructions: BTreeMap::new() }
    }

    /// Takes in ours of a section.
    pub(crate) fn add(&mut self, section: &Measured) {
        let ours = section.cells.iter().filter(|cell| cell.side == Side::Ours);
        let counted = ours.filter_map(|cell| Some((format!("{}/{}", section.id, cell.contender), cell.instructions?)));
        self.instructions.extend(counted);
    }

    /// Those that another build wrote.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let wrong = |error: io::Error| io::Error::other(format!("{}: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(wrong)?;
        serde_json::from_str(&text).map_err(|error| wrong(error.into()))
    }

    /// Writes them for another build to read.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, serde_json::to_string_pretty(self)? + "\n")
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
    }

    /// Prints each contender's count beside the other build's; whether those of the fast paths are the same.
    pub(crate) fn compare(&self, other: &Self, out: &mut impl Write) -> io::Result<bool> {
        let build = |debug| if debug { "with debug" } else { "without" };
        if self.debug == other.debug {
            writeln!(out, "gate: both builds are {} the feature `debug`: nothing to compare", build(self.debug))?;
            return Ok(false);
        }
        writeln!(out, "\n{:<44}{:>12}{:>12}  verdict", "contender", build(other.debug), build(self.debug))?;
        let mut same = true;
        let names: std::collections::BTreeSet<&String> =
            self.instructions.keys().chain(other.instructions.keys()).collect();
        for name in names {
            let [theirs, ours] = [other, self].map(|counts| counts.instructions.get(name).copied());
            let judged = SAME.contains(&row(name));
            let known = KNOWN.iter().find(|known| known.0 == name);
            let within = |most| ours.zip(theirs).is_some_and(|(ours, theirs)| (ours - theirs).abs() <= most);
            let equal = within(known.map_or(TOLERANCE, |known| known.1));
            let verdict = match (judged, equal) {
                (true, true) if within(TOLERANCE) => "same",
                (true, true) => known.map_or("same", |known| known.2),
                (true, false) => "FAILED: debugging that is off costs something",
                (false, _) => "stated",
            };
            same &= equal || !judged;
            let show = |count: Option<f64>| count.map_or("-".into(), |count| format!("{count:.2}"));
            writeln!(out, "{name:<44}{:>12}{:>12}  {verdict}", show(theirs), show(ours))?;
        }
        Ok(same)
    }
}

/// The row of a contender `3b/arenite`.
fn row(name: &str) -> u32 {
    let digits = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
    name[..digits].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(debug: bool, of: &[(&str, f64)]) -> Counts {
        Counts { debug, instructions: of.iter().map(|&(name, count)| (name.to_owned(), count)).collect() }
    }

    fn passes(without: &[(&str, f64)], with: &[(&str, f64)]) -> bool {
        counts(true, with).compare(&counts(false, without), &mut io::sink()).expect("a sink takes all")
    }

    #[test]
    fn a_fast_path_that_grows_with_debugging_compiled_in_fails_the_gate() {
        assert!(passes(&[("1/arenite", 7.0)], &[("1/arenite", 7.04)]));
        assert!(!passes(&[("1/arenite", 7.0)], &[("1/arenite", 8.0)]));
        assert!(!passes(&[("9/arenite", 8.0)], &[("9/arenite", 7.0)]), "less is another code, too");
        assert!(passes(&[("6a/arenite ArenaVec", 13.6)], &[("6a/arenite ArenaVec", 13.7)]), "known, and no more");
        assert!(!passes(&[("6a/arenite ArenaVec", 13.6)], &[("6a/arenite ArenaVec", 13.8)]));
        assert!(passes(&[("13a/arenite", 9.0)], &[("13a/arenite", 11.0)]), "not one of the rows 1 to 9");
    }

    #[test]
    fn a_contender_that_only_one_of_the_builds_has_fails_the_gate() {
        assert!(!passes(&[("3b/arenite", 14.0)], &[]));
        assert!(!passes(&[], &[("3b/arenite", 14.0)]));
    }

    #[test]
    fn two_builds_of_the_same_kind_say_nothing_of_each_other() {
        let one = counts(true, &[("1/arenite", 7.0)]);
        assert!(!one.compare(&one, &mut io::sink()).expect("a sink takes all"));
    }

    #[test]
    fn what_one_build_writes_another_reads() {
        let path = std::env::temp_dir().join(format!("bench-counts-{}.json", std::process::id()));
        let one = counts(false, &[("1/arenite", 7.001)]);
        one.write(&path).expect("a file in the directory for such");
        assert_eq!(Counts::read(&path).expect("what was written"), one);
        fs::remove_file(&path).expect("it was there");
        assert!(Counts::read(&path).unwrap_err().to_string().contains("bench-counts"), "the file is named");
    }
}
