//! How everything is taken back at once.

use core::fmt;

/// What an allocator keeps of its memory when it is reset.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ResetMode {
    /// As its own policy says; everything, where there is none.
    #[default]
    Keep,
    /// At most this many bytes, and what it cannot do without.
    KeepAtMost(usize),
    /// As little as it can do with.
    GiveBack,
}

/// A refused reset. Nothing was taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ResetError {
    /// The allocator cannot take everything back at once; free the blocks one by one.
    Unsupported,
    /// A scope or claim has the arena's cursor; drop it first.
    Claimed,
}

impl fmt::Display for ResetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsupported => "this allocator does not take everything back at once; free its blocks one by one",
            Self::Claimed => "a scope or claim has the arena's cursor; drop it before the reset",
        })
    }
}

impl core::error::Error for ResetError {}
