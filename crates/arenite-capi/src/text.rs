//! Text for C: into a buffer of the caller's, or to its standard output.

use crate::error::{Code, Noted, note};
use std::{
    ffi::{CString, c_char, c_int},
    fmt::Display,
};

unsafe extern "C" {
    fn puts(text: *const c_char) -> c_int;
}

/// Copies a text, cut to what fits, with a 0 at its end; answers its whole length.
///
/// # Safety
/// `buffer` is NULL, or writable for `room` bytes.
pub(crate) unsafe fn copy_out(text: &str, buffer: *mut c_char, room: usize) -> usize {
    if !buffer.is_null() && room > 0 {
        let mut fits = text.len().min(room - 1);
        while !text.is_char_boundary(fits) {
            fits -= 1;
        }
        // SAFETY: the caller's promise.
        unsafe {
            buffer.copy_from_nonoverlapping(text.as_ptr().cast(), fits);
            buffer.add(fits).write(0);
        }
    }
    text.len()
}

/// Writes a text and a line's end by C's own `stdout`, so that it comes in order with what the program prints.
pub(crate) fn print(text: &impl Display) -> Result<(), Noted> {
    let text = CString::new(text.to_string().replace('\0', "?")).unwrap_or_default();
    // SAFETY: a C string.
    if unsafe { puts(text.as_ptr()) } < 0 {
        return Err(note(
            Code::BadArgument,
            format_args!("the standard output refused a text; is it closed, or full?"),
        ));
    }
    Ok(())
}
