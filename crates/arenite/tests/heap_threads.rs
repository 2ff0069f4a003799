//! Heaps under threads: any thread allocates, any frees, threads end while their blocks live on.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, of the size that is kept beside them.

mod common;

use arenite::{FreeErrorKind, Heap, HeapOptions, Node, source::SegmentCache};
use common::Ledger;
use std::{
    alloc::Layout,
    cell::RefCell,
    ptr::NonNull,
    sync::{Arc, Mutex, atomic::AtomicUsize, atomic::Ordering::Relaxed, mpsc},
    thread,
};

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

/// A block that knows what it is filled with.
struct Block {
    memory: NonNull<u8>,
    size: usize,
    fill: u8,
}

unsafe impl Send for Block {}
unsafe impl Sync for Block {}

impl Block {
    fn new(heap: &Heap, size: usize, align: usize, fill: u8) -> Self {
        let memory = heap.alloc(Layout::from_size_align(size, align).unwrap());
        assert_eq!(memory.addr().get() % align, 0);
        unsafe { memory.write_bytes(fill, size) };
        Self { memory, size, fill }
    }

    fn free(self, heap: &Heap) {
        let bytes = unsafe { std::slice::from_raw_parts(self.memory.as_ptr(), self.size) };
        assert!(bytes.iter().all(|&byte| byte == self.fill), "a block was overwritten");
        unsafe { heap.free(self.memory) };
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % below
    }

    fn size(&mut self) -> usize {
        match self.next(1000) {
            0 => 40_000 + self.next(100_000),
            1..=20 => 1000 + self.next(30_000),
            _ => 1 + self.next(600),
        }
    }
}

/// One thread's share of mixed operations; blocks that others shall free go to `swap`.
fn work(heap: &Heap, swap: &Mutex<Vec<Block>>, operations: usize, seed: u64) {
    let mut random = Random(seed);
    let mut mine: Vec<Block> = Vec::new();
    for _ in 0..operations {
        match random.next(16) {
            0..=6 => {
                let align = if random.next(20) == 0 { 16 << random.next(8) } else { 8 };
                let (size, fill) = (random.size(), random.next(256) as u8);
                mine.push(Block::new(heap, size, align, fill));
            }
            7..=12 if !mine.is_empty() => {
                let block = mine.swap_remove(random.next(mine.len()));
                block.free(heap);
            }
            13 if !mine.is_empty() => {
                let place = random.next(mine.len());
                let block = &mut mine[place];
                let size = random.size();
                let memory = unsafe { heap.realloc(block.memory, layout(size)) };
                let kept = unsafe { std::slice::from_raw_parts(memory.as_ptr(), size.min(block.size)) };
                assert!(kept.iter().all(|&byte| byte == block.fill));
                unsafe { memory.write_bytes(block.fill, size) };
                *block = Block { memory, size, fill: block.fill };
            }
            14 if mine.len() > 50 => swap.lock().unwrap().extend(mine.drain(40..)),
            _ => {
                let taken: Vec<_> = {
                    let mut swap = swap.lock().unwrap();
                    let from = swap.len().saturating_sub(8);
                    swap.drain(from..).collect()
                };
                taken.into_iter().for_each(|block| block.free(heap));
            }
        }
    }
    swap.lock().unwrap().extend(mine);
}

