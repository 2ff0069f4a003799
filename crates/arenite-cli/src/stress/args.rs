//! The options of `arenite stress`.

use super::{drawing::Target, plan::Plan};
use arenite::debug::Grade;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use workloads::roguelike::plants::Plant;

/// Make and free levels of a game, or read and write documents, on the plain heap and on Arenite.
///
/// A level is rooms or caves, corridors, doors, stairs, monsters and items: thousands of blocks of all lifetimes. The same
/// source runs on both memories. On the plain heap each block is freed by itself; on Arenite a level is an arena that is
/// reset, and what a function needs is a scope.
///
/// Checked: both memories make the same levels (one hash); a level made again is the same (--regen); each level keeps its
/// promises (--validate); and memory does not grow. Growth is measured from after the 10th level to the end: 0 bytes of
/// freed levels may still be live, and both what the arenas reserve and the resident set (RSS without
/// mapped files) may grow by less than 64 KiB. A run of 10 levels or fewer is judged by the first of these only.
///
/// Speed is measured apart, before the checks, with the counting of heap calls paused: one warm-up round and then 5 rounds
/// of up to 200 levels on each memory, the two taking turns; the median round counts.
///
/// With --workload documents, JSON and Markdown files are read into trees, validated, and written as XML and Markdown: one
/// arena that is reset between two documents, and scopes. Programs of a small language (.sand) are compiled and run, with
/// an arena for each phase. 1.4 MB of real documents and four programs are built in; --corpus takes others.
/// Growth counts from when each document has been worked on once; from then on the arenas may take no block at all.
#[derive(Args, Debug)]
#[command(after_help = "\
A run without any of --count, --seed, --depth, --validate and --memory makes 200 levels with
--regen and --validate on both memories, and draws the first. With one of them, levels are made
again, checked and drawn only if that is asked for too.

Examples:
  arenite stress                                       the standard run
  arenite stress --count 2000 --regen --validate       longer, every level checked
  arenite stress --count 1 --seed 7 --depth 12 --draw  look at one level
  arenite stress --seed 7 --draw level.png             the same as a picture
  arenite stress --debug-alloc                         every fence, freed block and leak looked at
  arenite stress --plant stale-table                   see a fault found, with its places
  arenite stress --memory arenite --json | jq .runs[0].growth
  arenite stress --workload documents                  ten times each document, twice, all checked
  arenite stress --workload documents --corpus docs    any directory with .json and .md files")]
pub(crate) struct StressArgs {
    /// What to do over and over
    #[arg(long, value_enum, default_value = "levels")]
    pub(crate) workload: Workload,

    /// How many levels to make, or documents to work on [default: 200 levels, ten times each document]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: Option<u32>,

    /// The seed of the first level; the next level has the next seed [default: 1]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// The depth of every level [default: 1 to 25 in turn]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) depth: Option<i32>,

    /// Free each level or document and make it again; both must be the same
    #[arg(long)]
    pub(crate) regen: bool,

    /// Check each level: everything reachable, within bounds, doors and stairs where they belong. Check each document: its
    /// XML is well formed, and its Markdown, written and read again, is the same tree
    #[arg(long)]
    pub(crate) validate: bool,

    /// Work on all .json, .md, .markdown and .sand files below a directory (with --workload documents)
    #[arg(long, value_name = "DIR")]
    pub(crate) corpus: Option<PathBuf>,

    /// Which memory to run on [default: both]
    #[arg(long, value_enum)]
    pub(crate) memory: Option<Choice>,

    /// Run under a debug grade: off, count, sites, guard, quarantine or page. Every fault and leak is told with its places
    /// and fails the run (of grade page by the machine's own fault, told before it ends the process); speed and the growth of
    /// what is reserved are not judged
    #[arg(long, value_name = "GRADE", num_args = 0..=1, require_equals = true, default_missing_value = "quarantine")]
    pub(crate) debug_alloc: Option<Grade>,

    /// Plant a fault in the level maker, which the grade has to find (on arenite, 3 levels unless --count says more; with
    /// --debug-alloc=quarantine unless that says another): double-free, stale-table, overrun, use-after-level, leak,
    /// wrong-order, wrong-thread
    #[arg(long, value_name = "FAULT")]
    pub(crate) plant: Option<Plant>,

    /// Draw the first level: as text, or into a file whose name ends in .png
    #[arg(long, value_name = "text|PATH.png", num_args = 0..=1, default_missing_value = "text")]
    pub(crate) draw: Option<Target>,

    /// Print one JSON object to standard output and nothing else there
    #[arg(long)]
    pub(crate) json: bool,

    /// Print failures and what --draw and --json ask for, nothing else
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// What a run does over and over.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Workload {
    /// Levels of a roguelike game, made from seeds
    Levels,
    /// JSON and Markdown to trees, to XML and Markdown; programs to code
    Documents,
}

/// Which memories a run uses.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Choice {
    /// One after the other
    Both,
    /// The process's heap, each block freed by itself
    Plain,
    /// Arenas and scopes
    Arenite,
}

impl StressArgs {
    /// The first option that says nothing to the workload.
    pub(super) fn stray(&self) -> Option<&'static str> {
        let options: &[_] = match self.workload {
            Workload::Levels if self.plant.is_some() => &[
                ("--corpus", self.corpus.is_some()),
                ("--memory", self.memory.is_some()),
                ("--draw", self.draw.is_some()),
            ],
            Workload::Levels => &[("--corpus", self.corpus.is_some())],
            Workload::Documents => &[
                ("--seed", self.seed.is_some()),
                ("--depth", self.depth.is_some()),
                ("--draw", self.draw.is_some()),
                ("--debug-alloc", self.debug_alloc.is_some()),
                ("--plant", self.plant.is_some()),
            ],
        };
        options.iter().find(|(_, given)| *given).map(|(name, _)| *name)
    }

    /// Whether nothing is said of what to run: the standard run.
    pub(super) fn bare(&self) -> bool {
        self.count.is_none() && self.seed.is_none() && self.depth.is_none() && self.memory.is_none() && !self.validate
    }

    /// Where the first level is to be drawn, if anywhere. The standard run shows it to a reader.
    pub(super) fn drawing(&self) -> Option<Target> {
        let shown = self.bare() && !self.regen && !self.json && !self.quiet;
        self.draw.clone().or(shown.then_some(Target::Text))
    }

    /// What to do, defaults filled in.
    pub(super) fn plan(&self) -> Plan {
        let bare = self.bare();
        Plan {
            count: self.count.unwrap_or(if self.plant.is_some() { 3 } else { 200 }),
            grade: self.debug_alloc.or(self.plant.map(|_| Grade::Quarantine)),
            seed: self.seed.unwrap_or(1),
            depth: self.depth,
            regen: self.regen || bare,
            validate: self.validate || bare,
            memory: self.memory.unwrap_or(Choice::Both),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::{Cli, Command};
    use clap::Parser;

    fn plan(words: &str) -> super::Plan {
        let cli = Cli::try_parse_from(format!("arenite stress {words}").split_ascii_whitespace()).expect("valid");
        let Command::Stress(args) = cli.command else { panic!("stress was asked for") };
        args.plan()
    }

    #[test]
    fn a_bare_run_makes_two_hundred_levels_again_and_checks_them_on_both_memories() {
        assert_eq!(plan(""), plan("--count 200 --regen --validate --memory both --seed 1"));
        assert_eq!(plan("--json --quiet --draw"), plan(""), "options of output change nothing");
        assert!(!plan("--count 200").regen && !plan("--count 200").validate);
        assert!(!plan("--validate").regen);
    }
}
