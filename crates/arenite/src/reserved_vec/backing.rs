//! The range behind a reserved vector: what only its cold paths need.

use crate::{
    AllocError, ErrorKind, Node, NodeId,
    bump::round_up,
    source::{AddressMap, Reservation, ReservationOptions},
};
use alloc::boxed::Box;
use core::{mem, ptr::NonNull};

/// The most that is committed ahead of need, in bytes.
const COMMIT_AHEAD: usize = 4 << 20;

/// What only cold paths need.
pub(super) struct Backing {
    /// None for elements without a size.
    reservation: Option<Reservation>,
    /// Bytes from the start that are committed, and charged to the node.
    pub(super) committed: usize,
    /// The vector's capacity, in elements.
    pub(super) most: usize,
    size: usize,
    align: usize,
    node: Option<Node>,
    published: usize,
}

impl Backing {
    /// Reserves for elements of this size and alignment: the range, and where it starts, unless there is nothing to
    /// reserve.
    pub(super) fn new(
        options: ReservationOptions,
        size: usize,
        align: usize,
        node: Option<&Node>,
    ) -> Result<(Self, Option<NonNull<u8>>), AllocError> {
        if let Some(node) = node {
            // Dropped, the backing detaches: where the reservation is refused too.
            node.attach();
        }
        let most = if size == 0 { usize::MAX } else { 0 };
        let mut backing =
            Self { reservation: None, committed: 0, most, size, align, node: node.cloned(), published: 0 };
        if size == 0 || options.size() == 0 {
            return Ok((backing, None));
        }
        let reservation = Reservation::new(options)
            .map_err(|refused| backing.refuse(ErrorKind::ReserveRefused { code: refused.code }, options.size()))?;
        let start = reservation.base();
        backing.most = reservation.size().min(options.size()) / size;
        backing.reservation = Some(reservation);
        Ok((backing, Some(start)))
    }

    #[cold]
    fn refuse(&self, kind: ErrorKind, size: usize) -> AllocError {
        AllocError::new(kind, size, self.align, self.node_id())
    }

    fn node_id(&self) -> NodeId {
        self.node.as_ref().map_or(NodeId::ANONYMOUS, Node::id)
    }

    /// Commits room for `more` elements behind `len`, and somewhat ahead: how many there is room for then.
    #[cold]
    #[inline(never)]
    pub(super) fn grow(&mut self, len: usize, more: usize) -> Result<usize, AllocError> {
        let asked = more.saturating_mul(self.size);
        let needed = len.checked_add(more).filter(|&needed| needed <= self.most);
        let (Some(needed), Some(reservation)) = (needed, &self.reservation) else {
            let reserved = self.most.saturating_mul(self.size);
            return Err(self.refuse(ErrorKind::ReservationFull { reserved }, asked));
        };
        let (step, end) = (reservation.step(), reservation.size());
        let least = round_up(needed * self.size, step).min(end);
        let ahead = self.committed + (self.committed / 2).clamp(step, COMMIT_AHEAD);
        // A callback of the node's that panicked may have left more committed than the vector knows.
        if least > self.committed {
            let wanted = round_up(ahead, step).min(end).max(least);
            let commit = self.commit(reservation, wanted).or_else(|_| self.commit(reservation, least));
            self.committed = commit.map_err(|kind| self.refuse(kind, asked))?;
            self.publish(len);
            if let Some(node) = &self.node {
                node.count_taken();
                node.report_crossings();
            }
        }
        Ok(self.room())
    }

    /// Charges and commits up to `target`, which it returns, or does neither.
    fn commit(&self, reservation: &Reservation, target: usize) -> Result<usize, ErrorKind> {
        let bytes = target - self.committed;
        if let Some(node) = &self.node {
            node.charge(bytes)?;
        }
        if reservation.commit(self.committed..target).is_err() {
            if let Some(node) = &self.node {
                node.refund(bytes);
            }
            return Err(ErrorKind::OutOfMemory);
        }
        AddressMap::insert(reservation.base().addr().get() + self.committed, bytes, self.node_id());
        Ok(target)
    }

    /// Elements that the committed part has room for.
    fn room(&self) -> usize {
        self.committed.checked_div(self.size).unwrap_or(usize::MAX).min(self.most)
    }

    /// Gives back the steps behind `len` elements and room for `keep`: how many there is room for then.
    ///
    /// # Safety
    /// No element behind the first `len` is there, and none is put there beyond the room returned.
    #[cold]
    #[inline(never)]
    pub(super) unsafe fn shrink(&mut self, len: usize, keep: usize) -> usize {
        let Some(reservation) = &self.reservation else { return self.room() };
        // Both are at most `most`, so that the product fits.
        let target = round_up(len.max(keep.min(self.most)) * self.size, reservation.step());
        if target < self.committed {
            let returned = self.committed - target;
            // SAFETY: whole steps behind the elements, by the caller's promise, until `grow` commits them again. A refusal
            // leaves them in either state, which that does not mind.
            let _ = unsafe { reservation.decommit(target..self.committed) };
            AddressMap::remove(reservation.base().addr().get() + target, returned);
            self.committed = target;
            if let Some(node) = &self.node {
                node.refund(returned);
                node.count_returned();
            }
        }
        self.publish(len);
        self.room()
    }

    fn publish(&mut self, len: usize) {
        let used = len * self.size;
        if let Some(node) = &self.node {
            node.publish_used(mem::replace(&mut self.published, used), used);
        }
    }
}

impl Drop for Backing {
    fn drop(&mut self) {
        if let Some(reservation) = &self.reservation {
            AddressMap::remove(reservation.base().addr().get(), self.committed);
        }
        self.publish(0);
        // The range itself goes back with the reservation, after this.
        if let Some(node) = &self.node {
            if self.committed > 0 {
                node.refund(self.committed);
                node.count_returned();
            }
            node.detach();
        }
    }
}

/// Ends a backing. By value, so that the vector's address does not leave its function.
#[cold]
#[inline(never)]
pub(super) fn release(backing: Box<Backing>) {
    drop(backing);
}
