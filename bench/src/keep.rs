//! Results that the compiler must produce, and where its loops lie.

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

/// How many placements a loop is tried at.
pub(crate) const PLACEMENTS: u64 = 4;

/// Puts what follows at the `AT`th quarter of a cache line.
///
/// A loop of eight instructions takes 1 cycle a round when it lies within one line and 2 when it crosses into the next
/// (measured: 0.28 and 0.55 ns), and the compiler puts it anywhere. So the short loops exist once for each placement,
/// rounds take turns, and the best round is that of a placement without the accident, for every contender alike.
#[inline(always)]
pub(crate) fn place<const AT: u64>() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: padding.
    unsafe {
        core::arch::asm!(".p2align 6", ".nops 1 + 16 * {at}", at = const AT, options(nomem, nostack, preserves_flags));
    }
}

/// Calls a function that is generic over its placement at the next one in turn.
#[macro_export]
macro_rules! in_turn {
    ($turn:expr, $function:ident[$($parameter:ident),*]($($argument:expr),*)) => {{
        $turn += 1;
        match $turn % $crate::keep::PLACEMENTS {
            0 => $function::<$($parameter,)* 0>($($argument),*),
            1 => $function::<$($parameter,)* 1>($($argument),*),
            2 => $function::<$($parameter,)* 2>($($argument),*),
            _ => $function::<$($parameter,)* 3>($($argument),*),
        }
    }};
}
