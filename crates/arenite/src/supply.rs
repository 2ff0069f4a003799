//! Blocks for what several threads use: taken from a source, charged to a node, entered in the address map.

use crate::{
    error::ErrorKind,
    node::{Node, NodeId},
    source::{AddressMap, SourceRef},
    sync::{AtomicU64, AtomicUsize, Ordering},
};
use core::{alloc::Layout, ptr::NonNull};

/// Takes and gives back blocks, from any thread. Its owner gives all of them back before it is dropped.
pub(crate) struct Supply {
    source: SourceRef,
    node: Option<Node>,
    limit: usize,
    // Relaxed throughout: the figures order nothing but themselves.
    bytes: AtomicUsize,
    taken: AtomicU64,
    returned: AtomicU64,
    published: AtomicUsize,
}

impl Supply {
    pub(crate) fn new(source: SourceRef, node: Option<Node>, limit: usize) -> Self {
        if let Some(node) = &node {
            node.attach();
        }
        Self {
            source,
            node,
            limit,
            bytes: AtomicUsize::new(0),
            taken: AtomicU64::new(0),
            returned: AtomicU64::new(0),
            published: AtomicUsize::new(0),
        }
    }

    /// A block for `layout`, whose size is not 0, or the reason why not: then nothing has changed. When the caller is whole
    /// again it calls [`report`](Self::report).
    pub(crate) fn take(&self, layout: Layout) -> Result<NonNull<u8>, ErrorKind> {
        let size = layout.size();
        let held = self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |bytes| {
            bytes.checked_add(size).filter(|&sum| sum <= self.limit)
        });
        held.map_err(|allocated| ErrorKind::LimitExceeded { limit: self.limit, allocated })?;
        let charged = self.node.as_ref().map_or(Ok(()), |node| node.charge(size));
        let taken = charged.and_then(|()| {
            let block = self.source.get().take(layout);
            block.ok_or_else(|| {
                if let Some(node) = &self.node {
                    node.refund(size);
                }
                ErrorKind::OutOfMemory
            })
        });
        match taken {
            Ok(block) => {
                self.taken.fetch_add(1, Ordering::Relaxed);
                if let Some(node) = &self.node {
                    node.count_taken();
                }
                AddressMap::insert(block.addr().get(), size, self.node_id());
                Ok(block)
            }
            Err(kind) => {
                self.bytes.fetch_sub(size, Ordering::Relaxed);
                Err(kind)
            }
        }
    }

    /// # Safety
    /// `block` came from `take` with this layout, and nobody uses it any more.
    pub(crate) unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
        AddressMap::remove(block.addr().get(), layout.size());
        // SAFETY: the caller's promise.
        unsafe { self.source.get().give(block, layout) };
        self.bytes.fetch_sub(layout.size(), Ordering::Relaxed);
        self.returned.fetch_add(1, Ordering::Relaxed);
        if let Some(node) = &self.node {
            node.refund(layout.size());
            node.count_returned();
        }
    }

    /// What sizes of blocks are best multiples of.
    pub(crate) fn granule(&self) -> usize {
        self.source.get().granule()
    }

    /// Tells the node how much is in use.
    pub(crate) fn publish(&self, used: usize) {
        if let Some(node) = &self.node {
            node.publish_used(self.published.swap(used, Ordering::Relaxed), used);
        }
    }

    /// Calls the callbacks of budgets that were crossed. No lock is held.
    pub(crate) fn report(&self) {
        if let Some(node) = &self.node {
            node.report_crossings();
        }
    }

    pub(crate) fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    pub(crate) fn node_id(&self) -> NodeId {
        self.node.as_ref().map_or(NodeId::ANONYMOUS, Node::id)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    pub(crate) fn returned(&self) -> u64 {
        self.returned.load(Ordering::Relaxed)
    }
}

impl Drop for Supply {
    fn drop(&mut self) {
        debug_assert_eq!(self.bytes(), 0, "a block was not given back");
        self.publish(0);
        if let Some(node) = &self.node {
            node.detach();
        }
    }
}
