//! The command line, and the help that teaches it.

use crate::{frames::FramesArgs, stress::StressArgs};
use clap::{Parser, Subcommand};

/// Arenite: memory for programs that know when it dies.
/// Each command runs a real program on it, counts what the process does and checks the promises.
/// Exit codes: 0 all checks passed, 1 a check failed or nothing could run, 2 wrong command line.
#[derive(Parser, Debug)]
#[command(name = "arenite", version, verbatim_doc_comment, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "\
Examples:
  arenite stress                         200 levels, each made twice, on both memories
  arenite frames                         600 frames without a heap call or a system call
  arenite stress --workload documents    JSON and Markdown read and written on both memories
  arenite stress --json > stress.json    figures for scripts

`arenite <command> --help` explains each one.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Stress(StressArgs),
    Frames(FramesArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
