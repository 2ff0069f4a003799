//! Memory as a ported C program expects it of its platform.
//!
//! Needs the feature `platform`.
//!
//! Three things, each usable alone:
//! - **Counted blocks** for any thread: [`mem_alloc`], [`mem_realloc`], [`mem_free`]. They come from one
//!   [`Heap`](crate::Heap) of the process; every block's size and the line that asked for it are known, so a free needs
//!   no size,
//!   [`get_allocated`], [`get_peak`] and [`get_count`] are exact in every profile, and [`leaks`] names files and lines.
//! - **The machine's memory**: [`get_total_ram`], [`get_free_ram`], [`machine_memory`], with the limits of a container.
//! - **Windows' memory calls** with Windows' semantics on every system: [`windows`].
//!
//! C programs have them by `arenite/platform.h`, and under their own names by `compat/platform.h` and
//! `compat/memory_wrapper.h`; what is the same and what differs is in the repository's `docs/platform-memory.md`.
//!
//! ```standalone_crate
//! use arenite::platform::{MemFlags, get_allocated, get_count, mem_alloc, mem_free};
//! let (bytes, blocks) = (get_allocated(), get_count());
//! let level = mem_alloc(640 * 400, MemFlags::CLEAR);
//! assert_eq!((get_allocated() - bytes, get_count() - blocks), (256_000, 1));
//! // SAFETY: nobody uses it any more.
//! unsafe { mem_free(level, 0) };
//! assert_eq!(get_allocated(), bytes);
//! ```

mod caller;
mod cgroup;
mod flags;
mod leaks;
mod machine;
mod mem_error;
mod memory;
mod operations;
mod sized_heap;
pub mod windows;

pub use caller::Caller;
pub use flags::MemFlags;
pub use leaks::{MemLeak, MemLeaks};
pub use machine::{MachineMemory, get_free_ram, get_total_ram, machine_memory};
pub use mem_error::MemError;
pub use memory::{
    dump_leaks, get_allocated, get_count, get_peak, leaks, mem_alloc, mem_free, mem_realloc, mem_size, try_mem_alloc,
    try_mem_free, try_mem_realloc,
};
pub use operations::{mem_cmp, mem_copy, mem_move, mem_set, mem_zero};
