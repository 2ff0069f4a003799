//! Instructions for an operation: this binary under callgrind, twice.
//!
//! Two run lengths, and their difference over the difference in operations: what comes before and after the kernel,
//! and what it does once, is in both and cancels.

use super::valgrind;
use crate::kernel::{Count, Kernel, Section};
use std::{io, process::Command};

/// The doors of the global allocator; nothing of Rust's goes to the heap past them.
const HEAP: &str =
    if cfg!(all(feature = "native", unix)) { "routed::Routed as*GlobalAlloc>::" } else { "__rust_*alloc" };

/// Instructions for one operation; `None` where the section counts none.
pub(crate) fn instructions(section: &Section, kernel: &Kernel) -> io::Result<Option<f64>> {
    match section.count {
        Count::Nothing => Ok(None),
        Count::Steps(few, many) => per_operation(section, kernel, None, few, many).map(Some),
        Count::Inside(function, few, many) => per_operation(section, kernel, Some(function), few, many).map(Some),
    }
}

/// Instructions for one operation that are the global allocator's.
pub(crate) fn heap_instructions(section: &Section, kernel: &Kernel) -> io::Result<Option<f64>> {
    match section.count {
        Count::Steps(few, many) => per_operation(section, kernel, Some(HEAP), few, many).map(Some),
        _ => Ok(None),
    }
}

fn per_operation(section: &Section, kernel: &Kernel, inside: Option<&str>, few: u64, many: u64) -> io::Result<f64> {
    let collected = |steps: u64| {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        if let Some(function) = inside {
            command.arg(format!("--toggle-collect=*{function}*"));
        }
        let output = valgrind::run(command, section, kernel, steps * section.step)?;
        let total = output.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, total)| total.trim());
        total
            .and_then(|total| total.parse::<f64>().ok())
            .ok_or_else(|| io::Error::other(format!("callgrind gave no total for {}:\n{output}", kernel.name)))
    };
    let difference = collected(many)? - collected(few)?;
    Ok(difference / ((many - few) * section.step) as f64)
}
