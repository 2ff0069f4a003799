//! A thread's open scopes, innermost last, and the temp memory that it keeps. On the heap, never in the C program's frames:
//! whatever leaves a function in the wrong way leaves nothing here pointing into it.

use super::{Scope, current};
use crate::{
    allocator::Named,
    error::{Code, Noted, note},
    given::small_change,
};
use arenite_lib::{
    Arena, ArenaOptions,
    context::by_hand::{DenyByHand, RegionByHand, RestByHand, TagByHand},
    debug::{self, Grade, Site},
};
use std::{
    cell::{Cell, RefCell},
    ptr::null_mut,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Depths that a token has room for.
const DEEPEST: usize = 0xFFFF;

/// What a scope has opened, and what it needs to end.
pub(super) enum Open {
    Allocator(Arc<Named>),
    /// The thread's arena of this number.
    Temp(usize),
    Region(Box<RegionByHand>),
    Heap(RestByHand),
    Tag(TagByHand),
    Deny(DenyByHand),
}

impl Open {
    /// What holds the scope to its thread, if something does.
    pub(super) const fn bound(&self) -> Option<&'static str> {
        match self {
            Self::Allocator(_) => None,
            Self::Temp(_) => Some("temp memory"),
            Self::Region(_) => Some("a region"),
            Self::Heap(_) => Some("the heap in place of a region"),
            Self::Tag(_) => Some("a tag"),
            Self::Deny(_) => Some("a denial"),
        }
    }
}

pub(super) struct Record {
    pub(super) number: u64,
    /// Where it was begun, from grade `sites` on.
    pub(super) begun: Site,
    pub(super) open: Open,
}

#[derive(Default)]
pub(super) struct List {
    pub(super) records: Vec<Record>,
    /// The arenas of open temps, and of those that have ended.
    temps: Vec<Arena>,
    open_temps: usize,
}

thread_local! {
    /// Without Drop, so that scopes work to the thread's very end.
    static LIST: Cell<*mut RefCell<List>> = const { Cell::new(null_mut()) };
    static LEASE: Lease = const { Lease };
}

/// Ends what is open when the thread ends.
struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        let _inside = crate::fork::enter();
        super::ends::end_all();
        let list = LIST.with(|list| list.replace(null_mut()));
        if !list.is_null() {
            // SAFETY: from a box, this thread's alone, and named nowhere else any more.
            drop(unsafe { Box::from_raw(list) });
        }
    }
}

/// Runs `run` with the thread's list. What it runs calls nothing of the program's: that may open scopes.
pub(super) fn with<T>(run: impl FnOnce(&mut List) -> T) -> T {
    let mut list = LIST.with(Cell::get);
    if list.is_null() {
        list = Box::into_raw(Box::new(RefCell::new(List::default())));
        LIST.with(|slot| slot.set(list));
        // Refused when the thread is ending already: then the program ends its scopes, or they leak.
        let _ = LEASE.try_with(|_| ());
    }
    // SAFETY: from a box; it goes with the thread.
    run(&mut unsafe { &*list }.borrow_mut())
}

/// Opens a scope: `open` is called when there is room for it.
pub(super) fn begin(open: impl FnOnce() -> Result<Open, Noted>) -> Result<Scope, Noted> {
    /// Process-wide, so that a token of another thread is known for one. Relaxed: only that none is given twice.
    static LAST: AtomicU64 = AtomicU64::new(0);
    if LIST.with(Cell::get).is_null() {
        small_change()?;
    }
    with(|list| {
        if list.records.len() >= DEEPEST {
            return Err(note(
                Code::Full,
                format_args!("{DEEPEST} scopes are open on this thread; are they ever ended?"),
            ));
        }
        list.records
            .try_reserve(1)
            .map_err(|_| note(Code::OutOfMemory, format_args!("the system has no memory to note a scope in")))
    })?;
    let open = open()?;
    // Of a denial always: it is for finding something.
    let noted = debug::grade() >= Grade::Sites || matches!(open, Open::Deny(_));
    let begun = if noted { Site::here() } else { Site::UNKNOWN };
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    if let Open::Allocator(named) = &open {
        named.begin_current();
    }
    Ok(with(|list| {
        let names = matches!(open, Open::Allocator(_));
        list.records.push(Record { number, begun, open });
        if names {
            list.show();
        }
        Scope::new(list.records.len(), number)
    }))
}

impl List {
    /// Where a token's scope stands.
    pub(super) fn find(&self, scope: Scope) -> Result<usize, Noted> {
        let at = scope.depth().wrapping_sub(1);
        match self.records.get(at) {
            Some(record) if record.number == scope.number() => Ok(at),
            _ => Err(note(
                Code::NoScope,
                format_args!("no such scope on this thread: it has ended, belongs to another thread, or never was one"),
            )),
        }
    }

    pub(super) fn innermost(&self) -> Scope {
        self.records.last().map_or(Scope::NONE, |record| Scope::new(self.records.len(), record.number))
    }

    /// The current allocator.
    pub(super) fn current(&self) -> Option<Arc<Named>> {
        self.named().map(Arc::clone)
    }

    fn named(&self) -> Option<&Arc<Named>> {
        self.records.iter().rev().find_map(|record| match &record.open {
            Open::Allocator(named) => Some(named),
            _ => None,
        })
    }

    /// The arena of the innermost temp.
    pub(super) fn temp(&self) -> Option<&Arena> {
        self.temps.get(self.open_temps.checked_sub(1)?)
    }

    /// Opens a temp: an arena of its own, which the thread keeps for the next one.
    pub(super) fn begin_temp(&mut self) -> Result<Open, Noted> {
        if self.open_temps == self.temps.len() {
            self.temps.try_reserve(1).map_err(|_| crate::given::no_memory("temp memory"))?;
            self.temps.push(ArenaOptions::new().grains().try_build()?);
        }
        self.open_temps += 1;
        Ok(Open::Temp(self.open_temps - 1))
    }

    pub(super) fn end_temp(&mut self, number: usize) {
        self.open_temps = number;
        if let Some(arena) = self.temps.get_mut(number) {
            arena.reset();
        }
    }

    /// Takes the innermost scope off.
    pub(super) fn pop(&mut self) -> Option<Record> {
        let record = self.records.pop();
        if record.as_ref().is_some_and(|record| matches!(record.open, Open::Allocator(_))) {
            self.show();
        }
        record
    }

    /// Makes its current allocator the one that fast paths see.
    fn show(&self) {
        current::set(self.named().and_then(|named| named.direct));
    }

    /// Takes the thread's scopes, and leaves it without.
    pub(super) fn take(&mut self) -> Self {
        let taken = std::mem::take(self);
        self.show();
        taken
    }

    /// Gives a thread without scopes these.
    pub(super) fn put(&mut self, scopes: Self) {
        *self = scopes;
        self.show();
    }
}
