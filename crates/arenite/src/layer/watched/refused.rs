//! A free that was refused.

use crate::FreeError;

/// Who refused a free.
pub(super) enum Refused {
    /// The books: the fault was told, and the policy has decided.
    Told(FreeError),
    /// The allocator below.
    Below(FreeError),
}

impl Refused {
    pub(super) fn error(self) -> FreeError {
        match self {
            Self::Told(error) | Self::Below(error) => error,
        }
    }

    /// For `deallocate`, which panics with an error: the program goes on after a fault that was told.
    pub(super) fn unless_told(self) -> Result<(), FreeError> {
        match self {
            Self::Told(_) => Ok(()),
            Self::Below(error) => Err(error),
        }
    }
}
