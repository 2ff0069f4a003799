//! Where threads may be stopped for a look at their stacks.

#[cfg(all(feature = "std", target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
pub(crate) use scanned::{Parked, with_parked};

/// A place at which this thread may be stopped while another one scans for pointers
/// ([`report::EscapeScan`](crate::report::EscapeScan)): to be called now and then by threads that keep pointers into
/// arenas which others reset, between two jobs, say. One load when nobody scans; otherwise it waits until the scan is over.
///
/// The thread holds no lock that the scanning thread may want.
#[inline]
pub fn safepoint() {
    #[cfg(all(feature = "std", target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
    scanned::safepoint();
}

#[cfg(all(feature = "std", target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
mod scanned {
    use crate::{
        debug::{Metadata, stack},
        sync::{AtomicBool, Condvar, Lock, Ordering},
    };
    use allocator_api2::vec::Vec;
    use core::{ops::Range, time::Duration};
    use std::time::Instant;

    /// A thread that waits at a safepoint, its registers on its stack.
    #[derive(Clone)]
    pub(crate) struct Parked {
        /// The system's number of it.
        pub(crate) thread: u32,
        /// Its stack above the wait.
        pub(crate) stack: Range<usize>,
    }

    struct Waiting {
        /// One more with each scan that has ended.
        ended: u64,
        parked: Vec<Parked, Metadata>,
    }

    /// Whether somebody scans. Relaxed: who sees it late is not stopped, and who takes the lock sees the rest.
    static WANTED: AtomicBool = AtomicBool::new(false);
    static WAITING: Lock<Waiting> = Lock::new(Waiting { ended: 0, parked: Vec::new_in(Metadata) });
    static ARRIVED: Condvar = Condvar::new();
    static OVER: Condvar = Condvar::new();
    /// One scan at a time.
    static TURN: Lock<()> = Lock::new(());

    #[inline]
    pub(super) fn safepoint() {
        if WANTED.load(Ordering::Relaxed) {
            park();
        }
    }

    #[cold]
    #[inline(never)]
    fn park() {
        let registers = stack::registers();
        let Some(stack) = stack::from((&raw const registers).addr()) else { return };
        let mut waiting = WAITING.lock();
        if !WANTED.load(Ordering::Relaxed) || waiting.parked.try_reserve(1).is_err() {
            return;
        }
        waiting.parked.push(Parked { thread: stack::thread_number(), stack });
        ARRIVED.notify_all();
        let ended = waiting.ended;
        while waiting.ended == ended {
            waiting = OVER.wait(waiting).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        core::hint::black_box(&registers);
    }

    /// Lets the others go on, also after a panic.
    struct Stopped;

    impl Drop for Stopped {
        fn drop(&mut self) {
            let mut waiting = WAITING.lock();
            WANTED.store(false, Ordering::Relaxed);
            waiting.ended += 1;
            waiting.parked.clear();
            drop(waiting);
            OVER.notify_all();
        }
    }

    /// Runs `look` while those threads wait that came to a safepoint within `wait`; `others` are enough.
    pub(crate) fn with_parked<R>(wait: Duration, others: usize, look: impl FnOnce(&[Parked]) -> R) -> R {
        let _turn = TURN.lock();
        let until = Instant::now() + wait;
        WANTED.store(true, Ordering::Relaxed);
        let stopped = Stopped;
        let mut waiting = WAITING.lock();
        while waiting.parked.len() < others {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            waiting = ARRIVED.wait_timeout(waiting, left).unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        // Copied, so that late comers are not kept from waiting; they are not looked at.
        let parked = waiting.parked.clone();
        drop(waiting);
        let result = look(&parked);
        drop(stopped);
        result
    }
}
