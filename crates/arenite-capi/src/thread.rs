//! Who the calling thread is, in one instruction: the address of its thread control block.

/// A number that no other thread has at the same time: a multiple of 16 below 2^48, not 0. A thread that is made later may
/// have that of one that has ended.
#[inline(always)]
pub(crate) fn pointer() -> usize {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    {
        let pointer: usize;
        // SAFETY: on Linux the word at fs:0 is the thread control block's own address, by the ABI of thread-local storage.
        unsafe {
            core::arch::asm!("mov {}, fs:0", out(reg) pointer, options(pure, readonly, nostack, preserves_flags));
        }
        pointer
    }
    #[cfg(all(target_arch = "x86", target_os = "linux"))]
    {
        let pointer: usize;
        // SAFETY: as on x86-64, at gs:0.
        unsafe {
            core::arch::asm!("mov {}, gs:0", out(reg) pointer, options(pure, readonly, nostack, preserves_flags));
        }
        pointer
    }
    #[cfg(all(target_arch = "aarch64", target_os = "linux"))]
    {
        let pointer: usize;
        // SAFETY: the register of the thread control block; reading it does nothing else.
        unsafe {
            core::arch::asm!("mrs {}, tpidr_el0", out(reg) pointer, options(pure, nomem, nostack, preserves_flags));
        }
        pointer
    }
    #[cfg(all(target_arch = "x86_64", windows))]
    {
        let pointer: usize;
        // SAFETY: on Windows the word at gs:0x30 is the thread environment block's own address.
        unsafe {
            core::arch::asm!("mov {}, gs:0x30", out(reg) pointer, options(pure, readonly, nostack, preserves_flags));
        }
        pointer
    }
    #[cfg(not(any(
        all(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64"), target_os = "linux"),
        all(target_arch = "x86_64", windows)
    )))]
    {
        #[repr(align(16))]
        struct Here(#[allow(dead_code, reason = "a place is all that is wanted")] u8);
        thread_local! {
            static HERE: Here = const { Here(0) };
        }
        HERE.with(|here| std::ptr::from_ref(here).addr())
    }
}

#[cfg(test)]
mod tests {
    use super::pointer;

    #[test]
    fn a_thread_has_one_and_no_other_has_it() {
        let mine = pointer();
        let other = std::thread::spawn(pointer).join().unwrap();
        assert_eq!(mine, pointer());
        assert_ne!(mine, other);
        assert!(mine != 0 && mine.is_multiple_of(16));
        #[cfg(target_pointer_width = "64")]
        assert_eq!(mine >> 48, 0);
    }
}
