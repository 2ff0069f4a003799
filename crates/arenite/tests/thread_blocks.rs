//! Blocks from lists that are each thread's own: contents, homes, ended threads, and what is held.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, live, of the layout that stands beside them.

mod common;

use allocator_api2::{alloc::Allocator, boxed::Box as ApiBox, vec::Vec as ApiVec};
use arenite::{Capabilities, DynAllocator, ErrorKind, LiveCount, Node, SharedOptions, ThreadBlocks};
use common::{Ledger, panic_of};
use proptest::prelude::*;
use std::{
    alloc::Layout,
    cell::RefCell,
    ptr::NonNull,
    sync::{Arc, LazyLock, mpsc},
    thread,
};

fn on(ledger: &Arc<Ledger>) -> ThreadBlocks {
    SharedOptions::new().source(ledger.clone()).build_thread_blocks()
}

fn bytes(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

/// A live block, full of its number.
#[derive(Clone, Copy)]
struct Block {
    at: NonNull<u8>,
    layout: Layout,
    fill: u8,
}

// The test hands each block to one thread at a time.
unsafe impl Send for Block {}

impl Block {
    fn take(memory: impl Allocator, layout: Layout, fill: u8) -> Self {
        let at = memory.allocate(layout).unwrap().cast::<u8>();
        assert_eq!(at.addr().get() % layout.align(), 0);
        unsafe { at.write_bytes(fill, layout.size()) };
        Self { at, layout, fill }
    }

    fn check(&self) {
        let bytes = unsafe { std::slice::from_raw_parts(self.at.as_ptr(), self.layout.size()) };
        assert!(bytes.iter().all(|&byte| byte == self.fill), "a block was overwritten");
    }

    fn free(self, memory: impl Allocator) {
        self.check();
        unsafe { memory.deallocate(self.at, self.layout) };
    }

    fn resize(self, memory: impl Allocator, size: usize) -> Self {
        let layout = Layout::from_size_align(size, self.layout.align()).unwrap();
        let at = unsafe {
            if size >= self.layout.size() {
                memory.grow(self.at, self.layout, layout)
            } else {
                memory.shrink(self.at, self.layout, layout)
            }
        };
        let resized = Self { at: at.unwrap().cast(), layout, ..self };
        let kept = Layout::from_size_align(size.min(self.layout.size()), 1).unwrap();
        Self { layout: kept, ..resized }.check();
        unsafe { resized.at.write_bytes(self.fill, size) };
        resized
    }
}

/// Small numbers that look random.
fn next(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as usize
}

#[derive(Clone, Debug)]
enum Op {
    Take(usize, usize, u32),
    Free(usize, usize),
    Resize(usize, usize, usize),
    Retire(usize),
}

proptest! {
    #[test]
    fn blocks_are_disjoint_aligned_and_kept_whichever_lists_they_come_from(ops in prop::collection::vec(prop_oneof![
        6 => (0usize..3, 0usize..6000, 0u32..14).prop_map(|(who, size, shift)| Op::Take(who, size, shift)),
        4 => (0usize..3, 0usize..60).prop_map(|(who, which)| Op::Free(who, which)),
        2 => (0usize..3, 0usize..60, 1usize..9000).prop_map(|(who, which, size)| Op::Resize(who, which, size)),
        1 => (0usize..2).prop_map(Op::Retire),
    ], 1..150)) {
        let ledger = Ledger::new();
        let mut blocks = on(&ledger);
        let expected;
        {
            // The third is this thread's own.
            let mut locals = [blocks.local(), blocks.local()];
            let mut live: Vec<Block> = Vec::new();
            for (i, op) in ops.into_iter().enumerate() {
                match op {
                    Op::Take(who, size, shift) => {
                        let layout = Layout::from_size_align(size, 1 << shift).unwrap();
                        live.push(match who {
                            2 => Block::take(&blocks, layout, i as u8),
                            who => Block::take(&locals[who], layout, i as u8),
                        });
                    }
                    Op::Free(who, which) if !live.is_empty() => {
                        let block = live.swap_remove(which % live.len());
                        if who == 2 { block.free(&blocks) } else { block.free(&locals[who]) }
                    }
                    Op::Resize(who, which, size) if !live.is_empty() => {
                        let which = which % live.len();
                        live[which] = match who {
                            2 => live[which].resize(&blocks, size),
                            who => live[which].resize(&locals[who], size),
                        };
                    }
                    Op::Retire(who) => locals[who] = blocks.local(),
                    _ => {}
                }
                live.iter().for_each(Block::check);
                for block in live.iter().filter(|block| block.layout.size() > 0) {
                    prop_assert!((&&blocks).owns(block.at.as_ptr()));
                }
            }
            // No two of them overlap.
            let mut spans: Vec<_> = live.iter().map(|block| (block.at.addr().get(), block.layout.size())).collect();
            spans.retain(|&(_, size)| size > 0);
            spans.sort_unstable();
            prop_assert!(spans.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0));
            expected = spans.len();
            let usable: usize = live.iter().map(|block| unsafe { (&&blocks).usable_size(block.at, block.layout) }).sum();
            drop(locals);
            prop_assert_eq!(blocks.live(), LiveCount { blocks: expected, bytes: usable });
        }
        drop(blocks);
        prop_assert_eq!(ledger.live(), 0);
    }
}

