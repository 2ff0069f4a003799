//! Copies of text and bytes.

use super::{ArenaPtr, find};
use crate::{
    border::{Caller, enter_from},
    given::{null, zero_size},
};
use std::{
    ffi::{CStr, c_char, c_uint, c_void},
    ptr::null_mut,
};

/// A copy of `length` bytes and a 0 behind them.
///
/// # Safety
/// `text` is readable for `length` bytes.
unsafe fn copy(arena: ArenaPtr, text: *const c_char, length: usize) -> Result<*mut c_char, crate::error::Noted> {
    // A string in memory is shorter than isize::MAX.
    let memory = find(arena)?.try_alloc_grains(length + 1, 16)?.as_ptr();
    // SAFETY: fresh memory for them, apart from `text`.
    unsafe {
        memory.copy_from_nonoverlapping(text.cast(), length);
        memory.add(length).write(0);
    }
    Ok(memory.cast())
}

/// # Safety
/// `text` is NULL or a C string, `file` too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_strdup_at(
    arena: ArenaPtr,
    text: *const c_char,
    file: *const c_char,
    line: c_uint,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_arena_strdup", file, line) };
    enter_from(caller, null_mut(), || {
        find(arena)?;
        if text.is_null() {
            return Err(null("the text"));
        }
        // SAFETY: the caller's promise.
        unsafe { copy(arena, text, CStr::from_ptr(text).count_bytes()) }
    })
}

/// # Safety
/// As [`arenite_arena_strdup_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_strdup(arena: ArenaPtr, text: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { arenite_arena_strdup_at(arena, text, std::ptr::null(), 0) }
}

/// # Safety
/// `text` is NULL, or readable up to a 0 or for `most` bytes; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_strndup_at(
    arena: ArenaPtr,
    text: *const c_char,
    most: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_arena_strndup", file, line) };
    enter_from(caller, null_mut(), || {
        find(arena)?;
        if text.is_null() {
            return Err(null("the text"));
        }
        // SAFETY: the caller's promise: nothing behind the 0 is looked at.
        let length = (0..most).find(|&at| unsafe { *text.add(at) } == 0).unwrap_or(most);
        // SAFETY: as above.
        unsafe { copy(arena, text, length) }
    })
}

/// # Safety
/// As [`arenite_arena_strndup_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_strndup(arena: ArenaPtr, text: *const c_char, most: usize) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { arenite_arena_strndup_at(arena, text, most, std::ptr::null(), 0) }
}

/// # Safety
/// `bytes` is NULL or readable for `size` bytes; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_memdup_at(
    arena: ArenaPtr,
    bytes: *const c_void,
    size: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_arena_memdup", file, line) };
    enter_from(caller, null_mut(), || {
        let arena = find(arena)?;
        if bytes.is_null() {
            return Err(null("the bytes"));
        }
        if size == 0 {
            return Err(zero_size());
        }
        let memory = arena.try_alloc_grains(size, 16)?.as_ptr();
        // SAFETY: fresh memory for them.
        unsafe { memory.copy_from_nonoverlapping(bytes.cast(), size) };
        Ok(memory.cast())
    })
}

/// # Safety
/// As [`arenite_arena_memdup_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_memdup(arena: ArenaPtr, bytes: *const c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { arenite_arena_memdup_at(arena, bytes, size, std::ptr::null(), 0) }
}
