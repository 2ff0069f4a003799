//! What a heap holds, from where, and who pays for it.

use super::{
    class,
    segment::{HOME, SEGMENT, Segment},
    table::{self, GAP, HELD, Table, at},
};
use crate::{
    error::ErrorKind,
    node::{Node, NodeId},
    source::{AddressMap, SegmentCache, SourceRef},
};
use core::{alloc::Layout, ptr::NonNull};

/// Where memory comes from.
pub(super) enum Backing {
    /// The process's warm segments, which know how much of them is not zero.
    Cache,
    Source(SourceRef),
    /// What the heap has is all that it gets.
    Nothing,
}

/// The account of one heap. Charges come before, refunds after what they stand for.
pub(super) struct Memory {
    backing: Backing,
    pub(super) node: Option<Node>,
    pub(super) limit: usize,
    pub(super) held: usize,
    pub(super) high_water: usize,
    pub(super) taken: u64,
    pub(super) returned: u64,
}

impl Memory {
    /// Makes the account of a heap that holds the one block of `held` bytes that was drawn for it, or its caller's memory.
    ///
    /// # Safety
    /// Memory for one that nobody uses.
    #[inline(always)]
    pub(super) unsafe fn write(place: *mut Self, backing: Backing, node: Option<Node>, limit: usize, held: usize) {
        if let Some(node) = &node {
            node.attach();
        }
        // SAFETY: the caller's promise.
        unsafe {
            place.write(Self { backing, node, limit, held, high_water: held, taken: (held > 0) as u64, returned: 0 });
        }
    }

    /// The unit in which blocks are worth taking, in bytes.
    pub(super) fn granule(&self) -> usize {
        match &self.backing {
            Backing::Source(source) => source.get().granule().max(16),
            Backing::Cache | Backing::Nothing => 64 << 10,
        }
    }

    /// A block, and how many of its first bytes may not be zero. Nothing changes when it is refused.
    pub(super) fn take(&mut self, layout: Layout) -> Result<(NonNull<u8>, usize), ErrorKind> {
        let size = layout.size();
        if size > self.limit.saturating_sub(self.held) {
            return Err(ErrorKind::LimitExceeded { limit: self.limit, allocated: self.held });
        }
        let taken = draw(&self.backing, self.node.as_ref(), layout)?;
        self.held += size;
        self.high_water = self.high_water.max(self.held);
        self.taken += 1;
        Ok(taken)
    }

    /// Lets a block of the cache's have `size` bytes where it lies, more than it has. What is in them is not known. Nothing
    /// changes when that is refused.
    ///
    /// # Safety
    /// A block that [`take`](Self::take) returned for this layout.
    pub(super) unsafe fn extend(&mut self, block: NonNull<u8>, layout: Layout, size: usize) -> bool {
        let more = size - layout.size();
        if !matches!(self.backing, Backing::Cache) || more > self.limit.saturating_sub(self.held) {
            return false;
        }
        if self.node.as_ref().is_some_and(|node| node.charge(more).is_err()) {
            return false;
        }
        // SAFETY: the caller's promise.
        if unsafe { SegmentCache::extend(block, layout, size) } {
            self.held += more;
            self.high_water = self.high_water.max(self.held);
            return true;
        }
        if let Some(node) = &self.node {
            node.refund(more);
        }
        false
    }

    /// Gives a block back of which all bytes from `dirty` on are zero.
    ///
    /// # Safety
    /// A block that [`take`](Self::take) returned for this layout, unused from now on.
    pub(super) unsafe fn give(&mut self, block: NonNull<u8>, layout: Layout, dirty: usize) {
        self.held -= layout.size();
        self.returned += 1;
        // SAFETY: the caller's promise.
        unsafe { put_back(&self.backing, self.node.as_ref(), block, layout, dirty) };
    }

    /// As if the last [`take`](Self::take) had not been: the high water was `before`.
    ///
    /// # Safety
    /// As [`give`](Self::give), for the last block taken.
    pub(super) unsafe fn take_back(&mut self, block: NonNull<u8>, layout: Layout, dirty: usize, before: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.give(block, layout, dirty) };
        self.taken -= 1;
        self.returned -= 1;
        self.high_water = before;
    }

    /// Whether one block was ever taken, from the process's cache and at nobody's expense.
    #[inline(always)]
    pub(super) fn is_plain(&self) -> bool {
        self.taken == 1 && matches!(self.backing, Backing::Cache) && self.node.is_none()
    }

    pub(super) fn node_id(&self) -> NodeId {
        self.node.as_ref().map_or(NodeId::ANONYMOUS, Node::id)
    }

    /// Enters a block in the address map, for reports.
    pub(super) fn enter(&self, block: NonNull<u8>, size: usize) {
        AddressMap::insert(block.addr().get(), size, self.node_id());
    }

    pub(super) fn leave(block: NonNull<u8>, size: usize) {
        AddressMap::remove(block.addr().get(), size);
    }
}

