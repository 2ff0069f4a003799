//! Memory that is used again.

use crate::{
    Capabilities, ResetError, ResetMode,
    conformance::{
        blocks::{Blocks, Stop, ensure},
        random::Random,
    },
};

/// Round after round of the same blocks needs no more memory.
pub(super) fn free(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    let mut served = None;
    let mut warm = None;
    for round in 0..100 {
        let mut sizes = Random::new(9);
        for _ in 0..24 {
            blocks.take(sizes.size(4096), 8)?;
        }
        let now = blocks.live.len();
        ensure!(
            *served.get_or_insert(now) <= now,
            "in round {round} only {now} blocks were served, and {served:?} in the first"
        );
        blocks.free_all()?;
        let held = blocks.memory.stats().held;
        if round == 10 {
            warm = held;
        }
        if let (Some(warm), Some(held)) = (warm, held) {
            ensure!(held <= warm * 2 + (64 << 10), "{held} bytes are held in round {round}, and {warm} in the tenth");
        }
    }
    Ok(())
}

/// A block that is freed before anything else is allocated costs nothing.
pub(super) fn free_last(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    blocks.take(40, 8)?;
    let before = blocks.memory.stats().used;
    for round in 0..1000 {
        if !blocks.take(1 + round % 64, 8)? {
            break;
        }
        blocks.free(blocks.live.len() - 1)?;
    }
    let after = blocks.memory.stats().used;
    ensure!(
        after == before,
        "{before:?} bytes were in use before 1000 blocks that were freed at once, {after:?} after"
    );
    blocks.free_all()
}

/// The block freed last is the next one.
pub(super) fn lifo(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    for _ in 0..8 {
        blocks.take(48, 8)?;
    }
    for _ in 0..100 {
        if blocks.live.is_empty() {
            return Err(Stop::skip("it serves no blocks of 48 bytes"));
        }
        let index = blocks.random.below(blocks.live.len());
        let freed = blocks.live[index].address();
        blocks.free(index)?;
        let served = blocks.take(48, 8)?;
        let next = blocks.live.last().map_or(0, |block| block.address());
        ensure!(served && next == freed, "{freed:#x} was freed last, but {next:#x} came next");
    }
    blocks.free_all()
}

/// The most blocks that are taken to use memory up.
const MOST: usize = 40_000;

/// It refuses when it is full, and serves as much again when it is empty.
pub(super) fn exhaustion(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    let full = fill(blocks)?;
    if full == MOST {
        return Err(Stop::skip(std::format!("{MOST} blocks of 64 bytes have not used it up")));
    }
    ensure!(!blocks.take(64, 8)?, "a block was refused, and the next one was not");
    blocks.live.iter().try_for_each(crate::conformance::blocks::Block::verify)?;
    if blocks.can(Capabilities::FREE) {
        for _ in 0..full / 2 {
            let index = blocks.random.below(blocks.live.len());
            blocks.free(index)?;
        }
        for n in 0..full / 2 {
            ensure!(
                blocks.take_if_there_is(64, 8)?,
                "{} of {full} blocks were freed, but only {n} served again",
                full / 2
            );
        }
        blocks.free_all()?;
    } else if blocks.can(Capabilities::RESET) {
        take_everything_back(blocks, ResetMode::Keep)?;
    } else {
        return blocks.free_all();
    }
    let again = fill(blocks)?;
    ensure!(again >= full, "{full} blocks were served when it was new, and {again} when it was empty again");
    blocks.free_all()
}

fn fill(blocks: &mut Blocks<'_>) -> Result<usize, Stop> {
    while blocks.live.len() < MOST && blocks.take_if_there_is(64, 8)? {}
    Ok(blocks.live.len())
}

fn take_everything_back(blocks: &mut Blocks<'_>, mode: ResetMode) -> Result<(), Stop> {
    blocks.verify_all()?;
    blocks.forget_all();
    // SAFETY: no block is used any more.
    let reset = unsafe { blocks.memory.reset(mode) };
    ensure!(reset == Ok(()), "RESET is promised, but {mode:?} was refused: {reset:?}");
    let stats = blocks.memory.stats();
    ensure!(stats.used.is_none_or(|used| used == 0), "{:?} bytes are in use after a reset", stats.used);
    ensure!(stats.live.is_none_or(|live| live == 0), "{:?} blocks are live after a reset", stats.live);
    Ok(())
}

/// The same work after a reset takes no new block. Where a reset is not promised, it is refused.
pub(super) fn reset(blocks: &mut Blocks<'_>) -> Result<(), Stop> {
    if !blocks.can(Capabilities::RESET) {
        // SAFETY: no block is used any more: there was none yet.
        let refused = unsafe { blocks.memory.reset(ResetMode::Keep) };
        ensure!(refused == Err(ResetError::Unsupported), "RESET is not promised, but the answer to it was {refused:?}");
        return Err(Stop::skip("it does not promise RESET, and refused it"));
    }
    let mut taken = None;
    for cycle in 0..6 {
        let mut sizes = Random::new(3);
        for n in 0..200 {
            let size = sizes.size(4096);
            if n % 4 == 0 {
                blocks.take_zeroed(size, 8)?
            } else {
                blocks.take(size, 8)?
            };
        }
        take_everything_back(blocks, ResetMode::Keep)?;
        if cycle == 1 {
            taken = blocks.memory.stats().blocks_taken;
        }
    }
    let now = blocks.memory.stats().blocks_taken;
    ensure!(now == taken, "{taken:?} blocks were taken after two cycles, and {now:?} after four more of the same");

    let held = blocks.memory.stats().held;
    blocks.take(10_000, 8)?;
    take_everything_back(blocks, ResetMode::KeepAtMost(64 << 10))?;
    blocks.take(100, 8)?;
    take_everything_back(blocks, ResetMode::GiveBack)?;
    let left = blocks.memory.stats().held;
    ensure!(left <= held, "{left:?} bytes are held after everything was given back, and {held:?} before");
    blocks.take(100, 8)?;
    blocks.free_all()
}
