//! Why scopes change nothing.

use crate::source::VmError;
use core::fmt;

/// Why `with_arena` only calls its closure. Such a scope is sound and slow: the program's heap serves what it would have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ScopesInactive {
    /// [`Global`](crate::Global) is not the program's allocator.
    NotInstalled,
    /// The system refused the range of addresses that chunks lie in.
    Refused(VmError),
    /// The system has no memory for another chunk, or the range is full.
    NoMemory,
    /// Survivors of earlier scopes hold more than the [`PinBudget`](crate::context::PinBudget).
    OverPinBudget,
    /// The process has had 2^31 threads with scopes.
    NoNumbers,
}

impl fmt::Display for ScopesInactive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`with_arena` changes nothing: ")?;
        match self {
            Self::NotInstalled => f.write_str(
                "`arenite::Global` is not the program's allocator; declare `#[global_allocator] static ALLOCATOR: \
                 arenite::Global = arenite::Global::new();`",
            ),
            Self::Refused(refused) => write!(f, "no addresses for its chunks: {refused}"),
            Self::NoMemory => f.write_str("no memory for another chunk; end scopes, or free what survived them"),
            Self::OverPinBudget => f.write_str(
                "survivors of earlier scopes hold more than the pin budget; allocate what outlives a scope in \
                 `heap(|| ..)`, or raise the budget with `set_pin_budget`",
            ),
            Self::NoNumbers => f.write_str("2^31 threads have had scopes; the heap serves this one"),
        }
    }
}

impl core::error::Error for ScopesInactive {}
