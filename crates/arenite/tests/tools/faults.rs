//! Memory faults of a program, each by a name. In the lines of one, `// NAME: fault` marks the access that a tool has to
//! report, `// NAME: made` and `// NAME: died` what its report has to say besides.

use allocator_api2::alloc::Allocator;
use arenite::{
    Arena, ArenaOptions, ArenaVec, Heap, MemorySystem, RangeOptions, Ring, Stack,
    pool::{BlockPoolOptions, ChunkedBlockPool, Pool},
    scratch,
    system::SystemLayout,
};
use std::{alloc::Layout, hint::black_box, ptr::NonNull};

/// Every fault, and what commits it.
pub(crate) const FAULTS: [(&str, fn()); 22] = [
    ("arena-reset", arena_reset),
    ("arena-clear", arena_clear),
    ("arena-rewind", arena_rewind),
    ("arena-scope", arena_scope),
    ("arena-free", arena_free),
    ("arena-overrun", arena_overrun),
    ("arena-underrun", arena_underrun),
    ("vector-growth", vector_growth),
    ("scratch-end", scratch_end),
    ("frame-end", frame_end),
    ("heap-free", heap_free),
    ("heap-resize", heap_resize),
    ("heap-overrun", heap_overrun),
    ("pool-free", pool_free),
    ("pool-overrun", pool_overrun),
    ("region-free", region_free),
    ("typed-free", typed_free),
    ("stack-pop", stack_pop),
    ("stack-reset", stack_reset),
    ("stack-overrun", stack_overrun),
    ("ring-retired", ring_retired),
    ("ring-overrun", ring_overrun),
];

/// 40 bytes.
type Block = [u64; 5];

fn block() -> Layout {
    Layout::new::<Block>()
}

/// A stale pointer, or one that will be: the borrow ends here.
fn kept<T>(value: &mut T) -> *mut T {
    value
}

/// A pointer that its block does not bound.
fn beyond<T: ?Sized>(value: *const T, bytes: isize) -> *mut u8 {
    let address = value.cast::<u8>().expose_provenance().wrapping_add_signed(bytes);
    std::ptr::with_exposed_provenance_mut(address)
}

/// An arena in a range of its own. (Of memory that died within a block of the C heap memcheck describes that block.)
fn ranged() -> Arena {
    ArenaOptions::new().reserve(1 << 20).build()
}

/// Blocks before and behind, so that the one in the middle is neither the first nor the last.
fn fill(mut alloc: impl FnMut()) {
    (0..20).for_each(|_| alloc());
}

fn arena_reset() {
    let mut arena = ranged();
    fill(|| _ = arena.alloc([0u64; 5]));
    let stale = kept(arena.alloc([1u64; 5])); // arena-reset: made
    arena.reset(); // arena-reset: died
    let _ = black_box(unsafe { (*stale)[2] }); // arena-reset: fault
}

fn arena_clear() {
    let mut arena = Arena::new();
    fill(|| _ = arena.alloc([0u64; 5]));
    let stale = kept(arena.alloc([1u64; 5]));
    arena.clear();
    unsafe { (*stale)[2] = 7 }; // arena-clear: fault
}

fn arena_rewind() {
    let mut arena = ranged();
    let kept_block = kept(arena.alloc([3u64; 5]));
    let mark = arena.checkpoint();
    fill(|| _ = arena.alloc([0u64; 500]));
    let stale = kept(arena.alloc([1u64; 5])); // arena-rewind: made
    arena.restore(mark).expect("in order"); // arena-rewind: died
    assert_eq!(unsafe { *kept_block }, [3; 5], "what is older is open");
    let _ = black_box(unsafe { (*stale)[2] }); // arena-rewind: fault
}

fn arena_scope() {
    let arena = Arena::new();
    let older = arena.alloc([3u64; 5]);
    let scope = arena.scope();
    fill(|| _ = scope.alloc([0u64; 50]));
    let stale = kept(scope.alloc([1u64; 5]));
    drop(scope);
    assert_eq!(*older, [3; 5], "what is older is open");
    let _ = black_box(unsafe { (*stale)[2] }); // arena-scope: fault
}

fn arena_free() {
    let arena = Arena::new();
    let memory = (&arena).allocate(block()).expect("memory").cast::<Block>();
    fill(|| _ = arena.alloc([0u64; 5]));
    unsafe { (&arena).deallocate(memory.cast(), block()) };
    let _ = black_box(unsafe { (*memory.as_ptr())[2] }); // arena-free: fault
}

fn arena_overrun() {
    let arena = Arena::new();
    let block = kept(arena.alloc([1u64; 5]));
    fill(|| _ = arena.alloc([0u64; 5]));
    unsafe { *beyond(block, 40) = 7 }; // arena-overrun: fault
}

fn arena_underrun() {
    let arena = Arena::new();
    fill(|| _ = arena.alloc([0u64; 5]));
    let block = kept(arena.alloc([1u64; 5]));
    unsafe { *beyond(block, -1) = 7 }; // arena-underrun: fault
}

fn vector_growth() {
    let arena = Arena::new();
    let mut rows = ArenaVec::with_capacity_in(4, &arena);
    rows.extend([1u64, 2, 3, 4]);
    let stale = kept(&mut rows[2]);
    let _other = arena.alloc([0u64; 5]);
    rows.extend([5; 100]);
    unsafe { *stale = 7 }; // vector-growth: fault
}

