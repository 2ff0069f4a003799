//! The calling thread's last error.

use crate::sync::thread_local;
use core::cell::Cell;

thread_local! {
    /// Without a destructor, so that it can be asked until the thread is gone.
    static LAST: Cell<u32> = const { Cell::new(0) };
}

/// The code that [`set_last_error`] last set on this thread, 0 before. The functions of this module return their errors
/// and do not set it; the C library does, when a call fails.
///
/// ```
/// use arenite::platform::windows::{get_last_error, set_last_error};
/// set_last_error(87);
/// assert_eq!(get_last_error(), 87);
/// assert_eq!(std::thread::spawn(get_last_error).join().unwrap(), 0);
/// ```
#[must_use]
pub fn get_last_error() -> u32 {
    LAST.with(Cell::get)
}

/// Sets the calling thread's last error.
pub fn set_last_error(code: u32) {
    LAST.with(|last| last.set(code));
}
