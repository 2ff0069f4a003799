//! The kernel's pages: reserve, commit, decommit, release, advise. One thin layer per system, each call counted.

use crate::{
    debug::tools,
    sync::{AtomicU64, AtomicUsize, Ordering},
};
use core::{fmt, ptr::NonNull};

static CALLS: AtomicU64 = AtomicU64::new(0);

/// How many memory calls this library has made to the operating system so far: reserve, commit, decommit, advise,
/// release. A steady frame makes none. The system heap's own calls are not among them.
#[must_use]
pub fn system_calls() -> u64 {
    CALLS.load(Ordering::Relaxed)
}

fn count_call() {
    CALLS.fetch_add(1, Ordering::Relaxed);
}

/// A refused call to the operating system's memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VmError {
    /// What was asked: "reserve", "commit", "decommit".
    pub operation: &'static str,
    /// Of how many bytes.
    pub size: usize,
    /// The system's error number.
    pub code: i32,
}

impl VmError {
    fn last(operation: &'static str, size: usize) -> Self {
        Self { operation, size, code: std::io::Error::last_os_error().raw_os_error().unwrap_or(0) }
    }
}

impl fmt::Display for VmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the system refused to {} {} bytes of address space: {}; check `ulimit -v`, the container's limit and the overcommit policy, or ask for less",
            self.operation,
            self.size,
            std::io::Error::from_raw_os_error(self.code)
        )
    }
}

impl std::error::Error for VmError {}

/// The size of a page, in bytes.
#[must_use]
pub fn page_size() -> usize {
    static SIZE: AtomicUsize = AtomicUsize::new(0);
    match SIZE.load(Ordering::Relaxed) {
        0 => {
            let size = sys::page_size();
            SIZE.store(size, Ordering::Relaxed);
            size
        }
        size => size,
    }
}

pub(super) use sys::{advise_huge, commit, decommit, populate};

/// Address space without memory behind it: any access faults. At `hint`, 0 or a page's, if the kernel likes that. A leak
/// checker looks for pointers in what of it is committed.
pub(super) fn reserve(size: usize, hint: usize) -> Result<NonNull<u8>, VmError> {
    let base = sys::reserve(size, hint)?;
    tools::root(base.addr().get(), size);
    Ok(base)
}

/// Ends a reservation.
///
/// # Safety
/// Exactly what one [`reserve`] returned; nothing in it is used any more.
pub(super) unsafe fn release(base: *mut u8, size: usize) {
    tools::no_root(base.addr(), size);
    // SAFETY: the caller's promise.
    unsafe { sys::release(base, size) }
}

#[cfg(unix)]
mod sys {
    use super::{NonNull, VmError, count_call};
    use core::ptr;

    pub(super) fn page_size() -> usize {
        // SAFETY: `sysconf` reads a constant of the system.
        unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
    }

    /// Address space without memory behind it: any access faults. At `hint`, 0 or a page's, if the kernel likes that.
    pub(in super::super) fn reserve(size: usize, hint: usize) -> Result<NonNull<u8>, VmError> {
        count_call();
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
        // SAFETY: a fresh private mapping at an address of the kernel's choice touches no existing memory: without
        // `MAP_FIXED` it takes the hint only where nothing is.
        let base = unsafe { libc::mmap(ptr::without_provenance_mut(hint), size, libc::PROT_NONE, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return Err(VmError::last("reserve", size));
        }
        NonNull::new(base.cast()).ok_or(VmError { operation: "reserve", size, code: libc::ENOMEM })
    }

    /// Makes whole pages of a reservation readable and writable; new ones read as zero.
    ///
    /// # Safety
    /// The range lies in a reservation of the caller's, on page boundaries.
    pub(in super::super) unsafe fn commit(base: *mut u8, size: usize) -> Result<(), VmError> {
        count_call();
        // SAFETY: the caller owns the range.
        match unsafe { libc::mprotect(base.cast(), size, libc::PROT_READ | libc::PROT_WRITE) } {
            0 => Ok(()),
            _ => Err(VmError::last("commit", size)),
        }
    }

    /// Gives the memory of whole pages back and makes them inaccessible; the address space stays.
    ///
    /// # Safety
    /// As [`commit`], and nothing in the range is used any more.
    pub(in super::super) unsafe fn decommit(base: *mut u8, size: usize) -> Result<(), VmError> {
        count_call();
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            count_call();
            // SAFETY: the caller owns the range and is done with it. Private anonymous pages read as zero afterwards.
            let dropped = unsafe { libc::madvise(base.cast(), size, libc::MADV_DONTNEED) };
            // SAFETY: as above.
            if dropped == 0 && unsafe { libc::mprotect(base.cast(), size, libc::PROT_NONE) } == 0 {
                return Ok(());
            }
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        {
            // Elsewhere MADV_DONTNEED may keep the bytes, so a fresh mapping takes the place of the old one.
            let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
            // SAFETY: the caller owns the range and is done with it; MAP_FIXED replaces exactly that.
            if unsafe { libc::mmap(base.cast(), size, libc::PROT_NONE, flags, -1, 0) } != libc::MAP_FAILED {
                return Ok(());
            }
        }
        Err(VmError::last("decommit", size))
    }

    /// Ends a reservation.
    ///
    /// # Safety
    /// Exactly what one `reserve` returned; nothing in it is used any more.
    pub(in super::super) unsafe fn release(base: *mut u8, size: usize) {
        count_call();
        // SAFETY: the caller owns the mapping and is done with it.
        let done = unsafe { libc::munmap(base.cast(), size) };
        debug_assert_eq!(done, 0, "munmap of our own mapping");
    }

    /// Asks for huge pages in a range. Advice: a system without them ignores it.
    ///
    /// # Safety
    /// As [`commit`].
    pub(in super::super) unsafe fn advise_huge(base: *mut u8, size: usize) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            count_call();
            // SAFETY: the caller owns the range; the advice changes no contents.
            unsafe { libc::madvise(base.cast(), size, libc::MADV_HUGEPAGE) };
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let _ = (base, size);
    }

