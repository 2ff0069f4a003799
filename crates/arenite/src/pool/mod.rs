//! Pools: objects of one size that die one by one, in any order.
//!
//! Needs the feature `pool`.
//!
//! | what dies | use | a pair of taking and giving back |
//! |---|---|---|
//! | values that their owner drops | [`Pool`], whose [`PoolBox`] is that owner | a bare list: 9 instructions |
//! | values that others name, and may outlive | [`HandlePool`], whose [`PoolHandle`] answers `None` once its value is gone | checked |
//! | raw blocks, at most so many | [`BlockPool`]: a reserved range, the caller's memory, or one block of a source | checked: 20 instructions |
//! | raw blocks, any number | [`ChunkedBlockPool`] | checked |
//!
//! All of them keep every address stable, take memory on cold paths only, charge it to a node, and reuse what came back
//! last first. All obey the grades of [`debug`](crate::debug), each as its docs say.
//!
//! `index.rs` is the arithmetic, `region.rs` the checked list beside the blocks, `chunk.rs` where the memory
//! of typed pools comes from, `holdings.rs` who pays for it, `watched.rs` and the
//! files named `sealed.rs` what is done under a grade.

mod allocator;
mod block_pool;
mod block_pool_options;
mod chunk;
mod chunked_block_pool;
mod error;
mod handle;
mod handle_iter;
mod handle_pool;
mod holdings;
mod index;
mod live_blocks;
mod options;
mod pool_box;
mod region;
mod region_memory;
mod stats;
mod typed;
mod watched;

pub use block_pool::BlockPool;
pub use block_pool_options::BlockPoolOptions;
pub use chunked_block_pool::ChunkedBlockPool;
pub use error::{PoolError, PoolErrorKind};
pub use handle::PoolHandle;
pub use handle_iter::{HandleIter, HandleIterMut};
pub use handle_pool::HandlePool;
pub use live_blocks::LiveBlocks;
pub use options::PoolOptions;
pub use pool_box::PoolBox;
pub use stats::PoolStats;
pub use typed::Pool;
