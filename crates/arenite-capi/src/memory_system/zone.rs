//! The areas that are arenas.

use super::system::{NAME, Shared, System};
use crate::{
    border::{Caller, enter, enter_from},
    error::Noted,
    given::{self, null, product, zero_size},
    handle::Handle,
    registry::{self, held},
    text::{copy_out, print},
};
use arenite_lib::{
    Tag,
    system::{Area, Zone},
};
use std::{
    alloc::Layout,
    ffi::{CStr, c_char, c_uint, c_void},
    ptr::{NonNull, null_mut},
};

/// `arenite_zone *`: a handle in the shape of a pointer.
pub(super) type ZonePtr = *mut c_void;

/// An area, and the system that it belongs to.
pub(super) struct ZoneOf {
    pub(super) memory: Shared,
    pub(super) area: Area,
}

held!(ZoneOf, Zone);

/// Blocks lie at multiples of 16 at least, as those of `malloc`.
const ALIGN: usize = 16;

/// The area of a handle, when its system is the calling thread's.
fn find(zone: ZonePtr) -> Result<(&'static System, Area), Noted> {
    let ZoneOf { memory, area } = registry::find::<ZoneOf>(Handle::from_c(zone))?;
    Ok((memory.get(NAME)?, *area))
}

/// As [`find`], without a word of why not.
#[inline(always)]
fn peek(zone: ZonePtr) -> Option<(&'static System, Area)> {
    let ZoneOf { memory, area } = registry::peek::<ZoneOf>(Handle::from_c(zone))?;
    Some((memory.peek()?, *area))
}

/// The zone of a handle.
pub(super) fn zone_of(zone: ZonePtr) -> Result<&'static Zone, Noted> {
    let (system, area) = find(zone)?;
    system.zone(area)
}

/// Memory of a zone, counted under a tag if there is one.
fn push(zone: ZonePtr, size: usize, align: usize, tag: Option<Tag>) -> Result<NonNull<u8>, Noted> {
    let zone = zone_of(zone)?;
    if size == 0 {
        return Err(zero_size());
    }
    let Some(tag) = tag else { return Ok(zone.try_alloc_aligned(size, align)?) };
    match Layout::from_size_align(size, align) {
        Ok(layout) => Ok(zone.push_size_tagged(tag, layout)?),
        // Says what is wrong with it.
        Err(_) => Ok(zone.try_alloc_aligned(size, align)?),
    }
}

/// The common case of a push: a good handle, and the window has the room. It never unwinds.
#[inline(always)]
fn at_hand(zone: ZonePtr, size: usize, align: usize, tag: c_uint) -> Option<*mut c_void> {
    let (system, area) = peek(zone)?;
    // SAFETY: C's memory ends as the headers say; no reference is made to what it hands out.
    let zone = unsafe { system.memory.zone(area) }?;
    if size.wrapping_sub(1) >= isize::MAX as usize - ALIGN || !align.is_power_of_two() || align > 2 << 20 {
        return None;
    }
    let memory = match tag {
        0 => zone.take_at_hand(size, align.max(ALIGN))?,
        tag => zone.take_at_hand_tagged(Tag::new(u8::try_from(tag - 1).ok()?)?, size, align.max(ALIGN))?,
    };
    Some(memory.as_ptr().cast())
}

