//! `fork` waits until no other thread is inside of the library: see `arenite_lib::fork`.

pub(crate) use arenite_lib::fork::Inside;

/// The calling thread comes into the library.
#[inline]
pub(crate) fn enter() -> Inside {
    #[cfg(unix)]
    handlers::set();
    arenite_lib::fork::enter()
}

#[cfg(unix)]
mod handlers {
    use arenite_lib::fork;
    use std::{
        ffi::c_int,
        sync::{
            Mutex, PoisonError,
            atomic::{AtomicBool, Ordering},
        },
    };

    type Handler = extern "C" fn();

    unsafe extern "C" {
        fn pthread_atfork(prepare: Option<Handler>, parent: Option<Handler>, child: Option<Handler>) -> c_int;
    }

    /// Relaxed: a second look is made under the lock.
    static SET: AtomicBool = AtomicBool::new(false);

    #[inline]
    pub(super) fn set() {
        if !SET.load(Ordering::Relaxed) {
            set_now();
        }
    }

    extern "C" fn prepare() {
        fork::prepare();
    }

    extern "C" fn parent() {
        fork::parent();
    }

    extern "C" fn child() {
        fork::child();
    }

    #[cold]
    fn set_now() {
        static LOCK: Mutex<()> = Mutex::new(());
        let _lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        if SET.load(Ordering::Relaxed) {
            return;
        }
        // SAFETY: functions that are there as long as the library is. Without memory it is tried again by the next call.
        let refused = unsafe { pthread_atfork(Some(prepare), Some(parent), Some(child)) };
        SET.store(refused == 0, Ordering::Relaxed);
    }
}
