//! Counted blocks, figures, bytes.

use crate::{
    border::{Caller, enter, enter_from},
    error::{Code, Noted, note},
};
use arenite_lib::{
    debug::Site,
    platform::{self, MemError, MemFlags},
};
use std::{
    ffi::{c_char, c_int, c_uint, c_void},
    ptr::{NonNull, null_mut},
};

type Memory = *mut c_void;

impl From<MemError> for Noted {
    #[cold]
    fn from(error: MemError) -> Self {
        match error {
            MemError::Refused(refused) => refused.into(),
            MemError::Wrong(wrong) => wrong.into(),
        }
    }
}

/// The line of the C program, if its macros told it.
fn caller() -> platform::Caller {
    let site = Site::here();
    match (site.file(), site.line()) {
        (Some(file), Some(line)) => platform::Caller::new(file, line),
        _ => platform::Caller::UNKNOWN,
    }
}

fn flags(bits: c_uint) -> Result<MemFlags, Noted> {
    MemFlags::from_bits(bits).ok_or_else(|| {
        note(
            Code::BadArgument,
            format_args!("{:#x} is no flag: those are 1 (temporary), 2 (lock) and 4 (clear)", bits & !7),
        )
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_platform_alloc(size: usize, flags: c_uint) -> Memory {
    // SAFETY: NULL.
    unsafe { arenite_platform_alloc_at(size, flags, std::ptr::null(), 0) }
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_platform_alloc_at(
    size: usize,
    bits: c_uint,
    file: *const c_char,
    line: c_uint,
) -> Memory {
    // SAFETY: the caller's promise.
    enter_from(unsafe { Caller::at("arenite_platform_alloc", file, line) }, null_mut(), || {
        let flags = flags(bits)?;
        if size == 0 {
            return Err(note(Code::ZeroSize, format_args!("0 bytes were asked for; ask for 1 at least")));
        }
        Ok(platform::try_mem_alloc(size, flags, caller())?.as_ptr().cast())
    })
}

/// # Safety
/// If a live block starts at `block`, nobody uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_platform_free(block: Memory, size: usize) -> bool {
    enter("arenite_platform_free", false, || {
        // SAFETY: the caller's promise.
        unsafe { platform::try_mem_free(block.cast(), size) }?;
        Ok(true)
    })
}

/// # Safety
/// As [`arenite_platform_free`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_platform_realloc(block: Memory, old_size: usize, size: usize) -> Memory {
    // SAFETY: the caller's promise, and NULL.
    unsafe { arenite_platform_realloc_at(block, old_size, size, std::ptr::null(), 0) }
}

/// # Safety
/// As [`arenite_platform_free`], and `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_platform_realloc_at(
    block: Memory,
    old_size: usize,
    size: usize,
    file: *const c_char,
    line: c_uint,
) -> Memory {
    // SAFETY: the caller's promise.
    enter_from(unsafe { Caller::at("arenite_platform_realloc", file, line) }, null_mut(), || {
        if size == 0 {
            // SAFETY: the caller's promise.
            unsafe { platform::try_mem_free(block.cast(), old_size) }?;
            return Ok(null_mut());
        }
        // SAFETY: the caller's promise.
        let changed: NonNull<u8> = unsafe { platform::try_mem_realloc(block.cast(), old_size, size, caller()) }?;
        Ok(changed.as_ptr().cast())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_platform_size(block: *const c_void) -> usize {
    enter("arenite_platform_size", 0, || {
        platform::mem_size(block.cast()).ok_or_else(|| {
            note(Code::NotABlock, format_args!("no block of platform memory starts at {:#x}", block.addr()))
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_platform_ram_free() -> usize {
    enter("arenite_platform_ram_free", 0, || Ok(platform::get_free_ram()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_platform_ram_total() -> usize {
    enter("arenite_platform_ram_total", 0, || Ok(platform::get_total_ram()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_platform_allocated() -> usize {
    platform::get_allocated()
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_platform_peak() -> usize {
    platform::get_peak()
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_platform_count() -> usize {
    platform::get_count()
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_platform_dump_leaks() {
    enter("arenite_platform_dump_leaks", (), || {
        platform::dump_leaks();
        Ok(())
    });
}

/// # Safety
/// `text` is valid for writes of `size` bytes, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_platform_leaks(text: *mut c_char, size: usize) -> usize {
    enter("arenite_platform_leaks", 0, || {
        let list = platform::leaks().to_string();
        if !text.is_null() && size > 0 {
            let mut fits = list.len().min(size - 1);
            while !list.is_char_boundary(fits) {
                fits -= 1;
            }
            // SAFETY: the caller's promise; `fits` and the 0 behind it are at most `size`.
            unsafe {
                platform::mem_copy(text.cast(), list.as_ptr(), fits);
                text.add(fits).write(0);
            }
        }
        Ok(list.len())
    })
}

/// # Safety
/// As [`platform::mem_copy`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_platform_copy(dest: Memory, source: *const c_void, count: usize) {
    // SAFETY: the caller's promise.
    unsafe { platform::mem_copy(dest.cast(), source.cast(), count) }
}

/// # Safety
/// As [`platform::mem_move`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_platform_move(dest: Memory, source: *const c_void, count: usize) {
    // SAFETY: the caller's promise.
    unsafe { platform::mem_move(dest.cast(), source.cast(), count) }
}

/// # Safety
/// As [`platform::mem_set`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_platform_set(dest: Memory, value: c_int, count: usize) {
    // SAFETY: the caller's promise. As `memset`, the low byte counts.
    unsafe { platform::mem_set(dest.cast(), value as u8, count) }
}

/// # Safety
/// As [`platform::mem_zero`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_platform_zero(dest: Memory, count: usize) {
    // SAFETY: the caller's promise.
    unsafe { platform::mem_zero(dest.cast(), count) }
}

/// # Safety
/// As [`platform::mem_cmp`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_platform_compare(left: *const c_void, right: *const c_void, count: usize) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { platform::mem_cmp(left.cast(), right.cast(), count) as c_int }
}
