//! Which shard of an allocator the calling thread has.
//!
//! The last ones that it used stand in a `const` thread-local without `Drop`. All that it has stand in a second one, which
//! leaves them to other threads when the thread ends.

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

/// How many allocators a thread finds its shard of without a search.
const REMEMBERED: usize = 4;

/// The shard of the allocator with a number.
type Slot = Cell<(u64, *const Shard)>;

crate::sync::thread_local! {
    static RECENT: [Slot; REMEMBERED] = const { [const { Cell::new((0, null())) }; REMEMBERED] };
    static LEASES: Leases = const { Leases(RefCell::new(Vec::new())) };
}

const _: () = assert!(!mem::needs_drop::<[Slot; REMEMBERED]>(), "its thread-local would have to be registered");

/// The shards that a thread has.
struct Leases(RefCell<Vec<Lease>>);

struct Lease {
    core: Weak<Core>,
    id: u64,
    shard: NonNull<Shard>,
}

impl Drop for Leases {
    fn drop(&mut self) {
        // First: the destructors of other thread-locals may still allocate, and get a shard for the time of a call.
        let _ = RECENT.try_with(|recent| recent.iter().for_each(|slot| slot.set((0, null()))));
        for lease in self.0.get_mut().drain(..) {
            if let Some(core) = lease.core.upgrade() {
                // SAFETY: a shard lives as long as its core.
                core.retire(unsafe { lease.shard.as_ref() });
            }
        }
    }
}

/// This thread's shard of an allocator, when it was used lately.
#[inline(always)]
pub(super) fn recent(core: &Core) -> Option<&Shard> {
    let slot = RECENT.try_with(|recent| recent[core.id as usize % REMEMBERED].get());
    let (id, shard) = slot.unwrap_or((0, null()));
    // SAFETY: the shard that this thread has of the core with this number, which is not 0, and is alive: here it is.
    (id == core.id).then(|| unsafe { &*shard })
}

/// Does `work` with this thread's shard of an allocator, which it gets if it has none.
#[cold]
#[inline(never)]
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
    let _ = RECENT.try_with(|recent| recent[core.id as usize % REMEMBERED].set((core.id, shard.as_ptr())));
    // SAFETY: as above.
    Ok(work(unsafe { shard.as_ref() }))
}
