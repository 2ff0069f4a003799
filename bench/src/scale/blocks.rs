//! Blocks that come and go one by one among so many live ones; and heaps that are made, filled and destroyed.

use super::{Curve, Load, Promise, Series, decades, load::Random};
use crate::{
    contender::{
        heap::Glibc,
        own_heap::{AreniteHeap, GlibcHeap, OwnHeap},
        slots::{HeapSlots, Object, Slots, Typed},
    },
    keep::keep,
    kernel::Side,
};
use arenite::pool::{BlockPoolOptions, HandlePool};
use std::{alloc::Layout, ptr::NonNull};

/// Operations of a round.
const ROUND: u64 = 100_000;

pub(super) fn curves() -> Vec<Curve> {
    let churns = vec![
        Series::new(Side::Ours, "arenite Heap", |size| churning(Blocks(arenite::Heap::new()), size)),
        Series::new(Side::Ours, "arenite Pool", |size| churning(Typed::new(), size)),
        Series::new(Side::Ours, "arenite BlockPool", |size| {
            let bytes = 2 * size as usize * size_of::<Object>() + (1 << 20);
            churning(BlockPoolOptions::new(size_of::<Object>()).reserve(bytes).build(), size)
        }),
        Series::new(Side::Ours, "arenite HandlePool", |size| churning(HandlePool::<Object>::new(), size)),
        Series::new(Side::Opponent, "slab", |size| churning(slab::Slab::<Object>::new(), size)),
        Series::new(Side::Opponent, "glibc", |size| churning(HeapSlots::<Glibc>::new(), size)),
        #[cfg(feature = "native")]
        Series::new(Side::Opponent, "mimalloc", |size| {
            churning(HeapSlots::<crate::contender::heap::Mimalloc>::new(), size)
        }),
        Series::new(Side::Floor, "(random objects written)", |size| {
            Box::new(Walk { objects: vec![[0; 8]; size as usize], random: Random::new(1) })
        }),
    ];
    let lives = vec![
        Series::new(Side::Ours, AreniteHeap::NAME, |size| Box::new(Life::<AreniteHeap>::new(size))),
        #[cfg(feature = "native")]
        Series::new(Side::Opponent, crate::contender::own_heap::MimallocHeap::NAME, |size| {
            Box::new(Life::<crate::contender::own_heap::MimallocHeap>::new(size))
        }),
        Series::new(Side::Opponent, "glibc", |size| Box::new(Life::<GlibcHeap>::new(size))),
    ];
    vec![
        Curve {
            id: "churn",
            title: "one of the live objects of 64 B out, another in, at random: cost of the pair",
            along: "live objects",
            sizes: decades(1_000, 10_000_000),
            promise: Promise::Constant,
            series: churns,
        },
        Curve {
            id: "heap",
            title: "a heap made, filled with blocks of 64 B and destroyed with them: cost of a block",
            along: "blocks in the heap",
            sizes: decades(1_000, 10_000_000),
            promise: Promise::Constant,
            series: lives,
        },
    ]
}

/// [`arenite::Heap`] for objects.
struct Blocks(arenite::Heap);

impl Slots for Blocks {
    type Key = NonNull<Object>;
    type Reach<'a> = &'a Self;

    #[inline(always)]
    fn reach(&mut self) -> &Self {
        self
    }

    #[inline(always)]
    fn put(slots: &mut Self::Reach<'_>, object: Object) -> Self::Key {
        let block = slots.0.alloc(Layout::new::<Object>()).cast::<Object>();
        // SAFETY: a block of this layout.
        unsafe { block.write(object) };
        block
    }

    #[inline(always)]
    fn look(key: &Self::Key) {
        keep(key.as_ptr());
    }

    #[inline(always)]
    unsafe fn end(slots: &mut Self::Reach<'_>, key: Self::Key) {
        // SAFETY: the caller's promise.
        unsafe { slots.0.free(key.cast()) }
    }
}

fn churning<S: Slots>(mut slots: S, size: u64) -> Box<dyn Load> {
    let live = (0..size).map(|i| Some(S::put(&mut slots.reach(), [i; 8]))).collect();
    let mut churn = Churn { live, slots, random: Random::new(7) };
    // So that what is free lies about as it does after a long time.
    for _ in 0..(2 * size / ROUND).min(20) {
        churn.run();
    }
    Box::new(churn)
}

struct Churn<S: Slots> {
    // Before the slots that they may borrow.
    live: Vec<Option<S::Key>>,
    slots: S,
    random: Random,
}

impl<S: Slots> Load for Churn<S> {
    fn run(&mut self) -> u64 {
        let mut slots = self.slots.reach();
        for i in 0..ROUND {
            let place = self.random.below(self.live.len());
            let place = &mut self.live[place];
            if let Some(key) = place.take() {
                // SAFETY: the key of an object that is in; it is moved out and used no more.
                unsafe { S::end(&mut slots, key) };
            }
            let key = S::put(&mut slots, [i; 8]);
            S::look(&key);
            *place = Some(key);
        }
        ROUND
    }
}

impl<S: Slots> Drop for Churn<S> {
    fn drop(&mut self) {
        let mut slots = self.slots.reach();
        for key in self.live.drain(..).flatten() {
            // SAFETY: as above. The process's heap must have its memory back before the next contender comes.
            unsafe { S::end(&mut slots, key) };
        }
    }
}

struct Walk {
    objects: Vec<Object>,
    random: Random,
}

impl Load for Walk {
    fn run(&mut self) -> u64 {
        for i in 0..ROUND {
            let place = self.random.below(self.objects.len());
            self.objects[place] = [i; 8];
            keep(&self.objects[place]);
        }
        ROUND
    }
}

struct Life<H> {
    /// For heaps that do not take their blocks with them.
    blocks: Vec<*mut u8>,
    size: u64,
    heap: std::marker::PhantomData<fn() -> H>,
}

impl<H: OwnHeap> Life<H> {
    fn new(size: u64) -> Self {
        let blocks = if H::DESTROYS { Vec::new() } else { vec![std::ptr::null_mut(); size as usize] };
        Self { blocks, size, heap: std::marker::PhantomData }
    }
}

impl<H: OwnHeap> Load for Life<H> {
    fn run(&mut self) -> u64 {
        let layout = Layout::new::<Object>();
        let heap = H::new();
        let make = |i: u64| {
            let block = heap.alloc(layout);
            // SAFETY: a block of this layout.
            unsafe { block.cast::<u64>().write(i) };
            keep(block);
            block
        };
        if H::DESTROYS {
            (0..self.size).for_each(|i| {
                make(i);
            });
        } else {
            for (i, place) in self.blocks.iter_mut().enumerate() {
                *place = make(i as u64);
            }
            for &block in &self.blocks {
                // SAFETY: made by this heap with this layout just now.
                unsafe { heap.free(block, layout) };
            }
        }
        drop(heap);
        self.size
    }
}
