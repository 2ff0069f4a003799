//! The live blocks of a check, and the calls that are checked on the way.

use super::random::Random;
use crate::{AllocatorStats, Capabilities, DynAllocator};
use core::{alloc::Layout, ptr::NonNull, slice};
use std::{collections::BTreeMap, string::String, vec::Vec};

/// Why a check ends early.
pub(super) enum Stop {
    Failed(String),
    Skipped(String),
}

impl Stop {
    pub(super) fn skip(why: impl Into<String>) -> Self {
        Self::Skipped(why.into())
    }
}

/// Ends a check with a text unless a condition holds.
macro_rules! ensure {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err($crate::conformance::blocks::Stop::Failed(std::format!($($what)+)));
        }
    };
}
pub(super) use ensure;

/// A live block, all of it filled with one byte.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) memory: NonNull<u8>,
    pub(super) layout: Layout,
    fill: u8,
}

// SAFETY: a block is memory; whoever holds the value is the only one to use it.
unsafe impl Send for Block {}

impl Block {
    pub(super) fn new(memory: NonNull<u8>, layout: Layout, fill: u8) -> Self {
        let block = Self { memory, layout, fill };
        block.refill(0);
        block
    }

    pub(super) fn address(&self) -> usize {
        self.memory.addr().get()
    }

    /// The first bytes of the block, which have been filled.
    fn bytes(&self, size: usize) -> &[u8] {
        // SAFETY: a live block of that size at least, filled so far.
        unsafe { slice::from_raw_parts(self.memory.as_ptr(), size) }
    }

    /// Fills what lies behind the first `kept` bytes.
    fn refill(&self, kept: usize) {
        // SAFETY: `kept` is at most the size of this live block.
        unsafe { self.memory.add(kept).write_bytes(self.fill, self.layout.size() - kept) }
    }

    /// The same block after a change: what was kept is checked, what is new filled.
    pub(super) fn moved(self, memory: NonNull<u8>, layout: Layout) -> Result<Self, Stop> {
        let kept = self.layout.size().min(layout.size());
        let moved = Self { memory, layout, ..self };
        ensure!(
            all(moved.bytes(kept), self.fill),
            "contents were lost on the way from {:?} to {layout:?}",
            self.layout
        );
        moved.refill(kept);
        Ok(moved)
    }

    /// Whether it still holds what it was filled with.
    pub(super) fn verify(&self) -> Result<(), Stop> {
        ensure!(
            all(self.bytes(self.layout.size()), self.fill),
            "the contents of a block of {} bytes aligned to {} have changed",
            self.layout.size(),
            self.layout.align()
        );
        Ok(())
    }
}

/// Whether every byte is this one; by a comparison of the slice with itself, which is fast without optimisation too.
pub(super) fn all(bytes: &[u8], byte: u8) -> bool {
    bytes.first().is_none_or(|first| *first == byte) && (bytes.len() < 2 || bytes[1..] == bytes[..bytes.len() - 1])
}