#[test]
fn four_threads_free_each_others_blocks_and_nothing_is_lost() {
    const N: usize = if cfg!(debug_assertions) { 60_000 } else { 1_000_000 };
    let ledger = Ledger::new();
    let node = Node::new("blocks").build();
    let mut blocks = SharedOptions::new().source(ledger.clone()).node(&node).build_thread_blocks();
    for round in 0..2 {
        let ends: Vec<_> = (0..4).map(|_| mpsc::channel::<Vec<Block>>()).collect();
        let to: Vec<_> = ends.iter().map(|(to, _)| to.clone()).collect();
        thread::scope(|threads| {
            let spawn = |(n, (_, from)): (usize, (_, mpsc::Receiver<Vec<Block>>))| {
                let (to, blocks) = (to.clone(), &blocks);
                threads.spawn(move || {
                    let mut seed = (round * 4 + n) as u64;
                    let mut live = Vec::new();
                    // Half of the threads through the thread-local, half by lists of their own.
                    let local = blocks.local();
                    for i in 0..N {
                        match next(&mut seed) % 8 {
                            0..4 => {
                                let size = 1 + next(&mut seed) % if i % 64 == 0 { 6000 } else { 300 };
                                let layout = Layout::from_size_align(size, 1 << (next(&mut seed) % 8)).unwrap();
                                let fill = next(&mut seed) as u8;
                                live.push(if n % 2 == 0 {
                                    Block::take(blocks, layout, fill)
                                } else {
                                    Block::take(&local, layout, fill)
                                });
                            }
                            4..7 => {
                                if live.is_empty() {
                                    continue;
                                }
                                let block = live.swap_remove(next(&mut seed) % live.len());
                                if n % 2 == 0 { block.free(blocks) } else { block.free(&local) }
                            }
                            _ if i % 16 == 0 => {
                                let some = live.split_off(live.len() / 2);
                                to[next(&mut seed) % 4].send(some).unwrap();
                                live.extend(from.try_iter().flatten());
                            }
                            _ => {}
                        }
                    }
                    drop(to);
                    // The last of them end when all have: each frees what others have sent it.
                    live.into_iter().for_each(|block| block.free(&local));
                    from.into_iter().flatten().for_each(|block| block.free(blocks));
                })
            };
            let workers: Vec<_> = ends.into_iter().enumerate().map(spawn).collect();
            drop(to);
            // The end of the scope alone does not wait for their thread-locals, which hold lists of the allocator.
            workers.into_iter().for_each(|worker| worker.join().unwrap());
        });
        assert_eq!(blocks.live(), LiveCount::default());
        assert_eq!(blocks.stats().large, 0);
        assert_eq!(node.stats().charged, blocks.stats().held);
    }
    drop(blocks);
    assert_eq!((ledger.live(), node.stats().charged, node.stats().arenas), (0, 0, 0));
    assert_eq!(node.stats().blocks_taken, node.stats().blocks_returned);
}

