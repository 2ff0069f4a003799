//! What `compat/mempool.h` and `compat/arena.h` need beyond what the headers can say.

use crate::{
    arena::ArenaPtr,
    border::enter,
    context::forget_heap,
    handle::Handle,
    heap::{self, HeapOf, HeapPtr},
    registry::{self, CAPACITY},
    slots,
};
use arenite_lib::{ArenaOptions, HeapOptions};
use std::{
    ptr::null_mut,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// The places of heaps that `pool_create` made: a bit for each.
static POOLS: [AtomicU64; CAPACITY / 64] = [const { AtomicU64::new(0) }; CAPACITY / 64];

fn bit_of(heap: Handle) -> (&'static AtomicU64, u64) {
    (&POOLS[heap.place() / 64 % POOLS.len()], 1 << (heap.place() % 64))
}

/// A heap is about to be destroyed: its place is nobody's.
pub(crate) fn forget(heap: Handle) {
    forget_heap(heap);
    let (word, bit) = bit_of(heap);
    word.fetch_and(!bit, Ordering::Relaxed);
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_compat_pool_create() -> HeapPtr {
    enter("pool_create", null_mut(), || {
        crate::given::small_change()?;
        let heap = registry::insert(HeapOf::new(HeapOptions::new().try_build()?))?;
        let (word, bit) = bit_of(heap);
        word.fetch_or(bit, Ordering::Relaxed);
        Ok(heap.to_c())
    })
}

/// How many were destroyed.
#[unsafe(no_mangle)]
pub extern "C" fn arenite_compat_mempool_cleanup() -> usize {
    enter("mempool_cleanup", 0, || {
        let mut destroyed = 0;
        for heap in registry::handles::<HeapOf>() {
            let (word, bit) = bit_of(heap);
            if word.load(Ordering::Relaxed) & bit != 0 && heap::peek_shared(heap).is_some() {
                forget(heap);
                drop(registry::remove::<HeapOf>(heap, |_| Ok(()))?);
                destroyed += 1;
            }
        }
        Ok(destroyed)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_compat_arena_create(pool: HeapPtr, initial: usize, max: usize) -> ArenaPtr {
    enter("arena_create", null_mut(), || {
        // An arena without a pool is no arena of the plan's.
        let pool = heap::shared(Handle::from_c(pool))?;
        // A heap has sizes in powers of two, and beyond 32 KiB in 64 KiB.
        let options = ArenaOptions::new().grains().whole_blocks().source(Arc::clone(pool));
        let options = if initial > 0 { options.initial(initial) } else { options };
        let options = if max > 0 { options.max(max) } else { options };
        Ok(slots::insert(options.try_build()?)?.to_c())
    })
}
