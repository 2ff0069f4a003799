//! Arenas to take and give back, from any thread.
//!
//! An arena that has done a request has blocks that the next request wants. A pool keeps some of them, warm, for whichever
//! thread comes next; the arena itself stays as fast as ever, since it belongs to one thread at a time.

mod error;
mod options;
mod pool;
mod pooled;
mod stats;

pub use error::ArenaPoolError;
pub use options::ArenaPoolOptions;
pub use pool::ArenaPool;
pub use pooled::PooledArena;
pub use stats::ArenaPoolStats;
