//! The clearing of a frame area that is full to its last byte.

use super::args::FullClear;
use crate::process::free_memory;
use arenite::{
    MemorySystem,
    report::Bytes,
    system::{Area, SystemError},
};
use std::time::{Duration, Instant};

/// Free memory that filling the area wants to see.
const WANTED: usize = 2 << 30;
/// How the area is filled: pieces of this size, then what is left byte by byte in halves.
const PIECE: usize = 1 << 20;

/// What came of it.
#[derive(Clone, Debug)]
pub(super) enum Cleared {
    /// The area was filled and cleared.
    Timed {
        /// Bytes that were in use.
        bytes: usize,
        /// From the call to begin a frame to its return.
        time: Duration,
    },
    /// It was left alone.
    Skipped {
        /// Why.
        why: String,
    },
}

/// Fills the frame area, and times the next frame's beginning, which clears it.
pub(super) fn measure(memory: &MemorySystem<'_>, when: FullClear) -> Result<Cleared, SystemError> {
    if let Some(why) = reason_to_skip(when) {
        return Ok(Cleared::Skipped { why });
    }
    let frame = memory.begin_frame()?;
    let mut piece = PIECE;
    while piece > 0 {
        if frame.try_alloc_slice_fill(piece, 1u8).is_err() {
            piece /= 2;
        }
    }
    let bytes = frame.used();
    drop(frame);
    let start = Instant::now();
    let frame = memory.begin_frame()?;
    let time = start.elapsed();
    assert_eq!(frame.used(), 0, "a frame begins empty");
    Ok(Cleared::Timed { bytes, time })
}

/// The size of the frame area.
pub(super) fn area(stats: &arenite::system::SystemStats) -> usize {
    stats.areas.iter().find(|area| area.area == Area::Frame).map_or(0, |area| area.reserved)
}

fn reason_to_skip(when: FullClear) -> Option<String> {
    match (when, free_memory()) {
        (FullClear::Always, _) => None,
        (FullClear::Never, _) => Some("not asked for".to_owned()),
        (FullClear::Auto, Some(free)) if free > WANTED => None,
        (FullClear::Auto, Some(free)) => {
            Some(format!("only {} are free; --full-clear always does it all the same", Bytes(free)))
        }
        (FullClear::Auto, None) => {
            Some("how much memory is free is not known here; --full-clear always does it all the same".to_owned())
        }
    }
}
