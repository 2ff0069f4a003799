//! Running the command from outside.

// Each test binary uses its part of this.
#![allow(dead_code)]

use serde_json::Value;
use std::process::{Command, Output};

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The command, ready to run.
pub(crate) fn command(words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arenite"));
    command.args(words.split_ascii_whitespace());
    command
}

/// Runs `arenite` with `words`.
pub(crate) fn arenite(words: &str) -> Run {
    finished(command(words).output().expect("the binary starts"))
}

/// What a process left behind.
pub(crate) fn finished(output: Output) -> Run {
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

impl Run {
    /// Standard output as JSON: one object, one line, nothing else.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).expect("JSON")
    }

    /// Checks that all went well.
    #[track_caller]
    pub(crate) fn passed(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        assert_eq!(self.err, "", "nothing on standard error where it is no terminal");
        self
    }
}

/// Checks that `value` has all of `keys`.
#[track_caller]
pub(crate) fn has_keys(value: &Value, keys: &str) {
    for key in keys.split_ascii_whitespace() {
        assert!(value.get(key).is_some(), "{key} in {value:#}");
    }
}
