//! The one door to atomics and locks, so that a model checker can be put behind it.

pub(crate) use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
#[cfg(feature = "std")]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU32};

#[cfg(feature = "std")]
pub(crate) use with_std::Lock;

#[cfg(feature = "std")]
mod with_std {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// A mutex whose content stays usable after a panic of its holder: every holder here leaves it consistent.
    pub(crate) struct Lock<T>(Mutex<T>);

    impl<T> Lock<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}

#[cfg(not(feature = "std"))]
pub(crate) use without_std::Lock;

#[cfg(not(feature = "std"))]
mod without_std {
    use super::{AtomicBool, Ordering};
    use core::{
        cell::UnsafeCell,
        ops::{Deref, DerefMut},
    };

    /// A spin lock for targets without threads to park; only cold paths take it.
    pub(crate) struct Lock<T> {
        held: AtomicBool,
        value: UnsafeCell<T>,
    }

    // SAFETY: `held` admits one guard at a time, so a shared `Lock` hands its value from thread to thread like a mutex.
    unsafe impl<T: Send> Sync for Lock<T> {}

    pub(crate) struct Guard<'a, T>(&'a Lock<T>);

    impl<T> Lock<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self { held: AtomicBool::new(false), value: UnsafeCell::new(value) }
        }

        pub(crate) fn lock(&self) -> Guard<'_, T> {
            // Acquire pairs with the release in `Guard::drop`.
            while self.held.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
                core::hint::spin_loop();
            }
            Guard(self)
        }
    }

    impl<T> Deref for Guard<'_, T> {
        type Target = T;
        fn deref(&self) -> &T {
            // SAFETY: this guard holds the lock, so no other reference to the value exists.
            unsafe { &*self.0.value.get() }
        }
    }

    impl<T> DerefMut for Guard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            // SAFETY: as in `deref`, and `&mut self` makes this the only borrow through the guard.
            unsafe { &mut *self.0.value.get() }
        }
    }

    impl<T> Drop for Guard<'_, T> {
        fn drop(&mut self) {
            self.0.held.store(false, Ordering::Release);
        }
    }
}
