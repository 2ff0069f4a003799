//! Reports as text or JSON, to wherever C wants them.

use crate::{
    border::enter,
    error::{Code, Noted, note},
    given::null,
};
use arenite_lib::{
    debug,
    report::{Allocations, DebugStats, Snapshot, check_integrity},
};
use std::{
    ffi::{c_char, c_int, c_void},
    fmt::Write as _,
    io::{self, Write as _},
};

/// `arenite_write`: false when it could not.
type Write = unsafe extern "C" fn(*const c_char, usize, *mut c_void) -> bool;

/// The whole report, its last line ended.
fn text_of(report: c_int, format: c_int) -> Result<String, Noted> {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = match (report, format) {
        (0, 0) => write!(text, "{}", debug::leaks()),
        (0, 1) => write!(text, "{}", debug::leaks().to_json()),
        (1, 0) => write!(text, "{}", Allocations::take()),
        (1, 1) => write!(text, "{}", Allocations::take().to_json()),
        (2, 0) => write!(text, "{}", check_integrity()),
        (2, 1) => write!(text, "{}", check_integrity().to_json()),
        (3, 0) => write!(text, "{}", DebugStats::take()),
        (3, 1) => write!(text, "{}", DebugStats::take().to_json()),
        (4, 0) => write!(text, "{}", Snapshot::take()),
        (4, 1) => write!(text, "{}", Snapshot::take().to_json()),
        (0..=4, _) => {
            return Err(note(Code::BadArgument, format_args!("{format} is no arenite_format: text is 0, JSON is 1")));
        }
        _ => return Err(note(Code::BadArgument, format_args!("{report} is no arenite_debug_report"))),
    };
    text.push('\n');
    Ok(text)
}

fn not_written() -> Noted {
    note(Code::BadArgument, format_args!("the report could not be written whole: what it was to go to has refused"))
}

/// # Safety
/// `write` may be called with a text, its length and `context` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_debug_report_write(
    report: c_int,
    format: c_int,
    write: Option<Write>,
    context: *mut c_void,
) -> bool {
    enter("arenite_debug_report_write", false, || {
        let write = write.ok_or_else(|| null("what writes"))?;
        let mut text = text_of(report, format)?.into_bytes();
        text.push(0);
        // SAFETY: the caller's promise; the text ends with 0 and lives until this returns.
        let written = unsafe { write(text.as_ptr().cast(), text.len() - 1, context) };
        if written { Ok(true) } else { Err(not_written()) }
    })
}

unsafe extern "C" {
    fn fwrite(bytes: *const c_void, size: usize, count: usize, file: *mut c_void) -> usize;
}

/// # Safety
/// `file` is NULL or an open `FILE *` of the C library that this library uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_debug_report_to_file(report: c_int, format: c_int, file: *mut c_void) -> bool {
    enter("arenite_debug_report_to_file", false, || {
        if file.is_null() {
            return Err(null("a FILE"));
        }
        let text = text_of(report, format)?;
        // SAFETY: the caller's promise, and a text of this length.
        let written = unsafe { fwrite(text.as_ptr().cast(), 1, text.len(), file) };
        if written == text.len() { Ok(true) } else { Err(not_written()) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_debug_report_to_fd(report: c_int, format: c_int, fd: c_int) -> bool {
    enter("arenite_debug_report_to_fd", false, || {
        let text = text_of(report, format)?;
        write_fd(fd, text.as_bytes()).map_err(|error| {
            note(Code::BadArgument, format_args!("the report could not be written to descriptor {fd}: {error}"))
        })?;
        Ok(true)
    })
}

unsafe extern "C" {
    #[cfg_attr(windows, link_name = "_write")]
    fn write(fd: c_int, bytes: *const c_void, count: Count) -> isize;
}

#[cfg(windows)]
type Count = std::ffi::c_uint;
#[cfg(not(windows))]
type Count = usize;

struct Fd(c_int);

impl io::Write for Fd {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(1 << 20);
        // SAFETY: so many readable bytes; a bad descriptor is refused by the system.
        let written = unsafe { write(self.0, bytes.as_ptr().cast(), count as Count) };
        // On Windows the answer is an `int`.
        #[cfg(windows)]
        let written = written as c_int as isize;
        usize::try_from(written).map_err(|_| io::Error::last_os_error())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_fd(fd: c_int, bytes: &[u8]) -> io::Result<()> {
    Fd(fd).write_all(bytes)
}

/// `arenite_integrity`.
#[repr(C)]
pub struct IntegrityC {
    faults: usize,
    allocators: usize,
    live: usize,
    held: usize,
    unchecked: usize,
    bytes: usize,
    complete: bool,
}

/// # Safety
/// `found` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_check_integrity(found: *mut IntegrityC) -> bool {
    enter("arenite_check_integrity", false, || {
        let report = check_integrity();
        if !found.is_null() {
            let figures = IntegrityC {
                faults: report.len(),
                allocators: report.allocators(),
                live: report.live(),
                held: report.held(),
                unchecked: report.unchecked(),
                bytes: report.bytes(),
                complete: report.is_complete(),
            };
            // SAFETY: the caller's promise.
            unsafe { found.write(figures) };
        }
        Ok(report.is_whole())
    })
}

/// `arenite_debug_stats`.
#[repr(C)]
pub struct DebugStatsC {
    allocators: usize,
    live_blocks: usize,
    live_bytes: usize,
    held_bytes: usize,
    unrecorded: u64,
    faults: u64,
}

/// # Safety
/// `stats` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_get_debug_stats(stats: *mut DebugStatsC) -> bool {
    enter("arenite_get_debug_stats", false, || {
        if stats.is_null() {
            return Err(null("the struct to fill"));
        }
        let now = DebugStats::take();
        let figures = DebugStatsC {
            allocators: now.allocators,
            live_blocks: now.live_blocks,
            live_bytes: now.live_bytes,
            held_bytes: now.held_bytes,
            unrecorded: now.unrecorded,
            faults: now.faults(),
        };
        // SAFETY: the caller's promise.
        unsafe { stats.write(figures) };
        Ok(true)
    })
}
