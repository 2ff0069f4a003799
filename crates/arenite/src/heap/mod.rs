//! A first-class heap: blocks of any size, freed one by one or all at once, from any thread.
//!
//! | file | what |
//! |---|---|
//! | `heap.rs`, `allocator.rs`, `dyn_allocator.rs`, `buffer_heap.rs`, `options.rs`, `stats.rs` | what the program sees |
//! | `home.rs`, `state.rs`, `memory.rs` | the state of a heap; what is under its lock; what it holds, from where, who pays |
//! | `life.rs` | its beginning and its end |
//! | `shard.rs`, `regions.rs`, `remote.rs` | what one thread allocates from: lists by class, the region that is cut; those that wait; what other threads hand to it |
//! | `segment.rs`, `table.rs`, `class.rs` | 64 KiB with a byte for each 16; size classes |
//! | `place.rs`, `release.rs`, `resize.rs`, `sweep.rs` | beyond the common case: finding a block, taking one back, finding memory again |
//! | `scan.rs` | what is live in a table, many bytes at a time |
//! | `large.rs` | blocks with memory of their own |
//! | `thread.rs` | who the calling thread is, and how it hears of a changed debug setting |
//! | `watching.rs` | how a heap obeys the debug grades |
//!
//! **Taking a block**: the calling thread's shard (a thread-local read and a compare), the class (one byte from a table),
//! the first block of that list, and the byte that says that it is live. **Freeing one**: the address map says whose the
//! address is, in one number that is the heap's and the shard's at once; the block's byte says whether it is live and of
//! which class. Neither counts anything, and neither uses a locked instruction unless the block is another thread's.

mod allocator;
mod buffer_heap;
mod class;
mod dyn_allocator;
#[allow(clippy::module_inception)] // The file of the type that the room is named after.
mod heap;
mod home;
mod large;
mod life;
mod memory;
mod options;
mod own_part;
mod place;
mod regions;
mod release;
mod remote;
mod resize;
mod scan;
mod segment;
mod shard;
mod state;
mod stats;
mod sweep;
mod table;
mod thread;
mod watching;

pub use buffer_heap::BufferHeap;
pub use heap::Heap;
pub use options::HeapOptions;
#[doc(hidden)]
pub use own_part::OwnPart;
pub use stats::HeapStats;
pub(crate) use thread::forked;
