//! This binary under valgrind.

use crate::kernel::{Kernel, Section};
use std::{env, io, process::Command};

/// valgrind's version, when it is there.
pub(crate) fn version() -> Option<String> {
    let output = Command::new("valgrind").arg("--version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs `bench kernel NAME OPERATIONS` under a prepared valgrind command and gives what valgrind wrote.
pub(crate) fn run(mut command: Command, section: &Section, kernel: &Kernel, operations: u64) -> io::Result<String> {
    let name = &section.kernel_name(kernel);
    let mut program = match kernel.program {
        Some(program) => program()?,
        None => vec![env::current_exe()?.into(), "kernel".into(), name.into()],
    };
    program.push(operations.to_string().into());
    command.envs(kernel.heap.map(|heap| ("BENCH_HEAP", heap)));
    // Under memcheck allocators would be watched.
    command.env("ARENITE_DEBUG", "off");
    let output = command.args(program).output()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(text)
    } else {
        Err(io::Error::other(format!("`{name}` under valgrind ended with {}:\n{text}", output.status)))
    }
}
