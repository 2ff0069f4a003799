//! Why a pool refused to hand out a block.

use crate::{error::ErrorKind, node::NodeId};
use core::fmt;

/// The reason of a [`PoolError`]. Figures are bytes where not said otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PoolErrorKind {
    /// The source or the kernel had no memory.
    OutOfMemory,
    /// A hard budget on the way up the lifetime tree would be passed.
    BudgetExceeded {
        /// The node whose budget it is.
        node: NodeId,
        /// The budget.
        budget: usize,
        /// What is charged to it already.
        used: usize,
    },
    /// Every block is live (or retired), and the pool does not grow.
    Full {
        /// Its number of blocks.
        capacity: usize,
    },
    /// A block size of 0 or above 1 GiB, or an alignment that is no power of two up to 2 MiB.
    BadLayout,
    /// More blocks than the address space, or the 32-bit index of a block, can hold.
    CapacityOverflow,
    /// The caller's memory, or the reserved range, cannot hold the pool's own state and one block.
    TooSmall {
        /// What there was.
        given: usize,
    },
    /// The system refused to reserve the address space.
    ReserveRefused {
        /// The system's error number.
        code: i32,
    },
    /// There is no place to take memory from: a build without `std` and no source given.
    NoSource,
}

/// A refused block. The pool is as it was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolError {
    kind: PoolErrorKind,
    block_size: usize,
    node: NodeId,
}

impl PoolError {
    pub(super) const fn new(kind: PoolErrorKind, block_size: usize, node: NodeId) -> Self {
        Self { kind, block_size, node }
    }

    /// Why.
    #[must_use]
    pub const fn kind(&self) -> PoolErrorKind {
        self.kind
    }

    /// The size of the pool's blocks, in bytes.
    #[must_use]
    pub const fn block_size(&self) -> usize {
        self.block_size
    }

    /// The node that pays for the pool; [`NodeId::ANONYMOUS`] when none does.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Panics with this error's text: what the plain forms do where the `try_` forms return it.
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

impl From<ErrorKind> for PoolErrorKind {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::BudgetExceeded { node, budget, used } => Self::BudgetExceeded { node, budget, used },
            _ => Self::OutOfMemory,
        }
    }
}

/// Who speaks, for messages.
pub(super) fn name(f: &mut fmt::Formatter<'_>, block_size: usize, node: NodeId) -> fmt::Result {
    write!(f, "a pool of {block_size}-byte blocks")?;
    if node == NodeId::ANONYMOUS { Ok(()) } else { write!(f, " (charged to {})", crate::node::describe(node)) }
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        name(f, self.block_size, self.node)?;
        f.write_str(" has none to give: ")?;
        match self.kind {
            PoolErrorKind::OutOfMemory => {
                f.write_str("its source has no memory left; free memory, or raise the process's limit")
            }
            PoolErrorKind::BudgetExceeded { node, budget, used } => write!(
                f,
                "the hard budget of {} is {budget} bytes and {used} are charged to it; free what it holds, or raise the budget",
                crate::node::describe(node)
            ),
            PoolErrorKind::Full { capacity } => write!(
                f,
                "all of its {capacity} blocks are taken and it does not grow; give blocks back, or make it larger"
            ),
            PoolErrorKind::BadLayout => {
                f.write_str("a block has 1 byte to 1 GiB at a power of two up to 2 MiB; correct size or alignment")
            }
            PoolErrorKind::CapacityOverflow => {
                f.write_str("so many blocks have no room in the address space or in 32-bit indexes; ask for fewer")
            }
            PoolErrorKind::TooSmall { given } => {
                write!(f, "{given} bytes cannot hold its own state and one block; give it more memory")
            }
            PoolErrorKind::ReserveRefused { code } => write!(
                f,
                "the system refused to reserve the address space (error {code}); check `ulimit -v` and the overcommit policy, or allow less with BlockPoolOptions::reserve_at_least"
            ),
            PoolErrorKind::NoSource => {
                f.write_str("a build without std has no system heap; give it a source, or memory of the caller's")
            }
        }
    }
}

impl core::error::Error for PoolError {}
