//! The beginning and the end of a heap.
//!
//! Its state lies in its own first segment. All is written where it stands: moving what was just written in other widths is
//! what made a heap's start twice as long.

use super::{
    class,
    home::{Home, Kind, UNMAPPED},
    memory::{Backing, Memory, SEGMENT_LAYOUT, draw, give_segment, prepare, put_back},
    segment::{HOME, SEGMENT, Segment},
    shard::Shard,
    state::Locked,
    table::{self, Table, at},
    thread::{self, Identity},
    watching::Watching,
};
use crate::{
    error::ErrorKind,
    node::{Node, NodeId},
    source::{AddressMap, SegmentCache},
};
use core::{
    alloc::Layout,
    ptr::{NonNull, null},
};

/// What the address map says of a segment: whose it is, and in which segment of that heap its shard lives.
pub(super) const fn entry(home: usize, shard: usize) -> u64 {
    ((home / SEGMENT) as u64) << 32 | (shard / SEGMENT) as u64
}

impl Home {
    /// Makes a heap without options.
    #[inline(always)]
    pub(super) fn plain(retain: usize) -> Option<NonNull<Self>> {
        let identity = Identity::of_thread()?;
        let (block, dirty) = SegmentCache::take_dirty(SEGMENT_LAYOUT)?;
        block.as_ptr().expose_provenance();
        let start = block.addr().get();
        // SAFETY: a fresh segment, in the map or not used.
        unsafe {
            if !AddressMap::enter_segment(start, entry(start, start), NodeId::ANONYMOUS) {
                SegmentCache::give_dirty(block, SEGMENT_LAYOUT, dirty);
                return None;
            }
            Some(Self::begin(block, dirty, &identity, Backing::Cache, None, usize::MAX, retain))
        }
    }

    /// Makes a heap of segments, or a pass-through one.
    pub(super) fn create(
        kind: Kind,
        backing: Backing,
        node: Option<Node>,
        limit: usize,
        retain: usize,
    ) -> Result<NonNull<Self>, ErrorKind> {
        let identity = Identity::of_thread().ok_or(ErrorKind::OutOfMemory)?;
        let layout = Self::layout(kind);
        if layout.size() > limit {
            return Err(ErrorKind::LimitExceeded { limit, allocated: 0 });
        }
        let (block, dirty) = draw(&backing, node.as_ref(), layout)?;
        let start = block.addr().get();
        if kind == Kind::PassThrough {
            let home = block.cast::<Self>();
            // SAFETY: fresh memory for it.
            unsafe {
                Shard::write(&raw mut (*home.as_ptr()).shard, UNMAPPED, [thread::NOBODY; 2], identity.record(), 0);
                Self::write(home.as_ptr(), UNMAPPED, kind, retain, node.clone());
                Self::write_state(home.as_ptr(), backing, node, limit, layout.size());
            }
            return Ok(home);
        }
        let owner = node.as_ref().map_or(NodeId::ANONYMOUS, Node::id);
        // SAFETY: a fresh segment, in the map or not used.
        unsafe {
            if !AddressMap::enter_segment(start, entry(start, start), owner) {
                put_back(&backing, node.as_ref(), block, layout, dirty);
                return Err(ErrorKind::OutOfMemory);
            }
            Ok(Self::begin(block, dirty, &identity, backing, node, limit, retain))
        }
    }

    /// The memory that a heap's state lies in.
    const fn layout(kind: Kind) -> Layout {
        match kind {
            Kind::Segments => SEGMENT_LAYOUT,
            Kind::PassThrough | Kind::Bounded => Layout::new::<Self>(),
        }
    }

    /// Writes a heap into its first segment.
    ///
    /// # Safety
    /// The fresh memory of one, which is in the map; all bytes from `dirty` on are zero.
    #[inline(always)]
    unsafe fn begin(
        block: NonNull<u8>,
        dirty: usize,
        identity: &Identity,
        backing: Backing,
        node: Option<Node>,
        limit: usize,
        retain: usize,
    ) -> NonNull<Self> {
        let start = block.addr().get();
        // SAFETY: the caller's promise. The memory behind the header is free, aligned as `HOME` is, and the home fits.
        unsafe {
            let segment = prepare(block, dirty);
            let home = block.add(HOME).cast::<Self>().as_ptr();
            let keys = [identity.token(), thread::birth_key()];
            Shard::write(&raw mut (*home).shard, entry(start, start), keys, identity.record(), 0);
            Self::write(home, (start / SEGMENT) as u64, Kind::Segments, retain, node.clone());
            Self::write_state(home, backing, node, limit, SEGMENT);
            (*home).shard.look_around(start);
            (*home).shard.adopt_home(segment, start + HOME + size_of::<Self>(), start + dirty);
            NonNull::new_unchecked(home)
        }
    }

    /// Writes all but the shard and the state.
    ///
    /// # Safety
    /// Memory for a home that nobody uses.
    #[inline(always)]
    unsafe fn write(home: *mut Self, number: u64, kind: Kind, retain: usize, node: Option<Node>) {
        // SAFETY: the caller's promise.
        unsafe {
            (&raw mut (*home).id).write(thread::number());
            (&raw mut (*home).number).write(number);
            (&raw mut (*home).kind).write(kind);
            (&raw mut (*home).retain).write(retain);
            (&raw mut (*home).watching).write(Watching::new());
            (&raw mut (*home).node).write(node);
        }
    }