#[test]
fn a_producer_and_a_consumer_run_in_flat_memory() {
    let ledger = Ledger::new();
    let blocks = on(&ledger);
    let (to, from) = mpsc::sync_channel::<Vec<Block>>(4);
    thread::scope(|threads| {
        let blocks = &blocks;
        threads.spawn(move || {
            for i in 0..2000 {
                let sent = (0..50).map(|k| Block::take(blocks, bytes(64 + k), i as u8)).collect();
                to.send(sent).unwrap();
            }
        });
        threads.spawn(move || from.into_iter().flatten().for_each(|block| block.free(blocks)));
    });
    // In flight at once: 6 x 50 blocks of up to 128 B, and outboxes.
    assert!(blocks.stats().held <= 4 * (64 << 10), "{:?}", blocks.stats());
}

#[test]
fn what_an_ended_thread_leaves_serves_the_others() {
    let ledger = Ledger::new();
    let mut blocks = on(&ledger);
    // This thread has lists, so those of the other are taken over in addition, when a chunk would be needed.
    Block::take(&blocks, bytes(200), 1).free(&blocks);
    let kept = thread::scope(|threads| {
        let work = || {
            let all: Vec<_> = (0..4000).map(|i| Block::take(&blocks, bytes(200), i as u8)).collect();
            let (kept, freed) = all.split_at(10);
            freed.iter().for_each(|block| block.free(&blocks));
            kept.to_vec()
        };
        threads.spawn(work).join().unwrap()
    });
    let before = ledger.takes();
    let mine: Vec<_> = (0..3900).map(|i| Block::take(&blocks, bytes(200), i as u8)).collect();
    assert!(ledger.takes() <= before + 1, "{} chunks more", ledger.takes() - before);
    kept.into_iter().chain(mine).for_each(|block| block.free(&blocks));
    assert_eq!((blocks.live(), blocks.stats().shards, blocks.stats().idle), (LiveCount::default(), 2, 1));
    // A thread that starts then gets what nobody has.
    for _ in 0..20 {
        thread::scope(|threads| {
            // Joined by itself: the end of a scope does not wait for the end of a thread's thread-locals.
            threads.spawn(|| Block::take(&blocks, bytes(3000), 1).free(&blocks)).join().unwrap();
        });
    }
    assert_eq!(blocks.stats().shards, 2);
}

#[test]
fn a_local_that_is_dropped_leaves_its_lists_to_the_next() {
    let ledger = Ledger::new();
    let mut blocks = on(&ledger);
    let block = Block::take(&blocks.local(), bytes(100), 7);
    for _ in 0..10 {
        let local = blocks.local();
        Block::take(&local, bytes(100), 1).free(&local);
    }
    assert_eq!((ledger.takes(), blocks.stats().shards, blocks.stats().idle), (1, 1, 1));
    assert_eq!(blocks.live(), LiveCount { blocks: 1, bytes: 112 });
    block.free(&blocks.local());
    let sent = blocks.local();
    let block = thread::scope(|threads| threads.spawn(move || Block::take(&sent, bytes(9), 2)).join().unwrap());
    block.free(&blocks);
    assert_eq!(blocks.live().blocks, 0);
}

#[test]
fn the_gap_in_front_of_an_aligned_block_serves_smaller_ones() {
    let ledger = Ledger::new();
    let blocks = on(&ledger);
    // All of the chunk behind its first 4 KiB, which hold its header.
    let page = Layout::from_size_align(4096, 4096).unwrap();
    (0..15).for_each(|i| _ = Block::take(&blocks, page, i));
    Block::take(&blocks, bytes(1024), 1);
    assert_eq!(ledger.takes(), 1);
    Block::take(&blocks, page, 1);
    assert_eq!(ledger.takes(), 2);
}

