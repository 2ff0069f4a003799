//! Stacks: `arenite/stack.h`.

use crate::{
    border::{Caller, enter, enter_from},
    error::Noted,
    given::{self, null, zero_size},
    on_range::{self, OnRange, RangeOf},
    range::{RangeOptionsC, layout, layout_at_hand, range},
    registry::held,
};
use arenite_lib::{MemorySystem, Stack, system::SystemError};
use std::{
    cell::RefMut,
    ffi::{c_char, c_uint, c_void},
    ptr::{NonNull, null_mut},
};

/// `arenite_stack *`: a handle in the shape of a pointer.
type StackPtr = *mut c_void;

pub(crate) type StackOf = RangeOf<Stack<'static>>;

held!(StackOf, Stack);

const NAME: &str = "a stack";

impl OnRange for Stack<'static> {
    const NAME: &'static str = NAME;

    #[inline(always)]
    fn of<'m>(memory: &'m MemorySystem<'static>) -> Result<RefMut<'m, Self>, SystemError> {
        memory.stack()
    }
}

/// Runs `run` with the stack, when it is the calling thread's.
pub(crate) fn with<R>(stack: StackPtr, run: impl FnOnce(&mut Stack<'static>) -> Result<R, Noted>) -> Result<R, Noted> {
    on_range::with(stack, run)
}

/// Pushes where the stack has room at hand. It never unwinds.
#[inline(always)]
fn push_at_hand(stack: StackPtr, size: usize) -> Option<*mut c_void> {
    let layout = layout_at_hand(size)?;
    let pushed = on_range::at_hand(stack, |stack: &mut Stack<'static>| stack.push_at_hand(layout))?;
    Some(pushed.as_ptr().cast())
}

/// Pops the block where it is the top. It never unwinds.
///
/// # Safety
/// If it is, nobody uses it any more.
#[inline(always)]
unsafe fn pop_at_hand(stack: StackPtr, block: NonNull<u8>) -> Option<bool> {
    // SAFETY: the caller's promise.
    on_range::at_hand(stack, |stack: &mut Stack<'static>| Some(unsafe { stack.pop_at_hand(block) }))
}

/// # Safety
/// `options` is NULL or what `arenite/stack.h` says; its memory is nobody else's as long as the stack lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_stack_create(options: *const RangeOptionsC) -> StackPtr {
    enter("arenite_stack_create", null_mut(), || {
        // SAFETY: the caller's promise.
        let range = unsafe { range(&given::options(options)?, NAME) }?;
        let stack = Stack::try_new(range)?;
        on_range::insert(stack)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_stack_destroy(stack: StackPtr) -> bool {
    enter("arenite_stack_destroy", false, || on_range::destroy::<Stack<'static>>(stack))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_stack_release(stack: StackPtr) -> bool {
    enter("arenite_stack_release", false, || on_range::release::<Stack<'static>>(stack))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_stack_adopt(stack: StackPtr) -> bool {
    enter("arenite_stack_adopt", false, || on_range::adopt::<Stack<'static>>(stack))
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_stack_push_at(
    stack: StackPtr,
    size: usize,
    align: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_stack_push", file, line) };
    enter_from(caller, null_mut(), || {
        let pushed = with(stack, |stack| Ok(stack.try_push_layout(layout(size, align)?)?))?;
        Ok(pushed.as_ptr().cast())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_stack_push(stack: StackPtr, size: usize) -> *mut c_void {
    push_at_hand(stack, size)
        // SAFETY: no file.
        .unwrap_or_else(|| unsafe { arenite_stack_push_at(stack, size, 16, std::ptr::null(), 0) })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_stack_push_aligned(stack: StackPtr, size: usize, align: usize) -> *mut c_void {
    // SAFETY: no file.
    unsafe { arenite_stack_push_at(stack, size, align, std::ptr::null(), 0) }
}

/// # Safety
/// If `block` is the top of the stack, nobody uses it any more; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_stack_pop_at(
    stack: StackPtr,
    block: *mut c_void,
    file: *const c_char,
    line: c_uint,
) -> bool {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_stack_pop", file, line) };
    enter_from(caller, false, || {
        with(stack, |stack| {
            let block = NonNull::new(block.cast()).ok_or_else(|| null("the block"))?;
            // SAFETY: the caller's promise.
            Ok(unsafe { stack.try_pop_at(block) }.map(|()| true)?)
        })
    })
}

/// # Safety
/// As [`arenite_stack_pop_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_stack_pop(stack: StackPtr, block: *mut c_void) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        match NonNull::new(block.cast()).and_then(|block| pop_at_hand(stack, block)) {
            Some(true) => true,
            _ => arenite_stack_pop_at(stack, block, std::ptr::null(), 0),
        }
    }
}

/// # Safety
/// Nobody uses what is cut off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_stack_resize(stack: StackPtr, block: *mut c_void, size: usize) -> bool {
    enter("arenite_stack_resize", false, || {
        with(stack, |stack| {
            let block = NonNull::new(block.cast()).ok_or_else(|| null("the block"))?;
            if size == 0 {
                return Err(zero_size());
            }
            // SAFETY: the caller's promise.
            Ok(unsafe { stack.try_resize_at(block, size) }.map(|()| true)?)
        })
    })
}

/// # Safety
/// Nobody uses what the stack handed out any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_stack_reset(stack: StackPtr) -> bool {
    enter("arenite_stack_reset", false, || {
        with(stack, |stack| {
            stack.reset();
            Ok(true)
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_stack_owns(stack: StackPtr, pointer: *const c_void) -> bool {
    enter("arenite_stack_owns", false, || with(stack, |stack| Ok(stack.owns(pointer))))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_stack_check(stack: StackPtr) -> usize {
    enter("arenite_stack_check", 0, || with(stack, |stack| Ok(stack.check())))
}

/// `arenite_stack_stats`.
#[repr(C)]
pub struct StackStatsC {
    used: usize,
    high_water: usize,
    capacity: usize,
    committed: usize,
    depth: usize,
    resets: usize,
}

/// # Safety
/// `stats` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_stack_get_stats(stack: StackPtr, stats: *mut StackStatsC) -> bool {
    enter("arenite_stack_get_stats", false, || {
        let now = with(stack, |stack| Ok(stack.stats()))?;
        if stats.is_null() {
            return Err(null("the stats"));
        }
        let now = StackStatsC {
            used: now.used,
            high_water: now.high_water,
            capacity: now.capacity,
            committed: now.committed,
            depth: now.depth,
            resets: now.resets as usize,
        };
        // SAFETY: the caller's promise.
        unsafe { stats.write(now) };
        Ok(true)
    })
}
