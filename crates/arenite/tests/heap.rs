//! Heaps against a plain model, with every kind of bad pointer, and at their limits.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, or pointers that must be refused.

mod common;

use arenite::{
    ArenaOptions, Budget, ErrorKind, FreeErrorKind, Heap, HeapOptions, Node,
    source::{SegmentCache, Source},
};
use common::{Ledger, panic_of};
use proptest::prelude::*;
use std::{
    alloc::Layout,
    collections::BTreeMap,
    mem::MaybeUninit,
    ptr::NonNull,
    sync::{Arc, Mutex, MutexGuard},
};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

fn at(address: usize) -> NonNull<u8> {
    NonNull::new(std::ptr::without_provenance_mut(address)).unwrap()
}

/// A block of the model: what the heap was asked for, and what it was filled with.
#[derive(Clone, Copy)]
struct Block {
    memory: NonNull<u8>,
    size: usize,
    fill: u8,
}

impl Block {
    fn fill(self) {
        unsafe { self.memory.write_bytes(self.fill, self.size) };
    }

    fn check(self, bytes: usize) {
        let bytes = unsafe { std::slice::from_raw_parts(self.memory.as_ptr(), bytes) };
        assert!(bytes.iter().all(|&byte| byte == self.fill), "a block was overwritten");
    }
}

/// A plain model of a heap: its live blocks by address.
struct Model<'h> {
    heap: &'h Heap,
    live: BTreeMap<usize, Block>,
}

impl<'h> Model<'h> {
    fn new(heap: &'h Heap) -> Self {
        Self { heap, live: BTreeMap::new() }
    }

    fn pick(&self, pick: usize) -> Option<Block> {
        self.live.values().nth(pick % self.live.len().max(1)).copied()
    }

    fn enter(&mut self, memory: NonNull<u8>, size: usize, align: usize, fill: u8) {
        let address = memory.addr().get();
        assert_eq!(address % align.max(16).min(if align > 16 { align } else { 1 }), 0);
        let usable = self.heap.usable_size(memory).unwrap();
        assert!(usable >= size && self.heap.owns(memory.as_ptr()));
        if let Some((below, block)) = self.live.range(..=address).next_back() {
            assert!(below + block.size <= address);
        }
        if let Some((above, _)) = self.live.range(address..).next() {
            assert!(address + usable <= *above);
        }
        // All usable bytes are written, as a program may.
        let block = Block { memory, size: usable, fill };
        block.fill();
        self.live.insert(address, block);
    }

    fn alloc(&mut self, size: usize, align: usize, zeroed: bool, fill: u8) -> bool {
        let wanted = layout(size, align);
        let got = if zeroed { self.heap.try_alloc_zeroed(wanted) } else { self.heap.try_alloc(wanted) };
        let Ok(memory) = got else { return false };
        if zeroed {
            Block { memory, size, fill: 0 }.check(size);
        }
        self.enter(memory, size, align, fill);
        true
    }

    fn free(&mut self, block: Block) {
        block.check(block.size);
        assert_eq!(unsafe { self.heap.try_free(block.memory) }, Ok(()));
        self.live.remove(&block.memory.addr().get());
        let again = unsafe { self.heap.try_free(block.memory) }.unwrap_err();
        assert!(matches!(again.kind(), FreeErrorKind::DoubleFree | FreeErrorKind::Foreign), "{again}");
        assert!(!self.heap.owns(block.memory.as_ptr()));
    }

    fn step(&mut self, step: u8, pick: usize, size: usize, align: usize) {
        let fill = (pick as u8) | 1;
        match (step, self.pick(pick)) {
            (0..=5, _) => {
                self.alloc(size, align, step == 5, fill);
            }
            (6..=9, Some(block)) => self.free(block),
            (10, Some(block)) => {
                let old = block.size;
                if let Ok(memory) = unsafe { self.heap.try_realloc(block.memory, layout(size, align)) } {
                    Block { memory, ..block }.check(old.min(size));
                    self.live.remove(&block.memory.addr().get());
                    self.enter(memory, size, align, fill);
                } else {
                    block.check(old);
                }
            }
            (11, Some(block)) => {
                if unsafe { self.heap.resize(block.memory, size) } {
                    block.check(block.size.min(size));
                    self.live.remove(&block.memory.addr().get());
                    self.enter(block.memory, size, 1, fill);
                }
                let offset = 1 + pick % (block.size - 1).max(1);
                if offset < block.size {
                    let inside = at(block.memory.addr().get() + offset);
                    let refused = unsafe { self.heap.try_free(inside) }.unwrap_err();
                    assert_eq!(refused.kind(), FreeErrorKind::Misaligned { offset }, "{refused}");
                    assert_eq!(self.heap.usable_size(inside), None);
                }
            }
            (12, _) => {
                self.heap.trim();
            }
            _ => {}
        }
    }

