//! The state of a heap: the first shard and what all shards share. It lies in the heap's own first segment, so that a
//! small heap is two pages.

use super::{
    class,
    life::entry,
    memory::take_segment,
    place::Placed,
    segment::{Found, HOME, SEGMENT, Segment},
    shard::Shard,
    state::{Locked, State},
    table::{self, CODE, INNER, Table, at, is_live},
    thread,
    watching::Watching,
};
use crate::{
    error::{AllocError, ErrorKind},
    free_error::{FreeError, FreeErrorKind},
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
    pub(super) watching: Watching,
    pub(super) node: Option<Node>,
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

impl Home {
    /// The calling thread's shard, where it is found without a search and the heap is not watched.
    #[inline(always)]
    pub(super) fn shard(&self) -> Option<&Shard> {
        let key = thread::key();
        if self.shard.key() == key {
            return Some(&self.shard);
        }
        // SAFETY: a remembered shard of this heap lives as long as the heap does, and stays this thread's until that ends.
        thread::remembered(self.id.wrapping_add(key)).map(|shard| unsafe { shard.as_ref() })
    }

    /// The calling thread's shard, where that is the heap's first one and the heap is not watched.
    #[inline(always)]
    pub(super) fn own_shard(&self) -> Option<&Shard> {
        (self.shard.key() == thread::key()).then_some(&self.shard)
    }

    /// Whether a shard is the calling thread's.
    pub(super) fn is_mine(shard: &Shard) -> bool {
        // Relaxed: only the thread itself ever finds its own token here.
        shard.token.load(Ordering::Relaxed) == thread::token()
    }

    /// Lets the calling thread find its shard without a search until a setting changes, unless the heap is watched. Under
    /// the lock.
    fn hand_over(&self, shard: &Shard) {
        if let Some(epoch) = self.watching.unsealed() {
            thread::remember(self.id, shard, epoch);
        }
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
                self.hand_over(shard);
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
        self.hand_over(shard);
        Ok(shard)
    }

    fn add_shard(&self, state: &mut State, token: u64, identity: &thread::Identity) -> Result<&Shard, ErrorKind> {
        let home = (self.number as usize) * SEGMENT;
        let (segment, zero_from) = take_segment(&mut state.memory, |segment| entry(home, segment))?;
        let start = segment.table.0;
        let shard = at::<Shard>(start + HOME);
        // SAFETY: the segment's memory behind its header is free, aligned as `HOME` is, and the shard fits.
        unsafe {
            Shard::write(shard, entry(home, start), [token, thread::NOBODY], identity.record(), 0);
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
        self.find(address).map(|(segment, _)| segment)
    }

    /// The segment of this heap that holds `address`, and the shard that has it. None in a bounded heap.
    #[inline(always)]
    pub(super) fn find(&self, address: usize) -> Option<(&Segment, &Shard)> {
        let number = AddressMap::heap_at(address);
        if number >> 32 != self.number {
            return None;
        }
        let home = (number & 0xFFFF_FFFF) as usize * SEGMENT;
        // SAFETY: the map names this heap, so the granule is a live segment of it. The lower half of an entry is the
        // segment in which the shard lives, as long as the heap does.
        Some(unsafe { (Segment::of(Table(address & !(SEGMENT - 1))), &*at::<Shard>(home + HOME)) })
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

    /// Where the live block starts that holds `address`, which may be any.
    pub(super) fn around(&self, address: usize) -> Option<usize> {
        if self.live(address).is_some() {
            return Some(address);
        }
        // As in `live`.
        let state = self.state.lock();
        let Some(segment) = self.segment_at(address) else { return state.large.around(address) };
        // SAFETY: a live segment.
        match unsafe { segment.find(address) } {
            Found::Live { start, .. } => Some(start),
            _ => None,
        }
    }

    /// Why no live block starts at `address`.
    pub(super) fn why_not(&self, address: usize) -> FreeErrorKind {
        use FreeErrorKind::{DoubleFree, Foreign, Misaligned};
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

    /// A block that was placed, zeroed when that is asked for, or the refusal.
    #[inline]
    pub(super) fn finish(
        &self,
        placed: Result<Placed, ErrorKind>,
        layout: Layout,
        zeroed: bool,
    ) -> Result<NonNull<u8>, AllocError> {
        match placed {
            Ok((block, zero)) => {
                // SAFETY: a block of ours, of at least this size.
                unsafe {
                    let block = NonNull::new_unchecked(at::<u8>(block));
                    if zeroed && !zero {
                        block.write_bytes(0, layout.size());
                    }
                    Ok(block)
                }
            }
            Err(kind) => Err(self.refuse(kind, layout)),
        }
    }

    #[cold]
    pub(super) fn refuse(&self, kind: ErrorKind, layout: Layout) -> AllocError {
        AllocError::new(kind, layout.size(), layout.align(), self.node_id())
    }

    #[cold]
    pub(super) fn refuse_free(&self, kind: FreeErrorKind, address: usize) -> FreeError {
        FreeError::new(kind, address, "a heap", self.node_id())
    }

    /// Calls the callbacks of budgets that were crossed. No lock is held, and the heap is whole.
    pub(super) fn report(&self) {
        if let Some(node) = &self.node {
            node.report_crossings();
        }
    }
}
