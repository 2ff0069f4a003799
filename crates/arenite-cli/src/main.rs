//! The `arenite` command.
//!
//! Each subcommand runs a real program on Arenite, counts what the whole process does meanwhile, and fails when a promise
//! is not kept.

#![deny(unsafe_code)]

mod cli;
#[allow(unsafe_code)] // A global allocator is unsafe by its trait.
mod counting_heap;
mod frames;
mod output;
mod process;
mod progress;
mod stress;
mod table;
mod verdict;

use clap::Parser;
use cli::{Cli, Command};
use std::process::ExitCode;

#[global_allocator]
static HEAP: counting_heap::CountingHeap = counting_heap::CountingHeap;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Stress(args) => stress::run(&args),
        Command::Frames(args) => frames::run(&args),
    };
    done.unwrap_or_else(|failure| {
        anstream::eprintln!("{failure}");
        ExitCode::FAILURE
    })
}