    /// # Safety
    /// As [`write`](Self::write).
    #[inline(always)]
    unsafe fn write_state(home: *mut Self, backing: Backing, node: Option<Node>, limit: usize, held: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            Locked::write(&raw mut (*home).state, |memory| Memory::write(memory, backing, node, limit, held));
        }
    }

    /// Makes a bounded heap in `size` bytes at `start`, a multiple of the grain.
    ///
    /// # Safety
    /// The memory is the heap's alone as long as it lives, and at least [`least`](Self::least) bytes.
    pub(super) unsafe fn create_in(start: usize, size: usize) -> NonNull<Self> {
        // The table's first byte in use is the memory's first.
        let table = Table(start.wrapping_sub(table::FRONT));
        // SAFETY: the caller's memory; header and home lie behind the table, and blocks behind them.
        unsafe {
            let bytes = size / class::GRAIN;
            at::<u8>(start).write_bytes(0, bytes);
            let header = (start + bytes).next_multiple_of(align_of::<Segment>());
            let home_at = (header + size_of::<Segment>()).next_multiple_of(align_of::<Self>());
            let first = (home_at + size_of::<Self>()).next_multiple_of(16);
            let end = start + size / 16 * 16;
            at::<Segment>(header).write(Segment::new(table, first, end));
            let home = at::<Self>(home_at);
            Shard::write(&raw mut (*home).shard, UNMAPPED, [thread::NOBODY; 2], core::ptr::null(), table.0);
            Self::write(home, UNMAPPED, Kind::Bounded, 0, None);
            Self::write_state(home, Backing::Nothing, None, 0, 0);
            (*home).shard.adopt_home(&*at::<Segment>(header), first, end);
            NonNull::new_unchecked(home)
        }
    }

    /// The least memory that a bounded heap can be made in, in bytes, wherever it starts.
    pub(super) const fn least() -> usize {
        let fixed = size_of::<Segment>() + size_of::<Self>() + 2 * align_of::<Self>() + 64;
        fixed / 15 * 16 + 128
    }

    /// Gives all memory back, in O(segments).
    ///
    /// # Safety
    /// Nobody uses the heap, nor any block of it.
    #[inline(always)]
    pub(super) unsafe fn destroy(home: NonNull<Self>) {
        // SAFETY: the heap is the caller's alone. Nothing of it is used after its own block has gone.
        unsafe {
            let first = home.as_ptr();
            let memory = &(*first).state.get_mut().memory;
            // One segment of the process's own, charged to nobody: nearly every heap that is short-lived.
            if memory.is_plain() {
                let block = home.cast::<u8>().sub(HOME);
                SegmentCache::give_dirty(block, SEGMENT_LAYOUT, Self::leave_map(home));
            } else {
                Self::destroy_all(home);
            }
        }
    }

    /// Removes the first segment from the map; says how many of its first bytes may not be zero.
    ///
    /// # Safety
    /// As [`destroy`](Self::destroy), for a heap of segments.
    #[inline(always)]
    unsafe fn leave_map(home: NonNull<Self>) -> usize {
        let start = home.addr().get() - HOME;
        AddressMap::leave_segment(start);
        // SAFETY: the caller's promise.
        unsafe { home.as_ref().shard.zero_from(start + SEGMENT) - start }
    }

    /// # Safety
    /// As [`destroy`](Self::destroy).
    #[cold]
    #[inline(never)]
    unsafe fn destroy_all(home: NonNull<Self>) {
        // SAFETY: the heap is the caller's alone. Nothing of it is used after its own block has gone.
        unsafe {
            Self::give_rest(home);
            let first = home.as_ptr();
            let kind = (*first).kind;
            let account = &raw mut (*first).state.get_mut().memory;
            let node = (&raw const (*first).node).read();
            let (block, dirty) = match kind {
                Kind::Segments => (home.cast::<u8>().sub(HOME), Self::leave_map(home)),
                Kind::PassThrough | Kind::Bounded => (home.cast(), size_of::<Self>()),
            };
            Memory::end(account, block, Self::layout(kind), dirty);
            drop(node);
        }
    }

    /// Gives all back but the block that the state lies in.
    ///
    /// # Safety
    /// As [`destroy`](Self::destroy).
    unsafe fn give_rest(home: NonNull<Self>) {
        // SAFETY: the heap is the caller's alone. Each `next` is read before what holds it goes, and a shard's own segment
        // is the last of its list.
        unsafe {
            let first = home.as_ptr();
            let state = (*first).state.get_mut();
            if state.large.has_table() {
                state.large.destroy(&mut state.memory);
            }
            if (*first).kind == Kind::Segments {
                let mut next = (*first).shard.next.get();
                while !next.is_null() {
                    let shard = next;
                    next = (*shard).next.get();
                    give_segments(&mut state.memory, shard, null());
                }
                let last = home.as_ptr().cast::<u8>().sub(HOME).cast::<Segment>();
                give_segments(&mut state.memory, &raw const (*first).shard, last);
            }
        }
    }
}

/// Gives a shard's segments back, up to `last`: the one that it lives in is the last of its list.
///
/// # Safety
/// Nobody uses the shard.
unsafe fn give_segments(memory: &mut Memory, shard: *const Shard, last: *const Segment) {
    // SAFETY: the list's segments are alive until given, and each `next` is read before; what is still read of the shard
    // lies in the last one.
    unsafe {
        let mut next = (*shard).segments.get();
        while !core::ptr::eq(next, last) {
            let (start, end) = ((*next).table.0, (*next).end);
            next = (*next).next.get();
            let zero_from = (*shard).zero_from(end);
            give_segment(memory, start, zero_from);
        }
    }
}
