//! What only cold paths need of an arena: everything but the cursor.

use super::{
    arena_handle::{Checked, MadeOnce},
    block::{Block, BlockRef, HEADER},
    chain::Chain,
    drops::Drops,
    event::ArenaEvent,
    groundwork::Groundwork,
    mark::Marks,
    retention::{Cycles, Retention, Room},
    seal::Seal,
    space::{Space, Span},
    starts::Starts,
    stats::ArenaStats,
    unknown_size::Resized,
};
use crate::{
    bump::round_up,
    debug::{Fault, Site},
    error::ErrorKind,
    node::{Node, NodeId},
    source::{AddressMap, SourceRef},
    sync::{AtomicU64, Ordering},
};
use alloc::{boxed::Box, vec::Vec};
use core::{alloc::Layout, cell::Cell, ops::Range, panic::Location, ptr::NonNull};

/// A handle's limit while another handle has the cursor.
pub(super) const CLAIMED: usize = 0;
/// A handle's limit when every allocation takes the cold path: an arena without its first block, or one that counts or is
/// watched.
/// It is a ticket: each cold event leaves another than the saved one, so that going back sees that there is something to
/// undo.
pub(super) const SEALED: usize = 1;
/// The highest ticket: states lie below every address of a block.
pub(super) const LAST_TICKET: usize = crate::bump::FIRST_ADDRESS - 1;
/// A saved limit that no limit equals: going back always takes the cold path.
pub(super) const NEVER: usize = usize::MAX;

pub(super) type OnEvent = Box<dyn Fn(ArenaEvent) + Send>;

/// The cold state of an arena. It lies in the arena's first block (or at the start of its range or buffer), so that the
/// arena itself can move.
#[repr(C)]
pub(super) struct Core {
    // What the usual reset looks at stands together: it often comes when the caches are full of something else.
    pub(super) drops: Drops,
    pub(super) own_count: Cell<usize>,
    pub(super) current: Cell<BlockRef>,
    pub(super) first: BlockRef,
    /// Where the first block's data starts and ends, as in its header.
    pub(super) start: NonNull<u8>,
    pub(super) end: usize,
    /// The highest address that the cursor is known to have reached in the first block.
    pub(super) first_peak: Cell<usize>,
    pub(super) high_water: Cell<usize>,
    /// Address up to which the first block is usable: of a range, what is committed.
    pub(super) committed: Cell<usize>,
    pub(super) published: Cell<usize>,
    pub(super) node: Option<Node>,
    pub(super) retention: Cell<Retention>,
    pub(super) marks: Marks,
    pub(super) counting: Cell<bool>,
    /// What the cursor moves by a multiple of on cold paths: [`MIN_ALIGN`](crate::bump::MIN_ALIGN), or 16 below the C library.
    pub(super) grain: usize,
    pub(super) seal: Seal,

    pub(super) id: u64,
    pub(super) space: Space,
    /// The blocks that the cursor runs through, in order. Those behind `current` are kept from earlier cycles.
    pub(super) chain: Chain,
    pub(super) starts: Starts,
    /// Blocks that hold a single large request each, oldest first.
    pub(super) own: Chain,
    pub(super) own_bytes: Cell<usize>,
    pub(super) own_room: Cell<usize>,
    /// Such blocks kept from earlier cycles.
    pub(super) spare: Chain,
    pub(super) limit: Cell<Option<usize>>,
    pub(super) max_request: usize,
    pub(super) cycles: Cycles,
    pub(super) requested: Cell<usize>,
    pub(super) resized: Cell<Resized>,
    pub(super) allocations: Cell<usize>,
    /// Where the arena counts: for each open scope that allocated both counts as they were at its start.
    pub(super) scope_counts: Cell<Vec<(usize, usize)>>,
    pub(super) allocated: Cell<usize>,
    /// Bytes from here on in a range were never handed out, and are zero where the range is the system's.
    pub(super) untouched: Cell<usize>,
    /// The most room that this cycle needed at once: whole blocks, or of a range what was used.
    pub(super) cycle_room: Cell<Room>,
    pub(super) chunks: Cell<usize>,
    pub(super) taken: Cell<u64>,
    pub(super) returned: Cell<u64>,
    /// Where the cursor was taken, in builds with debug assertions.
    pub(super) checked: MadeOnce<Checked>,
    pub(super) claimed_by: Cell<Option<&'static Location<'static>>>,
    on_event: Option<OnEvent>,
    events: Cell<[Option<ArenaEvent>; 4]>,
    firing: Cell<bool>,
    /// What holds the core itself: memory of the source's to give back at the end.
    seat: Option<(NonNull<u8>, Layout)>,
}

