//! `arenite stress`: levels of a game, or documents, made and freed over and over on two memories.

mod args;
mod checks;
mod debugged;
mod documents;
mod drawing;
mod growth;
mod json;
mod meter;
mod plan;
mod planted;
mod report;
mod run;
mod speed;
mod text;

pub(crate) use args::StressArgs;

use crate::{
    cli::Cli,
    output::print,
    progress::Progress,
    verdict::{Failure, conclude},
};
use arenite::{Node, debug};
use args::{Choice, Workload};
use clap::{CommandFactory, error::ErrorKind};
use plan::Plan;
use report::Report;
use run::{Ran, check};
use speed::Speeds;
use std::process::ExitCode;
use workloads::memory::{AreniteMemory, PlainMemory, WatchedMemory};

/// Runs the command. Failed checks are told on standard error and make the exit code 1.
pub(crate) fn run(args: &StressArgs) -> Result<ExitCode, Failure> {
    if let Some(option) = args.stray() {
        let text = format!("{option} says nothing to this workload; see --help");
        Cli::command().error(ErrorKind::ArgumentConflict, text).exit();
    }
    match args.workload {
        Workload::Levels => run_levels(args),
        Workload::Documents => documents::run(args),
    }
}

fn run_levels(args: &StressArgs) -> Result<ExitCode, Failure> {
    let plan = args.plan();
    if let Some(grade) = plan.grade {
        debug::explain_page_faults();
        debug::set_grade(grade);
    }
    if let Some(plant) = args.plant {
        return planted::run(plant, &plan, args.json);
    }
    let report = measure(&plan, args.quiet)?;
    let drawing = args.drawing().map(|target| drawing::draw(&plan, &target)).transpose()?;
    let failures = checks::failures(&report);
    if args.json {
        print(&json::of(&report, drawing.as_ref(), &failures).to_string())?;
    } else {
        if let Some(drawing) = &drawing {
            print(&drawing.to_string())?;
        }
        if !args.quiet {
            print(&text::of(&report, &failures))?;
        }
    }
    Ok(conclude(&failures))
}

fn measure(plan: &Plan, quiet: bool) -> Result<Report, Failure> {
    let memories = if plan.memory == Choice::Both { 2 } else { 1 };
    let steps = (speed::ROUNDS + 1) * memories + u64::from(plan.count) * memories;
    let progress = Progress::new(steps, quiet);
    // Speed first: whatever the process does for the first time it has done before memory is measured.
    let speeds = match plan.grade {
        None => speed::measure(plan, &progress)?,
        Some(_) => Speeds::default(),
    };
    let mut runs: Vec<Ran> = Vec::with_capacity(2);
    if plan.plain() {
        progress.say("plain heap");
        runs.push(match plan.grade {
            None => check(&PlainMemory, None, plan, speeds.plain, &progress)?,
            Some(_) => check(&WatchedMemory::new(), None, plan, speeds.plain, &progress)?,
        });
    }
    if plan.arenite() {
        progress.say("arenite");
        let node = Node::new("stress").build();
        let parent = node.clone();
        let memory = AreniteMemory::configured(move |options| options.parent(&parent));
        runs.push(check(&memory, Some(&node), plan, speeds.arenite, &progress)?);
    }
    Ok(Report { plan: *plan, runs })
}
