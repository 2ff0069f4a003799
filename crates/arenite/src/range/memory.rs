//! A range, committed from both of its ends.

use super::options::Place;
#[cfg(feature = "std")]
use crate::source::{Extent, Reservation};
use crate::{
    bump::{round_down, round_up},
    error::ErrorKind,
    node::{Node, NodeId},
    source::{AddressMap, SourceRef},
    sync::{AtomicU64, Ordering},
};
use core::{
    alloc::Layout,
    marker::PhantomData,
    mem::MaybeUninit,
    ops::Range,
    ptr::{self, NonNull},
};

/// The most that is committed ahead of need.
const COMMIT_AHEAD: usize = 1 << 20;

/// Memory at a fixed place, of which `..low` and `high..` (offsets) are usable: all of it when the two are equal.
pub(crate) struct MemoryRange<'b> {
    base: NonNull<u8>,
    size: usize,
    low: usize,
    high: usize,
    /// Not the number of any other range, ever.
    id: u64,
    owner: Owner,
    node: Option<Node>,
    /// Parts that were charged.
    blocks: u64,
    /// What the node was last told is in use.
    published: usize,
    memory: PhantomData<&'b mut [MaybeUninit<u8>]>,
}

enum Owner {
    Caller,
    Source(SourceRef, Layout),
    #[cfg(feature = "std")]
    Extent(Extent),
}

// SAFETY: the range is memory that nobody else uses, sources and reservations are `Send`, and nothing here belongs to a
// thread.
unsafe impl Send for MemoryRange<'_> {}
// SAFETY: what a shared range does is read its own constants.
unsafe impl Sync for MemoryRange<'_> {}

