//! Why a block was not changed.

use crate::{AllocError, FreeError};
use core::fmt;

/// The reason why a block did not get another size. It stays as it was, with its contents, and the counters do too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemError {
    /// There is no memory for the new size, or it is above `isize::MAX`.
    Refused(AllocError),
    /// No live block starts at the address.
    Wrong(FreeError),
}

impl fmt::Display for MemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::Wrong(wrong) => wrong.fmt(f),
        }
    }
}

impl core::error::Error for MemError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Refused(refused) => Some(refused),
            Self::Wrong(wrong) => Some(wrong),
        }
    }
}

impl From<AllocError> for MemError {
    fn from(refused: AllocError) -> Self {
        Self::Refused(refused)
    }
}

impl From<FreeError> for MemError {
    fn from(wrong: FreeError) -> Self {
        Self::Wrong(wrong)
    }
}