#[test]
fn four_threads_that_end_and_free_each_others_blocks_leave_nothing_behind() {
    let operations = if cfg!(debug_assertions) { 250_000 } else { 1_000_000 };
    let ledger = Ledger::new();
    let node = Node::new("shared").build();
    let heap = HeapOptions::new().source(ledger.clone()).node(&node).build();
    let swap = Mutex::new(Vec::new());
    // Each thread's share in ten lives: shards are left with live blocks, and taken over.
    thread::scope(|threads| {
        for number in 0..4 {
            let (heap, swap) = (&heap, &swap);
            threads.spawn(move || {
                for life in 0..10u64 {
                    let seed = (number * 10 + life + 1u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                    let one =
                        thread::scope(|inner| inner.spawn(move || work(heap, swap, operations / 10, seed)).join());
                    one.unwrap();
                    assert!(heap.stats().live_bytes <= heap.stats().high_water);
                }
            });
        }
    });
    let left = swap.into_inner().unwrap();
    let stats = heap.stats();
    assert_eq!(stats.live, left.len());
    assert!(stats.live_bytes >= left.iter().map(|block| block.size).sum());
    assert!(stats.shards <= 5, "{} shards for four threads at a time", stats.shards);
    let (half, rest) = left.split_at(left.len() / 2);
    assert!(rest.len() >= half.len());
    let mut left = left;
    let kept = left.split_off(left.len() / 2);
    left.into_iter().for_each(|block| block.free(&heap));
    assert_eq!(heap.stats().live, kept.len());
    assert_eq!(heap.stats().held, node.stats().charged);
    heap.trim();
    assert_eq!(heap.stats().live, kept.len());
    kept.into_iter().for_each(|block| block.free(&heap));
    heap.trim();
    let stats = heap.stats();
    assert_eq!((stats.live, stats.live_bytes, stats.large), (0, 0, 0));
    assert_eq!(stats.segments, stats.shards, "only the shards' own segments are left");
    drop(heap);
    assert_eq!((ledger.live(), node.stats().charged), (0, 0));
}

#[test]
fn a_producers_blocks_come_home_and_its_memory_stays_flat() {
    let heap = Heap::new();
    let (send, receive) = mpsc::sync_channel::<Block>(100);
    thread::scope(|threads| {
        let heap = &heap;
        threads.spawn(move || receive.into_iter().for_each(|block| block.free(heap)));
        for n in 0..100_000usize {
            send.send(Block::new(heap, 1 + n % 500, 8, n as u8)).unwrap();
        }
        drop(send);
    });
    assert_eq!(heap.stats().live, 0);
    assert!(heap.stats().high_water <= 1 << 20, "{}", heap.stats().high_water);
}

#[test]
fn of_many_threads_that_free_one_block_one_succeeds() {
    let heap = Arc::new(Heap::new());
    for round in 0..200 {
        let block = Block::new(&heap, 64 + round, if round % 2 == 0 { 8 } else { 256 }, 1);
        let freed = AtomicUsize::new(0);
        let barrier = std::sync::Barrier::new(3);
        thread::scope(|threads| {
            for _ in 0..3 {
                threads.spawn(|| {
                    barrier.wait();
                    let block = &block;
                    match unsafe { heap.try_free(block.memory) } {
                        Ok(()) => drop(freed.fetch_add(1, Relaxed)),
                        Err(refused) => assert_eq!(refused.kind(), FreeErrorKind::DoubleFree),
                    }
                });
            }
        });
        assert_eq!(freed.into_inner(), 1);
        assert_eq!(heap.stats().live, 0);
    }
}

#[test]
fn a_heap_is_used_and_dropped_by_threads_that_did_not_make_it() {
    let ledger = Ledger::new();
    let made = {
        let ledger = ledger.clone();
        thread::spawn(move || {
            let heap = HeapOptions::new().source(ledger).build();
            let block = Block::new(&heap, 100, 8, 3);
            (heap, block)
        })
    };
    let (heap, block) = made.join().unwrap();
    let more = Block::new(&heap, 100, 8, 4);
    assert_eq!(heap.stats().shards, 1, "the shard of the thread that ended was taken over");
    block.free(&heap);
    more.free(&heap);
    let _ = heap.alloc(layout(1000));
    thread::spawn(move || drop(heap)).join().unwrap();
    assert_eq!(ledger.live(), 0);
}

#[test]
fn a_thread_local_that_is_destroyed_late_may_still_use_a_heap() {
    struct Late(Arc<Heap>, RefCell<Vec<Block>>);
    impl Drop for Late {
        fn drop(&mut self) {
            for block in self.1.take() {
                block.free(&self.0);
            }
            for n in 0..100 {
                Block::new(&self.0, 1 + n * 20, 8, 9).free(&self.0);
            }
        }
    }
    thread_local!(static LATE: RefCell<Option<Late>> = const { RefCell::new(None) });
    let heap = Arc::new(Heap::new());
    for _ in 0..20 {
        let heap = heap.clone();
        thread::spawn(move || {
            // First the test's own local, then the library's: whichever order they are destroyed in.
            LATE.with(|late| *late.borrow_mut() = Some(Late(heap.clone(), RefCell::default())));
            let blocks = (0..50).map(|n| Block::new(&heap, 1 + n, 8, n as u8)).collect();
            LATE.with(|late| *late.borrow().as_ref().unwrap().1.borrow_mut() = blocks);
        })
        .join()
        .unwrap();
    }
    assert_eq!(heap.stats().live, 0);
    assert!(heap.stats().shards <= 3, "{} shards", heap.stats().shards);
}

#[test]
fn a_thousand_heaps_one_after_the_other_leave_the_process_as_it_was() {
    let cycle = |n: usize| {
        let heap = Heap::new();
        let blocks: Vec<_> = (0..200).map(|k| Block::new(&heap, 1 + (n * 31 + k * 97) % 3000, 8, k as u8)).collect();
        thread::scope(|threads| {
            threads.spawn(|| Block::new(&heap, 100, 8, 1).fill);
        });
        blocks.into_iter().step_by(2).for_each(|block| block.free(&heap));
    };
    (0..20).for_each(cycle);
    SegmentCache::trim();
    (0..20).for_each(cycle);
    let calls = arenite::source::system_calls();
    (0..1000).for_each(cycle);
    // Other tests of this file run beside this one; by itself it makes none.
    assert!(arenite::source::system_calls() - calls < 5000);
    assert!(SegmentCache::kept() <= SegmentCache::retention());
}

#[test]
fn a_heap_in_a_buffer_serves_all_threads() {
    let mut memory = vec![std::mem::MaybeUninit::uninit(); 1 << 20];
    let heap = HeapOptions::new().try_build_in(&mut memory).unwrap();
    thread::scope(|threads| {
        for number in 0..4u8 {
            let heap = &*heap;
            threads.spawn(move || {
                let mut random = Random(u64::from(number) + 1);
                let mut mine = Vec::new();
                for _ in 0..20_000 {
                    if mine.len() < 50 {
                        mine.push(Block::new(heap, 1 + random.next(1000), 8, number));
                    } else {
                        let block: Block = mine.swap_remove(random.next(mine.len()));
                        block.free(heap);
                    }
                }
                mine.into_iter().for_each(|block| block.free(heap));
            });
        }
    });
    assert_eq!(heap.stats().live, 0);
}
