//! Windows: memory that the program moves a cursor through by itself. `arenite.hpp` does.

use super::{ArenaPtr, find};
use crate::{
    border::enter,
    error::Noted,
    given::{null, zero_size},
};
use arenite_lib::{AllocError, Arena};
use std::{
    ffi::c_void,
    ptr::{NonNull, null_mut},
};

/// `arenite_window`: none is open where all are NULL.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct WindowC {
    base: *mut u8,
    cursor: *mut u8,
    limit: *mut u8,
}

impl WindowC {
    const CLOSED: Self = Self { base: null_mut(), cursor: null_mut(), limit: null_mut() };

    /// All that the arena's window has left.
    fn open(arena: &Arena) -> Self {
        arena.take_rest().map_or(Self::CLOSED, |(base, bytes)| {
            let base = base.as_ptr();
            Self { base, cursor: base, limit: base.wrapping_add(bytes) }
        })
    }

    /// # Safety
    /// Nothing of it is in use from its cursor on.
    unsafe fn close(self, arena: &Arena) -> bool {
        // SAFETY: the caller's promise; whether it is the arena's, and its last, is checked.
        unsafe { arena.give_tail(self.base, self.cursor, self.limit) }
    }
}

/// # Safety
/// `window` is NULL or writable; nothing of it is in use from its cursor on.
unsafe fn alloc(
    arena: ArenaPtr,
    window: *mut WindowC,
    size: usize,
    serve: impl FnOnce(&Arena) -> Result<NonNull<u8>, AllocError>,
) -> Result<*mut c_void, Noted> {
    let arena = find(arena)?;
    let window = NonNull::new(window).ok_or_else(|| null("the window"))?;
    if size == 0 {
        return Err(zero_size());
    }
    // SAFETY: the caller's promise.
    let closed = unsafe { window.read().close(arena) };
    let served = serve(arena);
    // After a refusal the program goes on where it was.
    if closed || served.is_ok() {
        // SAFETY: the caller's promise.
        unsafe { window.write(WindowC::open(arena)) };
    }
    Ok(served?.as_ptr().cast())
}

/// # Safety
/// As [`alloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_window_alloc(
    arena: ArenaPtr,
    window: *mut WindowC,
    size: usize,
    alignment: usize,
) -> *mut c_void {
    enter("arenite_arena_window_alloc", null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { alloc(arena, window, size, |arena| arena.try_alloc_grains(size, alignment)) }
    })
}

/// # Safety
/// As [`alloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_window_alloc_own(
    arena: ArenaPtr,
    window: *mut WindowC,
    size: usize,
    alignment: usize,
) -> *mut c_void {
    enter("arenite_arena_window_alloc_own", null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { alloc(arena, window, size, |arena| arena.try_alloc_own(size, alignment)) }
    })
}

/// # Safety
/// As [`alloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_window_close(arena: ArenaPtr, window: *mut WindowC) -> bool {
    enter("arenite_arena_window_close", false, || {
        let arena = find(arena)?;
        let window = NonNull::new(window).ok_or_else(|| null("the window"))?;
        // SAFETY: the caller's promise. What is not the arena's last stays as it is, until the arena goes back.
        unsafe {
            window.read().close(arena);
            window.write(WindowC::CLOSED);
        }
        Ok(true)
    })
}
