//! `VirtualAlloc` and its kin, and the machine's memory.

use super::{Memory, call, yes};
use arenite_lib::platform::windows::{self, WinError};
use std::{
    ffi::{c_int, c_uint},
    ptr::{NonNull, null_mut},
};

/// `arenite_win_memory_info`: Windows' `MEMORY_BASIC_INFORMATION`.
#[repr(C)]
pub struct MemoryInfo {
    base_address: Memory,
    allocation_base: Memory,
    allocation_protect: c_uint,
    /// Windows has a partition number here, on 64-bit.
    #[cfg(target_pointer_width = "64")]
    partition: c_uint,
    region_size: usize,
    state: c_uint,
    protect: c_uint,
    kind: c_uint,
}

/// `arenite_win_memory_status`: Windows' `MEMORYSTATUSEX`.
#[repr(C)]
pub struct MemoryStatus {
    length: c_uint,
    memory_load: c_uint,
    total_phys: u64,
    avail_phys: u64,
    total_page_file: u64,
    avail_page_file: u64,
    total_virtual: u64,
    avail_virtual: u64,
    avail_extended_virtual: u64,
}

const _: () = assert!(size_of::<MemoryStatus>() == 64);
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<MemoryInfo>() == 48);

/// # Safety
/// As [`windows::virtual_alloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_win_virtual_alloc(
    address: Memory,
    size: usize,
    kind: c_uint,
    protect: c_uint,
) -> Memory {
    call("VirtualAlloc", null_mut(), || {
        // SAFETY: the caller's promise.
        let pages: NonNull<u8> = unsafe { windows::virtual_alloc(address.expose_provenance(), size, kind, protect) }?;
        Ok(pages.as_ptr().cast())
    })
}

/// # Safety
/// As [`windows::virtual_free`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_win_virtual_free(address: Memory, size: usize, kind: c_uint) -> c_int {
    // SAFETY: the caller's promise.
    call("VirtualFree", 0, || unsafe { windows::virtual_free(address.addr(), size, kind) }.map(yes))
}

/// # Safety
/// As [`windows::virtual_protect`], and `old` is NULL or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_win_virtual_protect(
    address: Memory,
    size: usize,
    protect: c_uint,
    old: *mut c_uint,
) -> c_int {
    call("VirtualProtect", 0, || {
        let old = NonNull::new(old).ok_or(WinError::NOACCESS)?;
        // SAFETY: the caller's promise.
        unsafe { old.write(windows::virtual_protect(address.addr(), size, protect)?) };
        Ok(1)
    })
}

/// # Safety
/// `info` is NULL or valid for writes of `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_win_virtual_query(
    address: *const std::ffi::c_void,
    info: *mut MemoryInfo,
    length: usize,
) -> usize {
    call("VirtualQuery", 0, || {
        if length < size_of::<MemoryInfo>() {
            return Err(WinError::BAD_LENGTH);
        }
        let info = NonNull::new(info).ok_or(WinError::NOACCESS)?;
        let run = windows::virtual_query(address.addr())?;
        let told = MemoryInfo {
            base_address: std::ptr::with_exposed_provenance_mut(run.base_address),
            allocation_base: std::ptr::with_exposed_provenance_mut(run.allocation_base),
            allocation_protect: run.allocation_protect,
            #[cfg(target_pointer_width = "64")]
            partition: 0,
            region_size: run.region_size,
            state: run.state,
            protect: run.protect,
            kind: run.kind,
        };
        // SAFETY: the caller's promise.
        unsafe { info.write(told) };
        Ok(size_of::<MemoryInfo>())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_virtual_lock(address: Memory, size: usize) -> c_int {
    call("VirtualLock", 0, || windows::virtual_lock(address.addr(), size).map(yes))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_win_virtual_unlock(address: Memory, size: usize) -> c_int {
    call("VirtualUnlock", 0, || windows::virtual_unlock(address.addr(), size).map(yes))
}

/// # Safety
/// `status` is NULL or valid for reading and writing, as far as its length says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_win_global_memory_status_ex(status: *mut MemoryStatus) -> c_int {
    call("GlobalMemoryStatusEx", 0, || {
        let status = NonNull::new(status).ok_or(WinError::NOACCESS)?;
        // SAFETY: the caller's promise: the length is there, whatever else is not.
        if unsafe { status.cast::<c_uint>().read() } as usize != size_of::<MemoryStatus>() {
            return Err(WinError::INVALID_PARAMETER);
        }
        let now = windows::global_memory_status();
        let told = MemoryStatus {
            length: size_of::<MemoryStatus>() as c_uint,
            memory_load: now.memory_load,
            total_phys: now.total_phys,
            avail_phys: now.avail_phys,
            total_page_file: now.total_page_file,
            avail_page_file: now.avail_page_file,
            total_virtual: now.total_virtual,
            avail_virtual: now.avail_virtual,
            avail_extended_virtual: 0,
        };
        // SAFETY: the caller's promise: it is as long as it says.
        unsafe { status.write(told) };
        Ok(1)
    })
}
