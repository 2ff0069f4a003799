//! Why a scan could not be made.

use core::fmt;

/// Why there is no [`EscapeReport`](super::EscapeReport).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum EscapeError {
    /// Processes can be scanned on Linux, on x86-64 and aarch64.
    Unsupported,
    /// The kernel does not say what the process has mapped, or does not let it read its own memory: the error's number.
    Refused {
        /// What was asked for.
        what: &'static str,
        /// The system's error number, 0 if it gave none.
        code: i32,
    },
}

impl fmt::Display for EscapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported => {
                f.write_str("escape scans run on Linux on x86-64 and aarch64; use the grade `page` here")
            }
            Self::Refused { what, code } => {
                write!(
                    f,
                    "the system refused to {what} (error {code}); a sandbox may forbid process_vm_readv and /proc"
                )
            }
        }
    }
}

impl core::error::Error for EscapeError {}
