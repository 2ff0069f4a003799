//! Which shard of an allocator the calling thread has.
//!
//! The one that it used last stands in a `const` thread-local without `Drop`: plain memory behind the thread register. All
//! that it has stand in a second one, which leaves them to other threads when the thread ends.

use super::{core::Core, shard::Shard};
use crate::ErrorKind;
use alloc::{
    sync::{Arc, Weak},
    vec::Vec,
};
use core::{
    cell::{Cell, RefCell},
    mem,
    ptr::{NonNull, null},
};

/// The shard of the allocator with a number; 0 is that of none.
struct Recent {
    id: Cell<u64>,
    shard: Cell<*const Shard>,
}

impl Recent {
    fn set(&self, id: u64, shard: *const Shard) {
        self.id.set(id);
        self.shard.set(shard);
    }
}

crate::sync::thread_local! {
    static RECENT: Recent = const { Recent { id: Cell::new(0), shard: Cell::new(null()) } };
    static LEASES: Leases = const { Leases(RefCell::new(Vec::new())) };
}

const _: () = assert!(!mem::needs_drop::<Recent>(), "its thread-local would have to be registered");

/// The shards that a thread has.
struct Leases(RefCell<Vec<Lease>>);

struct Lease {
    core: Weak<Core>,
    id: u64,
    shard: NonNull<Shard>,
}

impl Drop for Leases {
    fn drop(&mut self) {
        let _inside = crate::fork::enter();
        // First: the destructors of other thread-locals may still allocate, and get a shard for the time of a call.
        let _ = RECENT.try_with(|recent| recent.set(0, null()));
        for lease in self.0.get_mut().drain(..) {
            if let Some(core) = lease.core.upgrade() {
                // SAFETY: a shard lives as long as its core.
                core.retire(unsafe { lease.shard.as_ref() });
            }
        }
    }
}

/// This thread's shard of an allocator, when that was the last one it used.
///
/// # Safety
/// `id` is the number of a core that lives as long as `'c`.
#[inline(always)]
pub(super) unsafe fn recent<'c>(id: u64) -> Option<&'c Shard> {
    // SAFETY: the shard that this thread has of that core, as long as which it lives. No number comes twice, nor is one 0.
    let shard = |recent: &Recent| (recent.id.get() == id).then(|| unsafe { &*recent.shard.get() });
    RECENT.try_with(shard).ok().flatten()
}

/// Does `work` with this thread's shard of an allocator, which it gets if it has none. O(allocators that the thread uses).
pub(super) fn with_shard<R>(core: &Arc<Core>, work: impl FnOnce(&Shard) -> R) -> Result<R, ErrorKind> {
    /// Leaves a shard that a thread without thread-locals had for one call.
    struct Brief<'c>(&'c Core, NonNull<Shard>);
    impl Drop for Brief<'_> {
        fn drop(&mut self) {
            // SAFETY: a shard lives as long as its core.
            self.0.retire(unsafe { self.1.as_ref() });
        }
    }
    let leased = LEASES.try_with(|leases| {
        let leases = leases.0.borrow();
        leases.iter().find(|lease| lease.id == core.id).map(|lease| lease.shard)
    });
    let shard = match leased {
        Ok(Some(shard)) => shard,
        Ok(None) => {
            let shard = core.acquire()?;
            let lease = Lease { core: Arc::downgrade(core), id: core.id, shard };
            // Not ended since: nothing ran between that would end this thread.
            let _ = LEASES.try_with(|leases| {
                let mut leases = leases.0.borrow_mut();
                leases.retain(|lease| lease.core.strong_count() > 0);
                leases.push(lease);
            });
            core.supply.report();
            shard
        }
        Err(_) => {
            let brief = Brief(core, core.acquire()?);
            // SAFETY: the caller's core is alive.
            return Ok(work(unsafe { brief.1.as_ref() }));
        }
    };
    let _ = RECENT.try_with(|recent| recent.set(core.id, shard.as_ptr()));
    // SAFETY: as above.
    Ok(work(unsafe { shard.as_ref() }))
}
