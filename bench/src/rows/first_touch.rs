//! Rows 10 and 11: 100,000 objects of 64 bytes, in fresh memory and in memory used before.

use crate::{
    contender::{Arenite, Blink, Bump, Bumpalo, Down8, Heap, NO_ZIG, Stumpalo, Up8},
    criterion::{Criterion, Measure},
    heaps,
    keep::keep,
    kernel::{Clock, Count, Kernel, Section, Work},
    zig,
};
use arenite::{Arena, ArenaOptions};
use std::alloc::{GlobalAlloc, Layout};

type Object = [u64; 8];
const OBJECTS: u64 = 100_000;
const BYTES: usize = OBJECTS as usize * size_of::<Object>();

const RESERVED: &str = "arenite reserved";
const HUGE: &str = "arenite reserved, huge pages";

pub(super) fn sections() -> Vec<Section> {
    let mut cold = Section::new("10", "cold: 100,000 objects of 64 B in a fresh arena");
    cold.step = OBJECTS;
    cold.count = Count::Nothing;
    cold.clock = Clock::FreshProcess(15);
    cold.kernels = vec![
        Kernel::ours(Arenite::NAME, || cold_arena(Arenite::new)),
        Kernel::ours(RESERVED, || cold_arena(|| Arenite(reserved(false)))),
        Kernel::ours(HUGE, || cold_arena(|| Arenite(reserved(true)))),
        Kernel::opponent(Bumpalo::<1>::NAME, || cold_arena(Bumpalo::<1>::new)),
        Kernel::opponent("bumpalo with_capacity", || cold_arena(|| Bumpalo(bumpalo::Bump::with_capacity(BYTES)))),
        Kernel::opponent(Up8::NAME, || cold_arena(Up8::new)),
        Kernel::opponent("bump-scope up with_size", || {
            cold_arena(|| crate::contender::BumpScope::<true>(bump_scope::Bump::with_size(BYTES + 4096)))
        }),
        Kernel::opponent(Down8::NAME, || cold_arena(Down8::new)),
        Kernel::opponent(Stumpalo::NAME, || cold_arena(Stumpalo::new)),
        Kernel::opponent(Blink::NAME, || cold_arena(Blink::new)),
        Kernel::opponent("typed-arena", cold_typed_arena),
    ];
    cold.kernels.push(zig!("Zig ArenaAllocator", crate::contender::zig::cold_objects, NO_ZIG));
    cold.kernels.extend(heaps!(cold_heap));
    cold.kernels.extend(floor::cold());
    cold.criteria = vec![
        Criterion::at_most(HUGE, Measure::Time, 6.0),
        Criterion::at_most(RESERVED, Measure::Time, 15.0),
        Criterion::at_most(Arenite::NAME, Measure::Time, 15.0),
        Criterion::stated(HUGE, Measure::TimeRatio("(mmap huge pages, memset)")),
        Criterion::stated(RESERVED, Measure::TimeRatio("(mmap, memset)")),
        Criterion::stated(Arenite::NAME, Measure::TimeRatio("(mmap, memset)")),
        Criterion::stated(Arenite::NAME, Measure::TimeRatio(Bumpalo::<1>::NAME)),
    ];

    let mut warm = Section::new("11", "warm: 100,000 objects of 64 B in a reset arena");
    warm.step = OBJECTS;
    warm.count = Count::Steps(2, 6);
    warm.clock = Clock::Interleaved(41);
    warm.kernels = vec![
        Kernel::ours(Arenite::NAME, || warm_arena(Arenite::new())),
        Kernel::ours(RESERVED, || warm_arena(Arenite(reserved(false)))),
        Kernel::ours(HUGE, || warm_arena(Arenite(reserved(true)))),
        Kernel::opponent(Bumpalo::<1>::NAME, || warm_arena(Bumpalo::<1>::new())),
        Kernel::opponent(Up8::NAME, || warm_arena(Up8::new())),
        Kernel::opponent(Down8::NAME, || warm_arena(Down8::new())),
        Kernel::opponent(Stumpalo::NAME, || warm_arena(Stumpalo::new())),
        Kernel::opponent(Blink::NAME, || warm_arena(Blink::new())),
    ];
    warm.kernels.push(zig!("Zig ArenaAllocator", crate::contender::zig::warm_objects::<OBJECTS>, NO_ZIG));
    warm.kernels.extend(heaps!(warm_heap));
    warm.kernels.extend(floor::warm());
    warm.criteria = vec![
        Criterion::at_most(HUGE, Measure::Time, 2.3),
        Criterion::at_most(Arenite::NAME, Measure::Time, 2.3),
        Criterion::stated(HUGE, Measure::TimeRatio("(memset, huge pages)")),
        Criterion::stated(Arenite::NAME, Measure::TimeRatio("(memset)")),
    ];
    vec![cold, warm]
}

