//! The suite on C's own allocators: `arenite/conformance.h`.

use crate::{
    allocator::{OwnC, Vtable},
    border::enter,
    error::{Code, Noted, note},
    given::{self, Options, null},
};
use arenite_lib::{
    Arena, FixedBuffer, Heap,
    conformance::{Failure, Report, SharedTest, Suite},
    layer::Limited,
    pool::BlockPoolOptions,
};
use std::{
    ffi::{CString, c_char, c_int, c_uint, c_void},
    ptr::null_mut,
};

/// `arenite_check`.
#[repr(C)]
pub struct CheckC {
    name: *const c_char,
    result: c_int,
    why: *const c_char,
    seed: c_uint,
}

/// `arenite_check_callback`.
type Callback = unsafe extern "C" fn(*const CheckC, *mut c_void);

/// `arenite_conformance_options`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct OptionsC {
    size: usize,
    make: Option<unsafe extern "C" fn(*mut c_void) -> *mut c_void>,
    unmake: Option<unsafe extern "C" fn(*mut c_void, *mut c_void)>,
    context: *mut c_void,
    seed: c_uint,
}

// SAFETY: begins with its size; pointers, integers and optional functions, for which zeros are one.
unsafe impl Options for OptionsC {
    const NAME: &'static str = "arenite_conformance_options";
}

const PASSED: c_int = 0;
const SKIPPED: c_int = 1;
const FAILED: c_int = 2;

/// Tells C of each check.
#[derive(Clone, Copy)]
struct Teller(Option<Callback>, *mut c_void);

impl Teller {
    fn tell(self, name: &str, result: c_int, why: Option<&str>, seed: u64) {
        let Some(callback) = self.0 else { return };
        let text = |text: &str| CString::new(text.replace('\0', "")).unwrap_or_default();
        let (name, why) = (text(name), why.map(text));
        let why = why.as_ref().map_or(std::ptr::null(), |why| why.as_ptr());
        let check = CheckC { name: name.as_ptr(), result, why, seed: seed as c_uint };
        // SAFETY: the promise of who passed it; the check and its texts live until this returns.
        unsafe { callback(&raw const check, self.1) }
    }

    fn told(self, outcome: Result<Report, Failure>) -> Result<bool, Noted> {
        match outcome {
            Ok(report) => {
                report.passed().for_each(|check| self.tell(check, PASSED, None, 0));
                report.skipped().for_each(|(check, why)| self.tell(check, SKIPPED, Some(why), 0));
                Ok(true)
            }
            Err(failure) => {
                self.tell(failure.check(), FAILED, Some(failure.what()), failure.seed());
                Err(note(Code::BrokenPromise, format_args!("{failure}")))
            }
        }
    }
}

/// What a fresh allocator of C's is passed, and its end.
struct Made(OptionsC, *mut c_void);

impl Drop for Made {
    fn drop(&mut self) {
        if let Some(unmake) = self.0.unmake {
            // SAFETY: by the promise of who passed it: what `make` has made, once.
            unsafe { unmake(self.0.context, self.1) }
        }
    }
}

/// # Safety
/// `table` is NULL or a vtable, `options` NULL or options, whose functions keep what the headers ask of them; `callback` may
/// be called with a check and `context`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_conformance_run(
    table: *const Vtable,
    options: *const OptionsC,
    callback: Option<Callback>,
    context: *mut c_void,
) -> bool {
    enter("arenite_conformance_run", false, || {
        if table.is_null() {
            return Err(null("a vtable"));
        }
        // SAFETY: the caller's promise.
        let (vtable, options) = unsafe { (given::options(table)?, given::options(options)?) };
        // SAFETY: as above.
        let who = unsafe { given::name(vtable.name) }?.unwrap_or_else(|| "an allocator of the program's".to_owned());
        // Asked once, so that a vtable with a fault is refused before anything is called.
        // SAFETY: as above; nothing is called.
        drop(unsafe { OwnC::new(table, null_mut(), false) }?);
        let suite = Suite::new(who);
        let suite = if options.seed == 0 { suite } else { suite.seed(u64::from(options.seed)) };
        let outcome = suite.try_run_shared(|test: &mut SharedTest<'_>| {
            // SAFETY: the caller's promise.
            let made = options.make.map(|make| unsafe { make(options.context) });
            if options.make.is_some() && made.is_some_and(|made| made.is_null()) {
                // The suite says that there was no allocator to check.
                return;
            }
            let made = Made(options, made.unwrap_or(options.context));
            // SAFETY: the caller's promise; asked above.
            if let Ok(own) = unsafe { OwnC::new(table, made.1, false) } {
                test.on(&own.into_allocator());
            }
        });
        Teller(callback, context).told(outcome)
    })
}

/// # Safety
/// `callback` may be called with a check and `context`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_self_test(callback: Option<Callback>, context: *mut c_void) -> bool {
    enter("arenite_self_test", false, || {
        let teller = Teller(callback, context);
        let arena = Suite::new("an arena").try_run(|test| test.on(&&Arena::new()));
        let heap = Suite::new("a heap").try_run_shared(|test| test.on(&&Heap::new()));
        let pool = Suite::new("a pool").try_run(|test| test.on(&&BlockPoolOptions::new(64).build_chunked()));
        let fixed = Suite::new("a fixed buffer").try_run(|test| test.on(&&FixedBuffer::<4096>::new()));
        let limited = Suite::new("a limited heap").try_run_shared(|test| {
            test.on(&Limited::new(&Heap::new(), 64 << 20));
        });
        for outcome in [arena, heap, pool, fixed, limited] {
            teller.told(outcome)?;
        }
        Ok(true)
    })
}
