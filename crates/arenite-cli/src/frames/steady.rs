//! The steady frames, counted.

use crate::{
    counting_heap::HeapFigures,
    process::{footprint, page_faults},
    progress::Progress,
};
use arenite::{MemorySystem, source::system_calls, system::SystemError};
use std::time::{Duration, Instant};
use workloads::frames::{FrameLoop, FrameSummary};

/// Frames before the counting begins.
const WARM_UP: u64 = 60;

/// What the process did in all steady frames together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Steady {
    /// Frames before these.
    pub(super) warm_up: u64,
    /// Steady frames.
    pub(super) frames: u64,
    pub(super) heap_calls: u64,
    pub(super) page_faults: Option<u64>,
    pub(super) system_calls: u64,
    /// Bytes committed in all areas at the end.
    pub(super) committed: usize,
    /// Bytes committed beyond those after the warm-up.
    pub(super) committed_growth: usize,
    /// Bytes resident, mapped files left out, beyond those after the warm-up.
    pub(super) resident_growth: Option<usize>,
    /// The sum of the frames' times.
    pub(super) time: Duration,
    /// The fewest allocations of a frame.
    pub(super) least_allocations: usize,
    /// The most bytes that a frame had in use in the frame area.
    pub(super) most_used: usize,
    /// The last frame.
    pub(super) last: FrameSummary,
}

/// The process's counters at one moment.
struct Counters {
    heap: u64,
    faults: Option<u64>,
    system: u64,
}

impl Counters {
    fn now() -> Self {
        Self { faults: page_faults(), system: system_calls(), heap: HeapFigures::now().calls() }
    }
}

/// Runs `frames` frames. What happens between two of them, such as the drawing of a progress bar, is not counted.
pub(super) fn measure(
    memory: &MemorySystem<'_>,
    frame_loop: &mut FrameLoop<'_>,
    frames: u64,
    progress: &Progress,
) -> Result<Steady, SystemError> {
    let warm_up = WARM_UP.min(frames / 2);
    progress.say("warming up");
    // Just as the steady frames are, so that the clock and the counters have been read before they count.
    let mut warming = Steady::default();
    for _ in 0..warm_up {
        warming.frame(frame_loop)?;
        progress.step();
    }
    progress.say("steady frames");
    let _ = (committed(memory), footprint());
    let (first_committed, first_footprint) = (committed(memory), footprint());
    let mut steady = Steady {
        warm_up,
        frames: frames - warm_up,
        page_faults: page_faults().map(|_| 0),
        least_allocations: usize::MAX,
        ..Steady::default()
    };
    for _ in 0..steady.frames {
        steady.frame(frame_loop)?;
        progress.step();
    }
    let last_footprint = footprint();
    steady.committed = committed(memory);
    steady.committed_growth = steady.committed.saturating_sub(first_committed);
    steady.resident_growth =
        last_footprint.resident.zip(first_footprint.resident).map(|(last, first)| last.saturating_sub(first));
    Ok(steady)
}

impl Steady {
    fn frame(&mut self, frame_loop: &mut FrameLoop<'_>) -> Result<(), SystemError> {
        let before = Counters::now();
        let start = Instant::now();
        let summary = frame_loop.step()?;
        let time = start.elapsed();
        let after = Counters::now();
        self.heap_calls += after.heap - before.heap;
        self.system_calls += after.system - before.system;
        let faults = after.faults.zip(before.faults).map(|(after, before)| after - before);
        self.page_faults = self.page_faults.zip(faults).map(|(sum, more)| sum + more);
        self.time += time;
        self.least_allocations = self.least_allocations.min(summary.allocations);
        self.most_used = self.most_used.max(summary.frame_used);
        self.last = summary;
        Ok(())
    }
}

fn committed(memory: &MemorySystem<'_>) -> usize {
    memory.stats().areas.iter().map(|area| area.committed).sum()
}
