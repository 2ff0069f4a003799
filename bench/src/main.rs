//! TARGETS.md as one table.
//!
//! A *section* is a row of TARGETS.md or a part of one; it holds *kernels*, one for each contender, and the *criteria*
//! that ours must reach. Instructions are counted by callgrind over this binary itself (`bench kernel NAME OPERATIONS`),
//! times are taken in rounds of all contenders in turn, and first use in fresh processes (`bench once NAME`).

mod contender;
mod counts;
mod criterion;
mod gate;
mod keep;
mod kernel;
mod machine;
mod measure;
mod page;
mod report;
#[cfg(all(feature = "native", unix))]
mod routed;
mod rows;
mod scale;
mod size;
mod table;

use clap::{Parser, Subcommand};
use kernel::{Clock, Section};
use machine::machine;
use measure::{Wanted, fresh};
use report::Report;
use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

#[cfg(all(feature = "native", unix))]
#[global_allocator]
static HEAP: routed::Routed = routed::Routed::new();

/// Arenite against its opponents, side by side: the rows of TARGETS.md.
#[derive(Parser)]
#[command(
    version,
    after_help = "\
Examples:
  bench table                       every row (some minutes: each count is two runs under callgrind)
  bench table --row 1 --row 8       two rows
  bench table --row 10 --json       for scripts
  bench table --json > all.json     and then
  bench page --from all.json --markdown docs/performance.md --html performance.html
  bench table --no-counts           times only: seconds
  bench gate                        what CI runs: our instruction counts against their targets
  perf stat ./bench kernel '1/arenite' 1000000000

