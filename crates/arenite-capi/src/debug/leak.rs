//! What is live, for C to walk.

use super::{fault::PlaceC, strings::Strings};
use crate::{border::enter, given::null};
use arenite_lib::debug::{self, LeakReport};
use std::ffi::{c_char, c_uint, c_void};

/// `arenite_leak`.
#[repr(C)]
pub struct LeakC {
    site: PlaceC,
    allocator: *const c_char,
    node: *const c_char,
    tag: c_uint,
    blocks: usize,
    bytes: usize,
}

/// `arenite_leak_callback`.
pub(crate) type Callback = unsafe extern "C" fn(*const LeakC, *mut c_void) -> bool;

/// Tells C of each, until it has enough.
///
/// # Safety
/// `callback` may be called with a leak and `context` meanwhile.
pub(crate) unsafe fn each(leaks: &LeakReport, callback: Callback, context: *mut c_void) {
    for leak in leaks.iter() {
        let strings = Strings::default();
        let leak = LeakC {
            site: PlaceC::of(leak.site, &strings),
            allocator: strings.of(leak.allocator),
            node: strings.of(&*leak.name),
            tag: leak.tag.map_or(0, |tag| c_uint::from(tag.number()) + 1),
            blocks: leak.blocks,
            bytes: leak.bytes,
        };
        // SAFETY: the caller's promise; the leak and its texts live until this returns.
        if !unsafe { callback(&raw const leak, context) } {
            break;
        }
    }
}

/// # Safety
/// `callback` may be called with a leak and `context` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_each_leak(callback: Option<Callback>, context: *mut c_void) -> bool {
    enter("arenite_each_leak", false, || {
        let callback = callback.ok_or_else(|| null("a callback"))?;
        // SAFETY: the caller's promise.
        unsafe { each(&debug::leaks(), callback, context) };
        Ok(true)
    })
}

/// # Safety
/// `bytes` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_leak_count(bytes: *mut usize) -> usize {
    enter("arenite_leak_count", 0, || {
        let leaks = debug::leaks();
        if !bytes.is_null() {
            // SAFETY: the caller's promise.
            unsafe { bytes.write(leaks.bytes()) };
        }
        Ok(leaks.blocks())
    })
}
