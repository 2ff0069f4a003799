//! What a system tells of itself, and how closely it is watched.

use super::{
    MemoryPtr,
    system::{System, find},
};
use crate::{
    border::enter,
    error::{Code, Noted, note},
    given::{self, null},
    text::{copy_out, print},
};
use arenite_lib::{report::Snapshot, system::SystemLeaks};
use std::ffi::{c_char, c_int};

/// `ARENITE_REPORT_LEAKS`.
pub(super) const LEAKS: c_int = 1;

/// One of `arenite_report`.
pub(super) fn report(system: &System, which: c_int) -> Result<String, Noted> {
    let memory = &system.memory;
    Ok(match which {
        0 => memory.stats().to_string(),
        LEAKS => {
            let (leaks, places) = (system.leaks(), memory.check_leaks());
            if places.is_empty() { leaks.to_string() } else { format!("{leaks}\n{places}") }
        }
        2 => memory.dump_allocations().to_string(),
        3 => Snapshot::of(memory.node()).to_string(),
        4 => Snapshot::of(memory.node()).to_json().to_string(),
        5 => match memory.frame_escapes() {
            Ok(found) => found.to_string(),
            Err(refused) => return Err(note(Code::Unsupported, format_args!("{refused}"))),
        },
        _ => return Err(note(Code::BadArgument, format_args!("{which} is no arenite_report"))),
    })
}

/// # Safety
/// `text` is NULL, or writable for `room` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_memory_text(memory: MemoryPtr, which: c_int, text: *mut c_char, room: usize) -> usize {
    enter("arenite_memory_text", 0, || {
        let report = report(find(memory)?, which)?;
        // SAFETY: the caller's promise.
        Ok(unsafe { copy_out(&report, text, room) })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_print(memory: MemoryPtr, which: c_int) -> bool {
    enter("arenite_memory_print", false, || print(&report(find(memory)?, which)?).map(|()| true))
}

/// `arenite_memory_leaks`.
#[repr(C)]
pub struct LeaksC {
    small: usize,
    medium: usize,
    large: usize,
    stack: usize,
    temps: usize,
}

/// # Safety
/// `leaks` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_memory_get_leaks(memory: MemoryPtr, leaks: *mut LeaksC) -> bool {
    enter("arenite_memory_get_leaks", false, || {
        let SystemLeaks { small, medium, large, stack, temps } = find(memory)?.leaks();
        if leaks.is_null() {
            return Err(null("the leaks"));
        }
        // SAFETY: the caller's promise.
        unsafe { leaks.write(LeaksC { small, medium, large, stack, temps }) };
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_set_grade(memory: MemoryPtr, grade: c_int) -> bool {
    enter("arenite_memory_set_grade", false, || {
        find(memory)?.set_grade(given::grade(grade)?);
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_set_tracking(memory: MemoryPtr, yes: u8) -> bool {
    enter("arenite_memory_set_tracking", false, || {
        find(memory)?.set_tracking(yes != 0);
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_check(memory: MemoryPtr) -> usize {
    enter("arenite_memory_check", 0, || Ok(find(memory)?.memory.check_integrity()))
}
