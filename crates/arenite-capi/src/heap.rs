//! Heaps: `arenite/heap.h`.

mod figures;
mod options;

use crate::{
    border::{Caller, enter, enter_from},
    compat,
    error::{Code, Noted, note},
    given::{product, zero_size},
    handle::Handle,
    owned::not_in_a_callback,
    registry::{self, held},
};
use arenite_lib::{Heap, OwnPart};
use std::{
    alloc::Layout,
    ffi::{CStr, c_char, c_uint, c_void},
    ptr::{NonNull, null, null_mut},
    sync::Arc,
};

/// `arenite_heap *`: a handle in the shape of a pointer.
pub(crate) type HeapPtr = *mut c_void;

/// A heap, and what the thread that made it has of it.
pub(crate) struct HeapOf {
    pub(crate) heap: Arc<Heap>,
    own: OwnPart,
}

held!(HeapOf, Heap);

impl HeapOf {
    /// That of the calling thread.
    pub(crate) fn new(heap: Heap) -> Self {
        Self { own: heap.own_part(), heap: Arc::new(heap) }
    }
}

/// Blocks lie at multiples of 16, as those of `malloc`.
const ALIGN: usize = 16;

/// The heap, for who may have to keep it alive.
pub(crate) fn shared(heap: Handle) -> Result<&'static Arc<Heap>, Noted> {
    registry::find::<HeapOf>(heap).map(|held| &held.heap)
}

/// As [`shared`], without a word of why not.
pub(crate) fn peek_shared(heap: Handle) -> Option<&'static Arc<Heap>> {
    registry::peek::<HeapOf>(heap).map(|held| &held.heap)
}

fn find(heap: HeapPtr) -> Result<&'static Heap, Noted> {
    shared(Handle::from_c(heap)).map(Arc::as_ref)
}

