//! Rows 23 and 24 of TARGETS.md: thirteen third-party programs on six heaps, as they are and in scopes.

mod driver;

use clap::{Parser, Subcommand};
use driver::{
    Wanted, escapes,
    process::{self, Built},
    report::Report,
    table,
};
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Third-party programs under Arenite's global allocator and `with_arena`, beside System, mimalloc and jemalloc.
#[derive(Parser)]
#[command(
    version,
    after_help = "\
Examples:
  bench/programs/fetch-documents.sh       once: what the programs read
  programs table                          rows 23 and 24: about fifteen minutes, most of them callgrind's
  programs table --row 24 --no-counts     times and memory only: three minutes
  programs table --program syn --json     one program, for scripts
  programs escapes                        what outlives each program's scopes
  valgrind --tool=callgrind target/release/heap-arenite-mimalloc run syn --scopes 3

It builds one binary for each heap and starts them in turn. Built with --features native, mimalloc and jemalloc take part;
the targets are against mimalloc. Times are ratios of processes of one round: compare columns, not numbers of two machines."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure and print rows 23 and 24, with their targets and verdicts.
    Table {
        /// Only this row: 23 or 24.
        #[arg(long, value_parser = clap::value_parser!(u32).range(23..=24))]
        row: Option<u32>,
        /// Only this program; may be given several times.
        #[arg(long = "program", value_name = "NAME")]
        programs: Vec<String>,
        /// Processes of each heap for each program, interleaved.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
        rounds: u32,
        /// JSON instead of a table; times in nanoseconds.
        #[arg(long)]
        json: bool,
        /// No instruction counts.
        #[arg(long)]
        no_counts: bool,
        /// No times, no memory.
        #[arg(long)]
        no_times: bool,
    },
    /// What outlives the first calls of each program when each call is a scope.
    Escapes,
    /// List the programs.
    List,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("programs: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> io::Result<()> {
    let mut out = io::stdout();
    match command {
        Command::Table { row, programs, rounds, json, no_counts, no_times } => {
            if let Some(name) = programs.iter().find(|name| ::programs::runner::find(name).is_none()) {
                return Err(io::Error::other(format!("no program `{name}`: see `programs list`")));
            }
            let counts = !no_counts && process::has_valgrind();
            let wanted = Wanted { row, programs, rounds, counts, times: !no_times };
            let report = Report::measured(&Built::now()?, &wanted)?;
            if json {
                writeln!(out, "{}", serde_json::to_string_pretty(&report)?)
            } else {
                out.write_all(table::render(&report).as_bytes())
            }
        }
        Command::Escapes => out.write_all(escapes::render(&Built::now()?)?.as_bytes()),
        Command::List => {
            for program in ::programs::programs::ALL.iter().chain(&::programs::dom::ALL) {
                writeln!(out, "{:<16}{}", program.name, program.what)?;
            }
            Ok(())
        }
    }
}
