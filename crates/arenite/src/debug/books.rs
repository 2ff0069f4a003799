//! The books of every allocator that is watched, for who asks about all of them.

use super::{ENABLED, LeakReport, Ledger, Metadata, Owner, tools};
use crate::sync::{AtomicBool, AtomicUsize, BriefLock, Lock, Ordering};
use allocator_api2::{boxed::Box, vec::Vec};
use core::ptr::NonNull;

/// The books of one allocator: its [`Ledger`] behind a lock, entered where [`leaks`] looks. Its memory is the C heap's,
/// so that a ledger may be held while an allocator works. Closed when dropped.
///
/// Without the feature `debug` there is no value of this type, so an `Option` of it has no size and all that is done with
/// one is compiled away.
pub(crate) struct Books {
    #[cfg(feature = "debug")]
    inner: NonNull<Inner>,
    #[cfg(not(feature = "debug"))]
    inner: core::convert::Infallible,
}

struct Inner {
    owner: Owner,
    counts_as_leaks: bool,
    /// Where it stands in the register; written under the register's lock.
    seat: AtomicUsize,
    ledger: BriefLock<Ledger>,
    /// Tools know of the pool; written once by who opens the books, before anybody else has them.
    pool: AtomicBool,
}

// SAFETY: `inner` is alive until `Books` is dropped, and is shared through its lock: `Inner` is `Send` and `Sync`.
unsafe impl Send for Books {}
// SAFETY: as above.
unsafe impl Sync for Books {}

const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<Inner>();
};

/// Open books. A pointer here is alive: `Books::drop` takes it out under the lock before it frees.
struct Entry(NonNull<Inner>);

// SAFETY: `Inner` is `Sync`, and alive while it stands in the register.
unsafe impl Send for Entry {}

/// Locked before any ledger, never after.
static REGISTER: Lock<Vec<Entry, Metadata>> = Lock::new(Vec::new_in(Metadata));

impl Books {
    /// Opens books. `counts_as_leaks`: live blocks are leaks when asked, as those of heaps and pools; an arena's contents
    /// are not. `None`: there is no memory for them (the allocator works on unchecked), or no feature `debug`.
    #[cfg(feature = "debug")]
    pub(crate) fn open(owner: Owner, counts_as_leaks: bool) -> Option<Self> {
        let ledger = BriefLock::new(Ledger::new());
        let (seat, pool) = (AtomicUsize::new(0), AtomicBool::new(false));
        let inner = Box::try_new_in(Inner { owner, counts_as_leaks, seat, ledger, pool }, Metadata).ok()?;
        let mut register = REGISTER.lock();
        register.try_reserve(1).ok()?;
        inner.seat.store(register.len(), Ordering::Relaxed);
        let inner = NonNull::new(Box::into_raw_with_allocator(inner).0)?;
        register.push(Entry(inner));
        Some(Self { inner })
    }

    /// There are none.
    #[cfg(not(feature = "debug"))]
    pub(crate) fn open(_: Owner, _: bool) -> Option<Self> {
        None
    }

    #[cfg(feature = "debug")]
    fn inner(&self) -> &Inner {
        // SAFETY: alive until `self` is dropped.
        unsafe { self.inner.as_ref() }
    }

    #[cfg(not(feature = "debug"))]
    fn inner(&self) -> &Inner {
        match self.inner {}
    }

    /// Whose they are.
    pub(crate) fn owner(&self) -> Owner {
        self.inner().owner
    }

    /// Tells tools of a pool, which ends with the books. Its blocks have so many bytes on either side that are nobody's.
    #[must_use]
    pub(crate) fn with_pool(self, red_zone: usize) -> Self {
        self.inner().pool.store(true, Ordering::Relaxed);
        tools::pool_create(self.anchor(), red_zone);
        self
    }

    /// What tools know the allocator's pool by.
    pub(crate) fn anchor(&self) -> usize {
        core::ptr::from_ref(self.inner()).addr()
    }

    /// Writes or reads them. What runs inside must report no fault and call nothing of the program's: note the fault and
    /// report it afterwards.
    #[inline]
    pub(crate) fn with<T>(&self, run: impl FnOnce(&mut Ledger) -> T) -> T {
        run(&mut self.inner().ledger.lock())
    }
}

#[cfg(feature = "debug")]
impl Drop for Books {
    fn drop(&mut self) {
        if self.inner().pool.load(Ordering::Relaxed) {
            tools::pool_destroy(self.anchor());
        }
        let mut register = REGISTER.lock();
        let seat = self.inner().seat.load(Ordering::Relaxed);
        register.swap_remove(seat);
        if let Some(Entry(moved)) = register.get(seat) {
            // SAFETY: it stands in the register, whose lock is held: alive.
            unsafe { moved.as_ref() }.seat.store(seat, Ordering::Relaxed);
        }
        drop(register);
        // SAFETY: it came from a box in `open` with this allocator, and is out of the register.
        drop(unsafe { Box::from_raw_in(self.inner.as_ptr(), Metadata) });
    }
}

/// Shows every open ledger, with its owner and whether its live blocks count as leaks. No books are opened or closed
/// meanwhile: `each` calls nothing that does.
pub(crate) fn each_ledger(mut each: impl FnMut(Owner, bool, &mut Ledger)) {
    if !ENABLED {
        return;
    }
    for Entry(inner) in REGISTER.lock().iter() {
        // SAFETY: it stands in the register, whose lock is held: alive.
        let inner = unsafe { inner.as_ref() };
        each(inner.owner, inner.counts_as_leaks, &mut inner.ledger.lock());
    }
}

/// As [`each_ledger`], of those that nobody has locked at this moment: for a signal's handler.
#[cfg(all(unix, feature = "std", feature = "debug", not(any(miri, arenite_shuttle))))]
pub(super) fn try_each_ledger(mut each: impl FnMut(Owner, &Ledger)) {
    let Some(register) = REGISTER.try_lock() else { return };
    for Entry(inner) in register.iter() {
        // SAFETY: it stands in the register, whose lock is held: alive.
        let inner = unsafe { inner.as_ref() };
        if let Some(ledger) = inner.ledger.try_lock() {
            each(inner.owner, &ledger);
        }
    }
}

/// What is live now in the heaps, pools and stacks that are watched ([`Grade::Sites`](super::Grade::Sites) and above), by
/// call site. Arena contents are no leaks, nor is what [`this_allocation_is_not_a_leak`] marked or
/// [`suppress_leaks`](super::suppress_leaks) names. O(live blocks).
#[must_use]
#[inline]
pub fn leaks() -> LeakReport {
    leaks_where(|_| true)
}

/// As [`leaks`], of the allocators that `of` chooses.
pub(crate) fn leaks_where(of: impl Fn(&Owner) -> bool) -> LeakReport {
    LeakReport::of(|add| {
        each_ledger(|owner, counts, ledger| {
            if counts && of(&owner) {
                ledger.live().filter(|record| !record.not_a_leak).for_each(|record| add(owner, record));
            }
        });
    })
}

/// Says that the block which holds `pointer` is meant to stay: leak reports leave it out. `false`: no watched allocator
/// has it (nothing is watched, or it is from before the switch).
///
/// O(allocators) for a block's start, O(live blocks) for a pointer into one.
pub fn this_allocation_is_not_a_leak<T: ?Sized>(pointer: *const T) -> bool {
    let (address, mut found) = (pointer.cast::<u8>().addr(), false);
    each_ledger(|_, _, ledger| found = found || ledger.mark_not_a_leak(address));
    found
}

#[cfg(all(test, feature = "debug", feature = "std"))]
mod tests;
