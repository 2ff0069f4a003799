//! A document's window: its client's hook moves the cursor inline, and calls here where that has no room.

use super::{DocumentPtr, find, realloc};
use crate::{
    arena::window::{WindowC, beside, close, given_window},
    border::enter,
};
use std::{ffi::c_void, ptr::null_mut};

/// # Safety
/// `window` is NULL or writable; nothing of it is in use from its cursor on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_document_window_malloc(
    document: DocumentPtr,
    window: *mut WindowC,
    size: usize,
) -> *mut c_void {
    enter("arenite_document_window_malloc", null_mut(), || {
        let (arena, window) = (find(document)?, given_window(window)?);
        // SAFETY: the caller's promise.
        let memory = unsafe { beside(arena, window, |arena| Ok(arena.try_alloc_words(size.max(1))?)) }?;
        Ok(memory.as_ptr().cast())
    })
}

/// # Safety
/// As [`arenite_document_window_malloc`] and [`super::arenite_document_realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_document_realloc_in(
    document: DocumentPtr,
    window: *mut WindowC,
    block: *mut c_void,
    size: usize,
) -> *mut c_void {
    enter("arenite_document_realloc_in", null_mut(), || {
        let (arena, window) = (find(document)?, given_window(window)?);
        // SAFETY: the caller's promise. The window is closed meanwhile, so that what lies last can grow into it.
        unsafe { beside(arena, window, |arena| realloc(arena, block, size)) }
    })
}

/// # Safety
/// `window` is NULL or writable; nothing that the document handed out is used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_document_end_in(document: DocumentPtr, window: *mut WindowC) -> bool {
    enter("arenite_document_end_in", false, || {
        let (arena, window) = (find(document)?, given_window(window)?);
        // SAFETY: the caller's promise; C has no scopes. Closed first: what was not used is none of the high water.
        unsafe {
            close(arena, window);
            arena.reset_unborrowed();
        }
        Ok(true)
    })
}

/// # Safety
/// As [`arenite_document_window_malloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_document_window_close(document: DocumentPtr, window: *mut WindowC) -> bool {
    enter("arenite_document_window_close", false, || {
        let (arena, window) = (find(document)?, given_window(window)?);
        // SAFETY: the caller's promise.
        unsafe { close(arena, window) };
        Ok(true)
    })
}
