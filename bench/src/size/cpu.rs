//! Processor time of the processes that this one started.

/// User and system seconds of all children so far that have ended and were waited for, theirs among them.
#[cfg(unix)]
pub(super) fn of_children() -> f64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: a plain struct of integers for the kernel to fill in; zeros are valid should it refuse.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// Not told here.
#[cfg(not(unix))]
pub(super) fn of_children() -> f64 {
    f64::NAN
}
