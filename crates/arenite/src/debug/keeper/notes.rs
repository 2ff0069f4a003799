//! What a keeper knows of its allocator's blocks.

use super::cover::Cover;
use crate::{
    debug::{
        After, BlockRecord, Books, Difference, Fences, Grade, Ledger, Metadata, NewBlock, Owner, Shake, Site, Verdict,
        Watch,
    },
    table::Table,
};
use core::{alloc::Layout, ptr::NonNull};

/// The books, and how far they can be trusted: a block may have come while nothing was noted.
pub(super) struct Notes {
    watch: Watch,
    pub(super) books: Option<Books>,
    /// From blocks of the allocator below to those that the program has in their place: an address here was never handed
    /// out itself.
    covered: Table<usize, Metadata>,
    /// Whether every live block is in the books, so that an address which is not is a foreign one.
    complete: bool,
    /// A record of a later number ended after the last block that was not noted: who frees it again is wrong. Others may
    /// have been followed at their address by a block that nobody noted.
    since: u64,
    shake: Option<(u64, Shake)>,
}

/// What an address is that is freed or changed.
pub(super) enum Known {
    /// A live block of the size given.
    Live(BlockRecord),
    /// A fault for certain.
    Wrong(Verdict),
    /// It never came from here, for certain.
    Foreign,
    /// A block from before the switch, or one of a sample that was not drawn: the allocator below knows.
    Unknown,
}

/// A block that has left the books as a live one.
pub(super) struct Ended {
    pub(super) record: BlockRecord,
    pub(super) broken: Option<(isize, Difference)>,
    /// What is to go back to the allocator below now; `None` when that is the very block, or it is held back.
    pub(super) below: Option<(NonNull<u8>, Layout)>,
    pub(super) held: bool,
}

impl Ended {
    /// Ends the block in its ledger.
    fn enter(&mut self, ledger: &mut Ledger, anchor: usize, site: Site, hold: usize) {
        let (record, mut after) = (self.record, After::Reuse);
        if let Some(cover) = Cover::of(&record) {
            // SAFETY: live in the books, which are locked.
            self.broken = unsafe { cover.broken() };
            let below = cover.below(&record);
            if let Some(size) = cover.held_size().filter(|&size| record.grade.holds() && size <= hold) {
                (self.held, after) = (true, After::Hold(size));
            }
            // SAFETY: the program gives it back; it is handed on only after this.
            unsafe { cover.end(self.held) };
            if let Cover::Fences(guarded) = &cover {
                guarded.leave_pool(anchor);
            }
            if !self.held {
                cover.open();
                self.below = below;
            }
        }
        let _ = ledger.free(record.address, None, site, after);
    }
}

impl Notes {
    pub(super) const fn new() -> Self {
        Self {
            watch: Watch::new(),
            books: None,
            covered: Table::new(Metadata),
            complete: false,
            since: u64::MAX,
            shake: None,
        }
    }

    /// The grade of now. A switch decides what the books can be trusted with from here on.
    pub(super) fn look(&mut self, owner: Owner, own: Option<Grade>, first: bool) -> Grade {
        let before = self.watch.grade();
        let name = Some(&*owner.name).filter(|name| !name.is_empty());
        let _ = self.watch.look_for(own, owner.tag, name);
        let grade = self.watch.grade();
        if grade < Grade::Sites {
            (self.complete, self.since) = (false, u64::MAX);
        } else if before < Grade::Sites {
            (self.complete, self.since) = (first, self.serial());
        }
        let seed = super::super::shake();
        if seed != self.shake.as_ref().map(|(seed, _)| *seed) {
            let stream = owner.name.bytes().fold(u64::from(owner.node.get()), |sum, byte| sum * 31 + u64::from(byte));
            self.shake = seed.map(|seed| (seed, Shake::new(seed, stream)));
        }
        grade
    }

    /// Bytes to put before the next block, so that places vary: 0 unless somebody shakes.
    pub(super) fn padding(&mut self, align: usize) -> usize {
        const MOST: usize = 64;
        self.shake.as_mut().map_or(0, |(_, shake)| shake.padding(MOST.max(align), align))
    }

    /// A block was handed out that is not in the books.
    pub(super) fn lose(&mut self) {
        self.complete = false;
        if self.since != u64::MAX {
            self.since = self.serial();
        }
    }