Built with --features native, mimalloc and jemalloc take part; without it their cells say so.
Counts need valgrind. Times are ratios of one run: compare lines of a section, not numbers of two machines."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure and print the table: every contender, every target, every verdict.
    Table {
        /// Only this row of TARGETS.md; may be given several times.
        #[arg(long = "row", value_name = "N")]
        rows: Vec<u32>,
        /// JSON instead of a table; times in nanoseconds.
        #[arg(long)]
        json: bool,
        /// No instruction counts: much faster.
        #[arg(long)]
        no_counts: bool,
        /// No times.
        #[arg(long)]
        no_times: bool,
        /// Take the times so many times over, all rows between one and the next: for a machine whose neighbours have bad minutes.
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        passes: u32,
    },
    /// Write what was measured as a page: Markdown, or HTML with charts. Exit 1 when a missed target has no page of evidence.
    Page {
        /// What `bench table --json` printed; may be given several times. Of rows that two have, the times are joined as those
        /// of passes.
        #[arg(long, value_name = "FILE", required = true)]
        from: Vec<PathBuf>,
        /// What `programs table --json` printed, for rows 23 and 24; may be given several times, for counts and for times.
        #[arg(long, value_name = "FILE")]
        programs: Vec<PathBuf>,
        /// Write Markdown here. Evidence for missed targets is looked for beside it, as `performance/row-N.md`.
        #[arg(long, value_name = "FILE", required_unless_present = "html")]
        markdown: Option<PathBuf>,
        /// Write HTML here, one file without scripts: bars of all times, logarithmic where they lie far apart.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Check our instruction counts against their targets; exit 1 when one is missed. For CI: no times, under a minute.
    Gate {
        /// Write the counts to a file, for another build's --against.
        #[arg(long, value_name = "FILE")]
        write: Option<PathBuf>,
        /// Compare with the counts that another build wrote; exit 1 when those of rows 1 to 9 are others. Of builds with and
        /// without the feature `debug`: what debugging costs while it is off.
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// How the cost of an operation changes as the work grows by ten; exit 1 when it outgrows its promise.
    Scale {
        /// Only this curve; may be given several times.
        #[arg(long = "curve", value_name = "NAME")]
        curves: Vec<String>,
        /// Time no size above this one. 10^8 objects take 5 GB.
        #[arg(long, value_name = "N", default_value_t = 10_000_000)]
        most: u64,
        /// Count no size above this one: callgrind is 50 times slower.
        #[arg(long, value_name = "N", default_value_t = 100_000)]
        most_counted: u64,
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
        /// Write the table here, too.
        #[arg(long, value_name = "FILE")]
        markdown: Option<PathBuf>,
        /// Write HTML here, one file without scripts, with the curves drawn.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Run one point of a curve, for callgrind: prints how many operations it did.
    ScalePoint {
        /// `CURVE/SERIES`.
        name: String,
        /// The size.
        size: u64,
    },
    /// What a program pays for an arena before it runs: time to build the crate, and code. Minutes: it builds eight programs.
    Size {
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
        /// Only this contender; may be given several times.
        #[arg(long = "contender", value_name = "NAME")]
        only: Vec<String>,
        /// Where to build them; emptied first, project by project.
        #[arg(long, value_name = "FOLDER", default_value = "target/bench-size")]
        folder: PathBuf,
    },
    /// List the kernels.
    List,
    /// Run one kernel for so many operations and print nothing: for callgrind, perf and debuggers.
    Kernel {
        /// A name from `bench list`.
        name: String,
        /// How many operations, a multiple of the section's step.
        operations: u64,
    },
    /// Measure one kernel once, in this process, and print JSON: what a first use costs.
    Once {
        /// A name from `bench list`.
        name: String,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        // Whoever reads us may stop when they have seen enough; but a gate that was not heard has not passed.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> io::Result<ExitCode> {
    let sections = rows::all();
    let mut out = io::stdout();
    match command {
        Command::Table { rows, json, no_counts, no_times, passes } => {
            let machine = machine();
            let counts = !no_counts && machine.valgrind.is_some();
            let wanted = Wanted { counts, times: !no_times, only_gated: false };
            let mut report = Report { machine, sections: measured(&sections, &rows, wanted)? };
            for pass in 2..=if no_times { 1 } else { passes } {
                eprintln!("times, pass {pass} of {passes}");
                for measured in &mut report.sections {
                    let section = sections.iter().find(|section| section.id == measured.id).expect("it was measured");
                    measure::again(section, measured)?;
                }
            }
            if json {
                writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
            } else {
                table::print(&report)?;
            }
        }
        Command::Page { from, programs, markdown, html } => {
            return page::write(&from, &programs, markdown.as_deref(), html.as_deref());
        }
        Command::Gate { write, against } => return gate::run(&sections, write.as_deref(), against.as_deref()),
        Command::Scale { curves, most, most_counted, json, markdown, html } => {
            let (html, markdown) = (html.as_deref(), markdown.as_deref());
            return scale::run(&scale::Wanted { curves: &curves, most, most_counted, json, html, markdown });
        }
        Command::ScalePoint { name, size } => scale::point(&name, size)?,
        Command::Size { json, only, folder } => size::run(&std::path::absolute(folder)?, &only, json)?,
        Command::List => {
            for section in &sections {
                writeln!(out, "{}  {}", section.id, section.title)?;
                for kernel in &section.kernels {
                    writeln!(
                        out,
                        "    {}{}",
                        section.kernel_name(kernel),
                        match (kernel.start, section.clock) {
                            (Some(_), _) => "",
                            (None, Clock::Clients { .. }) => "  (a program of bench/clients)",
                            (None, _) => "  (absent)",
                        }
                    )?;
                }
            }
        }
        Command::Kernel { name, operations } => {
            let start = kernel::find(&sections, &name).ok_or_else(|| unknown(&name))?.1.start;
            start.ok_or_else(|| absent(&name))?().run(operations);
        }
        Command::Once { name } => {
            let (section, kernel) = kernel::find(&sections, &name).ok_or_else(|| unknown(&name))?;
            let once = fresh::measure(section, kernel).ok_or_else(|| absent(&name))?;
            writeln!(out, "{}", serde_json::to_string(&once)?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn measured(sections: &[Section], rows: &[u32], wanted: Wanted) -> io::Result<Vec<report::Measured>> {
    if let Some(row) = rows.iter().find(|&&row| sections.iter().all(|section| section.row() != row)) {
        return Err(io::Error::other(format!("there is no row {row} (see `bench list`)")));
    }
    let chosen = sections.iter().filter(|section| rows.is_empty() || rows.contains(&section.row()));
    chosen
        .map(|section| {
            eprintln!("measuring {} {}", section.id, section.title);
            measure::section(section, wanted)
        })
        .collect()
}

fn unknown(name: &str) -> io::Error {
    io::Error::other(format!("there is no kernel `{name}` (see `bench list`)"))
}

fn absent(name: &str) -> io::Error {
    io::Error::other(format!("`{name}` needs --features native"))
}