/// An alignment as C gives it: at least 16, where it is one.
fn at_least(align: usize) -> usize {
    if align.is_power_of_two() { align.max(ALIGN) } else { align }
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_push_at(
    zone: ZonePtr,
    size: usize,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_zone_push", file, line) };
    enter_from(caller, null_mut(), || Ok(push(zone, size, ALIGN, None)?.as_ptr().cast()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_zone_push(zone: ZonePtr, size: usize) -> *mut c_void {
    // SAFETY: no file.
    at_hand(zone, size, ALIGN, 0).unwrap_or_else(|| unsafe { arenite_zone_push_at(zone, size, std::ptr::null(), 0) })
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_push_tagged_at(
    zone: ZonePtr,
    size: usize,
    tag: c_uint,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_zone_push_tagged", file, line) };
    enter_from(caller, null_mut(), || Ok(push(zone, size, ALIGN, given::tag(tag)?)?.as_ptr().cast()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_zone_push_tagged(zone: ZonePtr, size: usize, tag: c_uint) -> *mut c_void {
    at_hand(zone, size, ALIGN, tag)
        // SAFETY: no file.
        .unwrap_or_else(|| unsafe { arenite_zone_push_tagged_at(zone, size, tag, std::ptr::null(), 0) })
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_push_array_at(
    zone: ZonePtr,
    count: usize,
    size: usize,
    align: usize,
    tag: c_uint,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_zone_push_array", file, line) };
    enter_from(caller, null_mut(), || {
        // First of all whether there is such a zone: the rest is its matter.
        registry::find::<ZoneOf>(Handle::from_c(zone))?;
        let memory = push(zone, product(count, size)?, at_least(align), given::tag(tag)?)?;
        Ok(memory.as_ptr().cast())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_zone_push_array(
    zone: ZonePtr,
    count: usize,
    size: usize,
    align: usize,
    tag: c_uint,
) -> *mut c_void {
    count
        .checked_mul(size)
        .and_then(|bytes| at_hand(zone, bytes, align, tag))
        // SAFETY: no file.
        .unwrap_or_else(|| unsafe { arenite_zone_push_array_at(zone, count, size, align, tag, std::ptr::null(), 0) })
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_push_zeroed_at(
    zone: ZonePtr,
    size: usize,
    tag: c_uint,
    file: *const c_char,
    line: c_uint,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_zone_push_zeroed", file, line) };
    enter_from(caller, null_mut(), || {
        let memory = push(zone, size, ALIGN, given::tag(tag)?)?;
        // SAFETY: fresh memory of so many bytes.
        unsafe { memory.write_bytes(0, size) };
        Ok(memory.as_ptr().cast())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_zone_push_zeroed(zone: ZonePtr, size: usize, tag: c_uint) -> *mut c_void {
    // SAFETY: no file.
    unsafe { arenite_zone_push_zeroed_at(zone, size, tag, std::ptr::null(), 0) }
}

/// # Safety
/// `text` is NULL or a C string, `file` too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_strdup_at(
    zone: ZonePtr,
    text: *const c_char,
    file: *const c_char,
    line: c_uint,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_zone_strdup", file, line) };
    enter_from(caller, null_mut(), || {
        zone_of(zone)?;
        if text.is_null() {
            return Err(null("the text"));
        }
        // SAFETY: the caller's promise; fresh memory for the text and its end.
        unsafe {
            let text = CStr::from_ptr(text).to_bytes_with_nul();
            let memory = push(zone, text.len(), ALIGN, None)?;
            memory.as_ptr().copy_from_nonoverlapping(text.as_ptr(), text.len());
            Ok(memory.as_ptr().cast())
        }
    })
}

/// # Safety
/// As [`arenite_zone_strdup_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_strdup(zone: ZonePtr, text: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { arenite_zone_strdup_at(zone, text, std::ptr::null(), 0) }
}

/// # Safety
/// Nothing that the area handed out is used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_clear(zone: ZonePtr) -> bool {
    // SAFETY: the caller's promise.
    unsafe { arenite_zone_clear_at(zone, std::ptr::null(), 0) }
}

/// # Safety
/// As [`arenite_zone_clear`]; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_clear_at(zone: ZonePtr, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_zone_clear", file, line) };
    enter_from(caller, false, || {
        let (system, area) = find(zone)?;
        // SAFETY: the caller's promise.
        unsafe { system.clear(area) }?;
        Ok(true)
    })
}

/// `arenite_temp`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct TempC {
    zone: ZonePtr,
    depth: usize,
    number: usize,
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_begin_temp_at(zone: ZonePtr, file: *const c_char, line: c_uint) -> TempC {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_zone_begin_temp", file, line) };
    enter_from(caller, TempC { zone: null_mut(), depth: 0, number: 0 }, || {
        let (system, area) = find(zone)?;
        let (depth, number) = system.begin_temp(area)?;
        Ok(TempC { zone, depth, number })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_zone_begin_temp(zone: ZonePtr) -> TempC {
    if let Some((depth, number)) = peek(zone).and_then(|(system, area)| system.begin_temp_at_hand(area)) {
        return TempC { zone, depth, number };
    }
    // SAFETY: no file.
    unsafe { arenite_zone_begin_temp_at(zone, std::ptr::null(), 0) }
}

/// # Safety
/// Nothing that was pushed since the temp began is used any more; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_end_temp_at(temp: TempC, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    if peek(temp.zone).is_some_and(|(system, area)| unsafe { system.end_temp_at_hand(area, temp.depth, temp.number) }) {
        return true;
    }
    // SAFETY: the caller's promise.
    unsafe { end_temp_cold(temp, file, line) }
}

/// The rest, apart: the fast path keeps all it has in registers.
///
/// # Safety
/// As [`arenite_zone_end_temp_at`].
#[cold]
#[inline(never)]
unsafe extern "C" fn end_temp_cold(temp: TempC, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_zone_end_temp", file, line) };
    enter_from(caller, false, || {
        let (system, area) = find(temp.zone)?;
        // SAFETY: the caller's promise.
        unsafe { system.end_temp(area, temp.depth, temp.number) }?;
        Ok(true)
    })
}

/// # Safety
/// As [`arenite_zone_end_temp_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_end_temp(temp: TempC) -> bool {
    // SAFETY: the caller's promise.
    unsafe { arenite_zone_end_temp_at(temp, std::ptr::null(), 0) }
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_zone_used(zone: ZonePtr) -> usize {
    enter("arenite_zone_used", 0, || Ok(zone_of(zone)?.used()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_zone_owns(zone: ZonePtr, pointer: *const c_void) -> bool {
    enter("arenite_zone_owns", false, || Ok(zone_of(zone)?.owns(pointer)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_zone_check(zone: ZonePtr) -> usize {
    enter("arenite_zone_check", 0, || Ok(zone_of(zone)?.check()))
}

/// `arenite_zone_stats`.
#[repr(C)]
pub struct ZoneStatsC {
    used: usize,
    high_water: usize,
    committed: usize,
    reserved: usize,
    cleared: usize,
}

/// # Safety
/// `stats` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_get_stats(zone: ZonePtr, stats: *mut ZoneStatsC) -> bool {
    enter("arenite_zone_get_stats", false, || {
        let now = zone_of(zone)?.stats();
        if stats.is_null() {
            return Err(null("the stats"));
        }
        let now = ZoneStatsC {
            used: now.used,
            high_water: now.high_water,
            committed: now.allocated,
            reserved: now.reserved,
            cleared: now.generation as usize,
        };
        // SAFETY: the caller's promise.
        unsafe { stats.write(now) };
        Ok(true)
    })
}

/// The figures of an area in words.
fn describe(zone: ZonePtr) -> Result<String, Noted> {
    let (system, area) = find(zone)?;
    let stats = system.memory.stats();
    let lines = stats.areas.iter().filter(|stats| stats.area == area);
    Ok(lines.map(|stats| format!("{stats}, cleared {} times", stats.generation)).collect::<Vec<_>>().join("\n"))
}

/// # Safety
/// `text` is NULL, or writable for `room` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_zone_text(zone: ZonePtr, text: *mut c_char, room: usize) -> usize {
    // SAFETY: the caller's promise.
    enter("arenite_zone_text", 0, || Ok(unsafe { copy_out(&describe(zone)?, text, room) }))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_zone_print(zone: ZonePtr) -> bool {
    enter("arenite_zone_print", false, || print(&describe(zone)?).map(|()| true))
}