    fn check(&self) {
        let stats = self.heap.stats();
        assert_eq!(stats.live, self.live.len());
        assert_eq!(stats.live_bytes, self.live.values().map(|block| block.size).sum::<usize>());
        assert!(stats.held <= stats.high_water && stats.live_bytes <= stats.held || stats.held == 0);
        self.live.values().for_each(|block| block.check(block.size));
    }

    fn free_all(&mut self) {
        while let Some(block) = self.pick(0) {
            self.free(block);
        }
        self.check();
    }
}

type Step = (u8, usize, usize, usize);

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let size = prop_oneof![8 => 0..300usize, 4 => 0..5000usize, 1 => 0..40_000usize, 1 => 0..300_000usize];
    let align = prop_oneof![8 => Just(0u32), 4 => 0..8u32, 1 => 0..17u32].prop_map(|bits| 1usize << bits);
    prop::collection::vec((0..13u8, any::<usize>(), size, align), 0..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 96 } else { 512 }))]

    #[test]
    fn a_heap_does_what_the_model_does(steps in steps(400)) {
        let mut heap = HeapOptions::new().retain(64 << 10).build();
        let mut model = Model::new(&heap);
        for (step, pick, size, align) in steps {
            model.step(step, pick, size, align);
        }
        model.check();
        let live: Vec<_> = model.live.values().map(|block| (block.memory.addr().get(), block.size)).collect();
        let mut seen = Vec::new();
        heap.for_each(|block, size| seen.push((block.addr().get(), size)));
        seen.sort_unstable();
        prop_assert_eq!(seen, live);
    }

    #[test]
    fn a_heap_over_any_source_gives_back_what_it_took(steps in steps(200), pass in any::<bool>()) {
        let ledger = Ledger::new();
        let node = Node::new("heap").build();
        {
            let heap = HeapOptions::new().source(ledger.clone()).node(&node).retain(0).pass_through(pass).build();
            let mut model = Model::new(&heap);
            for (step, pick, size, align) in steps {
                model.step(step, pick, size, align);
                prop_assert_eq!(heap.stats().held, node.stats().charged);
            }
            model.check();
            model.free_all();
            heap.trim();
            let stats = heap.stats();
            prop_assert_eq!(stats.segments, usize::from(!pass));
            prop_assert_eq!(stats.blocks_taken - stats.blocks_returned, ledger.live() as u64);
        }
        prop_assert_eq!(ledger.live(), 0);
        prop_assert_eq!((node.stats().charged, node.stats().arenas), (0, 0));
    }

    #[test]
    fn a_refused_block_changes_nothing(steps in steps(60), pass in any::<bool>()) {
        for refused in 1..12 {
            let ledger = Ledger::new();
            let heap = HeapOptions::new().source(ledger.clone()).pass_through(pass).build();
            ledger.refuse_nth(refused);
            let mut model = Model::new(&heap);
            for &(step, pick, size, align) in &steps {
                let before = heap.stats();
                if step <= 5 && !model.alloc(size, align, step == 5, pick as u8 | 1) {
                    let after = heap.stats();
                    prop_assert_eq!((before.live, before.live_bytes), (after.live, after.live_bytes));
                } else if step > 5 {
                    model.step(step, pick, size, align);
                }
            }
            model.free_all();
            drop(heap);
            prop_assert_eq!(ledger.live(), 0);
        }
    }

    #[test]
    fn a_heap_in_a_buffer_does_what_the_model_does(steps in steps(300), size in 4096..600_000usize, skip in 0..16usize) {
        let mut memory = vec![MaybeUninit::new(0xA5u8); size + skip];
        let end = memory.as_ptr().addr() + size + skip;
        let heap = HeapOptions::new().try_build_in(&mut memory[skip..]).unwrap();
        let largest = heap.try_alloc(layout(size / 4, 1)).map(|block| unsafe { heap.free(block) });
        prop_assert!(largest.is_ok());
        let mut model = Model::new(&heap);
        for (step, pick, size, align) in steps {
            model.step(step, pick, size, align);
        }
        model.check();
        prop_assert!(model.live.iter().all(|(address, block)| address + block.size <= end));
        model.free_all();
        // Everything is one stretch again.
        let again = heap.try_alloc(layout(size / 4, 1));
        prop_assert!(again.is_ok());
    }
}

