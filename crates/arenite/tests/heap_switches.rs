//! Four threads work in one heap while a fifth changes its grade.

#![cfg(feature = "debug")]
// Blocks are the test's own.
#![allow(clippy::undocumented_unsafe_blocks)]

use arenite::{
    HeapOptions, Node,
    debug::{self, Grade},
};
use std::{
    alloc::Layout,
    collections::VecDeque,
    ptr::NonNull,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

const THREADS: usize = 4;
const OPERATIONS: usize = 25_000;
const SWITCHES: usize = 10_000;

/// A block with a pattern in it, which moves between threads.
struct Block {
    memory: NonNull<u8>,
    layout: Layout,
    byte: u8,
}

// SAFETY: memory of a heap that threads share.
unsafe impl Send for Block {}

impl Block {
    fn fill(self) -> Self {
        unsafe { self.memory.write_bytes(self.byte, self.layout.size()) };
        self
    }

    #[track_caller]
    fn verify(&self, size: usize) {
        assert!((0..size).all(|at| unsafe { self.memory.add(at).read() } == self.byte), "{size} bytes");
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % n
    }

    fn layout(&mut self) -> Layout {
        let size = match self.below(40) {
            0 => self.below(100_000),
            1..=5 => self.below(6000),
            _ => self.below(300),
        };
        let align = if self.below(8) == 0 { 1 << self.below(9) } else { 8 };
        Layout::from_size_align(size.max(1), align).unwrap()
    }
}

#[test]
fn nothing_is_reported_while_grades_are_switched_at_random_and_the_figures_are_exact() {
    debug::on_fault(|fault| {
        eprintln!("{fault}");
        std::process::abort();
    });
    let name = "switched";
    let node = Node::new(name).build();
    let heap = HeapOptions::new().node(&node).build();
    let table = Mutex::new(VecDeque::<Block>::new());
    let (done, switched) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (heap, table, done, switched) = (&heap, &table, &done, &switched);
    let switcher = move || {
        let mut random = Random(0x1234_5678_9ABC_DEF1);
        for _ in 0..SWITCHES {
            match random.below(20) {
                0 => debug::set_shake(Some(7)),
                1 => debug::set_shake(None),
                2 => assert_eq!(heap.check(), 0),
                _ => debug::set_node_grade(name, Grade::ALL[random.below(6)]),
            }
            switched.fetch_add(1, Ordering::Relaxed);
        }
        done.store(true, Ordering::Relaxed);
    };
    let work = move |seed: u64| {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut own = Vec::<Block>::new();
        let mut operations = 0;
        // As many as are wanted, and until the last switch.
        while operations < OPERATIONS || !done.load(Ordering::Relaxed) {
            operations += 1;
            match random.below(10) {
                0..=3 => {
                    let (layout, byte) = (random.layout(), random.below(256) as u8);
                    let memory = if random.below(4) == 0 {
                        let zeroed = heap.alloc_zeroed(layout);
                        Block { memory: zeroed, layout, byte: 0 }.verify(layout.size());
                        zeroed
                    } else {
                        heap.alloc(layout)
                    };
                    assert_eq!(memory.addr().get() % layout.align().max(16), 0);
                    own.push(Block { memory, layout, byte }.fill());
                }
                4..=6 if !own.is_empty() => {
                    let block = own.swap_remove(random.below(own.len()));
                    block.verify(block.layout.size());
                    unsafe {
                        if operations % 2 == 0 {
                            heap.free_sized(block.memory, block.layout);
                        } else {
                            heap.free(block.memory);
                        }
                    }
                }
                7 if !own.is_empty() => {
                    let block = own.swap_remove(random.below(own.len()));
                    table.lock().unwrap().push_back(block);
                }
                8 => {
                    let theirs = table.lock().unwrap().pop_front();
                    own.extend(theirs);
                }
                _ if !own.is_empty() => {
                    let at = random.below(own.len());
                    let block = &mut own[at];
                    let new = Layout::from_size_align(random.layout().size(), block.layout.align()).unwrap();
                    block.memory = unsafe { heap.realloc(block.memory, new) };
                    block.verify(block.layout.size().min(new.size()));
                    block.layout = new;
                    unsafe { block.memory.write_bytes(block.byte, new.size()) };
                }
                _ => {}
            }
            if own.len() > 100 {
                let block = own.swap_remove(0);
                block.verify(block.layout.size());
                unsafe { heap.free(block.memory) };
            }
        }
        for block in own {
            block.verify(block.layout.size());
            unsafe { heap.free(block.memory) };
        }
    };
    std::thread::scope(|threads| {
        threads.spawn(switcher);
        (1..=THREADS as u64).for_each(|seed| _ = threads.spawn(move || work(seed)));
    });
    for block in table.lock().unwrap().drain(..) {
        block.verify(block.layout.size());
        unsafe { heap.free(block.memory) };
    }
    debug::set_node_grade(name, Grade::Off);
    // The next request hands back what is still held.
    unsafe { heap.free(heap.alloc(Layout::new::<u64>())) };
    let (stats, counts) = (heap.stats(), heap.counts());
    assert_eq!((stats.live, stats.live_bytes, stats.large), (0, 0, 0), "{stats:?}");
    assert_eq!((counts.live, counts.live_bytes, counts.held, counts.held_bytes), (0, 0, 0, 0), "{counts:?}");
    assert_eq!((switched.load(Ordering::Relaxed), debug::faults()), (SWITCHES, 0));
    assert_eq!(node.stats().charged, stats.held);
    assert!(debug::leaks().is_empty());
}
