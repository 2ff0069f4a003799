//! A run with a fault in it: is it found, and are its places told?

use super::plan::Plan;
use crate::{
    output::print,
    verdict::{Failure, conclude},
};
use arenite::{
    debug::{self, Fault, Grade, Leak},
    report::check_integrity,
};
use serde_json::{Value, json};
use std::{
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};
use workloads::{
    memory::{AreniteMemory, Memory},
    roguelike::{
        Game,
        plants::{Plant, Planted},
    },
};

/// Faults of the same kind with the same places.
struct Found {
    fault: Fault,
    times: usize,
}

/// Makes levels with a fault among them until something is found. It always fails: with what was found, or because the
/// fault was not.
pub(super) fn run(plant: Plant, plan: &Plan, json: bool) -> Result<ExitCode, Failure> {
    let grade = plan.grade.unwrap_or(Grade::Quarantine);
    if grade < plant.grade() {
        return Err(Failure {
            who: format!("--plant {plant}"),
            what: format!("grade {grade} does not promise to find it"),
            remedy: "run it with --debug-alloc and no grade: `quarantine` finds every plant",
        });
    }
    let list = Arc::new(Mutex::new(Vec::<Fault>::new()));
    let told = list.clone();
    debug::on_fault(move |fault| told.lock().unwrap_or_else(PoisonError::into_inner).push(*fault));
    let level = play(plant, plan, || !list.lock().unwrap_or_else(PoisonError::into_inner).is_empty());
    debug::to_stderr();
    let found = grouped(&list.lock().unwrap_or_else(PoisonError::into_inner));
    for Found { fault, times } in &found {
        anstream::eprintln!("arenite: {fault}");
        if *times > 1 {
            anstream::eprintln!("  found {times} times");
        }
    }
    let failure = verdict(plant, grade, level?, &found);
    if json {
        print(&object(plant, grade, &found, &failure).to_string())?;
    }
    Ok(conclude(&[failure]))
}

/// Makes levels until there is something; the number of the last one. What is live at the end of the game is told, too.
fn play(plant: Plant, plan: &Plan, any: impl Fn() -> bool) -> Result<u32, Failure> {
    let memory = AreniteMemory::new();
    let game = Game::load(&memory).map_err(|error| Failure::refused("the game's resources", error))?;
    let mut slot = memory.slot();
    let mut planted = Planted::new(plant);
    let mut made = 0;
    while made < plan.count && !any() {
        let (seed, depth) = plan.level(made);
        game.with_level(&mut slot, seed, depth, |level| planted.play(level));
        check_integrity(); // any plant: after each level
        made += 1;
    }
    // What the game holds until its end is none of its leaks.
    drop((slot, game));
    debug::leaks().iter().map(Leak::fault).for_each(Fault::report);
    Ok(made)
}

fn grouped(faults: &[Fault]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for &fault in faults {
        let same = |found: &&mut Found| {
            let places = |fault: &Fault| (fault.kind, fault.allocated, fault.first, fault.second);
            places(&found.fault) == places(&fault)
        };
        match found.iter_mut().find(same) {
            Some(found) => found.times += 1,
            None => found.push(Found { fault, times: 1 }),
        }
    }
    found
}

fn verdict(plant: Plant, grade: Grade, level: u32, found: &[Found]) -> Failure {
    let kinds = found.iter().filter(|found| found.fault.kind == plant.kind()).count();
    let who = format!("--plant {plant}");
    if kinds == 0 {
        let what = format!("not found in {level} levels of grade {grade}");
        return Failure { who, what, remedy: "a detector is broken, or too few levels were made: try --count 20" };
    }
    let places = if kinds == 1 { "1 place" } else { &format!("{kinds} places") };
    let what = format!("{} at {places}, found in grade {grade} after level {level}", plant.kind());
    Failure { who, what, remedy: plant.kind().remedy() }
}

fn object(plant: Plant, grade: Grade, found: &[Found], failure: &Failure) -> Value {
    let one = |found: &Found| {
        let mut fault = found.fault.to_json();
        fault["times"] = found.times.into();
        fault
    };
    json!({
        "command": "stress",
        "workload": "levels",
        "version": env!("CARGO_PKG_VERSION"),
        "plant": plant.name(),
        "grade": grade.name(),
        "faults": found.iter().map(one).collect::<Vec<_>>(),
        "passed": false,
        "failures": [failure.plain()],
    })
}