#[test]
fn each_refusal_of_the_source_changes_nothing() {
    let ledger = Ledger::new();
    let blocks = on(&ledger);
    ledger.refuse_nth(1);
    assert_eq!(blocks.try_local().unwrap_err().kind(), ErrorKind::OutOfMemory);
    ledger.refuse_nth(1);
    assert_eq!(blocks.try_alloc(bytes(8)).unwrap_err().kind(), ErrorKind::OutOfMemory);
    let stats = blocks.stats();
    assert_eq!((stats.held, stats.shards), (0, 0));
    // A thread's first request may be a large one, which needs no lists.
    ledger.refuse_nth(1);
    assert_eq!(blocks.try_alloc(bytes(5000)).unwrap_err().kind(), ErrorKind::OutOfMemory);
    ledger.refuse_nth(2);
    let large = blocks.try_alloc(bytes(5000)).unwrap();
    unsafe { blocks.free(large, bytes(5000)) };
    assert!(blocks.try_alloc(bytes(5000)).is_err());
    let stats = blocks.stats();
    assert_eq!((stats.held, stats.shards, ledger.live()), (0, 0, 0));
    let mut live = Vec::new();
    let mut refused = 0;
    for i in 0..3000usize {
        if i % 7 == 0 {
            ledger.refuse_nth(1);
        }
        let size = if i % 10 == 0 { 5000 } else { 500 };
        match blocks.try_alloc(bytes(size)) {
            Ok(at) => {
                unsafe { at.write_bytes(i as u8, size) };
                live.push(Block { at, layout: bytes(size), fill: i as u8 });
            }
            Err(error) => {
                assert_eq!((error.kind(), error.size()), (ErrorKind::OutOfMemory, size));
                refused += 1;
            }
        }
        // A refusal that was not met yet must not hit the next round.
        ledger.refuse_after(usize::MAX);
    }
    assert!(refused > 20, "{refused}");
    live.into_iter().for_each(|block| block.free(&blocks));
    drop(blocks);
    assert_eq!(ledger.live(), 0);
}

#[test]
fn a_budget_and_a_limit_refuse_the_chunk_that_would_pass_them() {
    let node = Node::new("budgeted").hard_budget(130 << 10).build();
    let blocks = SharedOptions::new().node(&node).build_thread_blocks();
    let mut count = 0;
    let refused = loop {
        match blocks.try_alloc(bytes(1000)) {
            Ok(_) => count += 1,
            Err(refused) => break refused,
        }
    };
    assert!(matches!(refused.kind(), ErrorKind::BudgetExceeded { .. }), "{refused}");
    assert!(count >= 120, "{count}");
    assert!(panic_of(|| blocks.alloc(bytes(100_000)).addr().get()).contains("\"budgeted\""));
    drop(blocks);
    assert_eq!((node.stats().charged, node.stats().arenas), (0, 0));
    let limited = SharedOptions::new().limit(1000).build_thread_blocks();
    let kind = limited.try_alloc(bytes(8)).unwrap_err().kind();
    assert_eq!(kind, ErrorKind::LimitExceeded { limit: 1000, allocated: 0 });
    let aligned = Layout::from_size_align(8, 4 << 20).unwrap();
    let blocks = ThreadBlocks::new();
    assert_eq!(blocks.try_alloc(aligned).unwrap_err().kind(), ErrorKind::BadAlignment);
    assert!(blocks.try_alloc(Layout::from_size_align(isize::MAX as usize, 1).unwrap()).is_err());
}

#[test]
fn large_and_aligned_blocks_come_from_the_source_and_go_back_at_once() {
    let ledger = Ledger::new();
    let mut blocks = on(&ledger);
    for shift in 0..=21 {
        for size in [4097usize, 70_000, 1 << 20] {
            let layout = Layout::from_size_align(size, 1 << shift).unwrap();
            let block = Block::take(&blocks, layout, shift as u8);
            assert_eq!((blocks.stats().large, unsafe { (&&blocks).usable_size(block.at, layout) }), (1, size));
            assert!((&&blocks).owns(block.at.as_ptr().wrapping_add(size - 1)));
            block.resize(&blocks, size + 5000).resize(&blocks, 6000).resize(&blocks, 10).free(&blocks);
            assert_eq!(blocks.stats().large, 0);
        }
    }
    assert_eq!(blocks.live(), LiveCount::default());
    let elsewhere = 0u8;
    assert!(!(&&blocks).owns(&raw const elsewhere));
}

#[test]
fn everything_goes_back_with_the_allocator_whatever_is_live() {
    let ledger = Ledger::new();
    let mut blocks = on(&ledger);
    for round in 0..3 {
        thread::scope(|threads| {
            for _ in 0..3 {
                threads.spawn(|| (0..1000).for_each(|i| _ = blocks.alloc(bytes(1 + i * 7))));
            }
        });
        if round < 2 {
            blocks.clear();
            let stats = blocks.stats();
            assert_eq!((blocks.live(), stats.large), (LiveCount::default(), 0));
            assert_eq!(stats.held, stats.shards * (64 << 10));
            Block::take(&blocks, bytes(64), 3).free(&blocks);
        }
    }
    drop(blocks);
    // A thread at its very end may have had it for a moment longer.
    while ledger.live() > 0 {
        thread::yield_now();
    }
}

