//! Walking over the live blocks of a pool.

use super::region::RegionRef;
use core::{fmt, iter::FusedIterator, marker::PhantomData, ptr::NonNull};

/// The addresses of live blocks: [`BlockPool::live_blocks`](super::BlockPool::live_blocks) and
/// [`ChunkedBlockPool::live_blocks`](super::ChunkedBlockPool::live_blocks). It reads tables, never a block.
#[derive(Clone)]
pub struct LiveBlocks<'a> {
    region: Option<RegionRef>,
    next: usize,
    pool: PhantomData<&'a ()>,
}

impl LiveBlocks<'_> {
    pub(super) fn new(first: Option<RegionRef>) -> Self {
        Self { region: first, next: 0, pool: PhantomData }
    }
}

impl Iterator for LiveBlocks<'_> {
    type Item = NonNull<u8>;

    fn next(&mut self) -> Option<NonNull<u8>> {
        while let Some(region) = self.region {
            if let Some((index, block)) = region.next_live(self.next) {
                self.next = index + 1;
                return Some(block);
            }
            (self.region, self.next) = (region.next.get(), 0);
        }
        None
    }
}

impl FusedIterator for LiveBlocks<'_> {}

impl fmt::Debug for LiveBlocks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveBlocks").field("next", &self.next).finish_non_exhaustive()
    }
}
