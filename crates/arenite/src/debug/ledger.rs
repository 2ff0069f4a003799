//! The books of one allocator.

use super::{After, BlockRecord, BlockState, Grade, Metadata, Site, Verdict, index::Index, integrity::count_operation};
use crate::Tag;
use allocator_api2::vec::Vec;
use core::ops::Range;

/// A block as it enters the books.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewBlock {
    pub(crate) address: usize,
    /// Bytes asked for, at least 1: blocks of no bytes share addresses and are not entered.
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) tag: Option<Tag>,
    pub(crate) grade: Grade,
    pub(crate) padding: u32,
    pub(crate) position: usize,
    pub(crate) site: Site,
}

/// Every live block of an allocator since it is watched, those whose memory is held back, and some that ended lately.
///
/// Records stand in three lists, each in the order in which they came: live ones by serial, held and past ones by their
/// end. An address leads to the record of the block that started there last. Everything is O(1) but what says otherwise.
pub(crate) struct Ledger {
    records: Vec<Entry, Metadata>,
    index: Index,
    lists: [List; 3],
    vacant: u32,
    serial: u64,
    live_bytes: usize,
    held_bytes: usize,
    /// Held ones among the live: see [`After::Stay`].
    staying: usize,
    unrecorded: u64,
}

/// Two lines of a cache where they have 64 bytes, of which linking touches the first alone.
#[repr(C, align(64))]
struct Entry {
    before: u32,
    after: u32,
    kept: In,
    /// It ended and keeps its place among the live ones: see [`After::Stay`].
    stays: bool,
    record: BlockRecord,
    /// Bytes that it counts for while held.
    held: usize,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Entry>() == 128);

