//! The one range of addresses that every scope's chunks lie in, and the table beside them.

use super::{chunk::Chunk, free_list::FreeList, inactive::ScopesInactive};
use crate::{
    bump::round_up,
    context::hot,
    debug::tools,
    source::{Reservation, ReservationOptions, VmError},
    sync::{AtomicUsize, Lock, Ordering},
};
use core::{fmt, ptr};

/// What is asked of the system, and the least that will do.
const MOST: usize = 1 << if usize::BITS == 64 { 36 } else { 28 };
const LEAST: usize = if usize::BITS == 64 { 64 << 20 } else { 16 << 20 };

/// No address is near this one; on 32 bits some are, and `span` tells them.
const UNSET: usize = 1 << (usize::BITS - 1);

/// Committed at a time, in bytes of chunks. The table goes with them.
const STEP: usize = 1 << 20;

/// Left unused at the end of each chunk, so that no block ends where the next chunk starts: a free knows the last block
/// of the open chunk by its end alone.
pub(super) const GAP: usize = 16;

/// Sizes of chunks: the plain ones, and for large blocks twice, four times, up to 32 times their size: 1 MiB.
const ORDERS: usize = 6;

/// Bytes of a chunk unless [`set_chunk_size`] says otherwise. A survivor holds a whole one: with 64 KiB a thousand of them
/// held 121 MB where 32 KiB held 70 (research, Q3), at no measured gain.
const CHUNK: u32 = 15;

/// See the module. It has the address of its first byte in `base` for ever once it has one.
pub(in super::super) struct Range {
    base: AtomicUsize,
    /// Bytes, the table in front included; 0 while there is none.
    span: AtomicUsize,
    /// Frees of addresses below this take a closer look: the range lies low, and a heap's blocks above it. 0 while there is
    /// no range; every address once frees of the heap have to be told.
    ceiling: AtomicUsize,
    /// The size of a chunk is 2 to this.
    shift: AtomicUsize,
    /// Chunks that nobody has, by order.
    free: [FreeList; ORDERS],
    /// Bytes from the base to the first chunk, and to the end of the last that was ever handed out.
    first: AtomicUsize,
    used: AtomicUsize,
    growth: Lock<Growth>,
}

/// How far the range is in use.
struct Growth {
    state: State,
    /// The next chunk that was never used, and the first that is not committed.
    fresh: usize,
    committed: usize,
    /// Bytes of the table that are committed.
    table: usize,
}

enum State {
    New,
    Refused(VmError),
    Reserved(Reservation),
}

pub(in super::super) static RANGE: Range = Range {
    base: AtomicUsize::new(UNSET),
    span: AtomicUsize::new(0),
    ceiling: AtomicUsize::new(0),
    shift: AtomicUsize::new(CHUNK as usize),
    free: [const { FreeList::new() }; ORDERS],
    first: AtomicUsize::new(0),
    used: AtomicUsize::new(0),
    growth: Lock::new(Growth { state: State::New, fresh: 0, committed: 0, table: 0 }),
};

/// A size of chunks that cannot be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ChunkSizeError {
    /// Not 16, 32 or 64 KiB: this many bytes were asked for.
    NotASize(usize),
    /// A scope was open before, with chunks of so many bytes, which stay.
    InUse(usize),
}

impl fmt::Display for ChunkSizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASize(bytes) => {
                write!(f, "the chunks of `with_arena` cannot have {bytes} bytes; ask for 16, 32 or 64 KiB")
            }
            Self::InUse(bytes) => write!(
                f,
                "the chunks of `with_arena` have {bytes} bytes since its first scope; set their size before that"
            ),
        }
    }
}

impl core::error::Error for ChunkSizeError {}

/// Sets the size of the chunks of [`with_arena`](crate::context::with_arena): 16, 32 (the default) or 64 KiB, before the
/// first scope of the process. A survivor of a scope holds a whole chunk; requests of more than a quarter of one have one of
/// their own, of up to 32 times the size, where they do not fit.
///
/// # Errors
/// Another size, or a scope was open before. Nothing has changed then.
///
/// ```
/// assert_eq!(arenite::context::set_chunk_size(16 << 10), Ok(()));
/// assert!(arenite::context::set_chunk_size(1 << 20).is_err());
/// ```
pub fn set_chunk_size(bytes: usize) -> Result<(), ChunkSizeError> {
    if !matches!(bytes, 0x4000 | 0x8000 | 0x1_0000) {
        return Err(ChunkSizeError::NotASize(bytes));
    }
    // Locked: nobody reserves the range meanwhile.
    let growth = RANGE.growth.lock();
    let now = RANGE.chunk_size();
    if matches!(growth.state, State::Reserved(_)) && now != bytes {
        return Err(ChunkSizeError::InUse(now));
    }
    RANGE.shift.store(bytes.trailing_zeros() as usize, Ordering::Relaxed);
    Ok(())
}

impl Range {
    /// Whether a free of this address is worth a closer look. Relaxed: a block of the range was handed out after the
    /// ceiling was set, and one whose free is to be told after that was asked for.
    #[inline(always)]
    pub(in super::super) fn is_near(&self, address: usize) -> bool {
        address < self.ceiling.load(Ordering::Relaxed)
    }