fn scratch_end() {
    let stale = scratch(|scope| {
        fill(|| _ = scope.alloc([0u64; 5]));
        kept(scope.alloc([1u64; 5]))
    });
    let _ = black_box(unsafe { (*stale)[2] }); // scratch-end: fault
}

fn frame_end() {
    let memory = MemorySystem::with_layout(SystemLayout::new().at_least(1 << 20)).expect("address space");
    let frame = memory.begin_frame().expect("no frame");
    fill(|| _ = frame.alloc([0u64; 5]));
    let stale = kept(frame.alloc([1u64; 5])); // frame-end: made
    drop(frame);
    let _frame = memory.begin_frame().expect("no frame"); // frame-end: died
    let _ = black_box(unsafe { (*stale)[2] }); // frame-end: fault
}

fn heap_free() {
    let heap = Heap::new();
    let memory = heap.alloc(block()).cast::<Block>(); // heap-free: made
    unsafe { memory.write([1; 5]) };
    unsafe { heap.free(memory.cast()) }; // heap-free: died
    let _ = black_box(unsafe { (*memory.as_ptr())[2] }); // heap-free: fault
}

fn heap_resize() {
    let heap = Heap::new();
    let memory = heap.alloc(block()).cast::<Block>();
    unsafe { memory.write([1; 5]) };
    let larger = unsafe { heap.realloc(memory.cast(), Layout::new::<[Block; 100]>()) }.cast::<Block>();
    assert_eq!(unsafe { larger.read() }, [1; 5], "what moved is open");
    unsafe { (*memory.as_ptr())[2] = 7 }; // heap-resize: fault
}

fn heap_overrun() {
    let heap = Heap::new();
    let text = heap.alloc(Layout::new::<[u8; 13]>()).cast::<[u8; 13]>(); // heap-overrun: made
    unsafe { text.write(*b"thirteen byte") };
    unsafe { *beyond(text.as_ptr(), 13) = 0 }; // heap-overrun: fault
}

fn pool_free() {
    let pool: ChunkedBlockPool = BlockPoolOptions::new(40).build_chunked();
    let memory = pool.alloc().cast::<Block>(); // pool-free: made
    unsafe { memory.write([1; 5]) };
    unsafe { pool.free(memory.cast()) };
    let _ = black_box(unsafe { (*memory.as_ptr())[2] }); // pool-free: fault
}

fn pool_overrun() {
    let pool: ChunkedBlockPool = BlockPoolOptions::new(40).build_chunked();
    let memory = pool.alloc().cast::<Block>(); // pool-overrun: made
    let _other = pool.alloc();
    unsafe { *beyond(memory.as_ptr(), 40) = 7 }; // pool-overrun: fault
}

fn region_free() {
    let pool = BlockPoolOptions::new(40).capacity(100).build();
    let memory: NonNull<Block> = pool.alloc().cast();
    unsafe { memory.write([1; 5]) };
    unsafe { pool.free(memory.cast()) };
    let _ = black_box(unsafe { (*memory.as_ptr())[2] }); // region-free: fault
}

fn typed_free() {
    let pool = Pool::new();
    let mut value = pool.alloc([1u64; 5]);
    let stale = kept(&mut *value);
    drop(value);
    // A pool hears of what was dropped when it is next asked.
    let _next = pool.alloc([2u64; 5]);
    let _ = black_box(unsafe { (*stale)[2] }); // typed-free: fault
}

fn stack_pop() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 20));
    let older = stack.push([3u64; 5]);
    let top = stack.push([1u64; 5]);
    let stale = kept(&mut stack.get_mut(top).expect("the top")[0]);
    stack.pop(top);
    assert_eq!(stack.get(older), Some(&[[3; 5]][..]), "what is older is open");
    let _ = black_box(unsafe { (*stale)[2] }); // stack-pop: fault
}

fn stack_reset() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 20));
    let top = stack.push([1u64; 5]);
    let stale = kept(&mut stack.get_mut(top).expect("the top")[0]);
    stack.reset();
    let _ = black_box(unsafe { (*stale)[2] }); // stack-reset: fault
}

fn stack_overrun() {
    let mut stack = Stack::new(RangeOptions::reserve(1 << 20));
    let top = stack.push([1u64; 5]);
    let block = stack.get(top).expect("the top").as_ptr();
    unsafe { *beyond(block, 40) = 7 }; // stack-overrun: fault
}

fn ring_retired() {
    let mut ring = Ring::try_new(RangeOptions::reserve(1 << 20), 2).expect("address space");
    ring.begin_frame().expect("the first");
    let values = ring.push([1u64; 5]).expect("room");
    let stale = kept(&mut ring.get_mut(values).expect("in flight")[0]);
    ring.end_frame_with_fence(1).expect("open");
    assert_eq!(unsafe { (*stale)[1] }, 1, "what is in flight is open");
    ring.retire(1).expect("in flight");
    let _ = black_box(unsafe { (*stale)[2] }); // ring-retired: fault
}

fn ring_overrun() {
    let mut ring = Ring::try_new(RangeOptions::reserve(1 << 20), 2).expect("address space");
    ring.begin_frame().expect("the first");
    let values = ring.push([1u64; 5]).expect("room");
    let block = ring.get(values).expect("in flight").as_ptr();
    unsafe { *beyond(block, 40) = 7 }; // ring-overrun: fault
}
