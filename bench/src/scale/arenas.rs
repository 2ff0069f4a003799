//! Objects of 16 bytes in an arena, which is reset after so many.

use super::{Curve, Load, Promise, Series, decades};
use crate::{
    contender::{Arenite, Bump, Bumpalo, Heap, heap::Glibc},
    keep::keep,
    kernel::Side,
};
use std::alloc::{GlobalAlloc, Layout};

type Object = [u64; 2];

pub(super) fn curves() -> Vec<Curve> {
    let series = vec![
        Series::new(Side::Ours, "arenite", |size| filled(Arenite::new(), size)),
        Series::new(Side::Ours, "arenite, reserved", |size| {
            let bytes = size as usize * size_of::<Object>() + (1 << 20);
            filled(Arenite(arenite::ArenaOptions::new().reserve(bytes).build()), size)
        }),
        Series::new(Side::Opponent, "bumpalo", |size| filled(<Bumpalo<1>>::new(), size)),
        Series::new(Side::Opponent, "glibc", blocks_of::<Glibc>).up_to(10_000_000),
        #[cfg(feature = "native")]
        Series::new(Side::Opponent, "mimalloc", blocks_of::<crate::contender::heap::Mimalloc>).up_to(10_000_000),
        Series::new(Side::Floor, "(the same bytes written)", |size| {
            Box::new(Written { memory: vec![[0; 2]; size as usize] })
        }),
    ];
    vec![Curve {
        id: "objects",
        title: "objects of 16 B allocated in an arena and given back by one reset: cost of an object",
        along: "objects in the arena",
        sizes: decades(1_000, 100_000_000),
        promise: Promise::Constant,
        series,
    }]
}

fn filled<B: Bump>(arena: B, size: u64) -> Box<dyn Load> {
    Box::new(Filled { arena, size })
}

struct Filled<B> {
    arena: B,
    size: u64,
}

impl<B: Bump> Load for Filled<B> {
    fn run(&mut self) -> u64 {
        for i in 0..self.size {
            keep(self.arena.value([i, i]));
        }
        self.arena.reset();
        self.size
    }
}

fn blocks_of<H: Heap>(size: u64) -> Box<dyn Load> {
    Box::new(Blocks::<H> { heap: H::HEAP, live: vec![std::ptr::null_mut(); size as usize] })
}

struct Blocks<H: Heap> {
    heap: H::Allocator,
    live: Vec<*mut Object>,
}

impl<H: Heap> Load for Blocks<H> {
    fn run(&mut self) -> u64 {
        let layout = Layout::new::<Object>();
        // SAFETY: a layout of 16 bytes; each block is written, and freed once with the layout it was made with.
        unsafe {
            for (i, place) in self.live.iter_mut().enumerate() {
                let block = self.heap.alloc(layout).cast::<Object>();
                block.write([i as u64; 2]);
                keep(block);
                *place = block;
            }
            for &block in &self.live {
                self.heap.dealloc(block.cast(), layout);
            }
        }
        self.live.len() as u64
    }
}

struct Written {
    memory: Vec<Object>,
}

impl Load for Written {
    fn run(&mut self) -> u64 {
        for (i, object) in self.memory.iter_mut().enumerate() {
            *object = [i as u64; 2];
            keep(object);
        }
        self.memory.len() as u64
    }
}
