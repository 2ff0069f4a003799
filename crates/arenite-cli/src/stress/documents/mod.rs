//! `arenite stress --workload documents`: JSON and Markdown read, checked and written over and over on two memories.

mod checks;
mod json;
mod plan;
mod report;
mod run;
mod speed;
mod text;

use super::args::StressArgs;
use crate::{
    output::print,
    progress::Progress,
    verdict::{Failure, conclude},
};
use arenite::Node;
use plan::Plan;
use report::Report;
use run::{Ran, check};
use std::process::ExitCode;
use workloads::documents::{AreniteDesk, Corpus, PlainDesk};

/// Runs the command. Failed checks are told on standard error and make the exit code 1.
pub(super) fn run(args: &StressArgs) -> Result<ExitCode, Failure> {
    let corpus = match &args.corpus {
        Some(directory) => Corpus::directory(directory).map_err(|error| Failure::refused("the corpus", error))?,
        None => Corpus::embedded().with_programs(),
    };
    let plan = Plan::new(args, &corpus);
    let report = measure(plan, &corpus, args.quiet);
    let failures = checks::failures(&report);
    if args.json {
        print(&json::of(&report, &failures).to_string())?;
    } else if !args.quiet {
        print(&text::of(&report, &failures))?;
    }
    Ok(conclude(&failures))
}

fn measure(plan: Plan, corpus: &Corpus, quiet: bool) -> Report {
    let memories = u64::from(plan.plain()) + u64::from(plan.arenite());
    let progress = Progress::new((speed::ROUNDS + 1 + plan.count) * memories, quiet);
    // Speed first: whatever the process does for the first time it has done before memory is measured.
    let speeds = speed::measure(&plan, corpus, &progress);
    let mut runs: Vec<Ran> = Vec::with_capacity(2);
    if plan.plain() {
        progress.say("plain heap");
        runs.push(check(|| PlainDesk, None, &plan, corpus, speeds.plain, &progress));
    }
    if plan.arenite() {
        progress.say("arenite");
        let node = Node::new("stress").build();
        let desk = || AreniteDesk::configured(|options| options.parent(&node));
        runs.push(check(desk, Some(&node), &plan, corpus, speeds.arenite, &progress));
    }
    Report { plan, runs }
}
