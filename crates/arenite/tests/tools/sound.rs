//! Work without faults: memory that goes from hand to hand in every way.

use allocator_api2::{alloc::Allocator, vec::Vec as ApiVec};
use arenite::{
    Arena, ArenaVec, DynAllocator, Heap, MemorySystem, RangeOptions, ResetMode, Ring, Stack,
    debug::{self, Grade},
    layer::Watched,
    pool::{BlockPoolOptions, Pool},
    report, scratch,
    system::SystemLayout,
};
use std::{alloc::Layout, thread, time::Duration};

pub(crate) fn work() {
    arenas();
    heaps();
    pools();
    layers();
    ranges();
    systems();
    checks();
    switches();
}

fn arenas() {
    let mut arena = Arena::new();
    for round in 0..4u64 {
        let mark = arena.checkpoint();
        let mut rows = ArenaVec::new_in(&arena);
        for i in 0..60u64 {
            rows.push(i);
            assert_eq!(arena.alloc([i; 7])[6], i);
            assert_eq!(arena.alloc_slice_fill_with(i as usize, |at| at as u8).len(), i as usize);
            let scope = arena.scope();
            scope.alloc([round; 30]);
        }
        assert_eq!(rows.iter().sum::<u64>(), 59 * 30);
        let large = arena.alloc_slice_copy(&[7u8; 300_000]);
        assert_eq!(large[299_999], 7);
        let mut raw = ApiVec::new_in(&arena);
        raw.extend(0..1000u32);
        raw.shrink_to_fit();
        drop(raw);
        drop(rows);
        match round {
            0 => arena.restore(mark).expect("in order"),
            1 => arena.clear(),
            _ => arena.reset(),
        }
    }
    scratch(|outer| {
        let text = outer.alloc_str("outer");
        scratch(|inner| assert_eq!(inner.alloc_str("inner"), "inner"));
        assert_eq!(text, "outer");
    });
}

fn heaps() {
    let heap = Heap::new();
    let layout = |size| Layout::from_size_align(size, 8).expect("small");
    for _ in 0..2 {
        let mut blocks = Vec::new();
        for size in (1..600).step_by(11).chain([5000, 100_000]) {
            let block = heap.alloc_zeroed(layout(size));
            assert_eq!(unsafe { block.add(size - 1).read() }, 0);
            unsafe { block.write_bytes(7, size) };
            let larger = layout(size + size / 2);
            let moved = unsafe { heap.realloc(block, larger) };
            assert_eq!(unsafe { moved.add(size - 1).read() }, 7);
            blocks.push((moved, larger));
        }
        for (at, (block, layout)) in blocks.into_iter().enumerate() {
            match at % 2 {
                0 => unsafe { heap.free_sized(block, layout) },
                _ => unsafe { heap.free(block) },
            }
        }
    }
    let values = thread::scope(|threads| {
        let mut values = ApiVec::new_in(&heap);
        threads.spawn(|| {
            (&heap).allocate(layout(100)).map(|block| unsafe { (&heap).deallocate(block.cast(), layout(100)) })
        });
        values.extend(0..1000u32);
        values
    });
    assert_eq!(values[999], 999);
}

fn pools() {
    let typed = Pool::new();
    let fixed = BlockPoolOptions::new(48).capacity(64).build();
    let chunked = BlockPoolOptions::new(48).build_chunked();
    for round in 0..20u64 {
        let boxes: Vec<_> = (0..30).map(|i| typed.alloc([round, i])).collect();
        assert!(boxes.iter().enumerate().all(|(i, value)| **value == [round, i as u64]));
        let blocks: Vec<_> = (0..30).map(|_| (fixed.alloc(), chunked.alloc())).collect();
        for (one, other) in blocks {
            unsafe {
                one.write_bytes(1, 48);
                other.write_bytes(2, 48);
                fixed.free(one);
                chunked.free(other);
            }
        }
    }
}

/// A layer that is reset with blocks in it, and one that is not, because a scope has what is below.
fn layers() {
    let arena = Arena::new();
    let layer = Watched::new(&arena);
    let layout = Layout::new::<[u64; 5]>();
    for round in 0..5u64 {
        let blocks: Vec<_> = (0..50).map(|_| layer.try_allocate(layout).expect("memory").cast::<[u64; 5]>()).collect();
        blocks.iter().for_each(|block| unsafe { block.write([round; 5]) });
        let scope = arena.scope();
        unsafe { layer.reset(ResetMode::Keep) }.expect_err("the scope has the cursor");
        drop(scope);
        blocks.iter().for_each(|block| assert_eq!(unsafe { block.read() }, [round; 5]));
        unsafe { layer.try_deallocate(blocks[7].cast(), layout) }.expect("live");
        unsafe { layer.reset(ResetMode::Keep) }.expect("nobody has the cursor");
    }
}