#[test]
fn a_thread_local_that_is_dropped_last_may_still_use_it() {
    static BLOCKS: LazyLock<ThreadBlocks> = LazyLock::new(ThreadBlocks::new);
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            for _ in 0..3 {
                drop(ApiBox::new_in([7u8; 100], &*BLOCKS));
            }
        }
    }
    thread_local!(static LATE: RefCell<Vec<Late>> = const { RefCell::new(Vec::new()) });
    for _ in 0..5 {
        // Registered before the lists, so dropped after them.
        thread::spawn(|| {
            LATE.with_borrow_mut(|late| late.push(Late));
            drop(ApiBox::new_in(1, &*BLOCKS));
        })
        .join()
        .unwrap();
    }
    assert!(BLOCKS.stats().shards <= 2, "{:?}", BLOCKS.stats());
}

#[test]
fn the_callback_of_a_budget_may_use_the_allocator_that_called_it() {
    static BLOCKS: LazyLock<ThreadBlocks> = LazyLock::new(|| {
        let node = Node::new("soft").soft_budget(100 << 10).on_soft(|_| {
            (0..100).for_each(|_| drop(ApiBox::new_in([1u64; 8], &*BLOCKS)));
        });
        SharedOptions::new().node(&node.build()).build_thread_blocks()
    });
    let all: Vec<_> = (0..1000u64).map(|i| ApiBox::new_in([i; 40], &*BLOCKS)).collect();
    assert!(all.iter().enumerate().all(|(i, values)| values.iter().all(|&value| value == i as u64)));
}

#[test]
fn collections_grow_shrink_and_cross_threads() {
    let mut blocks = ThreadBlocks::new();
    thread::scope(|threads| {
        let made: Vec<_> = (0..4u32)
            .map(|n| {
                let blocks = &blocks;
                threads.spawn(move || {
                    let mut values = ApiVec::new_in(blocks);
                    values.extend((0..10_000).map(|i| i ^ n));
                    values.truncate(50);
                    values.shrink_to_fit();
                    values
                })
            })
            .collect();
        for (n, values) in made.into_iter().enumerate() {
            let values = values.join().unwrap();
            assert!(values.iter().enumerate().all(|(i, &value)| value == i as u32 ^ n as u32));
        }
    });
    let promised = (&&blocks).capabilities();
    assert!(promised.contains(Capabilities::FREE | Capabilities::THREADS | Capabilities::OWNS | Capabilities::RESIZE));
    assert_eq!(blocks.live(), LiveCount::default());
}

#[test]
fn a_thread_that_gets_no_lists_still_sends_blocks_home() {
    let ledger = Ledger::new();
    let mut blocks = on(&ledger);
    let made: Vec<_> = (0..100).map(|i| Block::take(&blocks, bytes(1 + i * 7), i as u8)).collect();
    ledger.refuse_after(0);
    std::thread::scope(|threads| {
        let blocks = &blocks;
        threads.spawn(move || {
            assert!(blocks.try_alloc(bytes(8)).is_err(), "it has no lists");
            made.into_iter().for_each(|block| block.free(blocks));
        });
    });
    assert_eq!((blocks.live(), blocks.stats().shards), (LiveCount::default(), 1));
    Block::take(&blocks, bytes(100), 1).free(&blocks);
}

#[test]
fn a_panic_in_the_callback_of_a_budget_loses_no_block() {
    let node = Node::new("panics").soft_budget(1).on_soft(|_| panic!("over budget")).build();
    let mut blocks = SharedOptions::new().node(&node).build_thread_blocks();
    assert_eq!(panic_of(|| blocks.try_alloc(bytes(10_000))), "over budget");
    assert_eq!((blocks.live(), blocks.stats().held, node.stats().charged), (LiveCount::default(), 0, 0));

    let node = Node::new("panics later").soft_budget(65 << 10).on_soft(|_| panic!("over budget")).build();
    let mut blocks = SharedOptions::new().node(&node).build_thread_blocks();
    let count = (0..).take_while(|_| panic_or(|| blocks.alloc(bytes(1000))).is_some()).count();
    assert!(count > 50, "{count}");
    assert_eq!(blocks.live().blocks, count);
}

