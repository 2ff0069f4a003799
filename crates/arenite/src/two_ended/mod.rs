//! One range with a cursor at each of its ends.
//!
//! What stays goes to one end and what is temporary to the other, so that both share all the room there is: a loader
//! builds a level from below while its tables lie above, and takes those back when it is done. The cursors move towards
//! each other; the range is full when they meet, however the room was divided.

mod arena;
mod end;
mod end_scope;
mod error;
mod stats;

pub use arena::TwoEnded;
pub use end::{End, EndMark, HighEnd, LowEnd};
pub use end_scope::EndScope;
pub use error::TwoEndedError;
pub use stats::TwoEndedStats;
