//! This test program once more, for what ends its process or must have one of its own.
#![allow(dead_code, unreachable_pub)] // Each test file uses its part.

use std::process::{Command, ExitStatus};

/// This program, to be given arguments and variables; under the emulator that runs it, if one does: the kernel starts no
/// program of another machine by itself. `.ci/cross` names it in `ARENITE_TEST_RUNNER`.
pub fn again() -> Command {
    let this = std::env::current_exe().expect("the path of this test");
    match std::env::var("ARENITE_TEST_RUNNER") {
        Ok(runner) => {
            let mut words = runner.split_whitespace();
            let mut command = Command::new(words.next().expect("ARENITE_TEST_RUNNER names a program"));
            command.args(words).arg(this);
            command
        }
        Err(_) => Command::new(this),
    }
}

/// Whether the machine stopped the program at an access to memory.
pub fn stopped_at_an_access(status: ExitStatus) -> bool {
    #[cfg(unix)]
    {
        // SIGBUS is 7 on Linux and 10 on macOS, SIGSEGV 11.
        matches!(std::os::unix::process::ExitStatusExt::signal(&status), Some(7 | 10 | 11))
    }
    #[cfg(windows)]
    {
        const STATUS_ACCESS_VIOLATION: u32 = 0xC000_0005;
        status.code() == Some(STATUS_ACCESS_VIOLATION as i32)
    }
}
