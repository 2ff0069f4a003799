//! Where C comes in. No panic goes out.

use crate::error::{self, Code, Noted, note};
use arenite_lib::debug::calling_from;
use std::{
    ffi::{CStr, c_char, c_uint},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Who calls: the function of ours, and the place in the C program if its macros tell it.
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) call: &'static str,
    file: *const c_char,
    line: c_uint,
}

impl Caller {
    pub(crate) const fn of(call: &'static str) -> Self {
        Self { call, file: std::ptr::null(), line: 0 }
    }

    /// # Safety
    /// `file` is NULL or a C string that lives as long as the call.
    pub(crate) const unsafe fn at(call: &'static str, file: *const c_char, line: c_uint) -> Self {
        Self { call, file, line }
    }
}

/// Runs what C asked for: its answer, or `refused` when it was refused, with the thread's error set. `call` is the function
/// that C called, by which the error says who.
///
/// A panic is an error too. What the library was doing is whole again when it unwinds: that is what its own tests hold it to.
pub(crate) fn enter<T>(call: &'static str, refused: T, body: impl FnOnce() -> Result<T, Noted>) -> T {
    enter_from(Caller::of(call), refused, body)
}

/// As [`enter`], for a call that says its place in the program.
pub(crate) fn enter_from<T>(caller: Caller, refused: T, body: impl FnOnce() -> Result<T, Noted>) -> T {
    let outer = error::begin(caller.call);
    // SAFETY: by the promise of `Caller::at`.
    let place = (!caller.file.is_null()).then(|| unsafe { (CStr::from_ptr(caller.file), caller.line) });
    let answer = match catch_unwind(AssertUnwindSafe(|| calling_from(place, body))) {
        Ok(Ok(answer)) => answer,
        Ok(Err(Noted { .. })) => refused,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().copied();
            let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            let Noted { .. } = note(Code::Panic, format_args!("{}", text.unwrap_or("a panic without a text")));
            // Dropping what somebody else threw could panic again.
            std::mem::forget(panic);
            refused
        }
    };
    error::begin(outer);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{arenite_last_error, arenite_last_error_text};

    fn text() -> String {
        // SAFETY: the thread's text, which ends with 0.
        unsafe { CStr::from_ptr(arenite_last_error_text()) }.to_string_lossy().into_owned()
    }

    #[test]
    fn a_panic_stops_here_and_is_the_last_error() {
        assert_eq!(enter("arenite_test", 7, || panic!("broken by {}", "hand")), 7);
        assert_eq!(arenite_last_error(), Code::Panic as i32);
        assert_eq!(text(), "arenite_test: broken by hand");
    }

    #[test]
    fn success_leaves_the_last_error_alone_and_long_texts_are_cut_whole() {
        enter("arenite_test", (), || Err(note(Code::Limit, format_args!("{}", "ä".repeat(400)))));
        assert_eq!(enter("arenite_other", 1, || Ok(2)), 2);
        assert_eq!(arenite_last_error(), Code::Limit as i32);
        assert!(text().starts_with("arenite_test: ä") && text().ends_with('ä') && text().len() > 490, "{}", text());
    }
}
