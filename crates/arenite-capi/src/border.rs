//! Where C comes in. No panic goes out.

use crate::{
    error::{self, Code, Noted, note},
    fork,
};
use arenite_lib::debug::calling_from;
use std::{
    ffi::{CStr, c_char, c_uint},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Who calls: the function of ours, and the place in the C program if its macros tell it.
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) call: &'static str,
    file: *const c_char,
    line: c_uint,
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.call)?;
        if self.file.is_null() {
            return Ok(());
        }
        // SAFETY: by the promise of `Caller::at`: who calls is still in the call.
        let file = unsafe { CStr::from_ptr(self.file) };
        f.write_str(" at ")?;
        file.to_bytes().utf8_chunks().try_for_each(|chunk| f.write_str(chunk.valid()))?;
        write!(f, ":{}", self.line)
    }
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
    let _inside = fork::enter();
    let outer = error::begin(caller);
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
    fn an_error_says_the_place_of_the_call_when_it_is_told_and_that_of_no_other() {
        // SAFETY: a C string.
        let caller = unsafe { Caller::at("arenite_test", c"game.c".as_ptr(), 12) };
        let outer = || {
            enter("arenite_inner", (), || Err(note(Code::Limit, format_args!("inner"))));
            assert_eq!(text(), "arenite_inner: inner");
            Err(note(Code::Limit, format_args!("too much")))
        };
        enter_from(caller, (), outer);
        assert_eq!(text(), "arenite_test at game.c:12: too much");
        enter("arenite_other", (), || Err(note(Code::Limit, format_args!("again"))));
        assert_eq!(text(), "arenite_other: again");
    }

    #[test]
    fn success_leaves_the_last_error_alone_and_long_texts_are_cut_whole() {
        enter("arenite_test", (), || Err(note(Code::Limit, format_args!("{}", "ä".repeat(400)))));
        assert_eq!(enter("arenite_other", 1, || Ok(2)), 2);
        assert_eq!(arenite_last_error(), Code::Limit as i32);
        assert!(text().starts_with("arenite_test: ä") && text().ends_with('ä') && text().len() > 490, "{}", text());
    }
}
