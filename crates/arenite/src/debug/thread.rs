//! What a thread knows of itself: none of it allocates or needs a destructor.

/// What is counted: each by itself, or one sample would be drawn in step with the other and miss.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Allocations,
    Stacks,
    Operations,
}

#[cfg(feature = "std")]
mod with_std {
    use super::Of;
    use crate::sync::thread_local;
    use core::cell::Cell;

    thread_local! {
        static REPORTING: Cell<bool> = const { Cell::new(false) };
        static CHECK_DUE: Cell<bool> = const { Cell::new(false) };
        static CALLS: [Cell<usize>; 3] = const { [const { Cell::new(0) }; 3] };
    }

    /// Which thread this is: the address of something of its own, so a number may come again after its thread has ended.
    pub(crate) fn this_thread() -> usize {
        CALLS.with(|calls| core::ptr::from_ref(calls).addr())
    }

    /// Counts the calls of this thread, from 1.
    pub(in crate::debug) fn tick(of: Of) -> usize {
        CALLS.with(|calls| {
            let calls = &calls[of as usize];
            calls.set(calls.get().wrapping_add(1));
            calls.get()
        })
    }

    /// Counts the next call, unless its number is a multiple of `every`: whether it was counted.
    pub(in crate::debug) fn tick_between(of: Of, every: usize) -> bool {
        CALLS.with(|calls| {
            let next = calls[of as usize].get().wrapping_add(1);
            let between = next % every != 0;
            if between {
                calls[of as usize].set(next);
            }
            between
        })
    }

    /// Sets whether this thread is reporting; what it was before.
    pub(in crate::debug) fn set_reporting(now: bool) -> bool {
        REPORTING.with(|reporting| reporting.replace(now))
    }

    pub(in crate::debug) fn is_reporting() -> bool {
        REPORTING.with(Cell::get)
    }

    /// Sets whether this thread is to check all books when it next can.
    pub(in crate::debug) fn set_check_due(now: bool) {
        CHECK_DUE.with(|due| due.set(now));
    }

    pub(in crate::debug) fn is_check_due() -> bool {
        CHECK_DUE.with(Cell::get)
    }
}

#[cfg(not(feature = "std"))]
mod without_std {
    use super::Of;
    use crate::sync::{AtomicBool, AtomicUsize, Ordering};

    static REPORTING: AtomicBool = AtomicBool::new(false);
    static CHECK_DUE: AtomicBool = AtomicBool::new(false);
    static CALLS: [AtomicUsize; 3] = [const { AtomicUsize::new(0) }; 3];

    /// Nothing here tells threads apart.
    pub(crate) fn this_thread() -> usize {
        0
    }

    /// Counts the calls of the program, from 1.
    pub(in crate::debug) fn tick(of: Of) -> usize {
        CALLS[of as usize].fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }

    /// Counts the next call, unless its number is a multiple of `every`: whether it was counted. Of two threads at once both may
    /// be let through.
    pub(in crate::debug) fn tick_between(of: Of, every: usize) -> bool {
        let between = CALLS[of as usize].load(Ordering::Relaxed).wrapping_add(1) % every != 0;
        if between {
            CALLS[of as usize].fetch_add(1, Ordering::Relaxed);
        }
        between
    }

    /// Sets whether the program is reporting; what it was before. Relaxed: it keeps a report from starting inside another
    /// and orders nothing. Of two threads that report at once one may go unreported; both are counted.
    pub(in crate::debug) fn set_reporting(now: bool) -> bool {
        REPORTING.swap(now, Ordering::Relaxed)
    }

    pub(in crate::debug) fn is_reporting() -> bool {
        REPORTING.load(Ordering::Relaxed)
    }

    /// Sets whether the program is to check all books when it next can. Relaxed: it orders nothing.
    pub(in crate::debug) fn set_check_due(now: bool) {
        CHECK_DUE.store(now, Ordering::Relaxed);
    }

    pub(in crate::debug) fn is_check_due() -> bool {
        CHECK_DUE.load(Ordering::Relaxed)
    }
}

#[cfg(feature = "std")]
pub(crate) use with_std::*;
#[cfg(not(feature = "std"))]
pub(crate) use without_std::*;
