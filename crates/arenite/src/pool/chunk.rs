//! Where the memory of a typed pool comes from.

use super::{error::PoolErrorKind, holdings::Holdings, options::PoolOptions};
use crate::source::SourceRef;
use core::{alloc::Layout, ptr::NonNull};

/// The source of a pool's chunks, and what was taken from it.
pub(super) struct Chunks {
    source: SourceRef,
    pub(super) holdings: Holdings,
}

impl Chunks {
    pub(super) fn new(options: &PoolOptions) -> Result<Self, PoolErrorKind> {
        let source = options.source.clone().or_else(SourceRef::system).ok_or(PoolErrorKind::NoSource)?;
        Ok(Self { source, holdings: Holdings::new(options.node.clone()) })
    }

    /// What a chunk for `layout` really costs: sources of whole granules round up.
    pub(super) fn rounded(&self, layout: Layout) -> Option<Layout> {
        let size = layout.size().checked_next_multiple_of(self.source.get().granule().max(1))?;
        Layout::from_size_align(size, layout.align()).ok()
    }

    /// A chunk, charged. `layout` is not empty.
    pub(super) fn take(&self, layout: Layout) -> Result<NonNull<u8>, PoolErrorKind> {
        let chunk = self.holdings.take(layout.size(), || self.source.get().take(layout))?;
        self.holdings.enter(chunk.addr().get(), layout.size());
        Ok(chunk)
    }

    /// Gives a chunk back.
    ///
    /// # Safety
    /// `chunk` came from [`take`](Self::take) with this layout, and nobody uses it any more.
    pub(super) unsafe fn give(&self, chunk: NonNull<u8>, layout: Layout) {
        Holdings::leave(chunk.addr().get(), layout.size());
        // SAFETY: the caller's promise is the source's condition.
        unsafe { self.source.get().give(chunk, layout) };
        self.holdings.give(layout.size());
    }
}