impl Entry {
    fn is_live(&self) -> bool {
        self.kept == In::Live && !self.stays
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum In {
    Live,
    Held,
    Past,
}

#[derive(Clone, Copy)]
struct List {
    oldest: u32,
    newest: u32,
    len: usize,
}

const NONE: u32 = u32::MAX;

/// What becomes of the newest block: see [`Ledger::end_newest`].
pub(crate) enum Dies<T> {
    /// It is not meant, nor are those before it.
    Not,
    Quietly,
    And(T),
}

impl Ledger {
    /// How many ended blocks are remembered beside those that are held.
    pub(crate) const PAST: usize = 1024;

    pub(crate) const fn new() -> Self {
        Self {
            records: Vec::new_in(Metadata),
            index: Index::new(),
            lists: [List { oldest: NONE, newest: NONE, len: 0 }; 3],
            vacant: NONE,
            serial: 0,
            live_bytes: 0,
            held_bytes: 0,
            staying: 0,
            unrecorded: 0,
        }
    }

    /// Enters a new block; its serial. What stood for its address before is struck: the allocator knows best.
    ///
    /// `None`: the books have no memory. The block works all the same and is unchecked.
    #[inline(always)]
    pub(crate) fn insert(&mut self, block: NewBlock) -> Option<u64> {
        debug_assert!(block.size > 0);
        count_operation();
        let room = self.index.reserve() && (self.vacant != NONE || self.records.try_reserve(1).is_ok());
        if !room || self.records.len() >= NONE as usize {
            self.forget(block.address);
            self.unrecorded += 1;
            return None;
        }
        self.serial += 1;
        let record = BlockRecord {
            address: block.address,
            size: block.size,
            align: block.align,
            serial: self.serial,
            tag: block.tag,
            grade: block.grade,
            padding: block.padding,
            position: block.position,
            allocated: block.site,
            state: BlockState::Live,
            not_a_leak: false,
        };
        let entry = Entry { before: NONE, after: NONE, kept: In::Live, stays: false, record, held: 0 };
        let at = match self.vacant {
            NONE => {
                self.records.push(entry);
                (self.records.len() - 1) as u32
            }
            at => {
                self.vacant = core::mem::replace(&mut self.records[at as usize], entry).after;
                at
            }
        };
        self.link(at, In::Live);
        let records = &self.records;
        let before =
            self.index.insert(block.address, at, |known| records[known as usize].record.address == block.address);
        if let Some(before) = before {
            self.unlink(before);
            self.vacate(before);
        }
        Some(self.serial)
    }

    /// Lets what an insertion of this address will read come into the caches while the caller does something else: they lie
    /// anywhere in memory, and it waits for one after the other.
    #[inline]
    pub(crate) fn expect(&self, address: usize) {
        let at = self.index.guess(address);
        core::hint::black_box(at.and_then(|at| self.records.get(at as usize)).map_or(0, |entry| entry.before));
    }

    /// Frees the block that starts at `address`, if that is right; `size` is the one given, when the allocator's free has
    /// one. O(records) for what is wrong.
    pub(crate) fn free(&mut self, address: usize, size: Option<usize>, site: Site, after: After) -> Verdict {
        count_operation();
        let known = self.number(address);
        let Some(at) = known.filter(|&at| self.entry(at).is_live()) else {
            return match self.find(address) {
                Some(record) if record.is_live() => Verdict::Inside(*record, address - record.address),
                Some(record) => Verdict::Ended(*record),
                None => Verdict::Unknown,
            };
        };
        let record = self.entry(at).record;
        if let Some(given) = size.filter(|&given| given != record.size) {
            return Verdict::WrongSize(record, given);
        }
        self.end(at, BlockState::Freed { by: site }, after);
        Verdict::Freed(record)
    }

    /// Frees the live block that starts at `address` when `may` says so, with what becomes of it; what else `may` found.
    /// O(1).
    #[inline]
    pub(crate) fn free_if<T>(
        &mut self,
        address: usize,
        site: Site,
        may: impl FnOnce(&BlockRecord) -> Option<(After, T)>,
    ) -> Option<T> {
        let at = self.number(address).filter(|&at| self.entry(at).is_live())?;
        let (after, found) = may(&self.entry(at).record)?;
        count_operation();
        self.end(at, BlockState::Freed { by: site }, after);
        Some(found)
    }

    /// A live block changes its size in place. `false`: it is not known.
    pub(crate) fn resize(&mut self, address: usize, size: usize) -> bool {
        let Some(at) = self.number(address).filter(|&at| self.entry(at).is_live()) else { return false };
        let record = &mut self.records[at as usize].record;
        self.live_bytes = self.live_bytes - record.size + size;
        record.size = size;
        true
    }

    /// The last block of an arena has become larger where it is, up to a position.
    pub(crate) fn extend(&mut self, address: usize, size: usize, position: usize) {
        if self.resize(address, size) {
            count_operation();
            if let Some(at) = self.number(address) {
                self.records[at as usize].record.position = position;
            }
        }
    }

    /// Forgets what was last known of the block that starts at `address`: who has it now is not noted.
    pub(crate) fn forget(&mut self, address: usize) {
        if let Some(at) = self.number(address) {
            self.strike(at);
        }
    }

    /// Forgets blocks that ended and are not held back.
    pub(crate) fn forget_past(&mut self) {
        while let Some(at) = self.newest(In::Past) {
            self.strike(at);
        }
    }

    /// The serial of the newest block so far: what a mark remembers.
    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    /// Ends every live block that came after a serial: a rewind to where it was the newest, with 0 a reset. How many.
    /// O(blocks that end).
    pub(crate) fn forget_since(&mut self, serial: u64, site: Site) -> usize {
        let mut count = 0;
        while let Some(at) = self.newest(In::Live).filter(|&at| self.entry(at).record.serial > serial) {
            self.end_as(at, BlockState::Reset { by: site });
            count += 1;
        }
        count
    }

    /// Ends the newest blocks, live or staying, one after the other, as long as `dies` says so: up to one about which it has
    /// something to say, and that.
    pub(crate) fn end_newest<T>(&mut self, site: Site, mut dies: impl FnMut(&BlockRecord) -> Dies<T>) -> Option<T> {
        loop {
            let at = self.newest(In::Live)?;
            let said = match dies(&self.entry(at).record) {
                Dies::Not => return None,
                Dies::Quietly => None,
                Dies::And(said) => Some(said),
            };
            self.end_as(at, BlockState::Reset { by: site });
            if said.is_some() {
                return said;
            }
        }
    }

    /// Ends a block that may have been freed already and stayed.
    fn end_as(&mut self, at: u32, state: BlockState) {
        self.unlink(at);
        let entry = &mut self.records[at as usize];
        if !core::mem::replace(&mut entry.stays, false) {
            entry.record.state = state;
        }
        self.link(at, In::Past);
        self.trim_past();
    }

    /// Strikes every block of which `keep` does not say that it stays known, and all that have ended.
    pub(crate) fn retain(&mut self, keep: impl Fn(&BlockRecord) -> bool) {
        for kept in [In::Live, In::Held, In::Past] {
            let mut at = self.lists[kept as usize].oldest;
            while at != NONE {
                let next = self.entry(at).after;
                if kept != In::Live || !keep(&self.entry(at).record) {
                    self.strike(at);
                }
                at = next;
            }
        }
    }

    /// Notes what a live block is for.
    #[cfg(feature = "std")]
    pub(crate) fn set_tag(&mut self, address: usize, tag: Tag) {
        if let Some(at) = self.number(address).filter(|&at| self.entry(at).is_live()) {
            self.records[at as usize].record.tag = Some(tag);
        }
    }

    /// Moves a live block's place of allocation.
    pub(crate) fn set_site(&mut self, address: usize, site: Site) {
        if let Some(at) = self.number(address).filter(|&at| self.entry(at).is_live()) {
            self.records[at as usize].record.allocated = site;
        }
    }

    /// Ends every live block that starts in the range: a chunk that is given back, a ring's frame. How many. O(live
    /// blocks).
    pub(crate) fn forget_range(&mut self, range: Range<usize>, site: Site) -> usize {
        let (mut count, mut at) = (0, self.lists[In::Live as usize].oldest);
        while at != NONE {
            let (entry, next) = (self.entry(at), self.entry(at).after);
            if range.contains(&entry.record.address) {
                self.end_as(at, BlockState::Reset { by: site });
                count += 1;
            }
            at = next;
        }
        count
    }

    /// The block held longest, when more than `limit` bytes are held: the caller checks what it was filled with and hands
    /// the memory back. To be asked until there is none; with a limit of 0 all are released.
    pub(crate) fn release(&mut self, limit: usize) -> Option<BlockRecord> {
        if self.held_bytes <= limit {
            return None;
        }
        // Those that stay are not released one by one.
        let at = Some(self.lists[In::Held as usize].oldest).filter(|&at| at != NONE)?;
        let record = self.entry(at).record;
        self.unlink(at);
        self.link(at, In::Past);
        self.trim_past();
        Some(record)
    }

    /// What is known of the block that holds `address`: the live one, or else the one that ended last. O(1) for the start
    /// of a live block, O(records) otherwise.
    pub(crate) fn find(&self, address: usize) -> Option<&BlockRecord> {
        let known = self.number(address).map(|at| self.entry(at));
        if let Some(live) = known.filter(|entry| entry.is_live()) {
            return Some(&live.record);
        }
        let inside = |kept| self.newest_first(kept).find(|record| record.contains(address));
        inside(In::Live).or(known.map(|entry| &entry.record)).or_else(|| inside(In::Held)).or_else(|| inside(In::Past))
    }

    /// The block on pages of its own that holds `address`, or, when that lies beside one, the live one that it belongs to.
    /// O(records).
    #[cfg(all(unix, feature = "std", feature = "debug", not(any(miri, arenite_shuttle))))]
    pub(super) fn page_object_near(&self, address: usize) -> Option<&BlockRecord> {
        /// Within the pages of an object and its guard.
        const NEAR: usize = 64 << 10;
        let all = || [In::Live, In::Held, In::Past].into_iter().flat_map(|kept| self.newest_first(kept));
        let objects = || all().filter(|record| record.grade == Grade::Page);
        let beside =
            |record: &&BlockRecord| address.wrapping_sub(record.address.wrapping_sub(NEAR)) < record.size + 2 * NEAR;
        objects()
            .find(|record| record.contains(address))
            .or_else(|| objects().find(|record| record.is_live() && beside(record)))
    }

    /// The record of the block that started at `address` last, and whether it is held back. O(1).
    pub(crate) fn at(&self, address: usize) -> Option<(&BlockRecord, bool)> {
        self.number(address).map(|at| self.entry(at)).map(|entry| (&entry.record, entry.kept == In::Held))
    }

    /// Marks the live block that holds `address` as one that may stay. `false`: there is none.
    pub(crate) fn mark_not_a_leak(&mut self, address: usize) -> bool {
        let found = self.find(address).filter(|record| record.is_live()).map(|record| record.address);
        let Some(at) = found.and_then(|start| self.number(start)) else { return false };
        self.records[at as usize].record.not_a_leak = true;
        true
    }

    /// Every live block, the newest first.
    pub(crate) fn live(&self) -> impl Iterator<Item = &BlockRecord> {
        self.newest_first(In::Live).filter(|record| record.is_live())
    }

    /// Every block that is held back, the newest first: their memory still belongs to the allocator.
    pub(crate) fn held(&self) -> impl Iterator<Item = &BlockRecord> {
        let staying = self.newest_first(In::Live).take(if self.staying > 0 { usize::MAX } else { 0 });
        self.newest_first(In::Held).chain(staying.filter(|record| !record.is_live()))
    }

    pub(crate) fn live_blocks(&self) -> usize {
        self.lists[In::Live as usize].len - self.staying
    }

    /// Bytes of live blocks, as asked for.
    pub(crate) fn live_bytes(&self) -> usize {
        self.live_bytes
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Blocks that the books had no memory for.
    pub(crate) fn unrecorded(&self) -> u64 {
        self.unrecorded
    }

    /// The number of the block that started at `address` last.
    #[inline]
    fn number(&self, address: usize) -> Option<u32> {
        self.index.get(address, |known| self.entry(known).record.address == address)
    }

    #[inline]
    fn entry(&self, at: u32) -> &Entry {
        &self.records[at as usize]
    }

    fn newest(&self, kept: In) -> Option<u32> {
        Some(self.lists[kept as usize].newest).filter(|&at| at != NONE)
    }

    fn newest_first(&self, kept: In) -> impl Iterator<Item = &BlockRecord> {
        let first = self.newest(kept);
        let chain = core::iter::successors(first, |&at| Some(self.entry(at).before).filter(|&at| at != NONE));
        chain.map(|at| &self.entry(at).record)
    }

    /// Moves a live block to where ended ones are.
    fn end(&mut self, at: u32, state: BlockState, after: After) {
        if let After::Stay(bytes) = after {
            let entry = &mut self.records[at as usize];
            (entry.record.state, entry.held, entry.stays) = (state, bytes, true);
            self.live_bytes -= entry.record.size;
            self.held_bytes += bytes;
            self.staying += 1;
            return;
        }
        self.unlink(at);
        self.records[at as usize].record.state = state;
        if let After::Hold(bytes) = after {
            self.records[at as usize].held = bytes;
            self.link(at, In::Held);
        } else {
            self.link(at, In::Past);
            self.trim_past();
        }
    }

    fn trim_past(&mut self) {
        while self.lists[In::Past as usize].len > Self::PAST {
            self.strike(self.lists[In::Past as usize].oldest);
        }
    }

    /// Takes a record out of the books.
    fn strike(&mut self, at: u32) {
        self.unlink(at);
        self.index.remove(self.entry(at).record.address, |known| known == at);
        self.vacate(at);
    }

    fn vacate(&mut self, at: u32) {
        self.records[at as usize].after = core::mem::replace(&mut self.vacant, at);
    }

    /// Puts a record at the newest end of a list.
    fn link(&mut self, at: u32, kept: In) {
        let before = core::mem::replace(&mut self.lists[kept as usize].newest, at);
        self.lists[kept as usize].len += 1;
        match before {
            NONE => self.lists[kept as usize].oldest = at,
            before => self.records[before as usize].after = at,
        }
        let entry = &mut self.records[at as usize];
        (entry.kept, entry.before, entry.after) = (kept, before, NONE);
        match kept {
            In::Live => self.live_bytes += entry.record.size,
            In::Held => self.held_bytes += entry.held,
            In::Past => {}
        }
    }

    fn unlink(&mut self, at: u32) {
        let Entry { before, after, kept, stays, held, record } = &self.records[at as usize];
        let (before, after, kept) = (*before, *after, *kept);
        match kept {
            In::Live if !stays => self.live_bytes -= record.size,
            In::Live => {
                self.held_bytes -= held;
                self.staying -= 1;
            }
            In::Held => self.held_bytes -= held,
            In::Past => {}
        }
        let list = &mut self.lists[kept as usize];
        list.len -= 1;
        match before {
            NONE => list.oldest = after,
            before => self.records[before as usize].after = after,
        }
        match after {
            NONE => self.lists[kept as usize].newest = before,
            after => self.records[after as usize].before = before,
        }
    }
}

#[cfg(test)]
mod tests;
