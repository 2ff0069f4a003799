//! Memory that lives for a number of frames, or until a fence has passed.

mod error;
mod frames;
mod record;
#[allow(clippy::module_inception)] // One type a file, named as the type.
mod ring;
mod ring_slice;
mod stats;
mod watched;

pub use error::RingError;
pub use ring::Ring;
pub use ring_slice::RingSlice;
pub use stats::RingStats;
