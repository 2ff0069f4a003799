//! What outlived a scope.

use super::region::{Left, ScopesInactive};
use crate::debug::LeakReport;
use core::fmt;

/// What was still in use when a scope ended: see [`with_arena_reported`](super::with_arena_reported).
///
/// Not in it: blocks that the heap served because they were large, or in [`heap`](super::heap).
#[derive(Clone, Debug)]
pub struct Escapes {
    left: Left,
    sites: Option<LeakReport>,
    inactive: Option<ScopesInactive>,
}

impl Escapes {
    pub(super) fn new(left: Left, sites: Option<LeakReport>) -> Self {
        Self { left, sites, inactive: None }
    }

    pub(super) fn none(inactive: ScopesInactive) -> Self {
        Self { left: Left::default(), sites: None, inactive: Some(inactive) }
    }

    /// Bytes in use, each block's size rounded up to a multiple of 8.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.left.bytes
    }

    /// Chunks that they lie in: memory that is not used again until they are freed.
    #[must_use]
    pub const fn chunks(&self) -> usize {
        self.left.chunks
    }

    /// The blocks by the stack that asked for them, the most bytes first. `None` where the scope was not watched: see
    /// [`Grade::Sites`](crate::debug::Grade::Sites).
    #[must_use]
    pub const fn sites(&self) -> Option<&LeakReport> {
        self.sites.as_ref()
    }

    /// Why the scope changed nothing, if that is so: all figures are 0 then.
    #[must_use]
    pub const fn inactive(&self) -> Option<ScopesInactive> {
        self.inactive
    }

    /// Whether nothing outlived the scope.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.left.bytes == 0
    }
}

impl fmt::Display for Escapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(inactive) = self.inactive {
            return inactive.fmt(f);
        }
        if self.is_empty() {
            return f.write_str("nothing outlived the scope");
        }
        write!(f, "{} bytes in {} chunks outlived the scope", self.bytes(), self.chunks())?;
        match &self.sites {
            Some(sites) => write!(f, "; {sites}"),
            None => f.write_str(
                "; for the places that allocated them: `debug::set_node_grade(\"with_arena\", Grade::Sites)`; to do: \
                 allocate what is to outlive it in `heap(|| ..)`",
            ),
        }
    }
}
