//! Blocks: of the current allocator, of temp memory, and of `arenite_malloc`.

use super::{current, list, owners, program, program_at_hand};
use crate::{
    allocator::{AllocatorPtr, layout},
    border::{Caller, enter, enter_from},
    error::{Code, Noted, note},
    given::{null, product},
};
use std::{
    alloc::Layout,
    ffi::{c_char, c_uint, c_void},
    ptr::{NonNull, null_mut},
};

fn no_current() -> Noted {
    note(Code::NoScope, format_args!("no allocator is current on this thread; arenite_allocator_begin makes one"))
}

/// A function that C calls, and the one that its macros call, with its place.
macro_rules! allocates {
    ($($name:ident, $at:ident($($argument:ident: $type:ty),*) $run:expr;)*) => {$(
        #[unsafe(no_mangle)]
        pub extern "C" fn $name($($argument: $type),*) -> *mut c_void {
            enter_from(Caller::of(stringify!($name)), null_mut(), || $run.map(|block: NonNull<u8>| block.as_ptr().cast()))
        }

        /// # Safety
        /// `file` is NULL or a C string.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $at($($argument: $type,)* file: *const c_char, line: c_uint) -> *mut c_void {
            // SAFETY: the caller's promise.
            let caller = unsafe { Caller::at(stringify!($name), file, line) };
            enter_from(caller, null_mut(), || $run.map(|block: NonNull<u8>| block.as_ptr().cast()))
        }
    )*};
}

