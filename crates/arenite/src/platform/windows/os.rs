//! The system's part of the virtual memory calls. What is asked for was checked against the table before.

use super::{WinError, protection::Protection};
use core::ops::Range;

pub(super) use sys::{commit, decommit, discard, lock, protect, release, reserve, unlock};

/// Regions start at multiples of this.
pub(super) const GRANULE: usize = 64 << 10;

/// The first address beyond those that a program can use.
#[cfg(target_pointer_width = "64")]
pub(super) const END: usize = 0x7FFF_FFFF_0000;
/// The first address beyond those that a program can use.
#[cfg(not(target_pointer_width = "64"))]
pub(super) const END: usize = 0xFFFF_0000;

#[cfg(unix)]
mod sys {
    use super::{GRANULE, Protection, Range, WinError};
    use core::{ffi::c_void, ptr};

    fn error() -> WinError {
        match std::io::Error::last_os_error().raw_os_error() {
            Some(libc::EACCES | libc::EPERM) => WinError::ACCESS_DENIED,
            _ => WinError::NOT_ENOUGH_MEMORY,
        }
    }

    /// Addresses are the program's numbers; the mappings that they name are the kernel's.
    fn at(address: usize) -> *mut c_void {
        ptr::with_exposed_provenance_mut(address)
    }

    fn checked(result: i32) -> Result<(), WinError> {
        if result == 0 { Ok(()) } else { Err(error()) }
    }

    fn map(wanted: usize, size: usize, more: i32) -> Result<*mut c_void, WinError> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | more;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON | more;
        // SAFETY: without MAP_FIXED, a new mapping that replaces none.
        let base = unsafe { libc::mmap(at(wanted), size, libc::PROT_NONE, flags, -1, 0) };
        if base == libc::MAP_FAILED { Err(error()) } else { Ok(base) }
    }

    fn unmap(range: Range<usize>) {
        if !range.is_empty() {
            // SAFETY: called for mappings of this file's own that nobody uses.
            unsafe { libc::munmap(at(range.start), range.len()) };
        }
    }

    /// Address space for `size` bytes: anywhere, or at `wanted` and nowhere else.
    pub(in super::super) fn reserve(wanted: Option<usize>, size: usize) -> Result<usize, WinError> {
        let Some(wanted) = wanted else {
            let mapped = size + GRANULE;
            let start = map(0, mapped, 0)?.expose_provenance();
            let base = start.next_multiple_of(GRANULE);
            unmap(start..base);
            unmap(base + size..start + mapped);
            return Ok(base);
        };
        // Kernels before 4.17 take the flag for a wish, and other systems know only the wish.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let exactly = libc::MAP_FIXED_NOREPLACE;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let exactly = 0;
        let base = map(wanted, size, exactly).map_err(|_| WinError::INVALID_ADDRESS)?.expose_provenance();
        if base != wanted {
            unmap(base..base + size);
            return Err(WinError::INVALID_ADDRESS);
        }
        Ok(base)
    }

    /// Makes pages usable; those that were not hold zeros.
    ///
    /// # Safety
    /// Pages of a region; nobody relies on access that they lose.
    pub(in super::super) unsafe fn commit(pages: Range<usize>, protection: Protection) -> Result<(), WinError> {
        // SAFETY: the caller's promise.
        unsafe { protect(pages, protection) }
    }

    /// # Safety
    /// As [`commit`], and the pages are committed.
    pub(in super::super) unsafe fn protect(pages: Range<usize>, protection: Protection) -> Result<(), WinError> {
        // SAFETY: the caller's promise.
        checked(unsafe { libc::mprotect(at(pages.start), pages.len(), protection.for_mprotect()) })
    }

    /// Gives the memory of pages back; the next commit finds zeros.
    ///
    /// # Safety
    /// Pages of a region that nobody uses any more.
    pub(in super::super) unsafe fn decommit(pages: Range<usize>) -> Result<(), WinError> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
        // One step, so that there is no half of it: a new mapping takes the place of the old one.
        // SAFETY: the caller's promise.
        let mapped = unsafe { libc::mmap(at(pages.start), pages.len(), libc::PROT_NONE, flags, -1, 0) };
        if mapped == libc::MAP_FAILED { Err(error()) } else { Ok(()) }
    }

    /// # Safety
    /// A whole region that nobody uses any more.
    pub(in super::super) unsafe fn release(pages: Range<usize>) -> Result<(), WinError> {
        // SAFETY: the caller's promise.
        checked(unsafe { libc::munmap(at(pages.start), pages.len()) })
    }

    /// Tells the system that the contents of pages are of no interest.
    ///
    /// # Safety
    /// Committed pages of a region.
    pub(in super::super) unsafe fn discard(pages: Range<usize>) {
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        // Advice: a kernel that does not take it keeps the contents, which is allowed.
        // SAFETY: the caller's promise.
        unsafe {
            libc::madvise(at(pages.start), pages.len(), libc::MADV_FREE);
        }
        #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
        let _ = pages;
    }

    pub(in super::super) fn lock(pages: Range<usize>) -> Result<(), WinError> {
        // SAFETY: locking changes no contents, and the pages are a region's.
        let locked = unsafe { libc::mlock(at(pages.start), pages.len()) };
        if locked == 0 { Ok(()) } else { Err(WinError::WORKING_SET_QUOTA) }
    }

    pub(in super::super) fn unlock(pages: Range<usize>) -> Result<(), WinError> {
        // SAFETY: unlocking changes no contents, and the pages are a region's.
        checked(unsafe { libc::munlock(at(pages.start), pages.len()) })
    }
}

