//! Why a ring refused.

use crate::{
    error::AllocError,
    node::{NodeId, label},
};
use core::fmt;

/// A refused push, frame or retirement. The ring is as it was before. Sizes are bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RingError {
    /// The request can never be served, or there is no memory for it.
    Refused(AllocError),
    /// Frames that are not retired hold the room.
    Blocked {
        /// The ring's node.
        node: NodeId,
        /// The size asked for.
        size: usize,
        /// What is missing, in one piece.
        missing: usize,
        /// The frame to wait for: once it is retired, and all before it, the request is served.
        frame: u64,
        /// The fence that retires it; `None`: it is retired when frame `until` begins.
        fence: Option<u64>,
        /// The last completed fence that the ring was told of.
        completed: Option<u64>,
        /// The frame that comes N after it.
        until: u64,
    },
    /// The open frame itself holds the room.
    FrameFull {
        /// The ring's node.
        node: NodeId,
        /// The size asked for.
        size: usize,
        /// What is missing, in one piece.
        missing: usize,
        /// The open frame.
        frame: u64,
        /// The size of the ring.
        capacity: usize,
    },
    /// A frame is promised until a fence that has not passed, and the ring keeps no more frames in flight.
    InFlight {
        /// The ring's node.
        node: NodeId,
        /// The frame.
        frame: u64,
        /// Its fence.
        fence: u64,
        /// The last completed fence that the ring was told of.
        completed: Option<u64>,
        /// How many frames the ring keeps in flight.
        frames: u32,
    },
    /// No frame is open.
    NoFrame {
        /// The ring's node.
        node: NodeId,
    },
    /// A frame is still open.
    FrameOpen {
        /// The ring's node.
        node: NodeId,
        /// Its number.
        frame: u64,
    },
    /// A fence below the last one. Fences never fall.
    FenceFell {
        /// The ring's node.
        node: NodeId,
        /// The value given.
        given: u64,
        /// The one before it.
        last: u64,
    },
}

/// How far the fences are, for a message.
struct Completed(Option<u64>);

impl fmt::Display for Completed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(fence) => write!(f, "fence {fence} is the last known to have passed"),
            None => f.write_str("no fence is known to have passed"),
        }
    }
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Refused(error) => error.fmt(f),
            Self::Blocked { node, size, missing, frame, fence, completed, until } => {
                write!(f, "{} refused {size} bytes, of which {missing} are missing: ", label("ring", node))?;
                match fence {
                    Some(fence) => write!(
                        f,
                        "frame {frame} holds them until fence {fence}, and {}; wait for the fence and call retire, or make the ring larger",
                        Completed(completed)
                    ),
                    None => write!(
                        f,
                        "frame {frame} holds them until frame {until} begins; push less in a frame, or make the ring larger"
                    ),
                }
            }
            Self::FrameFull { node, size, missing, frame, capacity } => write!(
                f,
                "{} refused {size} bytes, of which {missing} are missing: the open frame {frame} holds them itself; push less in a frame, or make the ring larger than {capacity} bytes",
                label("ring", node)
            ),
            Self::InFlight { node, frame, fence, completed, frames } => write!(
                f,
                "{} keeps {frames} frames in flight, and the oldest, frame {frame}, is promised until fence {fence}: {}; wait for the fence and call retire",
                label("ring", node),
                Completed(completed)
            ),
            Self::NoFrame { node } => {
                write!(f, "{} has no open frame: call begin_frame first", label("ring", node))
            }
            Self::FrameOpen { node, frame } => {
                write!(f, "{} still has frame {frame} open: call end_frame first", label("ring", node))
            }
            Self::FenceFell { node, given, last } => write!(
                f,
                "{} refused fence {given} after fence {last}: the values of a fence never fall; give the ring those of one queue",
                label("ring", node)
            ),
        }
    }
}

impl core::error::Error for RingError {}

impl From<AllocError> for RingError {
    fn from(error: AllocError) -> Self {
        Self::Refused(error)
    }
}
