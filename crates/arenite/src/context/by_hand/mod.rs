//! Scopes that begin and end by calls, and a heap that is freed to without sizes: for the C library, which has no closures
//! and no layouts. Hidden: what closures and types guard in the rest of this room, the caller guards here.
//!
//! Whoever uses this is not the program's `#[global_allocator]`: its requests come through [`FreeStanding`].

mod heap;
mod scopes;

pub use heap::FreeStanding;
pub use scopes::{DenyByHand, RegionByHand, RestByHand, TagByHand, ThreadWords};
