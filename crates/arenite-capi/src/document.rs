//! Documents: `arenite/document.h`.
//!
//! A document is an arena in the arenas' table whose blocks are whole words. Its handle is that of the arena with
//! another kind, so that neither is taken for the other, at the price of one instruction.

use crate::{
    arena::{ArenaOptionsC, ArenaStatsC},
    border::enter,
    error::{Code, Noted, note},
    given::{self, null, product},
    handle::Handle,
    kind::Kind,
    slots,
};
use arenite_lib::{Arena, Extent};
use std::{
    ffi::c_void,
    ptr::{NonNull, null_mut},
};

mod window;

/// `arenite_document *`: a handle in the shape of a pointer.
type DocumentPtr = *mut c_void;

/// The handle by which the table knows it; for what is none, a handle that is not good.
#[inline(always)]
fn inner(document: DocumentPtr) -> Handle {
    Handle::from_c(document).other_face()
}

fn find(document: DocumentPtr) -> Result<&'static Arena, Noted> {
    slots::mine(inner(document)).ok_or_else(|| refuse(document))
}

#[cold]
fn refuse(document: DocumentPtr) -> Noted {
    if document.is_null() {
        return note(Code::Null, format_args!("NULL was passed for a document; was its creation refused?"));
    }
    if Handle::from_c(document).kind() != Some(Kind::Document) {
        let text = "is no handle of a document: pass what arenite_document_create returned";
        return note(Code::Foreign, format_args!("{document:p} {text}"));
    }
    slots::refuse(inner(document))
}

#[cold]
fn not_a_block(block: *mut c_void) -> Noted {
    note(
        Code::NotABlock,
        format_args!("no live block of this document starts at {block:p}; did its document end, or was it freed?"),
    )
}

/// # Safety
/// `options` is NULL or what `arenite/arena.h` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_document_create(options: *const ArenaOptionsC) -> DocumentPtr {
    enter("arenite_document_create", null_mut(), || {
        // SAFETY: the caller's promise.
        let plan = unsafe { given::options(options)?.plan()? };
        let handle = slots::insert(plan.options().words().try_build()?)?;
        Ok(handle.other_face().to_c())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_document_destroy(document: DocumentPtr) -> bool {
    enter("arenite_document_destroy", false, || {
        if !document.is_null() {
            find(document)?;
            drop(slots::remove(inner(document))?);
        }
        Ok(true)
    })
}

/// # Safety
/// Nothing that the document handed out is used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_document_end(document: DocumentPtr) -> bool {
    enter("arenite_document_end", false, || {
        // SAFETY: the caller's promise; C has no scopes.
        unsafe { find(document)?.reset_unborrowed() };
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_document_release(document: DocumentPtr) -> bool {
    enter("arenite_document_release", false, || {
        find(document)?;
        slots::release(inner(document)).map(|()| true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_document_adopt(document: DocumentPtr) -> bool {
    enter("arenite_document_adopt", false, || {
        if Handle::from_c(document).kind() != Some(Kind::Document) {
            return Err(refuse(document));
        }
        slots::adopt(inner(document)).map(|()| true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_document_malloc(document: DocumentPtr, size: usize) -> *mut c_void {
    if let Some(memory) = slots::mine(inner(document)).and_then(|arena| arena.take_words(size)) {
        return memory.as_ptr().cast();
    }
    malloc_cold(document, size)
}

/// The rest: no such document, size 0, or the window is used up.
#[cold]
#[inline(never)]
extern "C" fn malloc_cold(document: DocumentPtr, size: usize) -> *mut c_void {
    enter("arenite_document_malloc", null_mut(), || Ok(find(document)?.try_alloc_words(size.max(1))?.as_ptr().cast()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_document_calloc(document: DocumentPtr, count: usize, size: usize) -> *mut c_void {
    enter("arenite_document_calloc", null_mut(), || {
        let arena = find(document)?;
        let size = if count == 0 || size == 0 { 1 } else { product(count, size)? };
        let memory = arena.try_alloc_words(size)?;
        // SAFETY: fresh memory of this size.
        unsafe { memory.write_bytes(0, size) };
        Ok(memory.as_ptr().cast())
    })
}

/// # Safety
/// `block` is NULL or a block of the document, which nobody uses any more but through the result; no other thread writes to
/// blocks of the document meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_document_realloc(
    document: DocumentPtr,
    block: *mut c_void,
    size: usize,
) -> *mut c_void {
    enter("arenite_document_realloc", null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { realloc(find(document)?, block, size) }
    })
}

/// # Safety
/// As [`arenite_document_realloc`].
unsafe fn realloc(arena: &Arena, block: *mut c_void, size: usize) -> Result<*mut c_void, Noted> {
    let size = size.max(1);
    let Some(start) = NonNull::new(block.cast::<u8>()) else {
        return Ok(arena.try_alloc_words(size)?.as_ptr().cast());
    };
    let extent: Extent = arena.extent_of(start).ok_or_else(|| not_a_block(block))?;
    // SAFETY: the caller's promise, as far as it could not be checked.
    Ok(unsafe { arena.realloc_words(start, extent, size) }?.as_ptr().cast())
}

/// # Safety
/// `block` is NULL or a block of the document, which nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_document_free(document: DocumentPtr, block: *mut c_void) {
    if let (Some(arena), Some(start)) = (slots::mine(inner(document)), NonNull::new(block.cast::<u8>())) {
        if !arena.keeps_what_is_freed(start) {
            free_cold(document, start);
        }
        return;
    }
    free_refused(document, block);
}

#[cold]
#[inline(never)]
fn free_cold(document: DocumentPtr, block: NonNull<u8>) {
    enter("arenite_document_free", (), || {
        // SAFETY: the promise of the caller's caller.
        unsafe { find(document)?.free_words(block) };
        Ok(())
    });
}

#[cold]
#[inline(never)]
fn free_refused(document: DocumentPtr, block: *mut c_void) {
    enter("arenite_document_free", (), || if block.is_null() { Ok(()) } else { find(document).map(|_| ()) });
}

/// # Safety
/// `stats` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_document_get_stats(document: DocumentPtr, stats: *mut ArenaStatsC) -> bool {
    enter("arenite_document_get_stats", false, || {
        let arena = find(document)?;
        if stats.is_null() {
            return Err(null("the stats"));
        }
        // SAFETY: writable, by the caller's promise.
        unsafe { stats.write(ArenaStatsC::of(arena)) };
        Ok(true)
    })
}
