//! Heap calls and system calls for an operation: this binary under memcheck, twice, as with instructions.

use super::valgrind;
use crate::kernel::{Kernel, Section};
use std::{io, process::Command};

/// Calls for one operation: into the heap, into the system.
pub(crate) fn calls(section: &Section, kernel: &Kernel) -> io::Result<(f64, f64)> {
    const FEW: u64 = 3;
    const MANY: u64 = 13;
    let counted = |steps: u64| -> io::Result<(f64, f64)> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=memcheck", "--trace-syscalls=yes", "--undef-value-errors=no"]);
        let output = valgrind::run(command, section, kernel, steps * section.step)?;
        let system = output.lines().filter(|line| line.starts_with("SYSCALL[")).count();
        // total heap usage: 1,234 allocs, 1,230 frees, 99,999 bytes allocated
        let heap = output.lines().find_map(|line| line.split_once("total heap usage: ")).map(|(_, usage)| usage);
        let mut words = heap.unwrap_or_default().split(' ').map(|word| word.replace(',', "").parse::<f64>());
        match (words.next(), words.nth(1)) {
            (Some(Ok(allocations)), Some(Ok(frees))) => Ok((allocations + frees, system as f64)),
            _ => Err(io::Error::other(format!("memcheck gave no heap usage for {}:\n{output}", kernel.name))),
        }
    };
    let (few, many) = (counted(FEW)?, counted(MANY)?);
    let operations = ((MANY - FEW) * section.step) as f64;
    Ok(((many.0 - few.0) / operations, (many.1 - few.1) / operations))
}
