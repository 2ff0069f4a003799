//! Results that the compiler must produce.

/// Makes the compiler produce `memory` and everything stored behind it, for no instruction at all. (`hint::black_box`
/// stores the pointer to the stack: one instruction too many where the whole path has five.)
#[inline(always)]
pub(crate) fn keep<T: ?Sized>(memory: *const T) {
    #[cfg(any(
        target_arch = "x86_64",
        target_arch = "x86",
        target_arch = "aarch64",
        target_arch = "arm",
        target_arch = "riscv64"
    ))]
    // SAFETY: an empty instruction sequence; that it may read and write memory is only what the compiler has to assume.
    unsafe {
        core::arch::asm!("/* {0} */", in(reg) memory.cast::<u8>(), options(nostack, preserves_flags));
    }
    #[cfg(not(any(
        target_arch = "x86_64",
        target_arch = "x86",
        target_arch = "aarch64",
        target_arch = "arm",
        target_arch = "riscv64"
    )))]
    core::hint::black_box(memory.cast::<u8>());
}
