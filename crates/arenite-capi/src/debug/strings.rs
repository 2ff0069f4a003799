//! Texts for C, as long as a callback runs.

use crate::words::in_c;
use std::{
    cell::RefCell,
    ffi::{CString, c_char},
    fmt::Display,
    ptr::null,
};

/// Keeps what it has made into C strings until it is dropped.
#[derive(Default)]
pub(super) struct Strings(RefCell<Vec<CString>>);

impl Strings {
    pub(super) fn of(&self, text: impl Display) -> *const c_char {
        let mut bytes = in_c(text).into_bytes();
        bytes.retain(|byte| *byte != 0);
        // No zeros are left in it.
        let text = CString::new(bytes).unwrap_or_default();
        let start = text.as_ptr();
        self.0.borrow_mut().push(text);
        start
    }

    pub(super) fn or_null(&self, text: Option<impl Display>) -> *const c_char {
        text.map_or(null(), |text| self.of(text))
    }
}
