//! What the command asks of the process of a heap, and what it answers: one line of JSON.

use clap::{Args, Parser, Subcommand};
use serde::{Deserialize, Serialize};

/// One program on one heap. For the command `programs`, and for debuggers and profilers.
#[derive(Parser)]
#[command(version)]
pub struct Order {
    /// What to do.
    #[command(subcommand)]
    pub task: Task,
}

/// What to do.
#[derive(Subcommand)]
pub enum Task {
    /// So many calls: for callgrind and perf.
    Run {
        /// Which program, how.
        #[command(flatten)]
        how: How,
        /// Calls.
        calls: u64,
    },
    /// Time samples of calls, warm.
    Time {
        /// Which program, how.
        #[command(flatten)]
        how: How,
    },
    /// What outlives its first calls when each is a scope.
    Escapes {
        /// A name from `programs list`.
        program: String,
        /// Calls.
        #[arg(default_value_t = 3)]
        calls: u64,
        /// Print the stacks that asked for what outlived the last call.
        #[arg(long)]
        sites: bool,
    },
}

/// Which program, how.
#[derive(Args)]
pub struct How {
    /// A name from `programs list`.
    pub program: String,
    /// Each call in a scope of `with_arena`.
    #[arg(long)]
    pub scopes: bool,
}

/// What a process answers.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Hash of the result, in hexadecimal: JSON's numbers are too small.
    pub hash: String,
    /// Why scopes changed nothing, if they were asked for and did.
    pub inactive: Option<String>,
    /// The best and the median sample, in nanoseconds for a call; 0 where none was taken.
    pub best_ns: f64,
    /// See `best_ns`.
    pub median_ns: f64,
    /// The most memory that the process had at any time, in KiB; 0 where the system does not say.
    pub peak_kib: u64,
    /// For each call, when they were asked for: bytes that outlived it, and chunks that these hold.
    pub escapes: Vec<(usize, usize)>,
    /// Chunks held by survivors at the end, their bytes, and scopes that the pin budget declined.
    pub pinned: (usize, usize, u64),
}
