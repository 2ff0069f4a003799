//! Several threads, and blocks that go from one to another.

use crate::{
    Capabilities, DynAllocator,
    conformance::{
        blocks::{Block, Stop, ensure, layout},
        random::Random,
    },
};
use core::ptr::NonNull;
use std::{
    sync::{Mutex, PoisonError},
    thread,
    vec::Vec,
};

const THREADS: u64 = 4;
const STEPS: usize = 3000;

/// Four threads allocate, change and free, each its own blocks and those that others have put on a table.
pub(in crate::conformance) fn threads(memory: &(dyn DynAllocator + Sync), seed: u64) -> Result<(), Stop> {
    let before = memory.stats().live;
    let table = Mutex::new(Vec::new());
    thread::scope(|threads| {
        let workers: [_; THREADS as usize] = core::array::from_fn(|number| {
            let table = &table;
            threads.spawn(move || work(memory, table, Random::new(seed ^ (number as u64 + 1) << 32), number as u8))
        });
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(answer) => answer,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    for block in table.into_inner().unwrap_or_else(PoisonError::into_inner) {
        free(memory, block)?;
    }
    let after = memory.stats().live;
    if memory.capabilities().contains(Capabilities::COUNTS) {
        ensure!(after == before, "{before:?} blocks were live before the threads, and {after:?} after them");
    }
    Ok(())
}

fn free(memory: &dyn DynAllocator, block: Block) -> Result<(), Stop> {
    block.verify()?;
    // SAFETY: a live block that nobody else has, with its layout.
    unsafe { memory.deallocate(block.memory, block.layout) };
    Ok(())
}

fn work(memory: &dyn DynAllocator, table: &Mutex<Vec<Block>>, mut random: Random, number: u8) -> Result<(), Stop> {
    let table = || table.lock().unwrap_or_else(PoisonError::into_inner);
    let mut own = Vec::new();
    for step in 0..STEPS {
        match random.below(8) {
            0..=3 => {
                let shape = layout(random.size(2048), random.align(64));
                // A refusal is no fault here: the others may have it all.
                let Ok(taken) = memory.try_allocate(shape) else { continue };
                // No two threads fill with the same byte.
                own.push(Block::new(taken.cast::<u8>(), shape, number | (step as u8) << 2));
            }
            4 | 5 if !own.is_empty() => free(memory, own.swap_remove(random.below(own.len())))?,
            6 if !own.is_empty() => {
                let block = own.swap_remove(random.below(own.len()));
                table().push(block);
            }
            7 => {
                let theirs = table().pop();
                if let Some(block) = theirs {
                    own.push(change(memory, block, random.size(4096))?);
                }
            }
            _ => {}
        }
        if own.len() > 64 {
            free(memory, own.swap_remove(0))?;
        }
    }
    own.into_iter().try_for_each(|block| free(memory, block))
}

/// Grows or shrinks a block, perhaps another thread's.
fn change(memory: &dyn DynAllocator, block: Block, size: usize) -> Result<Block, Stop> {
    block.verify()?;
    let new = layout(size, block.layout.align());
    // SAFETY: a live block that nobody else has, with its layout; growing or shrinking as the sizes say.
    let changed: Result<NonNull<[u8]>, _> = unsafe {
        if size >= block.layout.size() {
            memory.grow(block.memory, block.layout, new)
        } else {
            memory.shrink(block.memory, block.layout, new)
        }
    };
    match changed {
        Ok(changed) => block.moved(changed.cast(), new),
        Err(_) => Ok(block),
    }
}
