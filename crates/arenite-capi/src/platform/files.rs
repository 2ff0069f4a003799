//! Names of C files, kept.
//!
//! `__FILE__` lies in the library or plugin that was compiled with it, which may be unloaded before the list of leaks is
//! printed. Each name is copied once: as many as a program has files.

use arenite_lib::platform::Caller;
use std::{
    collections::BTreeMap,
    ffi::{CStr, c_char, c_uint},
    sync::{Mutex, PoisonError},
};

static FILES: Mutex<BTreeMap<&'static [u8], &'static str>> = Mutex::new(BTreeMap::new());

/// The place that C's macros name. What is no UTF-8 in the name is replaced.
///
/// # Safety
/// `file` is NULL or a C string.
pub(crate) unsafe fn caller(file: *const c_char, line: c_uint) -> Caller {
    if file.is_null() {
        return Caller::UNKNOWN;
    }
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(file) }.to_bytes();
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = files.get(name) {
        return Caller::new(known, line);
    }
    // Without memory for the name nobody knows the place: an allocation does not fail for that, nor end the program.
    let mut copy = Vec::new();
    if copy.try_reserve_exact(name.len() * 4).is_err() {
        return Caller::UNKNOWN;
    }
    copy.extend_from_slice(name);
    let key: &'static [u8] = copy.leak();
    let text: &'static str = match std::str::from_utf8(key) {
        Ok(text) => text,
        Err(_) => String::from_utf8_lossy(key).into_owned().leak(),
    };
    files.insert(key, text);
    Caller::new(text, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once_and_outlives_what_it_was_copied_from() {
        let first = {
            let gone = c"plugin.c".to_owned();
            // SAFETY: C strings.
            unsafe { caller(gone.as_ptr(), 3) }
        };
        // SAFETY: as above.
        let second = unsafe { caller(c"plugin.c".as_ptr(), 3) };
        assert_eq!((first, first.file().as_ptr()), (Caller::new("plugin.c", 3), second.file().as_ptr()));
        // SAFETY: as above, and NULL.
        let odd = unsafe { (caller(c"\xFF.c".as_ptr(), 1), caller(std::ptr::null(), 9)) };
        assert_eq!(odd, (Caller::new("\u{FFFD}.c", 1), Caller::UNKNOWN));
    }
}
