//! Frees that are none.

use crate::conformance::blocks::{Blocks, Stop, ensure, layout};
use core::{alloc::Layout, ptr::NonNull};
use std::boxed::Box;

/// Must be refused, with nothing changed.
fn refused(blocks: &Blocks<'_>, memory: NonNull<u8>, layout: Layout, what: &str) -> Result<(), Stop> {
    let before = blocks.figures();
    // SAFETY: the allocator promises to find this fault.
    let answer = unsafe { blocks.memory.try_deallocate(memory, layout) };
    ensure!(answer.is_err(), "{what} was taken");
    blocks.unchanged(before, what)
}

/// Three blocks at least.
fn three(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    for _ in 0..3 {
        if !blocks.take(48, 8)? {
            return Err(Stop::skip("it serves no three blocks of 48 bytes"));
        }
    }
    Ok(())
}

pub(super) fn double_free(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    three(blocks)?;
    let block = blocks.live[1];
    blocks.free(1)?;
    refused(blocks, block.memory, block.layout, "a second free of a block")?;
    let other = blocks.live[0];
    blocks.free(0)?;
    refused(blocks, block.memory, block.layout, "a second free of a block, after that of another,")?;
    refused(blocks, other.memory, other.layout, "a second free of the other block")?;
    // The lists of free blocks are whole.
    for _ in 0..10 {
        blocks.take(48, 8)?;
    }
    blocks.free_all()
}

pub(super) fn foreign_free(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    three(blocks)?;
    let mut on_stack = [0_u64; 16];
    let mut boxed = Box::new([0_u64; 16]);
    let shape = layout(48, 8);
    let elsewhere = [NonNull::from(&mut on_stack[1]).cast(), NonNull::from(&mut boxed[1]).cast()];
    for memory in elsewhere {
        refused(blocks, memory, shape, "a free of somebody else's memory")?;
    }
    // Addresses at which there is nothing: reading there would end the program.
    for address in [8, 4096, (usize::MAX / 2) & !7, usize::MAX & !4095] {
        let Some(memory) = NonNull::new(core::ptr::without_provenance_mut(address)) else { continue };
        refused(blocks, memory, shape, "a free of an address with nothing there")?;
    }
    let block = blocks.live[1];
    for offset in [1, 8, 16, 47] {
        // SAFETY: inside a live block of 48 bytes.
        let inside = unsafe { block.memory.add(offset) };
        refused(blocks, inside, shape, "a free of an address inside a block")?;
    }
    blocks.free_all()
}

pub(super) fn wrong_size(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    three(blocks)?;
    let block = blocks.live[1];
    for size in [1, 47, 49, 480, 100_000] {
        let what = std::format!("a free of a block of 48 bytes as one of {size}");
        refused(blocks, block.memory, layout(size, 8), &what)?;
    }
    blocks.free_all()
}
