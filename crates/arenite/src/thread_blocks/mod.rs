//! Blocks of any size, freed one by one, from lists that are each thread's own.
//!
//! After Flecs: a free list for each size class, and a free that says the size, so that no block needs a header and no free
//! a search. Chunks are 64 KiB, aligned to their size, and say which *shard* (the lists of one thread) gets their blocks
//! back. A block that another thread frees waits in that thread's outbox; a full outbox goes to the owner in one
//! compare-and-swap, and the owner takes all of it when a list of its own is empty. When a thread ends its shard is idle,
//! with all that is in it, until another thread takes it over: as its own, or, when it needs blocks, in addition.
//!
//! That a block lies in a list of the thread that owns its chunk is the usual case and nothing depends on it: a free block
//! is as good in any list.

mod at_hand;
mod blocks;
mod chunk;
mod class;
mod core;
mod large;
mod local;
mod shard;
mod stats;
mod threads;

pub use blocks::ThreadBlocks;
pub use local::LocalBlocks;
pub use stats::{LiveCount, ThreadBlocksStats};
