//! Global or local.

use super::constants::{GMEM_DISCARDABLE, LMEM_DISCARDABLE};

/// Which family of calls: Windows has two for the same memory, which differ in a flag and in one answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// `GlobalAlloc` and its kin.
    Global,
    /// `LocalAlloc` and its kin: discardable memory has other bits, and unlocking fixed memory fails.
    Local,
}

impl Family {
    pub(super) const fn discardable(self) -> u32 {
        match self {
            Self::Global => GMEM_DISCARDABLE,
            Self::Local => LMEM_DISCARDABLE,
        }
    }
}
