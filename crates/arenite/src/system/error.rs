//! What a memory system refuses.

use super::{
    commands::Ticket,
    layout::{Area, Part},
};
use crate::{AllocError, Tag, pool::PoolError, source::VmError};
use core::fmt;

/// A refused request of a [`MemorySystem`](super::MemorySystem). Nothing has changed.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SystemError {
    /// The parts do not fit in the whole.
    Layout {
        /// The whole, in bytes.
        total: usize,
        /// The sum of the parts; `usize::MAX` when it overflows.
        sum: usize,
        /// Each part.
        parts: Vec<Part>,
    },
    /// The system refused the reservation.
    Reserve(VmError),
    /// The area's last frame or pass is still open, or was forgotten.
    StillOpen(Area),
    /// The layout gives the area no memory.
    Absent(Area),
    /// A pool's refusal.
    Pool(PoolError),
    /// The next command buffer in turn holds commands that have not run.
    NotRunYet(Ticket),
    /// No submitted commands wait.
    NothingSubmitted,
    /// The oldest submitted commands are of another type.
    OtherCommands {
        /// What they are.
        submitted: &'static str,
        /// What was asked for.
        asked: &'static str,
    },
    /// The tag's hard budget would be passed.
    TagBudget {
        /// Whose budget.
        tag: Tag,
        /// The budget, in bytes.
        budget: usize,
        /// What is in use under the tag.
        used: usize,
        /// What was asked for.
        request: usize,
    },
    /// The area's arena refused.
    Alloc(AllocError),
}

impl fmt::Display for SystemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layout { total, sum, parts } => {
                write!(f, "a memory system of {total} bytes cannot hold ")?;
                for (i, part) in parts.iter().enumerate() {
                    write!(f, "{}{} {}", if i == 0 { "" } else { " + " }, part.name, part.size)?;
                }
                write!(f, " = {sum} bytes; make the total larger or a part smaller")
            }
            Self::Reserve(refused) => refused.fmt(f),
            Self::StillOpen(area) => write!(
                f,
                "the {area} area is still open: drop its guard before the next begins (a forgotten guard keeps it open)"
            ),
            Self::Absent(area) => {
                write!(f, "the layout gives the {area} area no memory; give it some with SystemLayout")
            }
            Self::Pool(refused) => refused.fmt(f),
            Self::NotRunYet(ticket) => write!(
                f,
                "the next command buffer holds commands that have not run (ticket {}); run them first, or lay out more buffers with SystemLayout::render_buffers",
                ticket.number()
            ),
            Self::NothingSubmitted => f.write_str("no commands are submitted"),
            Self::OtherCommands { submitted, asked } => {
                write!(f, "the oldest submitted commands are {submitted}, not {asked}; run them as what they are")
            }
            Self::TagBudget { tag, budget, used, request } => write!(
                f,
                "{request} bytes for {tag} would pass its budget of {budget}: {used} are in use; free some, or raise it with SystemLayout::budget"
            ),
            Self::Alloc(refused) => refused.fmt(f),
        }
    }
}

impl std::error::Error for SystemError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Reserve(refused) => Some(refused),
            Self::Alloc(refused) => Some(refused),
            Self::Pool(refused) => Some(refused),
            _ => None,
        }
    }
}

impl From<AllocError> for SystemError {
    fn from(refused: AllocError) -> Self {
        Self::Alloc(refused)
    }
}

impl From<PoolError> for SystemError {
    fn from(refused: PoolError) -> Self {
        Self::Pool(refused)
    }
}

impl From<VmError> for SystemError {
    fn from(refused: VmError) -> Self {
        Self::Reserve(refused)
    }
}
