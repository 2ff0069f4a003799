//! Why a pool refused to take a block back.

use super::error::name;
use crate::node::NodeId;
use core::fmt;

/// The reason of a [`FreeError`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FreeErrorKind {
    /// The address lies in none of the pool's blocks that were ever handed out.
    Foreign,
    /// The address lies in a block, but is not its first.
    Misaligned {
        /// Bytes behind the start of the block.
        offset: usize,
    },
    /// The block is not live: it was given back already.
    DoubleFree,
}

/// A refused free. The pool is as it was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FreeError {
    kind: FreeErrorKind,
    address: usize,
    block_size: usize,
    node: NodeId,
}

impl FreeError {
    pub(super) const fn new(kind: FreeErrorKind, address: usize, block_size: usize, node: NodeId) -> Self {
        Self { kind, address, block_size, node }
    }

    /// Why.
    #[must_use]
    pub const fn kind(&self) -> FreeErrorKind {
        self.kind
    }

    /// The address that was to be freed.
    #[must_use]
    pub const fn address(&self) -> usize {
        self.address
    }

    /// The node that pays for the pool; [`NodeId::ANONYMOUS`] when none does.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

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

impl fmt::Display for FreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        name(f, self.block_size, self.node)?;
        write!(f, " does not take {:#x} back: ", self.address)?;
        match self.kind {
            FreeErrorKind::Foreign => f.write_str("it never handed that address out; free it where it came from"),
            FreeErrorKind::Misaligned { offset } => {
                write!(f, "it lies {offset} bytes inside a block; free the address that was handed out")
            }
            FreeErrorKind::DoubleFree => f.write_str("that block is free already; find who freed it first"),
        }
    }
}

impl core::error::Error for FreeError {}
