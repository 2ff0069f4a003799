//! The binaries of the heaps: built, started, counted.

use super::contender::Contender;
use programs::{documents::repository, order::Answer};
use std::{
    env, io,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// Where the binaries are.
pub(crate) struct Built {
    folder: PathBuf,
}

impl Built {
    /// Builds what is not up to date, as this command was built.
    pub(crate) fn now() -> io::Result<Self> {
        let command = env::current_exe()?;
        let folder = command.parent().ok_or_else(|| io::Error::other("the command lies in no folder"))?.to_owned();
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--package", "programs"]);
        for heap in ["heap-system", "heap-arenite-system"] {
            cargo.args(["--bin", heap]);
        }
        if cfg!(feature = "native") {
            cargo.args(["--features", "native"]);
            for heap in ["heap-mimalloc", "heap-jemalloc", "heap-arenite-mimalloc"] {
                cargo.args(["--bin", heap]);
            }
        }
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        // Two below the target folder, wherever that is.
        if let Some(target) = folder.parent() {
            cargo.arg("--target-dir").arg(target);
        }
        let status = cargo.current_dir(repository()).stdout(Stdio::null()).status()?;
        if status.success() {
            Ok(Self { folder })
        } else {
            Err(io::Error::other(format!("building the heaps' binaries ended with {status}")))
        }
    }

    /// Whether the contender's binary was built.
    pub(crate) fn has(contender: Contender) -> bool {
        contender.is_pure() || cfg!(feature = "native")
    }

    /// Runs a timed process.
    pub(crate) fn time(&self, contender: Contender, program: &str) -> io::Result<Answer> {
        let mut command = Command::new(self.folder.join(contender.binary()));
        command.args(["time", program]).args(contender.scopes().then_some("--scopes"));
        Ok(answer(&mut command)?.0)
    }

    /// Runs a process that reports what outlives scopes.
    pub(crate) fn escapes(&self, contender: Contender, program: &str) -> io::Result<Answer> {
        let mut command = Command::new(self.folder.join(contender.binary()));
        Ok(answer(command.args(["escapes", program]))?.0)
    }

    /// Runs a process under callgrind: what it answers, and its instructions.
    pub(crate) fn count(&self, contender: Contender, program: &str, calls: u64) -> io::Result<(Answer, f64)> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        command.arg(self.folder.join(contender.binary()));
        command.args(["run", program]).args(contender.scopes().then_some("--scopes")).arg(calls.to_string());
        let (answer, output) = answer(&mut command)?;
        let text = String::from_utf8_lossy(&output.stderr);
        let total = text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
        let total = total.ok_or_else(|| io::Error::other(format!("callgrind gave no total:\n{text}")))?;
        Ok((answer, total))
    }
}

/// Whether instructions can be counted.
pub(crate) fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

fn answer(command: &mut Command) -> io::Result<(Answer, Output)> {
    // Under a tool everything is watched unless told otherwise.
    let output = command.env("ARENITE_DEBUG", "off").output()?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("{command:?} ended with {}: {}", output.status, error.trim())));
    }
    Ok((serde_json::from_slice(&output.stdout)?, output))
}
