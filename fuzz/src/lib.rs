//! What every fuzz target knows about blocks: they lie apart, aligned, and keep what was written to them.

use std::{collections::BTreeMap, ptr::NonNull};

/// A live block as the model knows it.
#[derive(Clone, Copy)]
pub struct Block {
    /// Its first byte.
    pub memory: NonNull<u8>,
    /// Bytes that are filled with the pattern.
    pub size: usize,
    /// Its alignment.
    pub align: usize,
    seed: u8,
}

/// The live blocks by address.
#[derive(Default)]
pub struct Blocks {
    live: BTreeMap<usize, Block>,
    made: u8,
}

impl Blocks {
    /// A block came: it lies apart from all others, and is filled with a pattern of its own.
    ///
    /// # Safety
    /// `size` bytes at `memory` may be written.
    pub unsafe fn came(&mut self, memory: NonNull<u8>, size: usize, align: usize) {
        let start = memory.addr().get();
        assert_eq!(start % align, 0, "aligned");
        if size == 0 {
            return;
        }
        if let Some((&below, block)) = self.live.range(..start + size).next_back() {
            assert!(below + block.size <= start, "{start:#x} with {size} bytes overlaps {below:#x}");
        }
        self.made = self.made.wrapping_add(1);
        let block = Block { memory, size, align, seed: self.made };
        // SAFETY: the caller's promise.
        unsafe { (0..size).step_by(step(size)).for_each(|i| memory.add(i).write(pattern(block.seed, i))) };
        self.live.insert(start, block);
    }

    /// The block whose turn it is.
    pub fn pick(&self, which: u16) -> Option<Block> {
        let at = usize::from(which) % self.live.len().max(1);
        self.live.values().nth(at).copied()
    }

    /// Takes a block out, whole: the first `keep` bytes of it are as they were written.
    ///
    /// # Safety
    /// It may still be read.
    pub unsafe fn went(&mut self, block: Block) {
        // SAFETY: the caller's promise.
        unsafe { self.check(&block, block.size) };
        self.live.remove(&block.memory.addr().get());
    }

    /// The first `keep` bytes of a block have moved, or stayed, with their contents.
    ///
    /// # Safety
    /// They may be read at `memory`.
    pub unsafe fn kept(&self, block: &Block, memory: NonNull<u8>, keep: usize) {
        for i in (0..keep).step_by(step(block.size)) {
            // SAFETY: the caller's promise.
            assert_eq!(unsafe { memory.add(i).read() }, pattern(block.seed, i), "byte {i} of {keep}");
        }
    }

    unsafe fn check(&self, block: &Block, keep: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.kept(block, block.memory, keep) };
    }

    /// Forgets a block without looking.
    pub fn forget(&mut self, block: Block) {
        self.live.remove(&block.memory.addr().get());
    }

    /// Every block is as it was written.
    ///
    /// # Safety
    /// All may be read.
    pub unsafe fn check_all(&self) {
        // SAFETY: the caller's promise.
        self.live.values().for_each(|block| unsafe { self.check(block, block.size) });
    }

    /// All are gone at once.
    pub fn clear(&mut self) {
        self.live.clear();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.live.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// The live blocks.
    pub fn iter(&self) -> impl Iterator<Item = &Block> {
        self.live.values()
    }
}

/// Large blocks are written and looked at here and there.
fn step(size: usize) -> usize {
    (size / 512).max(1)
}

fn pattern(seed: u8, i: usize) -> u8 {
    seed ^ (i as u8).wrapping_mul(31)
}