fn layout(size: usize, align: usize) -> Result<Layout, Noted> {
    if size == 0 {
        return Err(zero_size());
    }
    if !align.is_power_of_two() || align > 2 << 20 {
        return Err(note(
            Code::BadAlignment,
            format_args!("{align} is no alignment; they are powers of two from 1 to 2 MiB"),
        ));
    }
    Layout::from_size_align(size, align.max(ALIGN)).map_err(|_| {
        note(Code::Overflow, format_args!("no memory has {size} bytes: check the size that was added or multiplied"))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_destroy(heap: HeapPtr) -> bool {
    enter("arenite_heap_destroy", false, || {
        if !heap.is_null() {
            let heap = Handle::from_c(heap);
            let not_a_pool = |_: &HeapOf| {
                not_in_a_callback("a heap")?;
                compat::forget(heap);
                Ok(())
            };
            drop(registry::remove(heap, not_a_pool)?);
        }
        Ok(true)
    })
}

fn alloc(caller: Caller, heap: HeapPtr, size: usize, align: usize) -> *mut c_void {
    enter_from(caller, null_mut(), || Ok(find(heap)?.try_alloc(layout(size, align)?)?.as_ptr().cast()))
}

/// A layout that is not 0 and not too large, without a word of why not.
#[inline(always)]
fn layout_at_hand(size: usize) -> Option<Layout> {
    // SAFETY: a size up to isize::MAX when it is rounded up to the alignment, a power of two.
    (size.wrapping_sub(1) < isize::MAX as usize - ALIGN)
        .then(|| unsafe { Layout::from_size_align_unchecked(size, ALIGN) })
}

/// The heap, when there is one, without a word of why not.
#[inline(always)]
fn peek(heap: HeapPtr) -> Option<&'static Heap> {
    peek_shared(Handle::from_c(heap)).map(Arc::as_ref)
}

/// What the calling thread has of a heap that it made.
#[inline(always)]
fn own(heap: HeapPtr) -> Option<&'static OwnPart> {
    // The heap is not moved any more, and lives as long as its place.
    registry::peek_own::<HeapOf>(Handle::from_c(heap)).map(|held| &held.own)
}

/// The common case: the thread made the heap, and has freed a block of that size.
#[inline(always)]
fn pop_own(heap: HeapPtr, size: usize) -> Option<*mut c_void> {
    // SAFETY: the heap lives as long as its handle; this thread made it, or one that has ended.
    unsafe { own(heap)?.pop(size) }.map(|block| block.as_ptr().cast())
}

/// The next one: a new block, or another thread's, or one above 1 KiB.
#[inline(always)]
fn alloc_at_hand(heap: HeapPtr, size: usize) -> Option<*mut c_void> {
    // SAFETY: as in `pop_own`.
    let block = match own(heap).and_then(|own| unsafe { own.cut(size) }) {
        Some(block) => block,
        None => peek(heap)?.alloc_any_at_hand(layout_at_hand(size)?)?,
    };
    Some(block.as_ptr().cast())
}

// The less common a case, the further away: what a function might need for the last of them it would set up for the first.

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_alloc(heap: HeapPtr, size: usize) -> *mut c_void {
    match pop_own(heap, size) {
        Some(block) => block,
        None => alloc_elsewhere(heap, size),
    }
}

#[inline(never)]
extern "C" fn alloc_elsewhere(heap: HeapPtr, size: usize) -> *mut c_void {
    match alloc_at_hand(heap, size) {
        Some(block) => block,
        None => alloc_cold(heap, size),
    }
}

#[cold]
#[inline(never)]
extern "C" fn alloc_cold(heap: HeapPtr, size: usize) -> *mut c_void {
    alloc(Caller::of("arenite_heap_alloc"), heap, size, ALIGN)
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_heap_alloc_at(
    heap: HeapPtr,
    size: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    match pop_own(heap, size) {
        Some(block) => block,
        // SAFETY: the caller's promise.
        None => unsafe { alloc_elsewhere_at(heap, size, file, line) },
    }
}

/// # Safety
/// `file` is NULL or a C string.
#[inline(never)]
unsafe extern "C" fn alloc_elsewhere_at(heap: HeapPtr, size: usize, file: *const c_char, line: c_uint) -> *mut c_void {
    match alloc_at_hand(heap, size) {
        Some(block) => block,
        // SAFETY: the caller's promise.
        None => alloc(unsafe { Caller::at("arenite_heap_alloc", file, line) }, heap, size, ALIGN),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_alloc_aligned(heap: HeapPtr, size: usize, alignment: usize) -> *mut c_void {
    alloc(Caller::of("arenite_heap_alloc_aligned"), heap, size, alignment)
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_heap_alloc_aligned_at(
    heap: HeapPtr,
    size: usize,
    alignment: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    alloc(unsafe { Caller::at("arenite_heap_alloc_aligned", file, line) }, heap, size, alignment)
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_heap_calloc_at(
    heap: HeapPtr,
    count: usize,
    size: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    enter_from(unsafe { Caller::at("arenite_heap_calloc", file, line) }, null_mut(), || {
        let heap = find(heap)?;
        Ok(heap.try_alloc_zeroed(layout(product(count, size)?, ALIGN)?)?.as_ptr().cast())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_heap_calloc(heap: HeapPtr, count: usize, size: usize) -> *mut c_void {
    // SAFETY: no file.
    unsafe { arenite_heap_calloc_at(heap, count, size, null(), 0) }
}

/// # Safety
/// If `block` is a live block of the heap, nobody uses it any more but through the result.
#[inline(always)]
unsafe fn realloc_at_hand(heap: HeapPtr, block: *mut c_void, size: usize) -> Option<*mut c_void> {
    let heap = peek(heap)?;
    let layout = layout_at_hand(size)?;
    // SAFETY: the caller's promise.
    unsafe { heap.realloc_at_hand(NonNull::new(block.cast())?, layout) }.map(|block| block.as_ptr().cast())
}

/// # Safety
/// If `block` is a live block of the heap, nobody uses it any more but through the result; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_heap_realloc_at(
    heap: HeapPtr,
    block: *mut c_void,
    size: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    enter_from(unsafe { Caller::at("arenite_heap_realloc", file, line) }, null_mut(), || {
        let heap = find(heap)?;
        let layout = layout(size, ALIGN)?;
        let Some(block) = NonNull::new(block.cast()) else { return Ok(heap.try_alloc(layout)?.as_ptr().cast()) };
        // SAFETY: the caller's promise.
        Ok(unsafe { heap.try_realloc_any(block, layout) }??.as_ptr().cast())
    })
}

/// # Safety
/// As [`arenite_heap_realloc_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_heap_realloc(heap: HeapPtr, block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe {
        if let Some(block) = realloc_at_hand(heap, block, size) {
            return block;
        }
        arenite_heap_realloc_at(heap, block, size, null(), 0)
    }
}

/// # Safety
/// If `block` is a live block of the heap, nobody uses it any more; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_heap_free_at(
    heap: HeapPtr,
    block: *mut c_void,
    file: *const c_char,
    line: c_uint,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { free_own(heap, block) || free_elsewhere(heap, block, file, line) }
}

/// The common case: the thread made the heap, and the block.
///
/// # Safety
/// If `block` is a live block of the heap, nobody uses it any more.
#[inline(always)]
unsafe fn free_own(heap: HeapPtr, block: *mut c_void) -> bool {
    // SAFETY: the caller's promise, and as in `pop_own`.
    own(heap).is_some_and(|own| unsafe { own.free(block.addr()) })
}

/// # Safety
/// As [`arenite_heap_free_at`].
#[inline(never)]
unsafe extern "C" fn free_elsewhere(heap: HeapPtr, block: *mut c_void, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    peek(heap).is_some_and(|heap| unsafe { heap.free_at_hand(block.addr()) })
        || unsafe { free_cold(heap, block, file, line) }
}

/// # Safety
/// As [`arenite_heap_free_at`].
#[cold]
#[inline(never)]
unsafe extern "C" fn free_cold(heap: HeapPtr, block: *mut c_void, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    enter_from(unsafe { Caller::at("arenite_heap_free", file, line) }, false, || {
        let heap = find(heap)?;
        if let Some(block) = NonNull::new(block.cast()) {
            // SAFETY: the caller's promise.
            unsafe { heap.try_free(block) }?;
        }
        Ok(true)
    })
}

/// # Safety
/// As [`arenite_heap_free_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_heap_free(heap: HeapPtr, block: *mut c_void) -> bool {
    // SAFETY: the caller's promise.
    unsafe { free_own(heap, block) || free_elsewhere(heap, block, null(), 0) }
}

/// # Safety
/// `text` is NULL or a C string, `file` too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_heap_strdup_at(
    heap: HeapPtr,
    text: *const c_char,
    file: *const c_char,
    line: c_uint,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    enter_from(unsafe { Caller::at("arenite_heap_strdup", file, line) }, null_mut(), || {
        let heap = find(heap)?;
        if text.is_null() {
            return Err(crate::given::null("the text"));
        }
        // SAFETY: the caller's promise.
        let bytes = unsafe { CStr::from_ptr(text) }.to_bytes_with_nul();
        let copy = heap.try_alloc(layout(bytes.len(), ALIGN)?)?.as_ptr();
        // SAFETY: fresh memory for them.
        unsafe { copy.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(copy.cast())
    })
}

/// # Safety
/// As [`arenite_heap_strdup_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_heap_strdup(heap: HeapPtr, text: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { arenite_heap_strdup_at(heap, text, null(), 0) }
}
