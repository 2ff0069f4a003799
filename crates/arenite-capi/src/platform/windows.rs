//! Windows' calls: their answers, their last error, and ours.

mod global;
mod heaps;
mod pages;

use crate::{
    border::enter,
    error::{Code, Noted, note},
};
use arenite_lib::platform::windows::{self, WinError};
use std::ffi::{c_int, c_uint, c_void};

type Memory = *mut c_void;

/// Runs a call: a refused one sets the thread's last error twice, as Windows' number and as ours with a text.
fn call<T>(name: &'static str, refused: T, body: impl FnOnce() -> Result<T, WinError>) -> T {
    enter(name, refused, || body().map_err(noted))
}

#[cold]
fn noted(error: WinError) -> Noted {
    windows::set_last_error(error.code());
    let code = match error {
        WinError::NOT_ENOUGH_MEMORY | WinError::WORKING_SET_QUOTA => Code::OutOfMemory,
        WinError::INVALID_HANDLE => Code::Foreign,
        WinError::INVALID_ADDRESS | WinError::NOACCESS => Code::NotABlock,
        WinError::NOT_LOCKED => Code::OutOfOrder,
        WinError::NOT_SUPPORTED | WinError::PRIVILEGE_NOT_HELD => Code::Unsupported,
        _ => Code::BadArgument,
    };
    note(code, format_args!("{error}"))
}

/// Windows' `BOOL`.
const fn yes(_: ()) -> c_int {
    1
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_get_last_error() -> c_uint {
    windows::get_last_error()
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_set_last_error(code: c_uint) {
    windows::set_last_error(code);
}
