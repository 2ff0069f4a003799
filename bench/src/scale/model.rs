//! 64 threads on the processors there are: whether nothing is lost, and what a model says about 64 processors.

use super::{
    load::{Random, scale_collected_thread},
    locked,
};
use crate::{keep::keep, kernel::Side, report::Name};
use arenite::{Heap, SharedArena, ThreadBlocks};
use serde::Serialize;
use std::{
    alloc::Layout,
    ptr::{NonNull, null_mut},
    sync::atomic::{AtomicPtr, AtomicU64, Ordering},
    thread,
};

/// How the command calls it.
pub(super) const ID: &str = "threads64";

const THREADS: u64 = 64;
const OPERATIONS: u64 = 20_000;
/// Where threads leave blocks for each other to free: one operation of eight.
const PASSED: usize = 256;
/// What a line of memory takes from one processor's cache to another's, ns: 40 to 120 on machines of one or two sockets.
const TRANSFER_NS: f64 = 100.0;

/// One allocator under 64 threads.
#[derive(Serialize)]
pub(super) struct Modelled {
    pub contender: Name,
    pub side: Side,
    /// Operations of all threads together.
    pub operations: u64,
    /// Blocks whose content had changed when they were freed, or looked at in the end.
    pub lost: u64,
    /// Instructions with a lock for one operation, of callgrind; `None`: not counted.
    pub locked: Option<f64>,
    /// Operations in a second that 64 processors could at most do if every locked instruction fetched one and the same line
    /// from another processor; `None` where there are none to speak of: then nothing bounds it but the memory.
    pub bound: Option<f64>,
}

/// Every allocator that is for many threads.
pub(super) fn all(counts: bool) -> std::io::Result<Vec<Modelled>> {
    let modelled = |contender: &'static str, side, run: fn() -> u64| -> std::io::Result<Modelled> {
        eprintln!("running 64 threads on {contender}");
        let lost = run();
        let locked = counts.then(|| locked::per_operation(contender)).transpose()?;
        let bound = locked.filter(|&locked| locked > 1e-6).map(|locked| 1e9 / (locked * TRANSFER_NS));
        Ok(Modelled { contender: contender.into(), side, operations: THREADS * OPERATIONS, lost, locked, bound })
    };
    Ok(vec![
        modelled("arenite Heap", Side::Ours, heap)?,
        modelled("arenite ThreadBlocks", Side::Ours, thread_blocks)?,
        modelled("arenite SharedArena", Side::Ours, shared_arena)?,
        modelled("glibc", Side::Opponent, glibc)?,
    ])
}

const fn layout() -> Layout {
    Layout::new::<[u64; 8]>()
}

fn heap() -> u64 {
    let heap = Heap::new();
    let lost = exchanging(
        || heap.alloc(layout()),
        // SAFETY: a live block, that one thread has taken out of its place.
        |block| unsafe { heap.free(block) },
    );
    lost + heap.stats().live as u64
}

fn thread_blocks() -> u64 {
    let blocks = ThreadBlocks::new();
    // SAFETY: as above.
    exchanging(|| blocks.alloc(layout()), |block| unsafe { blocks.free(block, layout()) })
}

fn glibc() -> u64 {
    use std::alloc::{GlobalAlloc, System};
    exchanging(
        // SAFETY: a layout of 64 bytes.
        || NonNull::new(unsafe { System.alloc(layout()) }).expect("memory"),
        // SAFETY: as above.
        |block| unsafe { System.dealloc(block.as_ptr(), layout()) },
    )
}

/// All threads allocate, write their mark at both ends, and free their own blocks and each other's; a mark that has changed is
/// counted as lost.
fn exchanging(alloc: impl Fn() -> NonNull<u8> + Sync, free: impl Fn(NonNull<u8>) + Sync) -> u64 {
    let places: Vec<AtomicPtr<u8>> = (0..PASSED).map(|_| AtomicPtr::new(null_mut())).collect();
    let lost = AtomicU64::new(0);
    let end = |block: NonNull<u8>| {
        let words = block.cast::<[u64; 8]>();
        // SAFETY: a live block of 64 bytes that this thread alone has; who wrote it released it with its place.
        let [first, .., last] = unsafe { words.read() };
        if first != !last {
            lost.fetch_add(1, Ordering::Relaxed);
        }
        free(block);
    };
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (alloc, end, places) = (&alloc, &end, &places);
            scope.spawn(move || {
                let mut random = Random::new(thread);
                let mut live: Vec<NonNull<u8>> = Vec::new();
                for i in 0..OPERATIONS {
                    let block = alloc();
                    let mark = thread << 32 | i;
                    // SAFETY: a new block of 64 bytes.
                    unsafe { block.cast::<[u64; 8]>().write([mark, 1, 2, 3, 4, 5, 6, !mark]) };
                    if i % 8 == 0 {
                        // Release and acquire: who takes the block out sees what it holds.
                        let other = places[random.below(PASSED)].swap(block.as_ptr(), Ordering::AcqRel);
                        NonNull::new(other).into_iter().for_each(end);
                    } else {
                        live.push(block);
                    }
                    if live.len() > 100 {
                        let at = random.below(live.len());
                        end(live.swap_remove(at));
                    }
                }
                live.into_iter().for_each(end);
            });
        }
    });
    places.iter().filter_map(|place| NonNull::new(place.swap(null_mut(), Ordering::AcqRel))).for_each(end);
    lost.into_inner()
}

