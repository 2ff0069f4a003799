//! A progress bar, where there is somebody to see it.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};

/// A bar on a terminal's standard error, or nothing at all. It is moved by hand only: no thread of its own draws it, so
/// that it allocates between measurements and never during one.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar of `length` steps; none when `quiet` or when standard error is no terminal.
    pub(crate) fn new(length: u64, quiet: bool) -> Self {
        if quiet || !stderr().is_terminal() {
            return Self(None);
        }
        let style = ProgressStyle::with_template("{msg:>24} {bar:40} {pos}/{len} {eta}");
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(10));
        Self(Some(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))))
    }

    /// Says what is being done.
    pub(crate) fn say(&self, what: &'static str) {
        self.0.iter().for_each(|bar| bar.set_message(what));
    }

    /// Moves on by one step.
    pub(crate) fn step(&self) {
        self.0.iter().for_each(|bar| bar.inc(1));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.iter().for_each(ProgressBar::finish_and_clear);
    }
}