fn panic_or<R>(f: impl FnOnce() -> R) -> Option<R> {
    let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
    answer.ok()
}

#[test]
fn allocators_used_by_turns_keep_their_blocks_apart() {
    let mut several: Vec<ThreadBlocks> = (0..5).map(|_| on(&Ledger::new())).collect();
    let mut live = Vec::new();
    for i in 0..1000usize {
        let blocks = &several[i % 5];
        live.push((i % 5, Block::take(blocks, bytes(1 + i % 300), i as u8)));
        if i % 3 == 0 {
            let (of, block) = live.swap_remove(i % live.len());
            block.free(&several[of]);
        }
    }
    live.into_iter().for_each(|(of, block)| block.free(&several[of]));
    for blocks in &mut several {
        assert_eq!((blocks.live(), blocks.stats().shards), (LiveCount::default(), 1));
    }
}

/// A thread's end is seen a little later than by who joins it.
fn wait_until(done: impl Fn() -> bool) {
    (0..5000).take_while(|_| !done()).for_each(|_| thread::sleep(std::time::Duration::from_millis(1)));
    assert!(done());
}

/// Takes blocks of every size, large ones first, until there is none left.
fn fill(blocks: &ThreadBlocks) {
    for size in (1..=256).rev().map(|sixteens| bytes(sixteens * 16)) {
        while blocks.try_alloc(size).is_ok() {}
    }
}

#[test]
fn no_memory_of_a_chunk_is_lost_whatever_was_cut_ended_or_on_its_way() {
    const CHUNKS: usize = 4;
    let options = || SharedOptions::new().source(Ledger::new()).limit(CHUNKS * (64 << 10));
    // All but the headers of chunks and, of some, lists.
    let all = |blocks: &mut ThreadBlocks| {
        let stats = blocks.stats();
        assert_eq!(stats.held, CHUNKS * (64 << 10));
        blocks.live().bytes >= stats.held - CHUNKS * 64 - stats.shards * 1024
    };

    // The ends of chunks, and the gaps in front of aligned blocks.
    let mut blocks = options().build_thread_blocks();
    while blocks.stats().blocks_taken < 3 {
        let _ = [3584, 3584, 3584, 48].map(|size| blocks.alloc(bytes(size)));
    }
    fill(&blocks);
    assert!(all(&mut blocks), "{:?}", blocks.live());

    // What threads leave: of their chunks, in their lists, sent to them, and still in the outbox of one that ends last.
    let mut blocks = options().build_thread_blocks();
    let shared = &blocks;
    let _ = shared.alloc(bytes(2500));
    thread::scope(|threads| {
        let (to_late, late_hears) = mpsc::channel::<Vec<Block>>();
        let (to_us, we_hear) = mpsc::channel();
        threads.spawn(move || {
            Block::take(shared, bytes(10), 2).free(shared);
            to_us.send(()).unwrap();
            for left in late_hears {
                left.into_iter().for_each(|block| block.free(shared));
                to_us.send(()).unwrap();
            }
        });
        we_hear.recv().unwrap();
        let first = threads.spawn(|| {
            (0..4).for_each(|i| Block::take(shared, bytes(100 + i * 200), 1).free(shared));
            (0..10).map(|_| Block::take(shared, bytes(3300), 1)).collect::<Vec<_>>()
        });
        let mut left = first.join().unwrap();
        wait_until(|| shared.stats().idle == 1);
        let send = |blocks: Vec<Block>| {
            to_late.send(blocks).unwrap();
            we_hear.recv().unwrap();
        };
        // Some are sent to the lists of the first one while nobody has these: our own come between.
        for _ in 0..4 {
            send(vec![left.pop().unwrap(), Block::take(shared, bytes(3300), 1)]);
        }
        // The others wait until we have taken these lists over and are done with their chunk.
        send(left);
        while shared.stats().blocks_taken < CHUNKS as u64 {
            let _ = shared.alloc(bytes(3300));
        }
        drop(to_late);
    });
    // All but ours.
    wait_until(|| blocks.stats().idle == 2);
    fill(&blocks);
    assert!(all(&mut blocks), "{:?}", blocks.live());
}
