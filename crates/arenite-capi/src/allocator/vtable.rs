//! An allocator that C brings.

use super::{
    AllocatorPtr, insert, promises_of, refused,
    simple::{By, Simple},
};
use crate::{
    border::enter,
    error::{Code, Noted, note},
    given::{self, Context, null},
};
use arenite_lib::{AllocError, AllocatorStats, Capabilities, FreeError, FreeErrorKind, NodeId, ResetError, ResetMode};
use std::{
    alloc::Layout,
    ffi::{c_char, c_uint, c_void},
    ptr::{NonNull, null_mut},
};

/// `arenite_allocator_vtable`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Vtable {
    size: usize,
    pub(crate) name: *const c_char,
    promises: c_uint,
    alloc: Option<unsafe extern "C" fn(*mut c_void, usize, usize) -> *mut c_void>,
    free: Option<unsafe extern "C" fn(*mut c_void, *mut c_void, usize, usize) -> bool>,
    resize: Option<unsafe extern "C" fn(*mut c_void, *mut c_void, usize, usize, usize) -> bool>,
    owns: Option<unsafe extern "C" fn(*mut c_void, *const c_void) -> bool>,
    reset: Option<unsafe extern "C" fn(*mut c_void) -> bool>,
    destroy: Option<unsafe extern "C" fn(*mut c_void)>,
}

// SAFETY: begins with its size; pointers, integers and optional functions, for which zeros are one.
unsafe impl given::Options for Vtable {
    const NAME: &'static str = "arenite_allocator_vtable";
}

/// The allocator: functions, and what they are passed.
pub(crate) struct OwnC {
    table: Vtable,
    context: Context,
    promises: Capabilities,
    /// Whether its end is told.
    destroys: bool,
}

// SAFETY: functions and a name that is not read here. That calls from several threads are fine is the promise of who sets
// the flag for it; without it the header asks for one thread at a time.
unsafe impl Send for OwnC {}
// SAFETY: as above.
unsafe impl Sync for OwnC {}

impl OwnC {
    /// # Safety
    /// `table` is NULL or a vtable, whose functions keep what the header asks of them.
    pub(crate) unsafe fn new(table: *const Vtable, context: *mut c_void, destroys: bool) -> Result<Self, Noted> {
        if table.is_null() {
            return Err(null("a vtable"));
        }
        // SAFETY: the caller's promise.
        let table = unsafe { given::options(table) }?;
        let promises = promises_of(table.promises)?;
        for (given, name) in [(table.alloc.is_some(), "alloc"), (table.free.is_some(), "free")] {
            if !given {
                return Err(note(
                    Code::Null,
                    format_args!("the vtable has no {name}; one that never frees has a free that returns true"),
                ));
            }
        }
        for (promise, given, name) in [
            (Capabilities::RESIZE, table.resize.is_some(), "resize"),
            (Capabilities::OWNS, table.owns.is_some(), "owns"),
            (Capabilities::RESET, table.reset.is_some(), "reset"),
        ] {
            if promises.contains(promise) && !given {
                return Err(note(
                    Code::BadArgument,
                    format_args!("the vtable promises {name} and has no such function"),
                ));
            }
        }
        if promises.contains(Capabilities::COUNTS) {
            return Err(note(Code::BadArgument, format_args!("a vtable tells no figures: it cannot promise to count")));
        }
        Ok(Self { table, context: Context(context), promises, destroys })
    }

    pub(crate) fn into_allocator(self) -> impl arenite_lib::DynAllocator + Send + Sync + 'static {
        By(self)
    }
}

impl Drop for OwnC {
    fn drop(&mut self) {
        if let Some(destroy) = self.table.destroy.filter(|_| self.destroys) {
            // SAFETY: by the promise of `new`, once, and last.
            unsafe { destroy(self.context.get()) }
        }
    }
}

impl Simple for OwnC {
    fn take(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        // SAFETY: by the promise of `new`.
        let block = self.table.alloc.map(|alloc| unsafe { alloc(self.context.get(), layout.size(), layout.align()) });
        block.and_then(|block| NonNull::new(block.cast())).ok_or_else(|| refused(layout))
    }

    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        let given = self.table.free.is_some_and(|free| {
            // SAFETY: by the promise of `new`, and the caller's.
            unsafe { free(self.context.get(), block.as_ptr().cast(), layout.size(), layout.align()) }
        });
        let refused = || {
            let address = block.addr().get();
            FreeError::new(FreeErrorKind::Foreign, address, "an allocator of the program's", NodeId::ANONYMOUS)
        };
        if given { Ok(()) } else { Err(refused()) }
    }

    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, size: usize) -> bool {
        self.table.resize.is_some_and(|resize| {
            // SAFETY: by the promise of `new`, and the caller's.
            unsafe { resize(self.context.get(), block.as_ptr().cast(), old.size(), size, old.align()) }
        })
    }

    fn owns(&self, address: *const u8) -> bool {
        // SAFETY: by the promise of `new`.
        self.table.owns.is_some_and(|owns| unsafe { owns(self.context.get(), address.cast()) })
    }

    fn capabilities(&self) -> Capabilities {
        self.promises
    }

    unsafe fn reset(&self, _: ResetMode) -> Result<(), ResetError> {
        // SAFETY: by the promise of `new`, and the caller's.
        let done = self.table.reset.is_some_and(|reset| unsafe { reset(self.context.get()) });
        if done { Ok(()) } else { Err(ResetError::Unsupported) }
    }

    fn stats(&self) -> AllocatorStats {
        AllocatorStats::default()
    }
}

/// # Safety
/// `table` is NULL or a vtable whose functions keep what the header asks of them, as long as the allocator lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_allocator_create(table: *const Vtable, context: *mut c_void) -> AllocatorPtr {
    enter("arenite_allocator_create", null_mut(), || {
        // SAFETY: the caller's promise.
        insert(unsafe { OwnC::new(table, context, true) }?.into_allocator())
    })
}
