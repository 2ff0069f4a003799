//! Page faults of the process.

/// Page faults so far, minor and major together. Makes no heap call.
#[cfg(unix)]
pub(crate) fn page_faults() -> Option<u64> {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the pointer is valid for the write of one `rusage`.
    let answer = unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) };
    if answer != 0 {
        return None;
    }
    // SAFETY: the call succeeded, so it filled the structure in.
    let usage = unsafe { usage.assume_init() };
    u64::try_from(usage.ru_minflt).ok()?.checked_add(u64::try_from(usage.ru_majflt).ok()?)
}

/// Not known on this system.
#[cfg(not(unix))]
pub(crate) fn page_faults() -> Option<u64> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn touching_fresh_pages_faults() {
        let before = page_faults().expect("known on Linux");
        let fresh = std::hint::black_box(vec![1u8; 4 << 20]);
        assert!(page_faults().expect("known on Linux") > before);
        drop(fresh);
    }
}
