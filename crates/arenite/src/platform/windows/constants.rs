//! Windows' numbers, under Windows' names.

/// `VirtualAlloc`: pages of a reserved region become usable.
pub const MEM_COMMIT: u32 = 0x1000;
/// `VirtualAlloc`: a region of address space is set aside.
pub const MEM_RESERVE: u32 = 0x2000;
/// `VirtualFree`: pages become reserved again; what was in them is gone.
pub const MEM_DECOMMIT: u32 = 0x4000;
/// `VirtualFree`: a whole region ends.
pub const MEM_RELEASE: u32 = 0x8000;
/// `VirtualQuery`: nothing is there.
pub const MEM_FREE: u32 = 0x1_0000;
/// `VirtualQuery`: memory of the process's own.
pub const MEM_PRIVATE: u32 = 0x2_0000;
/// `VirtualQuery`: a file's or a shared mapping.
pub const MEM_MAPPED: u32 = 0x4_0000;
/// `VirtualAlloc`: what is in the pages is of no interest any more.
pub const MEM_RESET: u32 = 0x8_0000;
/// `VirtualAlloc`: at a high address. Accepted; the system chooses.
pub const MEM_TOP_DOWN: u32 = 0x10_0000;
/// `VirtualAlloc`: large pages, which need a privilege. Refused with [`WinError::PRIVILEGE_NOT_HELD`](super::WinError).
pub const MEM_LARGE_PAGES: u32 = 0x2000_0000;

/// No access.
pub const PAGE_NOACCESS: u32 = 0x01;
/// Reading.
pub const PAGE_READONLY: u32 = 0x02;
/// Reading and writing.
pub const PAGE_READWRITE: u32 = 0x04;
/// Copy on write: refused for memory of this kind, as on Windows.
pub const PAGE_WRITECOPY: u32 = 0x08;
/// Execution.
pub const PAGE_EXECUTE: u32 = 0x10;
/// Execution and reading.
pub const PAGE_EXECUTE_READ: u32 = 0x20;
/// Execution, reading and writing.
pub const PAGE_EXECUTE_READWRITE: u32 = 0x40;
/// Execution and copy on write: refused for memory of this kind, as on Windows.
pub const PAGE_EXECUTE_WRITECOPY: u32 = 0x80;
/// With one of the above: the first access raises an alarm. Elsewhere than on Windows every access faults until the
/// protection is changed.
pub const PAGE_GUARD: u32 = 0x100;
/// With one of the above: remembered, and without effect elsewhere than on Windows.
pub const PAGE_NOCACHE: u32 = 0x200;
/// As [`PAGE_NOCACHE`].
pub const PAGE_WRITECOMBINE: u32 = 0x400;

/// Heaps: the caller promises not to come from two threads. Accepted; heaps here are safe from any thread.
pub const HEAP_NO_SERIALIZE: u32 = 0x01;
/// Heaps: a refusal raises an exception. Accepted; a refusal is answered by an error all the same.
pub const HEAP_GENERATE_EXCEPTIONS: u32 = 0x04;
/// Heaps: what is new reads as zero.
pub const HEAP_ZERO_MEMORY: u32 = 0x08;
/// `HeapReAlloc`: where the block stands, or not at all.
pub const HEAP_REALLOC_IN_PLACE_ONLY: u32 = 0x10;
/// `HeapCreate`: code may run in blocks. Refused with [`WinError::NOT_SUPPORTED`](super::WinError): use `VirtualAlloc`.
pub const HEAP_CREATE_ENABLE_EXECUTE: u32 = 0x4_0000;

/// Global and local memory: the handle is the address.
pub const GMEM_FIXED: u32 = 0;
/// The handle is none; `GlobalLock` tells the address.
pub const GMEM_MOVEABLE: u32 = 0x02;
/// What is new reads as zero.
pub const GMEM_ZEROINIT: u32 = 0x40;
/// `GlobalReAlloc`: the attributes change, not the size.
pub const GMEM_MODIFY: u32 = 0x80;
/// Global memory that may be discarded. Only its owner ever does.
pub const GMEM_DISCARDABLE: u32 = 0x100;
/// Remembered by `GlobalFlags`, without effect, as on Windows.
pub const GMEM_DDESHARE: u32 = 0x2000;
/// `GlobalFlags`: the memory was discarded.
pub const GMEM_DISCARDED: u32 = 0x4000;
/// `GlobalFlags`: no such handle.
pub const GMEM_INVALID_HANDLE: u32 = 0x8000;
/// `GlobalFlags`: the bits of the lock count.
pub const GMEM_LOCKCOUNT: u32 = 0xFF;
/// Local memory that may be discarded.
pub const LMEM_DISCARDABLE: u32 = 0xF00;
