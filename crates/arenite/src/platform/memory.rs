//! The platform's memory: one heap for the process, whose every byte is counted.

use super::{
    Caller, MemError, MemFlags,
    leaks::MemLeaks,
    sized_heap::{Asked, SizedHeap},
};
use crate::{AllocError, ErrorKind, FreeError, HeapOptions, NodeId, debug::stderr};
use core::ptr::{NonNull, null_mut};
use std::sync::OnceLock;

/// Made by the first request, whichever thread it comes from; it lives as long as the process.
static MEMORY: OnceLock<SizedHeap> = OnceLock::new();

/// `None`: there is no memory for it.
fn memory() -> Option<&'static SizedHeap> {
    if let Some(memory) = MEMORY.get() {
        return Some(memory);
    }
    let heap = HeapOptions::new().name("platform").try_build().ok()?;
    // Two threads may both make one; the second's goes back.
    Some(MEMORY.get_or_init(|| SizedHeap::over(heap)))
}

/// A block of `size` bytes at a multiple of 16; null when `size` is 0, and when it is refused. O(1).
///
/// Its size is remembered: see [`mem_free`].
///
/// ```standalone_crate
/// use arenite::platform::{MemFlags, mem_alloc, mem_free};
/// let block = mem_alloc(100, MemFlags::CLEAR);
/// assert_eq!(block.addr() % 16, 0);
/// // SAFETY: 100 bytes of zeros; then nobody uses them any more.
/// unsafe {
///     assert_eq!(block.add(99).read(), 0);
///     mem_free(block, 0);
/// }
/// assert!(mem_alloc(usize::MAX, MemFlags::NORMAL).is_null());
/// ```
#[must_use]
#[track_caller]
pub fn mem_alloc(size: usize, flags: MemFlags) -> *mut u8 {
    if size == 0 {
        return null_mut();
    }
    try_mem_alloc(size, flags, Caller::here()).map_or(null_mut(), NonNull::as_ptr)
}

/// As [`mem_alloc`] for another caller, with the reason of a refusal. Size 0 gets a block of its own too.
///
/// # Errors
/// There is no memory, or `size` is above `isize::MAX`. Nothing has changed, and the counters have not.
#[track_caller]
pub fn try_mem_alloc(size: usize, flags: MemFlags, caller: Caller) -> Result<NonNull<u8>, AllocError> {
    let memory = memory().ok_or(AllocError::new(ErrorKind::OutOfMemory, size, 16, NodeId::ANONYMOUS))?;
    let asked = Asked { size, caller, note: flags.bits() };
    memory.alloc(flags.contains(MemFlags::CLEAR), asked)
}

/// Takes a block back; null is nothing to do. O(1).
///
/// `size` is what the caller believes the block's size to be, or 0, which is always right: the library knows it. A
/// wrong one is told as a fault while a debug grade is in force ([`Grade::Sites`](crate::debug::Grade::Sites) and
/// above, for the process or for the node named `platform`), and the block is taken back all the same.
///
/// # Safety
/// If a live block of [`mem_alloc`] starts at `block`, nobody uses it any more. Any other address may be passed.
///
/// # Panics
/// When no live block starts there, before anything has changed; see [`try_mem_free`]. By the policy of a fault.
#[track_caller]
pub unsafe fn mem_free(block: *mut u8, size: usize) {
    // SAFETY: the caller's promise.
    if let Err(wrong) = unsafe { try_mem_free(block, size) } {
        wrong.panic();
    }
}

/// As [`mem_free`].
///
/// # Safety
/// As [`mem_free`].
///
/// # Errors
/// No live block starts there: it was given back already, lies inside of a block, or never came from here. It was not
/// read, and nothing has changed.
#[track_caller]
pub unsafe fn try_mem_free(block: *mut u8, size: usize) -> Result<(), FreeError> {
    let Some(block) = NonNull::new(block) else { return Ok(()) };
    let Some(memory) = MEMORY.get() else { return Err(foreign(block)) };
    // SAFETY: the caller's promise.
    unsafe { memory.free(block, size) }.map(drop)
}

