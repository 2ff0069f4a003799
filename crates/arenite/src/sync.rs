//! The one door to atomics, locks and thread-locals, so that a model checker can be put behind it.
//!
//! With `--cfg arenite_shuttle` they are shuttle's, whose scheduler then tries one interleaving of threads after the other
//! on the very code that runs elsewhere (`tests/shuttle.rs`). Nothing of the library runs outside such a model then.

#[cfg(not(arenite_shuttle))]
use core::sync::atomic;
#[cfg(arenite_shuttle)]
use shuttle::sync::atomic;

pub(crate) use atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
#[cfg(feature = "std")]
pub(crate) use atomic::{AtomicPtr, AtomicU32};
#[cfg(all(feature = "std", not(arenite_shuttle)))]
pub(crate) use core::sync::atomic::AtomicU8;
#[cfg(arenite_shuttle)]
pub(crate) use plain::AtomicU8;
#[cfg(arenite_shuttle)]
pub(crate) use shuttle::thread_local;
#[cfg(all(feature = "std", not(arenite_shuttle)))]
pub(crate) use std::thread_local;

#[cfg(all(arenite_shuttle, target_os = "linux"))]
#[allow(unused_imports, reason = "for who scans stacks, which not every machine can")]
pub(crate) use shuttle::sync::Condvar;
#[cfg(all(feature = "std", target_os = "linux", not(arenite_shuttle)))]
#[allow(unused_imports, reason = "as above")]
pub(crate) use std::sync::Condvar;
#[cfg(feature = "std")]
pub(crate) use with_std::Lock;

#[cfg(feature = "std")]
mod with_std {
    #[cfg(arenite_shuttle)]
    use shuttle::sync::{Mutex, MutexGuard};
    use std::sync::PoisonError;
    #[cfg(not(arenite_shuttle))]
    use std::sync::{Mutex, MutexGuard};

    /// A mutex whose content stays usable after a panic of its holder: every holder here leaves it consistent.
    pub(crate) struct Lock<T>(Mutex<T>);

    impl<T> Lock<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// `None`: somebody has it, or panicked with it.
        #[cfg(all(unix, feature = "std", feature = "debug", not(any(miri, arenite_shuttle))))]
        pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            self.0.try_lock().ok()
        }
    }
}

#[cfg(arenite_shuttle)]
pub(crate) use with_std::Lock as BriefLock;

#[cfg(not(arenite_shuttle))]
pub(crate) use brief::BriefLock;
#[cfg(not(feature = "std"))]
pub(crate) use brief::BriefLock as Lock;

#[cfg(not(arenite_shuttle))]
mod brief {
    use super::{AtomicBool, Ordering};
    use core::{
        cell::UnsafeCell,
        ops::{Deref, DerefMut},
    };

    /// A lock that is held for some dozens of instructions and that hardly ever two want at once: taken by one exchange and
    /// left by a store, which waits for no other store, where a mutex exchanges once more to see who sleeps. Who finds it
    /// taken spins, and soon lets others run. Without threads to park it is the only lock that there is.
    pub(crate) struct BriefLock<T> {
        held: AtomicBool,
        value: UnsafeCell<T>,
    }

    // SAFETY: `held` admits one guard at a time, so a shared lock hands its value from thread to thread like a mutex.
    unsafe impl<T: Send> Sync for BriefLock<T> {}