fn ranges() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 20));
    let mut ring = Ring::try_new(RangeOptions::reserve(1 << 16), 3).expect("address space");
    for round in 0..40u64 {
        let lower = stack.push([round; 5]);
        let upper = stack.push_slice(&[1u8; 333]);
        stack.resize(upper, 500, 2);
        assert_eq!(stack.get(upper).map(|bytes| bytes[499]), Some(2));
        stack.resize(upper, 5, 0);
        stack.pop(upper);
        assert_eq!(stack.get(lower), Some(&[[round; 5]][..]));
        if round % 8 == 7 {
            stack.reset();
        }
        ring.begin_frame().expect("room for a frame");
        let values = ring.push_slice(&[round; 700]).expect("room");
        let odd = ring.push([1u8; 13]).expect("room");
        assert_eq!((ring.get(values).map(|all| all[699]), ring.get(odd)), (Some(round), Some(&[[1u8; 13]][..])));
        ring.end_frame_with_fence(round).expect("open");
        if round > 1 {
            ring.retire(round - 1).expect("in flight");
        }
    }
    stack.reset();
}

fn systems() {
    let memory = MemorySystem::with_layout(SystemLayout::new().at_least(1 << 20)).expect("address space");
    let name = memory.permanent().alloc_str("permanent");
    for number in 0..4u64 {
        let frame = memory.begin_frame().expect("no frame");
        let mut rows = ArenaVec::new_in(&frame);
        rows.extend((0..500).map(|i| i * number));
        assert_eq!(rows[499], 499 * number);
    }
    assert_eq!(name, "permanent");
}

/// All books are checked while blocks of two threads come, move and go.
fn checks() {
    let heap = Heap::new();
    let work = || {
        let mut blocks = std::collections::VecDeque::new();
        for step in 0..150_usize {
            let layout = Layout::from_size_align(1 + step % 90, 8).expect("small");
            let block = heap.alloc(layout);
            unsafe { block.write_bytes(1, layout.size()) };
            let larger = Layout::from_size_align(layout.size() + step % 2 * 40, 8).expect("small");
            blocks.push_back(unsafe { heap.realloc(block, larger) });
            if step >= 20 {
                blocks.pop_front().into_iter().for_each(|block| unsafe { heap.free(block) });
            }
        }
        blocks.into_iter().for_each(|block| unsafe { heap.free(block) });
    };
    thread::scope(|threads| {
        let working = [threads.spawn(work), threads.spawn(work)];
        while working.iter().any(|thread| !thread.is_finished()) {
            let report = report::check_integrity();
            assert!(report.is_whole(), "{report}");
            // Under valgrind threads take turns.
            thread::sleep(Duration::from_millis(1));
        }
    });
}

/// Grades that change while blocks of the others are live.
fn switches() {
    if debug::grade() == Grade::Off {
        return;
    }
    let (mut arena, heap, first) = (Arena::new(), Heap::new(), debug::grade());
    let fixed = BlockPoolOptions::new(48).capacity(500).build();
    let mut stack = Stack::new(RangeOptions::reserve(1 << 20));
    let layout = Layout::new::<[u64; 20]>();
    for round in 0..30 {
        debug::set_grade(Grade::ALL[(round * 7) % 6]);
        let blocks: Vec<_> = (0..20).map(|_| (heap.alloc(layout), fixed.alloc())).collect();
        for (block, slot) in &blocks {
            unsafe { block.write_bytes(1, layout.size()) };
            unsafe { slot.write_bytes(2, 48) };
            arena.alloc([1u64; 20]);
            stack.push([3u64; 9]);
        }
        debug::set_grade(Grade::ALL[(round * 5 + 1) % 6]);
        for (block, slot) in blocks {
            assert_eq!(unsafe { block.add(layout.size() - 1).read() }, 1);
            assert_eq!(unsafe { slot.add(47).read() }, 2);
            unsafe { heap.free(block) };
            unsafe { fixed.free(slot) };
        }
        match round % 3 {
            0 => arena.reset(),
            1 => arena.clear(),
            _ => {}
        }
        if round % 4 == 3 {
            stack.reset();
        }
    }
    stack.reset();
    debug::set_grade(first);
}
