//! A list of blocks, in order.

use super::block::BlockRef;
use core::cell::Cell;

/// A doubly linked list through the headers' `prev` and `next`.
#[derive(Default)]
pub(super) struct Chain {
    first: Cell<Option<BlockRef>>,
    last: Cell<Option<BlockRef>>,
}

impl Chain {
    pub(super) fn last(&self) -> Option<BlockRef> {
        self.last.get()
    }

    pub(super) fn push(&self, block: BlockRef) {
        block.prev.set(self.last.get());
        block.next.set(None);
        match self.last.get() {
            Some(last) => last.next.set(Some(block)),
            None => self.first.set(Some(block)),
        }
        self.last.set(Some(block));
    }

    pub(super) fn remove(&self, block: BlockRef) {
        match block.prev.get() {
            Some(prev) => prev.next.set(block.next.get()),
            None => self.first.set(block.next.get()),
        }
        match block.next.get() {
            Some(next) => next.prev.set(block.prev.get()),
            None => self.last.set(block.prev.get()),
        }
    }

    /// The blocks from the last to the first.
    pub(super) fn iter_back(&self) -> impl Iterator<Item = BlockRef> + use<> {
        core::iter::successors(self.last.get(), |block| block.prev.get())
    }

    pub(super) fn pop(&self) -> Option<BlockRef> {
        let last = self.last.get()?;
        self.remove(last);
        Some(last)
    }

    /// Moves all of `other` behind this list's last. O(1).
    pub(super) fn append(&self, other: &Self) {
        let (Some(first), Some(last)) = (other.first.take(), other.last.take()) else { return };
        first.prev.set(self.last.get());
        match self.last.get() {
            Some(own) => own.next.set(Some(first)),
            None => self.first.set(Some(first)),
        }
        self.last.set(Some(last));
    }

    /// The blocks in order. A block may be removed once it was yielded.
    pub(super) fn iter(&self) -> impl Iterator<Item = BlockRef> + use<> {
        let mut next = self.first.get();
        core::iter::from_fn(move || {
            let block = next?;
            next = block.next.get();
            Some(block)
        })
    }
}
