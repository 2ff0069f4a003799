//! Arenas: `arenite/arena.h`.

use crate::{
    border::enter,
    error::{Code, Noted, note},
    handle::Handle,
    slots,
};
use arenite_lib::ArenaOptions;
use std::{ffi::c_void, ptr::null_mut};

/// `arenite_arena *`: a handle in the shape of a pointer.
type ArenaPtr = *mut c_void;

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_create_default() -> ArenaPtr {
    enter("arenite_arena_create_default", null_mut(), || {
        let arena = ArenaOptions::new().grains().try_build()?;
        Ok(slots::insert(arena)?.to_c())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_destroy(arena: ArenaPtr) -> bool {
    enter("arenite_arena_destroy", false, || {
        if arena.is_null() {
            return Ok(true);
        }
        drop(slots::remove(Handle::from_c(arena))?);
        Ok(true)
    })
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
    enter("arenite_arena_alloc", null_mut(), || {
        let arena = slots::find(Handle::from_c(arena))?;
        if size == 0 {
            return Err(zero_size());
        }
        Ok(arena.try_alloc_grains(size, 1)?.as_ptr().cast())
    })
}

#[cold]
fn zero_size() -> Noted {
    note(Code::ZeroSize, format_args!("0 bytes were asked for; ask for 1 at least"))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_release(arena: ArenaPtr) -> bool {
    enter("arenite_arena_release", false, || slots::release(Handle::from_c(arena)).map(|()| true))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_adopt(arena: ArenaPtr) -> bool {
    enter("arenite_arena_adopt", false, || slots::adopt(Handle::from_c(arena)).map(|()| true))
}
