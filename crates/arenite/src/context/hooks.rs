//! Who is told of a thread's requests.

use core::alloc::Layout;

/// A request to the program's allocator, told after it was served and before anything else happens on its thread. While it
/// is told, requests of the same thread go straight to the heap and are not told.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "read by counting and forbidding")]
pub(super) enum Call {
    /// `block` is null when it was refused.
    Alloc { block: *mut u8, layout: Layout },
    /// The block is freed after this.
    Free { block: *mut u8, layout: Layout },
    /// `block` is where it lies now, null when it was refused and `old` stays.
    Realloc { old: *mut u8, layout: Layout, block: *mut u8, size: usize },
}

/// Told when a thread's flags are not 0; `flags` are these.
pub(super) fn tell(flags: usize, call: Call) {
    let _ = (flags, call);
}