#[test]
fn a_buffer_is_used_to_its_end_and_a_small_one_is_refused() {
    let mut memory = [MaybeUninit::uninit(); 4096];
    assert!(HeapOptions::new().try_build_in(&mut memory[..512]).is_err());
    let heap = HeapOptions::new().try_build_in(&mut memory).unwrap();
    let mut blocks = Vec::new();
    let refused = loop {
        match heap.try_alloc(layout(64, 8)) {
            Ok(block) => blocks.push(block),
            Err(refused) => break refused,
        }
    };
    assert!(matches!(refused.kind(), ErrorKind::ReservationFull { .. }), "{refused}");
    assert!(blocks.len() >= 20, "{} blocks", blocks.len());
    for block in blocks {
        unsafe { heap.free(block) };
    }
    assert_eq!(heap.stats().live, 0);
    let stack = 0u64;
    assert_eq!(unsafe { heap.try_free(NonNull::from(&stack).cast()) }.unwrap_err().kind(), FreeErrorKind::Foreign);
}

#[test]
fn any_address_may_be_freed_and_is_refused() {
    let heap = Heap::new();
    let other = Heap::new();
    let theirs = other.alloc(layout(100, 8));
    let mine = heap.alloc(layout(100, 8));
    let gone = {
        let heap = Heap::new();
        heap.alloc(layout(100, 8))
    };
    let (stack, boxed) = (0u64, Box::new(0u64));
    let before = heap.stats();
    let segment = mine.addr().get() & !0xFFFF;
    let mut addresses =
        vec![1, 15, 16, usize::MAX, usize::MAX & !15, 1 << (usize::BITS - 17), theirs.addr().get(), gone.addr().get()];
    addresses.extend([(&raw const stack).addr(), (&raw const *boxed).addr(), a_function as fn() as usize]);
    // Every address of the heap's own segment: its header, its table, its state, its free memory.
    addresses.extend((segment..segment + (64 << 10)).filter(|&address| address != mine.addr().get()));
    for address in addresses {
        let refused = unsafe { heap.try_free(at(address)) };
        assert!(refused.is_err(), "{address:#x} was taken");
        assert_eq!(heap.usable_size(at(address)), None);
        let inside = address.wrapping_sub(mine.addr().get()) < 112;
        assert_eq!(heap.owns(std::ptr::without_provenance(address)), inside, "{address:#x}");
    }
    assert_eq!(heap.stats(), before);
    assert_eq!(unsafe { heap.try_free(theirs) }.unwrap_err().kind(), FreeErrorKind::Foreign);
    unsafe { other.free(theirs) };
    unsafe { heap.free(mine) };
}

fn a_function() {}

#[test]
fn a_refused_free_says_who_what_and_why() {
    let heap = HeapOptions::new().name("sounds").build();
    let block = heap.alloc(layout(100, 8));
    unsafe { heap.free(block) };
    let text = panic_of(|| unsafe { heap.free(block) });
    assert!(text.starts_with("a heap (charged to ") && text.contains("\"sounds\") does not take 0x"), "{text}");
    let block = heap.alloc(layout(100, 8));
    let wrong = unsafe { heap.try_free_sized(block, layout(113, 8)) }.unwrap_err();
    assert_eq!(wrong.kind(), FreeErrorKind::WrongSize { given: 113, asked: 112 });
    unsafe { heap.free_sized(block, layout(100, 8)) };
    let refused = heap.try_alloc(layout(8, 4 << 20)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::BadAlignment);
}

#[test]
fn a_large_block_that_grows_is_paid_for_once_wherever_it_goes_and_stays_when_it_may_not() {
    const KIB: usize = 1 << 10;
    let node = Node::new("growing").build();
    let heap = HeapOptions::new().node(&node).limit(4096 * KIB).build();
    let mut block = heap.alloc(layout(100 * KIB, 16));
    for (index, size) in [128, 256, 512, 1024, 2048].into_iter().enumerate() {
        let old = heap.usable_size(block).unwrap();
        unsafe {
            block.write_bytes(index as u8, old);
            let grown = heap.try_realloc(block, layout(size * KIB, 16)).unwrap();
            assert!((0..old).all(|at| grown.add(at).read() == index as u8));
            grown.write_bytes(index as u8, size * KIB);
            if grown != block {
                assert!(heap.try_free(block).is_err(), "it has gone");
            }
            block = grown;
        }
        let stats = heap.stats();
        assert_eq!((heap.usable_size(block), stats.live_bytes, stats.large), (Some(size * KIB), size * KIB, 1));
        assert_eq!(node.stats().charged, stats.held);
        assert!(stats.held <= (size + 128) * KIB, "{stats:?}");
        assert!(heap.owns(unsafe { block.add(size * KIB - 1).as_ptr() }));
    }
    let before = heap.stats();
    assert!(unsafe { !heap.resize(block, 5000 * KIB) && heap.try_realloc(block, layout(5000 * KIB, 16)).is_err() });
    assert_eq!(
        (heap.stats().held, heap.stats().live_bytes, node.stats().charged),
        (before.held, 2048 * KIB, before.held)
    );
    unsafe { heap.free(block) };
    assert!(unsafe { heap.try_free(block) }.is_err());
    assert_eq!(heap.stats().live_bytes, 0);
}