#[cfg(windows)]
mod sys {
    use super::{Protection, Range, WinError};
    use core::{ffi::c_void, ptr};
    use windows_sys::Win32::{
        Foundation::GetLastError,
        System::Memory::{
            MEM_COMMIT, MEM_DECOMMIT, MEM_RELEASE, MEM_RESERVE, MEM_RESET, PAGE_NOACCESS, VirtualAlloc, VirtualFree,
            VirtualLock, VirtualProtect, VirtualUnlock,
        },
    };

    fn error() -> WinError {
        // SAFETY: reads a word of the thread.
        WinError::of(unsafe { GetLastError() })
    }

    fn at(address: usize) -> *mut c_void {
        ptr::with_exposed_provenance_mut(address)
    }

    fn checked(result: i32) -> Result<(), WinError> {
        if result != 0 { Ok(()) } else { Err(error()) }
    }

    /// Address space for `size` bytes: anywhere, or at `wanted` and nowhere else.
    pub(in super::super) fn reserve(wanted: Option<usize>, size: usize) -> Result<usize, WinError> {
        // SAFETY: a new reservation touches no memory.
        let base = unsafe { VirtualAlloc(at(wanted.unwrap_or(0)), size, MEM_RESERVE, PAGE_NOACCESS) };
        if base.is_null() { Err(error()) } else { Ok(base.expose_provenance()) }
    }

    /// Makes pages usable; those that were not hold zeros.
    ///
    /// # Safety
    /// Pages of a region; nobody relies on access that they lose.
    pub(in super::super) unsafe fn commit(pages: Range<usize>, protection: Protection) -> Result<(), WinError> {
        // SAFETY: the caller's promise.
        let base = unsafe { VirtualAlloc(at(pages.start), pages.len(), MEM_COMMIT, protection.bits()) };
        if base.is_null() { Err(error()) } else { Ok(()) }
    }

    /// # Safety
    /// As [`commit`], and the pages are committed.
    pub(in super::super) unsafe fn protect(pages: Range<usize>, protection: Protection) -> Result<(), WinError> {
        let mut old = 0;
        // SAFETY: the caller's promise, and `old` is valid for writing.
        checked(unsafe { VirtualProtect(at(pages.start), pages.len(), protection.bits(), &mut old) })
    }

    /// Gives the memory of pages back; the next commit finds zeros.
    ///
    /// # Safety
    /// Pages of a region that nobody uses any more.
    pub(in super::super) unsafe fn decommit(pages: Range<usize>) -> Result<(), WinError> {
        // SAFETY: the caller's promise.
        checked(unsafe { VirtualFree(at(pages.start), pages.len(), MEM_DECOMMIT) })
    }

    /// # Safety
    /// A whole region that nobody uses any more.
    pub(in super::super) unsafe fn release(pages: Range<usize>) -> Result<(), WinError> {
        // SAFETY: the caller's promise.
        checked(unsafe { VirtualFree(at(pages.start), 0, MEM_RELEASE) })
    }

    /// Tells the system that the contents of pages are of no interest.
    ///
    /// # Safety
    /// Committed pages of a region.
    pub(in super::super) unsafe fn discard(pages: Range<usize>) {
        // SAFETY: the caller's promise. Refused, the contents stay, which is allowed.
        unsafe { VirtualAlloc(at(pages.start), pages.len(), MEM_RESET, PAGE_NOACCESS) };
    }

    pub(in super::super) fn lock(pages: Range<usize>) -> Result<(), WinError> {
        // SAFETY: locking changes no contents, and the pages are a region's.
        checked(unsafe { VirtualLock(at(pages.start), pages.len()) })
    }

    pub(in super::super) fn unlock(pages: Range<usize>) -> Result<(), WinError> {
        // SAFETY: unlocking changes no contents, and the pages are a region's.
        checked(unsafe { VirtualUnlock(at(pages.start), pages.len()) })
    }
}
