//! Calls of the program's heap, counted.

use super::super::hooks::Call;
use core::fmt;

/// How often the program's heap was called, by whoever the figures are of. Bytes are those asked for.
///
/// A reallocation counts the bytes that it added as allocated, or those that it took away as freed, so that the two sums
/// differ by what is live.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct HeapCalls {
    /// Blocks allocated.
    pub allocations: u64,
    /// Blocks that were given another size, where they lay or elsewhere.
    pub reallocations: u64,
    /// Blocks freed.
    pub frees: u64,
    /// Bytes allocated.
    pub allocated_bytes: u64,
    /// Bytes freed.
    pub freed_bytes: u64,
}

impl HeapCalls {
    /// No calls.
    pub const NONE: Self = Self { allocations: 0, reallocations: 0, frees: 0, allocated_bytes: 0, freed_bytes: 0 };

    /// All calls together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.allocations + self.reallocations + self.frees
    }

    /// What came on top since `before` was read from the same place.
    #[must_use]
    pub const fn since(&self, before: &Self) -> Self {
        Self {
            allocations: self.allocations.wrapping_sub(before.allocations),
            reallocations: self.reallocations.wrapping_sub(before.reallocations),
            frees: self.frees.wrapping_sub(before.frees),
            allocated_bytes: self.allocated_bytes.wrapping_sub(before.allocated_bytes),
            freed_bytes: self.freed_bytes.wrapping_sub(before.freed_bytes),
        }
    }

    /// The figures of one call. A refused one is a call, of no bytes.
    pub(in crate::context) fn of(call: &Call) -> Self {
        match *call {
            Call::Alloc { block, layout } => {
                let allocated_bytes = if block.is_null() { 0 } else { layout.size() as u64 };
                Self { allocations: 1, allocated_bytes, ..Self::NONE }
            }
            Call::Free { layout, .. } => Self { frees: 1, freed_bytes: layout.size() as u64, ..Self::NONE },
            Call::Realloc { layout, block, size, .. } => {
                let (old, new) = (layout.size() as u64, if block.is_null() { layout.size() } else { size } as u64);
                let (allocated_bytes, freed_bytes) = (new.saturating_sub(old), old.saturating_sub(new));
                Self { reallocations: 1, allocated_bytes, freed_bytes, ..Self::NONE }
            }
        }
    }

    /// Both together.
    #[must_use]
    pub(in crate::context) const fn plus(&self, more: &Self) -> Self {
        Self {
            allocations: self.allocations.wrapping_add(more.allocations),
            reallocations: self.reallocations.wrapping_add(more.reallocations),
            frees: self.frees.wrapping_add(more.frees),
            allocated_bytes: self.allocated_bytes.wrapping_add(more.allocated_bytes),
            freed_bytes: self.freed_bytes.wrapping_add(more.freed_bytes),
        }
    }
}

impl fmt::Display for HeapCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { allocations, reallocations, frees, allocated_bytes, freed_bytes } = self;
        write!(f, "{} heap calls: {allocations} allocations, {reallocations} reallocations, ", self.total())?;
        write!(f, "{frees} frees; {allocated_bytes} bytes allocated, {freed_bytes} freed")
    }
}
