//! Stacks of C, as allocators by their handles. What is freed has to be the top.

use super::{
    AllocatorPtr, insert, refused,
    simple::{By, Simple, explain},
};
use crate::{
    border::enter,
    error::{Code, Noted, note},
    handle::Handle,
    stack,
};
use arenite_lib::{
    AllocError, AllocatorStats, Capabilities, FreeError, FreeErrorKind, NodeId, ResetError, ResetMode, Stack,
};
use std::{
    alloc::Layout,
    ffi::c_void,
    ptr::{NonNull, null_mut},
};

struct ByStack(Handle);

impl ByStack {
    fn with<T>(&self, run: impl FnOnce(&mut Stack<'static>) -> Result<T, Noted>) -> Result<T, Noted> {
        stack::with(self.0.to_c(), run)
    }
}

/// Asked first, since a block that is not the top is no fault here but for who frees it: whoever has moved one to another
/// size leaves the old one below.
fn top(stack: &Stack<'_>, block: NonNull<u8>) -> Result<(), Noted> {
    match (stack.is_top(block), stack.owns(block.as_ptr())) {
        (true, _) => Ok(()),
        (false, true) => Err(note(
            Code::OutOfOrder,
            format_args!("the block at {block:p} is not the top of the stack; give back the newest first"),
        )),
        (false, false) => Err(note(Code::NotABlock, format_args!("no block of the stack starts at {block:p}"))),
    }
}

impl Simple for ByStack {
    fn take(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        self.with(|stack| Ok(stack.try_push_layout(layout)?)).map_err(|noted| explain(noted, refused(layout)))
    }

    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        let popped = self.with(|stack| {
            top(stack, block)?;
            // SAFETY: the caller's promise.
            Ok(unsafe { stack.try_pop_raw(block, layout) }?)
        });
        let refused = FreeError::new(FreeErrorKind::Foreign, block.addr().get(), "a stack", NodeId::ANONYMOUS);
        popped.map_err(|noted| explain(noted, refused))
    }

    unsafe fn resize(&self, block: NonNull<u8>, old: Layout, size: usize) -> bool {
        let resized = self.with(|stack| {
            top(stack, block)?;
            // SAFETY: the caller's promise.
            Ok(unsafe { stack.try_resize_raw(block, old, size) }?)
        });
        resized.is_ok()
    }

    fn owns(&self, address: *const u8) -> bool {
        self.with(|stack| Ok(stack.owns(address))).unwrap_or(false)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::FREE_LAST
            .with(Capabilities::RESIZE)
            .with(Capabilities::OWNS)
            .with(Capabilities::RESET)
            .with(Capabilities::FINDS_DOUBLE_FREE)
            .with(Capabilities::FINDS_FOREIGN_FREE)
            .with(Capabilities::FINDS_WRONG_SIZE)
            .with(Capabilities::BOUNDED)
            .with(Capabilities::COUNTS)
    }

    unsafe fn reset(&self, _: ResetMode) -> Result<(), ResetError> {
        self.with(|stack| {
            stack.reset();
            Ok(())
        })
        .map_err(|noted| explain(noted, ResetError::Unsupported))
    }

    fn stats(&self) -> AllocatorStats {
        let stats = self.with(|stack| Ok(stack.stats()));
        stats.map_or_else(
            |_| AllocatorStats::default(),
            |stats| AllocatorStats {
                used: Some(stats.used),
                held: Some(stats.committed),
                live: Some(stats.depth),
                ..AllocatorStats::default()
            },
        )
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_allocator_of_stack(stack: *mut c_void) -> AllocatorPtr {
    enter("arenite_allocator_of_stack", null_mut(), || {
        stack::with(stack, |_| Ok(()))?;
        insert(By(ByStack(Handle::from_c(stack))))
    })
}
