//! Figures that add up, and addresses that are known.

use crate::{
    Capabilities,
    conformance::blocks::{Blocks, Stop, ensure},
};
use std::boxed::Box;

/// What is in use is at least what was asked for, and no more than what is held; counts are exact.
pub(super) fn figures(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    let start = blocks.memory.stats();
    ensure!(
        start.live.is_some() || !blocks.can(Capabilities::COUNTS),
        "COUNTS is promised, but the number of live blocks is not known"
    );
    for step in 0..600 {
        let size = blocks.random.size(8 << 10);
        if blocks.live.is_empty() || step % 3 != 2 {
            blocks.take(size, 8)?;
        } else {
            let index = blocks.random.below(blocks.live.len());
            blocks.free(index)?;
        }
        let now = blocks.memory.stats();
        if let Some(used) = now.used {
            ensure!(used >= blocks.asked(), "{used} bytes are in use, but {} were asked for", blocks.asked());
            ensure!(now.held.is_none_or(|held| held >= used), "{used} bytes are in use, but {:?} held", now.held);
        }
        if let (Some(before), Some(live), true) = (start.live, now.live, blocks.can(Capabilities::COUNTS)) {
            let counted = blocks.counted();
            ensure!(live == before + counted, "{counted} blocks are live, but {live} counted ({before} before)");
        }
        ensure!(now.blocks_returned <= now.blocks_taken, "more blocks were returned than taken: {now:?}");
    }
    blocks.free_all()?;
    let end = blocks.memory.stats();
    if blocks.can(Capabilities::COUNTS) {
        ensure!(end.live == start.live, "nothing is live, but {:?} is counted", end.live);
    }
    if blocks.can(Capabilities::FREE) {
        ensure!(end.used == start.used, "nothing is live, but {:?} bytes are in use", end.used);
    }
    Ok(())
}

/// Each byte of a live block is owned, and nothing else that the suite has.
pub(super) fn ownership(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    static ELSEWHERE: u64 = 1;
    for _ in 0..100 {
        let size = blocks.random.size(4096);
        blocks.take(size, 8)?;
    }
    for block in &blocks.live {
        let (start, size) = (block.memory.as_ptr(), block.layout.size());
        for offset in [0, size / 2, size.saturating_sub(1)] {
            let owned = size == 0 || blocks.memory.owns(start.wrapping_add(offset));
            ensure!(owned, "byte {offset} of a live block of {size} bytes is not owned");
        }
    }
    let boxed = Box::new(1_u64);
    let on_stack = 1_u64;
    let nowhere = [0, 8, usize::MAX, usize::MAX / 2].map(core::ptr::without_provenance::<u8>);
    let foreign = [&raw const *boxed, &raw const on_stack, &raw const ELSEWHERE].map(<*const u64>::cast::<u8>);
    for address in nowhere.into_iter().chain(foreign) {
        // A buffer of the caller's may be anywhere, but hardly at one of these.
        ensure!(!blocks.memory.owns(address), "{address:?} is owned, which is somebody else's");
    }
    blocks.free_all()
}
