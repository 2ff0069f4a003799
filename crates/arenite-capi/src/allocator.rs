//! Allocators as values: `arenite/allocator.h`.

mod by_handle;
mod by_stack;
mod layers;
mod simple;
mod system;
mod vtable;

pub(crate) use vtable::{OwnC, Vtable};

use crate::{
    border::{Caller, enter, enter_from},
    context::Direct,
    error::{Code, Noted, note},
    given::{null, zero_size},
    handle::Handle,
    registry::{self, held},
};
use allocator_api2::alloc::Allocator as _;
use arenite_lib::{AllocError, Capabilities, DynAllocator, ResetError, ResetMode, context::CountedAlloc};
use std::{
    alloc::Layout,
    ffi::{c_char, c_uint, c_void},
    ptr::{NonNull, null_mut},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// `arenite_allocator *`: a handle in the shape of a pointer.
pub(crate) type AllocatorPtr = *mut c_void;

/// What an allocator's handle stands for.
pub(crate) struct Named {
    pub(crate) memory: CountedAlloc,
    /// What it is where no layer lies between.
    pub(crate) direct: Option<Direct>,
    /// Its handle, once it has one.
    handle: AtomicUsize,
    /// How many scopes have it as their current allocator. Relaxed: a count, which orders nothing.
    current: AtomicUsize,
}

held!(Arc<Named>, Allocator);

impl Named {
    pub(crate) fn find(allocator: AllocatorPtr) -> Result<&'static Arc<Self>, Noted> {
        registry::find::<Arc<Self>>(Handle::from_c(allocator))
    }

    pub(crate) fn handle(&self) -> AllocatorPtr {
        std::ptr::without_provenance_mut(self.handle.load(Ordering::Relaxed))
    }

    pub(crate) fn begin_current(&self) {
        self.current.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn end_current(&self) {
        self.current.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Makes an allocator C's.
fn insert(memory: impl DynAllocator + Send + Sync + 'static) -> Result<AllocatorPtr, Noted> {
    insert_direct(memory, None)
}

/// As [`insert`], and says what it is.
fn insert_direct(
    memory: impl DynAllocator + Send + Sync + 'static,
    direct: Option<Direct>,
) -> Result<AllocatorPtr, Noted> {
    let (handle, current) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let named = Arc::new(Named { memory: CountedAlloc::new(memory), direct, handle, current });
    let handle = registry::insert(Arc::clone(&named))?.to_c();
    // Relaxed: nobody has the handle yet.
    named.handle.store(handle.addr(), Ordering::Relaxed);
    Ok(handle)
}

/// The layout of a request; alignment 0 is 16.
pub(crate) fn layout(size: usize, alignment: usize) -> Result<Layout, Noted> {
    if size == 0 {
        return Err(zero_size());
    }
    let alignment = if alignment == 0 { 16 } else { alignment };
    if !alignment.is_power_of_two() || alignment > 2 << 20 {
        return Err(note(
            Code::BadAlignment,
            format_args!("{alignment} is no alignment: pass a power of two up to 2 MiB, or 0 for 16"),
        ));
    }
    Layout::from_size_align(size, alignment).map_err(|_| {
        note(Code::Overflow, format_args!("no memory has {size} bytes: check what was added or multiplied"))
    })
}

/// Takes a block, and says why not.
pub(crate) fn take(memory: &CountedAlloc, layout: Layout) -> Result<NonNull<u8>, Noted> {
    simple::explained(|| memory.try_allocate(layout).map(NonNull::cast), Noted::from)
}

/// Gives a block back, and says why not.
///
/// # Safety
/// If it is a live block of `memory`, it has this layout, and nobody uses it any more.
pub(crate) unsafe fn give(memory: &CountedAlloc, block: NonNull<u8>, layout: Layout) -> Result<(), Noted> {
    // SAFETY: the caller's promise.
    simple::explained(|| unsafe { memory.try_deallocate(block, layout) }, Noted::from)
}

/// Changes a block's size, in place or by moving it.
///
/// # Safety
/// A live block of `memory` with this layout; `size` is not 0, and a layout with its alignment.
pub(crate) unsafe fn change(
    memory: &CountedAlloc,
    block: NonNull<u8>,
    old: Layout,
    size: usize,
) -> Result<NonNull<u8>, Noted> {
    let new = layout(size, old.align())?;
    let refused = |_| -> Noted {
        note(
            Code::OutOfMemory,
            format_args!("a block of {} bytes cannot become one of {size}: its allocator has refused", old.size()),
        )
    };
    simple::explained(
        // SAFETY: the caller's promise; which of the two is called, the sizes say.
        || unsafe {
            if size >= old.size() { memory.grow(block, old, new) } else { memory.shrink(block, old, new) }
                .map(NonNull::cast)
        },
        refused,
    )
}

impl From<ResetError> for Noted {
    #[cold]
    fn from(error: ResetError) -> Self {
        note(if error == ResetError::Claimed { Code::Busy } else { Code::Unsupported }, format_args!("{error}"))
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_destroy(allocator: AllocatorPtr) -> bool {
    enter("arenite_allocator_destroy", false, || {
        if allocator.is_null() {
            return Ok(true);
        }
        drop(registry::remove::<Arc<Named>>(Handle::from_c(allocator), |named| {
            match named.current.load(Ordering::Relaxed) {
                0 => Ok(()),
                scopes => Err(note(
                    Code::Busy,
                    format_args!("the allocator is the current one of {scopes} open scopes; end them first"),
                )),
            }
        })?);
        Ok(true)
    })
}

fn alloc_from(caller: Caller, allocator: AllocatorPtr, size: usize, alignment: usize) -> *mut c_void {
    enter_from(caller, null_mut(), || {
        let named = Named::find(allocator)?;
        Ok(take(&named.memory, layout(size, alignment)?)?.as_ptr().cast())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_alloc(allocator: AllocatorPtr, size: usize, alignment: usize) -> *mut c_void {
    alloc_from(Caller::of("arenite_allocator_alloc"), allocator, size, alignment)
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_allocator_alloc_at(
    allocator: AllocatorPtr,
    size: usize,
    alignment: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    alloc_from(unsafe { Caller::at("arenite_allocator_alloc", file, line) }, allocator, size, alignment)
}

/// # Safety
/// If `block` is a live block of the allocator, it has this size and alignment, and nobody uses it any more.
unsafe fn free_to(caller: Caller, allocator: AllocatorPtr, block: *mut c_void, size: usize, alignment: usize) -> bool {
    enter_from(caller, false, || {
        let Some(block) = NonNull::new(block.cast()) else { return Ok(true) };
        let named = Named::find(allocator)?;
        // SAFETY: the caller's promise.
        unsafe { give(&named.memory, block, layout(size, alignment)?) }?;
        Ok(true)
    })
}

/// # Safety
/// If `block` is a live block of the allocator, it has this size and alignment, and nobody uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_allocator_free(
    allocator: AllocatorPtr,
    block: *mut c_void,
    size: usize,
    alignment: usize,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { free_to(Caller::of("arenite_allocator_free"), allocator, block, size, alignment) }
}

/// # Safety
/// As [`arenite_allocator_free`]; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_allocator_free_at(
    allocator: AllocatorPtr,
    block: *mut c_void,
    size: usize,
    alignment: usize,
    file: *const c_char,
    line: c_uint,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { free_to(Caller::at("arenite_allocator_free", file, line), allocator, block, size, alignment) }
}

/// # Safety
/// NULL, or a live block of the allocator with this size and alignment, of which nobody uses the old address when it moves.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_allocator_realloc(
    allocator: AllocatorPtr,
    block: *mut c_void,
    old_size: usize,
    size: usize,
    alignment: usize,
) -> *mut c_void {
    enter("arenite_allocator_realloc", null_mut(), || {
        let named = Named::find(allocator)?;
        let new = layout(size, alignment)?;
        let Some(block) = NonNull::new(block.cast()) else {
            return Ok(take(&named.memory, new)?.as_ptr().cast());
        };
        // SAFETY: the caller's promise.
        Ok(unsafe { change(&named.memory, block, layout(old_size, alignment)?, size) }?.as_ptr().cast())
    })
}

/// # Safety
/// A live block of the allocator with this size and alignment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_allocator_resize(
    allocator: AllocatorPtr,
    block: *mut c_void,
    old_size: usize,
    size: usize,
    alignment: usize,
) -> bool {
    enter("arenite_allocator_resize", false, || {
        let named = Named::find(allocator)?;
        let block = NonNull::new(block.cast()).ok_or_else(|| null("a block"))?;
        let (old, new) = (layout(old_size, alignment)?, layout(size, alignment)?);
        // SAFETY: the caller's promise.
        if unsafe { named.memory.resize(block, old, new.size()) } {
            return Ok(true);
        }
        Err(note(
            Code::NotLast,
            format_args!("the block of {old_size} bytes cannot have {size} where it is; take another and copy"),
        ))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_owns(allocator: AllocatorPtr, address: *const c_void) -> bool {
    enter("arenite_allocator_owns", false, || Ok(Named::find(allocator)?.memory.owns(address.cast())))
}

/// # Safety
/// No block of the allocator, nor of those that it is made of, is used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_allocator_reset(allocator: AllocatorPtr) -> bool {
    enter("arenite_allocator_reset", false, || {
        let named = Named::find(allocator)?;
        // SAFETY: the caller's promise.
        simple::explained(|| unsafe { named.memory.reset(ResetMode::Keep) }, Noted::from)?;
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_promises(allocator: AllocatorPtr) -> c_uint {
    enter("arenite_allocator_promises", 0, || Ok(bits_of(Named::find(allocator)?.memory.capabilities())))
}

/// The promises in the order of their bits in C.
const PROMISES: [Capabilities; 13] = [
    Capabilities::FREE,
    Capabilities::FREE_LAST,
    Capabilities::RESIZE,
    Capabilities::OWNS,
    Capabilities::RESET,
    Capabilities::FINDS_DOUBLE_FREE,
    Capabilities::FINDS_FOREIGN_FREE,
    Capabilities::FINDS_WRONG_SIZE,
    Capabilities::THREADS,
    Capabilities::BOUNDED,
    Capabilities::COUNTS,
    Capabilities::ONE_SIZE,
    Capabilities::LIFO,
];

fn bits_of(promises: Capabilities) -> c_uint {
    let bits = PROMISES.iter().enumerate();
    bits.fold(0, |bits, (bit, &one)| bits | c_uint::from(promises.contains(one)) << bit)
}

fn promises_of(bits: c_uint) -> Result<Capabilities, Noted> {
    if bits >> PROMISES.len() != 0 {
        return Err(note(Code::BadArgument, format_args!("{bits:#x} has bits that are no promise")));
    }
    let all = PROMISES.iter().enumerate();
    Ok(all.filter(|(bit, _)| bits >> bit & 1 != 0).fold(Capabilities::NONE, |all, (_, &one)| all.with(one)))
}

/// `arenite_allocator_stats`: figures that are not known are `SIZE_MAX`.
#[repr(C)]
pub struct StatsC {
    used: usize,
    held: usize,
    live: usize,
}

/// # Safety
/// `stats` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_allocator_stats_get(allocator: AllocatorPtr, stats: *mut StatsC) -> bool {
    enter("arenite_allocator_stats_get", false, || {
        let now = Named::find(allocator)?.memory.stats();
        if stats.is_null() {
            return Err(null("the struct to fill"));
        }
        let known = |figure: Option<usize>| figure.unwrap_or(usize::MAX);
        // SAFETY: the caller's promise.
        unsafe { stats.write(StatsC { used: known(now.used), held: known(now.held), live: known(now.live) }) };
        Ok(true)
    })
}

/// The refusal of something that says no more than no.
fn refused(layout: Layout) -> AllocError {
    AllocError::refused(layout)
}
