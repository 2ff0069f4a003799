//! Windows' memory calls, with Windows' semantics, on every system.
//!
//! The functions are named as Windows names them, in Rust's spelling, take the same numbers ([`constants`]) and refuse
//! with the same error codes ([`WinError`]). State is kept in tables of this library, so that a wrong address or handle
//! is answered and never read: reserved regions with the state of each page; heaps and movable memory by handles that
//! name a slot and its generation. Nothing changes when a call fails.
//!
//! | Windows | here | on |
//! |---|---|---|
//! | `VirtualAlloc`, `Free`, `Protect`, `Query`, `Lock`, `Unlock` | [`virtual_alloc`] ... | the system's pages; 4 KiB pages (or the system's, if larger), regions at multiples of 64 KiB |
//! | `HeapCreate`, `Alloc`, `ReAlloc`, `Size`, `Free`, `Validate`, `Destroy` | [`heap_create`] ... | a [`Heap`](crate::Heap) for each |
//! | `GlobalAlloc` and its kin, `LocalAlloc` and its kin | [`global_alloc`] ... with a [`Family`] | the process's heap, and handles for what can move |
//! | `GlobalMemoryStatusEx` | [`global_memory_status`] | [`machine_memory`](super::machine_memory) |
//!
//! What a system other than Windows cannot do is said at each function; the whole list is in the repository's
//! `docs/platform-memory.md`.
//!
//! ```
//! use arenite::platform::windows::{constants::*, *};
//! # fn main() -> Result<(), WinError> {
//! // SAFETY: addresses of this example's own region.
//! unsafe {
//!     let region = virtual_alloc(0, 1 << 20, MEM_RESERVE, PAGE_READWRITE)?;
//!     let page = virtual_alloc(region.addr().get() + 0x5001, 1, MEM_COMMIT, PAGE_READWRITE)?;
//!     assert_eq!(page.addr().get(), region.addr().get() + 0x5000);
//!     page.write(7);
//!     let info = virtual_query(page.addr().get())?;
//!     assert_eq!((info.state, info.region_size), (MEM_COMMIT, 0x1000));
//!     assert_eq!(virtual_free(region.addr().get(), 1, MEM_RELEASE), Err(WinError::INVALID_PARAMETER));
//!     virtual_free(region.addr().get(), 0, MEM_RELEASE)?;
//! }
//! # Ok(()) }
//! ```

pub mod constants;
mod family;
mod global_memory;
mod heap_handle;
mod heaps;
mod last_error;
mod memory_info;
mod memory_status;
mod os;
mod others;
mod protection;
mod region;
mod regions;
mod slots;
mod virtual_memory;
mod win_error;

pub use family::Family;
pub use global_memory::{
    Unlocked, global_alloc, global_discard, global_flags, global_free, global_handle, global_lock, global_realloc,
    global_size, global_unlock,
};
pub use heap_handle::HeapHandle;
pub use heaps::{
    get_process_heap, heap_alloc, heap_create, heap_destroy, heap_free, heap_realloc, heap_size, heap_validate,
};
pub use last_error::{get_last_error, set_last_error};
pub use memory_info::MemoryInfo;
pub use memory_status::{MemoryStatus, global_memory_status};
pub use virtual_memory::{
    allocation_granularity, page_size, virtual_alloc, virtual_free, virtual_lock, virtual_protect, virtual_query,
    virtual_unlock,
};
pub use win_error::WinError;
