//! Sized blocks: `arenite/blocks.h`.

use crate::{
    border::enter,
    error::{Code, Noted, note},
    given::{self, null, zero_size},
    handle::Handle,
    registry::{self, held},
};
use arenite_lib::{SharedOptions, ThreadBlocks, source::SegmentCache};
use std::{
    alloc::Layout,
    ffi::c_void,
    ptr::{NonNull, null_mut},
};

/// `arenite_blocks *`: a handle in the shape of a pointer.
type BlocksPtr = *mut c_void;

held!(Box<ThreadBlocks>, Blocks);

/// Blocks lie at multiples of 16.
const ALIGN: usize = 16;

fn find(blocks: BlocksPtr) -> Result<&'static ThreadBlocks, Noted> {
    registry::find::<Box<ThreadBlocks>>(Handle::from_c(blocks)).map(Box::as_ref)
}

#[inline(always)]
fn peek(blocks: BlocksPtr) -> Option<&'static ThreadBlocks> {
    registry::peek::<Box<ThreadBlocks>>(Handle::from_c(blocks)).map(Box::as_ref)
}

/// A layout that is not 0 and not too large, without a word of why not.
#[inline(always)]
fn layout_at_hand(size: usize) -> Option<Layout> {
    // SAFETY: a size up to isize::MAX when it is rounded up to the alignment, a power of two.
    (size.wrapping_sub(1) < isize::MAX as usize - ALIGN)
        .then(|| unsafe { Layout::from_size_align_unchecked(size, ALIGN) })
}

fn layout(size: usize) -> Result<Layout, Noted> {
    if size == 0 {
        return Err(zero_size());
    }
    layout_at_hand(size).ok_or_else(|| {
        note(Code::Overflow, format_args!("no memory has {size} bytes: check the size that was added or multiplied"))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_blocks_create() -> BlocksPtr {
    static CACHE: SegmentCache = SegmentCache;
    enter("arenite_blocks_create", null_mut(), || {
        given::small_change()?;
        let blocks = SharedOptions::new().source(&CACHE).build_thread_blocks();
        Ok(registry::insert(Box::new(blocks))?.to_c())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_blocks_destroy(blocks: BlocksPtr) -> bool {
    enter("arenite_blocks_destroy", false, || {
        if !blocks.is_null() {
            drop(registry::remove::<Box<ThreadBlocks>>(Handle::from_c(blocks), |_| Ok(()))?);
        }
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_blocks_alloc(blocks: BlocksPtr, size: usize) -> *mut c_void {
    match peek(blocks).zip(layout_at_hand(size)).and_then(|(blocks, layout)| blocks.alloc_at_hand(layout)) {
        Some(block) => block.as_ptr().cast(),
        None => alloc_cold(blocks, size),
    }
}

#[cold]
#[inline(never)]
extern "C" fn alloc_cold(blocks: BlocksPtr, size: usize) -> *mut c_void {
    enter("arenite_blocks_alloc", null_mut(), || Ok(find(blocks)?.try_alloc(layout(size)?)?.as_ptr().cast()))
}

/// # Safety
/// `block` is NULL or a live block of these with that size, which nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_blocks_free(blocks: BlocksPtr, block: *mut c_void, size: usize) -> bool {
    if let (Some(blocks), Some(layout), Some(block)) =
        (peek(blocks), layout_at_hand(size), NonNull::new(block.cast::<u8>()))
    {
        // SAFETY: the caller's promise.
        if unsafe { blocks.free_at_hand(block, layout) } {
            return true;
        }
    }
    // SAFETY: the caller's promise.
    unsafe { free_cold(blocks, block, size) }
}

#[cold]
#[inline(never)]
unsafe extern "C" fn free_cold(blocks: BlocksPtr, block: *mut c_void, size: usize) -> bool {
    enter("arenite_blocks_free", false, || {
        let blocks = find(blocks)?;
        let Some(block) = NonNull::new(block.cast::<u8>()) else { return Ok(true) };
        // SAFETY: the promise of the caller's caller.
        unsafe { blocks.free(block, layout(size)?) };
        Ok(true)
    })
}

/// # Safety
/// `block` is NULL or a live block of these with `old_size` bytes, which nobody uses any more but through the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_blocks_realloc(
    blocks: BlocksPtr,
    block: *mut c_void,
    old_size: usize,
    new_size: usize,
) -> *mut c_void {
    let Some(start) = NonNull::new(block.cast::<u8>()) else {
        return arenite_blocks_alloc(blocks, new_size);
    };
    let moved = enter("arenite_blocks_realloc", None, || {
        let (old, new) = (layout(old_size)?, layout(new_size)?);
        let blocks = find(blocks)?;
        // SAFETY: the caller's promise.
        if unsafe { blocks.fits(start, old, new_size) } {
            return Ok(Some(start));
        }
        let moved = blocks.try_alloc(new)?;
        // SAFETY: the caller's promise; both have that many bytes.
        unsafe {
            moved.copy_from_nonoverlapping(start, old_size.min(new_size));
            blocks.free(start, old);
        }
        Ok(Some(moved))
    });
    moved.map_or(null_mut(), |block| block.as_ptr().cast())
}

/// `arenite_blocks_stats`.
#[repr(C)]
pub struct BlocksStatsC {
    live: usize,
    live_bytes: usize,
    held: usize,
}

/// # Safety
/// `stats` is NULL or writable; no thread is inside a call on the blocks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_blocks_get_stats(blocks: BlocksPtr, stats: *mut BlocksStatsC) -> bool {
    enter("arenite_blocks_get_stats", false, || {
        let blocks = find(blocks)?;
        if stats.is_null() {
            return Err(null("the stats"));
        }
        // SAFETY: the caller's promise.
        let live = unsafe { blocks.live_unborrowed() };
        let figures = BlocksStatsC { live: live.blocks, live_bytes: live.bytes, held: blocks.stats().held };
        // SAFETY: writable, by the caller's promise.
        unsafe { stats.write(figures) };
        Ok(true)
    })
}
