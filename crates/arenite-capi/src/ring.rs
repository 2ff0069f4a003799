//! Rings: `arenite/ring.h`.

use crate::{
    border::{Caller, enter, enter_from},
    error::{Code, Noted, note},
    given::{self, null},
    on_range::{self, OnRange, RangeOf},
    range::{RangeOptionsC, layout, layout_at_hand, range},
    registry::held,
};
use arenite_lib::{MemorySystem, Ring, system::SystemError};
use std::{
    cell::RefMut,
    ffi::{c_char, c_uint, c_void},
    ptr::{NonNull, null_mut},
};

/// `arenite_ring *`: a handle in the shape of a pointer.
type RingPtr = *mut c_void;

pub(crate) type RingOf = RangeOf<Ring<'static>>;

held!(RingOf, Ring);

const NAME: &str = "a ring";

impl OnRange for Ring<'static> {
    const NAME: &'static str = NAME;

    #[inline(always)]
    fn of<'m>(memory: &'m MemorySystem<'static>) -> Result<RefMut<'m, Self>, SystemError> {
        memory.ring()
    }
}

/// Runs `run` with the ring, when it is the calling thread's.
fn with<R>(ring: RingPtr, run: impl FnOnce(&mut Ring<'static>) -> Result<R, Noted>) -> Result<R, Noted> {
    on_range::with(ring, run)
}

/// Pushes where the ring has room at hand. It never unwinds.
#[inline(always)]
fn push_at_hand(ring: RingPtr, size: usize) -> Option<*mut c_void> {
    let layout = layout_at_hand(size)?;
    let pushed = on_range::at_hand(ring, |ring: &mut Ring<'static>| ring.push_at_hand(layout))?;
    Some(pushed.as_ptr().cast())
}

/// # Safety
/// `options` is NULL or what `arenite/ring.h` says; its memory is nobody else's as long as the ring lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_ring_create(options: *const RangeOptionsC, frames: c_uint) -> RingPtr {
    enter("arenite_ring_create", null_mut(), || {
        if frames == 0 {
            return Err(note(Code::BadArgument, format_args!("a ring of 0 frames keeps nothing; 2 is usual")));
        }
        // SAFETY: the caller's promise.
        let range = unsafe { range(&given::options(options)?, NAME) }?;
        let ring = Ring::try_new(range, frames)?;
        on_range::insert(ring)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_ring_destroy(ring: RingPtr) -> bool {
    enter("arenite_ring_destroy", false, || on_range::destroy::<Ring<'static>>(ring))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_ring_release(ring: RingPtr) -> bool {
    enter("arenite_ring_release", false, || on_range::release::<Ring<'static>>(ring))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_ring_adopt(ring: RingPtr) -> bool {
    enter("arenite_ring_adopt", false, || on_range::adopt::<Ring<'static>>(ring))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_ring_begin_frame(ring: RingPtr) -> u64 {
    enter("arenite_ring_begin_frame", 0, || with(ring, |ring| Ok(ring.begin_frame()?)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_ring_end_frame(ring: RingPtr) -> bool {
    enter("arenite_ring_end_frame", false, || with(ring, |ring| Ok(ring.end_frame().map(|()| true)?)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_ring_end_frame_with_fence(ring: RingPtr, fence: u64) -> bool {
    enter("arenite_ring_end_frame_with_fence", false, || {
        with(ring, |ring| Ok(ring.end_frame_with_fence(fence).map(|()| true)?))
    })
}

/// # Safety
/// `retired` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_ring_retire(ring: RingPtr, completed: u64, retired: *mut u64) -> bool {
    enter("arenite_ring_retire", false, || {
        let count = with(ring, |ring| Ok(ring.retire(completed)?))?;
        if !retired.is_null() {
            // SAFETY: the caller's promise.
            unsafe { retired.write(count) };
        }
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_ring_reset(ring: RingPtr) -> bool {
    enter("arenite_ring_reset", false, || with(ring, |ring| Ok(ring.reset().map(|()| true)?)))
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_ring_push_at(
    ring: RingPtr,
    size: usize,
    align: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_ring_push", file, line) };
    enter_from(caller, null_mut(), || {
        let pushed: NonNull<u8> = with(ring, |ring| Ok(ring.push_layout(layout(size, align)?)?))?;
        Ok(pushed.as_ptr().cast())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_ring_push(ring: RingPtr, size: usize) -> *mut c_void {
    push_at_hand(ring, size)
        // SAFETY: no file.
        .unwrap_or_else(|| unsafe { arenite_ring_push_at(ring, size, 16, std::ptr::null(), 0) })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_ring_push_aligned(ring: RingPtr, size: usize, align: usize) -> *mut c_void {
    // SAFETY: no file.
    unsafe { arenite_ring_push_at(ring, size, align, std::ptr::null(), 0) }
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_ring_owns(ring: RingPtr, pointer: *const c_void) -> bool {
    enter("arenite_ring_owns", false, || with(ring, |ring| Ok(ring.owns(pointer))))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_ring_check(ring: RingPtr) -> usize {
    enter("arenite_ring_check", 0, || with(ring, |ring| Ok(ring.check())))
}

/// `arenite_ring_stats`.
#[repr(C)]
pub struct RingStatsC {
    used: usize,
    high_water: usize,
    wrap_padding: usize,
    capacity: usize,
    committed: usize,
    wraps: u64,
    frames: u64,
    frames_in_flight: u64,
    oldest_frame: u64,
    oldest_fence: u64,
    completed: u64,
}

/// # Safety
/// `stats` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_ring_get_stats(ring: RingPtr, stats: *mut RingStatsC) -> bool {
    enter("arenite_ring_get_stats", false, || {
        let now = with(ring, |ring| Ok(ring.stats()))?;
        if stats.is_null() {
            return Err(null("the stats"));
        }
        let now = RingStatsC {
            used: now.used,
            high_water: now.high_water,
            wrap_padding: now.wrap_padding,
            capacity: now.capacity,
            committed: now.committed,
            wraps: now.wraps,
            frames: now.frames,
            frames_in_flight: now.frames_in_flight,
            oldest_frame: now.oldest_frame.unwrap_or(0),
            oldest_fence: now.oldest_fence.unwrap_or(0),
            completed: now.completed.unwrap_or(0),
        };
        // SAFETY: the caller's promise.
        unsafe { stats.write(now) };
        Ok(true)
    })
}
