//! What outlives the programs' scopes.

use super::{contender::Contender, process::Built};
use programs::programs as third_party;
use std::{fmt::Write, io};

/// A cold process for each program; its first three calls, and what is held at the end.
pub(crate) fn render(built: &Built) -> io::Result<String> {
    let contender = if Built::has(Contender::ScopesOverMimalloc) {
        Contender::ScopesOverMimalloc
    } else {
        Contender::ScopesOverSystem
    };
    let mut text = format!(
        "bytes that outlive a scope of {} (chunks that they hold)\n{:<16}{:>20}{:>20}{:>20}{:>14}\n",
        contender.name(),
        "",
        "first call",
        "second",
        "third",
        "pinned KiB"
    );
    for program in &third_party::ALL {
        let answer = built.escapes(contender, program.name)?;
        if let Some(reason) = answer.inactive {
            let _ = writeln!(text, "{:<16}{reason}", program.name);
            continue;
        }
        let _ = write!(text, "{:<16}", program.name);
        for (bytes, chunks) in answer.escapes {
            let cell = if bytes == 0 { "0".into() } else { format!("{bytes} ({chunks})") };
            let _ = write!(text, "{cell:>20}");
        }
        let _ = writeln!(text, "{:>14}", answer.pinned.1 / 1024);
    }
    Ok(text)
}