#[test]
fn large_blocks_are_as_safe_as_small_ones() {
    for pass in [false, true] {
        let heap = HeapOptions::new().pass_through(pass).build();
        let size = 200_000;
        let block = heap.alloc_zeroed(layout(size, 4096));
        Block { memory: block, size, fill: 0 }.check(size);
        assert_eq!(block.addr().get() % 4096, 0);
        let inside = at(block.addr().get() + 100_000);
        let refused = unsafe { heap.try_free(inside) }.unwrap_err();
        assert_eq!(refused.kind(), FreeErrorKind::Misaligned { offset: 100_000 });
        assert_eq!(heap.stats().large, 1);
        unsafe { heap.free(block) };
        assert_eq!(unsafe { heap.try_free(block) }.unwrap_err().kind(), FreeErrorKind::DoubleFree);
        for align in [64 << 10, 1 << 20, 2 << 20] {
            let block = heap.alloc(layout(10, align));
            assert_eq!(block.addr().get() % align, 0);
            unsafe { heap.free(block) };
        }
        assert_eq!(heap.stats().live, 0);
    }
}

#[test]
fn limits_and_budgets_refuse_and_leave_the_heap_whole() {
    let node = Node::new("level").hard_budget(256 << 10).build();
    let heap = HeapOptions::new().node(&node).build();
    let mut blocks = Vec::new();
    let refused = loop {
        match heap.try_alloc(layout(1000, 8)) {
            Ok(block) => blocks.push(block),
            Err(refused) => break refused,
        }
    };
    assert!(matches!(refused.kind(), ErrorKind::BudgetExceeded { budget: 262_144, used: 262_144, .. }), "{refused}");
    assert_eq!(heap.stats().live, blocks.len());
    node.set_budget(Budget::default());
    assert!(heap.try_alloc(layout(1000, 8)).is_ok());
    drop(heap);
    assert_eq!(node.stats().charged, 0);

    let heap = HeapOptions::new().limit(64 << 10).build();
    assert!(matches!(
        heap.try_alloc(layout(64 << 10, 8)).unwrap_err().kind(),
        ErrorKind::LimitExceeded { limit: 65_536, .. }
    ));
    assert!(heap.try_alloc(layout(100, 8)).is_ok());
    assert!(HeapOptions::new().limit(1000).try_build().is_err());
}

#[test]
fn a_soft_budgets_callback_may_use_the_heap() {
    static SEEN: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    static HEAP: Mutex<Option<Arc<Heap>>> = Mutex::new(None);
    let node = Node::new("soft")
        .soft_budget(100 << 10)
        .on_soft(|crossing| {
            let heap = HEAP.lock().unwrap().clone().unwrap();
            let _ = heap.alloc(layout(200_000, 8));
            SEEN.lock().unwrap().push(crossing.charged);
        })
        .build();
    let heap = Arc::new(HeapOptions::new().node(&node).build());
    *HEAP.lock().unwrap() = Some(heap.clone());
    let _ = heap.alloc(layout(100_000, 8));
    assert_eq!(SEEN.lock().unwrap().len(), 1);
    assert_eq!(heap.stats().large, 2);
    *HEAP.lock().unwrap() = None;
}

#[test]
fn empty_segments_go_back_while_the_heap_runs() {
    for order in 0..3 {
        let ledger = Ledger::new();
        let heap = HeapOptions::new().source(ledger.clone()).retain(256 << 10).build();
        let mut blocks: Vec<_> = (0..50_000).map(|n| heap.alloc(layout(16 + n % 300, 8))).collect();
        let full = heap.stats().held;
        match order {
            0 => {}
            1 => blocks.reverse(),
            _ => {
                let mut seed = 7u64;
                for n in (1..blocks.len()).rev() {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    blocks.swap(n, (seed >> 33) as usize % (n + 1));
                }
            }
        }
        for block in blocks {
            unsafe { heap.free(block) };
        }
        let left = heap.stats();
        assert!(left.held * 3 < full, "order {order}: {} of {full} held", left.held);
        heap.trim();
        assert_eq!(heap.stats().held, 64 << 10, "order {order}");
        assert_eq!(ledger.live(), 1);
    }
}