    /// Faults the pages of a committed range in, so that the first touch of each costs nothing.
    ///
    /// # Safety
    /// As [`commit`], and the range is committed.
    pub(in super::super) unsafe fn populate(base: *mut u8, size: usize) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            const MADV_POPULATE_WRITE: i32 = 23;
            count_call();
            // SAFETY: the caller owns the range; populating changes no contents.
            if unsafe { libc::madvise(base.cast(), size, MADV_POPULATE_WRITE) } == 0 {
                return;
            }
        }
        // Kernels before 5.14 and other systems: touch each page. Only fresh pages are populated, so they hold zeros.
        for offset in (0..size).step_by(super::page_size()) {
            // SAFETY: inside the committed range; writing the zero that a fresh page holds changes nothing.
            unsafe { base.add(offset).write_volatile(0) };
        }
    }
}

#[cfg(windows)]
mod sys {
    use super::{NonNull, VmError, count_call};
    use core::ptr;
    use windows_sys::Win32::System::{
        Memory::{
            MEM_COMMIT, MEM_DECOMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_NOACCESS, PAGE_READWRITE, VirtualAlloc,
            VirtualFree,
        },
        SystemInformation::{GetSystemInfo, SYSTEM_INFO},
    };

    pub(super) fn page_size() -> usize {
        // SAFETY: all-zero is a valid SYSTEM_INFO, and the call fills it.
        let mut info: SYSTEM_INFO = unsafe { core::mem::zeroed() };
        // SAFETY: `info` is valid for writing.
        unsafe { GetSystemInfo(&mut info) };
        info.dwPageSize as usize
    }

    /// Address space without memory behind it: any access faults. At `hint`, 0 or a multiple of 64 KiB, if that is free.
    pub(in super::super) fn reserve(size: usize, hint: usize) -> Result<NonNull<u8>, VmError> {
        count_call();
        // SAFETY: a fresh reservation touches no existing memory.
        let mut base = unsafe { VirtualAlloc(ptr::without_provenance(hint), size, MEM_RESERVE, PAGE_NOACCESS) };
        if base.is_null() && hint != 0 {
            // SAFETY: as above.
            base = unsafe { VirtualAlloc(ptr::null(), size, MEM_RESERVE, PAGE_NOACCESS) };
        }
        NonNull::new(base.cast()).ok_or_else(|| VmError::last("reserve", size))
    }

    /// Makes whole pages of a reservation readable and writable; new ones read as zero.
    ///
    /// # Safety
    /// The range lies in a reservation of the caller's, on page boundaries.
    pub(in super::super) unsafe fn commit(base: *mut u8, size: usize) -> Result<(), VmError> {
        count_call();
        // SAFETY: the caller owns the range.
        let done = unsafe { VirtualAlloc(base.cast(), size, MEM_COMMIT, PAGE_READWRITE) };
        if done.is_null() { Err(VmError::last("commit", size)) } else { Ok(()) }
    }

    /// Gives the memory of whole pages back; the address space stays.
    ///
    /// # Safety
    /// As [`commit`], and nothing in the range is used any more.
    pub(in super::super) unsafe fn decommit(base: *mut u8, size: usize) -> Result<(), VmError> {
        count_call();
        // SAFETY: the caller owns the range and is done with it.
        match unsafe { VirtualFree(base.cast(), size, MEM_DECOMMIT) } {
            0 => Err(VmError::last("decommit", size)),
            _ => Ok(()),
        }
    }

    /// Ends a reservation.
    ///
    /// # Safety
    /// Exactly what one `reserve` returned; nothing in it is used any more.
    pub(in super::super) unsafe fn release(base: *mut u8, _size: usize) {
        count_call();
        // SAFETY: the caller owns the reservation; a release names its base and size 0.
        let done = unsafe { VirtualFree(base.cast(), 0, MEM_RELEASE) };
        debug_assert_ne!(done, 0, "VirtualFree of our own reservation");
    }

    /// Windows gives large pages only to privileged processes and non-pageable memory: no advice to give.
    ///
    /// # Safety
    /// None needed; the signature is that of the other systems.
    pub(in super::super) unsafe fn advise_huge(_base: *mut u8, _size: usize) {}

    /// Faults the pages of a committed range in, so that the first touch of each costs nothing.
    ///
    /// # Safety
    /// As [`commit`], and the range is committed and fresh.
    pub(in super::super) unsafe fn populate(base: *mut u8, size: usize) {
        for offset in (0..size).step_by(super::page_size()) {
            // SAFETY: inside the committed range; writing the zero that a fresh page holds changes nothing.
            unsafe { base.add(offset).write_volatile(0) };
        }
    }
}
