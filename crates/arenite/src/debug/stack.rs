//! The stack of the calling thread: where it ends, and what it keeps in registers. On Linux, on x86-64 and aarch64.

use core::{mem::MaybeUninit, ops::Range, ptr};

/// How many registers a called function must leave as they were.
#[cfg(target_arch = "x86_64")]
const KEPT: usize = 6;
#[cfg(target_arch = "aarch64")]
const KEPT: usize = 12;

/// The registers that a caller may have kept a pointer in over this call, to lie on the stack of the function that this is
/// inlined into.
#[inline(always)]
pub(crate) fn registers() -> [usize; KEPT] {
    let mut kept = [0; KEPT];
    #[cfg(target_arch = "x86_64")]
    // SAFETY: writes six words into `kept`.
    unsafe {
        core::arch::asm!(
            "mov [{to}], rbx", "mov [{to} + 8], rbp", "mov [{to} + 16], r12",
            "mov [{to} + 24], r13", "mov [{to} + 32], r14", "mov [{to} + 40], r15",
            to = in(reg) kept.as_mut_ptr(),
            options(nostack, preserves_flags),
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: writes twelve words into `kept`.
    unsafe {
        core::arch::asm!(
            "stp x19, x20, [{to}]", "stp x21, x22, [{to}, #16]", "stp x23, x24, [{to}, #32]",
            "stp x25, x26, [{to}, #48]", "stp x27, x28, [{to}, #64]", "stp x29, x30, [{to}, #80]",
            to = in(reg) kept.as_mut_ptr(),
            options(nostack, preserves_flags),
        );
    }
    kept
}

/// The calling thread's stack from `low`, an address on it, to its end. `None`: the system does not say, or `low` lies on
/// another stack (of a coroutine, of a signal).
pub(crate) fn from(low: usize) -> Option<Range<usize>> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::zeroed();
    // SAFETY: a live thread, this one; the attributes are made by this call and ended below.
    if unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) } != 0 {
        return None;
    }
    let (mut lowest, mut size) = (ptr::null_mut(), 0);
    // SAFETY: made above.
    let known = unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut lowest, &raw mut size) } == 0;
    // SAFETY: made above, and not used after this.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    let stack = lowest.addr()..lowest.addr() + size;
    (known && stack.contains(&low)).then_some(low..stack.end)
}

/// The system's number of the calling thread.
pub(crate) fn thread_number() -> u32 {
    // SAFETY: asks the kernel for a number.
    unsafe { libc::syscall(libc::SYS_gettid) as u32 }
}
