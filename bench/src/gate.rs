//! The gate of continuous integration: our instruction counts against their targets, and against those of a build without
//! the library's debugging. No times.

use crate::{
    counts::Counts,
    criterion::Criterion,
    kernel::Section,
    measure::{self, Wanted, valgrind},
    report::{Measured, Verdict},
};
use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

/// Measures every instruction target and prints each; fails when one is missed by more than its tolerance, or when a fast
/// path's count is another than in `against`. Writes the counts to `write`.
pub(crate) fn run(sections: &[Section], write: Option<&Path>, against: Option<&Path>) -> io::Result<ExitCode> {
    let mut out = io::stdout();
    let other = against.map(Counts::read).transpose()?;
    if valgrind::version().is_none() {
        let strict = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        writeln!(out, "gate: valgrind is absent, so no instructions were counted (apt install valgrind)")?;
        return Ok(if strict { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    writeln!(
        out,
        "{:<5}{:<44}{:<24}{:>9}{:>9}{:>11}  verdict",
        "row", "operation", "contender", "instr", "target", "tolerance"
    )?;
    let mut failed = false;
    let mut counts = Counts::of_this_build();
    for section in sections.iter().filter(|section| section.criteria.iter().any(Criterion::gates)) {
        let wanted = Wanted { counts: true, times: false, only_gated: true };
        let measured = measure::section(section, wanted)?;
        counts.add(&measured);
        for (criterion, verdict) in section.criteria.iter().zip(&measured.verdicts) {
            failed |= !judge(&mut out, criterion, verdict, &measured)?;
        }
    }
    if let Some(other) = &other {
        failed |= !counts.compare(other, &mut out)?;
    }
    if let Some(path) = write {
        counts.write(path)?;
    }
    writeln!(out, "{}", if failed { "gate: FAILED" } else { "gate: passed" })?;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Prints a target, if it is the gate's, and whether it is reached as far as the gate asks for.
fn judge(out: &mut impl Write, criterion: &Criterion, verdict: &Verdict, section: &Measured) -> io::Result<bool> {
    let (true, Some(limit), Some(amount)) = (criterion.gates(), verdict.limit, verdict.amount) else {
        return Ok(true);
    };
    let passes = criterion.within(amount, limit + criterion.tolerance);
    let outcome = match (verdict.met == Some(true), passes) {
        (true, _) => "met",
        (false, true) => "MISSED, tolerated",
        (false, false) => "FAILED",
    };
    writeln!(
        out,
        "{:<5}{:<44.43}{:<24}{amount:>9.2}{limit:>9.1}{:>11.1}  {outcome}",
        section.id, section.title, verdict.of, criterion.tolerance
    )?;
    Ok(passes)
}