/// Space for a core and the header of its first block.
pub(super) const SEAT: usize = round_up(size_of::<Core>(), 16) + HEADER;

/// How the first block of an arena is placed.
struct Placement {
    seat: NonNull<u8>,
    seat_layout: Option<Layout>,
    data: NonNull<u8>,
    end: usize,
    committed: usize,
}

impl Core {
    /// Makes the core and first block of an arena.
    pub(super) fn create(made_of: Groundwork) -> Result<NonNull<Self>, ErrorKind> {
        let Groundwork { space, node, limit, .. } = &made_of;
        let charge = |bytes: usize| -> Result<(), ErrorKind> {
            if let Some(limit) = limit.filter(|&limit| bytes > limit) {
                return Err(ErrorKind::LimitExceeded { limit, allocated: 0 });
            }
            node.as_ref().map_or(Ok(()), |node| node.charge(bytes))
        };
        let placement = match space {
            Space::Chained { source, initial, .. } => {
                let (capacity, layout) = seat_layout(source, *initial)?;
                charge(capacity)?;
                let Some(seat) = source.get().take(layout) else {
                    if let Some(node) = node {
                        node.refund(capacity);
                    }
                    return Err(ErrorKind::OutOfMemory);
                };
                // SAFETY: `seat_layout` has room for the seat and `capacity` bytes.
                let data = unsafe { seat.add(SEAT) };
                let end = data.addr().get() + capacity;
                Placement { seat, seat_layout: Some(layout), data, end, committed: end }
            }
            Space::Range(span) => {
                let placement = place_in_range(span)?;
                charge(placement.committed - placement.data.addr().get())?;
                placement
            }
        };
        Ok(Self::seat(placement, made_of))
    }