    /// Everything has ended at once.
    pub(super) fn reset(&mut self, site: Site) {
        self.complete = self.watch.grade() >= Grade::Sites;
        self.covered.clear();
        self.with(|ledger| {
            ledger.live().filter_map(Cover::of).for_each(|cover| {
                if let Cover::Pages(_) = cover {
                    // SAFETY: the program has given up all blocks.
                    unsafe { cover.end(false) };
                }
            });
            ledger.forget_since(0, site)
        });
    }

    /// Enters a block; `below` is the block of the allocator below when it is another. `false`: there is no memory for
    /// that.
    pub(super) fn enter(&mut self, owner: Owner, block: NewBlock, below: Option<usize>) -> bool {
        if below.is_some() && !self.covered.reserve() {
            return false;
        }
        if self.books.is_none() {
            // All blocks that tools are told of have fences.
            self.books = Books::open(owner, true).map(|books| books.with_pool(Fences::LEAST));
        }
        let entered = self.with(|ledger| ledger.insert(block)).flatten().is_some();
        if let (Some(below), true) = (below, entered) {
            self.covered.insert(below, block.address);
        }
        entered
    }

    /// The block that the program has in the place of one below, if it is not the same.
    pub(super) fn in_place_of(&self, below: usize) -> Option<usize> {
        self.covered.get(below).copied()
    }

    /// A covered block goes back to the allocator below.
    pub(super) fn uncover(&mut self, below: usize) {
        self.covered.remove(below);
    }

    /// What an address is. `size` is the one given, if the free has one; `holds` whether the allocator below has a live
    /// block there, if it can say.
    pub(super) fn judge(&self, address: usize, size: Option<usize>, holds: impl FnOnce() -> Option<bool>) -> Known {
        let at = self.with(|ledger| ledger.at(address).map(|(record, held)| (*record, held))).flatten();
        match at {
            Some((live, _)) if live.is_live() => {
                return match size.filter(|&given| given != live.size) {
                    None => Known::Live(live),
                    Some(given) => Known::Wrong(Verdict::WrongSize(live, given)),
                };
            }
            Some((ended, true)) => return Known::Wrong(Verdict::Ended(ended)),
            _ => {}
        }
        if self.in_place_of(address).is_some() {
            return Known::Foreign;
        }
        let holds = holds();
        if holds == Some(true) {
            return Known::Unknown;
        }
        let certain = holds == Some(false);
        match self.with(|ledger| ledger.find(address).copied()).flatten() {
            Some(live) if live.is_live() => Known::Wrong(Verdict::Inside(live, address - live.address)),
            Some(ended) if certain || ended.serial > self.since => Known::Wrong(Verdict::Ended(ended)),
            _ if certain || self.complete => Known::Foreign,
            _ => Known::Unknown,
        }
    }

    /// Ends a live block: checks what lies around it, fills it, and holds it back when it was made for that and `hold`
    /// allows so many bytes. All under one lock: of two who free a block at once, one is told. And all in one visit to the
    /// books: whoever checks them meanwhile, from elsewhere, finds the block whole and live, or ended.
    pub(super) fn end(&mut self, record: BlockRecord, site: Site, hold: usize) -> Ended {
        let mut ended = Ended { record, broken: None, below: None, held: false };
        let anchor = self.anchor();
        self.with(|ledger| ended.enter(ledger, anchor, site, hold));
        ended.below.into_iter().for_each(|(start, _)| self.uncover(start.addr().get()));
        ended
    }

    /// Something that is live or held.
    pub(super) fn any(&self) -> bool {
        self.with(|ledger| ledger.live_blocks() > 0 || ledger.held_bytes() > 0).unwrap_or(false)
    }

    pub(super) fn with<T>(&self, run: impl FnOnce(&mut Ledger) -> T) -> Option<T> {
        self.books.as_ref().map(|books| books.with(run))
    }

    /// What tools know the pool of guarded blocks by.
    pub(super) fn anchor(&self) -> usize {
        self.books.as_ref().map_or(0, Books::anchor)
    }

    fn serial(&self) -> u64 {
        self.with(|ledger| ledger.serial()).unwrap_or(0)
    }
}
