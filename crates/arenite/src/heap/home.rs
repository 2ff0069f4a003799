//! The state of a heap: the first shard and what all shards share. It lies in the heap's own first segment, so that a
//! small heap is two pages.

use super::{
    class,
    memory::{Backing, Memory, SEGMENT_LAYOUT, draw, give_segment, prepare, put_back, take_segment},
    segment::{Found, HOME, SEGMENT, Segment},
    shard::Shard,
    state::{Locked, State},
    table::{self, CODE, INNER, Table, at, is_live},
    thread,
};
use crate::{
    error::ErrorKind,
    node::{Node, NodeId},
    source::AddressMap,
    sync::Ordering,
};
use core::{alloc::Layout, ptr::NonNull};

/// The number of a heap that has no segments in the address map: no entry matches.
pub(super) const UNMAPPED: u64 = u64::MAX;

/// How blocks are placed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By class in segments of 64 KiB, larger ones alone; a shard per thread.
    Segments,
    /// Each alone.
    PassThrough,
    /// All in one segment of the caller's memory, with one shard under the lock.
    Bounded,
}

#[repr(C)]
pub(super) struct Home {
    pub(super) shard: Shard,
    /// Never given to another heap.
    pub(super) id: u64,
    /// The upper half of its segments' entries in the address map; no two live heaps have the same.
    pub(super) number: u64,
    pub(super) kind: Kind,
    /// Empty segments are kept up to so many bytes.
    pub(super) retain: usize,
    /// The layout of the memory that this lies in.
    pub(super) layout: Layout,
    node: Option<Node>,
    pub(super) state: Locked,
}

/// A live block.
#[derive(Clone, Copy)]
pub(super) enum Live {
    /// In a segment: its byte as it was read.
    Small { table: Table, byte: u8, size: usize },
    /// With memory of its own.
    Large { layout: Layout },
}

impl Live {
    pub(super) fn size(self) -> usize {
        match self {
            Self::Small { size, .. } => size,
            Self::Large { layout } => layout.size(),
        }
    }
}

const fn entry(home: usize, shard: usize) -> u64 {
    ((home / SEGMENT) as u64) << 32 | (shard / SEGMENT) as u64
}

impl Home {
    /// Makes a heap whose state lies in its own first segment, or block.
    ///
    /// Inlined, since for a heap without options nearly all of it is known then, and nothing is moved about: moving what was
    /// just written in other widths is what made a heap's start twice as long.
    #[inline(always)]
    pub(super) fn create(
        kind: Kind,
        backing: Backing,
        node: Option<Node>,
        limit: usize,
        retain: usize,
    ) -> Result<NonNull<Self>, ErrorKind> {
        let identity = thread::Identity::of_thread().ok_or(ErrorKind::OutOfMemory)?;
        let id = thread::number();
        let layout = if kind == Kind::PassThrough { Layout::new::<Self>() } else { SEGMENT_LAYOUT };
        if layout.size() > limit {
            return Err(ErrorKind::LimitExceeded { limit, allocated: 0 });
        }
        let (block, dirty) = draw(&backing, node.as_ref(), layout)?;
        let start = block.addr().get();
        if kind == Kind::PassThrough {
            let home = block.cast::<Self>();
            // SAFETY: fresh memory for it.
            unsafe {
                Shard::write(&raw mut (*home.as_ptr()).shard, UNMAPPED, thread::NOBODY, identity.record(), 0);
                Self::write(home.as_ptr(), id, UNMAPPED, kind, retain, layout, node.clone());
                Self::write_state(home.as_ptr(), backing, node, limit, layout.size());
            }
            return Ok(home);
        }
        let id_of_node = node.as_ref().map_or(NodeId::ANONYMOUS, Node::id);
        if !AddressMap::enter_segment(start, entry(start, start), id_of_node) {
            // SAFETY: just taken, and unused.
            unsafe { put_back(&backing, node.as_ref(), block, layout, dirty) };
            return Err(ErrorKind::OutOfMemory);
        }
        // SAFETY: a fresh segment. Its memory behind the header is free, aligned as `HOME` is, and the home fits.
        unsafe {
            let segment = prepare(block, dirty);
            let home = at::<Self>(start + HOME);
            Shard::write(&raw mut (*home).shard, entry(start, start), identity.token(), identity.record(), 0);
            Self::write(home, id, (start / SEGMENT) as u64, kind, retain, layout, node.clone());
            Self::write_state(home, backing, node, limit, SEGMENT);
            (*home).shard.look_around(start);
            (*home).shard.adopt_home(segment, start + HOME + size_of::<Self>(), start + dirty);
            Ok(NonNull::new_unchecked(home))
        }
    }

