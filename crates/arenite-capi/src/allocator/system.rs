//! Allocators that are made here: the C heap, a buffer of the caller's, blocks of one size.

use super::{
    AllocatorPtr, insert, refused,
    simple::{By, Simple},
};
use crate::{
    border::enter,
    error::{Code, Noted, note},
    given::{null, small_change},
};
use arenite_lib::{
    AllocError, AllocatorStats, BufferArena, Capabilities, FreeError, ResetError, ResetMode,
    layer::{Owned, Shared},
    pool::BlockPoolOptions,
};
use std::{
    alloc::{GlobalAlloc as _, Layout, System},
    ffi::c_void,
    mem::MaybeUninit,
    ptr::{NonNull, null_mut},
};

struct CHeap;

impl Simple for CHeap {
    fn take(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        // SAFETY: sizes are not 0.
        NonNull::new(unsafe { System.alloc(layout) }).ok_or_else(|| refused(layout))
    }

    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block.as_ptr(), layout) };
        Ok(())
    }

    unsafe fn resize(&self, _: NonNull<u8>, _: Layout, _: usize) -> bool {
        false
    }

    fn owns(&self, _: *const u8) -> bool {
        false
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::FREE | Capabilities::FREE_LAST | Capabilities::THREADS
    }

    unsafe fn reset(&self, _: ResetMode) -> Result<(), ResetError> {
        Err(ResetError::Unsupported)
    }

    fn stats(&self) -> AllocatorStats {
        AllocatorStats::default()
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_system() -> AllocatorPtr {
    enter("arenite_allocator_system", null_mut(), || insert(By(CHeap)))
}

/// # Safety
/// `buffer` is NULL or `size` writable bytes that are the allocator's alone until it, and each layer over it, is destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_allocator_fixed_buffer(buffer: *mut c_void, size: usize) -> AllocatorPtr {
    enter("arenite_allocator_fixed_buffer", null_mut(), || {
        let buffer = NonNull::new(buffer.cast::<MaybeUninit<u8>>()).ok_or_else(|| null("a buffer"))?;
        if size > isize::MAX as usize {
            return Err(note(Code::Overflow, format_args!("no buffer has {size} bytes")));
        }
        small_change()?;
        // SAFETY: the caller's promise: its own for as long as the allocator lives.
        let buffer: &'static mut [MaybeUninit<u8>] = unsafe { std::slice::from_raw_parts_mut(buffer.as_ptr(), size) };
        insert(Shared::new(Owned::new(BufferArena::new(buffer)?)))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_pool(block_size: usize) -> AllocatorPtr {
    enter("arenite_allocator_pool", null_mut(), || {
        if block_size == 0 || block_size > 1 << 20 {
            return Err(note(
                Code::BadArgument,
                format_args!("blocks of {block_size} bytes: a pool has those of 1 byte to 1 MiB"),
            ));
        }
        small_change()?;
        let pool = BlockPoolOptions::new(block_size.next_multiple_of(16))
            .align(16)
            .try_build_chunked()
            .map_err(|refused| -> Noted { note(Code::OutOfMemory, format_args!("{refused}")) })?;
        insert(Shared::new(Owned::new(pool)))
    })
}
