//! Windows' error codes.

use core::fmt;

/// Why a call failed: a code of Windows'.
///
/// ```
/// use arenite::platform::windows::WinError;
/// assert_eq!(WinError::INVALID_ADDRESS.code(), 487);
/// assert!(WinError::INVALID_ADDRESS.to_string().starts_with("ERROR_INVALID_ADDRESS (487): "));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct WinError(u32);

impl WinError {
    /// `ERROR_ACCESS_DENIED`: the system does not allow this protection.
    pub const ACCESS_DENIED: Self = Self(5);
    /// `ERROR_INVALID_HANDLE`: it names nothing, or nothing any more.
    pub const INVALID_HANDLE: Self = Self(6);
    /// `ERROR_NOT_ENOUGH_MEMORY`.
    pub const NOT_ENOUGH_MEMORY: Self = Self(8);
    /// `ERROR_BAD_LENGTH`: the structure is too short for the answer.
    pub const BAD_LENGTH: Self = Self(24);
    /// `ERROR_NOT_SUPPORTED`: this system cannot do it.
    pub const NOT_SUPPORTED: Self = Self(50);
    /// `ERROR_INVALID_PARAMETER`.
    pub const INVALID_PARAMETER: Self = Self(87);
    /// `ERROR_DISCARDED`: the memory was discarded.
    pub const DISCARDED: Self = Self(157);
    /// `ERROR_NOT_LOCKED`: it is not locked.
    pub const NOT_LOCKED: Self = Self(158);
    /// `ERROR_INVALID_ADDRESS`: nothing is reserved there, or something else is, or it is not committed.
    pub const INVALID_ADDRESS: Self = Self(487);
    /// `ERROR_NOACCESS`: the address cannot be used.
    pub const NOACCESS: Self = Self(998);
    /// `ERROR_PRIVILEGE_NOT_HELD`: large pages need one.
    pub const PRIVILEGE_NOT_HELD: Self = Self(1314);
    /// `ERROR_WORKING_SET_QUOTA`: the process may not lock so many pages.
    pub const WORKING_SET_QUOTA: Self = Self(1453);

    /// Any code, as the system told it.
    #[cfg(windows)]
    pub(super) const fn of(code: u32) -> Self {
        Self(code)
    }

    /// The number that `GetLastError` tells.
    #[must_use]
    pub const fn code(self) -> u32 {
        self.0
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::ACCESS_DENIED => {
                ("ERROR_ACCESS_DENIED", "the system does not allow this protection; ask for another")
            }
            Self::INVALID_HANDLE => ("ERROR_INVALID_HANDLE", "the handle names nothing, or what ended already"),
            Self::NOT_ENOUGH_MEMORY => {
                ("ERROR_NOT_ENOUGH_MEMORY", "there is no memory or address space for it; free some, or raise the limit")
            }
            Self::BAD_LENGTH => ("ERROR_BAD_LENGTH", "the structure is too short; pass its whole size"),
            Self::NOT_SUPPORTED => ("ERROR_NOT_SUPPORTED", "this system cannot do it; see docs/platform-memory.md"),
            Self::INVALID_PARAMETER => {
                ("ERROR_INVALID_PARAMETER", "a size, flag or address that the call does not take")
            }
            Self::DISCARDED => ("ERROR_DISCARDED", "the memory was discarded; reallocate it first"),
            Self::NOT_LOCKED => ("ERROR_NOT_LOCKED", "it is not locked; match each unlock with a lock"),
            Self::INVALID_ADDRESS => (
                "ERROR_INVALID_ADDRESS",
                "nothing is reserved there, or something else is, or not all of it is committed; ask VirtualQuery",
            ),
            Self::NOACCESS => ("ERROR_NOACCESS", "that memory cannot be used; commit it and allow access first"),
            Self::PRIVILEGE_NOT_HELD => {
                ("ERROR_PRIVILEGE_NOT_HELD", "large pages need a privilege; ask for ordinary ones")
            }
            Self::WORKING_SET_QUOTA => {
                ("ERROR_WORKING_SET_QUOTA", "the process may not lock so many pages; raise `ulimit -l`")
            }
            Self(_) => ("an error of the system", "look its number up"),
        }
    }
}

impl fmt::Display for WinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, text) = self.words();
        write!(f, "{name} ({}): {text}", self.0)
    }
}

impl core::error::Error for WinError {}
