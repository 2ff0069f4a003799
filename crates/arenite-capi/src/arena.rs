//! Arenas: `arenite/arena.h`.

mod ends;
mod figures;
mod options;
mod pool;
mod printf;
mod resize;
mod text;
pub(crate) mod window;

use crate::{
    border::{Caller, enter, enter_from},
    error::{Code, Noted, note},
    given::{product, zero_size},
    handle::Handle,
    owned::not_in_a_callback,
    slots,
};
use arenite_lib::Arena;
use std::{
    ffi::{c_char, c_uint, c_void},
    ptr::null_mut,
};

pub(crate) use figures::ArenaStatsC;
pub(crate) use options::ArenaOptionsC;
pub(crate) use printf::Arguments;

/// `arenite_arena *`: a handle in the shape of a pointer.
pub(crate) type ArenaPtr = *mut c_void;

/// The arena, when the handle is good and the calling thread's.
pub(crate) fn find(arena: ArenaPtr) -> Result<&'static Arena, Noted> {
    slots::find(Handle::from_c(arena))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_destroy(arena: ArenaPtr) -> bool {
    enter("arenite_arena_destroy", false, || {
        if arena.is_null() {
            return Ok(true);
        }
        let handle = Handle::from_c(arena);
        slots::find(handle)?;
        not_in_a_callback("an arena")?;
        if slots::mark_of(handle) != 0 {
            return Err(note(
                Code::BadArgument,
                format_args!("the arena is one of a pool of arenas; give it back with arenite_arena_pool_give"),
            ));
        }
        drop(slots::remove(handle)?);
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_release(arena: ArenaPtr) -> bool {
    enter("arenite_arena_release", false, || {
        slots::find(Handle::from_c(arena))?;
        not_in_a_callback("an arena")?;
        slots::release(Handle::from_c(arena)).map(|()| true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_adopt(arena: ArenaPtr) -> bool {
    enter("arenite_arena_adopt", false, || slots::adopt(Handle::from_c(arena)).map(|()| true))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_alloc(arena: ArenaPtr, size: usize) -> *mut c_void {
    if let Some(memory) = slots::mine(Handle::from_c(arena)).and_then(|arena| arena.take_grains(size)) {
        return memory.as_ptr().cast();
    }
    alloc_cold(arena, size)
}

/// The rest: no such arena, no such size, or the window is used up.
#[cold]
#[inline(never)]
extern "C" fn alloc_cold(arena: ArenaPtr, size: usize) -> *mut c_void {
    alloc(Caller::of("arenite_arena_alloc"), arena, size, 16)
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_alloc_at(
    arena: ArenaPtr,
    size: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    if let Some(memory) = slots::mine(Handle::from_c(arena)).and_then(|arena| arena.take_grains(size)) {
        return memory.as_ptr().cast();
    }
    // SAFETY: the caller's promise.
    alloc(unsafe { Caller::at("arenite_arena_alloc", file, line) }, arena, size, 16)
}

fn alloc(caller: Caller, arena: ArenaPtr, size: usize, align: usize) -> *mut c_void {
    enter_from(caller, null_mut(), || {
        let arena = find(arena)?;
        if size == 0 {
            return Err(zero_size());
        }
        Ok(arena.try_alloc_grains(size, align)?.as_ptr().cast())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_alloc_aligned(arena: ArenaPtr, size: usize, alignment: usize) -> *mut c_void {
    alloc(Caller::of("arenite_arena_alloc_aligned"), arena, size, alignment)
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_alloc_aligned_at(
    arena: ArenaPtr,
    size: usize,
    alignment: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    alloc(unsafe { Caller::at("arenite_arena_alloc_aligned", file, line) }, arena, size, alignment)
}

fn array(caller: Caller, arena: ArenaPtr, count: usize, size: usize, zeroed: bool) -> *mut c_void {
    enter_from(caller, null_mut(), || {
        let arena = find(arena)?;
        let bytes = product(count, size)?;
        let memory = if zeroed { arena.try_alloc_grains_zeroed(bytes)? } else { arena.try_alloc_grains(bytes, 16)? };
        Ok(memory.as_ptr().cast())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_array(arena: ArenaPtr, count: usize, size: usize) -> *mut c_void {
    array(Caller::of("arenite_arena_array"), arena, count, size, false)
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_array_at(
    arena: ArenaPtr,
    count: usize,
    size: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    array(unsafe { Caller::at("arenite_arena_array", file, line) }, arena, count, size, false)
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_calloc(arena: ArenaPtr, count: usize, size: usize) -> *mut c_void {
    array(Caller::of("arenite_arena_calloc"), arena, count, size, true)
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_calloc_at(
    arena: ArenaPtr,
    count: usize,
    size: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    array(unsafe { Caller::at("arenite_arena_calloc", file, line) }, arena, count, size, true)
}