    fn seat(placement: Placement, made_of: Groundwork) -> NonNull<Self> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let Placement { seat, seat_layout, data, end, committed } = placement;
        let Groundwork { space, node, limit, max_request, retention, counting, grain, on_event } = made_of;
        // SAFETY: the seat has room for core and header, aligned to 16.
        let header: NonNull<Block> = unsafe { seat.add(SEAT - HEADER).cast() };
        // SAFETY: valid for writing, as above.
        unsafe {
            header.write(Block {
                prev: Cell::new(None),
                next: Cell::new(None),
                data,
                end,
                before: Cell::new(0),
                room_before: Cell::new(0),
                used: Cell::new(0),
                position: Cell::new(0),
                dead: Cell::new((0, 0)),
                taken: seat,
                taken_size: seat_layout.map_or(0, |layout| layout.size()),
                earlier: Cell::new(None),
                marks: Cell::new(0),
            });
        }
        // SAFETY: the header stays where it is until the core is destroyed.
        let first = unsafe { BlockRef::new(header) };
        let allocated = committed - data.addr().get();
        if let Some(node) = &node {
            node.attach();
            node.count_taken();
        }
        let core = Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            node,
            space,
            chain: Chain::default(),
            starts: Starts::default(),
            first,
            current: Cell::new(first),
            start: data,
            end,
            own: Chain::default(),
            own_count: Cell::new(0),
            own_bytes: Cell::new(0),
            own_room: Cell::new(0),
            cycle_room: Cell::default(),
            spare: Chain::default(),
            drops: Drops::default(),
            limit: Cell::new(limit),
            max_request,
            retention: Cell::new(retention),
            cycles: Cycles::default(),
            counting: Cell::new(counting),
            grain,
            seal: Seal::new(counting),
            requested: Cell::new(0),
            resized: Cell::default(),
            allocations: Cell::new(0),
            scope_counts: Cell::new(Vec::new()),
            allocated: Cell::new(allocated),
            committed: Cell::new(committed),
            untouched: Cell::new(data.addr().get()),
            high_water: Cell::new(0),
            first_peak: Cell::new(data.addr().get()),
            published: Cell::new(0),
            chunks: Cell::new(1),
            taken: Cell::new(1),
            returned: Cell::new(0),
            marks: Marks::new(),
            checked: MadeOnce::new(),
            claimed_by: Cell::new(None),
            on_event,
            events: Cell::new([None; 4]),
            firing: Cell::new(false),
            seat: seat_layout.map(|layout| (seat, layout)),
        };
        core.chain.push(first);
        core.note_event(ArenaEvent::BlockTaken { size: allocated });
        let mapped = core.mapped(seat.addr().get());
        AddressMap::insert(mapped.start, mapped.len(), core.node_id());
        let at = seat.cast::<Self>();
        // SAFETY: the seat has room for a core, aligned to 16.
        unsafe { at.write(core) };
        at
    }

    /// Drops what is registered, gives every block back, and ends the core.
    ///
    /// # Safety
    /// `core` came from [`create`](Self::create), nothing in its blocks is used any more, and it is not used again.
    pub(super) unsafe fn destroy(core: NonNull<Self>) {
        /// Gives the blocks back even when a registered value panics as it is dropped.
        struct Blocks(NonNull<Core>);
        impl Drop for Blocks {
            fn drop(&mut self) {
                // SAFETY: the core is alive until the read below, which moves it out.
                let core = unsafe { self.0.as_ref() };
                core.end_all(Site::UNKNOWN);
                core.leave_tools();
                core.chain.remove(core.first);
                for list in [&core.own, &core.spare, &core.chain] {
                    while let Some(block) = list.pop() {
                        core.give_back(block);
                    }
                }
                core.publish(0);
                let allocated = core.allocated.get();
                let mapped = core.mapped(self.0.addr().get());
                AddressMap::remove(mapped.start, mapped.len());
                // SAFETY: never used again through the pointer.
                let core = unsafe { self.0.read() };
                let found = core.seal.take_found();
                if let Some(node) = &core.node {
                    node.refund(allocated);
                    node.count_returned();
                    node.detach();
                }
                if let (Some((seat, layout)), Space::Chained { source, .. }) = (core.seat, &core.space) {
                    // SAFETY: what `create` took with this layout; the core was moved out, its blocks are gone.
                    unsafe { source.get().give(seat, layout) };
                }
                drop(core);
                Fault::report_all(&found);
            }
        }
        let blocks = Blocks(core);
        // SAFETY: alive until `blocks` is dropped.
        unsafe { core.as_ref() }.drops.run_back_to(0, 0);
        drop(blocks);
    }

    /// What the address map knows of the first block, with the core at `seat`: all that was taken for it, header and core
    /// too, or committed of a range. Whole granules count, so that without its front the first one would not be known.
    pub(super) fn mapped(&self, seat: usize) -> Range<usize> {
        seat..self.seat.map_or(self.committed.get(), |(_, layout)| seat + layout.size())
    }

    /// `cursor`, or the start for a handle that took over before there was a first block.
    pub(super) fn placed(&self, cursor: *mut u8) -> *mut u8 {
        if cursor.addr() < crate::bump::FIRST_ADDRESS { self.first.data.as_ptr() } else { cursor }
    }

    pub(super) fn node_id(&self) -> NodeId {
        self.node.as_ref().map_or(NodeId::ANONYMOUS, Node::id)
    }

    /// Where the cursor stands, counted through the chain.
    #[inline]
    pub(super) fn position(&self, cursor: usize) -> usize {
        let current = self.current.get();
        current.before.get() + cursor.wrapping_sub(current.data.addr().get())
    }

    /// Bytes in use with the cursor at `cursor`. A cursor that is not in the current block (a handle has the true one)
    /// counts up to that block.
    #[inline]
    pub(super) fn used(&self, cursor: usize) -> usize {
        let current = self.current.get();
        let position = if current.holds(cursor) { self.position(cursor) } else { current.before.get() };
        // Each block of its own moved the cursor by one unit, to keep the order of things; that is nobody's memory.
        // Added first: in an open scope those units may lie behind the cursor of the arena itself.
        position + self.own_bytes.get() + self.seal.aside.get() - self.own_count.get() * self.grain
    }

    /// Whether it is recorded already that the arena was filled up to `cursor`.
    #[inline]
    pub(super) fn has_been_at(&self, cursor: usize) -> bool {
        self.current.get() == self.first
            && cursor <= self.first_peak.get()
            && self.retention.get() == Retention::KeepAll
    }

    /// Records how far the arena is filled: high water, and the figure that its node shows.
    pub(super) fn note_use(&self, cursor: usize) {
        let used = self.used(cursor);
        if used > self.high_water.get() {
            self.high_water.set(used);
        }
        let current = self.current.get();
        if current != self.first {
            self.first_peak.set(self.first.end);
        } else if current.holds(cursor) && cursor > self.first_peak.get() {
            self.first_peak.set(cursor);
        }
        if matches!(self.retention.get(), Retention::HighWater(_) | Retention::KeepBytes(_)) {
            let room = match &self.space {
                Space::Chained { .. } => {
                    Room { chain: current.room_before.get() + current.capacity(), own: self.own_room.get() }
                }
                Space::Range(_) => Room { chain: used, own: 0 },
            };
            self.cycle_room.set(self.cycle_room.get().max(room));
        }
        self.publish(used);
    }

    /// Whether somebody wants to know of events: a callback of the arena's, or its node.
    pub(super) fn is_watched(&self) -> bool {
        self.node.is_some() || self.on_event.is_some()
    }

    /// The same for a cursor. A call, so that who has no node pays for nothing.
    #[inline(never)]
    pub(super) fn publish_at(&self, cursor: usize) {
        self.publish(self.used(cursor));
    }

    pub(super) fn publish(&self, used: usize) {
        if let Some(node) = &self.node {
            node.publish_used(self.published.replace(used), used);
        }
    }

    pub(super) fn note_event(&self, event: ArenaEvent) {
        if self.on_event.is_none() {
            return;
        }
        let mut events = self.events.get();
        if let Some(slot) = events.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(event);
        }
        self.events.set(events);
    }

    /// Calls the callbacks for what happened, when the arena is whole again. A callback may use the arena; what that
    /// causes is told after it.
    pub(super) fn fire(&self) {
        if let Some(node) = &self.node {
            node.report_crossings_with(|crossing| self.note_crossing(crossing));
        }
        self.tell();
        let Some(on_event) = &self.on_event else { return };
        if self.firing.replace(true) {
            return;
        }
        struct Done<'a>(&'a Cell<bool>);
        impl Drop for Done<'_> {
            fn drop(&mut self) {
                self.0.set(false);
            }
        }
        let _done = Done(&self.firing);
        // Bounded, so that a callback which itself causes an event each time cannot keep the caller for ever.
        for _ in 0..4 {
            let events = self.events.replace([None; 4]);
            if events[0].is_none() {
                return;
            }
            events.into_iter().flatten().for_each(on_event);
        }
        self.events.set([None; 4]);
    }

    pub(super) fn stats(&self, cursor: usize, generation: u64) -> ArenaStats {
        let used = self.used(cursor);
        let allocated = self.allocated.get();
        let counting = self.counts();
        ArenaStats {
            used,
            allocated,
            waste: allocated - used,
            chunks: self.chunks.get(),
            high_water: self.high_water.get().max(used),
            reserved: match &self.space {
                Space::Chained { .. } => allocated,
                Space::Range(_) => self.first.capacity(),
            },
            requested: counting.then(|| self.requested.get()),
            allocations: counting.then(|| self.allocations.get()),
            blocks_taken: self.taken.get(),
            blocks_returned: self.returned.get(),
            generation,
        }
    }

    /// The sizes of all blocks: those of the chain in order, then those of single requests.
    pub(super) fn chunk_sizes(&self) -> impl Iterator<Item = usize> + use<> {
        let range = matches!(self.space, Space::Range(_)).then(|| self.allocated.get());
        let blocks = self.chain.iter().chain(self.own.iter()).chain(self.spare.iter());
        blocks.map(move |block| range.unwrap_or_else(|| block.capacity()))
    }

    /// The block that holds an address. A range is one, as far as it is reserved. O(blocks), the current one first.
    pub(super) fn block_around(&self, address: usize) -> Option<Range<usize>> {
        let blocks = self.chain.iter().chain(self.own.iter()).chain(self.spare.iter());
        let mut blocks = core::iter::once(self.current.get()).chain(blocks);
        let bounds = |block: BlockRef| block.data.addr().get()..block.end;
        blocks.find(|block| bounds(*block).contains(&address)).map(bounds)
    }

    pub(super) fn owns(&self, address: usize) -> bool {
        // A range is known by its bounds, whatever the map says; blocks are walked.
        let mut blocks = self.chain.iter().chain(self.own.iter()).chain(self.spare.iter());
        blocks.any(|block| (block.data.addr().get()..block.end).contains(&address)) || self.has_page_object(address)
    }
}

