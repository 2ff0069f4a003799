//! The areas that are no arenas: ring, stack, pools.

use super::{
    error::SystemError,
    layout::{Area, POOL_BLOCKS, Plan, SystemLayout},
    leaks::SystemLeaks,
    stats::AreaStats,
};
use crate::{
    Node, RangeOptions, Ring, Stack,
    pool::{BlockPool, BlockPoolOptions},
    source::{Extent, Reservation},
};
use core::{
    cell::{RefCell, RefMut},
    mem::MaybeUninit,
    ptr::NonNull,
    slice,
};
use std::sync::Arc;

/// What the areas lie in.
pub(super) enum Ground<'b> {
    Reserved(&'b Arc<Reservation>),
    Borrowed(NonNull<u8>),
}

/// Ring, stack and pools of a system; an area of size 0 is not there.
pub(super) struct Areas<'b> {
    ring: Option<RefCell<Ring<'b>>>,
    stack: Option<RefCell<Stack<'b>>>,
    pools: [Option<BlockPool<'b>>; 3],
}

impl Areas<'_> {
    /// The names of all areas here.
    pub(super) const NAMES: [&'static str; 5] = ["ring", "stack", "pool of 64", "pool of 256", "pool of 1024"];
}

impl<'b> Areas<'b> {
    /// # Safety
    /// The plan's spans lie in the ground and do not overlap; nobody else uses them, and those of a borrowed ground are
    /// valid for `'b`.
    pub(super) unsafe fn new(
        layout: &SystemLayout,
        plan: &Plan,
        ground: &Ground<'_>,
        node: &Node,
    ) -> Result<Self, SystemError> {
        let range = |name: &'static str, (offset, size): (usize, usize)| {
            let node = Node::new(name).parent(node).build();
            let range = match ground {
                // SAFETY: the caller's promise.
                Ground::Reserved(whole) => unsafe { RangeOptions::part(whole, offset..offset + size) },
                // SAFETY: as above.
                Ground::Borrowed(base) => RangeOptions::buffer(unsafe { borrowed(*base, (offset, size)) }),
            };
            range.node(&node)
        };
        let ring = |place| Ring::try_new(range("ring", place), layout.ring_frames).map(RefCell::new);
        let stack = |place| Stack::try_new(range("stack", place)).map(RefCell::new);
        let mut pools = [const { None }; 3];
        for (i, (pool, place)) in pools.iter_mut().zip(plan.pools).enumerate() {
            let Some((offset, size)) = place else { continue };
            let name = Self::NAMES[2 + i];
            let options = BlockPoolOptions::new(POOL_BLOCKS[i]).node(&Node::new(name).parent(node).build());
            *pool = Some(match ground {
                Ground::Reserved(whole) => {
                    // SAFETY: the caller's promise.
                    let extent = unsafe { Extent::part(whole, offset..offset + size) };
                    options.try_build_in_extent(extent, layout.pool)?
                }
                // SAFETY: as above.
                Ground::Borrowed(base) => options.try_build_in(unsafe { borrowed(*base, (offset, size)) })?,
            });
        }
        Ok(Self { ring: plan.ring.map(ring).transpose()?, stack: plan.stack.map(stack).transpose()?, pools })
    }

    pub(super) fn ring(&self) -> Result<RefMut<'_, Ring<'b>>, SystemError> {
        let ring = self.ring.as_ref().ok_or(SystemError::Absent(Area::Ring))?;
        ring.try_borrow_mut().map_err(|_| SystemError::StillOpen(Area::Ring))
    }

    pub(super) fn stack(&self) -> Result<RefMut<'_, Stack<'b>>, SystemError> {
        let stack = self.stack.as_ref().ok_or(SystemError::Absent(Area::Stack))?;
        stack.try_borrow_mut().map_err(|_| SystemError::StillOpen(Area::Stack))
    }

    /// The pool of the number-th block size.
    pub(super) fn pool(&self, number: usize) -> Result<&BlockPool<'b>, SystemError> {
        self.pools[number].as_ref().ok_or(SystemError::Absent(Area::POOLS[number]))
    }

    /// Figures of those that nobody is using at this moment.
    pub(super) fn stats(&self) -> impl Iterator<Item = AreaStats> {
        let ring = self.ring.as_ref().and_then(|ring| ring.try_borrow().ok()).map(|ring| {
            let stats = ring.stats();
            AreaStats {
                area: Area::Ring,
                used: stats.used,
                high_water: stats.high_water,
                committed: stats.committed,
                reserved: stats.capacity,
                generation: stats.frames,
            }
        });
        let stack = self.stack.as_ref().and_then(|stack| stack.try_borrow().ok()).map(|stack| {
            let stats = stack.stats();
            AreaStats {
                area: Area::Stack,
                used: stats.used,
                high_water: stats.high_water,
                committed: stats.committed,
                reserved: stats.capacity,
                generation: stats.resets,
            }
        });
        let pools = self.pools.iter().zip(Area::POOLS).filter_map(|(pool, area)| {
            let stats = pool.as_ref()?.stats();
            Some(AreaStats {
                area,
                used: stats.live * stats.block_size,
                high_water: stats.high_water * stats.block_size,
                committed: stats.allocated,
                reserved: stats.capacity * stats.block_size,
                generation: 0,
            })
        });
        ring.into_iter().chain(stack).chain(pools)
    }

    /// Checks those that nobody is using at this moment; how many faults were reported.
    #[track_caller]
    pub(super) fn check(&self) -> usize {
        let mut found = 0;
        if let Some(mut ring) = self.ring.as_ref().and_then(|ring| ring.try_borrow_mut().ok()) {
            found += ring.check();
        }
        if let Some(mut stack) = self.stack.as_ref().and_then(|stack| stack.try_borrow_mut().ok()) {
            found += stack.check();
        }
        for pool in self.pools.iter().flatten() {
            found += pool.check();
        }
        found
    }

    pub(super) fn leaks(&self) -> SystemLeaks {
        let live = |number: usize| self.pools[number].as_ref().map_or(0, BlockPool::len);
        let depth = self.stack.as_ref().and_then(|stack| Some(stack.try_borrow().ok()?.depth()));
        SystemLeaks { small: live(0), medium: live(1), large: live(2), stack: depth.unwrap_or(0), temps: 0 }
    }
}

/// # Safety
/// The span lies in memory that is valid for `'b` and that nobody else uses.
unsafe fn borrowed<'b>(base: NonNull<u8>, (offset, size): (usize, usize)) -> &'b mut [MaybeUninit<u8>] {
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts_mut(base.add(offset).as_ptr().cast(), size) }
}