impl<'b> MemoryRange<'b> {
    pub(super) fn new(place: Place<'b>, node: Option<Node>, front: usize, least: usize) -> Result<Self, ErrorKind> {
        let enough =
            |size: usize| if size < least { Err(ErrorKind::ReservationFull { reserved: size }) } else { Ok(()) };
        let charge = |bytes: usize| node.as_ref().map_or(Ok(()), |node| node.charge(bytes));
        let (base, size, owner) = match place {
            #[cfg(feature = "std")]
            Place::Reserve(options) => {
                let reservation = Reservation::new(options.with_front(front))
                    .map_err(|refused| ErrorKind::ReserveRefused { code: refused.code })?;
                enough(reservation.size())?;
                (reservation.base(), reservation.size(), Owner::Extent(Extent::Own(reservation)))
            }
            #[cfg(feature = "std")]
            Place::Part(extent) => {
                enough(extent.size())?;
                (extent.base(), extent.size(), Owner::Extent(extent))
            }
            Place::Source(source, size) => {
                let _ = front;
                enough(size)?;
                let layout = Layout::from_size_align(size, 16).map_err(|_| ErrorKind::CapacityOverflow)?;
                charge(size)?;
                let Some(base) = source.get().take(layout) else {
                    if let Some(node) = &node {
                        node.refund(size);
                    }
                    return Err(ErrorKind::OutOfMemory);
                };
                (base, size, Owner::Source(source, layout))
            }
            Place::Buffer(memory) => {
                enough(memory.len())?;
                charge(memory.len())?;
                (NonNull::from(&mut *memory).cast(), memory.len(), Owner::Caller)
            }
        };
        static LAST: AtomicU64 = AtomicU64::new(0);
        // Relaxed: a number differs from every other whatever the order. 2^64 are never used up.
        let id = LAST.fetch_add(1, Ordering::Relaxed);
        let mut range =
            Self { base, size, low: 0, high: size, id, owner, node, blocks: 0, published: 0, memory: PhantomData };
        if let Some(node) = &range.node {
            node.attach();
        }
        if range.step().is_none() {
            range.enter(0..size);
            range.low = size;
            range.report_crossings();
        }
        Ok(range)
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Address of the first byte.
    pub(crate) fn start(&self) -> usize {
        self.base.addr().get()
    }

    /// Address after the last byte.
    pub(crate) fn end(&self) -> usize {
        self.start() + self.size
    }

    pub(crate) fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    pub(crate) fn node_id(&self) -> NodeId {
        self.node.as_ref().map_or(NodeId::ANONYMOUS, Node::id)
    }

    /// Bytes that are backed by memory and charged.
    pub(crate) fn committed(&self) -> usize {
        self.low + (self.size - self.high)
    }

    /// Address after the last usable byte at the low end.
    pub(crate) fn low_end(&self) -> usize {
        self.start() + self.low
    }

    /// Address of the first usable byte at the high end: that of the range when all of it is usable.
    pub(crate) fn high_start(&self) -> usize {
        if self.low == self.high { self.start() } else { self.start() + self.high }
    }

    /// A pointer to `address`, which lies in the range or at its end, with the range's provenance.
    #[inline(always)]
    pub(crate) fn at(&self, address: usize) -> *mut u8 {
        self.base.as_ptr().with_addr(address)
    }

    fn step(&self) -> Option<usize> {
        match &self.owner {
            Owner::Caller | Owner::Source(..) => None,
            #[cfg(feature = "std")]
            Owner::Extent(extent) => Some(extent.step()),
        }
    }

    /// Makes everything below address `low` and from address `high` on usable, or changes nothing. `low <= high`, both in
    /// the range. Calls the callbacks of soft budgets.
    pub(crate) fn grow(&mut self, low: usize, high: usize) -> Result<(), ErrorKind> {
        let Some(step) = self.step() else { return Ok(()) };
        let (low, high) = (low - self.start(), high - self.start());
        let least = round_up(low, step).min(self.size).max(self.low);
        let high = if high < self.high { round_down(high, step) } else { self.high };
        let ahead = if least > self.low { (self.low / 2).clamp(step, COMMIT_AHEAD.max(step)) } else { 0 };
        let eager = least.max(round_up(self.low + ahead, step).min(self.size));
        if eager > least && self.commit(eager, high).is_ok() {
            self.report_crossings();
            return Ok(());
        }
        self.commit(least, high)?;
        self.report_crossings();
        Ok(())
    }

    /// Commits up to offset `low` and from offset `high`; when they meet, all between.
    fn commit(&mut self, low: usize, high: usize) -> Result<(), ErrorKind> {
        // Where the two meet, the low part ends at what is usable above.
        let (below, above) =
            if low >= high { (self.low..self.high, self.high..self.high) } else { (self.low..low, high..self.high) };
        let bytes = below.len() + above.len();
        if bytes == 0 {
            return Ok(());
        }
        if let Some(node) = &self.node {
            node.charge(bytes)?;
        }
        if !self.commit_pages(&below) || !self.commit_pages(&above) {
            // Pages of a first part may now be committed and stay so, unrecorded: committing them again changes nothing,
            // and they go back with the range.
            if let Some(node) = &self.node {
                node.refund(bytes);
            }
            return Err(ErrorKind::OutOfMemory);
        }
        (self.low, self.high) = (below.end, above.start);
        self.enter(below);
        self.enter(above);
        Ok(())
    }

    #[cfg_attr(not(feature = "std"), allow(unused_variables))]
    fn commit_pages(&self, part: &Range<usize>) -> bool {
        match &self.owner {
            Owner::Caller | Owner::Source(..) => true,
            #[cfg(feature = "std")]
            Owner::Extent(extent) => part.is_empty() || extent.commit(part.clone()).is_ok(),
        }
    }

    /// Records a part that is usable and charged now.
    fn enter(&mut self, part: Range<usize>) {
        if part.is_empty() {
            return;
        }
        AddressMap::insert(self.start() + part.start, part.len(), self.node_id());
        self.blocks += 1;
        if let Some(node) = &self.node {
            node.count_taken();
        }
    }

    fn report_crossings(&self) {
        if let Some(node) = &self.node {
            node.report_crossings();
        }
    }

    /// Tells the node how much is in use.
    pub(crate) fn publish(&mut self, used: usize) {
        if let Some(node) = &self.node {
            node.publish_used(self.published, used);
            self.published = used;
        }
    }
}

impl Drop for MemoryRange<'_> {
    fn drop(&mut self) {
        self.publish(0);
        let charged = self.committed();
        AddressMap::remove(self.start(), self.low);
        AddressMap::remove(self.start() + self.high, self.size - self.high);
        match &self.owner {
            Owner::Caller => {}
            // SAFETY: what `take` gave for this layout; whoever used the range held it.
            Owner::Source(source, layout) => unsafe { source.get().give(self.base, *layout) },
            #[cfg(feature = "std")]
            Owner::Extent(_) => {}
        }
        if let Some(node) = &self.node {
            node.refund(charged);
            (0..self.blocks).for_each(|_| node.count_returned());
            node.detach();
        }
    }
}

/// Writes and reads of bookkeeping values inside the range.
impl MemoryRange<'_> {
    /// # Safety
    /// `address` is aligned for T, and the bytes there are usable and no part of what was handed out.
    #[inline(always)]
    pub(crate) unsafe fn write<T: Copy>(&mut self, address: usize, value: T) {
        // SAFETY: as promised.
        unsafe { ptr::write(self.at(address).cast(), value) }
    }

    /// # Safety
    /// A T was [`written`](Self::write) at `address` and not overwritten since.
    #[inline(always)]
    pub(crate) unsafe fn read<T: Copy>(&self, address: usize) -> T {
        // SAFETY: as promised.
        unsafe { ptr::read(self.at(address).cast()) }
    }
}