    /// Writes all but the shard and the state.
    ///
    /// # Safety
    /// Memory for a home that nobody uses.
    #[inline(always)]
    unsafe fn write(
        home: *mut Self,
        id: u64,
        number: u64,
        kind: Kind,
        retain: usize,
        layout: Layout,
        node: Option<Node>,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            (&raw mut (*home).id).write(id);
            (&raw mut (*home).number).write(number);
            (&raw mut (*home).kind).write(kind);
            (&raw mut (*home).retain).write(retain);
            (&raw mut (*home).layout).write(layout);
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
            Shard::write(&raw mut (*home).shard, UNMAPPED, thread::NOBODY, core::ptr::null(), table.0);
            let (id, layout) = (thread::number(), Layout::new::<Self>());
            Self::write(home, id, UNMAPPED, Kind::Bounded, 0, layout, None);
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

    /// The calling thread's shard, where it is found without a search.
    #[inline(always)]
    pub(super) fn shard(&self) -> Option<&Shard> {
        // Relaxed: only the thread itself ever finds its own token here.
        if self.shard.token.load(Ordering::Relaxed) == thread::token() {
            return Some(&self.shard);
        }
        // SAFETY: a remembered shard of this heap lives as long as the heap does, and stays this thread's until that ends.
        thread::remembered(self.id).map(|shard| unsafe { shard.as_ref() })
    }

    /// The calling thread's shard: its own, or that of a thread that ended, or a new one.
    #[cold]
    #[inline(never)]
    pub(super) fn attach(&self, identity: &thread::Identity) -> Result<&Shard, ErrorKind> {
        let mut state = self.state.lock();
        let token = identity.token();
        let mut orphan = None;
        for shard in self.shards() {
            let owner = shard.token.load(Ordering::Relaxed);
            if owner == token {
                thread::remember(self.id, shard);
                return Ok(shard);
            }
            // SAFETY: a shard with a thread has that thread's record, and records are never freed.
            if orphan.is_none() && unsafe { (*shard.record.get()).has_ended(owner) } {
                orphan = Some(shard);
            }
        }
        let shard = match orphan {
            Some(shard) => {
                // Its thread has ended, so that nobody but the holder of the lock uses it.
                shard.token.store(token, Ordering::Relaxed);
                shard.record.set(identity.record());
                shard
            }
            None => self.add_shard(&mut state, token, identity)?,
        };
        thread::remember(self.id, shard);
        Ok(shard)
    }

    fn add_shard(&self, state: &mut State, token: u64, identity: &thread::Identity) -> Result<&Shard, ErrorKind> {
        let home = (self.number as usize) * SEGMENT;
        let (segment, zero_from) = take_segment(&mut state.memory, |segment| entry(home, segment))?;
        let start = segment.table.0;
        let shard = at::<Shard>(start + HOME);
        // SAFETY: the segment's memory behind its header is free, aligned as `HOME` is, and the shard fits.
        unsafe {
            Shard::write(shard, entry(home, start), token, identity.record(), 0);
            (*shard).look_around(start);
            (*shard).adopt_home(segment, start + HOME + size_of::<Shard>(), zero_from);
            (*shard).next.set(self.shard.next.get());
            self.shard.next.set(shard);
            Ok(&*shard)
        }
    }

    /// All shards. The caller holds the lock, or has the heap to itself.
    pub(super) fn shards(&self) -> impl Iterator<Item = &Shard> {
        // SAFETY: shards of the list live as long as the heap.
        core::iter::successors(Some(&self.shard), |shard| unsafe { shard.next.get().as_ref() })
    }

    /// The only segment of a bounded heap.
    fn single(&self) -> &Segment {
        // SAFETY: the home segment is alive as long as the heap.
        unsafe { &*self.shard.segments.get() }
    }

    /// The segment of this heap that holds `address`, if one does.
    pub(super) fn segment_at(&self, address: usize) -> Option<&Segment> {
        if self.kind == Kind::Bounded {
            let single = self.single();
            return (single.first.get()..single.end).contains(&address).then_some(single);
        }
        if AddressMap::heap_at(address) >> 32 != self.number {
            return None;
        }
        // SAFETY: the map names this heap, so the granule is a live segment of it.
        Some(unsafe { Segment::of(Table(address & !(SEGMENT - 1))) })
    }

    /// The shard of this heap that has the segment which holds `address`.
    ///
    /// # Safety
    /// [`segment_at`](Self::segment_at) found one, and the heap is not bounded.
    pub(super) unsafe fn shard_at(&self, address: usize) -> &Shard {
        let home = (AddressMap::heap_at(address) & 0xFFFF_FFFF) as usize * SEGMENT;
        // SAFETY: the lower half of an entry is the segment in which the shard lives, as long as the heap does.
        unsafe { &*at::<Shard>(home + HOME) }
    }

    /// The live block that starts at `address`, which may be any.
    ///
    /// A segment goes back under the lock, and only when no block in it is live. So the lock is held here, lest an address
    /// that is no live block be looked up in a segment that is just going; in those of the thread's own shard none can go.
    pub(super) fn live(&self, address: usize) -> Option<Live> {
        if self.shard().is_some_and(|shard| AddressMap::heap_at(address) == shard.entry()) {
            return self.live_small(self.segment_at(address)?, address);
        }
        let state = self.state.lock();
        match self.segment_at(address) {
            Some(segment) => self.live_small(segment, address),
            None => state.large.get(address).map(|layout| Live::Large { layout }),
        }
    }

    fn live_small(&self, segment: &Segment, address: usize) -> Option<Live> {
        let table = segment.table;
        // SAFETY: the address lies in the segment.
        let byte = unsafe { table.load(address) };
        if address % class::GRAIN != 0 || !is_live(byte) {
            return None;
        }
        if byte & CODE != INNER {
            // SAFETY: a live block starts here.
            let size = unsafe { table.size(address, byte & CODE) };
            return Some(Live::Small { table, byte, size });
        }
        // SAFETY: the address lies in the segment. Where another thread frees the block and uses its memory again at this
        // moment, the walk may end at a byte of any kind; a span is only met in a bounded heap, with the lock held.
        let size = unsafe {
            let outer = table.outer(address, segment.first.get());
            let code = table.load(outer) & CODE;
            if code == 0 || code > class::CLASSES && code != table::SPAN {
                return None;
            }
            (outer + table.size(outer, code)).checked_sub(address)?
        };
        Some(Live::Small { table, byte, size })
    }

    /// Whether `address`, which may be any, lies in a live block.
    pub(super) fn holds(&self, address: usize) -> bool {
        if self.live(address).is_some() {
            return true;
        }
        // As in `live`.
        let state = self.state.lock();
        match self.segment_at(address) {
            // SAFETY: a live segment.
            Some(segment) => matches!(unsafe { segment.find(address) }, Found::Live { .. }),
            None => state.large.around(address).is_some(),
        }
    }

    /// Why no live block starts at `address`.
    pub(super) fn why_not(&self, address: usize) -> crate::FreeErrorKind {
        use crate::FreeErrorKind::{DoubleFree, Foreign, Misaligned};
        let Some(segment) = self.segment_at(address) else {
            let state = self.state.lock();
            return match state.large.around(address) {
                _ if state.large.was_freed(address) => DoubleFree,
                Some(start) => Misaligned { offset: address - start },
                None => Foreign,
            };
        };
        // SAFETY: a live segment.
        match unsafe { segment.find(address) } {
            Found::Live { start, .. } if address > start => Misaligned { offset: address - start },
            Found::Nothing if address < segment.first.get() => Foreign,
            _ => DoubleFree,
        }
    }

    pub(super) fn node_id(&self) -> NodeId {
        self.node.as_ref().map_or(NodeId::ANONYMOUS, Node::id)
    }

    /// Calls the callbacks of budgets that were crossed. No lock is held, and the heap is whole.
    pub(super) fn report(&self) {
        if let Some(node) = &self.node {
            node.report_crossings();
        }
    }

    /// Gives all memory back, in O(segments).
    ///
    /// # Safety
    /// Nobody uses the heap, nor any block of it.
    pub(super) unsafe fn destroy(home: NonNull<Self>) {
        // SAFETY: the heap is the caller's alone. Each `next` is read before what holds it goes, and a shard's own segment
        // is the last of its list; the state is moved out before the first shard's goes.
        unsafe {
            let first = home.as_ptr();
            let (kind, layout) = ((*first).kind, (*first).layout);
            let state = (*first).state.get_mut();
            if state.large.has_table() {
                state.large.destroy(&mut state.memory);
            }
            let account = &raw mut state.memory;
            let mut block = home.cast::<u8>();
            let mut dirty = layout.size();
            if kind == Kind::Segments {
                let mut next = (*first).shard.next.get();
                while !next.is_null() {
                    let shard = next;
                    next = (*shard).next.get();
                    give_segments(&mut *account, shard, core::ptr::null());
                }
                let last = at::<Segment>((*first).number as usize * SEGMENT);
                give_segments(&mut *account, &raw const (*first).shard, last);
                let start = last.addr();
                block = NonNull::new_unchecked(last.cast());
                dirty = (*first).shard.zero_from(start + SEGMENT) - start;
                AddressMap::leave_segment(start);
            }
            let node = (&raw const (*first).node).read();
            Memory::end(account, block, layout, dirty);
            drop(node);
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
