//! An arena's figures and settings.

use super::{ArenaPtr, find, options::retention};
use crate::{
    border::enter,
    error::Noted,
    given::{self, null},
    handle::Handle,
    slots,
};
use arenite_lib::Arena;
use std::ffi::{c_char, c_int, c_void};

/// `arenite_arena_stats`.
#[derive(Default)]
#[repr(C)]
pub struct ArenaStatsC {
    used: usize,
    requested: usize,
    allocations: usize,
    allocated: usize,
    waste: usize,
    chunks: usize,
    high_water: usize,
    reserved: usize,
    blocks_taken: usize,
    blocks_returned: usize,
    generation: usize,
    counting: bool,
}

impl ArenaStatsC {
    pub(crate) fn of(arena: &Arena) -> Self {
        let stats = arena.stats();
        Self {
            used: stats.used,
            requested: stats.requested.unwrap_or_default(),
            allocations: stats.allocations.unwrap_or_default(),
            allocated: stats.allocated,
            waste: stats.waste,
            chunks: stats.chunks,
            high_water: stats.high_water,
            reserved: stats.reserved,
            blocks_taken: stats.blocks_taken as usize,
            blocks_returned: stats.blocks_returned as usize,
            generation: stats.generation as usize,
            counting: stats.requested.is_some(),
        }
    }
}

/// # Safety
/// `stats` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_get_stats(arena: ArenaPtr, stats: *mut ArenaStatsC) -> bool {
    enter("arenite_arena_get_stats", false, || {
        let arena = find(arena)?;
        if stats.is_null() {
            return Err(null("the stats"));
        }
        // SAFETY: the caller's promise.
        unsafe { stats.write(ArenaStatsC::of(arena)) };
        Ok(true)
    })
}

fn figure(call: &'static str, arena: ArenaPtr, which: impl FnOnce(&ArenaStatsC) -> usize) -> usize {
    enter(call, 0, || Ok(which(&ArenaStatsC::of(find(arena)?))))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_used(arena: ArenaPtr) -> usize {
    figure("arenite_arena_used", arena, |stats| stats.used)
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_requested(arena: ArenaPtr) -> usize {
    figure("arenite_arena_requested", arena, |stats| stats.requested)
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_allocated(arena: ArenaPtr) -> usize {
    figure("arenite_arena_allocated", arena, |stats| stats.allocated)
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_waste(arena: ArenaPtr) -> usize {
    figure("arenite_arena_waste", arena, |stats| stats.waste)
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_chunk_count(arena: ArenaPtr) -> usize {
    figure("arenite_arena_chunk_count", arena, |stats| stats.chunks)
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_owns(arena: ArenaPtr, address: *const c_void) -> bool {
    enter("arenite_arena_owns", false, || Ok(find(arena)?.owns(address)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_is_valid(arena: ArenaPtr) -> bool {
    slots::mine(Handle::from_c(arena)).is_some()
}

/// # Safety
/// `name` is NULL, or writable for `room` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_name(arena: ArenaPtr, name: *mut c_char, room: usize) -> usize {
    enter("arenite_arena_name", 0, || {
        let text = find(arena)?.node().map_or("", |node| node.name());
        if !name.is_null() && room > 0 {
            let mut fits = text.len().min(room - 1);
            while !text.is_char_boundary(fits) {
                fits -= 1;
            }
            // SAFETY: the caller's promise.
            unsafe {
                name.copy_from_nonoverlapping(text.as_ptr().cast(), fits);
                name.add(fits).write(0);
            }
        }
        Ok(text.len())
    })
}

/// Changes a setting of an arena.
fn set(call: &'static str, arena: ArenaPtr, change: impl FnOnce(&mut Arena) -> Result<(), Noted>) -> bool {
    enter(call, false, || slots::with_mut(Handle::from_c(arena), change).map(|()| true))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_set_limit(arena: ArenaPtr, bytes: usize) -> bool {
    set("arenite_arena_set_limit", arena, |arena| Ok(arena.set_limit((bytes > 0).then_some(bytes))?))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_set_counting(arena: ArenaPtr, yes: u8) -> bool {
    set("arenite_arena_set_counting", arena, |arena| Ok(arena.set_counting(yes != 0)?))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_set_retention(arena: ArenaPtr, policy: c_int, value: usize) -> bool {
    set("arenite_arena_set_retention", arena, |arena| Ok(arena.set_retention(retention(policy, value)?)?))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_set_grade(arena: ArenaPtr, grade: c_int) -> bool {
    set("arenite_arena_set_grade", arena, |arena| Ok(arena.set_grade(given::grade(grade)?)?))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_grade(arena: ArenaPtr) -> c_int {
    enter("arenite_arena_grade", 0, || {
        let arena = find(arena)?;
        arena.apply_grade();
        Ok(c_int::from(arena.grade() as u8))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_check(arena: ArenaPtr) -> usize {
    enter("arenite_arena_check", 0, || Ok(find(arena)?.check()))
}
