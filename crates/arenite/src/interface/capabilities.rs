//! What an allocator promises.

use core::{fmt, ops};

/// A set of promises of a [`DynAllocator`](super::DynAllocator).
///
/// ```
/// use arenite::{Arena, Capabilities, DynAllocator};
/// let arena = Arena::new();
/// let promises = (&arena).capabilities();
/// assert!(promises.contains(Capabilities::RESIZE | Capabilities::OWNS));
/// assert!(!promises.contains(Capabilities::FREE));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities(u32);

/// One constant for each promise, and the names to print.
macro_rules! capabilities {
    ($($(#[doc = $doc:literal])* $name:ident = $bit:literal;)*) => {
        impl Capabilities {
            $($(#[doc = $doc])* pub const $name: Self = Self(1 << $bit);)*
            const NAMES: &[(Self, &str)] = &[$((Self::$name, stringify!($name))),*];
        }
    };
}

capabilities! {
    /// The memory of a freed block is used again, or goes back to the system, whatever was allocated after it.
    FREE = 0;
    /// A block that is freed before anything else is allocated is used again.
    FREE_LAST = 1;
    /// [`resize`](super::DynAllocator::resize) may succeed in growing.
    RESIZE = 2;
    /// [`owns`](super::DynAllocator::owns) answers exactly.
    OWNS = 3;
    /// [`reset`](super::DynAllocator::reset) works.
    RESET = 4;
    /// A second free of the same block is refused, as long as its memory was not handed out again.
    FINDS_DOUBLE_FREE = 5;
    /// A free of an address that is no block's start is refused, and never read.
    FINDS_FOREIGN_FREE = 6;
    /// A free with another size is refused.
    FINDS_WRONG_SIZE = 7;
    /// Any thread may allocate and free, also each other's blocks.
    THREADS = 8;
    /// It holds a fixed amount of memory, and refuses when that is used up.
    BOUNDED = 9;
    /// [`live`](super::AllocatorStats::live) is exact.
    COUNTS = 10;
    /// All of its blocks have one size: a larger request is refused.
    ONE_SIZE = 11;
    /// A freed block is the next one handed out for the same size.
    LIFO = 12;
}

impl Capabilities {
    /// No promise.
    pub const NONE: Self = Self(0);

    /// Whether every promise of `others` is among these.
    #[must_use]
    pub const fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// These without `others`.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// These and `others`.
    #[must_use]
    pub const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// What both promise.
    #[must_use]
    pub const fn both(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }
}

impl ops::BitOr for Capabilities {
    type Output = Self;

    fn bitor(self, others: Self) -> Self {
        self.with(others)
    }
}

impl ops::BitAnd for Capabilities {
    type Output = Self;

    fn bitand(self, others: Self) -> Self {
        self.both(others)
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Self::NAMES.iter().filter(|(one, _)| self.contains(*one)).map(|(_, name)| name);
        f.write_str("Capabilities")?;
        f.debug_set().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_joined_cut_and_printed_by_name() {
        let both = Capabilities::FREE | Capabilities::OWNS;
        assert!(both.contains(Capabilities::OWNS) && !both.contains(Capabilities::RESET));
        assert_eq!(both & (Capabilities::OWNS | Capabilities::RESET), Capabilities::OWNS);
        assert_eq!(both.without(Capabilities::OWNS), Capabilities::FREE);
        assert_eq!(alloc::format!("{both:?}"), "Capabilities{\"FREE\", \"OWNS\"}");
    }
}
