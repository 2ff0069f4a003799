//! The identity of a node.

/// Names a node for ever: numbers are not reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(u32);

impl NodeId {
    /// What an arena without a name, tag or budget belongs to: no node.
    pub const ANONYMOUS: Self = Self(0);

    pub(super) const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number, 0 for [`ANONYMOUS`](Self::ANONYMOUS).
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// As an entry of the address map, where 0 means "no owner".
    #[cfg(feature = "std")]
    pub(crate) const fn to_entry(self) -> u32 {
        if self.0 == 0 { u32::MAX } else { self.0 }
    }

    #[cfg(feature = "std")]
    pub(crate) const fn from_entry(entry: u32) -> Option<Self> {
        match entry {
            0 => None,
            u32::MAX => Some(Self::ANONYMOUS),
            number => Some(Self(number)),
        }
    }

    #[cfg(all(test, feature = "std"))]
    pub(crate) const fn for_test(number: u32) -> Self {
        Self(number)
    }
}
