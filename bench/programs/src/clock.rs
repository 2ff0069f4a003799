//! Time that this thread was on a processor.
//!
//! Programs take turns with whatever else the machine does; the time that they wait is nobody's. The system's work for
//! the thread, page faults above all, is in it.

use std::time::Duration;

/// Since the thread began. Where there is no such clock, the time of day.
#[cfg(target_os = "linux")]
pub(crate) fn now() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a valid place for the answer; the clock exists on every Linux, so nothing else is answered.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).expect("below a second"))
}

/// See above.
#[cfg(not(target_os = "linux"))]
pub(crate) fn now() -> Duration {
    static BEGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    BEGIN.get_or_init(std::time::Instant::now).elapsed()
}
