//! The last error of a thread: a number and a text, as `errno` and its message. Success leaves it alone.

use crate::{border::Caller, words::InC};
use arenite_lib::{AllocError, ErrorKind, FreeError, FreeErrorKind, RestoreError};
use std::{
    cell::{Cell, UnsafeCell},
    ffi::{CStr, c_char, c_int},
    fmt::{self, Write as _},
};

/// The numbers of `arenite_error` in `arenite/base.h`, where they are explained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub(crate) enum Code {
    Null = 1,
    Foreign = 2,
    Destroyed = 3,
    WrongThread = 4,
    ZeroSize = 5,
    TooLarge = 6,
    Overflow = 7,
    BadAlignment = 8,
    OutOfMemory = 9,
    Limit = 10,
    Budget = 11,
    Full = 12,
    TableFull = 13,
    Busy = 14,
    StaleMark = 15,
    OutOfOrder = 16,
    NotABlock = 17,
    DoubleFree = 18,
    WrongSize = 19,
    NotLast = 20,
    BadArgument = 21,
    BadFormat = 22,
    Unsupported = 23,
    Panic = 24,
    NotSteady = 40,
    HeapCalled = 41,
    NoScope = 42,
    BrokenPromise = 43,
}

/// Bytes of a message, with the 0 at its end. Longer ones are cut.
const ROOM: usize = 512;

struct Last {
    code: Cell<c_int>,
    /// The function that C called, and from where.
    call: Cell<Caller>,
    text: UnsafeCell<[u8; ROOM]>,
}

thread_local! {
    // Without Drop and without the heap: an error can be told from anywhere, and when there is no memory.
    static LAST: Last = const { Last { code: Cell::new(0), call: Cell::new(Caller::of("")), text: UnsafeCell::new([0; ROOM]) } };
}

/// That the error of the thread was set, and the call is to end.
#[derive(Debug)]
#[must_use]
pub(crate) struct Noted(());

/// Names the function that C called; what was named before.
pub(crate) fn begin(call: Caller) -> Caller {
    LAST.with(|last| last.call.replace(call))
}

/// Sets the thread's error. Only where the call is about to fail.
#[cold]
pub(crate) fn note(code: Code, what: fmt::Arguments<'_>) -> Noted {
    LAST.with(|last| {
        // SAFETY: this thread's, and no reference to it is kept; what is formatted below does not set errors.
        let text = unsafe { &mut *last.text.get() };
        let mut text = InC(Cut { text, len: 0 });
        // A text that is too long is cut, and says nothing of it.
        let _ = write!(text, "{}: {what}", last.call.get());
        last.code.set(code as c_int);
    });
    Noted(())
}

/// That the thread's error was set already, further in.
#[cold]
pub(crate) fn noted_before() -> Noted {
    Noted(())
}

/// A C string in place.
struct Cut<'a> {
    text: &'a mut [u8; ROOM],
    len: usize,
}

impl fmt::Write for Cut<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let mut fits = more.len().min(ROOM - 1 - self.len);
        while !more.is_char_boundary(fits) {
            fits -= 1;
        }
        self.text[self.len..self.len + fits].copy_from_slice(&more.as_bytes()[..fits]);
        self.len += fits;
        self.text[self.len] = 0;
        if fits == more.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

impl From<AllocError> for Noted {
    #[cold]
    fn from(error: AllocError) -> Self {
        let code = match error.kind() {
            ErrorKind::OutOfMemory | ErrorKind::ReserveRefused { .. } | ErrorKind::NoSource => Code::OutOfMemory,
            ErrorKind::LimitExceeded { .. } => Code::Limit,
            ErrorKind::BudgetExceeded { .. } => Code::Budget,
            ErrorKind::RequestTooLarge { .. } => Code::TooLarge,
            ErrorKind::ReservationFull { .. } => Code::Full,
            ErrorKind::BadAlignment => Code::BadAlignment,
            ErrorKind::CapacityOverflow => Code::Overflow,
            ErrorKind::Claimed { .. } => Code::Busy,
            _ => Code::OutOfMemory,
        };
        note(code, format_args!("{error}"))
    }
}

impl From<FreeError> for Noted {
    #[cold]
    fn from(error: FreeError) -> Self {
        let code = match error.kind() {
            FreeErrorKind::DoubleFree => Code::DoubleFree,
            FreeErrorKind::WrongSize { .. } => Code::WrongSize,
            _ => Code::NotABlock,
        };
        note(code, format_args!("{error}"))
    }
}

impl From<RestoreError> for Noted {
    #[cold]
    fn from(error: RestoreError) -> Self {
        let code = match error {
            RestoreError::Foreign => Code::Foreign,
            RestoreError::Reset => Code::StaleMark,
            RestoreError::OutOfOrder => Code::OutOfOrder,
        };
        note(code, format_args!("{error}"))
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_last_error() -> c_int {
    LAST.with(|last| last.code.get())
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_last_error_text() -> *const c_char {
    LAST.with(|last| last.text.get().cast_const().cast())
}

/// # Safety
/// `text` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_set_error(error: c_int, text: *const c_char) {
    // SAFETY: the caller's promise.
    let text = if text.is_null() { c"" } else { unsafe { CStr::from_ptr(text) } };
    LAST.with(|last| {
        // SAFETY: this thread's, and no reference to it is kept; a text that is the last one's own is copied onto itself.
        unsafe {
            let to = last.text.get().cast::<u8>();
            let most = text.count_bytes().min(ROOM - 1);
            text.as_ptr().cast::<u8>().copy_to(to, most);
            to.add(most).write(0);
        }
        last.code.set(error);
    });
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_clear_error() {
    LAST.with(|last| {
        last.code.set(0);
        // SAFETY: this thread's, and no reference to it is kept.
        unsafe { (*last.text.get())[0] = 0 };
    });
}
