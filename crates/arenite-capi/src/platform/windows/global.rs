//! `GlobalAlloc`, `LocalAlloc` and their kin.

use super::{Memory, call, noted};
use crate::border::enter;
use arenite_lib::platform::windows::{self, Family, Unlocked, constants::GMEM_INVALID_HANDLE};
use std::{
    ffi::{c_int, c_uint, c_void},
    ptr::{null_mut, with_exposed_provenance_mut},
};

/// `HGLOBAL`, `HLOCAL`: a number in the shape of a pointer, or for fixed memory the address of the block.
type Handle = *mut c_void;

const fn family(local: bool) -> Family {
    if local { Family::Local } else { Family::Global }
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_global_alloc(local: bool, flags: c_uint, size: usize) -> Handle {
    let name = if local { "LocalAlloc" } else { "GlobalAlloc" };
    call(name, null_mut(), || windows::global_alloc(family(local), flags, size).map(with_exposed_provenance_mut))
}

/// # Safety
/// As [`windows::global_realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_win_global_realloc(local: bool, handle: Handle, size: usize, flags: c_uint) -> Handle {
    let name = if local { "LocalReAlloc" } else { "GlobalReAlloc" };
    call(name, null_mut(), || {
        // SAFETY: the caller's promise.
        let changed = unsafe { windows::global_realloc(family(local), handle.addr(), size, flags) }?;
        Ok(with_exposed_provenance_mut(changed))
    })
}

/// # Safety
/// As [`windows::global_free`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_win_global_free(local: bool, handle: Handle) -> Handle {
    if handle.is_null() {
        return null_mut();
    }
    let name = if local { "LocalFree" } else { "GlobalFree" };
    // SAFETY: the caller's promise.
    call(name, handle, || unsafe { windows::global_free(handle.addr()) }.map(|()| null_mut()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_global_size(local: bool, handle: Handle) -> usize {
    let name = if local { "LocalSize" } else { "GlobalSize" };
    call(name, 0, || windows::global_size(handle.addr()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_global_lock(local: bool, handle: Handle) -> Memory {
    let name = if local { "LocalLock" } else { "GlobalLock" };
    call(name, null_mut(), || windows::global_lock(handle.addr()).map(|block| block.cast()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_global_unlock(local: bool, handle: Handle) -> c_int {
    let name = if local { "LocalUnlock" } else { "GlobalUnlock" };
    enter(name, 0, || match windows::global_unlock(family(local), handle.addr()).map_err(noted)? {
        Unlocked::Locked => Ok(1),
        Unlocked::Free => {
            // FALSE is a success here, and this is how Windows says so.
            windows::set_last_error(0);
            Ok(0)
        }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_global_flags(local: bool, handle: Handle) -> c_uint {
    let name = if local { "LocalFlags" } else { "GlobalFlags" };
    call(name, GMEM_INVALID_HANDLE, || windows::global_flags(family(local), handle.addr()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_global_handle(local: bool, address: *const c_void) -> Handle {
    let name = if local { "LocalHandle" } else { "GlobalHandle" };
    call(name, null_mut(), || windows::global_handle(address.cast()).map(with_exposed_provenance_mut))
}

/// # Safety
/// As [`windows::global_discard`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_win_global_discard(local: bool, handle: Handle) -> Handle {
    let name = if local { "LocalDiscard" } else { "GlobalDiscard" };
    // SAFETY: the caller's promise.
    call(name, null_mut(), || unsafe { windows::global_discard(handle.addr()) }.map(with_exposed_provenance_mut))
}