    pub(crate) struct Guard<'a, T>(&'a BriefLock<T>);

    // SAFETY: a shared guard hands out shared references to the value, and nothing else.
    unsafe impl<T: Sync> Sync for Guard<'_, T> {}

    impl<T> BriefLock<T> {
        #[cfg_attr(all(feature = "std", not(feature = "debug")), allow(dead_code, reason = "nobody keeps books"))]
        pub(crate) const fn new(value: T) -> Self {
            Self { held: AtomicBool::new(false), value: UnsafeCell::new(value) }
        }

        #[inline]
        pub(crate) fn lock(&self) -> Guard<'_, T> {
            // Acquire pairs with the release in `Guard::drop`.
            if self.held.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
                self.wait();
            }
            Guard(self)
        }

        /// `None`: somebody has it.
        #[cfg(all(unix, feature = "std", feature = "debug", not(any(miri, arenite_shuttle))))]
        pub(crate) fn try_lock(&self) -> Option<Guard<'_, T>> {
            // As in `lock`.
            let taken = self.held.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok();
            taken.then(|| Guard(self))
        }

        #[cold]
        fn wait(&self) {
            let mut turn = 0_u32;
            // As in `lock`.
            while self.held.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
                match turn {
                    0..100 => core::hint::spin_loop(),
                    #[cfg(feature = "std")]
                    100..200 => std::thread::yield_now(),
                    // Who has it may be of a lower priority, and get no time from those that yield to their equals.
                    #[cfg(feature = "std")]
                    _ => std::thread::sleep(core::time::Duration::from_micros(50)),
                    #[cfg(not(feature = "std"))]
                    _ => core::hint::spin_loop(),
                }
                turn = turn.saturating_add(1);
            }
        }
    }

    impl<T> Deref for Guard<'_, T> {
        type Target = T;
        #[inline]
        fn deref(&self) -> &T {
            // SAFETY: this guard holds the lock, so no other reference to the value exists.
            unsafe { &*self.0.value.get() }
        }
    }

    impl<T> DerefMut for Guard<'_, T> {
        #[inline]
        fn deref_mut(&mut self) -> &mut T {
            // SAFETY: as in `deref`, and `&mut self` makes this the only borrow through the guard.
            unsafe { &mut *self.0.value.get() }
        }
    }

    impl<T> Drop for Guard<'_, T> {
        #[inline]
        fn drop(&mut self) {
            self.0.held.store(false, Ordering::Release);
        }
    }
}

/// A number in a thread-local that other threads write to as well: it orders nothing and needs no destructor.
#[cfg(feature = "std")]
pub(crate) struct Word(core::sync::atomic::AtomicU64);

#[cfg(feature = "std")]
impl Word {
    pub(crate) const fn new(value: u64) -> Self {
        Self(core::sync::atomic::AtomicU64::new(value))
    }

    #[inline(always)]
    pub(crate) fn load(&self) -> u64 {
        #[cfg(arenite_shuttle)]
        shuttle::thread::yield_now();
        self.0.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(crate) fn store(&self, value: u64) {
        #[cfg(arenite_shuttle)]
        shuttle::thread::yield_now();
        self.0.store(value, Ordering::Relaxed);
    }
}

/// Shuttle's atomics are larger than what they stand for. The bytes of a heap's table lie in memory that nobody
/// constructs, so they stay what they are, and the scheduler is asked at each access.
#[cfg(arenite_shuttle)]
mod plain {
    use super::Ordering;
    use shuttle::thread::yield_now;

    #[repr(transparent)]
    pub(crate) struct AtomicU8(core::sync::atomic::AtomicU8);

    impl AtomicU8 {
        pub(crate) fn load(&self, order: Ordering) -> u8 {
            yield_now();
            self.0.load(order)
        }

        pub(crate) fn store(&self, byte: u8, order: Ordering) {
            yield_now();
            self.0.store(byte, order);
        }

        pub(crate) fn compare_exchange(&self, old: u8, new: u8, yes: Ordering, no: Ordering) -> Result<u8, u8> {
            yield_now();
            self.0.compare_exchange(old, new, yes, no)
        }
    }
}

#[cfg(all(test, feature = "std", not(arenite_shuttle)))]
mod tests {
    use super::BriefLock;
    use std::{sync::Arc, thread, time::Duration};

    #[test]
    fn a_brief_lock_admits_one_thread_at_a_time_and_who_waits_long_sleeps_until_it_is_free() {
        let lock = Arc::new(BriefLock::new((0_usize, 0_usize)));
        let held = lock.lock();
        let threads: std::vec::Vec<_> = (0..4)
            .map(|_| {
                let lock = lock.clone();
                thread::spawn(move || {
                    for _ in 0..1000 {
                        let mut both = lock.lock();
                        both.0 += 1;
                        thread::yield_now();
                        both.1 += 1;
                        assert_eq!(both.0, both.1);
                    }
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(20));
        assert_eq!(*held, (0, 0), "all of them wait");
        drop(held);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*lock.lock(), (4000, 4000));
    }

    #[test]
    fn a_brief_lock_is_free_after_a_panic_of_its_holder() {
        let lock = BriefLock::new(1);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _held = lock.lock();
            panic!("with the lock");
        }));
        assert!(panicked.is_err());
        assert_eq!(*lock.lock(), 1);
    }
}
