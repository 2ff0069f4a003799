//! Blocks that grow or shrink.

use super::{ArenaPtr, find};
use crate::{
    border::{Caller, enter, enter_from},
    error::{Code, Noted, note},
    given::zero_size,
};
use arenite_lib::Arena;
use std::{
    ffi::{c_char, c_uint, c_void},
    ptr::{NonNull, null_mut},
};

/// The block, when all of it lies in the arena.
fn block_of(arena: &Arena, block: *mut c_void, size: usize) -> Result<NonNull<u8>, Noted> {
    let last = block.wrapping_byte_add(size.wrapping_sub(1));
    match NonNull::new(block.cast::<u8>()) {
        Some(start) if size > 0 && last >= block && arena.owns(block) && arena.owns(last) => Ok(start),
        _ => Err(note(
            Code::NotABlock,
            format_args!("no {size} bytes at {block:p} lie in this arena; pass a block of it and the size it has"),
        )),
    }
}

/// # Safety
/// `block` is a block of the arena with `old_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_resize(
    arena: ArenaPtr,
    block: *mut c_void,
    old_size: usize,
    new_size: usize,
) -> bool {
    enter("arenite_arena_resize", false, || {
        let arena = find(arena)?;
        if new_size == 0 {
            return Err(zero_size());
        }
        let start = block_of(arena, block, old_size)?;
        // SAFETY: the caller's promise, as far as it could not be checked.
        if unsafe { arena.resize_grains(start, old_size, new_size) } {
            return Ok(true);
        }
        Err(note(
            Code::NotLast,
            format_args!(
                "the block cannot have {new_size} bytes where it is; use arenite_arena_realloc, which may move it"
            ),
        ))
    })
}

/// # Safety
/// `block` is NULL or a block of the arena with `old_size` bytes; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_realloc_at(
    arena: ArenaPtr,
    block: *mut c_void,
    old_size: usize,
    new_size: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_arena_realloc", file, line) };
    enter_from(caller, null_mut(), || {
        let arena = find(arena)?;
        if new_size == 0 {
            return Err(zero_size());
        }
        if block.is_null() {
            return Ok(arena.try_alloc_grains(new_size, 16)?.as_ptr().cast());
        }
        let start = block_of(arena, block, old_size)?;
        // SAFETY: the caller's promise, as far as it could not be checked.
        unsafe {
            if arena.resize_grains(start, old_size, new_size) {
                return Ok(block);
            }
            let moved = arena.try_alloc_grains(new_size, 16)?;
            moved.copy_from_nonoverlapping(start, old_size.min(new_size));
            arena.leave_grains(start, old_size);
            Ok(moved.as_ptr().cast())
        }
    })
}

/// # Safety
/// As [`arenite_arena_realloc_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_realloc(
    arena: ArenaPtr,
    block: *mut c_void,
    old_size: usize,
    new_size: usize,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { arenite_arena_realloc_at(arena, block, old_size, new_size, std::ptr::null(), 0) }
}
