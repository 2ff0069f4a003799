//! Walking over the live blocks of a pool.

use super::region::RegionRef;
use crate::debug::SlotBooks;
use core::{fmt, iter::FusedIterator, marker::PhantomData, ptr::NonNull};

/// The addresses of live blocks: [`BlockPool::live_blocks`](super::BlockPool::live_blocks) and
/// [`ChunkedBlockPool::live_blocks`](super::ChunkedBlockPool::live_blocks). It reads tables, never a block.
#[derive(Clone)]
pub struct LiveBlocks<'a> {
    region: Option<RegionRef>,
    next: usize,
    /// Of a pool that was watched: which slots are held back, and which have an object in their place.
    books: Option<&'a SlotBooks>,
    pool: PhantomData<&'a ()>,
}

impl<'a> LiveBlocks<'a> {
    pub(super) fn new(first: Option<RegionRef>, books: Option<&'a SlotBooks>) -> Self {
        Self { region: first, next: 0, books, pool: PhantomData }
    }
}

impl Iterator for LiveBlocks<'_> {
    type Item = NonNull<u8>;

    fn next(&mut self) -> Option<NonNull<u8>> {
        while let Some(region) = self.region {
            if let Some((index, block)) = region.next_taken(self.next) {
                self.next = index + 1;
                let Some(books) = self.books else { return Some(block) };
                let address = block.addr().get();
                if let Some(object) = books.object_of(address) {
                    return Some(object);
                }
                if books.is_live(address) != Some(false) {
                    return Some(block);
                }
                continue;
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
