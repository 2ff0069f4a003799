//! Windows: memory that the program moves a cursor through by itself. `arenite.hpp` does, and documents' clients.

use super::{ArenaPtr, find};
use crate::{
    border::enter,
    error::Noted,
    given::{null, zero_size},
};
use arenite_lib::Arena;
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

pub(crate) fn given_window(window: *mut WindowC) -> Result<NonNull<WindowC>, Noted> {
    NonNull::new(window).ok_or_else(|| null("the window"))
}

/// Serves a request that the program's window could not: takes back what is left of it, serves, and opens the next.
///
/// # Safety
/// `window` is writable; nothing of it is in use from its cursor on.
pub(crate) unsafe fn beside<T>(
    arena: &Arena,
    window: NonNull<WindowC>,
    serve: impl FnOnce(&Arena) -> Result<T, Noted>,
) -> Result<T, Noted> {
    // SAFETY: the caller's promise.
    let closed = unsafe { window.read().close(arena) };
    let served = serve(arena);
    // After a refusal the program goes on where it was.
    if closed || served.is_ok() {
        // SAFETY: the caller's promise.
        unsafe { window.write(WindowC::open(arena)) };
    }
    served
}

/// Takes back what is left. What does not lie last stays as it is, until the arena goes back.
///
/// # Safety
/// As [`beside`].
pub(crate) unsafe fn close(arena: &Arena, window: NonNull<WindowC>) {
    // SAFETY: the caller's promise.
    unsafe {
        window.read().close(arena);
        window.write(WindowC::CLOSED);
    }
}

/// # Safety
/// `window` is NULL or writable; nothing of it is in use from its cursor on.
unsafe fn alloc(
    arena: ArenaPtr,
    window: *mut WindowC,
    size: usize,
    serve: impl FnOnce(&Arena) -> Result<NonNull<u8>, Noted>,
) -> Result<*mut c_void, Noted> {
    let (arena, window) = (find(arena)?, given_window(window)?);
    if size == 0 {
        return Err(zero_size());
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { beside(arena, window, serve) }?.as_ptr().cast())
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
        unsafe { alloc(arena, window, size, |arena| Ok(arena.try_alloc_grains(size, alignment)?)) }
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
        unsafe { alloc(arena, window, size, |arena| Ok(arena.try_alloc_own(size, alignment)?)) }
    })
}

/// # Safety
/// As [`alloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_window_close(arena: ArenaPtr, window: *mut WindowC) -> bool {
    enter("arenite_arena_window_close", false, || {
        let (arena, window) = (find(arena)?, given_window(window)?);
        // SAFETY: the caller's promise.
        unsafe { close(arena, window) };
        Ok(true)
    })
}
