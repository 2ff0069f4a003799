//! The whole memory of a game: one reservation, laid out once, and lifetimes that follow the frame.
//!
//! Needs the feature `system`.
//!
//! | area | dies | get at it by |
//! |---|---|---|
//! | permanent | with the system | [`MemorySystem::permanent`] |
//! | frame | when the next frame begins | [`MemorySystem::begin_frame`] |
//! | GUI | when the next GUI pass begins | [`MemorySystem::begin_gui`] |
//! | render | when its commands ran | [`MemorySystem::begin_commands`], [`MemorySystem::run_commands`] |
//! | temp | at the end of a block | [`Zone::temp`] of any of them |
//! | ring | N frames later, or after a fence | [`MemorySystem::ring`] |
//! | stack | last in, first out | [`MemorySystem::stack`] |
//! | pools of 64, 256 and 1,024 bytes | one by one | [`MemorySystem::small_pool`] and its like |
//!
//! Every area is an allocator over its part of the one reservation, committed as it is used and kept from then on: a
//! steady frame makes no system call and no heap call.

mod areas;
mod commands;
mod debugging;
mod error;
mod frame;
mod layout;
mod leaks;
mod memory_system;
mod stats;
mod string_builder;
mod tags;
mod temp;
mod unguarded;
mod zone;

pub use commands::{Commands, Payload, Payloads, Ticket};
pub use error::SystemError;
pub use frame::Frame;
pub use layout::{Area, SystemLayout};
pub use leaks::SystemLeaks;
pub use memory_system::MemorySystem;
pub use stats::{AreaStats, SystemStats, TagStats};
pub use string_builder::StringBuilder;
pub use tags::TagCrossing;
pub use temp::Temp;
#[doc(hidden)]
pub use unguarded::ZoneMark;
pub use zone::Zone;
