//! The one memory system of a program, as `compat/memory_system.h` has it.

use super::{
    MemoryOptionsC, MemoryPtr, create, end,
    reports::{LEAKS, report},
    system::{AreasC, Shared, find},
};
use crate::{
    border::enter,
    error::{Code, note},
    given,
    handle::Handle,
    owned::Owned,
    registry,
    text::print,
};
use arenite_lib::system::SystemLeaks;
use std::{
    cell::UnsafeCell,
    ffi::{c_int, c_void},
    ptr::{null, null_mut},
    sync::atomic::{AtomicPtr, Ordering},
};

/// The system, or null.
static MEMORY: AtomicPtr<c_void> = AtomicPtr::new(null_mut());

/// What `g_memory_system` points to.
struct Game(UnsafeCell<AreasC>);

// SAFETY: written only while the system begins or ends, which C does while no other thread uses it.
unsafe impl Sync for Game {}

static AREAS: Game = Game(UnsafeCell::new(AreasC::NONE));

/// # Safety
/// As `arenite_memory_create`; no other thread uses the program's memory system meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_game_initialize(base: *mut c_void, size: usize, grade: c_int) -> bool {
    enter("Memory_Initialize", false, || {
        if !MEMORY.load(Ordering::Acquire).is_null() {
            return Err(note(
                Code::Busy,
                format_args!("the program's memory system is there already; call Memory_Shutdown before"),
            ));
        }
        let grade = given::grade(grade)?;
        // SAFETY: the caller's promise; NULL options are the defaults.
        let handle = unsafe { create(base, size, &given::options::<MemoryOptionsC>(null())?) }?;
        let system = find(handle.to_c())?;
        if grade.is_some() {
            system.set_grade(grade);
        }
        // SAFETY: the caller's promise.
        unsafe { AREAS.0.get().write(system.areas.get()) };
        MEMORY.store(handle.to_c(), Ordering::Release);
        Ok(true)
    })
}

/// # Safety
/// Nobody uses the program's memory system or what it handed out any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_game_shutdown() -> bool {
    enter("Memory_Shutdown", false, || {
        let memory = MEMORY.load(Ordering::Acquire);
        if memory.is_null() {
            return Ok(true);
        }
        let handle = Handle::from_c(memory);
        // Destroyed by its own handle, it is gone already.
        if let Some(shared) = registry::peek::<Shared>(handle).cloned() {
            Owned::may_end(&shared, super::NAME)?;
            end(handle, &shared);
        }
        MEMORY.store(null_mut(), Ordering::Release);
        // SAFETY: the caller's promise.
        unsafe { AREAS.0.get().write(AreasC::NONE) };
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_game_memory() -> MemoryPtr {
    MEMORY.load(Ordering::Acquire)
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_game_areas() -> *const AreasC {
    AREAS.0.get()
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_game_check_leaks() -> usize {
    enter("Memory_CheckLeaks", 0, || {
        let system = find(arenite_game_memory())?;
        print(&report(system, LEAKS)?)?;
        let SystemLeaks { small, medium, large, stack, temps } = system.leaks();
        Ok(small + medium + large + stack + temps)
    })
}