#[test]
fn memory_of_freed_blocks_serves_other_sizes() {
    let heap = Heap::new();
    let small: Vec<_> = (0..20_000).map(|_| heap.alloc(layout(64, 8))).collect();
    let held = heap.stats().held;
    for block in small.chunks(100).flat_map(|blocks| &blocks[..99]) {
        unsafe { heap.free(*block) };
    }
    let large: Vec<_> = (0..200).map(|_| heap.alloc(layout(4096, 8))).collect();
    assert!(heap.stats().held <= held + held / 2, "{} after {held}", heap.stats().held);
    assert_eq!(heap.stats().live, 200 + large.len());
}

#[test]
fn a_heap_of_ten_blocks_is_one_segment_and_zeros_are_zeros_after_reuse() {
    for _ in 0..50 {
        let heap = Heap::new();
        let block = heap.alloc_zeroed(layout(20_000, 8));
        Block { memory: block, size: 20_000, fill: 0 }.check(20_000);
        unsafe { block.write_bytes(0xFF, 20_000) };
        for size in [16, 500, 1000, 2000, 3000] {
            let block = heap.alloc_zeroed(layout(size, 8));
            Block { memory: block, size, fill: 0 }.check(size);
            unsafe { block.write_bytes(0xFF, size) };
        }
        assert_eq!((heap.stats().segments, heap.stats().live), (1, 6));
    }
}

#[test]
fn arenas_and_heaps_stand_on_heaps() {
    let ledger = Ledger::new();
    {
        let below = Arc::new(HeapOptions::new().source(ledger.clone()).build());
        let arena = ArenaOptions::new().source(below.clone()).build();
        for round in 0..1000 {
            assert!(arena.alloc_slice_fill(round, 7u8).iter().all(|&byte| byte == 7));
        }
        let above = HeapOptions::new().source(below.clone()).build();
        let mut model = Model::new(&above);
        for n in 0..3000 {
            assert!(model.alloc(n * 37 % 5000, 8, false, n as u8));
        }
        model.check();
        let block = above.alloc(layout(64, 8));
        assert_eq!(
            unsafe { below.try_free(block) }.unwrap_err().kind(),
            FreeErrorKind::Misaligned { offset: block.addr().get() & 0xFFFF }
        );
        let first = model.pick(0).unwrap();
        model.free(first);
        drop(above);
        drop(arena);
        assert_eq!(below.stats().live, 0);
        unsafe {
            let block = below.take(layout(100, 64)).unwrap();
            below.give(block, layout(100, 64));
        }
    }
    assert_eq!(ledger.live(), 0);
}

#[test]
fn a_vector_that_was_allocated_last_grows_where_it_is() {
    let heap = Heap::new();
    // The rest of the first page is too short for what follows.
    let _ = heap.alloc(layout(4000, 8));
    let mut vector = allocator_api2::vec::Vec::new_in(&heap);
    vector.push(1u64);
    let place = vector.as_ptr();
    vector.extend(2..400u64);
    assert_eq!(vector.as_ptr(), place);
    assert!(vector.iter().copied().eq(1..400));
    vector.shrink_to(10);
    drop(vector);
    assert_eq!(heap.stats().live, 1);
}

/// Tests that look at the process's own segments take turns.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[test]
fn what_the_segment_cache_keeps_goes_back_when_asked() {
    let _turn = alone();
    let heap = Heap::new();
    let blocks: Vec<_> = (0..2000).map(|_| heap.alloc(layout(1000, 8))).collect();
    assert!(!blocks.is_empty());
    drop(heap);
    assert!(SegmentCache::kept() >= 1 << 20 || SegmentCache::retention() < 1 << 20);
    assert!(SegmentCache::trim() > 0);
}

#[test]
fn a_heap_larger_than_what_is_kept_is_kept_whole_once_the_program_made_it_again() {
    let _turn = alone();
    let fill = || {
        let heap = Heap::new();
        (0..20_000).for_each(|_| _ = heap.alloc(layout(4000, 8)));
        heap.stats().held
    };
    SegmentCache::trim();
    let first = SegmentCache::retention();
    let held = fill();
    assert!(held > 2 * first && SegmentCache::kept() <= first);
    fill();
    // Other tests of this process take pieces meanwhile, and a pool goes a little below what it keeps.
    assert!(SegmentCache::kept() > held - (16 << 20), "the program came back: {} of {held}", SegmentCache::kept());
    assert!(SegmentCache::trim() > held - (16 << 20));
    assert_eq!(SegmentCache::retention(), first);
}
