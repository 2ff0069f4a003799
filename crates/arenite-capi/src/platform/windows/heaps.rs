//! `HeapCreate` and its kin.

use super::{Memory, call, yes};
use arenite_lib::platform::windows::{self, HeapHandle, WinError};
use std::{
    ffi::{c_int, c_uint, c_void},
    ptr::{NonNull, null_mut, without_provenance_mut},
};

/// `HANDLE`: a number in the shape of a pointer.
type Handle = *mut c_void;

fn heap(handle: Handle) -> HeapHandle {
    HeapHandle::from_bits(handle.addr())
}

fn handle(heap: HeapHandle) -> Handle {
    without_provenance_mut(heap.bits())
}

fn block(found: Result<NonNull<u8>, WinError>) -> Result<Memory, WinError> {
    found.map(|block| block.as_ptr().cast())
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_heap_create(options: c_uint, initial: usize, maximum: usize) -> Handle {
    call("HeapCreate", null_mut(), || windows::heap_create(options, initial, maximum).map(handle))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_get_process_heap() -> Handle {
    handle(windows::get_process_heap())
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_heap_alloc(handle: Handle, flags: c_uint, size: usize) -> Memory {
    call("HeapAlloc", null_mut(), || block(windows::heap_alloc(heap(handle), flags, size)))
}

/// # Safety
/// As [`windows::heap_realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_win_heap_realloc(handle: Handle, flags: c_uint, old: Memory, size: usize) -> Memory {
    // SAFETY: the caller's promise.
    call("HeapReAlloc", null_mut(), || block(unsafe { windows::heap_realloc(heap(handle), flags, old.cast(), size) }))
}

/// # Safety
/// As [`windows::heap_free`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_win_heap_free(handle: Handle, flags: c_uint, block: Memory) -> c_int {
    // SAFETY: the caller's promise.
    call("HeapFree", 0, || unsafe { windows::heap_free(heap(handle), flags, block.cast()) }.map(yes))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_heap_size(handle: Handle, flags: c_uint, block: *const c_void) -> usize {
    call("HeapSize", usize::MAX, || windows::heap_size(heap(handle), flags, block.cast()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_heap_validate(handle: Handle, flags: c_uint, block: *const c_void) -> c_int {
    call("HeapValidate", 0, || windows::heap_validate(heap(handle), flags, block.cast()).map(c_int::from))
}

/// # Safety
/// As [`windows::heap_destroy`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_win_heap_destroy(handle: Handle) -> c_int {
    // SAFETY: the caller's promise.
    call("HeapDestroy", 0, || unsafe { windows::heap_destroy(heap(handle)) }.map(yes))
}
