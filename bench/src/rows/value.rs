//! Rows 1 and 2: a `u64` moved into an arena.

use crate::{
    contender::{
        Arenite, Blink, Bump, Bumpalo, DEFAULT, Down8, Heap, Multitude, NO_ZIG, ScopedArena, Stumpalo, Up8, WALKS,
    },
    criterion::{Criterion, Measure},
    heaps, in_turn,
    keep::{keep, place},
    kernel::{GROUP, Kernel, Section, Work},
    zig,
};
use std::alloc::{GlobalAlloc, Layout};

pub(super) fn sections() -> Vec<Section> {
    let mut shared = Section::new("1", "Arena::alloc(u64)");
    shared.kernels.push(Kernel::ours(Arenite::NAME, || arena(Arenite::settled())));
    shared.kernels.push(Kernel::ours(DEFAULT, || arena(Arenite::new())).noting(WALKS));
    shared.kernels.extend(opponents());
    shared.criteria =
        vec![Criterion::at_most(Arenite::NAME, Measure::Net, 5.0), Criterion::stated(DEFAULT, Measure::Net)];

    let mut exclusive = Section::new("2", "exclusive handle, alloc(u64)");
    exclusive.kernels.push(Kernel::ours("arenite claim", claim));
    exclusive.kernels.extend(opponents());
    exclusive.criteria = vec![
        Criterion::at_most("arenite claim", Measure::Net, 4.0),
        Criterion::at_most("arenite claim", Measure::TimeRatio(Bumpalo::<1>::NAME), 0.55),
    ];
    vec![shared, exclusive]
}

fn opponents() -> Vec<Kernel> {
    let mut kernels = vec![
        Kernel::opponent(Bumpalo::<1>::NAME, || arena(<Bumpalo<1>>::new())),
        Kernel::opponent(Bumpalo::<8>::NAME, || arena(<Bumpalo<8>>::new())),
        Kernel::opponent(Up8::NAME, || arena(<Up8>::new())),
        Kernel::opponent(Down8::NAME, || arena(<Down8>::new())),
        Kernel::opponent(Stumpalo::NAME, || arena(<Stumpalo>::new())),
        Kernel::opponent(Blink::NAME, || arena(<Blink>::new())),
        Kernel::opponent(Multitude::NAME, || arena(Multitude::new())).noting("Alloc::leak"),
        Kernel::opponent(ScopedArena::NAME, || arena(ScopedArena::new())),
        Kernel::opponent("typed-arena", typed_arena).noting("a new arena for each 1,000"),
    ];
    kernels.push(zig!("Zig ArenaAllocator", crate::contender::zig::values, NO_ZIG).noting("for any thread"));
    kernels.extend(heaps!(heap));
    kernels.push(Kernel::bare_loop(bare_loop));
    kernels
}

fn arena<B: Bump>(mut arena: B) -> Work {
    let mut turn = 0;
    Work::Loop(Box::new(move |operations| in_turn!(turn, arena_groups[B](&mut arena, operations))))
}

fn arena_groups<B: Bump, const AT: u64>(arena: &mut B, operations: u64) {
    for _ in 0..operations / GROUP {
        arena_group::<B, AT>(arena);
        arena.reset();
    }
}

#[inline(never)]
fn arena_group<B: Bump, const AT: u64>(arena: &B) {
    place::<AT>();
    for i in 0..GROUP {
        keep(arena.value(i));
    }
}

fn claim() -> Work {
    let mut arena = Arenite::settled();
    let mut turn = 0;
    Work::Loop(Box::new(move |operations| in_turn!(turn, claim_groups[](&mut arena, operations))))
}

fn claim_groups<const AT: u64>(arena: &mut Arenite, operations: u64) {
    for _ in 0..operations / GROUP {
        claim_group::<AT>(&arena.0);
        arena.reset();
    }
}

#[inline(never)]
fn claim_group<const AT: u64>(arena: &arenite::Arena) {
    let claim = arena.claim();
    place::<AT>();
    for i in 0..GROUP {
        keep(claim.alloc(i));
    }
}

fn typed_arena() -> Work {
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / GROUP {
            typed_arena_group(&typed_arena::Arena::new());
        }
    }))
}

#[inline(never)]
fn typed_arena_group(arena: &typed_arena::Arena<u64>) {
    for i in 0..GROUP {
        keep(arena.alloc(i));
    }
}

fn heap<H: Heap>() -> Work {
    let mut live = [std::ptr::null_mut::<u64>(); GROUP as usize];
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / GROUP {
            heap_group::<H>(&mut live);
        }
    }))
}

#[inline(never)]
fn heap_group<H: Heap>(live: &mut [*mut u64; GROUP as usize]) {
    let layout = Layout::new::<u64>();
    // SAFETY: a layout of 8 bytes; each block is written, and freed once with the layout it was made with.
    unsafe {
        for (i, slot) in live.iter_mut().enumerate() {
            let memory = H::HEAP.alloc(layout).cast::<u64>();
            memory.write(i as u64);
            keep(memory);
            *slot = memory;
        }
        for memory in live {
            H::HEAP.dealloc(memory.cast(), layout);
        }
    }
}

fn bare_loop() -> Work {
    let mut value = Box::new(0);
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / GROUP {
            bare_group(&raw mut *value);
        }
    }))
}

#[inline(never)]
fn bare_group(value: *mut u64) {
    for i in 0..GROUP {
        // SAFETY: the caller's own value.
        unsafe { value.write(i) };
        keep(value);
    }
}
