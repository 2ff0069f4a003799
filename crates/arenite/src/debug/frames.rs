//! The machine's stack: where calls return to, and what those addresses are called.
//!
//! The standard library's `Backtrace` cannot serve here: it allocates from the program's global allocator as it captures,
//! and takes no addresses that were captured before. What is below it can: the unwinder that it links anyway.

use core::fmt;

/// The most frames that are taken of a stack.
pub(super) const MOST: usize = 32;

/// Fills `addresses` with where calls return to, the innermost first; how many. 0 where the platform cannot tell.
///
/// Not on 32-bit ARM, whose own unwinding interface lacks `_Unwind_GetIP`.
#[cfg(all(feature = "std", unix, not(any(miri, target_arch = "arm"))))]
#[inline(never)]
pub(super) fn capture(addresses: &mut [usize; MOST]) -> usize {
    use core::ffi::{c_int, c_void};

    // Of the unwinder's own interface (Itanium C++ ABI, exception handling, level I), which the standard library links.
    unsafe extern "C" {
        fn _Unwind_Backtrace(each: extern "C" fn(*mut c_void, *mut c_void) -> c_int, argument: *mut c_void) -> c_int;
        fn _Unwind_GetIP(context: *mut c_void) -> usize;
    }

    struct Taken<'a> {
        addresses: &'a mut [usize; MOST],
        count: usize,
    }

    extern "C" fn each(context: *mut c_void, taken: *mut c_void) -> c_int {
        const GO_ON: c_int = 0;
        const END_OF_STACK: c_int = 5;
        // SAFETY: the argument that was given to `_Unwind_Backtrace` below, which nobody else uses until that returns.
        let taken = unsafe { &mut *taken.cast::<Taken<'_>>() };
        // SAFETY: the unwinder's own context, valid during this call.
        let address = unsafe { _Unwind_GetIP(context) };
        if address == 0 || taken.count == MOST {
            return END_OF_STACK;
        }
        taken.addresses[taken.count] = address;
        taken.count += 1;
        GO_ON
    }

    let mut taken = Taken { addresses, count: 0 };
    // SAFETY: the unwinder calls `each` with this argument while `taken` lives; `each` does not unwind.
    unsafe { _Unwind_Backtrace(each, (&raw mut taken).cast()) };
    taken.count
}

/// Fills `addresses` with where calls return to, the innermost first; how many.
#[cfg(all(feature = "std", windows, not(miri)))]
#[inline(never)]
pub(super) fn capture(addresses: &mut [usize; MOST]) -> usize {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn RtlCaptureStackBackTrace(skip: u32, most: u32, addresses: *mut usize, hash: *mut u32) -> u16;
    }
    // SAFETY: `addresses` has room for `MOST` pointers; no hash is asked for.
    usize::from(unsafe { RtlCaptureStackBackTrace(0, MOST as u32, addresses.as_mut_ptr(), core::ptr::null_mut()) })
}

/// Nothing here knows the stack.
#[cfg(not(all(feature = "std", any(all(unix, not(target_arch = "arm")), windows), not(miri))))]
pub(super) fn capture(_: &mut [usize; MOST]) -> usize {
    0
}

/// An address that a call returns to, for people. With the feature `symbols`: function, file and line, of inlined
/// functions too; finding them allocates. Without it: module and offset, which `addr2line -e module offset` turns into
/// file and line, and the function's name where the module exports it.
pub(super) struct Frame(pub(super) usize);

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !print_symbols(self.0, f)? {
            // The call itself, not what comes after it.
            print_module(self.0.saturating_sub(1), f)?;
        }
        Ok(())
    }
}

/// The address of a static, for people: its name with the feature `symbols`, else module and offset, which `nm` turns into
/// its name, and the name where the module exports it.
#[cfg(feature = "std")]
pub(crate) struct Datum(pub(crate) usize);

#[cfg(feature = "std")]
impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if print_symbols(self.0, f)? {
            return Ok(());
        }
        print_module(self.0, f)
    }
}