/// All threads write objects into one arena; after that each is where it was, as it was.
fn shared_arena() -> u64 {
    let arena = SharedArena::new();
    thread::scope(|scope| {
        let all: Vec<_> = (0..THREADS)
            .map(|thread| {
                let arena = &arena;
                scope.spawn(move || {
                    let local = arena.local();
                    let mark = |i| [thread << 32 | i; 2];
                    let objects: Vec<&[u64; 2]> = (0..OPERATIONS).map(|i| &*local.alloc(mark(i))).collect();
                    thread::yield_now();
                    (objects, thread)
                })
            })
            .collect();
        // Looked at when all of them have written.
        let all: Vec<_> = all.into_iter().map(|thread| thread.join().expect("no panic")).collect();
        let changed = |(objects, thread): (Vec<&[u64; 2]>, u64)| {
            objects.into_iter().zip(0..).filter(|&(object, i)| *object != [thread << 32 | i; 2]).count() as u64
        };
        all.into_iter().map(changed).sum()
    })
}

/// One of them again, each thread where callgrind counts: allocator and exchange, for [`locked`].
pub(super) fn counted(contender: &str) -> Option<u64> {
    let pairs = |alloc: &(dyn Fn() -> NonNull<u8> + Sync), free: &(dyn Fn(NonNull<u8>) + Sync)| {
        let ring = |_| {
            let mut live: Vec<NonNull<u8>> = (0..100).map(|_| alloc()).collect();
            scale_collected_thread(|| {
                for i in 0..OPERATIONS as usize {
                    let at = i % live.len();
                    free(live[at]);
                    live[at] = alloc();
                    keep(live[at].as_ptr());
                }
            });
            live.into_iter().for_each(free);
        };
        thread::scope(|scope| (0..THREADS).for_each(|thread| drop(scope.spawn(move || ring(thread)))));
    };
    match contender {
        "arenite Heap" => {
            let heap = Heap::new();
            // SAFETY: a live block of this thread's.
            pairs(&|| heap.alloc(layout()), &|block| unsafe { heap.free(block) });
        }
        "arenite ThreadBlocks" => {
            let blocks = ThreadBlocks::new();
            // SAFETY: as above.
            pairs(&|| blocks.alloc(layout()), &|block| unsafe { blocks.free(block, layout()) });
        }
        "arenite SharedArena" => {
            let arena = SharedArena::new();
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        let local = arena.local();
                        scale_collected_thread(|| (0..OPERATIONS).for_each(|i| keep(local.alloc([i; 2]))));
                    });
                }
            });
        }
        "glibc" => {
            use std::alloc::{GlobalAlloc, System};
            // SAFETY: a layout of 64 bytes; a live block of this thread's.
            pairs(&|| NonNull::new(unsafe { System.alloc(layout()) }).expect("memory"), &|block| unsafe {
                System.dealloc(block.as_ptr(), layout());
            });
        }
        _ => return None,
    }
    Some(THREADS * OPERATIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_four_threads_lose_nothing() {
        assert_eq!([heap(), thread_blocks(), shared_arena()], [0; 3]);
    }

    #[test]
    fn every_block_of_every_thread_is_looked_at_once() {
        let blocks = ThreadBlocks::new();
        let seen = AtomicU64::new(0);
        let free = |block: NonNull<u8>| {
            seen.fetch_add(1, Ordering::Relaxed);
            // SAFETY: a live block that one thread has taken out of its place.
            unsafe { blocks.free(block, layout()) };
        };
        assert_eq!(exchanging(|| blocks.alloc(layout()), free), 0);
        assert_eq!(seen.into_inner(), THREADS * OPERATIONS, "each is looked at once");
    }
}
