//! Formatted text.
//!
//! C's own `vsnprintf` does the formatting. Rust can name no `va_list` yet, but in every calling convention here it is
//! passed as one word: a pointer into the arguments, or to the struct that walks them. A struct is spent by the call that
//! reads it, so each of two calls gets a copy.

use super::{ArenaPtr, find};
use crate::{
    border::{Caller, enter_from},
    error::{Code, note},
    given::null,
};
use std::{
    ffi::{c_char, c_int, c_uint, c_void},
    mem::MaybeUninit,
    ptr::null_mut,
};

unsafe extern "C" {
    fn vsnprintf(buffer: *mut c_char, size: usize, format: *const c_char, arguments: *mut c_void) -> c_int;
}

/// Words of the struct that a `va_list` is passed as the address of; 0 where it is itself the address of the arguments.
const WORDS: usize = if cfg!(windows) || cfg!(target_vendor = "apple") {
    0
} else if cfg!(target_arch = "x86_64") {
    3
} else if cfg!(target_arch = "aarch64") {
    4
} else {
    // i686, 32-bit ARM (where it is a struct of one pointer, passed by value), RISC-V.
    0
};

/// A `va_list` as a parameter.
#[derive(Clone, Copy)]
pub(crate) struct Arguments(pub(crate) *mut c_void);

impl Arguments {
    /// Formats into `buffer`; how long the text is, or a negative number.
    ///
    /// # Safety
    /// A `va_list` that goes with `format`.
    pub(crate) unsafe fn format(self, buffer: &mut [MaybeUninit<u8>], format: *const c_char) -> c_int {
        let mut copy = [const { MaybeUninit::<usize>::uninit() }; WORDS];
        let arguments = if WORDS == 0 {
            self.0
        } else {
            // SAFETY: a struct of so many words, by the platform's convention.
            unsafe { copy.as_mut_ptr().copy_from_nonoverlapping(self.0.cast(), WORDS) };
            copy.as_mut_ptr().cast()
        };
        // SAFETY: the caller's promise; it writes no more than `len` bytes.
        unsafe { vsnprintf(buffer.as_mut_ptr().cast(), buffer.len(), format, arguments) }
    }
}

/// # Safety
/// `format` is NULL or a C string that goes with `arguments`, a `va_list`; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_vsprintf_at(
    arena: ArenaPtr,
    file: *const c_char,
    line: c_uint,
    format: *const c_char,
    arguments: *mut c_void,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_arena_sprintf", file, line) };
    enter_from(caller, null_mut(), || {
        let arena = find(arena)?;
        if format.is_null() {
            return Err(null("the format"));
        }
        let mut short = [MaybeUninit::<u8>::uninit(); 256];
        // SAFETY: the caller's promise.
        let length = unsafe { Arguments(arguments).format(&mut short, format) };
        let Ok(length) = usize::try_from(length) else {
            return Err(note(Code::BadFormat, format_args!("printf refused the format, or an argument of it")));
        };
        let text = arena.try_alloc_grains(length + 1, 16)?.as_ptr();
        if length < short.len() {
            // SAFETY: so many bytes and a 0 were written; fresh memory for them.
            unsafe { text.copy_from_nonoverlapping(short.as_ptr().cast(), length + 1) };
        } else {
            // SAFETY: fresh memory of so many bytes; the caller's promise.
            unsafe {
                let text = std::slice::from_raw_parts_mut(text.cast::<MaybeUninit<u8>>(), length + 1);
                Arguments(arguments).format(text, format);
            }
        }
        Ok(text.cast())
    })
}

/// # Safety
/// As [`arenite_arena_vsprintf_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_vsprintf(
    arena: ArenaPtr,
    format: *const c_char,
    arguments: *mut c_void,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { arenite_arena_vsprintf_at(arena, std::ptr::null(), 0, format, arguments) }
}