fn reserved(huge_pages: bool) -> Arena {
    ArenaOptions::new().reserve(1 << 30).huge_pages(huge_pages).build()
}

/// Makes the arena and fills it; both are timed, taking it down is not.
fn cold_arena<B: Bump>(make: fn() -> B) -> Work {
    Work::Loop(Box::new(move |operations| {
        let arena = make();
        objects(&arena, operations);
        std::mem::forget(arena);
    }))
}

fn warm_arena<B: Bump>(mut arena: B) -> Work {
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / OBJECTS {
            objects(&arena, OBJECTS);
            arena.reset();
        }
    }))
}

#[inline(never)]
fn objects<B: Bump>(arena: &B, n: u64) {
    for i in 0..n {
        keep::<Object>(arena.value([i; 8]));
    }
}

fn cold_typed_arena() -> Work {
    Work::Loop(Box::new(move |operations| {
        let arena = typed_arena::Arena::new();
        typed_objects(&arena, operations);
        std::mem::forget(arena);
    }))
}

#[inline(never)]
fn typed_objects(arena: &typed_arena::Arena<Object>, n: u64) {
    for i in 0..n {
        keep(arena.alloc([i; 8]));
    }
}

/// Allocated and never freed.
fn cold_heap<H: Heap>() -> Work {
    Work::Loop(Box::new(|operations| {
        for i in 0..operations {
            keep(heap_object::<H>(i));
        }
    }))
}

/// Allocated, and freed in the order of allocation.
fn warm_heap<H: Heap>() -> Work {
    let mut live = vec![std::ptr::null_mut::<Object>(); OBJECTS as usize];
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / OBJECTS {
            for (i, slot) in live.iter_mut().enumerate() {
                *slot = heap_object::<H>(i as u64);
            }
            for &memory in &live {
                // SAFETY: made by the loop above with this layout, and freed once.
                unsafe { H::HEAP.dealloc(memory.cast(), Layout::new::<Object>()) };
            }
        }
    }))
}

#[inline(always)]
fn heap_object<H: Heap>(i: u64) -> *mut Object {
    // SAFETY: the layout is not empty; the block is written within it.
    unsafe {
        let memory = H::HEAP.alloc(Layout::new::<Object>()).cast::<Object>();
        memory.write([i; 8]);
        keep(memory);
        memory
    }
}

/// How fast the machine itself is at it.
#[cfg(target_os = "linux")]
mod floor {
    use super::{BYTES, OBJECTS};
    use crate::{
        keep::keep,
        kernel::{Kernel, Work},
    };

    pub(super) fn cold() -> Vec<Kernel> {
        vec![
            Kernel::floor("(mmap, memset)", || memset_fresh(false)),
            Kernel::floor("(mmap huge pages, memset)", || memset_fresh(true)),
        ]
    }

    pub(super) fn warm() -> Vec<Kernel> {
        vec![
            Kernel::floor("(memset)", || memset_again(false)),
            Kernel::floor("(memset, huge pages)", || memset_again(true)),
        ]
    }

    fn memset_fresh(huge_pages: bool) -> Work {
        Work::Loop(Box::new(move |_| set(map(huge_pages))))
    }

    fn memset_again(huge_pages: bool) -> Work {
        let memory = map(huge_pages);
        Work::Loop(Box::new(move |operations| (0..operations / OBJECTS).for_each(|_| set(memory))))
    }

    fn set(memory: *mut u8) {
        // SAFETY: a mapping of at least so many bytes.
        unsafe { memory.write_bytes(1, BYTES) };
        keep(memory);
    }

    /// A mapping, at a huge page's boundary.
    fn map(huge_pages: bool) -> *mut u8 {
        const HUGE: usize = 2 << 20;
        let size = BYTES + 2 * HUGE;
        // SAFETY: a fresh anonymous mapping; the advice concerns only it.
        unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            let memory = libc::mmap(std::ptr::null_mut(), size, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            assert_ne!(memory, libc::MAP_FAILED, "mapping {size} bytes");
            let aligned = memory.byte_add(memory.align_offset(HUGE));
            if huge_pages {
                libc::madvise(aligned, BYTES.next_multiple_of(HUGE), libc::MADV_HUGEPAGE);
            }
            aligned.cast()
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod floor {
    use crate::kernel::Kernel;

    pub(super) fn cold() -> Vec<Kernel> {
        Vec::new()
    }

    pub(super) fn warm() -> Vec<Kernel> {
        Vec::new()
    }
}
