//! Row 6: a vector pushed to in the arena, without capacity asked for.

use crate::{
    contender::{Arenite, Bump, Bumpalo, Down8, Heap, Stumpalo, Up8, heap::Direct},
    criterion::{Criterion, Measure},
    heaps,
    keep::keep,
    kernel::{Count, Kernel, Section, Work},
};
use std::hint::black_box;

const OURS: &str = "arenite ArenaVec";
const OURS_API2: &str = "arenite, api2 Vec";

pub(super) fn sections() -> Vec<Section> {
    vec![
        section::<10>("6a", "Vec push to 10 in the arena, for each push", 1000, Count::Steps(20, 120), 17.0),
        section::<10_000>("6b", "Vec push to 10,000 in the arena, for each push", 10_000, Count::Steps(4, 24), 7.0),
    ]
}

fn section<const N: u64>(id: &'static str, title: &'static str, step: u64, count: Count, most: f64) -> Section {
    let mut section = Section::new(id, title);
    section.step = step;
    section.count = count;
    section.kernels = vec![
        Kernel::ours(OURS, || vectors::<OurVec, N>(reserved())),
        Kernel::ours(OURS_API2, || vectors::<OurApi2Vec, N>(reserved())),
        Kernel::ours("arenite ArenaVec, chunks", vectors_in_new::<OurVec, N>).noting("chunks of at most 64 KiB"),
        Kernel::opponent("bump-scope MutBumpVec", vectors_in_new::<MutBumpVec, N>).noting("borrows the arena alone"),
        Kernel::opponent("bump-scope BumpVec", vectors_in_new::<BumpVec, N>),
        Kernel::opponent("bump-scope, api2 Vec", vectors_in_new::<BumpScopeApi2Vec, N>),
        Kernel::opponent("bump-scope down BumpVec", vectors_in_new::<DownBumpVec, N>),
        Kernel::opponent("bumpalo Vec", vectors_in_new::<BumpaloVec, N>),
        Kernel::opponent("bumpalo, api2 Vec", vectors_in_new::<BumpaloApi2Vec<1>, N>),
        Kernel::opponent("bumpalo, min 8, api2 Vec", vectors_in_new::<BumpaloApi2Vec<8>, N>),
        Kernel::opponent("stumpalo, api2 Vec", vectors_in_new::<StumpaloApi2Vec, N>),
    ];
    section.kernels.extend(heaps!(heap, N));
    section.criteria = vec![
        Criterion::at_most(OURS, Measure::Instructions, most),
        Criterion::stated(OURS_API2, Measure::Instructions),
        Criterion::stated("arenite ArenaVec, chunks", Measure::Instructions),
    ];
    section
}

/// A kind of vector in a kind of arena.
trait Pushes: 'static {
    type Arena: Bump;
    /// Makes a vector, pushes 0 to n, and looks at it.
    fn push_all(arena: &mut Self::Arena, n: u64);
}

macro_rules! pushes {
    ($name:ident in $contender:ty, $arena:ident => $vec:expr) => {
        struct $name;

        impl Pushes for $name {
            type Arena = $contender;

            #[inline(always)]
            fn push_all(contender: &mut $contender, n: u64) {
                let $arena = &mut contender.0;
                let mut vec = $vec;
                for i in 0..n {
                    vec.push(i);
                }
                keep(vec.as_ptr());
            }
        }
    };
}

pushes!(OurVec in Arenite, arena => arenite::ArenaVec::new_in(arena));
pushes!(OurApi2Vec in Arenite, arena => allocator_api2::vec::Vec::new_in(&*arena));
pushes!(MutBumpVec in Up8, arena => bump_scope::MutBumpVec::new_in(arena));
pushes!(BumpVec in Up8, arena => bump_scope::BumpVec::new_in(&*arena));
pushes!(DownBumpVec in Down8, arena => bump_scope::BumpVec::new_in(&*arena));
pushes!(BumpScopeApi2Vec in Up8, arena => allocator_api2::vec::Vec::new_in(&*arena));
pushes!(BumpaloVec in Bumpalo<1>, arena => bumpalo::collections::Vec::new_in(arena));
pushes!(StumpaloApi2Vec in Stumpalo, arena => allocator_api2_04::vec::Vec::new_in(&*arena));

struct BumpaloApi2Vec<const MIN_ALIGN: usize>;

impl<const MIN_ALIGN: usize> Pushes for BumpaloApi2Vec<MIN_ALIGN> {
    type Arena = Bumpalo<MIN_ALIGN>;

    #[inline(always)]
    fn push_all(arena: &mut Bumpalo<MIN_ALIGN>, n: u64) {
        let mut vec = allocator_api2::vec::Vec::new_in(&arena.0);
        for i in 0..n {
            vec.push(i);
        }
        keep(vec.as_ptr());
    }
}

fn reserved() -> Arenite {
    Arenite(arenite::ArenaOptions::new().reserve(1 << 30).build())
}

fn vectors_in_new<P: Pushes, const N: u64>() -> Work {
    vectors::<P, N>(P::Arena::new())
}

fn vectors<P: Pushes, const N: u64>(mut arena: P::Arena) -> Work {
    Work::Loop(Box::new(move |operations| vectors_group::<P>(&mut arena, operations / N, black_box(N))))
}

#[inline(never)]
fn vectors_group<P: Pushes>(arena: &mut P::Arena, vectors: u64, n: u64) {
    keep(arena);
    for _ in 0..vectors {
        P::push_all(arena, n);
        arena.reset();
    }
}

fn heap<H: Heap, const N: u64>() -> Work {
    Work::Loop(Box::new(move |operations| heap_group::<H>(operations / N, black_box(N))))
}

#[inline(never)]
fn heap_group<H: Heap>(vectors: u64, n: u64) {
    for _ in 0..vectors {
        let mut vec = allocator_api2::vec::Vec::new_in(Direct::<H>::new());
        for i in 0..n {
            vec.push(i);
        }
        keep(vec.as_ptr());
    }
}