    /// From now on every free of the process takes the closer look: so that those who never ask for that pay nothing.
    pub(in super::super) fn look_at_all_frees(&self) {
        // Not written again and again: every thread reads this line.
        if self.ceiling.load(Ordering::Relaxed) != usize::MAX {
            self.ceiling.store(usize::MAX, Ordering::Relaxed);
        }
    }

    /// The chunk that an address lies in; `None` outside of the range.
    #[inline(always)]
    pub(in super::super) fn chunk_at(&self, address: usize) -> Option<&'static Chunk> {
        let (base, chunk) = self.place_of(address)?;
        // SAFETY: the address is a block's, so its chunk was taken from `fresh`, which committed its entry before.
        Some(unsafe { self.entry(base, chunk) })
    }

    /// The base, and the number of the chunk that an address lies in; `None` outside of the range.
    #[inline(always)]
    fn place_of(&self, address: usize) -> Option<(usize, usize)> {
        // Acquire: pairs with the store in `ready`, after that of the base, which is near some addresses before.
        let span = self.span.load(Ordering::Acquire);
        let base = self.base.load(Ordering::Relaxed);
        let offset = address.wrapping_sub(base);
        if offset >= span {
            return None;
        }
        Some((base, offset >> self.shift.load(Ordering::Relaxed)))
    }

    /// As [`chunk_at`](Self::chunk_at), without a test of the entry's address for 0.
    #[inline(always)]
    pub(super) fn with_chunk_at(&self, address: usize, run: impl FnOnce(&'static Chunk) -> bool) -> bool {
        let Some((base, chunk)) = self.place_of(address) else { return false };
        // SAFETY: as in `chunk_at`.
        run(unsafe { self.entry(base, chunk) })
    }

    /// As [`chunk_at`](Self::chunk_at), for any address: `None` also where no chunk has been yet. Acquire pairs with the
    /// release in `fresh`: the chunk's entry was committed before.
    #[inline(always)]
    pub(in super::super) fn known_chunk_at(&self, address: usize) -> Option<&'static Chunk> {
        let (used, base) = (self.used.load(Ordering::Acquire), self.base.load(Ordering::Relaxed));
        let offset = address.wrapping_sub(base);
        if offset >= used || offset < self.first.load(Ordering::Relaxed) {
            return None;
        }
        // SAFETY: of a chunk that was handed out.
        Some(unsafe { self.entry(base, offset >> self.shift.load(Ordering::Relaxed)) })
    }

    /// # Safety
    /// The range is reserved at `base`, and the entry committed.
    #[inline(always)]
    unsafe fn entry(&self, base: usize, chunk: usize) -> &'static Chunk {
        let entry = ptr::with_exposed_provenance::<Chunk>(base + chunk * size_of::<Chunk>());
        // SAFETY: committed by the caller's promise, zeros or an entry: either is one. It is never given back.
        unsafe { &*entry }
    }

    /// The number of a chunk; none has 0.
    pub(super) fn number(&self, chunk: &Chunk) -> u32 {
        ((ptr::from_ref(chunk).addr() - self.base.load(Ordering::Relaxed)) / size_of::<Chunk>()) as u32
    }

    /// Where a chunk's memory starts.
    pub(super) fn start(&self, chunk: &Chunk) -> usize {
        self.base.load(Ordering::Relaxed) + ((self.number(chunk) as usize) << self.shift.load(Ordering::Relaxed))
    }

    /// Bytes of a plain chunk.
    pub(in super::super) fn chunk_size(&self) -> usize {
        1 << self.shift.load(Ordering::Relaxed)
    }

    /// Whether there is a range. The first who asks reserves it.
    #[inline]
    pub(in super::super) fn ready(&self) -> Result<(), ScopesInactive> {
        if self.span.load(Ordering::Relaxed) != 0 {
            return Ok(());
        }
        // What this may allocate is no part of an open scope.
        hot::with(|hot| {
            let _plain = hot.plain();
            self.reserve().map_err(ScopesInactive::Refused)
        })
    }

    #[cold]
    fn reserve(&self) -> Result<(), VmError> {
        let mut growth = self.growth.lock();
        match growth.state {
            State::Reserved(_) => return Ok(()),
            State::Refused(refused) => return Err(refused),
            State::New => {}
        }
        match Reservation::new(ReservationOptions::new(MOST).at_least(LEAST).hint(low_address())) {
            Ok(reservation) => {
                let (base, span) = (reservation.base().as_ptr().expose_provenance(), reservation.size());
                let chunk = self.chunk_size();
                growth.table = 0;
                growth.fresh = round_up((span / chunk) * size_of::<Chunk>(), chunk) / chunk;
                growth.committed = growth.fresh;
                self.first.store(growth.fresh * chunk, Ordering::Relaxed);
                growth.state = State::Reserved(reservation);
                self.base.store(base, Ordering::Relaxed);
                self.span.store(span, Ordering::Release);
                self.ceiling.fetch_max(base + span, Ordering::Relaxed);
                Ok(())
            }
            Err(refused) => {
                growth.state = State::Refused(refused);
                Err(refused)
            }
        }
    }

    /// Bytes of this chunk.
    pub(super) fn size_of(&self, chunk: &Chunk) -> usize {
        self.chunk_size() << chunk.order.load(Ordering::Relaxed)
    }

    /// The order of a chunk for a block of so many bytes; `None` for those that are too large.
    pub(super) fn order_for(&self, bytes: usize) -> Option<u32> {
        (0..ORDERS as u32).find(|order| bytes <= (self.chunk_size() << order) - GAP)
    }

    /// A chunk of an order that nobody has; `None` when the system has no memory or the range is full.
    pub(super) fn take(&self, order: u32) -> Option<&'static Chunk> {
        let base = self.base.load(Ordering::Relaxed);
        // SAFETY: what was pushed is a chunk, whose entry is committed.
        let link = |chunk: u32| unsafe { &self.entry(base, chunk as usize).link };
        match self.free[order as usize].pop(link) {
            // SAFETY: as above.
            Some(chunk) => Some(unsafe { self.entry(base, chunk as usize) }),
            None => self.fresh(base, order),
        }
    }

    /// A chunk that was never used.
    #[cold]
    fn fresh(&self, base: usize, order: u32) -> Option<&'static Chunk> {
        let mut growth = self.growth.lock();
        let Growth { state: State::Reserved(reservation), fresh, committed, table } = &mut *growth else { return None };
        let (size, wanted) = (self.chunk_size(), 1 << order);
        if *fresh + wanted > *committed {
            // What is committed and too little for this goes with it: the two lie side by side.
            let more = (STEP / size).max(wanted).min(reservation.size() / size - *committed);
            let entries = (*committed + more) * size_of::<Chunk>();
            if *fresh + wanted > *committed + more {
                return None;
            }
            if entries > *table {
                let step = entries.next_multiple_of(crate::source::page_size());
                reservation.commit(*table..step).ok()?;
                *table = step;
            }
            reservation.commit(*committed * size..(*committed + more) * size).ok()?;
            *committed += more;
        }
        let chunk = *fresh;
        *fresh += wanted;
        self.used.store(*fresh * size, Ordering::Release);
        tools::no_access(base + chunk * size, size << order);
        // SAFETY: its entry was committed with it.
        let entry = unsafe { self.entry(base, chunk) };
        entry.order.store(order, Ordering::Relaxed);
        Some(entry)
    }

    /// Takes a chunk back that the caller has alone, and in which nothing is in use.
    pub(super) fn give(&self, chunk: &Chunk) {
        self.free[chunk.order.load(Ordering::Relaxed) as usize].push(self.number(chunk), &chunk.link);
    }

    /// The chunk with a number of [`number`](Self::number).
    pub(super) fn numbered(&self, number: u32) -> &'static Chunk {
        // SAFETY: numbers are those of chunks, whose entries are committed.
        unsafe { self.entry(self.base.load(Ordering::Relaxed), number as usize) }
    }
}

