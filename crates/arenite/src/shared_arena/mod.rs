//! One lifetime, many threads.
//!
//! A lock hands out blocks, seldom; in its block a thread bumps a cursor of its own, as in an [`Arena`](crate::Arena), and
//! touches nothing that another thread writes. What it hands out lives as long as the arena, wherever it is used.

mod allocator;
mod arena;
mod block;
mod drops;
mod local;
mod stats;
mod window;

pub use arena::SharedArena;
pub use local::SharedLocal;
pub use stats::SharedArenaStats;
