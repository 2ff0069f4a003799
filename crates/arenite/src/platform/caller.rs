//! Who asked.

use core::{fmt, panic::Location};

/// The file and line of a request, for the list of leaks: of Rust code by `#[track_caller]`, of C code by its macros.
/// Known in every profile and without the feature `debug`.
///
/// ```
/// use arenite::platform::Caller;
/// assert_eq!(Caller::here().line(), line!());
/// assert_eq!(Caller::new("game.c", 12).to_string(), "game.c:12");
/// assert_eq!(Caller::UNKNOWN.to_string(), "an unknown place");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Caller {
    file: &'static str,
    line: u32,
}

impl Caller {
    /// Nobody knows.
    pub const UNKNOWN: Self = Self { file: "", line: 0 };

    /// A line of a file, from 1.
    #[must_use]
    pub const fn new(file: &'static str, line: u32) -> Self {
        Self { file, line }
    }

    /// Where this is called, or the first `#[track_caller]` function on the way here is.
    #[must_use]
    #[track_caller]
    pub const fn here() -> Self {
        let place = Location::caller();
        Self { file: place.file(), line: place.line() }
    }

    /// The file, empty when nobody knows.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// The line, 0 when nobody knows.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.file.is_empty() { f.write_str("an unknown place") } else { write!(f, "{}:{}", self.file, self.line) }
    }
}
