//! What a request for platform memory may ask for.

use core::{
    fmt,
    ops::{BitOr, BitOrAssign},
};

/// Flags of [`mem_alloc`](super::mem_alloc): the four values of the original game's `Alloc`.
///
/// ```
/// use arenite::platform::MemFlags;
/// let flags = MemFlags::TEMP | MemFlags::CLEAR;
/// assert_eq!(flags.bits(), 5);
/// assert!(flags.contains(MemFlags::CLEAR) && !flags.contains(MemFlags::LOCK));
/// assert_eq!(MemFlags::from_bits(5), Some(flags));
/// assert_eq!(MemFlags::from_bits(8), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MemFlags(u32);

impl MemFlags {
    /// Nothing special: 0.
    pub const NORMAL: Self = Self(0);
    /// The block is meant to die soon: 1. The original placed such blocks at the other end of its heap, which size
    /// classes make needless; here it says so to the list of leaks, which marks the block as temporary.
    pub const TEMP: Self = Self(1);
    /// The block must not move: 2. No block ever does, so this is accepted and changes nothing. It does not pin pages
    /// in RAM: that is `VirtualLock`.
    pub const LOCK: Self = Self(2);
    /// The block is filled with zeros: 4.
    pub const CLEAR: Self = Self(4);

    const ALL: u32 = 7;

    /// The flags of a number; `None` when a bit is set that means nothing.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Option<Self> {
        if bits & !Self::ALL == 0 { Some(Self(bits)) } else { None }
    }

    /// The number that C knows them by.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for MemFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for MemFlags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl fmt::Debug for MemFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (flag, name) in [(Self::TEMP, "TEMP"), (Self::LOCK, "LOCK"), (Self::CLEAR, "CLEAR")] {
            if self.contains(flag) {
                write!(f, "{}{name}", if first { "" } else { " | " })?;
                first = false;
            }
        }
        if first { f.write_str("NORMAL") } else { Ok(()) }
    }
}
