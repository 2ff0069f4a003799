//! The gate of continuous integration: our instruction counts against their targets. No times.

use crate::{
    kernel::Section,
    measure::{self, Wanted, valgrind},
};
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Measures every instruction target and prints each; fails when one is missed by more than its tolerance.
pub(crate) fn run(sections: &[Section]) -> io::Result<ExitCode> {
    let mut out = io::stdout();
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
    for section in sections.iter().filter(|section| section.criteria.iter().any(|criterion| criterion.gates())) {
        let wanted = Wanted { counts: true, times: false, only_gated: true };
        let measured = measure::section(section, wanted)?;
        for (criterion, verdict) in section.criteria.iter().zip(&measured.verdicts) {
            let (true, Some(limit), Some(amount)) = (criterion.gates(), verdict.limit, verdict.amount) else {
                continue;
            };
            let passes = criterion.within(amount, limit + criterion.tolerance);
            let outcome = match (verdict.met == Some(true), passes) {
                (true, _) => "met",
                (false, true) => "MISSED, tolerated",
                (false, false) => "FAILED",
            };
            failed |= !passes;
            writeln!(
                out,
                "{:<5}{:<44.43}{:<24}{amount:>9.2}{limit:>9.1}{:>11.1}  {outcome}",
                section.id, section.title, verdict.of, criterion.tolerance
            )?;
        }
    }
    writeln!(out, "{}", if failed { "gate: FAILED" } else { "gate: passed" })?;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
