//! What the model keeps: blocks and their patterns, values in order, open levels, marks.

use crate::{
    common::{Deaths, Ledger},
    ops::Op,
};
use arenite::{Arena, Mark};
use std::{collections::BTreeMap, ptr::NonNull, sync::Arc};

pub struct Block {
    pub size: usize,
    pub seed: u64,
    pub seq: u64,
    /// The level whose allocator can free it, 0 for none.
    pub level: usize,
    pub align: usize,
}

pub struct Marked {
    pub mark: Mark,
    pub generation: u64,
    pub base: Base,
    pub open: bool,
    pub requested: Option<(u64, usize)>,
}

/// A point of time and where the arena stood then.
#[derive(Clone, Copy)]
pub struct Base {
    pub seq: u64,
    pub used: usize,
    pub frees: u64,
}

/// What the model knows of an open level: the arena itself (1), its scopes and claims.
pub struct Level {
    pub base: Base,
    /// Where a forgotten scope or claim took the cursor.
    pub taken: Option<Base>,
}

pub struct Model {
    pub ops: std::vec::IntoIter<Op>,
    pub blocks: BTreeMap<usize, Block>,
    /// Registered values, oldest first: when, and which.
    pub values: Vec<(u64, u64)>,
    pub seq: u64,
    pub frees: u64,
    pub counted: u64,
    pub deaths: Deaths,
    pub ledger: Arc<Ledger>,
    pub chained: bool,
    pub levels: Vec<Level>,
    pub marks: Vec<Marked>,
}

impl Base {
    /// The arena stands where it stood, or lower where an outer block was freed meanwhile.
    pub fn check(&self, frees: u64, used: usize) {
        assert!(used == self.used || used < self.used && frees > self.frees, "{used}, not {}", self.used);
    }
}

pub fn pattern(seed: u64, i: usize) -> u8 {
    (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u8 ^ (i as u8).wrapping_mul(31)
}

impl Model {
    pub fn tick(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    pub fn enter(&mut self, used: usize) {
        let base = Base { seq: self.tick(), used, frees: self.frees };
        self.levels.push(Level { base, taken: None });
    }

    /// A block came: it lies apart from all others, aligned, and is filled with its pattern.
    pub fn came(&mut self, memory: NonNull<u8>, size: usize, align: usize, level: usize) {
        let at = memory.addr().get();
        assert_eq!(at % align, 0, "alignment {align}");
        if size == 0 {
            return;
        }
        if let Some((other, block)) = self.blocks.range(..at + size).next_back() {
            assert!(other + block.size <= at, "{at:x}+{size} overlaps {other:x}+{}", block.size);
        }
        let seed = self.tick();
        (0..size).for_each(|i| unsafe { memory.add(i).write(pattern(seed, i)) });
        self.blocks.insert(at, Block { size, seed, seq: seed, level, align });
    }

    pub fn intact(&self) {
        for (&at, block) in &self.blocks {
            let bytes = unsafe { std::slice::from_raw_parts(at as *const u8, block.size) };
            let ok = bytes.iter().enumerate().all(|(i, &byte)| byte == pattern(block.seed, i));
            assert!(ok, "the contents of {at:x}+{} changed", block.size);
        }
    }

    /// Everything since `seq` is gone; registered values died newest first.
    pub fn gone_since(&mut self, seq: u64) {
        self.blocks.retain(|_, block| block.seq < seq);
        let dead = self.deaths.take();
        let from = self.values.partition_point(|value| value.0 < seq);
        let expected: Vec<_> = self.values.drain(from..).rev().map(|value| value.1).collect();
        assert_eq!(dead, expected);
        self.intact();
    }

    pub fn figures(&self, arena: &Arena) {
        let stats = arena.stats();
        assert_eq!(stats.allocated, arena.chunk_sizes().sum::<usize>());
        assert_eq!(stats.waste, stats.allocated - stats.used);
        assert_eq!(arena.node().unwrap().stats().charged, stats.allocated);
        assert!(stats.high_water >= stats.used);
        if self.chained {
            assert_eq!(stats.chunks, self.ledger.live());
            assert_eq!(stats.blocks_taken - stats.blocks_returned, stats.chunks as u64);
        }
        assert!(self.deaths.take().is_empty(), "a value died before its time");
    }
}
