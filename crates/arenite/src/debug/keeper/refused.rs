//! A free that was refused.

use crate::FreeError;

/// Who refused a free or a change.
pub(crate) enum Refused {
    /// The books: the fault was told, and the policy has decided.
    Told(FreeError),
    /// The allocator below.
    Below(FreeError),
}

impl Refused {
    pub(crate) fn error(self) -> FreeError {
        match self {
            Self::Told(error) | Self::Below(error) => error,
        }
    }

    /// For `deallocate`, which panics with an error: the program goes on after a fault that was told.
    pub(crate) fn unless_told(self) -> Result<(), FreeError> {
        match self {
            Self::Told(_) => Ok(()),
            Self::Below(error) => Err(error),
        }
    }
}
