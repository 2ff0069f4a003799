//! Why a stack refused.

use crate::{
    error::AllocError,
    node::{NodeId, label},
};
use core::fmt;

/// A block as a message names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StackPlace {
    /// How many blocks lie below it.
    pub index: usize,
    /// Where it starts, in bytes from the start of the stack.
    pub offset: usize,
    /// How long it is, in bytes.
    pub size: usize,
}

/// A refused pop or resize. The stack is as it was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum StackError {
    /// There is no room for the larger block.
    Refused(AllocError),
    /// The block is not the top of the stack.
    NotTop {
        /// The stack's node.
        node: NodeId,
        /// The block that was named.
        asked: StackPlace,
        /// The block that has to go first.
        top: StackPlace,
    },
    /// The block was popped before, or the stack was reset.
    Gone {
        /// The stack's node.
        node: NodeId,
        /// How many blocks lay below it.
        index: usize,
        /// How many blocks there are now.
        depth: usize,
    },
    /// The block belongs to another stack.
    Foreign {
        /// The stack's node.
        node: NodeId,
    },
    /// No block starts at this address.
    NoBlock {
        /// The stack's node.
        node: NodeId,
        /// The address that was named.
        address: usize,
        /// Whether it lies in the stack's memory.
        inside: bool,
    },
    /// The top has another size than the one given.
    WrongSize {
        /// The stack's node.
        node: NodeId,
        /// The top.
        top: StackPlace,
        /// The size given.
        given: usize,
    },
}

impl StackError {
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

impl fmt::Display for StackPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block {} ({} bytes at offset {})", self.index, self.size, self.offset)
    }
}

impl fmt::Display for StackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Refused(error) => error.fmt(f),
            Self::NotTop { node, asked, top } => write!(
                f,
                "{} refused to touch {asked}: {top} is the top; pop the {} above it first, newest first",
                label("stack", node),
                top.index - asked.index
            ),
            Self::Gone { node, index, depth } => write!(
                f,
                "{} has {depth} blocks and no longer the block {index} that was named: it was popped, or the stack was reset; drop what names it when it goes",
                label("stack", node)
            ),
            Self::Foreign { node } => write!(
                f,
                "{} refused a block of another stack: give it to the stack that it was pushed on",
                label("stack", node)
            ),
            Self::NoBlock { node, address, inside: true } => write!(
                f,
                "{} has no block that starts at {address:#x}, though it lies in its memory: it was popped, or points into the middle of a block",
                label("stack", node)
            ),
            Self::NoBlock { node, address, inside: false } => write!(
                f,
                "{} refused the foreign pointer {address:#x}: give it to the allocator that it came from",
                label("stack", node)
            ),
            Self::WrongSize { node, top, given } => write!(
                f,
                "{} has {top} as its top, which was given as one of {given} bytes: pass the layout that was pushed, or last resized to",
                label("stack", node)
            ),
        }
    }
}

impl core::error::Error for StackError {}

impl From<AllocError> for StackError {
    fn from(error: AllocError) -> Self {
        Self::Refused(error)
    }
}