/// Capacity of a first block, and the layout that holds it behind the seat.
fn seat_layout(source: &SourceRef, initial: usize) -> Result<(usize, Layout), ErrorKind> {
    let granule = source.get().granule();
    let wanted = initial.checked_add(SEAT).ok_or(ErrorKind::CapacityOverflow)?;
    let size = if granule > 16 { round_up(initial.max(SEAT + 64), granule) } else { wanted };
    let layout = Layout::from_size_align(size, 16).map_err(|_| ErrorKind::CapacityOverflow)?;
    Ok((size - SEAT, layout))
}

/// Puts the seat at the start of a range and the data behind it.
fn place_in_range(span: &Span) -> Result<Placement, ErrorKind> {
    let base = span.base.addr().get();
    let seat = round_up(base, 16);
    let end = (base + span.size) & !(crate::bump::MIN_ALIGN - 1);
    let data = match span.step() {
        // A seat of its own in front, so that the range's size is all for the user.
        Some(_) => seat + Span::FRONT,
        None => seat + SEAT,
    };
    if data + 64 > end {
        return Err(ErrorKind::ReservationFull { reserved: span.size });
    }
    let committed = match span.step() {
        Some(step) => round_up(data + 1 - base, step).min(span.size),
        None => end - base,
    };
    if !span.commit(0, committed) {
        return Err(ErrorKind::OutOfMemory);
    }
    // SAFETY: both lie in the span, as checked.
    let (seat, data) = unsafe { (span.base.add(seat - base), span.base.add(data - base)) };
    Ok(Placement { seat, seat_layout: None, data, end, committed: base + committed })
}

impl Span {
    /// What memory of the caller's, aligned to 16, has in front of its data for the seat.
    #[cfg(feature = "std")]
    pub(crate) const SEAT: usize = SEAT;

    /// What a reserved range has in front of its data for the seat.
    pub(crate) const FRONT: usize = round_up(SEAT, 4096);
}
