//! `HeapCreate` and its kin: a heap for each handle.

use super::{
    HeapHandle, WinError,
    constants::{
        HEAP_CREATE_ENABLE_EXECUTE, HEAP_GENERATE_EXCEPTIONS, HEAP_NO_SERIALIZE, HEAP_REALLOC_IN_PLACE_ONLY,
        HEAP_ZERO_MEMORY,
    },
    slots::Slots,
};
use crate::{
    HeapOptions,
    platform::{
        Caller,
        sized_heap::{Asked, SizedHeap},
    },
    sync::Lock,
};
use alloc::sync::Arc;
use core::{mem::size_of, ptr::NonNull};
use std::{sync::OnceLock, vec::Vec};

static HEAPS: Lock<Slots<Arc<SizedHeap>>> = Lock::new(Slots::new(4));

/// A generation that no slot has: 0.
const PROCESS: HeapHandle = HeapHandle::from_bits(4);

/// The heap of the process, which global and local memory come from as well.
pub(super) fn process_heap() -> Result<&'static Arc<SizedHeap>, WinError> {
    static PROCESS_HEAP: OnceLock<Arc<SizedHeap>> = OnceLock::new();
    if let Some(heap) = PROCESS_HEAP.get() {
        return Ok(heap);
    }
    let heap = HeapOptions::new().name("process heap").try_build();
    let heap = shared(SizedHeap::over(heap.map_err(|_| WinError::NOT_ENOUGH_MEMORY)?))?;
    Ok(PROCESS_HEAP.get_or_init(|| heap))
}

/// An `Arc` cannot be refused memory without ending the program: room for it is asked for first.
fn shared(heap: SizedHeap) -> Result<Arc<SizedHeap>, WinError> {
    let mut room = Vec::<u8>::new();
    room.try_reserve_exact(size_of::<SizedHeap>() + 64).map_err(|_| WinError::NOT_ENOUGH_MEMORY)?;
    drop(room);
    Ok(Arc::new(heap))
}

/// The heap stays while it is used, whoever destroys it meanwhile.
fn heap(handle: HeapHandle) -> Result<Arc<SizedHeap>, WinError> {
    if handle == PROCESS {
        return process_heap().cloned();
    }
    HEAPS.lock().get(handle.bits()).cloned().ok_or(WinError::INVALID_HANDLE)
}

/// The flags of a call; bits that Windows keeps for itself are let through, as there.
const fn zeroed(flags: u32) -> bool {
    flags & HEAP_ZERO_MEMORY != 0
}

/// A new heap. `options` may be `HEAP_NO_SERIALIZE` and `HEAP_GENERATE_EXCEPTIONS`, which change nothing: a heap serves
/// any thread, and a refusal is answered. `initial` bytes of empty memory are kept
/// for it rather than given back, 1 MiB at the least; they are taken when they are used, not before. With a `maximum`
/// other than 0, rounded up to whole pages, its blocks have no more bytes in all, 16 more for each counted in, and none
/// of them reaches 1 MiB (512 KiB on 32-bit), as on Windows.
///
/// # Errors
/// `ERROR_NOT_ENOUGH_MEMORY`, also for sizes beyond all addresses. `ERROR_NOT_SUPPORTED` for
/// `HEAP_CREATE_ENABLE_EXECUTE`. `ERROR_INVALID_PARAMETER`: another option.
pub fn heap_create(options: u32, initial: usize, maximum: usize) -> Result<HeapHandle, WinError> {
    if options & HEAP_CREATE_ENABLE_EXECUTE != 0 {
        return Err(WinError::NOT_SUPPORTED);
    }
    if options & !(HEAP_NO_SERIALIZE | HEAP_GENERATE_EXCEPTIONS) != 0 {
        return Err(WinError::INVALID_PARAMETER);
    }
    let rounded = |size: usize| {
        size.checked_next_multiple_of(4096).filter(|&size| size <= super::os::END).ok_or(WinError::NOT_ENOUGH_MEMORY)
    };
    let (initial, maximum) = (rounded(initial)?, rounded(maximum)?);
    let heap = HeapOptions::new().retain(initial.max(HeapOptions::RETAIN)).try_build();
    let heap = heap.map_err(|_| WinError::NOT_ENOUGH_MEMORY)?;
    let heap = match maximum {
        0 => SizedHeap::over(heap),
        // One that starts larger than it may become has what it starts with, as on Windows.
        _ => SizedHeap::with_limit(heap, maximum.max(initial), LARGEST),
    };
    let heap = shared(heap)?;
    HEAPS.lock().insert(heap).map(HeapHandle::from_bits).ok_or(WinError::NOT_ENOUGH_MEMORY)
}

/// The largest block of a heap with a maximum: "slightly less" than 1 MiB, and than half of that on 32-bit.
const LARGEST: usize = if usize::BITS == 64 { 0xFE000 } else { 0x7E000 };

/// The heap that is there from the start, and cannot be destroyed. Blocks of [`global_alloc`](super::global_alloc) that
/// are fixed come from it.
#[must_use]
pub const fn get_process_heap() -> HeapHandle {
    PROCESS
}

