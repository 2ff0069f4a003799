//! Faults as C sees them.

use super::{kind, strings::Strings};
use crate::{border::enter, given::Context, owned::calling_back};
use arenite_lib::debug::{self, Fault, FaultDetail, FaultKind, Site};
use std::{
    ffi::{c_char, c_int, c_uint, c_void},
    ptr::without_provenance,
};

/// `arenite_place`.
#[repr(C)]
pub(super) struct PlaceC {
    file: *const c_char,
    line: c_uint,
}

impl PlaceC {
    pub(super) fn of(site: Site, strings: &Strings) -> Self {
        Self { file: strings.or_null(site.file()), line: site.line().unwrap_or(0) }
    }
}

/// `arenite_fault`.
#[repr(C)]
struct FaultC {
    kind: c_int,
    name: *const c_char,
    allocator: *const c_char,
    node: *const c_char,
    tag: c_uint,
    address: *const c_void,
    size: usize,
    alignment: usize,
    detail: *const c_char,
    allocated: PlaceC,
    first: PlaceC,
    second: PlaceC,
    remedy: *const c_char,
    text: *const c_char,
}

impl FaultC {
    fn of(fault: &Fault, strings: &Strings) -> Self {
        let (size, alignment) = fault.request.unwrap_or((0, 0));
        Self {
            kind: fault.kind as c_int,
            name: strings.of(fault.kind),
            allocator: strings.of(fault.owner.allocator),
            node: strings.of(&*fault.owner.name),
            tag: fault.owner.tag.map_or(0, |tag| c_uint::from(tag.number()) + 1),
            address: without_provenance(fault.address.unwrap_or(0)),
            size,
            alignment,
            detail: strings.or_null((fault.detail != FaultDetail::None).then_some(fault.detail)),
            allocated: PlaceC::of(fault.allocated, strings),
            first: PlaceC::of(fault.first, strings),
            second: PlaceC::of(fault.second, strings),
            remedy: strings.of(fault.kind.remedy()),
            text: strings.of(fault),
        }
    }
}

/// `arenite_fault_callback`.
type Callback = unsafe extern "C" fn(*const c_void, *mut c_void);

/// # Safety
/// `callback` may be called with a fault and `context` from any thread, until another is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_on_fault(callback: Option<Callback>, context: *mut c_void) {
    enter("arenite_on_fault", (), || {
        let Some(callback) = callback else {
            debug::to_stderr();
            return Ok(());
        };
        let context = Context(context);
        debug::on_fault(move |fault| {
            let strings = Strings::default();
            let fault = FaultC::of(fault, &strings);
            // SAFETY: the caller's promise; the fault and its texts live until this returns.
            calling_back(|| unsafe { callback((&raw const fault).cast(), context.get()) });
        });
        Ok(())
    });
}

/// The names of the kinds, each with a 0, for ever.
#[unsafe(no_mangle)]
pub extern "C" fn arenite_fault_name(fault: c_int) -> *const c_char {
    const NAMES: [&std::ffi::CStr; FaultKind::ALL.len()] = [
        c"double free",
        c"foreign free",
        c"wrong size",
        c"wrong thread",
        c"out of order",
        c"stale restore",
        c"scratch conflict",
        c"concurrent use",
        c"ring overtaken",
        c"budget crossed",
        c"stale handle",
        c"overrun",
        c"write after free",
        c"use after free",
        c"use after reset",
        c"leak",
    ];
    enter("arenite_fault_name", c"".as_ptr(), || {
        let kind = kind(fault)?;
        debug_assert_eq!(NAMES[kind as usize].to_str(), Ok(kind.name()));
        Ok(NAMES[kind as usize].as_ptr())
    })
}
