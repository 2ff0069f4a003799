//! `arenite frames`: a game's frame loop on a memory system.

mod args;
mod checks;
mod full_clear;
mod json;
mod report;
mod steady;
mod text;
mod timing;

pub(crate) use args::FramesArgs;

use crate::{
    output::print,
    progress::Progress,
    verdict::{Failure, conclude},
};
use arenite::{MemorySystem, system::SystemLayout};
use report::Report;
use std::process::ExitCode;
use workloads::frames::FrameLoop;

/// The least address space that is accepted where the usual 5 GiB are refused.
const LEAST: usize = 3 << 29;

/// Runs the command. Failed checks are told on standard error and make the exit code 1.
pub(crate) fn run(args: &FramesArgs) -> Result<ExitCode, Failure> {
    let report = measure(args).map_err(|refused| Failure::refused("the frame loop", refused))?;
    let failures = checks::failures(&report);
    if args.json {
        print(&json::of(&report, &failures).to_string())?;
    } else if !args.quiet {
        print(&text::of(&report, &failures))?;
    }
    Ok(conclude(&failures))
}

fn measure(args: &FramesArgs) -> Result<Report, arenite::system::SystemError> {
    let memory = MemorySystem::with_layout(SystemLayout::new().at_least(LEAST))?;
    let mut frame_loop = FrameLoop::new(&memory)?;
    let progress = Progress::new(args.frames, args.quiet);
    let steady = steady::measure(&memory, &mut frame_loop, args.frames, &progress)?;
    drop(progress);
    let stats = memory.stats();
    let timing = timing::measure(&memory, &frame_loop)?;
    let full_clear = full_clear::measure(&memory, args.full_clear)?;
    Ok(Report { frames: args.frames, steady, stats, timing, full_clear })
}
