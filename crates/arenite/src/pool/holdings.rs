//! What a pool holds, and who pays for it.

use super::error::PoolErrorKind;
use crate::{
    node::{Node, NodeId},
    source::AddressMap,
};
use core::cell::Cell;

/// The bytes of one pool, charged to its node. Dropped, it takes back what is still charged.
pub(super) struct Holdings {
    node: Option<Node>,
    bytes: Cell<usize>,
    taken: Cell<u64>,
    returned: Cell<u64>,
    published: Cell<usize>,
}

impl Holdings {
    pub(super) fn new(node: Option<Node>) -> Self {
        if let Some(node) = &node {
            node.attach();
        }
        Self { node, bytes: Cell::new(0), taken: Cell::new(0), returned: Cell::new(0), published: Cell::new(0) }
    }

    /// Charges `bytes`, then takes them with `take`; when either is refused nothing is charged.
    pub(super) fn take<R>(&self, bytes: usize, take: impl FnOnce() -> Option<R>) -> Result<R, PoolErrorKind> {
        if let Some(node) = &self.node {
            node.charge(bytes)?;
        }
        let Some(taken) = take() else {
            if let Some(node) = &self.node {
                node.refund(bytes);
            }
            return Err(PoolErrorKind::OutOfMemory);
        };
        self.bytes.set(self.bytes.get() + bytes);
        self.taken.set(self.taken.get() + 1);
        if let Some(node) = &self.node {
            node.count_taken();
        }
        Ok(taken)
    }

    /// Gives up the charge of one piece, which is about to go back.
    pub(super) fn give(&self, bytes: usize) {
        self.bytes.set(self.bytes.get() - bytes);
        self.returned.set(self.returned.get() + 1);
        if let Some(node) = &self.node {
            node.refund(bytes);
            node.count_returned();
        }
    }

    /// Enters a piece in the address map.
    pub(super) fn enter(&self, address: usize, bytes: usize) {
        AddressMap::insert(address, bytes, self.node_id());
    }

    /// Removes a piece from the address map.
    pub(super) fn leave(address: usize, bytes: usize) {
        AddressMap::remove(address, bytes);
    }

    /// Tells the node how many bytes are in use.
    pub(super) fn publish(&self, used: usize) {
        if let Some(node) = &self.node {
            node.publish_used(self.published.replace(used), used);
        }
    }

    /// Calls the callbacks of budgets that were crossed. The pool is whole, and a callback may use it.
    pub(super) fn report(&self) {
        if let Some(node) = &self.node {
            node.report_crossings();
        }
    }

    pub(super) fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    pub(super) fn node_id(&self) -> NodeId {
        self.node.as_ref().map_or(NodeId::ANONYMOUS, Node::id)
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.get()
    }

    pub(super) fn taken(&self) -> u64 {
        self.taken.get()
    }

    pub(super) fn returned(&self) -> u64 {
        self.returned.get()
    }
}

impl Drop for Holdings {
    fn drop(&mut self) {
        self.publish(0);
        if let Some(node) = &self.node {
            let left = self.bytes.get();
            if left > 0 {
                node.refund(left);
            }
            (self.returned.get()..self.taken.get()).for_each(|_| node.count_returned());
            node.detach();
        }
    }
}
