//! Row 7: reset.

use crate::{
    contender::{Arenite, Blink, Bump, Bumpalo, Down8, Layouts, Multitude, ScopedArena, Stumpalo, Up8},
    criterion::{Criterion, Measure},
    keep::keep,
    kernel::{Call, Clock, Count, Kernel, Section, Work},
};
use std::alloc::Layout;

const CHUNKS: usize = 1000;
/// The size of our chunks when they no longer double.
const CHUNK: usize = 64 << 10;
const FEW: &str = "arenite, 10 chunks";
const FEWER: &str = "doubles: the same bytes in fewer chunks";

pub(super) fn sections() -> Vec<Section> {
    let mut one = Section::new("7a", "alloc(u64) + reset, one chunk");
    one.kernels = vec![
        Kernel::ours(Arenite::NAME, one_chunk::<Arenite>),
        Kernel::opponent(Bumpalo::<1>::NAME, one_chunk::<Bumpalo<1>>),
        Kernel::opponent(Bumpalo::<8>::NAME, one_chunk::<Bumpalo<8>>),
        Kernel::opponent(Up8::NAME, one_chunk::<Up8>).noting("reset_to_start()"),
        Kernel::opponent(Down8::NAME, one_chunk::<Down8>).noting("reset_to_start()"),
        Kernel::opponent(Stumpalo::NAME, one_chunk::<Stumpalo>),
        Kernel::opponent(Blink::NAME, one_chunk::<Blink>),
        Kernel::opponent(Multitude::NAME, one_chunk::<Multitude>),
        Kernel::opponent(ScopedArena::NAME, one_chunk::<ScopedArena>),
        Kernel::bare_loop(bare_loop),
    ];
    one.criteria = criteria();

    let mut many = Section::new("7b", "alloc(u64) + reset, 1,000 chunks of 64 KiB held");
    many.kernels = vec![
        Kernel::ours(Arenite::NAME, many_chunks::<Arenite>),
        Kernel::opponent(Up8::NAME, many_chunks::<Up8>).noting(FEWER),
        Kernel::opponent(Stumpalo::NAME, many_chunks::<Stumpalo>).noting(FEWER),
        Kernel::bare_loop(bare_loop),
    ];
    many.criteria = criteria();

    let mut used = Section::new("7c", "the reset alone, after 1,000 chunks of 64 KiB were used");
    used.step = 1;
    used.count = Count::Inside(RESET_CALL, 2, 6);
    used.clock = Clock::Interleaved(31);
    used.kernels = vec![
        Kernel::ours(Arenite::NAME, reset_after_use::<Arenite>),
        Kernel::ours(FEW, || reset_after(Arenite::new(), |arena| fill(arena, 10))).noting("the same call over fewer"),
        Kernel::opponent(Bumpalo::<1>::NAME, bumpalo_after_use).noting("1,000 chunks of 512 B, forced by its limit"),
        Kernel::opponent(Up8::NAME, reset_after_use::<Up8>).noting(FEWER),
        Kernel::opponent(Stumpalo::NAME, reset_after_use::<Stumpalo>).noting(FEWER),
        Kernel::floor("(clock alone)", clock_alone),
    ];
    used.criteria = vec![Criterion::at_most(Arenite::NAME, Measure::InstructionRatio(FEW), 1.1)];
    vec![one, many, used]
}

fn criteria() -> Vec<Criterion> {
    vec![Criterion::at_most(Arenite::NAME, Measure::Net, 12.0), Criterion::stated(Arenite::NAME, Measure::Instructions)]
}

fn one_chunk<B: Bump>() -> Work {
    let mut arena = B::new();
    Work::Loop(Box::new(move |operations| reset_group(&mut arena, operations)))
}

fn many_chunks<L: Layouts>() -> Work {
    let mut arena = L::new();
    fill(&arena, CHUNKS);
    arena.reset();
    Work::Loop(Box::new(move |operations| reset_group(&mut arena, operations)))
}

// The arena is kept once: seen by others, so that its cursor lives in memory as it would in a program.
#[inline(never)]
fn reset_group<B: Bump>(arena: &mut B, operations: u64) {
    keep(arena);
    for i in 0..operations {
        keep(arena.value(i));
        arena.rewind();
    }
}

/// Uses as many bytes as so many of our chunks have.
fn fill<L: Layouts>(arena: &L, chunks: usize) {
    let piece = Layout::from_size_align(CHUNK / 2, 8).expect("a valid layout");
    for _ in 0..2 * chunks {
        keep(arena.layout(piece));
    }
}

pub(super) fn bare_loop() -> Work {
    let mut value = Box::new(0);
    Work::Loop(Box::new(move |operations| bare_group(&raw mut *value, operations)))
}

#[inline(never)]
fn bare_group(value: *mut u64, operations: u64) {
    for i in 0..operations {
        // SAFETY: the caller's own value.
        unsafe { value.write(i) };
        keep(value);
    }
}

/// Fills, then gives back.
struct AfterUse<B: Bump> {
    arena: B,
    fill: fn(&B),
}

impl<B: Bump> Call for AfterUse<B> {
    fn prepare(&mut self) {
        (self.fill)(&self.arena);
    }

    fn call(&mut self) {
        reset_call(&mut self.arena);
    }
}

/// The reset of an arena that `fill` used; counted inside `reset_call` only.
pub(super) fn reset_after<B: Bump>(arena: B, fill: fn(&B)) -> Work {
    Work::Call(Box::new(AfterUse { arena, fill }))
}

/// The name that callgrind looks for.
pub(super) const RESET_CALL: &str = "reset_call";

#[inline(never)]
fn reset_call<B: Bump>(arena: &mut B) {
    arena.rewind();
}

fn reset_after_use<L: Layouts>() -> Work {
    reset_after(L::new(), |arena| fill(arena, CHUNKS))
}

fn bumpalo_after_use() -> Work {
    reset_after(Bumpalo::<1>::new(), |arena| {
        for _ in 0..CHUNKS {
            arena.0.set_allocation_limit(Some(arena.0.allocated_bytes() + 512));
            keep(arena.layout(Layout::from_size_align(400, 8).expect("a valid layout")));
        }
        arena.0.set_allocation_limit(None);
    })
}

/// What the clock itself takes.
struct Nothing;

impl Call for Nothing {
    fn prepare(&mut self) {}

    fn call(&mut self) {}
}

fn clock_alone() -> Work {
    Work::Call(Box::new(Nothing))
}
