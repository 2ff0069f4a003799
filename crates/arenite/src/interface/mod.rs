//! What `Allocator` lacks, behind one object-safe trait.
//!
//! Every allocator of the library is an [`allocator_api2::alloc::Allocator`], so that collections work in it, and a
//! [`DynAllocator`], so that layers, tests and a thread's current allocator can ask it what it can do, resize in place,
//! look an address up, take everything back, and read its figures.

mod allocator_stats;
mod arenas;
mod capabilities;
mod dyn_allocator;
mod reset_mode;
#[cfg(any(feature = "allocator-api2-03", feature = "allocator-api2-04"))]
mod versions;

pub use allocator_stats::AllocatorStats;
pub use capabilities::Capabilities;
pub use dyn_allocator::DynAllocator;
pub use reset_mode::{ResetError, ResetMode};
