//! Pools of raw blocks against a plain model, with every kind of bad pointer, and at their limits.

mod common;

use arenite::{
    Budget, FreeErrorKind, Node,
    pool::{BlockPool, BlockPoolOptions, ChunkedBlockPool, PoolError, PoolErrorKind, PoolStats},
    source::{SourceRef, Vm},
};
use common::{Ledger, panic_of};
use proptest::prelude::*;
use std::{collections::BTreeMap, mem::MaybeUninit, ptr::NonNull};

static VM: Vm = Vm::new();

/// What both kinds of pool can do.
trait Blocks {
    fn take(&self) -> Result<NonNull<u8>, PoolError>;
    fn give(&self, block: NonNull<u8>) -> Result<(), FreeErrorKind>;
    fn live(&self) -> Vec<usize>;
    fn is_live(&self, block: NonNull<u8>) -> bool;
    fn stats(&self) -> PoolStats;
    fn clear(&mut self);
}

macro_rules! blocks {
    ($($pool:ty),*) => {$(
        impl Blocks for $pool {
            fn take(&self) -> Result<NonNull<u8>, PoolError> {
                self.try_alloc()
            }
            fn give(&self, block: NonNull<u8>) -> Result<(), FreeErrorKind> {
                // SAFETY: a block of this pool that the test holds, or a pointer that it must refuse.
                unsafe { self.try_free(block) }.map_err(|refused| refused.kind())
            }
            fn live(&self) -> Vec<usize> {
                let mut live: Vec<_> = self.live_blocks().map(|block| block.addr().get()).collect();
                live.sort_unstable();
                live
            }
            fn is_live(&self, block: NonNull<u8>) -> bool {
                <$pool>::is_live(self, block)
            }
            fn stats(&self) -> PoolStats {
                <$pool>::stats(self)
            }
            fn clear(&mut self) {
                <$pool>::clear(self);
            }
        }
    )*};
}
blocks!(BlockPool<'_>, ChunkedBlockPool);

fn at(address: usize) -> NonNull<u8> {
    NonNull::new(std::ptr::without_provenance_mut(address)).unwrap()
}

/// Runs steps on a pool and on a map from addresses to contents.
fn check(pool: &mut dyn Blocks, size: usize, align: usize, steps: &[(u8, usize)]) -> Result<(), TestCaseError> {
    let stride = size.next_multiple_of(align.max(8));
    let mut live: BTreeMap<usize, (NonNull<u8>, u8)> = BTreeMap::new();
    let mut freed: Vec<usize> = Vec::new();
    let mut high = pool.stats().high_water;
    for &(step, pick) in steps {
        let some = live.values().nth(pick % live.len().max(1)).copied();
        match (step, some) {
            (0..=5, _) => match pool.take() {
                Ok(block) => {
                    let address = block.addr().get();
                    prop_assert_eq!(address % align, 0);
                    if let Some((below, _)) = live.range(..=address).next_back() {
                        prop_assert!(below + stride <= address);
                    }
                    if let Some((above, _)) = live.range(address..).next() {
                        prop_assert!(address + stride <= *above);
                    }
                    let fill = pick as u8;
                    // SAFETY: a live block of this pool, of at least as many bytes.
                    unsafe { block.write_bytes(fill, stride) };
                    live.insert(address, (block, fill));
                    freed.retain(|&old| old != address);
                }
                Err(refused) => {
                    let PoolErrorKind::Full { capacity } = refused.kind() else { panic!("{refused}") };
                    prop_assert_eq!(live.len(), capacity);
                }
            },
            (6..=8, Some((block, fill))) => {
                // SAFETY: a live block of this pool, of at least as many bytes.
                let bytes = unsafe { std::slice::from_raw_parts(block.as_ptr(), stride) };
                prop_assert!(bytes.iter().all(|&byte| byte == fill), "a block was overwritten");
                prop_assert_eq!(pool.give(block), Ok(()));
                prop_assert_eq!(pool.give(block), Err(FreeErrorKind::DoubleFree));
                // Whoever writes to a freed block harms nobody's list.
                // SAFETY: a live block of this pool, of at least as many bytes.
                unsafe { block.write_bytes(0xEE, stride) };
                live.remove(&block.addr().get());
                freed.push(block.addr().get());
            }
            (9, Some((block, _))) => {
                let offset = 1 + pick % (stride - 1);
                let inside = at(block.addr().get() + offset);
                prop_assert_eq!(pool.give(inside), Err(FreeErrorKind::Misaligned { offset }));
            }
            (10, _) => {
                let stack = 0u8;
                for foreign in [1, pick.max(1), usize::MAX, (&raw const stack).addr()] {
                    if !live.contains_key(&foreign) {
                        prop_assert!(pool.give(at(foreign)).is_err());
                    }
                }
                for old in &freed {
                    prop_assert!(!pool.is_live(at(*old)) && pool.give(at(*old)) == Err(FreeErrorKind::DoubleFree));
                }
            }
            (11, _) if pick % 30 == 0 => {
                pool.clear();
                for address in std::mem::take(&mut live).into_keys() {
                    prop_assert_eq!(pool.give(at(address)), Err(FreeErrorKind::Foreign));
                }
                freed.clear();
            }
            _ => {}
        }
        high = high.max(live.len());
        prop_assert_eq!(pool.live(), live.keys().copied().collect::<Vec<_>>());
        prop_assert!(live.values().all(|(block, _)| pool.is_live(*block)));
        let stats = pool.stats();
        prop_assert_eq!((stats.live, stats.high_water, stats.block_size), (live.len(), high, stride));
        prop_assert!(stats.capacity >= high);
    }
    Ok(())
}

fn shapes() -> impl Strategy<Value = (usize, usize)> {
    let size = prop_oneof![Just(64usize), Just(256), Just(1024), 9usize..200];
    (size, 0u32..9).prop_map(|(size, shift)| (size, 1usize << shift))
}

fn steps() -> impl Strategy<Value = Vec<(u8, usize)>> {
    prop::collection::vec((0u8..12, any::<usize>()), 1..300)
}

proptest! {
    #[test]
    fn a_pool_in_a_range_behaves_as_a_map((size, align) in shapes(), steps in steps(), bytes in 1000usize..300_000) {
        let mut pool = BlockPoolOptions::new(size).align(align).reserve(bytes.max(4096)).build();
        prop_assert_eq!(pool.capacity(), bytes.max(4096) / size.next_multiple_of(align.max(8)));
        check(&mut pool, size, align, &steps)?;
    }

    #[test]
    fn a_pool_in_the_callers_memory_behaves_as_a_map((size, align) in shapes(), steps in steps(), bytes in 2000usize..20_000) {
        let mut memory = vec![MaybeUninit::new(0xA5u8); bytes + 16];
        let (guard, skip) = (8, bytes % 8);
        {
            let inner = &mut memory[guard + skip..bytes - guard];
            let mut pool = BlockPoolOptions::new(size).align(align).try_build_in(inner).unwrap();
            check(&mut pool, size, align, &steps)?;
        }
        let untouched = memory[..guard + skip].iter().chain(&memory[bytes - guard..]);
        // SAFETY: the test filled the buffer before the pool got it.
        let whole = untouched.into_iter().all(|byte| unsafe { byte.assume_init() } == 0xA5);
        prop_assert!(whole, "a byte outside the caller's memory was written");
    }

    #[test]
    fn a_pool_in_one_block_behaves_as_a_map((size, align) in shapes(), steps in steps(), capacity in 1usize..50) {
        let ledger = Ledger::new();
        let mut pool = BlockPoolOptions::new(size).align(align).capacity(capacity).source(ledger.clone()).build();
        check(&mut pool, size, align, &steps)?;
        prop_assert_eq!(ledger.takes(), 1);
        drop(pool);
        prop_assert_eq!(ledger.live(), 0);
    }

    #[test]
    fn a_pool_of_chunks_behaves_as_a_map(
        (size, align) in shapes(), steps in steps(), capacity in prop_oneof![Just(usize::MAX), 1usize..90],
    ) {
        let ledger = Ledger::new();
        let mut pool = BlockPoolOptions::new(size).align(align).capacity(capacity).source(ledger.clone()).build_chunked();
        check(&mut pool, size, align, &steps)?;
        prop_assert_eq!(pool.stats().chunks_taken as usize, ledger.takes());
        drop(pool);
        prop_assert_eq!(ledger.live(), 0);
    }
}

#[test]
fn the_three_pools_of_the_memory_system_hold_what_their_32_mib_hold() {
    for size in [64, 256, 1024] {
        let node = Node::new("pool").build();
        let pool = BlockPoolOptions::new(size).reserve(32 << 20).node(&node).build();
        assert_eq!(pool.capacity(), (32 << 20) / size);
        assert!(node.stats().charged <= 64 << 10, "nothing is committed ahead of the first block");
        let mut last = 0;
        for n in 0..pool.capacity() {
            let block = pool.alloc();
            // SAFETY: a live block of this pool, of at least as many bytes.
            assert_eq!(unsafe { block.cast::<u64>().read() }, 0, "fresh blocks are zero");
            assert_eq!(block.addr().get() % 64, 0);
            assert!(n == 0 || block.addr().get() == last + size, "in order, side by side");
            last = block.addr().get();
            // SAFETY: a live block of this pool, of at least as many bytes.
            unsafe { block.cast::<u64>().write(1) };
        }
        assert_eq!(pool.try_alloc().unwrap_err().kind(), PoolErrorKind::Full { capacity: (32 << 20) / size });
        let table = (pool.capacity() * 4 + 4096).next_multiple_of(64 << 10);
        assert_eq!(node.stats().charged, pool.stats().allocated);
        assert!(node.stats().charged <= (32 << 20) + table);
        let live: Vec<_> = pool.live_blocks().collect();
        assert_eq!(live.len(), pool.capacity());
        // SAFETY: a block of this pool that the test holds, or a pointer that it must refuse.
        live.into_iter().for_each(|block| unsafe { pool.free(block) });
        assert!(pool.is_empty());
        drop(pool);
        assert_eq!((node.stats().charged, node.stats().used, node.stats().arenas), (0, 0, 0));
    }
}

#[test]
fn refusals_say_who_what_and_why() {
    let node = Node::new("bullets").build();
    let pool = BlockPoolOptions::new(64).reserve(1 << 16).node(&node).build();
    let other = BlockPoolOptions::new(64).reserve(1 << 16).build();
    let (block, foreign) = (pool.alloc(), other.alloc());
    // SAFETY: a live block of this pool, of at least as many bytes.
    unsafe {
        let refused = pool.try_free(foreign).unwrap_err();
        assert_eq!(
            (refused.kind(), refused.address(), refused.node()),
            (FreeErrorKind::Foreign, foreign.addr().get(), node.id())
        );
        assert!(
            refused.to_string().contains("\"bullets\"") && refused.to_string().contains("never handed"),
            "{refused}"
        );
        // The block behind the only one: not yet handed out, so it cannot be a double free.
        assert_eq!(pool.try_free(block.add(64)).unwrap_err().kind(), FreeErrorKind::Foreign);
        assert_eq!(pool.try_free(block.sub(64)).unwrap_err().kind(), FreeErrorKind::Foreign);
        pool.free(block);
        assert!(panic_of(|| pool.free(block)).contains("free already"));
        assert!(panic_of(|| pool.free(block.add(3))).contains("3 bytes inside"));
    }
    assert_eq!(other.len(), 1, "a refused free changes nothing");
}

#[test]
fn bad_layouts_and_too_little_memory_are_refused() {
    let kind = |options: BlockPoolOptions| options.try_build().unwrap_err().kind();
    for bad in [BlockPoolOptions::new(0), BlockPoolOptions::new((1 << 30) + 1), BlockPoolOptions::new(usize::MAX)] {
        assert_eq!(kind(bad.clone()), PoolErrorKind::BadLayout);
        assert_eq!(kind(bad.clone().reserve(1 << 20)), PoolErrorKind::BadLayout);
        assert_eq!(bad.clone().try_build_chunked().unwrap_err().kind(), PoolErrorKind::BadLayout);
        let mut memory = [MaybeUninit::uninit(); 100];
        assert_eq!(bad.try_build_in(&mut memory).unwrap_err().kind(), PoolErrorKind::BadLayout);
    }
    for align in [0, 3, 6, 4 << 20, usize::MAX] {
        assert_eq!(kind(BlockPoolOptions::new(64).align(align)), PoolErrorKind::BadLayout);
    }
    assert_eq!(kind(BlockPoolOptions::new(64).reserve(63)), PoolErrorKind::TooSmall { given: 63 });
    assert_eq!(kind(BlockPoolOptions::new(64).reserve(0)), PoolErrorKind::TooSmall { given: 0 });
    assert_eq!(kind(BlockPoolOptions::new(64).capacity(0)), PoolErrorKind::TooSmall { given: 0 });
    assert_eq!(kind(BlockPoolOptions::new(64).capacity(usize::MAX)), PoolErrorKind::CapacityOverflow);
    assert!(matches!(
        kind(BlockPoolOptions::new(1 << 30).reserve(isize::MAX as usize)),
        PoolErrorKind::ReserveRefused { .. } | PoolErrorKind::CapacityOverflow
    ));
    assert!(
        BlockPoolOptions::new(64).reserve(1 << (usize::BITS - 3)).reserve_at_least(1 << 20).build().capacity()
            > 1 << 14
    );
    assert!(BlockPoolOptions::new(64).capacity(0).try_build_chunked().is_err());
    let mut memory = [MaybeUninit::uninit(); 2000];
    let mut least = None;
    for len in 0..2000 {
        match BlockPoolOptions::new(64).try_build_in(&mut memory[..len]) {
            Ok(pool) => {
                assert_eq!((0..3000).take_while(|_| pool.try_alloc().is_ok()).count(), pool.capacity());
                least.get_or_insert(len);
            }
            Err(refused) => assert_eq!((refused.kind(), least), (PoolErrorKind::TooSmall { given: len }, None)),
        }
    }
    assert!(least.is_some_and(|least| least < 500), "{least:?}");
}

#[test]
fn one_block_and_large_blocks_and_large_alignments_are_served() {
    let one = BlockPoolOptions::new(1).capacity(1).build();
    let block = one.alloc();
    assert!(one.try_alloc().is_err());
    // SAFETY: a block of this pool that the test holds, or a pointer that it must refuse.
    unsafe { one.free(block) };
    assert_eq!(one.alloc(), block);
    let large = BlockPoolOptions::new(3 << 20).align(2 << 20).reserve(16 << 20).build();
    assert_eq!((large.capacity(), large.block_size()), (4, 4 << 20));
    let blocks: Vec<_> = (0..4).map(|_| large.alloc()).collect();
    for block in &blocks {
        assert_eq!(block.addr().get() % (2 << 20), 0);
        // SAFETY: a live block of this pool, of at least as many bytes.
        unsafe { block.write_bytes(1, 4 << 20) };
    }
    assert!(large.try_alloc().is_err());
    assert_eq!(
        // SAFETY: a block of this pool that the test holds, or a pointer that it must refuse.
        unsafe { large.try_free(blocks[1].add(8)) }.unwrap_err().kind(),
        FreeErrorKind::Misaligned { offset: 8 }
    );
    let vm = BlockPoolOptions::new(5000).align(4096).source(&VM).build_chunked();
    let blocks: Vec<_> = (0..300).map(|_| vm.alloc()).collect();
    for block in &blocks {
        assert_eq!(block.addr().get() % 4096, 0);
        // SAFETY: a live block of this pool, of at least as many bytes.
        unsafe { block.write_bytes(2, 8192) };
    }
    // SAFETY: a block of this pool that the test holds, or a pointer that it must refuse.
    blocks.iter().rev().for_each(|block| unsafe { vm.free(*block) });
    assert!(vm.is_empty());
}

#[test]
fn a_hard_budget_stops_a_range_and_chunks_and_changes_nothing() {
    let node = Node::new("blocks").hard_budget(300_000).build();
    let fill = |take: &dyn Fn() -> Result<NonNull<u8>, PoolError>, stats: &dyn Fn() -> PoolStats| {
        let mut taken = Vec::new();
        loop {
            let before = (stats(), node.stats());
            match take() {
                Ok(block) => taken.push(block),
                Err(refused) => {
                    assert!(
                        matches!(refused.kind(), PoolErrorKind::BudgetExceeded { budget: 300_000, .. }),
                        "{refused}"
                    );
                    assert_eq!((stats(), node.stats()), before);
                    return taken;
                }
            }
        }
    };
    let range = BlockPoolOptions::new(256).reserve(1 << 20).node(&node).build();
    let taken = fill(&|| range.try_alloc(), &|| range.stats());
    assert_eq!((taken.len(), range.stats().allocated, node.stats().charged), (768, 4 << 16, 4 << 16));
    assert!(BlockPoolOptions::new(256).capacity(1000).node(&node).try_build().is_err());
    assert!(BlockPoolOptions::new(256).reserve(1 << 20).node(&node).try_build().is_err());
    assert_eq!((node.stats().charged, node.stats().arenas), (4 << 16, 1));
    node.set_budget(Budget { soft: None, hard: None });
    let _ = range.alloc();
    drop(range);
    assert_eq!(node.stats().charged, 0);
    node.set_budget(Budget { soft: None, hard: Some(300_000) });
    let ledger = Ledger::new();
    let chunks = BlockPoolOptions::new(256).source(ledger.clone()).node(&node).build_chunked();
    let taken = fill(&|| chunks.try_alloc(), &|| chunks.stats());
    assert!(taken.len() > 1000, "smaller chunks are tried before the refusal: {}", taken.len());
    assert_eq!(chunks.len(), chunks.capacity());
    // SAFETY: a block of this pool that the test holds, or a pointer that it must refuse.
    taken.iter().for_each(|block| unsafe { chunks.free(*block) });
    assert_eq!((0..taken.len()).filter(|_| chunks.try_alloc().is_ok()).count(), taken.len());
    drop(chunks);
    assert_eq!((node.stats().charged, ledger.live(), node.stats().arenas), (0, 0, 0));
    assert_eq!(node.stats().blocks_taken, node.stats().blocks_returned);
}

#[test]
fn a_source_that_refuses_leaves_chunks_as_they_were() {
    let ledger = Ledger::new();
    let pool = BlockPoolOptions::new(64).source(ledger.clone()).build_chunked();
    let blocks: Vec<_> = (0..pool.capacity()).map(|_| pool.alloc()).collect();
    ledger.refuse_after(0);
    let before = pool.stats();
    assert_eq!(pool.try_alloc().unwrap_err().kind(), PoolErrorKind::OutOfMemory);
    assert_eq!(pool.stats(), before);
    assert_eq!(
        BlockPoolOptions::new(64).source(ledger.clone()).try_build().unwrap_err().kind(),
        PoolErrorKind::OutOfMemory
    );
    assert!(BlockPoolOptions::new(64).source(ledger.clone()).try_build_chunked().is_err());
    // SAFETY: a block of this pool that the test holds, or a pointer that it must refuse.
    unsafe { pool.free(blocks[3]) };
    assert_eq!(pool.alloc(), blocks[3]);
    ledger.refuse_after(usize::MAX);
    let _ = pool.alloc();
    assert_eq!(pool.len(), blocks.len() + 1);
}

#[test]
fn blocks_of_every_chunk_are_freed_reused_and_found() {
    let pool = BlockPoolOptions::new(32).build_chunked();
    let blocks: Vec<_> = (0..20_000).map(|_| pool.alloc()).collect();
    let chunks = pool.stats().chunks_taken;
    assert!((5..20).contains(&chunks), "chunks double: {chunks}");
    let (gone, kept): (Vec<_>, Vec<_>) = blocks.iter().enumerate().partition(|(n, _)| n % 3 == 0);
    // SAFETY: a block of this pool that the test holds, or a pointer that it must refuse.
    gone.iter().for_each(|(_, block)| unsafe { pool.free(**block) });
    assert!(gone.iter().all(|(_, block)| !pool.is_live(**block) && pool.owns(**block)));
    assert!(kept.iter().all(|(_, block)| pool.is_live(**block)));
    assert_eq!((pool.len(), pool.live_blocks().count()), (kept.len(), kept.len()));
    let mut again: Vec<_> = gone.iter().map(|_| pool.alloc()).collect();
    let mut before: Vec<_> = gone.iter().map(|(_, block)| **block).collect();
    again.sort_unstable();
    before.sort_unstable();
    assert_eq!(again, before, "no block is handed out for the first time while a free one is left");
    assert_eq!(pool.stats().high_water, 20_000);
}

#[test]
fn live_blocks_can_be_freed_while_they_are_walked_over() {
    let pool = BlockPoolOptions::new(64).build_chunked();
    // SAFETY: a live block of this pool, of at least as many bytes.
    (0..1000).for_each(|n| unsafe { pool.alloc().cast::<u64>().write(n) });
    for block in pool.live_blocks() {
        // SAFETY: a live block of this pool, of at least as many bytes.
        if unsafe { block.cast::<u64>().read() } % 2 == 0 {
            // SAFETY: a block of this pool that the test holds, or a pointer that it must refuse.
            unsafe { pool.free(block) };
        }
    }
    assert_eq!(pool.len(), 500);
    // SAFETY: a live block of this pool, of at least as many bytes.
    assert!(pool.live_blocks().all(|block| unsafe { block.cast::<u64>().read() } % 2 == 1));
}

#[test]
fn a_clear_keeps_the_memory_and_the_high_water() {
    let node = Node::new("cleared").build();
    let mut pool = BlockPoolOptions::new(64).reserve(1 << 20).node(&node).build();
    for _ in 0..5 {
        let first = pool.alloc();
        (1..5000).for_each(|_| _ = pool.alloc());
        let stats = pool.stats();
        pool.clear();
        assert_eq!((pool.len(), pool.stats().high_water, node.stats().used), (0, 5000, 0));
        assert_eq!((pool.stats().allocated, pool.stats().chunks_taken), (stats.allocated, stats.chunks_taken));
        assert_eq!(pool.alloc(), first);
        pool.clear();
    }
}

#[test]
fn pools_of_blocks_move_between_threads() {
    let pool = BlockPoolOptions::new(64).source(SourceRef::from(&VM)).build();
    let block = pool.alloc().addr();
    let chunked = BlockPoolOptions::new(64).build_chunked();
    let moved = std::thread::spawn(move || {
        let _ = chunked.alloc();
        // SAFETY: a block of this pool that the test holds, or a pointer that it must refuse.
        unsafe { pool.free(at(block.get())) };
        (pool.len(), chunked.len())
    });
    assert_eq!(moved.join().unwrap(), (0, 1));
}
