//! What a frame's allocations cost.

use arenite::{MemorySystem, system::SystemError};
use std::time::{Duration, Instant};
use workloads::frames::FrameLoop;

const ROUNDS: usize = 201;

/// Times of many rounds of the same work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) median: Duration,
    pub(super) min: Duration,
}

/// The last frame's first 1,000 requests, made again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// As bare pushes.
    pub(super) bare: Times,
    /// Each counted under its tag.
    pub(super) tagged: Times,
}

/// Times the replay of a frame's requests, a frame to each round.
pub(super) fn measure(memory: &MemorySystem<'_>, frame_loop: &FrameLoop<'_>) -> Result<Timing, SystemError> {
    let bare = times(|| {
        let frame = memory.begin_frame()?;
        let start = Instant::now();
        frame_loop.replay(&frame);
        Ok(start.elapsed())
    })?;
    let tagged = times(|| {
        let frame = memory.begin_frame()?;
        let start = Instant::now();
        frame_loop.replay_tagged(&frame)?;
        Ok(start.elapsed())
    })?;
    Ok(Timing { bare, tagged })
}

fn times(mut round: impl FnMut() -> Result<Duration, SystemError>) -> Result<Times, SystemError> {
    let mut times = [Duration::ZERO; ROUNDS];
    for time in &mut times {
        *time = round()?;
    }
    times.sort_unstable();
    Ok(Times { median: times[ROUNDS / 2], min: times[0] })
}
