//! The rest of row 6: two vectors that grow in turn, so that neither is ever the last thing in its arena.

use crate::{
    contender::{Arenite, Bump, Bumpalo, Heap, Stumpalo, Up8, bump_scope::Settings, heap::Direct},
    criterion::{Criterion, Measure},
    heaps,
    keep::keep,
    kernel::{Count, Kernel, Section, Work},
};
use arenite::ReservedVec;
use std::hint::black_box;

/// Elements of both together.
const PUSHES: u64 = 10_000;
const OURS: &str = "arenite ReservedVec";
const IN_ARENA: &str = "arenite ArenaVec";

pub(super) fn sections() -> Vec<Section> {
    let mut section = Section::new("6c", "two vectors pushed to in turn, to 5,000 each, for each push");
    section.step = PUSHES;
    section.count = Count::Steps(4, 24);
    section.kernels = vec![
        Kernel::ours(OURS, reserved).wasting(left_behind).noting("nothing ever moves"),
        Kernel::ours(IN_ARENA, in_one::<OurVecs>).wasting(wasted::<OurVecs>),
        Kernel::opponent("bump-scope BumpVec", in_one::<BumpVecs>).wasting(wasted::<BumpVecs>),
        Kernel::opponent("bump-scope, api2 Vec", in_one::<BumpScopeApi2Vecs>).wasting(wasted::<BumpScopeApi2Vecs>),
        Kernel::opponent("bumpalo Vec", in_one::<BumpaloVecs>).wasting(wasted::<BumpaloVecs>),
        Kernel::opponent("bumpalo, api2 Vec", in_one::<BumpaloApi2Vecs>).wasting(wasted::<BumpaloApi2Vecs>),
        Kernel::opponent("stumpalo, api2 Vec", in_one::<StumpaloVecs>),
    ];
    section.kernels.extend(heaps!(heap));
    section.criteria = vec![
        Criterion::at_most(OURS, Measure::Overhead, 0.0),
        Criterion::at_most(OURS, Measure::Instructions, 7.0),
        Criterion::stated(IN_ARENA, Measure::Instructions),
        Criterion::stated(IN_ARENA, Measure::Overhead),
    ];
    vec![section]
}

/// Two vectors in one arena.
trait Vecs: 'static {
    type Arena: Bump;
    /// Makes two, pushes to them in turn, and looks at them: at the end of that with `look`, which gets the arena and the
    /// bytes of the two buffers.
    fn push_all(arena: &mut Self::Arena, n: u64, look: impl FnOnce(&Self::Arena, usize));
    /// Bytes that the arena has taken for what is in it.
    fn used(arena: &Self::Arena) -> Option<usize>;
}

macro_rules! vecs {
    ($name:ident in $contender:ty, $arena:ident => $vec:expr, $used:expr) => {
        struct $name;

        impl Vecs for $name {
            type Arena = $contender;

            #[inline(always)]
            fn push_all(contender: &mut $contender, n: u64, look: impl FnOnce(&$contender, usize)) {
                let $arena = &contender.0;
                let (mut first, mut second) = ($vec, $vec);
                for i in 0..n / 2 {
                    first.push(i);
                    second.push(i);
                }
                keep(first.as_ptr());
                keep(second.as_ptr());
                look(contender, (first.capacity() + second.capacity()) * size_of::<u64>());
            }

            fn used(contender: &$contender) -> Option<usize> {
                ($used)(&contender.0)
            }
        }
    };
}

fn up_used(arena: &bump_scope::Bump<bump_scope::alloc::Global, Settings<true>>) -> Option<usize> {
    Some(arena.stats().allocated())
}

/// A bumpalo has used what it holds but for the rest of its last chunk.
fn bumpalo_used<const MIN_ALIGN: usize>(arena: &bumpalo::Bump<MIN_ALIGN>) -> Option<usize> {
    Some(arena.allocated_bytes() - arena.chunk_capacity())
}

vecs!(OurVecs in Arenite, arena => arenite::ArenaVec::new_in(arena), |arena: &arenite::Arena| Some(arena.stats().used));
vecs!(BumpVecs in Up8, arena => bump_scope::BumpVec::new_in(arena), up_used);
vecs!(BumpScopeApi2Vecs in Up8, arena => allocator_api2::vec::Vec::new_in(arena), up_used);
vecs!(BumpaloVecs in Bumpalo<1>, arena => bumpalo::collections::Vec::new_in(arena), bumpalo_used);
vecs!(BumpaloApi2Vecs in Bumpalo<8>, arena => allocator_api2::vec::Vec::new_in(arena), bumpalo_used);
vecs!(StumpaloVecs in Stumpalo, arena => allocator_api2_04::vec::Vec::new_in(arena), |_| None);

/// Bytes used beyond those of the two buffers, for each push, in a warm arena.
fn wasted<V: Vecs>() -> f64 {
    let mut arena = V::Arena::new();
    let mut wasted = 0;
    for _ in 0..3 {
        V::push_all(&mut arena, PUSHES, |arena, buffers| {
            wasted = V::used(arena).expect("only asked of those that tell") - buffers;
        });
        arena.reset();
    }
    wasted as f64 / PUSHES as f64
}

fn in_one<V: Vecs>() -> Work {
    let mut arena = V::Arena::new();
    Work::Loop(Box::new(move |operations| in_one_group::<V>(&mut arena, operations / PUSHES, black_box(PUSHES))))
}

#[inline(never)]
fn in_one_group<V: Vecs>(arena: &mut V::Arena, rounds: u64, n: u64) {
    keep(arena);
    for _ in 0..rounds {
        V::push_all(arena, n, |_, _| {});
        arena.reset();
    }
}

/// Bytes that two reserved vectors leave behind where they move, for each push.
fn left_behind() -> f64 {
    let mut vecs = [(); 2].map(|()| ReservedVec::<u64>::with_reserved(PUSHES as usize));
    let mut left = 0;
    for i in 0..PUSHES {
        let vec = &mut vecs[(i % 2) as usize];
        let (before, bytes) = (vec.as_ptr(), size_of_val(&**vec));
        vec.push(i);
        left += if vec.as_ptr() == before { 0 } else { bytes };
    }
    left as f64 / PUSHES as f64
}

/// Two ranges of their own, kept from round to round as an arena keeps its chunks.
fn reserved() -> Work {
    let most = PUSHES as usize;
    let mut vecs = (ReservedVec::<u64>::with_reserved(most), ReservedVec::<u64>::with_reserved(most));
    Work::Loop(Box::new(move |operations| {
        reserved_group(&mut vecs.0, &mut vecs.1, operations / PUSHES, black_box(PUSHES));
    }))
}

#[inline(never)]
fn reserved_group(first: &mut ReservedVec<u64>, second: &mut ReservedVec<u64>, rounds: u64, n: u64) {
    for _ in 0..rounds {
        for i in 0..n / 2 {
            first.push(i);
            second.push(i);
        }
        keep(first.as_ptr());
        keep(second.as_ptr());
        first.clear();
        second.clear();
    }
}

fn heap<H: Heap>() -> Work {
    Work::Loop(Box::new(move |operations| heap_group::<H>(operations / PUSHES, black_box(PUSHES))))
}

#[inline(never)]
fn heap_group<H: Heap>(rounds: u64, n: u64) {
    for _ in 0..rounds {
        let mut first = allocator_api2::vec::Vec::new_in(Direct::<H>::new());
        let mut second = allocator_api2::vec::Vec::new_in(Direct::<H>::new());
        for i in 0..n / 2 {
            first.push(i);
            second.push(i);
        }
        keep(first.as_ptr());
        keep(second.as_ptr());
    }
}