allocates! {
    arenite_temp_alloc, arenite_temp_alloc_at(size: usize, alignment: usize) temp_alloc(size, alignment);
    arenite_calloc, arenite_calloc_at(count: usize, size: usize) zeroed(count, size);
    arenite_aligned_alloc, arenite_aligned_alloc_at(alignment: usize, size: usize) malloc(size, alignment);
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_alloc(size: usize, alignment: usize) -> *mut c_void {
    #[cold]
    #[inline(never)]
    extern "C" fn cold(size: usize, alignment: usize) -> *mut c_void {
        alloc_from(Caller::of("arenite_alloc"), size, alignment)
    }
    match current::take_at_hand(size, alignment) {
        Some(block) => block.as_ptr().cast(),
        None => cold(size, alignment),
    }
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_alloc_at(
    size: usize,
    alignment: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    match current::take_at_hand(size, alignment) {
        Some(block) => block.as_ptr().cast(),
        // SAFETY: the caller's promise.
        None => alloc_from(unsafe { Caller::at("arenite_alloc", file, line) }, size, alignment),
    }
}

fn alloc_from(caller: Caller, size: usize, alignment: usize) -> *mut c_void {
    enter_from(caller, null_mut(), || current_alloc(size, alignment).map(|block| block.as_ptr().cast()))
}

fn current_alloc(size: usize, alignment: usize) -> Result<NonNull<u8>, Noted> {
    let named = list::with(|list| list.current()).ok_or_else(no_current)?;
    owners::take(&named, size, alignment)
}

fn temp_alloc(size: usize, alignment: usize) -> Result<NonNull<u8>, Noted> {
    let layout = layout(size, alignment)?;
    list::with(|list| match list.temp() {
        Some(arena) => Ok(arena.try_alloc_grains(layout.size(), layout.align())?),
        None => {
            Err(note(Code::NoScope, format_args!("no temp memory is open on this thread; arenite_temp_begin opens it")))
        }
    })
}

fn malloc(size: usize, alignment: usize) -> Result<NonNull<u8>, Noted> {
    Ok(program()?.alloc(layout(size, alignment)?)?)
}

fn zeroed(count: usize, size: usize) -> Result<NonNull<u8>, Noted> {
    let bytes = product(count, size)?;
    let block = malloc(bytes, 16)?;
    // SAFETY: a block of so many bytes, the caller's alone. Chunks and blocks are used again, so it may hold anything.
    unsafe { block.write_bytes(0, bytes) };
    Ok(block)
}

/// The fast path, which never unwinds.
#[inline(always)]
fn malloc_at_hand(size: usize) -> Option<NonNull<u8>> {
    program_at_hand()?.alloc_at_hand(Layout::from_size_align(size, 16).ok().filter(|_| size != 0)?)
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_malloc(size: usize) -> *mut c_void {
    #[cold]
    #[inline(never)]
    extern "C" fn cold(size: usize) -> *mut c_void {
        malloc_from(Caller::of("arenite_malloc"), size)
    }
    match malloc_at_hand(size) {
        Some(block) => block.as_ptr().cast(),
        None => cold(size),
    }
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_malloc_at(size: usize, file: *const c_char, line: c_uint) -> *mut c_void {
    match malloc_at_hand(size) {
        Some(block) => block.as_ptr().cast(),
        // SAFETY: the caller's promise.
        None => malloc_from(unsafe { Caller::at("arenite_malloc", file, line) }, size),
    }
}

fn malloc_from(caller: Caller, size: usize) -> *mut c_void {
    enter_from(caller, null_mut(), || malloc(size, 16).map(|block| block.as_ptr().cast()))
}

/// # Safety
/// If a live block starts there, nobody uses it any more.
unsafe fn free_from(caller: Caller, block: *mut c_void) -> bool {
    enter_from(caller, false, || {
        let Some(block) = NonNull::new(block.cast::<u8>()) else { return Ok(true) };
        // SAFETY: the caller's promise.
        unsafe {
            match of_allocator(block)? {
                Some(found) => found.free()?,
                None => program()?.free(block)?,
            }
        }
        Ok(true)
    })
}

/// The block of the current allocator of some time, if it is one: looked for where the program's heap knows nothing.
fn of_allocator(block: NonNull<u8>) -> Result<Option<owners::Found>, Noted> {
    let program = program()?;
    if program.usable_size(block).is_some() || program.knows(block) {
        return Ok(None);
    }
    owners::find(block)
}

/// # Safety
/// If a live block starts there, nobody uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_free(block: *mut c_void) -> bool {
    /// # Safety
    /// As [`arenite_free`].
    #[cold]
    #[inline(never)]
    unsafe extern "C" fn cold(block: *mut c_void) -> bool {
        // SAFETY: the caller's promise.
        unsafe { free_from(Caller::of("arenite_free"), block) }
    }
    // SAFETY: the caller's promise.
    unsafe {
        match (NonNull::new(block.cast()), program_at_hand()) {
            (Some(known), Some(program)) if program.free_at_hand(known) => true,
            _ => cold(block),
        }
    }
}

/// # Safety
/// As [`arenite_free`]; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_free_at(block: *mut c_void, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    unsafe { free_from(Caller::at("arenite_free", file, line), block) }
}

/// # Safety
/// If a live block starts there, nobody uses its old address when it moves.
unsafe fn realloc_from(caller: Caller, block: *mut c_void, size: usize) -> *mut c_void {
    enter_from(caller, null_mut(), || {
        let new = layout(size, 16)?;
        let Some(block) = NonNull::new(block.cast::<u8>()) else {
            return Ok(program()?.alloc(new)?.as_ptr().cast());
        };
        // SAFETY: the caller's promise.
        unsafe {
            if let Some(found) = of_allocator(block)? {
                return Ok(found.realloc(size)?.as_ptr().cast());
            }
            match program()?.realloc(block, size) {
                Ok(block) => Ok(block.as_ptr().cast()),
                Err(Ok(refused)) => Err(refused.into()),
                Err(Err(refused)) => Err(refused.into()),
            }
        }
    })
}

/// # Safety
/// If a live block starts there, nobody uses its old address when it moves.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_realloc(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { realloc_from(Caller::of("arenite_realloc"), block, size) }
}

/// # Safety
/// As [`arenite_realloc`]; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_realloc_at(
    block: *mut c_void,
    size: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { realloc_from(Caller::at("arenite_realloc", file, line), block, size) }
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_usable_size(block: *const c_void) -> usize {
    enter("arenite_usable_size", 0, || {
        let block = NonNull::new(block.cast_mut().cast::<u8>()).ok_or_else(|| null("a block"))?;
        if let Some(size) = program()?.usable_size(block) {
            return Ok(size);
        }
        if let Some(found) = of_allocator(block)? {
            return Ok(found.size());
        }
        Err(note(Code::NotABlock, format_args!("no live block of arenite_malloc or arenite_alloc starts at {block:p}")))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_current_allocator() -> AllocatorPtr {
    enter("arenite_current_allocator", null_mut(), || {
        Ok(list::with(|list| list.current()).ok_or_else(no_current)?.handle())
    })
}
