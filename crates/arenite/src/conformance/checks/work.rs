//! Blocks that come, go and change beside one another.

use crate::{
    Capabilities, DynAllocator,
    conformance::blocks::{Block, Blocks, Stop, ensure, layout},
};
use allocator_api2::{boxed::Box, vec::Vec};

/// Many blocks at once: none overlaps another, all keep their contents.
pub(super) fn disjoint(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    for _ in 0..400 {
        let (size, align) = (blocks.random.size(16 << 10), blocks.random.align(4096));
        blocks.take(size, align)?;
    }
    blocks.live.iter().try_for_each(Block::verify)?;
    blocks.free_all()
}

/// Zeroed memory is zero, also where it was used before.
pub(super) fn zeroed(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    for size in [0, 1, 7, 8, 24, 64, 100, 1000, 4096, 10_000, 65_536, 300_000] {
        for _ in 0..3 {
            blocks.take(size, 8)?;
            if let Some(last) = blocks.live.len().checked_sub(1) {
                blocks.free(last)?;
            }
            blocks.take_zeroed(size, 8)?;
        }
        blocks.free_all()?;
        for _ in 0..3 {
            blocks.take_zeroed(size, 16)?;
        }
    }
    blocks.free_all()
}

/// Contents come along, whichever way a block changes, and whatever alignment is new.
pub(super) fn grow_and_shrink(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    let steps = [0, 1, 2, 8, 9, 24, 25, 64, 100, 1000, 5000, 70_000, 1 << 20];
    for (from, old) in steps.into_iter().enumerate() {
        for new in steps.into_iter().skip(from) {
            for (old_align, new_align, zeroed) in [(1, 1, false), (8, 8, true), (16, 64, false), (8, 1, true)] {
                if !blocks.take(old, old_align)? {
                    continue;
                }
                let index = blocks.live.len() - 1;
                // A neighbour in the way, every other time.
                if blocks.random.below(2) == 0 {
                    blocks.take(16, 8)?;
                }
                blocks.change(index, layout(new, new_align), zeroed)?;
                blocks.live[index].verify()?;
                let shrunk = blocks.live[index].layout.size().min(old);
                blocks.change(index, layout(shrunk, old_align), false)?;
                blocks.change(index, layout(0, old_align), false)?;
                blocks.verify_all()?;
                blocks.free_all()?;
            }
        }
    }
    Ok(())
}

/// What is resized in place is there, and what is refused is as before. Where growing in place is promised, it happens.
pub(super) fn resize(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    let mut grown = 0;
    for size in (1..40).chain([64, 100, 500, 1000, 4000, 50_000]) {
        for new in [size + 1, size + 8, size * 2, size * 10] {
            if !blocks.take(size, 8)? {
                continue;
            }
            let index = blocks.live.len() - 1;
            grown += usize::from(blocks.resize(index, new)?);
            // Whoever comes next must not get what was added; and what lies in the way is not grown over.
            blocks.take(16, 8)?;
            blocks.resize(index, new + 100)?;
            blocks.resize(index, size)?;
            blocks.resize(index, 1)?;
            blocks.take(16, 8)?;
            blocks.resize(index, size)?;
            blocks.verify_all()?;
        }
    }
    ensure!(
        grown > 0 || blocks.live.is_empty() || !blocks.can(Capabilities::RESIZE),
        "RESIZE is promised, but nothing could be grown in place"
    );
    blocks.free_all()
}

/// All of a block's usable bytes are its own.
pub(super) fn usable_size(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    for size in (1..100).chain([500, 1000, 5000, 100_000]) {
        blocks.take(size, 1)?;
    }
    for block in &blocks.live {
        // SAFETY: a live block with its layout.
        let usable = unsafe { blocks.memory.usable_size(block.memory, block.layout) };
        let asked = block.layout.size();
        ensure!(usable >= asked, "a block of {asked} bytes has {usable} usable ones");
        // SAFETY: usable bytes may be written.
        unsafe { block.memory.add(asked).write_bytes(0xEE, usable - asked) };
    }
    blocks.verify_all()?;
    blocks.free_all()
}

/// Everything mixed.
pub(super) fn random_operations(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    mixed(blocks, 3000, 32 << 10)?;
    blocks.free_all()
}

/// A job that takes, changes and frees blocks while its source fails: what is refused changes nothing.
pub(super) fn under_faults(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    mixed(blocks, 300, 8 << 10)?;
    blocks.take(200_000, 8)?;
    blocks.take_zeroed(100_000, 64)?;
    mixed(blocks, 100, 64 << 10)?;
    blocks.free_all()
}

fn mixed(blocks: &mut Blocks<'_>, steps: usize, most: usize) -> Result<(), Stop> {
    for step in 0..steps {
        let action = blocks.random.below(10);
        let (size, align) = (blocks.random.size(most), blocks.random.align(1024));
        if blocks.live.is_empty() || (action < 4 && blocks.live.len() < 64) {
            if action == 0 {
                blocks.take_zeroed(size, align)?
            } else {
                blocks.take(size, align)?
            };
            continue;
        }
        let index = match blocks.random.below(2) {
            0 => blocks.live.len() - 1,
            _ => blocks.random.below(blocks.live.len()),
        };
        match action {
            0..=6 => blocks.free(index)?,
            7 => _ = blocks.change(index, layout(size, align), step % 2 == 0)?,
            8 => _ = blocks.change(index, layout(size, blocks.live[index].layout.align()), false)?,
            _ if blocks.live[index].layout.size() > 0 => _ = blocks.resize(index, size.max(1))?,
            _ => {}
        }
        if step % 64 == 0 {
            blocks.verify_all()?;
        }
    }
    blocks.verify_all()
}

/// A vector that grows by doubling, another beside it, and boxes.
pub(super) fn collections(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    let memory: &dyn DynAllocator = blocks.memory;
    let mut squares: Vec<u64, _> = Vec::new_in(memory);
    let mut bytes: Vec<u8, _> = Vec::new_in(memory);
    for n in 0..5000_u64 {
        if squares.try_reserve(1).is_err() || bytes.try_reserve(1).is_err() {
            ensure!(blocks.can(Capabilities::BOUNDED) || blocks.can(Capabilities::ONE_SIZE), "a vector could not grow");
            break;
        }
        squares.push(n * n);
        bytes.push(n as u8);
    }
    let boxed = Box::try_new_in([7_u64; 8], memory).ok();
    ensure!(squares.iter().zip(0_u64..).all(|(square, n)| *square == n * n), "a vector has lost its contents");
    ensure!(bytes.iter().zip(0_u64..).all(|(byte, n)| *byte == n as u8), "a vector has lost its contents");
    ensure!(boxed.is_none_or(|boxed| *boxed == [7; 8]), "a box has lost its contents");
    squares.shrink_to(squares.len() / 2);
    ensure!(squares.iter().zip(0_u64..).all(|(square, n)| *square == n * n), "a vector has lost its contents");
    Ok(())
}