/// Nothing was ever handed out.
#[cold]
fn foreign(block: NonNull<u8>) -> FreeError {
    FreeError::new(crate::FreeErrorKind::Foreign, block.addr().get(), "platform memory", NodeId::ANONYMOUS)
}

/// A block of `size` bytes with the contents of this one, up to the smaller size: the same one where that is possible.
/// Null as `block` allocates; `size` 0 frees and returns null; null is also the answer to a refused request, whose
/// block stays as it was. `old_size` is looked at as [`mem_free`]'s size is, so 0 is right and keeps the contents. What
/// is new is not filled.
///
/// ```standalone_crate
/// use arenite::platform::{MemFlags, get_allocated, mem_alloc, mem_free, mem_realloc};
/// let before = get_allocated();
/// let block = mem_alloc(4, MemFlags::CLEAR);
/// // SAFETY: each block is used until it is handed back.
/// unsafe {
///     assert!(mem_realloc(block, 4, usize::MAX).is_null());
///     assert_eq!(get_allocated() - before, 4);
///     let larger = mem_realloc(block, 0, 4000);
///     assert_eq!(larger.cast::<u32>().read(), 0);
///     mem_free(larger, 4000);
/// }
/// ```
///
/// # Safety
/// As [`mem_free`]; the old address is not used any more when another one is returned.
///
/// # Panics
/// When no live block starts at `block`, which is not null.
#[must_use]
#[track_caller]
pub unsafe fn mem_realloc(block: *mut u8, old_size: usize, size: usize) -> *mut u8 {
    if size == 0 {
        // SAFETY: the caller's promise.
        unsafe { mem_free(block, old_size) };
        return null_mut();
    }
    // SAFETY: the caller's promise.
    match unsafe { try_mem_realloc(block, old_size, size, Caller::here()) } {
        Ok(changed) => changed.as_ptr(),
        Err(MemError::Refused(_)) => null_mut(),
        Err(MemError::Wrong(wrong)) => wrong.panic(),
    }
}

/// As [`mem_realloc`] for another caller, whose place a new block gets; one that there was keeps its own. Size 0 gives
/// a block of its own.
///
/// # Safety
/// As [`mem_realloc`].
///
/// # Errors
/// The reason. The block is as it was, and the counters are.
#[track_caller]
pub unsafe fn try_mem_realloc(
    block: *mut u8,
    old_size: usize,
    size: usize,
    caller: Caller,
) -> Result<NonNull<u8>, MemError> {
    let Some(block) = NonNull::new(block) else { return Ok(try_mem_alloc(size, MemFlags::NORMAL, caller)?) };
    let Some(memory) = MEMORY.get() else { return Err(foreign(block).into()) };
    // SAFETY: the caller's promise.
    unsafe { memory.realloc(block, old_size, size, false) }
}

/// How many bytes were asked for with this block; `None` when no live block starts at the address, whatever it is.
/// O(1).
#[must_use]
pub fn mem_size(block: *const u8) -> Option<usize> {
    MEMORY.get()?.find(block.addr()).map(|asked| asked.size)
}

/// Bytes that were asked for and not given back, exactly, in every profile. The platform memory's alone: not that of
/// `VirtualAlloc` and its kin.
#[must_use]
pub fn get_allocated() -> usize {
    MEMORY.get().map_or(0, SizedHeap::bytes)
}

/// The most that [`get_allocated`] has been. A block that moves when it changes its size counts once.
#[must_use]
pub fn get_peak() -> usize {
    MEMORY.get().map_or(0, SizedHeap::peak)
}

/// Live blocks, exactly.
#[must_use]
pub fn get_count() -> usize {
    MEMORY.get().map_or(0, SizedHeap::count)
}

/// What is live, by the place that asked for it. O(live blocks).
#[must_use]
pub fn leaks() -> MemLeaks {
    let mut leaks = MemLeaks::default();
    if let Some(memory) = MEMORY.get() {
        memory.for_each(|_, asked| leaks.add(asked.caller, asked.size, asked.note & MemFlags::TEMP.bits() != 0));
    }
    leaks.sort();
    leaks
}

/// Prints [`leaks`] to stderr: nothing but a line that says so when there are none.
pub fn dump_leaks() {
    stderr::print(format_args!("{}", leaks()));
}
