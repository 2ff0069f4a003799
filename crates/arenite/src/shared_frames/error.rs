//! Why a frame was not begun.

use crate::node::{NodeId, label};
use core::fmt;

/// A frame was not begun, because the frame whose slot it would have is still held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameHeld {
    pub(super) node: NodeId,
    pub(super) frame: u64,
    pub(super) holders: usize,
    pub(super) depth: usize,
}

impl FrameHeld {
    /// The number of the frame that is held.
    #[must_use]
    pub const fn frame(&self) -> u64 {
        self.frame
    }

    /// How many tokens and boxes hold it: at the time of the refusal, and at least one.
    #[must_use]
    pub const fn holders(&self) -> usize {
        self.holders
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

impl fmt::Display for FrameHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} did not begin a frame: frame {} has its slot and {} hold it; wait for these jobs, or make the ring deeper than {}",
            label("ring of frames", self.node),
            self.frame,
            self.holders,
            self.depth
        )
    }
}

impl core::error::Error for FrameHeld {}
