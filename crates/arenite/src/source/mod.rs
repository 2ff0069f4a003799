//! Where blocks come from.
//!
//! An arena takes blocks from a [`Source`] and gives them back to it; nothing else in the library asks the system for
//! memory. There are three: [`System`], the process's C heap (never the program's `#[global_allocator]`, which may route
//! to an arena); [`Vm`], the kernel's pages; and the caller's own.

mod address_map;
#[cfg(feature = "std")]
mod extent;
#[cfg(feature = "std")]
mod os;
#[cfg(feature = "std")]
mod page_objects;
#[cfg(feature = "std")]
mod reservation;
#[cfg(feature = "heap")]
mod segment_cache;
mod source_ref;
#[cfg(feature = "std")]
mod system;
#[cfg(feature = "std")]
mod vm;

pub(crate) use address_map::AddressMap;
#[cfg(feature = "std")]
pub(crate) use address_map::{WINDOW_MASK, Window};
#[cfg(feature = "std")]
pub(crate) use extent::Extent;
#[cfg(feature = "std")]
pub use os::{VmError, page_size, system_calls};
#[cfg(feature = "std")]
pub(crate) use page_objects::PageObjects;
#[cfg(feature = "std")]
pub use reservation::{Reservation, ReservationOptions};
#[cfg(feature = "heap")]
pub use segment_cache::SegmentCache;
pub use source_ref::SourceRef;
#[cfg(feature = "std")]
pub(crate) use system::has_small_change;
#[cfg(feature = "std")]
pub use system::{System, heap_calls};
#[cfg(feature = "std")]
pub use vm::Vm;

use core::{alloc::Layout, ptr::NonNull};

/// As [`system_calls`]; without `std` there are none.
pub(crate) fn system_calls_so_far() -> u64 {
    #[cfg(feature = "std")]
    return system_calls();
    #[cfg(not(feature = "std"))]
    0
}

/// As [`heap_calls`]; without `std` there are none.
pub(crate) fn heap_calls_so_far() -> u64 {
    #[cfg(feature = "std")]
    return heap_calls();
    #[cfg(not(feature = "std"))]
    0
}

/// A supplier of blocks.
///
/// Called on cold paths only: once per chunk, not per object.
///
/// # Safety
/// - `take` returns memory of at least `layout.size()` bytes at a multiple of `layout.align()`, valid for reads and
///   writes, used by nobody else until it comes back through `give`, and below address 2^62 on 64-bit targets.
/// - When `zeroed` answers true, every byte of a block that `take` returns is zero.
/// - Neither unwinds, nor uses an arena that the source serves.
pub unsafe trait Source: Send + Sync {
    /// A block for `layout`, whose size is not 0; `None` when there is no memory.
    fn take(&self, layout: Layout) -> Option<NonNull<u8>>;

    /// Takes a block back.
    ///
    /// # Safety
    /// `block` came from `take` of this source with this `layout`, and nobody uses it any more.
    unsafe fn give(&self, block: NonNull<u8>, layout: Layout);

    /// Whether blocks come filled with zeros.
    fn zeroed(&self) -> bool {
        false
    }

    /// The unit that this source rounds sizes up to, in bytes: a block of any size costs a multiple of it.
    fn granule(&self) -> usize {
        16
    }

    /// The largest size up to `size` of which nothing is lost to rounding: what somebody asks for who may take less. An
    /// arena whose largest blocks nobody has set takes such.
    fn fitting(&self, size: usize) -> usize {
        size
    }
}