/// Prints the innermost function at a return address that is neither an allocator's nor the standard library's. `false`:
/// none is known there, and nothing was printed.
#[cfg(all(feature = "symbols", not(miri)))]
pub(super) fn print_caller(address: usize, f: &mut fmt::Formatter<'_>) -> Result<bool, fmt::Error> {
    let mut printed = Ok(false);
    backtrace::resolve(core::ptr::without_provenance_mut(address.saturating_sub(1)), |symbol| {
        let (Ok(false), Some(name)) = (printed, symbol.name()) else { return };
        let function = alloc::format!("{name:#}");
        // Implementations for any type do not name their crate; the toolchain's sources keep their path.
        let of_the_toolchain = |path: &str| path.starts_with("/rustc/") || path.contains("/rustlib/src/rust/");
        let file = symbol.filename().and_then(std::path::Path::to_str);
        if is_plumbing(&function) || file.is_some_and(of_the_toolchain) {
            return;
        }
        printed = match (symbol.filename(), symbol.lineno()) {
            (Some(file), Some(line)) => write!(f, "{function} at {}:{line}", file.display()),
            _ => f.write_str(&function),
        }
        .map(|()| true);
    });
    printed
}

#[cfg(not(all(feature = "symbols", not(miri))))]
pub(super) fn print_caller(_: usize, _: &mut fmt::Formatter<'_>) -> Result<bool, fmt::Error> {
    Ok(false)
}

/// Whether a function's name says that it passes a request on: this library's, the standard library's, the compiler's.
#[cfg(any(test, all(feature = "symbols", not(miri))))]
fn is_plumbing(function: &str) -> bool {
    let path = function.trim_start_matches(['<', '&']);
    ["arenite::", "alloc::", "core::", "std::", "allocator_api2::", "hashbrown::", "__rust", "__rg", "_Unwind"]
        .iter()
        .any(|of| path.starts_with(of))
}

/// `false`: nothing is known of the address, and nothing was printed.
#[cfg(all(feature = "symbols", not(miri)))]
fn print_symbols(address: usize, f: &mut fmt::Formatter<'_>) -> Result<bool, fmt::Error> {
    let mut printed = Ok(false);
    backtrace::resolve(core::ptr::without_provenance_mut(address), |symbol| {
        let (Ok(more), Some(name)) = (printed, symbol.name()) else { return };
        let between = if more { ", in " } else { "" };
        let print = |f: &mut fmt::Formatter<'_>| {
            write!(f, "{between}{name:#}")?;
            match (symbol.filename(), symbol.lineno()) {
                (Some(file), Some(line)) => write!(f, " at {}:{line}", file.display()),
                _ => Ok(()),
            }
        };
        printed = print(f).map(|()| true);
    });
    printed
}

#[cfg(not(all(feature = "symbols", not(miri))))]
fn print_symbols(_: usize, _: &mut fmt::Formatter<'_>) -> Result<bool, fmt::Error> {
    Ok(false)
}

#[cfg(all(feature = "std", unix, not(miri)))]
fn print_module(address: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use core::{
        ffi::{CStr, c_char},
        mem::MaybeUninit,
    };
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: `dladdr` takes any address and writes one `Dl_info`.
    if unsafe { libc::dladdr(core::ptr::without_provenance(address), info.as_mut_ptr()) } == 0 {
        return write!(f, "{address:#x}");
    }
    // SAFETY: written by `dladdr`, and zeroed before: a struct of pointers.
    let info = unsafe { info.assume_init() };
    let print = |f: &mut fmt::Formatter<'_>, name: *const c_char| {
        if name.is_null() {
            return f.write_str("?");
        }
        // SAFETY: a name of `dladdr` ends with a NUL and stays as long as its module is loaded.
        let name = unsafe { CStr::from_ptr(name) };
        name.to_bytes().utf8_chunks().try_for_each(|chunk| f.write_str(chunk.valid()))
    };
    print(f, info.dli_fname)?;
    write!(f, " {:#x}", address.wrapping_sub(info.dli_fbase.addr()))?;
    if !info.dli_sname.is_null() {
        f.write_str(" (")?;
        print(f, info.dli_sname)?;
        f.write_str(")")?;
    }
    Ok(())
}

#[cfg(not(all(feature = "std", unix, not(miri))))]
fn print_module(address: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{address:#x}")
}

#[cfg(test)]
mod tests {
    use super::is_plumbing;

    #[test]
    fn what_passes_a_request_on_is_told_from_who_made_it() {
        for passes in [
            "arenite::context::global::Global<H>::alloc_cold",
            "<alloc::string::String as core::clone::Clone>::clone",
            "__rustc::__rust_alloc",
            "core::ops::function::FnOnce::call_once",
        ] {
            assert!(is_plumbing(passes), "{passes}");
        }
        for asks in ["shop::serve", "arenite_game::level", "<shop::Order as core::clone::Clone>::clone", "main"] {
            assert!(!is_plumbing(asks), "{asks}");
        }
    }
}
