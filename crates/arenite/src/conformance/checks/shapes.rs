//! Every size and alignment.

use crate::conformance::blocks::{Blocks, Stop, ensure, layout};

const MOST: usize = 4 << 20;

/// 0, 1 and around every power of two up to 4 MiB.
pub(super) fn sizes(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    for power in (0..=MOST.ilog2()).map(|bits| 1 << bits) {
        for size in [power - 1, power, (power + 1).min(MOST)] {
            blocks.take(size, 1)?;
            blocks.take(size, 8)?;
        }
        blocks.verify_all()?;
        // A few of each kind live on beside the next.
        while blocks.live.len() > 8 {
            let index = blocks.random.below(blocks.live.len());
            blocks.free(index)?;
        }
    }
    blocks.free_all()
}

/// Every alignment up to 2 MiB, on sizes that are multiples of it and that are not.
pub(super) fn alignments(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    for align in (0..=21).map(|bits| 1 << bits) {
        for size in [0, 1, 3, align - 1, align, align + 1] {
            blocks.take(size, align)?;
        }
        if align >= 1 << 16 {
            blocks.free_all()?;
        }
    }
    blocks.free_all()
}

/// Sizes that no machine has: refused, and nothing changes. A process of 32 bits may have one such block, never two.
pub(super) fn impossible(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    blocks.take(24, 8)?;
    for align in [1, 8, 4096, 2 << 20] {
        let most = isize::MAX as usize & !(align - 1);
        for size in [most, most - align, most - 65_536 * align.min(16)] {
            let shape = layout(size, align);
            let before = blocks.figures();
            let served = blocks.memory.try_allocate(shape).ok();
            let first = served.is_some() && cfg!(target_pointer_width = "32");
            let twice = first && blocks.memory.try_allocate(shape).is_ok();
            ensure!(served.is_none() || first && !twice, "{size} bytes aligned to {align} were handed out");
            ensure!(blocks.memory.allocate_zeroed(shape).is_err(), "{size} zeroed bytes were handed out");
            if let Some(block) = served {
                // SAFETY: handed out just now, with this layout.
                unsafe { blocks.memory.deallocate(block.cast(), shape) };
                return blocks.free_all();
            }
            blocks.unchanged(before, "an impossible size")?;
            if let Some(block) = blocks.live.first() {
                // SAFETY: a live block with its layout; the new size is larger, and possible as a size.
                let grown = unsafe {
                    let grown = blocks.memory.resize(block.memory, block.layout, size & !7);
                    grown || blocks.memory.grow(block.memory, block.layout, layout(size & !7, 8)).is_ok()
                };
                ensure!(!grown, "a block has grown to {size} bytes");
                blocks.unchanged(before, "an impossible growth")?;
            }
        }
    }
    blocks.free_all()
}