pub(super) struct Blocks<'a> {
    pub(super) memory: &'a dyn DynAllocator,
    pub(super) promises: Capabilities,
    pub(super) random: Random,
    pub(super) live: Vec<Block>,
    /// Starts and ends.
    ranges: BTreeMap<usize, usize>,
    may_refuse: bool,
    fill: u8,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(memory: &'a dyn DynAllocator, seed: u64, faults: bool) -> Self {
        let promises = memory.capabilities();
        let bounded = [Capabilities::BOUNDED, Capabilities::ONE_SIZE].iter().any(|one| promises.contains(*one));
        Self {
            memory,
            promises,
            random: Random::new(seed),
            live: Vec::new(),
            ranges: BTreeMap::new(),
            may_refuse: bounded || faults,
            fill: 0,
        }
    }

    pub(super) fn can(&self, promise: Capabilities) -> bool {
        self.promises.contains(promise)
    }

    /// Figures that a call which did not happen leaves as they were.
    pub(super) fn figures(&self) -> AllocatorStats {
        let stats = self.memory.stats();
        // A block that was taken and given back in between is no change.
        let held = stats.blocks_taken.zip(stats.blocks_returned).map(|(taken, returned)| taken.wrapping_sub(returned));
        AllocatorStats { blocks_taken: held, blocks_returned: None, ..stats }
    }

    /// What a refused call must have left alone.
    pub(super) fn unchanged(&self, before: AllocatorStats, what: &str) -> Result<(), Stop> {
        let now = self.figures();
        ensure!(now == before, "{what} was refused and yet changed the figures from {before:?} to {now:?}");
        self.verify_all()
    }

    fn refused(&self, before: AllocatorStats, layout: Layout, what: &str) -> Result<(), Stop> {
        let what = std::format!("{what} {} bytes aligned to {}", layout.size(), layout.align());
        ensure!(self.may_refuse, "{what} was refused");
        self.unchanged(before, &what)
    }

    /// Checks a block that was handed out and enters it.
    fn enter(&mut self, block: NonNull<[u8]>, layout: Layout) -> Result<NonNull<u8>, Stop> {
        let memory = block.cast::<u8>();
        let start = memory.addr().get();
        ensure!(
            block.len() >= layout.size(),
            "{} bytes were handed out where {} were asked for",
            block.len(),
            layout.size()
        );
        ensure!(start % layout.align() == 0, "{start:#x} was handed out for an alignment of {}", layout.align());
        if layout.size() > 0 {
            let end = start.checked_add(layout.size());
            ensure!(end.is_some(), "a block at {start:#x} wraps around the address space");
            let end = end.unwrap_or(0);
            let before = self.ranges.range(..end).next_back();
            ensure!(
                before.is_none_or(|(_, other)| *other <= start),
                "a block at {start:#x}..{end:#x} overlaps a live one at {:x?}",
                before
            );
            self.ranges.insert(start, end);
        }
        Ok(memory)
    }

    fn next_fill(&mut self) -> u8 {
        self.fill = self.fill.checked_add(1).unwrap_or(1);
        self.fill
    }

    fn push(&mut self, memory: NonNull<u8>, layout: Layout) {
        let fill = self.next_fill();
        self.live.push(Block::new(memory, layout, fill));
    }

    /// A block, filled. `false`: refused, as it may be.
    pub(super) fn take(&mut self, size: usize, align: usize) -> Result<bool, Stop> {
        let layout = layout(size, align);
        let before = self.figures();
        let Ok(block) = self.memory.try_allocate(layout) else {
            self.refused(before, layout, "a request for")?;
            return Ok(false);
        };
        let memory = self.enter(block, layout)?;
        self.push(memory, layout);
        Ok(true)
    }

    /// As [`take`](Self::take), without a look at the figures, which may take long where there are many blocks.
    pub(super) fn take_if_there_is(&mut self, size: usize, align: usize) -> Result<bool, Stop> {
        let layout = layout(size, align);
        let Ok(block) = self.memory.try_allocate(layout) else { return Ok(false) };
        let memory = self.enter(block, layout)?;
        self.push(memory, layout);
        Ok(true)
    }

    /// As [`take`](Self::take), zeroed.
    pub(super) fn take_zeroed(&mut self, size: usize, align: usize) -> Result<bool, Stop> {
        let layout = layout(size, align);
        let before = self.figures();
        let Ok(block) = self.memory.allocate_zeroed(layout) else {
            self.refused(before, layout, "a request for zeroed")?;
            return Ok(false);
        };
        let memory = self.enter(block, layout)?;
        // SAFETY: a fresh block of this size, which must be zero.
        let bytes = unsafe { slice::from_raw_parts(memory.as_ptr(), size) };
        ensure!(all(bytes, 0), "a zeroed block of {size} bytes is not zero");
        self.push(memory, layout);
        Ok(true)
    }

    /// Frees a block after a look at its contents.
    pub(super) fn free(&mut self, index: usize) -> Result<(), Stop> {
        let block = self.live.swap_remove(index);
        block.verify()?;
        self.ranges.remove(&block.address());
        // SAFETY: a live block, with the layout it was asked for with.
        unsafe { self.memory.deallocate(block.memory, block.layout) };
        Ok(())
    }

    /// Another size and alignment, by `grow`, `grow_zeroed` or `shrink`. `false`: refused, as it may be.
    pub(super) fn change(&mut self, index: usize, new: Layout, zeroed: bool) -> Result<bool, Stop> {
        let block = self.live[index];
        let (old, memory) = (block.layout, block.memory);
        let before = self.figures();
        // SAFETY: a live block with its layout; growing or shrinking as the sizes say.
        let changed = unsafe {
            match new.size() >= old.size() {
                true if zeroed => self.memory.grow_zeroed(memory, old, new),
                true => self.memory.grow(memory, old, new),
                false => self.memory.shrink(memory, old, new),
            }
        };
        let Ok(changed) = changed else {
            self.refused(before, new, if new.size() >= old.size() { "a growth to" } else { "a shrink to" })?;
            return Ok(false);
        };
        self.ranges.remove(&block.address());
        let kept = old.size().min(new.size());
        let memory = self.enter(changed, new)?;
        // SAFETY: the new bytes of the block, where they were to be zeroed.
        let fresh = unsafe {
            let fresh = if zeroed { new.size() - kept } else { 0 };
            slice::from_raw_parts(memory.add(kept).as_ptr(), fresh)
        };
        ensure!(all(fresh, 0), "the new bytes on the way from {old:?} to {new:?} are not zero");
        self.live[index] = block.moved(memory, new)?;
        Ok(true)
    }

    /// Another size in place; whether that was possible.
    pub(super) fn resize(&mut self, index: usize, new_size: usize) -> Result<bool, Stop> {
        let block = self.live[index];
        let before = self.figures();
        // SAFETY: a live block with its layout; the new size is possible and not 0.
        if !unsafe { self.memory.resize(block.memory, block.layout, new_size) } {
            self.unchanged(before, "a resize")?;
            return Ok(false);
        }
        let new = layout(new_size, block.layout.align());
        self.ranges.remove(&block.address());
        self.enter(NonNull::slice_from_raw_parts(block.memory, new_size), new)?;
        self.live[index] = block.moved(block.memory, new)?;
        Ok(true)
    }

    pub(super) fn verify_all(&self) -> Result<(), Stop> {
        // Many blocks: a sample of them, and the newest.
        let step = self.live.len() / 256 + 1;
        self.live.iter().step_by(step).chain(self.live.last()).try_for_each(Block::verify)
    }

    /// Frees everything, in random order.
    pub(super) fn free_all(&mut self) -> Result<(), Stop> {
        while !self.live.is_empty() {
            let index = self.random.below(self.live.len());
            self.free(index)?;
        }
        Ok(())
    }

    /// Forgets every block: they were taken back together.
    pub(super) fn forget_all(&mut self) {
        self.live.clear();
        self.ranges.clear();
    }

    /// Bytes of live blocks, as asked for.
    pub(super) fn asked(&self) -> usize {
        self.live.iter().map(|block| block.layout.size()).sum()
    }

    /// Live blocks of at least one byte: what `live` counts.
    pub(super) fn counted(&self) -> usize {
        self.live.iter().filter(|block| block.layout.size() > 0).count()
    }
}

/// A layout of the suite's own, which is one.
pub(super) fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap_or_else(|_| panic!("{size} bytes aligned to {align} are no layout"))
}
