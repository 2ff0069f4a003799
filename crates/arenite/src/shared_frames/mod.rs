//! Frames whose memory many threads take and hold.
//!
//! A frame's memory may be used again when nobody holds the frame any more: not when its number comes round, and not when
//! its own thread is done with it. So a frame is counted: each job holds a [`FrameToken`], and the last one to go frees
//! the slot. Each slot is a [`SharedArena`], whose blocks threads bump through by themselves and which stay with the slot.

mod error;
mod frame_box;
mod frames;
mod token;

pub use error::FrameHeld;
pub use frame_box::FrameBox;
pub use frames::SharedFrames;
pub use token::FrameToken;
