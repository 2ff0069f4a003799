//! What a watched allocator knows of its blocks.

use crate::{
    Tag,
    debug::{After, BlockRecord, Books, Difference, Grade, Guarded, Ledger, NewBlock, Owner, Site, Verdict, Watch},
};

/// The books, and how far they can be trusted: a block may have come while nothing was noted.
pub(super) struct Notes {
    watch: Watch,
    pub(super) books: Option<Books>,
    /// Whether every live block is in the books, so that an address which is not is a foreign one.
    complete: bool,
    /// A record of a later number ended after the last block that was not noted: who frees it again is wrong. Others may
    /// have been followed at their address by a block that nobody noted.
    since: u64,
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
    pub(super) overrun: Option<(isize, Difference)>,
    pub(super) held: bool,
}

impl Notes {
    pub(super) const fn new() -> Self {
        Self { watch: Watch::new(), books: None, complete: false, since: u64::MAX }
    }

    /// The grade of now. A switch decides what the books can be trusted with from here on.
    pub(super) fn look(&mut self, tag: Option<Tag>, name: &str, first: bool) -> Grade {
        let before = self.watch.grade();
        let _ = self.watch.look(tag, Some(name));
        let grade = self.watch.grade();
        if grade < Grade::Sites {
            (self.complete, self.since) = (false, u64::MAX);
        } else if before < Grade::Sites {
            (self.complete, self.since) = (first, self.serial());
        }
        grade
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
        self.with(|ledger| ledger.forget_since(0, site));
    }

    /// Enters a block; `false`: there is no memory for that.
    pub(super) fn enter(&mut self, owner: Owner, block: NewBlock) -> bool {
        if self.books.is_none() {
            self.books = Books::open(owner, true);
        }
        self.with(|ledger| ledger.insert(block)).flatten().is_some()
    }

    pub(super) fn judge(&self, address: usize, size: usize) -> Known {
        let (record, held) = self
            .with(|ledger| {
                let record = ledger.find(address).copied();
                let ended = record.filter(|record| !record.is_live());
                (record, ended.is_some_and(|ended| ledger.held().any(|held| held.serial == ended.serial)))
            })
            .unwrap_or_default();
        match record {
            Some(live) if live.is_live() => match address - live.address {
                0 if live.size == size => Known::Live(live),
                0 => Known::Wrong(Verdict::WrongSize(live, size)),
                offset => Known::Wrong(Verdict::Inside(live, offset)),
            },
            Some(ended) if held || ended.serial > self.since => Known::Wrong(Verdict::Ended(ended)),
            _ if self.complete => Known::Foreign,
            _ => Known::Unknown,
        }
    }

    /// Ends a live block: checks its fences, fills it, and holds it back when it was made for that and `hold` allows so
    /// many bytes. All under one lock: of two who free a block at once, one is told.
    pub(super) fn free(&self, address: usize, size: usize, site: Site, hold: usize) -> Result<Ended, Known> {
        let record = match self.judge(address, size) {
            Known::Live(record) => record,
            other => return Err(other),
        };
        let guarded = Guarded::of(&record);
        // SAFETY: live in the books, which are locked.
        let overrun = guarded.and_then(|guarded| unsafe { guarded.broken() });
        let whole = guarded.map_or(0, |guarded| guarded.whole().size());
        let held = record.grade >= Grade::Quarantine && whole <= hold;
        if let Some(guarded) = guarded {
            // SAFETY: the program gives it back; it is handed on only after this.
            unsafe { guarded.end(held) };
        }
        let after = if held { After::Hold(whole) } else { After::Reuse };
        let _ = self.with(|ledger| ledger.free(address, Some(size), site, after));
        Ok(Ended { record, overrun, held })
    }

    /// Something that is live or held.
    pub(super) fn any(&self) -> bool {
        self.with(|ledger| ledger.live_blocks() > 0 || ledger.held_bytes() > 0).unwrap_or(false)
    }

    pub(super) fn with<T>(&self, run: impl FnOnce(&mut Ledger) -> T) -> Option<T> {
        self.books.as_ref().map(|books| books.with(run))
    }

    fn serial(&self) -> u64 {
        self.with(|ledger| ledger.serial()).unwrap_or(0)
    }
}