/// A block of `size` bytes at a multiple of 16; zeros with `HEAP_ZERO_MEMORY`. Size 0 gets one of its own. O(1).
///
/// # Errors
/// `ERROR_NOT_ENOUGH_MEMORY`, also when the heap's maximum would be passed. `ERROR_INVALID_HANDLE`. Nothing has
/// changed.
#[track_caller]
pub fn heap_alloc(handle: HeapHandle, flags: u32, size: usize) -> Result<NonNull<u8>, WinError> {
    let asked = Asked { size, caller: Caller::here(), note: 0 };
    heap(handle)?.alloc(zeroed(flags), asked).map_err(|_| WinError::NOT_ENOUGH_MEMORY)
}

/// What is known of a block that is the caller's to free: not of those behind a movable handle.
fn own(heap: &SizedHeap, block: *const u8) -> Result<Asked, WinError> {
    heap.find(block.addr()).filter(|asked| asked.note == 0).ok_or(WinError::INVALID_PARAMETER)
}

/// Gives a block another size, with its contents up to the smaller one: with `HEAP_REALLOC_IN_PLACE_ONLY` where it
/// stands or not at all, with `HEAP_ZERO_MEMORY` what is new reads as zero.
///
/// # Safety
/// If `block` is a live block of this heap, it is the caller's; its old address is not used any more, unless it is the
/// result.
///
/// # Errors
/// `ERROR_NOT_ENOUGH_MEMORY`, `ERROR_INVALID_HANDLE`; `ERROR_INVALID_PARAMETER`: no live block of this heap. The block
/// is as it was.
#[track_caller]
pub unsafe fn heap_realloc(
    handle: HeapHandle,
    flags: u32,
    block: *mut u8,
    size: usize,
) -> Result<NonNull<u8>, WinError> {
    let heap = heap(handle)?;
    own(&heap, block)?;
    let block = NonNull::new(block).ok_or(WinError::INVALID_PARAMETER)?;
    // SAFETY: the caller's promise.
    unsafe { resize(&heap, block, size, zeroed(flags), flags & HEAP_REALLOC_IN_PLACE_ONLY != 0) }
}

/// # Safety
/// As [`heap_realloc`].
#[track_caller]
pub(super) unsafe fn resize(
    heap: &SizedHeap,
    block: NonNull<u8>,
    size: usize,
    zeroed: bool,
    in_place: bool,
) -> Result<NonNull<u8>, WinError> {
    // SAFETY: the caller's promise.
    unsafe {
        if in_place {
            return if heap.resize(block, size, zeroed) { Ok(block) } else { Err(WinError::NOT_ENOUGH_MEMORY) };
        }
        heap.realloc(block, 0, size, zeroed).map_err(|_| WinError::NOT_ENOUGH_MEMORY)
    }
}

/// Takes a block back. Null is nothing to do. O(1).
///
/// # Safety
/// If `block` is a live block of this heap, nobody uses it any more.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`; `ERROR_INVALID_PARAMETER`: no live block of this heap, or one that belongs to a movable
/// handle. It was not read, and nothing has changed.
#[track_caller]
pub unsafe fn heap_free(handle: HeapHandle, _flags: u32, block: *mut u8) -> Result<(), WinError> {
    let heap = heap(handle)?;
    let Some(block) = NonNull::new(block) else { return Ok(()) };
    if heap.find(block.addr().get()).is_some_and(|asked| asked.note != 0) {
        return Err(WinError::INVALID_PARAMETER);
    }
    // SAFETY: the caller's promise.
    unsafe { heap.free(block, 0) }.map(drop).map_err(|_| WinError::INVALID_PARAMETER)
}

/// How many bytes were asked for with a block. O(1).
///
/// # Errors
/// `ERROR_INVALID_HANDLE`; `ERROR_INVALID_PARAMETER`: no live block of this heap.
pub fn heap_size(handle: HeapHandle, _flags: u32, block: *const u8) -> Result<usize, WinError> {
    heap(handle)?.find(block.addr()).map(|asked| asked.size).ok_or(WinError::INVALID_PARAMETER)
}

/// Whether `block` is a live block of the heap; with null, whether every block's fences are whole, which a debug grade
/// puts there ([`Heap::check`](crate::Heap::check), which reports what it finds).
///
/// # Errors
/// `ERROR_INVALID_HANDLE`.
#[track_caller]
pub fn heap_validate(handle: HeapHandle, _flags: u32, block: *const u8) -> Result<bool, WinError> {
    let heap = heap(handle)?;
    Ok(if block.is_null() { heap.heap().check() == 0 } else { heap.find(block.addr()).is_some() })
}

/// Ends a heap and every block in it.
///
/// # Safety
/// Nobody uses its blocks any more.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`: it names no heap, or the process's. Nothing has changed.
pub unsafe fn heap_destroy(handle: HeapHandle) -> Result<(), WinError> {
    // Dropped after the lock is: a heap that is watched may report.
    let heap = HEAPS.lock().remove(handle.bits());
    heap.map(drop).ok_or(WinError::INVALID_HANDLE)
}
