//! Why no arena was lent.

use crate::{
    error::AllocError,
    node::{NodeId, label},
};
use core::fmt;

/// A pool lent no arena. It is as it was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ArenaPoolError {
    /// A new one was refused its first block.
    Refused(AllocError),
    /// As many as may be are out.
    AllOut {
        /// The pool's node.
        node: NodeId,
        /// How many that is.
        most: usize,
    },
}

impl ArenaPoolError {
    /// Panics with this error's text.
    ///
    /// # Panics
    /// Always.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub fn panic(self) -> ! {
        panic!("{self}")
    }
}

impl fmt::Display for ArenaPoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Refused(error) => error.fmt(f),
            Self::AllOut { node, most } => write!(
                f,
                "{} lent no arena: all {most} that may be out are; wait for one to come back, or raise ArenaPoolOptions::at_most",
                label("pool of arenas", node)
            ),
        }
    }
}

impl core::error::Error for ArenaPoolError {}

impl From<AllocError> for ArenaPoolError {
    fn from(error: AllocError) -> Self {
        Self::Refused(error)
    }
}