/// Takes a block from `backing` at the expense of `node`: charged before, refunded when there is none.
#[inline(always)]
pub(super) fn draw(backing: &Backing, node: Option<&Node>, layout: Layout) -> Result<(NonNull<u8>, usize), ErrorKind> {
    let size = layout.size();
    if let Some(node) = node {
        node.charge(size)?;
    }
    let taken = match backing {
        Backing::Cache => SegmentCache::take_dirty(layout),
        Backing::Source(source) => {
            let source = source.get();
            source.take(layout).map(|block| (block, if source.zeroed() { 0 } else { size }))
        }
        Backing::Nothing => None,
    };
    match (taken, node) {
        (None, Some(node)) => node.refund(size),
        (Some(_), Some(node)) => node.count_taken(),
        _ => {}
    }
    let (block, dirty) = taken.ok_or(ErrorKind::OutOfMemory)?;
    block.as_ptr().expose_provenance();
    Ok((block, dirty))
}

/// The reverse of [`draw`].
///
/// # Safety
/// A block that was drawn for this layout from this backing, unused from now on; from `dirty` on it is zero.
#[inline(always)]
pub(super) unsafe fn put_back(
    backing: &Backing,
    node: Option<&Node>,
    block: NonNull<u8>,
    layout: Layout,
    dirty: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match backing {
            Backing::Cache => SegmentCache::give_dirty(block, layout, dirty),
            Backing::Source(source) => source.get().give(block, layout),
            Backing::Nothing => return,
        }
    }
    if let Some(node) = node {
        node.refund(layout.size());
        node.count_returned();
    }
}

impl Memory {
    /// Ends the account of a heap of which nothing but this one block is left, and gives that back.
    ///
    /// # Safety
    /// As [`put_back`]. The account lies in that block, perhaps, and must not be used any more.
    pub(super) unsafe fn end(account: *const Self, block: NonNull<u8>, layout: Layout, dirty: usize) {
        // SAFETY: the account is read once, field by field, and not dropped.
        unsafe {
            let backing = (&raw const (*account).backing).read();
            let node = (&raw const (*account).node).read();
            put_back(&backing, node.as_ref(), block, layout, dirty);
            if let Some(node) = &node {
                node.detach();
            }
        }
    }
}

/// The memory of a segment.
pub(super) const SEGMENT_LAYOUT: Layout = match Layout::from_size_align(SEGMENT, SEGMENT) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

/// Takes a segment, with `entry` of its address for the map; also from where on it is zero. Its blocks begin behind the
/// header.
pub(super) fn take_segment<'s>(
    memory: &mut Memory,
    entry: impl FnOnce(usize) -> u64,
) -> Result<(&'s Segment, usize), ErrorKind> {
    let (block, dirty) = memory.take(SEGMENT_LAYOUT)?;
    let start = block.addr().get();
    if !AddressMap::enter_segment(start, entry(start), memory.node_id()) {
        // SAFETY: just taken, and unused.
        unsafe { memory.give(block, SEGMENT_LAYOUT, dirty) };
        return Err(ErrorKind::OutOfMemory);
    }
    // SAFETY: fresh memory of a segment.
    Ok((unsafe { prepare(block, dirty) }, start + dirty))
}

/// Writes the header of a segment, and empties its table.
///
/// # Safety
/// Fresh memory of a segment, of which all bytes from `dirty` on are zero.
#[inline]
pub(super) unsafe fn prepare<'s>(block: NonNull<u8>, dirty: usize) -> &'s Segment {
    let start = block.addr().get();
    // SAFETY: the caller's promise. Of the table only the part for memory that was used can be other than 0.
    unsafe {
        let bytes = dirty.min(SEGMENT).div_ceil(class::GRAIN);
        block.add(table::OFFSET).write_bytes(0, bytes);
        let table = Table(start);
        table.store(start + table::OFFSET, HELD | GAP);
        let header = at::<Segment>(start);
        header.write(Segment::new(table, start + HOME, start + SEGMENT));
        &*header
    }
}

/// Gives one segment back of which all bytes from `zero_from` on are zero.
///
/// # Safety
/// The address of a segment without live blocks that is in no list any more.
pub(super) unsafe fn give_segment(memory: &mut Memory, start: usize, zero_from: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let block = NonNull::new_unchecked(at::<u8>(start));
        AddressMap::leave_segment(start);
        memory.give(block, SEGMENT_LAYOUT, zero_from - start);
    }
}
