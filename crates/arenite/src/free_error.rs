//! Why an allocator refused to take a block back.

use crate::node::NodeId;
use core::fmt;

/// The reason of a [`FreeError`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FreeErrorKind {
    /// The address lies in nothing that the allocator holds: it never came from there, or the memory has gone back since.
    Foreign,
    /// The address lies in a block, but is not its first.
    Misaligned {
        /// Bytes behind the start of the block.
        offset: usize,
    },
    /// No live block starts at the address: it was given back already.
    DoubleFree,
    /// The block has another size than the one given.
    WrongSize {
        /// The size that was given, in bytes.
        given: usize,
        /// The size that was asked for when the block was taken, in bytes.
        asked: usize,
    },
}

/// A refused free. The allocator is as it was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FreeError {
    kind: FreeErrorKind,
    address: usize,
    allocator: &'static str,
    block_size: usize,
    node: NodeId,
}

impl FreeError {
    /// An error of an allocator that messages call `allocator`: "a heap". `node` is who pays for it, or
    /// [`NodeId::ANONYMOUS`].
    #[must_use]
    pub const fn new(kind: FreeErrorKind, address: usize, allocator: &'static str, node: NodeId) -> Self {
        Self { kind, address, allocator, block_size: 0, node }
    }

    /// The same error of an allocator whose blocks all have one size.
    #[must_use]
    pub const fn with_block_size(self, block_size: usize) -> Self {
        Self { block_size, ..self }
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

    /// The node that pays for the allocator; [`NodeId::ANONYMOUS`] when none does.
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
        f.write_str(self.allocator)?;
        if self.block_size > 0 {
            write!(f, " of {}-byte blocks", self.block_size)?;
        }
        if self.node != NodeId::ANONYMOUS {
            write!(f, " (charged to {})", crate::node::describe(self.node))?;
        }
        write!(f, " does not take {:#x} back: ", self.address)?;
        match self.kind {
            FreeErrorKind::Foreign => f.write_str("it never handed that address out; free it where it came from"),
            FreeErrorKind::Misaligned { offset } => {
                write!(f, "it lies {offset} bytes inside a block; free the address that was handed out")
            }
            FreeErrorKind::DoubleFree => f.write_str("that block is free already; find who freed it first"),
            FreeErrorKind::WrongSize { given, asked } => {
                write!(
                    f,
                    "it was taken with {asked} bytes, not {given}; free it with the layout that it was taken with"
                )
            }
        }
    }
}

impl core::error::Error for FreeError {}
