//! What is worth telling about a frame.

use std::fmt;

/// The figures of one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameSummary {
    /// Which frame, counted from 1.
    pub number: u64,
    /// The hash over the state after every frame so far; the same in every run and on every platform.
    pub hash: u64,
    /// Allocations made, in all areas together.
    pub allocations: usize,
    /// Bytes asked for by them.
    pub requested: usize,
    /// Bytes of the frame area in use at the frame's end.
    pub frame_used: usize,
    /// Pairs of entities that touched.
    pub contacts: usize,
    /// Paths that were found.
    pub paths: usize,
    /// Entities that were posed.
    pub posed: usize,
    /// Particles alive.
    pub particles: usize,
    /// Widgets whose text had changed, so that it was measured again.
    pub measured: usize,
    /// Render commands that ran: those of the frame before.
    pub commands: usize,
}

impl fmt::Display for FrameSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "frame {}: {} allocations of {} bytes, {} contacts, {} paths, {} posed, {} particles, {} commands, hash {:016x}",
            self.number,
            self.allocations,
            self.requested,
            self.contacts,
            self.paths,
            self.posed,
            self.particles,
            self.commands,
            self.hash
        )
    }
}
