//! Zig's standard allocators: loops compiled by Zig (`zig/kernels.zig`), and its heap of the process by calls.

use super::{Heap, slots::Object};
use crate::kernel::{GROUP, Work};
use std::{
    alloc::{GlobalAlloc, Layout},
    ptr::NonNull,
};

#[repr(C)]
struct Opaque([u8; 0]);

#[link(name = "zig_kernels", kind = "static")]
unsafe extern "C" {
    fn zig_arena_new() -> Option<NonNull<Opaque>>;
    fn zig_arena_reset(arena: NonNull<Opaque>);
    fn zig_arena_values(arena: NonNull<Opaque>, groups: u64);
    fn zig_arena_objects(arena: NonNull<Opaque>, n: u64);
    fn zig_arena_stores(arena: NonNull<Opaque>, n: u64);
    fn zig_arena_mixed(arena: NonNull<Opaque>, sizes: *const usize, live: *mut *mut u8, n: usize);
    fn zig_fixed_new(bytes: usize) -> Option<NonNull<Opaque>>;
    fn zig_fixed_mixed(fixed: NonNull<Opaque>, sizes: *const usize, live: *mut *mut u8, n: usize);
    fn zig_pool_new() -> Option<NonNull<Opaque>>;
    fn zig_pool_create(pool: NonNull<Opaque>) -> *mut Object;
    fn zig_pool_pairs(pool: NonNull<Opaque>, operations: u64);
    fn zig_pool_churn(pool: NonNull<Opaque>, live: *mut *mut Object, steps: *const u32, n: usize);
    fn zig_smp_alloc(size: usize, log2_of_align: u8) -> *mut u8;
    fn zig_smp_free(block: *mut u8, size: usize, log2_of_align: u8);
}

/// `std.heap.ArenaAllocator` over `page_allocator`, reset with its capacity retained. Threads may share it.
pub(crate) struct Arena(NonNull<Opaque>);

// SAFETY: it allocates without locks for any thread, since Zig 0.16.
unsafe impl Sync for Arena {}

impl Arena {
    /// It stays until the process ends.
    pub(crate) fn new() -> Self {
        // SAFETY: always sound.
        Self(unsafe { zig_arena_new() }.expect("memory for Zig's arena"))
    }

    /// Row 22: objects of 64 B with one store.
    pub(crate) fn stores(&self, n: u64) {
        // SAFETY: the arena is there.
        unsafe { zig_arena_stores(self.0, n) }
    }

    /// Takes all back.
    pub(crate) fn reset(&mut self) {
        // SAFETY: nobody looks at what was in it.
        unsafe { zig_arena_reset(self.0) }
    }
}

/// Rows 1 and 2.
pub(crate) fn values() -> Work {
    let arena = Arena::new();
    // SAFETY: the arena is there.
    Work::Loop(Box::new(move |operations| unsafe { zig_arena_values(arena.0, operations / GROUP) }))
}

/// Row 10.
pub(crate) fn cold_objects() -> Work {
    // SAFETY: the arena is there.
    Work::Loop(Box::new(|operations| unsafe { zig_arena_objects(Arena::new().0, operations) }))
}

/// Row 11, in groups of so many.
pub(crate) fn warm_objects<const OBJECTS: u64>() -> Work {
    let mut arena = Arena::new();
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / OBJECTS {
            // SAFETY: the arena is there.
            unsafe { zig_arena_objects(arena.0, OBJECTS) };
            arena.reset();
        }
    }))
}

/// Row 12, from an arena.
pub(crate) fn mixed_arena(sizes: Vec<usize>) -> Work {
    let arena = Arena::new();
    mixed(sizes, move |sizes, live, n| {
        // SAFETY: the arena is there; both lists have `n` places.
        unsafe { zig_arena_mixed(arena.0, sizes, live, n) }
    })
}

/// Row 12, from `std.heap.FixedBufferAllocator`.
pub(crate) fn mixed_fixed(sizes: Vec<usize>) -> Work {
    let bytes = sizes.iter().map(|size| size + 8).sum();
    // SAFETY: always sound.
    let fixed = unsafe { zig_fixed_new(bytes) }.expect("memory for Zig's buffer");
    mixed(sizes, move |sizes, live, n| {
        // SAFETY: the buffer is there; both lists have `n` places.
        unsafe { zig_fixed_mixed(fixed, sizes, live, n) }
    })
}

fn mixed(sizes: Vec<usize>, run: impl Fn(*const usize, *mut *mut u8, usize) + 'static) -> Work {
    let mut live = vec![std::ptr::null_mut(); sizes.len()];
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / sizes.len() as u64 {
            run(sizes.as_ptr(), live.as_mut_ptr(), sizes.len());
        }
    }))
}

/// `std.heap.MemoryPool` with one object that stays.
fn pool() -> NonNull<Opaque> {
    // SAFETY: always sound; then the pool is there.
    unsafe {
        let pool = zig_pool_new().expect("memory for Zig's pool");
        zig_pool_create(pool);
        pool
    }
}

/// Row 13a.
pub(crate) fn pool_pairs() -> Work {
    let pool = pool();
    // SAFETY: the pool is there.
    Work::Loop(Box::new(move |operations| unsafe { zig_pool_pairs(pool, operations) }))
}

/// Row 13b, with so many live objects.
pub(crate) fn pool_churn(live: usize, steps: Vec<u32>) -> Work {
    let pool = pool();
    // SAFETY: the pool is there.
    let mut live: Vec<_> = (0..live).map(|_| unsafe { zig_pool_create(pool) }).collect();
    let mut at = 0;
    Work::Loop(Box::new(move |operations| {
        let mut left = operations as usize;
        while left > 0 {
            let now = left.min(steps.len() - at);
            // SAFETY: the pool is there, all in `live` are its own, and steps are below their number.
            unsafe { zig_pool_churn(pool, live.as_mut_ptr(), steps[at..].as_ptr(), now) };
            left -= now;
            at = (at + now) % steps.len();
        }
    }))
}

/// `std.heap.smp_allocator`.
pub(crate) struct Smp;

impl Heap for Smp {
    const NAME: &'static str = "Zig smp_allocator";
    type Allocator = Self;
    const HEAP: Self = Self;
}

// SAFETY: Zig's allocator does what these methods promise.
unsafe impl GlobalAlloc for Smp {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller asks for no empty blocks.
        unsafe { zig_smp_alloc(layout.size(), layout.align().ilog2() as u8) }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { zig_smp_free(block, layout.size(), layout.align().ilog2() as u8) }
    }
}