/// Where the range should lie: below the heaps of 64-bit systems (those of position-independent programs, which lie in the
/// upper half of the lower half, and mimalloc's, from 2 TiB on), so that their frees need no closer look, and not in the
/// same place in each process. Where it cannot be had another place is as good, but for that.
fn low_address() -> usize {
    const LOWEST: usize = MOST;
    const STEP: usize = 64 << 10;
    if usize::BITS < 64 {
        return 0;
    }
    // The system places stacks and programs at random, at pages.
    let here = 0u8;
    let random = (ptr::from_ref(&here).addr() >> 12) ^ (ptr::from_ref(&RANGE).addr() >> 12).rotate_left(8);
    LOWEST + random % (1 << 24) * STEP
}

/// The pointer to an address of a chunk's memory.
#[inline(always)]
pub(in super::super) fn pointer(address: usize) -> *mut u8 {
    ptr::with_exposed_provenance_mut(address)
}

#[cfg(all(test, target_os = "linux", target_pointer_width = "64", not(miri)))]
mod tests {
    use super::*;

    #[test]
    fn the_range_lies_below_the_heaps_so_that_their_frees_need_no_closer_look() {
        RANGE.ready().unwrap();
        // Tools keep such addresses for themselves, and an emulator puts the heap elsewhere: another place will do.
        if tools::active() || std::env::var_os("ARENITE_TEST_RUNNER").is_some() {
            return;
        }
        let base = RANGE.base.load(Ordering::Relaxed);
        assert!((1 << 36..2 << 40).contains(&base), "{base:#x}");
        let heap = alloc::vec![1u8; 1 << 20];
        // Not `is_near`: another test of this process may have asked for a closer look at every free.
        assert!(base + RANGE.span.load(Ordering::Relaxed) <= heap.as_ptr().addr(), "{:p}", heap.as_ptr());
        assert!(RANGE.is_near(base) && RANGE.chunk_at(base - 1).is_none());
    }
}
